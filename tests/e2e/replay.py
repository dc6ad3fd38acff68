#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Traces: what the rules make of one, with another threshold too; and that a recording of a live collector says again
what that collector said."""
# timeout: 240

import collections
import json
import os
import pty
import re
import select
import signal
import subprocess

import lib

LABELS = {"app": "a", "instance_id": "0", "engine": "e"}
# Short, so that everything fires and resolves within seconds.
SHORT = """
rules:
  alerts:
    - {alert: AudioProcessingOverload, window: 5s, for: 1s, min_above: 1}
    - {alert: AudioRenderTimeHigh, window: 5s, for: 1s, min_above: 1}
    - {alert: RenderBudgetExceeded, window: 5s, for: 1s}
    - {alert: XrunStorm, window: 5s, above: 0}
    - {alert: FFILatencyHigh, window: 5s, for: 1s, recent: 0s, min_above: 1}
    - {alert: FFIErrorRateHigh, window: 5s, for: 1s, min_above: 1}
    - {alert: FFICallStuck, above: 1s}
    - {alert: EngineStarved, for: 1s}
    - {alert: EngineDown, for: 1s}
"""


def file_of(bench, text, name="trace.txt"):
    path = os.path.join(bench.folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def replay(bench, lines, *flags):
    """What is told of a trace of these lines, as objects."""
    path = file_of(bench, "\n".join(["audiowatch-trace 1", *lines]) + "\n")
    called = bench.call("audiowatchd", "--replay", path, *flags)
    assert (called.returncode, called.stderr) == (0, ""), called
    return [json.loads(line) for line in called.stdout.splitlines()]


def renders(begin, end, ms, blocks=10):
    """Calls of that length, so many a second."""
    return [f"{begin + (i + 1) / blocks:.3f} render app=a engine=e ns={ms * 1000000}" for i in range((end - begin) * blocks)]


def walk(told, alert):
    """[(tick, to, reason)]"""
    return [(each["tick"], each["to"], each["reason"]) for each in told if each["alert"] == alert and "to" in each]


def an_overload_fires_two_minutes_after_its_first_yes(bench):
    told = replay(bench, ["0 engine app=a engine=e rate=48000 frames=256", *renders(0, 10, 3), *renders(10, 200, 30),
                          *renders(200, 300, 3)])
    assert walk(told, "AudioProcessingOverload") == [(11, "pending", ""), (131, "firing", ""), (260, "inactive", "resolved")]
    fired = next(each for each in told if (each["alert"], each["tick"]) == ("AudioProcessingOverload", 131))
    assert 0.0297 < fired.pop("value") < 0.0303, "within 1.1 %"
    assert fired == {"tick": 131, "alert": "AudioProcessingOverload", "labels": LABELS, "from": "pending", "to": "firing",
                     "reason": "", "n": 600, "bad": 600, "threshold": 0.025}


def another_threshold_is_asked_by_a_configuration(bench):
    config = file_of(bench, "rules: {alerts: [{alert: AudioProcessingOverload, above: 40ms}]}\n", "audiowatch.yml")
    told = replay(bench, renders(0, 200, 30), "--config", config)
    assert walk(told, "AudioProcessingOverload") == []
    assert walk(told, "AudioRenderTimeHigh") == [(1, "pending", ""), (61, "firing", "")]


def a_slow_function_fires_after_five_minutes(bench):
    told = replay(bench, [f"{at} ffi app=a function=f ns=150000000 ok={at % 2}" for at in range(1, 330)])
    assert walk(told, "FFILatencyHigh") == [(3, "pending", ""), (303, "firing", "")], "the third call is enough"
    assert walk(told, "FFIErrorRateHigh")[0] == (6, "pending", ""), "the third that fails"


def a_crash_and_a_restart_are_told_as_they_are(bench):
    told = replay(bench, ["0.5 render_begin app=a engine=e", "8.25 event app=a what=dead", "100 render app=a engine=e ns=1",
                          "110 end"])
    assert walk(told, "EngineStalled") == [(2, "firing", ""), (100, "inactive", "resolved")]
    assert walk(told, "EngineDown") == [(9, "pending", ""), (69, "firing", ""), (100, "inactive", "resolved")]


def as_many_names_as_there_are_are_judged_and_their_values_are_near(bench):
    names = 200
    lines = [f"{tick - 1}.{i + 1:04d} ffi app=a function=f{i} ns={150000000 + 1000000 * (tick * 7 % 90)} ok=1"
             for tick in range(1, 310) for i in range(names)]
    told = replay(bench, lines)
    firing = [each for each in told if each["alert"] == "FFILatencyHigh" and each["to"] == "firing"]
    assert len(firing) == 50 and {each["tick"] for each in firing} == {303}, "the limit of the rule"
    assert all(0.235 < each["value"] < 0.242 and each["n"] == 300 for each in firing), firing[0]


def verdicts_come_before_their_transition_at_every_tick(bench):
    told = replay(bench, [*renders(0, 3, 3), "3.5 event app=a what=closed", "6 end"], "--replay-verdicts")
    mine = [(each["tick"], each.get("verdict") or each["to"]) for each in told if each["alert"] == "EngineDown"]
    assert mine == [(tick, "no") for tick in (1, 2, 3)] + [(tick, "closed") for tick in (4, 5, 6)], mine
    mine = [each["verdict"] for each in told if each["alert"] == "EngineStalled"]
    assert mine == ["no"] * 3 + ["closed"] * 3, mine
    watchdog = [(each["tick"], each.get("verdict") or each["to"]) for each in told if each["alert"] == "AudiowatchWatchdog"]
    assert watchdog[:3] == [(1, "yes"), (1, "firing"), (2, "yes")]


def a_bad_line_is_told_and_nothing_else(bench):
    path = file_of(bench, "\n".join(["audiowatch-trace 1", *renders(0, 200, 30), "201 render app=a engine=e ns=x"]))
    called = bench.call("audiowatchd", "--replay", path, "--replay-verdicts")
    assert (called.returncode, called.stdout) == (2, "")
    assert called.stderr == f'audiowatchd: {path}:2002: ns: "x" is no count (try 3000000)\n'
    called = bench.call("audiowatchd", "--replay", path + "s")
    assert called.returncode == 1 and called.stderr.endswith("cannot be read: No such file or directory\n"), called.stderr
    called = bench.call("audiowatchd", "--replay-verdicts")
    assert called.returncode == 2 and "try --replay trace.txt" in called.stderr, called.stderr
    assert os.listdir(bench.folder) == ["trace.txt"] and bench.objects() == [], "a replay opens nothing else"


def a_long_replay_tells_a_terminal_how_far_it_is(bench):
    path = file_of(bench, "audiowatch-trace 1\n0 engine app=a engine=e rate=48000 frames=256\n31622400 end\n")
    terminal, theirs = pty.openpty()
    process = subprocess.Popen([os.path.join(lib.BIN, "audiowatchd"), "--replay", path], stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    try:
        ready, _, _ = select.select([terminal], [], [], lib.PATIENCE)
        assert ready and re.match(rb"audiowatchd: --replay: second \d+ of 31622400 \(0 %\)\r", os.read(terminal, 4096))
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def told_live(collector):
    """[(alert, engine or function, from, to, reason)] as the log has them; the Watchdog is awake before tick 1."""
    told = []
    for line in collector.err:
        about = json.loads(line).get("metadata", {})
        if "from" in about and about["alert"] != "AudiowatchWatchdog":
            told.append((about["alert"], about.get("engine", about.get("function", "")), about["from"], about["to"],
                         about.get("reason", "")))
    return told


def told_again(bench, config, trace):
    """The same of a replay."""
    called = bench.call("audiowatchd", "--config", config, "--replay", trace)
    assert (called.returncode, called.stderr) == (0, ""), called
    told = []
    for line in called.stdout.splitlines():
        each = json.loads(line)
        name = each["labels"].get("engine", each["labels"].get("function", ""))
        if each["alert"] != "AudiowatchWatchdog":
            told.append((each["alert"], name, each["from"], each["to"], each["reason"]))
    return told


def recording(bench, config):
    """A collector that writes a trace, and the trace's path."""
    trace = os.path.join(bench.folder, "recorded.txt")
    return bench.collector("--config", config, "--log-format", "json", "--record-trace", trace), trace


