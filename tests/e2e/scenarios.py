#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What an evening brings, all at once: each scenario is an engine through the public API, its row says which of the shipped
rules must fire of it, and all others must stay silent. The rules are shortened by name; what they ask is as it ships.
AW_BIN=build/asan/bin takes the programs of that variant."""
# timeout: 300

import contextlib
import os
import re

import lib
import lib_scenarios

SECONDS, YEAR = 22, 31536000

CONFIG = """
rules:
  alerts:
    - {alert: AudioProcessingOverload, window: 10s, for: 2s}
    - {alert: AudioRenderTimeHigh, window: 10s, for: 1s}
    - {alert: RenderBudgetExceeded, window: 10s, for: 1s}
    - {alert: XrunStorm, window: 15s}
    - {alert: FFILatencyHigh, window: 5s, for: 2s, recent: 5s}
    - {alert: FFIErrorRateHigh, window: 5s, for: 2s}
    - {alert: EngineDown, for: 1s}
    - {alert: EngineStarved, for: 1s}
    - {alert: HistoryFailing, for: 1s}
    - {alert: SLOBurnFast, for: 1s}
    - {alert: SLOBurnSlow, for: 1s}
"""
MEMORY = "    - {alert: CollectorMemoryHigh, %s}\n"
NO_WATCHDOG = "    - {alert: AudiowatchWatchdog, enabled: false}\n"
FEW_SERIES = "    - {alert: SeriesCapNear, for: 1s}\nmetrics:\n  max_series: 100\n"
# Of 30 days at 99.9999 % a few late cycles are what the longest window of a slow burn must have seen.
UNWELL = CONFIG + MEMORY % "above: 0.01, for: 1s" + """\
slos:
  - {name: hardly_ever_late, indicator: cycles_within_budget, objective: 99.9999}
