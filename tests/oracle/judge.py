# SPDX-License-Identifier: MIT
"""All rules over one trace: what `audiowatchd --replay --replay-verdicts` must print, and which cells were visited."""

from collections import Counter, namedtuple

from oracle.machine import Alert
from oracle.rule import ENGINE, FUNCTION, SESSION
from oracle.verdict import verdict
from oracle.world import World

Verdict = namedtuple("Verdict", "tick alert labels verdict n bad")
Transition = namedtuple("Transition", "tick alert labels before after reason")
NAMES = {ENGINE: "engine", FUNCTION: "function", SESSION: "session", (): "collector"}


class Judge:
    def __init__(self, text, rules):
        self.world = World(text)
        self.rules = rules
        self.alerts = {}
        self.label_sets = {("collector", ()): None}
        self.verdicts, self.transitions = [], []
        self.cells, self.marks = Counter(), Counter()

    def run(self):
        before = 0
        for tick in range(1, self.world.last_tick + 1):
            self.world.run_to(tick)
            if not self.world.seen:
                continue
            self.label_sets.update(self.world.subjects)
            for session in self.world.sessions.values():
                if session.ended == "dead" and session.dead_tick is None:
                    session.dead_tick = tick
                for engine in session.engines.values():
                    self.marks["state " + engine.state(tick * 1_000_000_000)] += 1
            for rule in self.rules:
                self._rule(rule, tick, tick - before - 1)
            before = tick
        return self

    def _sets(self, rule):
        """[(labels, what carries them)], by the bytes of their values."""
        kind = NAMES[rule.kind]
        mine = [(labels, thing) for (name, labels), thing in self.label_sets.items() if name == kind]
        wanted = [(labels, thing) for labels, thing in mine
                  if all(not value or labels[rule.kind.index(name)] == value for name, value in rule.match.items())]
        return sorted(wanted, key=lambda pair: [value.encode() for value in pair[0]])

    def _rule(self, rule, tick, missed):
        sets = self._sets(rule)
        for labels, thing in sets:
            alert = self.alerts.setdefault((rule.alert, labels), Alert(rule))
            if missed:
                self._tell(rule, labels, tick, alert.miss(missed))
            seen = verdict(rule, thing, tick, self.world.started_ns)
            self.verdicts.append(Verdict(tick, rule.alert, labels, seen.verdict, seen.n, seen.bad))
            active = sum(self.alerts[rule.alert, other].active for other, _ in sets if (rule.alert, other) in self.alerts)
            room = not rule.limit or active < rule.limit
            self._count(rule, alert, seen, missed, room)
            self._tell(rule, labels, tick, alert.step(seen.verdict, tick, room))

    def _tell(self, rule, labels, tick, changes):
        for change in changes:
            self.transitions.append(Transition(tick, rule.alert, labels, *change))
            self.marks[f"{change[0]} -> {change[1]} {change[2]}".strip()] += 1

    def _count(self, rule, alert, seen, missed, room):
        self.cells[alert.state, seen.verdict] += 1
        self.marks[f"{rule.signal} {seen.verdict}"] += 1
        if seen.why:
            self.marks[f"{seen.verdict}: {seen.why}"] += 1
        if missed:
            self.marks[f"{alert.state} after ticks not evaluated"] += 1
        if not room and alert.state == "inactive" and seen.verdict == "yes":
            self.marks["limit"] += 1
