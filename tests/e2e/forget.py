#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`audiowatch forget`: a death is told no more, by the alert, on /metrics, in status and after a restart; what lives is not
forgotten, and who comes back goes on."""

import json
import os

import lib

TARGET = "/api/v1/monitoring/forget"
CONFIG = """
rules:
  alerts:
    - {alert: EngineDown, for: 0s}
"""


def configured(world):
    return world.collector(*world.config(CONFIG), "--log-format", "json")


def forget(world, *words):
    return world.call("audiowatch", "forget", *words)


def refused(world, code, part, *words):
    called = forget(world, *words)
    assert called.returncode == code and part in called.stderr and called.stderr.count("\n") == 1, (words, called)
    assert called.stdout == "", called


def status(world):
    return json.loads(world.call("audiowatch", "status", "--json").stdout)


def told(world, app="daw"):
    return [alert for alert in status(world)["active_alerts"] if alert["labels"].get("app") == app]


def live(world):
    return [source for source in status(world)["sources"] if [one["state"] for one in source["engines"]] == ["live"]]


def engine(world, app):
    before = len(live(world))
    running = world.engine("--load", 0, "--name", app)
    lib.wait_for("it lives", lambda: len(live(world)) == before + 1)
    return running


def die(world, running, count=1):
    running.kill()
    lib.wait_for("EngineDown fires", lambda: [alert["state"] for alert in told(world)] == ["firing"] * count)


def of(collector, component):
    lines = [json.loads(line) for line in list(collector.err)]
    return [line["metadata"] for line in lines if line["component"] == component]


def ends(collector):
    return [(line["from"], line["reason"]) for line in of(collector, "rules")
            if line.get("alert") == "EngineDown" and line.get("to") == "inactive"]


def blocks(collector):
    return collector.scrape().sum("audio_engine_blocks_total", app="daw")


def a_forgotten_death_is_told_nowhere_any_more_and_its_successor_goes_on(bench):
    collector = configured(bench)
    die(bench, engine(bench, "daw"))
    before = collector.scrape()
    assert before.sum("audio_engine_up", app="daw") == 0 and before.all("audio_engine_up", app="daw")
    done = forget(bench, "daw")
    assert (done.returncode, done.stdout, done.stderr) == (0, "daw 0 is forgotten\n", ""), done
    lib.wait_for("nobody tells it", lambda: not told(bench))
    after = collector.scrape()
    assert not after.all("audio_engine_up", app="daw") and not after.all("audio_engine_state", app="daw")
    assert bench.call("audiowatch", "status").returncode == 0 and status(bench)["sources"] == []
    assert ends(collector) == [("firing", "forgotten")]
    (line,) = of(collector, "forget")
    assert (line["app"], line["instance_id"], line["uid"]) == ("daw", "0", os.getuid()) and line["pid"] > 1, line
    counted = before.sum("audio_engine_blocks_total", app="daw")
    assert counted > 0 and blocks(collector) == counted
    again = engine(bench, "daw")
    lib.wait_for("its successor counts on", lambda: blocks(collector) > counted)
    assert collector.scrape().sum("audio_engine_up", app="daw") == 1
    die(bench, again)
    assert len(told(bench)) == 1, "a death is told again"


def a_restart_does_not_bring_it_back(bench):
    first = configured(bench)
    die(bench, engine(bench, "daw"))
    assert first.stop() == 0
    second = configured(bench)
    assert [alert["state"] for alert in told(bench)] == ["firing"], "it outlives the collector, whose book does not"
    done = forget(bench, "daw", "0", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["instance_id"] == "0", done
    assert second.stop() == 0
    assert ends(second) == [("firing", "forgotten")], "what was ordered last is done"
    third = configured(bench)
    assert told(bench) == [] and bench.call("audiowatch", "status").returncode == 0
    assert third.stop() == 0


def what_is_refused_is_told_in_one_line(bench):
    collector = configured(bench)
    refused(bench, 1, "nor of anybody", "daw")
    two = [engine(bench, "daw"), engine(bench, "daw")]
    refused(bench, 1, "lives", "daw")
    die(bench, two[0])
    refused(bench, 1, "lives", "daw", "1")
    die(bench, two[1], 2)
    refused(bench, 1, "name one of them: ", "daw")
    refused(bench, 1, "is none that is dead", "daw", "7")
    refused(bench, 1, "did you mean daw?", "dwa")
    refused(bench, 2, "app: more than", "x" * 600)
    refused(bench, 2, "which one?")
    refused(bench, 2, "one word too many", "daw", "0", "1")
    refused(bench, 3, "start audiowatchd", "daw", "--state-dir", "/nowhere")
    answer = collector.get(TARGET, method="POST", headers={"Content-Type": "application/json", "Content-Length": "0"})
    assert answer.status == 403, answer
    assert [alert["state"] for alert in told(bench)] == ["firing", "firing"] and ends(collector) == []
    assert forget(bench, "daw", "1").returncode == 0
    lib.wait_for("the other one is told", lambda: [alert["labels"]["instance_id"] for alert in told(bench)] == ["0"])


lib.run(globals())
