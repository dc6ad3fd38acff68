#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Objectives over HTTP: events and bad events of real engines, exactly as counted, and over restarts of either side."""
# timeout: 120

import json
import os

import lib


def counts(samples, slo):
    return samples.get("audiowatch_slo_events_total", slo=slo), samples.get("audiowatch_slo_bad_events_total", slo=slo)


def wait_counts(collector, slo, total, bad):
    """The samples in which the objective has these counts."""
    def look():
        samples = collector.scrape()
        return samples if counts(samples, slo) == (total, bad) else None

    try:
        return lib.wait_for(f"{slo} counts {total} and {bad} bad ones", look)
    except AssertionError as error:
        raise AssertionError(f"{error}; counted: {counts(collector.scrape(), slo)}")


def script(bench, text):
    path = os.path.join(bench.folder, "script")
    with open(path, "w") as file:
        file.write(text)
    return path


def each_missed_deadline_is_a_bad_event_whoever_missed_it(bench):
    collector = bench.collector()
    first = bench.engine("--fast", "--engines", 2, "--blocks", 3000, "--burn-at", "1:30", "--burn-at", "2:30",
                         "--json", "--hold")
    told = first.json()["totals"]
    assert told["misses"] == 4, told
    samples = wait_counts(collector, "cycles_within_budget", 6000, 4)
    assert samples.get("audiowatch_slo_objective_ratio", slo="cycles_within_budget") == 0.999
    for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d"):
        burn = samples.get("audiowatch_slo_burn_rate", slo="cycles_within_budget", window=window)
        assert abs(burn - 4 / 6000 / 0.001) < 1e-6, burn
    left = samples.get("audiowatch_slo_error_budget_remaining_ratio", slo="cycles_within_budget")
    assert abs(left - (1 - 4 / 6000 / 0.001)) < 1e-6, left

    assert first.stop() == 0
    second = bench.engine("--fast", "--blocks", 100, "--load", 1.5, "--json", "--hold")
    assert second.json()["totals"]["misses"] == 100
    samples = wait_counts(collector, "cycles_within_budget", 6100, 104)
    minutes, bad = counts(samples, "minutes_without_xrun")
    assert 1 <= bad <= minutes <= 2, (minutes, bad)  # a minute may end between the two


def slow_calls_are_bad_ones(bench):
    collector = bench.collector()
    events = "".join(f"at 0.{i} ffi load {ms}\n" for i, ms in enumerate((1, 200, 1, 150, 1), 1))
    engine = bench.engine("--script", script(bench, events), "--seconds", 0.8, "--json")
    assert engine.json()["totals"]["calls"] == 5
    wait_counts(collector, "ffi_within_100ms", 5, 2)


def a_collector_that_comes_later_counts_what_happens_from_then_on(bench):
    engine = bench.engine("--load", 0.01, "--ffi", 50)
    first = bench.collector()
    lib.wait_for("it has cycles", lambda: counts(first.scrape(), "cycles_within_budget")[0] > 100)
    assert first.stop() == 0
    os.remove(os.path.join(bench.folder, "state"))
    second = bench.collector()

    def look():
        samples = second.scrape()
        return samples if counts(samples, "cycles_within_budget")[0] > 0 else None

    samples = lib.wait_for("the second one has cycles", look)
    before = samples.sum("audio_engine_cycles_total") - counts(samples, "cycles_within_budget")[0]
    assert before > 100, before
    assert samples.sum("ffi_calls_total") > counts(samples, "ffi_within_100ms")[0]
    assert counts(samples, "collector_present") in ((1, 0), (2, 0))
    assert engine.running


def burnt(samples):
    return round(samples.get("audiowatch_slo_burn_rate", slo="cycles_within_budget", window="1h"), 6)


def what_was_burnt_outlives_a_kill_and_counters_a_clean_end(bench):
    first = bench.collector()
    bench.engine("--fast", "--blocks", 300, "--burn-at", "1:30", "--json", "--hold").json()
    wait_counts(first, "cycles_within_budget", 300, 1)
    assert bench.call("audiowatch", "silence", "--alert", "SLOBurnFast", "--for", "1m").returncode == 0  # a change, which is saved
    lib.wait_for("it is saved", lambda: "slo counts 300 1 " in open(os.path.join(bench.folder, "state")).read())
    first.kill()
    second = bench.collector()
    assert burnt(wait_counts(second, "cycles_within_budget", 0, 0)) == round(1 / 300 / 0.001, 6)
    bench.engine("--fast", "--blocks", 100, "--load", 1.5, "--json", "--hold").json()
    samples = wait_counts(second, "cycles_within_budget", 100, 100)
    assert burnt(samples) == round(101 / 400 / 0.001, 6)
    assert counts(samples, "collector_present")[1] <= 1  # a minute without a tick is one that was missed
    assert second.stop() == 0
    lib.wait_for("a clean end is saved", lambda: open(os.path.join(bench.folder, "state")).read().find(" 1\nend") > 0)
    samples = wait_counts(bench.collector(), "cycles_within_budget", 100, 100)
    assert burnt(samples) == round(101 / 400 / 0.001, 6)


def an_entry_changes_the_shipped_one_of_its_name_and_a_new_one_is_served(bench):
    flags = bench.config("slos:\n  - {name: ffi_within_100ms, objective: 95}\n"
                          "  - {name: show, indicator: cycles_within_budget, objective: 99.99, period: 6h}\n")
    collector = bench.collector(*flags)
    bench.engine("--fast", "--blocks", 10, "--load", 1.5, "--hold")
    samples = wait_counts(collector, "show", 10, 10)
    assert samples.get("audiowatch_slo_objective_ratio", slo="show") == 0.9999
    assert samples.get("audiowatch_slo_objective_ratio", slo="ffi_within_100ms") == 0.95
    assert len(samples.all("audiowatch_slo_objective_ratio")) == 5


def who_misses_every_deadline_is_told_of_by_the_fast_rule_alone(bench):
    flags = bench.config("rules: {alerts: [{alert: SLOBurnFast, for: 0s}, {alert: SLOBurnSlow, for: 0s}]}")
    collector = bench.collector(*flags)
    bench.engine("--fast", "--blocks", 1000, "--load", 1.5, "--hold")

    def look():
        alerts = json.loads(collector.get("/api/v1/monitoring/status").body)["active_alerts"]
        return [alert for alert in alerts if alert["name"].startswith("SLO")]

    alert, = lib.wait_for("an objective burns", look)
    assert (alert["name"], alert["state"], alert["priority"]) == ("SLOBurnFast", "firing", "P1"), alert
    assert alert["labels"] == {"slo": "cycles_within_budget"}, alert
    told = collector.scrape().all("audiowatch_alert_active", alertname="SLOBurnFast")
    assert [labels["slo"] for labels, _ in told] == ["cycles_within_budget"], told


lib.run(globals())
