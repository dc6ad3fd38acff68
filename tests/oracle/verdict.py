# SPDX-License-Identifier: MIT
"""What a rule says of one label set at one tick: the table's lines from top to bottom."""

from collections import namedtuple

from oracle import bounds
from oracle.engine import SECOND
from oracle.rule import ENGINE, INSTANT, PER_MILLION, WINDOWLESS

Seen = namedtuple("Seen", "verdict n bad why value", defaults=("", None))
LOST_WINDOW, QUIET, DOWN = 300, 5, 86400
FLIGHTS = {"render_time", "render_load", "ffi_duration"}


def decided_at(signal, threshold):
    if signal in ("render_time", "ffi_duration"):
        return bounds.time_ns(threshold)
    return {"render_load": bounds.load, "wakeup_delay": bounds.wake_ns}.get(signal, lambda same: same)(threshold)


def slots_of(window, tick):
    """The first slot of a window that ends with this tick's."""
    if window <= 300:
        return tick - window + 1
    return ((tick - 1) // 60 - window // 60 + 1) * 60 + 1


class View:
    """One engine or function at one tick, through one signal and window."""

    def __init__(self, thing, signal, window, tick, cover):
        self.thing, self.signal, self.tick = thing, signal, tick
        self.now_ns = tick * SECOND
        self.slots = thing.series[signal]
        self.values = self.between(slots_of(window, tick))
        self.covered = (tick - window) * SECOND >= cover
        self.engine = thing if hasattr(thing, "state") else None
        self.state = self.engine.state(self.now_ns) if self.engine else None

    def between(self, first):
        if self.signal == "xrun_seconds":  # a second is one sample, however many cycles missed in it
            told = (sum(value for value, _ in self.slots[slot]) for slot in range(first, self.tick + 1) if slot in self.slots)
            return [(1 if misses else 0, 1) for misses in told]
        return [pair for slot in range(first, self.tick + 1) for pair in self.slots.get(slot, ())]

    def flights(self):
        """The ages of what is in flight, in the signal's unit."""
        if self.signal not in FLIGHTS or self.thing.session.stopped:
            return []
        if not self.engine:
            return [self.now_ns - begun for begun in self.thing.open.values()]
        if self.engine.flight_ns is None or self.engine.flight_freewheel:
            return []
        age = self.now_ns - self.engine.flight_ns
        period = self.engine.period_ns()
        return [age] if self.signal == "render_time" else [age / period] if period else []

    def older(self, threshold, statistic):
        counts = statistic in PER_MILLION or statistic == "max"
        return sum(age > threshold for age in self.flights()) if counts else 0

    def stalled(self, threshold):
        return self.signal in ("render_time", "render_load") and self.state == "stalled" and any(
            age > threshold for age in self.flights())

    def counts(self, statistic, threshold):
        """n, and how many are above."""
        flights = self.older(threshold, statistic)
        if self.signal in ("ffi_error_ratio", "xrun_seconds"):
            threshold = 0
        return (sum(many for _, many in self.values) + flights,
                sum(many for value, many in self.values if value > threshold) + flights)

    def holds(self, statistic, written):
        """The condition itself, without min_above, recent and guard."""
        threshold = decided_at(self.signal, written)
        n, bad = self.counts(statistic, threshold)
        if statistic in PER_MILLION:
            return bad > n - -(-PER_MILLION[statistic] * n // 1_000_000)
        if statistic == "max":
            return bad >= 1
        if statistic == "mean":
            return sum(value * many for value, many in self.values) > n * written
        return bad > written * (n if statistic == "ratio" else 1)

    def recent(self, seconds, statistic, threshold):
        last = self.between(self.tick - seconds + 1)
        edge = 0 if self.signal in ("ffi_error_ratio", "xrun_seconds") else threshold
        return not last and not self.older(threshold, statistic) or any(value > edge for value, _ in last) or bool(
            self.older(threshold, statistic))


def passes(rule, view, written):
    threshold = decided_at(rule.signal, written)
    if view.stalled(threshold):
        return "stalled"
    n, bad = view.counts(rule.statistic, threshold)
    if not view.holds(rule.statistic, written) or bad < rule.min_above:
        return ""
    if rule.recent and not view.recent(rule.recent, rule.statistic, threshold):
        return ""
    return "in flight" if view.older(threshold, rule.statistic) else "samples"


def guarded(rule, thing, tick, cover):
    """"" where the guard holds; else what yes and band become."""
    signal, statistic, written = rule.guard
    view = View(thing, signal, rule.window, tick, cover)
    if view.stalled(decided_at(signal, written)):
        return ""
    n, _ = view.counts(statistic, decided_at(signal, written))
    if n and view.holds(statistic, written):
        return ""
    return "no" if n and view.covered else "silent"


def windowed(rule, thing, tick, cover):
    view = View(thing, rule.signal, rule.window, tick, cover)
    n, bad = view.counts(rule.statistic, decided_at(rule.signal, rule.above))
    if rule.kind == ENGINE and view.state not in ("live", "stalled") and not view.between(tick - QUIET + 1):
        return Seen("silent", n, bad, "quiet")
    if not n:
        playing = rule.kind != ENGINE and any(each.state(view.now_ns) == "live" for each in thing.session.engines.values())
        if not playing:
            return Seen("silent", 0, 0, "n = 0")
        return Seen("no", 0, 0, "engine live") if view.covered else Seen("silent", 0, 0, "cover")
    tests = (("yes", rule.above), ("band", rule.above if rule.clear_below is None else rule.clear_below))
    verdict, why = next(((name, why) for name, written in tests for why in [passes(rule, view, written)] if why), ("", ""))
    if verdict and rule.guard:
        instead = guarded(rule, thing, tick, cover)
        verdict, why = (instead, "guard") if instead else (verdict, why)
    if verdict:
        return Seen(verdict, n, bad, why)
    return Seen("no", n, bad) if view.covered else Seen("silent", n, bad, "cover")


def instant(rule, thing, tick):
    if rule.signal == "always":
        return Seen("yes", 1, 1)
    session = thing if rule.signal in ("source_down", "records_lost") else thing.session
    if session.stopped:
        value = thing.told.get(rule.signal, 0)
    elif rule.signal == "source_down":
        value = session.ended == "dead" and tick <= session.dead_tick + DOWN
    elif rule.signal == "records_lost":
        value = sum(many for slot, many in session.lost.items() if slot > tick - LOST_WINDOW)
    else:
        value = thing.state(tick * SECOND) == rule.signal
    thing.told[rule.signal] = value
    return Seen("yes" if value else "no", 1, int(bool(value)), "held" if session.stopped else "")


def in_flight(rule, thing, tick):
    ages = [tick * SECOND - begun for begun in thing.open.values()]
    bad = sum(age > rule.above for age in ages)
    if thing.session.stopped:
        return Seen("silent", len(ages), 0, "stale")
    clear = rule.above if rule.clear_below is None else rule.clear_below
    verdict = "yes" if bad else "band" if any(age > clear for age in ages) else "no"
    return Seen(verdict, len(ages), bad)


def verdict(rule, thing, tick, started_ns):
    session = getattr(thing, "session", thing)
    if rule.signal != "always" and session.ended and (rule.signal != "source_down" or session.ended == "closed"):
        return Seen(session.ended, 0, 0)
    if rule.signal in INSTANT:
        return instant(rule, thing, tick)
    if rule.signal in WINDOWLESS:
        return in_flight(rule, thing, tick)
    return windowed(rule, thing, tick, max(started_ns, session.opened_ns))
