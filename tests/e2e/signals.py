#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A scripted engine against every kind of window: loads, delays, seconds with a miss, failed calls; and what the collector
tells of itself."""

import os

import lib

CONFIG = """
rules:
  alerts:
    - {alert: XrunStorm, window: 5s, above: 1}
    - {alert: FFIErrorRateHigh, window: 5s, for: 1s}
    - {alert: RenderBudgetExceeded, window: 5s, for: 1s, above: 0.91}
    - {alert: Late, signal: wakeup_delay, statistic: max, window: 5s, above: 0ms}
    - {alert: SeriesCapNear, for: 0s, above: 0}
    - {alert: ControlDown, signal: component_down, match: {component: control}}
"""
KINDS = {"XrunStorm": "engine", "RenderBudgetExceeded": "engine", "Late": "engine", "FFIErrorRateHigh": "function"}


def firing(samples):
    """{alert: labels} of what fires."""
    return {labels["alertname"]: labels for labels, value in samples.all("audiowatch_alert_active", state="firing") if value}


def every_kind_of_window_raises_its_alert(bench):
    flags = bench.config(CONFIG)
    script = os.path.join(bench.folder, "script")
    with open(script, "w") as file:
        file.writelines(f"at {second / 2} burn 60\n" for second in range(1, 200))
    collector = bench.collector(*flags)
    # periods of 21 ms, so that two burns of 60 a second are more than one cycle in a hundred
    bench.engine("--frames", 1024, "--load", 0, "--script", script, "--ffi", 20, "--ffi-errors", 0.5, "--name", "daw")
    seen = lib.wait_for("all fire", lambda: (
        lambda now: now if {*KINDS, "SeriesCapNear"} <= set(now) else None)(firing(collector.scrape())), 60)
    for name, label in KINDS.items():
        assert seen[name]["app"] == "daw" and seen[name][label], seen[name]
    assert "ControlDown" not in seen and "TelemetryLost" not in seen and "CollectorMemoryHigh" not in seen, seen
    samples = collector.scrape()
    assert samples.get("audiowatch_rule_threshold", rule="RenderBudgetExceeded") == 0.95
    assert samples.get("audiowatch_rule_value", rule="RenderBudgetExceeded") > 2, "60 of 21 ms"
    assert 0.3 < samples.get("audiowatch_rule_value", rule="FFIErrorRateHigh") < 0.7
    assert samples.get("audiowatch_rule_value", rule="XrunStorm") >= 2
    assert samples.get("audiowatch_component_up", component="control") == 1


lib.run(globals())
