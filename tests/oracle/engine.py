# SPDX-License-Identifier: MIT
"""What one engine did, as its producer knows it, and which of eight states it is in."""

import math
from fractions import Fraction

SECOND = 1_000_000_000


class Engine:
    """Times are nanoseconds of the trace. Finished samples go to `book(series, value, how many)`."""

    def __init__(self, session, opened_ns):
        self.session = session
        self.opened_ns = opened_ns
        self.rate = self.frames = 0
        self.active_ns = None  # told active, since
        self.freewheel = False
        self.call_ns = None  # the last begin or end
        self.flight_ns, self.flight_freewheel = None, False
        self.cycle_ns = self.cycle_frames = 0  # of an unfinished cycle
        self.cycle_end_ns = 0
        self.series = {"render_time": {}, "render_load": {}, "wakeup_delay": {}, "xrun_seconds": {}}
        self.told = {}  # the newest value of an instant signal

    def book(self, series, slot, value, many):
        self.series[series].setdefault(slot, []).append((value, many))

    def format(self, rate, frames):
        if max(rate, frames) > 1 << 20 or frames > 100 * rate:  # of periods beyond 100 s nobody knows anything
            rate = frames = 0
        if (rate, frames) != (self.rate, self.frames):
            self.rate, self.frames = rate, frames
            self.cycle_frames = 0

    def period_ns(self):
        return Fraction(self.frames * SECOND, self.rate) if self.rate and self.frames else 0

    def begin(self, now_ns):
        self.flight_ns, self.flight_freewheel = now_ns, self.freewheel
        self.call_ns = now_ns

    def wheel(self, on):
        self.freewheel = on
        self.cycle_frames = 0

    def render(self, slot, now_ns, ns, frames=None, late_ns=None, missed=0, many=1):
        """A finished call, or many alike; slot None: nobody saw it."""
        self.flight_ns = None
        self.call_ns = now_ns
        if self.freewheel:
            return
        self._count(slot, now_ns, ns, frames, late_ns, missed, many)

    def end(self, slot, now_ns):
        """Of the call that began; it belongs to freewheel when it began there."""
        ns, self.flight_ns, self.call_ns = now_ns - self.flight_ns, None, now_ns
        if not self.flight_freewheel:
            self._count(slot, now_ns, ns)

    def _count(self, slot, now_ns, ns, frames=None, late_ns=None, missed=0, many=1):
        finished, misses = self._cycles(now_ns, ns, self.frames if frames is None else frames, many)
        if slot is None:
            return
        self.book("render_time", slot, ns, many)
        if late_ns is not None:
            self.book("wakeup_delay", slot, late_ns, many)
        for value, count in finished + [(math.inf, missed)] * bool(missed):  # missed outright: beyond any load
            self.book("render_load", slot, value, count)
        if finished or missed:
            self.book("xrun_seconds", slot, misses + missed, 1)

    def _cycles(self, now_ns, ns, frames, many):
        """[(load, how many)] of the cycles that this finished, and how many of them missed."""
        if not self.rate or not self.frames or not frames:
            return [], 0
        if self.cycle_frames and now_ns - ns - self.cycle_end_ns > 2 * self.period_ns():
            self.cycle_frames = 0
        if not self.cycle_frames and frames >= self.frames:
            load = Fraction(ns * self.rate, frames * SECOND)
            return [(load, many)], many * (load > 1)
        finished = []
        for _ in range(many):
            self.cycle_ns = ns + (self.cycle_ns if self.cycle_frames else 0)
            self.cycle_frames += frames
            self.cycle_end_ns = now_ns
            if self.cycle_frames >= self.frames:
                finished.append((Fraction(self.cycle_ns * self.rate, self.cycle_frames * SECOND), 1))
                self.cycle_frames = 0
        return finished, sum(load > 1 for load, _ in finished)

    def state(self, now_ns):
        patience = max(SECOND, 10 * self.period_ns())
        if self.session.ended:
            return self.session.ended
        if self.session.stopped:
            return "stale"
        if self.flight_ns is not None and not self.flight_freewheel and now_ns - self.flight_ns > patience:
            return "stalled"
        if self.freewheel:
            return "freewheel"
        if self.active_ns is not None and now_ns - max(self.call_ns or 0, self.active_ns, self.opened_ns) > patience:
            return "starved"
        if self.call_ns is not None and now_ns - self.call_ns <= patience:
            return "live"
        return "idle"
