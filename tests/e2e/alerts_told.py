#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""That what is told of an alert stays true: the most urgent first, names that are several words, what is still in flight,
what burns, and an engine that says nothing any more, to a collector that was started again too."""

import json
import os
import re
import signal

import lib

STATUS = "/api/v1/monitoring/status"
CONFIG = """
rules:
  alerts:
    - {alert: AudioProcessingOverload, window: 8s, for: 0s, min_above: 3}
    - {alert: FFILatencyHigh, window: 5s, for: 0s, recent: 0s, min_above: 1}
    - {alert: EngineDown, for: 0s, annotations: {runbook_url: "%s 25 ms."}}
    - {alert: SLOBurnFast, for: 0s}
slos:
  - {name: hardly_ever_late, indicator: cycles_within_budget, objective: 99.9999}
""" % ("x" * 65)  # behind it there is room for the figure, and none for its unit


def configured(world):
    return world.config(CONFIG)


def script(bench, name, *lines):
    path = os.path.join(bench.folder, name)
    with open(path, "w") as file:
        file.writelines(line + "\n" for line in lines)
    return ["--name", name, "--load", 0, "--script", path]


def find(collector, name, app):
    """The active alert of that name and application; None when there is none."""
    return next((it for it in json.loads(collector.get(STATUS).body)["active_alerts"]
                 if it["name"] == name and it["labels"].get("app", "") == app), None)


def wait_alert(collector, name, app="", until=lambda alert: True):
    def look():
        alert = find(collector, name, app)
        return alert if alert and until(alert) else None

    return lib.wait_for(f"{name} of {app}", look)


def told(world):
    """What `audiowatch alerts` prints, on one line."""
    called = world.call("audiowatch", "alerts")
    assert called.returncode == 1 and called.stderr == "", called
    return " ".join(called.stdout.split())


def the_most_urgent_is_told_first_and_what_goes_on_is_not_said_to_be_over(bench):
    collector = bench.collector(*configured(bench))
    bench.engine(*script(bench, "my daw", "at 0.5 ffi load 60000"))
    bench.engine(*script(bench, "late", *(f"at {0.5 + i / 10:.1f} stall 8" for i in range(300))))
    crash = bench.engine("--name", "crash", "--load", 0)
    lib.wait_for("it is there", lambda: collector.scrape().state("engine1", app="crash") == "live")
    crash.send(signal.SIGKILL)
    slow = wait_alert(collector, "FFILatencyHigh", "my daw")
    assert re.search(r"\(1 of 1; P99 [\d.]+ m?s\)\. A call among them began [\d.]+ m?s ago and has not ended\.",
                     slow["annotations"]["description"]), slow
    burn = wait_alert(collector, "SLOBurnFast")
    rate = re.search(r"The error budget of hardly_ever_late is spent too fast: in the last (?:60|6) (?:min|h) (\d+) times as fast "
                     r"as it lasts, in the last (?:5|30) min (\d+) times; more than (?:14\.4|6) is too fast\.",
                     burn["annotations"]["description"])
    assert rate and int(rate[1]) > 14 and int(rate[2]) > 14, burn
    wait_alert(collector, "EngineDown", "crash")
    shown = told(bench)
    assert 'P1 FFILatencyHigh app="my daw" instance_id=0 function=load State firing' in shown, shown
    assert shown.startswith("P0 EngineDown app=crash instance_id=0 "), shown
    assert f"    Runbook {'x' * 65}\n            25 ms.\n" in bench.call("audiowatch", "alerts").stdout
    status = bench.call("audiowatch", "status").stdout.splitlines()
    priorities = [line[:2] for line in status if re.match(r"P\d  ", line)]
    assert priorities == sorted(priorities) and "P1" in priorities and 'app="my daw"' in "\n".join(status), status


def check_figures(alert):
    """They are those of the text."""
    figures = re.search(r"\((\d+) of (\d+); P99", alert["annotations"]["description"])
    assert figures and [alert["bad"], alert["n"]] == [int(figures[1]), int(figures[2])] and alert["value"] > 0.025, alert


def what_an_engine_said_last_is_told_while_it_says_nothing_and_after_a_restart(bench):
    flags = configured(bench)
    collector = bench.collector(*flags)
    bench.engine(*script(bench, "daw", *(f"at {0.5 + i / 10:.1f} stall 30" for i in range(30)), "at 4 pause 100000"))
    wait_alert(collector, "AudioProcessingOverload", "daw")
    wait_alert(collector, "AudioProcessingOverload", "daw", lambda it: it["nodata"])
    lib.wait_for("its window runs empty", lambda: not collector.scrape().all("audiowatch_rule_value",
                                                                             rule="AudioProcessingOverload"))
    check_figures(find(collector, "AudioProcessingOverload", "daw"))
    assert "State firing for " in told(bench) and " without new data, active since " in told(bench)
    collector.kill()
    collector = bench.collector(*flags)
    alert = wait_alert(collector, "AudioProcessingOverload", "daw", lambda it: it["as_of"])
    check_figures(alert)
    assert alert["state"] == "firing", alert



lib.run(globals())
