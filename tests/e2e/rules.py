#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The mission's rules on a real plugin in a real host, their durations shortened by configuration alone; and what a
Prometheus is told of them."""
# timeout: 300

import signal

import lib
from lib_jack import setting, wait_state

CONFIG = """
rules:
  alerts:
    - {alert: AudioProcessingOverload, window: 5s, for: 2s, min_above: 3}
    - {alert: FFILatencyHigh, window: 5s, for: 2s, recent: 0s, min_above: 2}
    - {alert: EngineDown, for: 1s}
    - {alert: FFICallStuck, above: 1s}
"""


def configured(world):
    """The flags of a collector with the short rules."""
    return [*world.config(CONFIG), "--log-format", "json"]


def alert_of(collector, name):
    """[(labels, state)] of an alert."""
    return [(labels, labels["state"]) for labels, value in collector.scrape().all("audiowatch_alert_active", alertname=name)
            if value == 1]


def wait_alert(collector, name, state):
    """Its labels once it is in that state; None waits until it is inactive."""
    def look():
        seen = alert_of(collector, name)
        if state is None:
            return not seen
        return next((labels for labels, now in seen if now == state), None)

    return lib.wait_for(f"{name} is {state or 'inactive'}", look, 60)


def transitions(collector, name):
    """[(from, to, reason)] as the log told them."""
    import json
    told = []
    for line in collector.err:
        metadata = json.loads(line).get("metadata", {})
        if metadata.get("alert") == name:
            told.append((metadata["from"], metadata["to"], metadata.get("reason", "")))
    return told


def an_overload_goes_through_pending_and_firing_and_is_resolved(bench):
    _, collector, host = setting(bench, 2048, configured(bench), burn=1)
    assert not alert_of(collector, "AudioProcessingOverload")
    host.set("burn", 30)
    labels = wait_alert(collector, "AudioProcessingOverload", "firing")
    assert (labels["app"], labels["engine"], labels["priority"], labels["severity"]) == ("jalv", "gain", "P1", "critical"), labels
    samples = collector.scrape()
    assert samples.get("audiowatch_rule_value", rule="AudioProcessingOverload") > 0.025
    assert samples.get("audiowatch_rule_threshold", rule="AudioProcessingOverload") == 0.025
    assert samples.get("audio_engine_render_time_p99_seconds") > 0.025
    host.set("burn", 1)
    wait_alert(collector, "AudioProcessingOverload", None)
    lib.wait_for("its log says so", lambda: transitions(collector, "AudioProcessingOverload") == [
        ("inactive", "pending", ""), ("pending", "firing", ""), ("firing", "inactive", "resolved")])


def slow_calls_raise_the_alert_of_that_function_alone(bench):
    _, collector, host = setting(bench, 2048, configured(bench), ffi=150)
    labels = wait_alert(collector, "FFILatencyHigh", "firing")
    assert labels["function"] == "load", labels
    assert [each["function"] for each, _ in alert_of(collector, "FFILatencyHigh")] == ["load"]
    assert collector.scrape().get("ffi_call_duration_p99_seconds", function="load") > 0.1
    host.set("ffi", 1)
    wait_alert(collector, "FFILatencyHigh", None)


def a_call_that_never_returns_is_told_while_it_lasts(bench):
    _, collector, host = setting(bench, 2048, configured(bench), hang=1)
    assert wait_alert(collector, "FFICallStuck", "firing")["function"] == "hang"
    host.set("hang", 0)
    wait_alert(collector, "FFICallStuck", None)


def a_killed_host_is_told_until_the_next_one_opens(bench):
    server, collector, host = setting(bench, 2048, configured(bench), burn=1)
    host.send(signal.SIGKILL)
    host.program.wait()
    labels = wait_alert(collector, "EngineDown", "firing")
    assert labels["app"] == "jalv" and "engine" not in labels, labels
    assert bench.objects() == [], "the dead host left its segment"
    server.host(burn=1)
    wait_state(collector, "live")
    wait_alert(collector, "EngineDown", None)
    lib.wait_for("its log says so", lambda: transitions(collector, "EngineDown")[-1] == ("firing", "inactive", "resolved"))


def the_watchdog_always_fires(bench):
    collector = bench.collector()
    assert wait_alert(collector, "AudiowatchWatchdog", "firing")["severity"] == "info"


lib.run(globals())
