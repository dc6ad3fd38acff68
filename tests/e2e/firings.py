#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The list of firings outlives the collector: what was over stays in it, what fires still goes on as the same entry, and
is explained as it was while its source is away."""

import json
import os
import re

import lib

ALERTS = "/api/v1/monitoring/alerts"
CONFIG = """
rules:
  alerts:
    - {alert: EngineDown, for: 0s}
"""


def configured(world, rules=CONFIG):
    return world.collector(*world.config(rules), "--log-format", "json")


def listed(collector, query=""):
    """All pages of it."""
    found, target = [], ALERTS + query
    while target:
        answer = collector.get(target)
        found += json.loads(answer.body)
        link = re.search("<(.*)>", answer.headers["Link"] or "")
        target = link and link[1]
    return found


def active(collector):
    status = json.loads(collector.get("/api/v1/monitoring/status").body)
    return {alert["labels"].get("app"): alert for alert in status["active_alerts"] if alert["name"] == "EngineDown"}


def die(world, collector, app):
    engine = world.engine("--load", 0, "--name", app)
    lib.wait_for("it is seen", lambda: collector.scrape().get("audio_engine_up", app=app) == 1)
    engine.kill()
    lib.wait_for("it fires", lambda: app in active(collector))


def saved(world, what):
    """Waits until the state file holds such a text."""
    def holds():
        with open(os.path.join(world.folder, "state")) as file:
            return re.search(what, file.read())

    lib.wait_for("it is saved", holds)


def two_firings(world):
    """A collector, the entries of one that is over and one that fires still: "one" came back, "two" did not."""
    collector = configured(world)
    die(world, collector, "one")
    world.engine("--load", 0, "--name", "one")
    lib.wait_for("it is over", lambda: "one" not in active(collector))
    die(world, collector, "two")
    saved(world, r'"rule":"EngineDown"[^\n]*"app":"two"[^\n]*"state":"firing"')
    before = listed(collector)
    assert [(it["labels"]["app"], it["state"]) for it in before] == [("two", "firing"), ("one", "inactive")], before
    return collector, before


def line_told(world, what):
    """The line of section told that has it."""
    with open(os.path.join(world.folder, "state")) as file:
        told = file.read().partition("[told]\n")[2].partition("\n[")[0]
    return json.loads(next(line for line in told.splitlines() if what in line))


def explained_as_it_was(alert, before):
    """Its source is away, so nothing newer is known."""
    told = alert["annotations"]["description"]
    assert re.match(r"two \(pid \d+\) ended without closing its session .* ago\.", told), alert
    assert told == before["description"] and alert["as_of"] < before["until"], (alert, before)


def firings_survive_a_kill_and_one_that_fires_still_is_the_same_entry_and_explained_as_it_was(bench):
    collector, before = two_firings(bench)
    collector.kill()
    again = configured(bench)
    was = line_told(bench, '"app":"two"') | {"until": json.loads(again.get("/health").body)["timestamp"]}
    assert listed(again) == before
    ticks = again.scrape().get("audiowatch_snapshot_publications_total")
    lib.wait_for("it is judged on", lambda: again.scrape().get("audiowatch_snapshot_publications_total") > ticks + 4)
    assert listed(again) == before == listed(again, "?limit=1"), listed(again)
    explained_as_it_was(active(again)["two"], was)
    bench.engine("--load", 0, "--name", "two")
    lib.wait_for("it is over", lambda: "two" not in active(again))
    over = listed(again)
    assert over[1] == before[1] and (over[0]["state"], over[0]["timestamp"]) == ("inactive", before[0]["timestamp"]), over
    assert over[0]["resolved_at"] > before[0]["timestamp"] and len(over) == 2, over
    die(bench, again, "three")
    assert [it["labels"]["app"] for it in listed(again, "?limit=1")] == ["three", "two", "one"]
    assert again.stop() == 0
    assert [it["labels"]["app"] for it in listed(configured(bench))] == ["three", "two", "one"]


def firings_of_a_rule_that_is_gone_stay_and_are_over(bench):
    collector, before = two_firings(bench)
    collector.kill()
    again = configured(bench, "rules:\n  alerts:\n    - {alert: EngineDown, enabled: false}\n")
    after = lib.wait_for("all are over", lambda: (lambda it: it if all(one["resolved_at"] for one in it) else None)(listed(again)))
    assert [it["timestamp"] for it in after] == [it["timestamp"] for it in before], (before, after)
    bare = configured(bench, "rules:\n  defaults: false\n") if again.stop() == 0 else None
    after = listed(bare)
    assert [(it["name"], it["severity"], it["message"]) for it in after] == [
        (it["name"], it["severity"], it["message"]) for it in before], (before, after)
    assert after[1]["annotations"]["description"] == before[1]["annotations"]["description"]


def a_file_of_before_has_no_firings_and_is_taken(bench):
    collector = configured(bench)
    die(bench, collector, "two")
    saved(bench, '"rule":"EngineDown"')
    collector.kill()
    path = os.path.join(bench.folder, "state")
    with open(path, "rb") as file:
        text = re.sub(rb"\[told\]\n.*(?=\[objectives\])", b"", file.read(), flags=re.S).rpartition(b"end ")[0]
    value = 0xCBF29CE484222325
    for byte in text:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    with open(path, "wb") as file:
        file.write(text + b"end %016x\n" % value)
    again = configured(bench)
    (one,) = lib.wait_for("it is listed anew", lambda: listed(again))
    assert (one["labels"]["app"], one["state"]) == ("two", "firing") and "two" in active(again), one


lib.run(globals())