"""
# What a sanitizer takes is not the collector's.
CONFIG += MEMORY % ("enabled: false" if re.search("/[at]san/", lib.BIN) else "for: 1s")

# What no evening here brings, and why.
ELSEWHERE = {
    "NotifierDown": "there is no notifier yet; docs/rules.md replays it",
}

SLOW = {"AudioProcessingOverload", "AudioRenderTimeHigh"}
LATE = SLOW | {"RenderBudgetExceeded"}


def every(seconds, what, begin=0.5, end=SECONDS + 30):
    """The lines of a script, an event each so many seconds."""
    return [f"at {begin + i * seconds:.3f} {what}" for i in range(int((end - begin) / seconds))]


# name: flags, script, what fires, the state it ends in. A stall hangs without computing; 256 frames last 5.3 ms.
SCENARIOS = {
    "healthy": ([], [], set(), "live"),
    "overrun": ([], every(0.1, "stall 30"), LATE | {"XrunStorm"}, "live"),
    "near": (["--fast", "--blocks", 100, "--frames", 2048, "--load", 0.5, "--hold"], [], {"AudioRenderTimeHigh"}, "idle"),
    "frames8192": (["--frames", 8192], every(0.17, "stall 60"), SLOW, "live"),
    "frames32": (["--frames", 32], every(0.04, "stall 1"), {"RenderBudgetExceeded", "XrunStorm"}, "live"),
    "stall": ([], ["at 3 stall 6000"], LATE | {"EngineStalled"}, "live"),
    "idle": ([], ["at 0 pause 100000"], set(), "idle"),
    "starved": (["--active"], ["at 2 pause 6000"], {"EngineStarved"}, "live"),
    "bypass": ([], [*every(0.1, "stall 30", 0.5, 9), "at 9.1 pause 100000"], LATE | {"XrunStorm"}, "idle"),
    "freewheel": (["--ffi", 10], ["at 1 freewheel on", *every(0.1, "stall 30", 2, 8), "at 9 stall 5000", "at 15 freewheel off"],
                  set(), "live"),
    "crash": ([], ["at 3 crash"], {"EngineDown"}, "dead"),
    "closed": ([], ["at 3 close"], set(), "closed"),
    "replaced": ([], ["at 3 close"], set(), "live"),
    "recovered": ([], ["at 3 crash"], {"EngineDown"}, "live"),
    "flood": ([], every(0.5, "flood 20000"), set(), "live"),
    "lapped": (["--fast", "--blocks", 200000, "--hold"], [], {"TelemetryLost"}, "idle"),
    "ffi_slow": ([], every(1, "ffi scan 150"), {"FFILatencyHigh"}, "live"),
    "ffi_twice": ([], ["at 2 ffi scan 150", "at 3 ffi scan 150"], set(), "live"),
    "ffi_errors": (["--ffi", 20, "--ffi-errors", 0.2], [], {"FFIErrorRateHigh"}, "live"),
    "ffi_stuck": ([], ["at 1 ffi load 30000"], {"FFICallStuck"}, "live"),
}


def check_coverage(rules, fired):
    """Every shipped rule fired in one scenario at least, and stayed silent in another."""
    both = {rule for rule in rules if any(rule in each for each in fired) and any(rule not in each for each in fired)}
    missing = set(rules) - both - set(ELSEWHERE)
    assert not missing, f"no scenario has both: {sorted(missing)}"
    assert not both & set(ELSEWHERE), f"it is here after all: {sorted(both & set(ELSEWHERE))}"
    assert set(ELSEWHERE) <= set(rules), f"no shipped rule: {sorted(set(ELSEWHERE) - set(rules))}"


def check_evening(world, witness):
    samples, told = world.check(witness), world.told()
    left = world.firing(samples, "bypass")
    assert LATE | {"XrunStorm"} == left & (LATE | {"XrunStorm"}), f"what a bypassed engine left behind was resolved: {left}"
    assert ("EngineDown", "recovered", "firing", "inactive", "resolved") in told, told
    assert samples.get("audio_engine_blocks_total", app="freewheel") - samples.get(
        "audio_engine_render_time_seconds_count", app="freewheel") > 100, "blocks in freewheel are blocks, and no samples"
    assert samples.get("ffi_calls_total", app="freewheel") > 100, "calls always count"
    if not witness.is_late():
        assert not [each for each in told if each[1] == "bypass" and each[3] == "inactive"], told
        assert samples.get("audio_engine_deadline_misses_total", app="freewheel") < 20, "60 blocks in freewheel were late"


def order(world, times):
    """Over TCP, where nobody may give one."""
    for _ in range(times):
        answer = world.collector.get("/api/v1/monitoring/silence", {"Content-Type": "application/json"}, "POST")
        assert answer.status == 403, answer


def fail_history(world):
    """A folder where the next state file is to be made: root is refused, too. While alerts are pending one is made each second."""
    path = os.path.join(world.bench.folder, "state.new")

    def stands():
        with contextlib.suppress(FileExistsError):
            os.mkdir(path)
        return os.path.isdir(path)

    lib.wait_for("it is in the way of the state", stands)


def check_unwell(world, witness):
    burning = {has["slo"] for has, value in world.look().all(lib_scenarios.ACTIVE, state="firing")
               if value == 1 and has["alertname"].startswith("SLOBurn")}
    assert burning == {"hardly_ever_late"} or witness.is_late(), burning


def each_shipped_rule_fires_where_it_must_and_nowhere_else(bench):
    with contextlib.ExitStack() as stack:
        def world(config=CONFIG, **more):
            extra = lib.Bench()
            stack.callback(extra.end)
            return lib_scenarios.World(extra, SCENARIOS, config, **more)

        witness = lib_scenarios.Witness(bench)
        namespace = lib_scenarios.another_time(YEAR)
        evening = lib_scenarios.World(bench, SCENARIOS, CONFIG)
        restarted = world(CONFIG + FEW_SERIES, own={"AudiowatchWatchdog", "SeriesCapNear"})
        stopped = world(CONFIG + NO_WATCHDOG, own=set())
        unwell = world(UNWELL, own={"AudiowatchWatchdog", "SLOBurnFast", "SLOBurnSlow", "CollectorMemoryHigh", "AuthFailures",
                                   "HistoryFailing"})
        worlds = [evening, restarted, stopped, unwell]
        for name in SCENARIOS:
            evening.play(name)
        for name in ("healthy", "overrun"):
            restarted.play(name)
            stopped.play(name)
            unwell.play(name)
        if namespace:  # engines a year ahead, and a collector that is
            ahead, behind = world(), world(within=namespace)
            worlds += [ahead, behind]
            for name in ("healthy", "stall", "ffi_twice"):
                ahead.play(name, within=namespace)
                behind.play(name)
        before = []
        lib_scenarios.run(worlds, [
            (4, lambda: evening.play_again("replaced")), (9, lambda: evening.play_again("recovered")),
            (5, lambda: order(evening, 10)), (5, lambda: order(unwell, 11)), (1, lambda: fail_history(unwell)),
            (7, restarted.collector.kill), (7, restarted.open),
            (8, lambda: before.extend(stopped.told())), (8, stopped.pause), (11, stopped.go_on), (12, stopped.pause),
            (19, stopped.go_on)], SECONDS)
        check_evening(evening, witness)
        check_unwell(unwell, witness)
        for each in worlds[1:]:
            each.check(witness)
        assert before and (stopped.told() == before or witness.is_late()), (before, stopped.told())
        names = re.findall(r'- alert: "(\w+)"', bench.call("audiowatchd", "--check-config").stdout)
        check_coverage(names, [fired for each in worlds for fired in each.fired.values()])
        for each in worlds:
            assert each.collector.stop() == 0, each.collector.log()


lib.run(globals())
