# SPDX-License-Identifier: MIT
"""The alert machine: one per rule and label set, a method a state, in nominal ticks."""

SILENT, GONE, DOWN, OUTAGE = 60, 300, 86400, 3600  # seconds


class Alert:
    def __init__(self, rule):
        self.rule = rule
        self.down = rule.signal == "source_down"
        self.state = "inactive"
        self.active_at = self.held = 0
        self.keep_until = 0
        self.input, self.first = None, 0  # the unbroken verdict and its first tick, later by each tick not evaluated
        self.down_since = None  # EngineDown's first tick, which nothing moves

    @property
    def active(self):
        return self.state != "inactive"

    def step(self, verdict, tick, room=True):
        """[(from, to, reason)], at most one. `room`: the rule's limit lets one more be active."""
        if verdict != self.input:
            self.input, self.first = verdict, tick
        if not self.down or verdict != "yes":
            self.down_since = None
        elif self.down_since is None:
            self.down_since = tick
        old = self.state
        reason = getattr(self, "_" + self.state)(verdict, tick, room)
        return [(old, self.state, reason)] if self.state != old else []

    def miss(self, missed, room=True):
        """Ticks that nobody evaluated, before the step of the next one: they move every timer but EngineDown's 24 h."""
        self.held += missed
        self.first += missed
        self.keep_until += missed
        if missed + 1 >= OUTAGE and self.active and not self.down:
            old, self.state = self.state, "inactive"
            return [(old, "inactive", "nodata")]
        return []

    def _end(self, reason):
        self.state = "inactive"
        return reason

    def _inactive(self, verdict, tick, room):
        if verdict == "yes" and room:
            self.active_at, self.held = tick, 0
            self.state = "pending" if self.rule.hold else "firing"
        return ""

    def _pending(self, verdict, tick, room):
        if self._told_long_enough(tick):
            return self._end("source_gone")
        if verdict == "yes":
            if tick - self.active_at - self.held >= self.rule.hold:
                self.state = "firing"
            return ""
        if verdict == "silent":
            self.held += 1
            return self._end("nodata") if tick >= self.first + SILENT else ""
        return self._end({"band": "resolved", "no": "resolved"}.get(verdict, verdict))

    def _firing(self, verdict, tick, room):
        if self._told_long_enough(tick):
            return self._end("source_gone")
        if verdict == "no":
            if not self.rule.keep_firing_for:
                return self._end("resolved")
            self.state = "keeping"
            self.keep_until = tick + self.rule.keep_firing_for
            return ""
        return self._ended(verdict, tick)

    def _keeping(self, verdict, tick, room):
        if verdict in ("yes", "band"):
            self.state = "firing"
        elif verdict == "no":
            return self._end("resolved") if tick >= self.keep_until else ""
        elif verdict in ("silent", "dead"):
            self.keep_until += 1
        return self._ended(verdict, tick)

    def _ended(self, verdict, tick):
        if verdict == "closed":
            return self._end("closed")
        if verdict == "dead" and tick >= self.first + GONE:
            return self._end("source_gone")
        return ""

    def _told_long_enough(self, tick):
        return self.down_since is not None and tick >= self.down_since + DOWN