def counted(trace):
    """Counter of (event, engine or function, ok) over the lines; many alike are many."""
    counts = collections.Counter()
    with open(trace) as file:
        lines = [line.split() for line in file if not line.startswith("#")][1:]
    assert lines[-1][1] == "end", lines[-1]
    for _, event, *fields in lines:
        field = dict(each.split("=", 1) for each in fields if "=" in each)
        counts[event, field.get("engine", field.get("function", "")), field.get("ok")] += int(field.get("n", 1))
    return counts


def a_recording_says_again_what_the_collector_said(bench):
    config = file_of(bench, SHORT, "audiowatch.yml")
    script = file_of(bench, "\n".join([
        "at 0.1 active on", "at 0.3 freewheel on", "at 0.7 freewheel off", "at 0.9 xrun jack 5", "at 1.2 burn 30",
        "at 1.5 stall 2500 on 1", "at 1.6 ffi scan 150 error", "at 1.7 ffi stuck 2600", "at 5 format 44100/512",
        "at 5.5 pause 2700", "at 8.5 burn 40 on 2"]) + "\n", "script")
    collector, trace = recording(bench, config)
    engine = bench.engine("--script", script, "--engines", 2, "--split", "63/1/192", "--load", 0.05, "--ffi", 50, "--seconds", 9,
                          "--json", "--hold")
    told = engine.json(60)
    blocks = sum(each["blocks"] for each in told["engines"])
    lib.wait_for("the collector has them all",
                 lambda: collector.scrape().sum("audio_engine_blocks_total") == blocks)
    engine.kill()
    lib.wait_for("it is told to be down", lambda: ("EngineDown", "", "pending", "firing", "") in told_live(collector))
    assert collector.stop() == 0
    counts = counted(trace)
    for each in told["engines"]:
        assert counts["render", each["name"], None] == each["blocks"], (each, counts)
    for each in told["functions"]:
        assert counts["ffi", each["name"], "0"] == each["errors"], (each, counts)
        assert counts["ffi", each["name"], "1"] == each["calls"] - each["errors"], (each, counts)
    live = told_live(collector)
    again = told_again(bench, config, trace)
    assert live == again, f"{live}\n{again}"
    fired = {alert for alert, _, _, to, _ in live if to == "firing"}
    missing = set(re.findall(r"alert: (\w+)", SHORT)) - fired
    assert not missing, f"nothing was learnt about {missing}"


