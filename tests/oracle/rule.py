# SPDX-License-Identifier: MIT
"""A rule, and the configuration that says it."""

import json
from dataclasses import dataclass, field
from fractions import Fraction

ENGINE, FUNCTION, SESSION, COLLECTOR = ("app", "instance_id", "engine"), ("app", "instance_id", "function"), \
    ("app", "instance_id"), ()
KIND = {"render_time": ENGINE, "render_load": ENGINE, "wakeup_delay": ENGINE, "xrun_seconds": ENGINE, "stalled": ENGINE,
        "starved": ENGINE, "ffi_duration": FUNCTION, "ffi_error_ratio": FUNCTION, "ffi_in_flight": FUNCTION,
        "source_down": SESSION, "records_lost": SESSION, "always": COLLECTOR}
INSTANT = {"stalled", "starved", "source_down", "records_lost", "always"}
WINDOWLESS = INSTANT | {"ffi_in_flight"}
DURATIONS = {"render_time", "wakeup_delay", "ffi_duration", "ffi_in_flight"}  # thresholds in ns; others are plain numbers
PER_MILLION = {"p50": 500_000, "p95": 950_000, "p99": 990_000, "p999": 999_000}


@dataclass
class Rule:
    """Thresholds are nanoseconds or Fractions, all else whole seconds and counts."""
    alert: str
    signal: str
    statistic: str = ""
    window: int = 0
    above: object = 0
    clear_below: object = None
    hold: int = 0  # `for`
    keep_firing_for: int = 0
    min_above: int = 0
    recent: int = 0
    guard: tuple = None  # signal, statistic, above
    match: dict = field(default_factory=dict)
    limit: int = 50

    @property
    def kind(self):
        return KIND[self.signal]

    def entry(self):
        """As configuration spells it; only what differs from the defaults."""
        told = {"alert": self.alert, "signal": self.signal, "for": f"{self.hold}s", "limit": self.limit}
        if self.signal not in INSTANT:
            told["above"] = spelled(self.signal, self.above)
        if self.signal not in WINDOWLESS:
            told.update(statistic=self.statistic, window=f"{self.window}s")
        if self.clear_below is not None:
            told["clear_below"] = spelled(self.signal, self.clear_below)
        if self.keep_firing_for:
            told["keep_firing_for"] = f"{self.keep_firing_for}s"
        if self.min_above:
            told["min_above"] = self.min_above
        if self.recent:
            told["recent"] = f"{self.recent}s"
        if self.guard:
            told["guard"] = {"signal": self.guard[0], "statistic": self.guard[1], "above": spelled(self.guard[0], self.guard[2])}
        if self.match:
            told["match"] = self.match
        return told


def spelled(signal, threshold):
    if signal in DURATIONS:
        whole, rest = divmod(threshold, 1_000_000)
        return f"{whole}ms" if not rest else f"{threshold // 1000}us" if not threshold % 1000 else f"{threshold}ns"
    threshold = Fraction(threshold)
    return int(threshold) if threshold.denominator == 1 else float(threshold)


def configuration(rules):
    """The text of a file with these rules and no others; JSON is YAML."""
    return json.dumps({"rules": {"defaults": False, "alerts": [rule.entry() for rule in rules]}}, indent=1)


SECOND, MS = 1_000_000_000, 1_000_000
# What ships, but for the rules whose inputs no trace can hold (the collector's own, and the SLOs').
SHIPPED = [
    Rule("AudioProcessingOverload", "render_time", "p99", 60, 25 * MS, hold=120, min_above=5),
    Rule("FFILatencyHigh", "ffi_duration", "p99", 300, 100 * MS, hold=300, min_above=3, recent=60),
    Rule("EngineDown", "source_down", hold=60),
    Rule("EngineStalled", "stalled"),
    Rule("EngineStarved", "starved", hold=10),
    Rule("FFICallStuck", "ffi_in_flight", above=10 * SECOND),
    Rule("XrunStorm", "xrun_seconds", "sum", 60, 5),
    Rule("FFIErrorRateHigh", "ffi_error_ratio", "ratio", 300, Fraction(5, 100), hold=300, min_above=3),
    Rule("RenderBudgetExceeded", "render_load", "p99", 60, Fraction(9, 10), hold=60),
    Rule("AudioRenderTimeHigh", "render_time", "p99", 60, 20 * MS, hold=60, min_above=5),
    Rule("TelemetryLost", "records_lost"),
    Rule("AudiowatchWatchdog", "always"),
]