def what_is_lapped_is_recorded_from_totals(bench):
    config = file_of(bench, SHORT, "audiowatch.yml")
    collector, trace = recording(bench, config)
    blocks = 12000
    engine = bench.engine("--rate", 192000, "--frames", 32, "--load", 0.01, "--blocks", blocks, "--json", "--hold")
    lib.wait_for("the first ones are there", lambda: collector.scrape().sum("audio_engine_blocks_total"))
    collector.send(signal.SIGSTOP)  # the rest comes unread, however slow this machine is
    told = engine.json()
    collector.send(signal.SIGCONT)
    lib.wait_for("the collector has them all",
                 lambda: collector.scrape().sum("audio_engine_blocks_total") == blocks)
    engine.kill()
    lib.wait_for("it is told to be down", lambda: ("EngineDown", "", "pending", "firing", "") in told_live(collector))
    assert collector.stop() == 0
    counts = counted(trace)
    (only,) = told["engines"]
    assert counts["render", only["name"], None] == only["blocks"], counts
    assert counts["lost", "", None] > 0, f"nothing was lapped: {counts}"
    live, again = told_live(collector), told_again(bench, config, trace)
    assert live == again, f"{live}\n{again}"


def a_recording_is_never_written_over(bench):
    config = file_of(bench, SHORT, "audiowatch.yml")
    collector, trace = recording(bench, config)
    called = bench.call("audiowatchd", "--listen", "127.0.0.1:0", "--prefix", bench.prefix + "x", "--record-trace", trace)
    assert called.returncode == 1, called
    assert f'--record-trace: "{trace}" exists already' in called.stderr, called.stderr
    assert collector.stop() == 0
    assert set(counted(trace)) <= {("component", "", None), ("tick", "", None), ("end", "", None)}


def parts_of_the_collector_are_recorded_as_they_fail(bench):
    config = file_of(bench, """
rules:
  alerts:
    - {alert: HistoryFailing, for: 1s, match: {component: ""}}
    - {alert: Pending, signal: always, for: 1h}
""", "audiowatch.yml")
    state = os.path.join(bench.folder, "kept")
    os.makedirs(os.path.join(state, "state.new"))  # in the way of the file, which is due while something is pending
    trace = os.path.join(bench.folder, "recorded.txt")
    collector = bench.collector("--config", config, "--log-format", "json", "--record-trace", trace, "--state-dir", state)
    lib.wait_for("the rule fires", lambda: ("HistoryFailing", "", "pending", "firing", "") in told_live(collector))
    os.rmdir(os.path.join(state, "state.new"))
    lib.wait_for("it resolves", lambda: ("HistoryFailing", "", "firing", "inactive", "resolved") in told_live(collector))
    assert collector.stop() == 0
    mine = [[each for each in told if each[0] == "HistoryFailing"] for told in (told_live(collector), told_again(bench, config, trace))]
    assert mine[0] == mine[1], f"{mine[0]}\n{mine[1]}"


lib.run(globals())
