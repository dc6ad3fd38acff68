# SPDX-License-Identifier: MIT
"""Random traces for every cell of the table: applications that render, fall silent, hang, are bypassed, bounced, stopped,
killed, closed and started again, under a collector that is restarted, with random rules.

What the specification leaves open is not drawn: a restart of the collector while a process is stopped, a name that comes
and ends in one slot, a limit over an outage of an hour."""

import random
from fractions import Fraction

from oracle.bounds import TIME_NS
from oracle.engine import SECOND
from oracle.rule import MS, Rule

ABOVE = [20 * MS, 25 * MS, 100 * MS, 23 * MS]  # 23 ms is no bound
PERIOD = Fraction(256 * SECOND, 48000)
QUANTILES = ["p50", "p95", "p99", "p999", "max"]


class App:
    """Writes the events of one (app, instance_id), slot by slot, in moods that last."""

    def __init__(self, draw, name, instance, downtimes):
        self.draw, self.name, self.instance, self.downtimes = draw, name, instance, downtimes
        self.lines = []
        self.engines = ["e1", "E%C3%A92"][:draw.choice([1, 1, 2])]
        self.calls = []
        self.where = f"app={name}" + (f" instance_id={instance}" if instance else "")

    def say(self, ns, words):
        self.lines.append((ns, words))

    def at(self, slot, count):
        """Times within a slot, the last of them often sharp on its tick."""
        times = [(slot - 1) * SECOND + part * 10_000_000 for part in sorted(self.draw.sample(range(1, 100), count))]
        return times[:-1] + [slot * SECOND] if self.draw.random() < 0.4 else times

    def open(self, ns):
        for engine in self.engines:
            self.say(ns, f"engine {self.where} engine={engine} rate=48000 frames=256")
            if self.draw.random() < 0.5:
                self.say(ns + 1000, f"event {self.where} engine={engine} what=active")

    def live(self, slot, seconds):
        """A mood for each engine and for the function, for that many slots."""
        moods = [(self.engine_mood(), engine) for engine in self.engines] + [(self.call_mood(), "f")]
        state = {}
        for now in range(slot, slot + seconds):
            for mood, name in moods:
                mood(now, name, state.setdefault(name, {"first": slot, "last": slot + seconds - 1}))

    def engine_mood(self):
        return self.draw.choice([self.calm, self.calm, self.slow, self.slow, self.mixed, self.mixed, self.split, self.quiet,
                                 self.quiet, self.stall, self.wheel, self.told, self.reform])

    def call_mood(self):
        return self.draw.choice([self.nothing, self.call_calm, self.call_slow, self.call_slow, self.call_open,
                                 self.call_across])

    def render(self, ns, engine, took, more=""):
        self.say(ns, f"render {self.where} engine={engine} ns={took}{more}")

    def calm(self, slot, engine, state):
        for ns in self.at(slot, self.draw.randint(1, 2)):
            more = self.draw.choice(["", " n=40", " n=187", " late_ns=100000", " late_ns=20000000 n=3", " missed=1"])
            self.render(ns, engine, self.draw.choice([3 * MS, 5 * MS, 5 * MS + 333_333, 5 * MS + 333_334]), more)

    def slow(self, slot, engine, state):
        for ns in self.at(slot, self.draw.randint(1, 2)):
            edge = self.draw.choice(ABOVE)
            took = self.draw.choice([edge, edge + 1, edge + MS, 30 * MS, 120 * MS, TIME_NS[560], TIME_NS[560] + 1])
            self.render(ns, engine, took, self.draw.choice(["", "", " n=6", " n=90", " late_ns=15625001"]))

    def mixed(self, slot, engine, state):
        first, second = self.at(slot, 2)
        self.render(first, engine, 3 * MS, f" n={self.draw.choice([1, 9, 50, 99, 198, 990])}")
        self.render(second, engine, self.draw.choice([21 * MS, 24 * MS, 26 * MS]), f" n={self.draw.choice([1, 2, 10])}")

    def split(self, slot, engine, state):
        """Two calls to a period, each within its half or one of them far beyond; sometimes the second never comes."""
        for ns in self.at(slot, 2)[:1]:
            self.render(ns, engine, self.draw.choice([MS, 4 * MS]), " frames=128")
            if self.draw.random() < 0.8:
                self.render(ns + 5 * MS, engine, self.draw.choice([MS, 2 * MS]), " frames=128")

    def quiet(self, slot, engine, state):
        pass

    nothing = quiet

    def stall(self, slot, engine, state):
        if slot == state["first"]:
            state["begun"] = self.at(slot, 1)[0]
            self.say(state["begun"], f"render_begin {self.where} engine={engine}")
        elif slot == state["last"] and self.draw.random() < 0.8:
            self.say(self.at(slot, 1)[0], f"render_end {self.where} engine={engine}")

    def wheel(self, slot, engine, state):
        if slot == state["first"]:
            self.say((slot - 1) * SECOND + 1, f"event {self.where} engine={engine} what=freewheel_on")
            state["hang"] = self.draw.random() < 0.4
        if state["hang"] and slot == state["first"] + 1:
            self.say((slot - 1) * SECOND + 5 * MS, f"render_begin {self.where} engine={engine}")
        elif not state["hang"]:
            self.slow(slot, engine, state)
        if slot == state["last"]:
            self.say(slot * SECOND, f"event {self.where} engine={engine} what=freewheel_off")

    def told(self, slot, engine, state):
        if slot == state["first"]:
            what = self.draw.choice(["active", "active", "inactive"])
            self.say(self.at(slot, 1)[0], f"event {self.where} engine={engine} what={what}")

    def reform(self, slot, engine, state):
        """Another format for a while: ten of its periods are 3.4 s."""
        if slot == state["first"]:
            self.say((slot - 1) * SECOND + 1, f"engine {self.where} engine={engine} rate=48000 frames=16384")
        if slot % 4 == 0:
            self.render(self.at(slot, 1)[0], engine, self.draw.choice([200 * MS, 340 * MS, 350 * MS]))
        if slot == state["last"]:
            self.say(slot * SECOND, f"engine {self.where} engine={engine} rate=48000 frames=256")

    def call(self, slot, took, ok):
        more = self.draw.choice(["", " n=5", " n=99"])
        self.say(self.at(slot, 1)[0], f"ffi {self.where} function=f ns={took} ok={ok}{more}")

    def call_calm(self, slot, name, state):
        self.call(slot, self.draw.choice([MS, 20 * MS]), 1)

    def call_slow(self, slot, name, state):
        self.call(slot, self.draw.choice([21 * MS, 26 * MS, 100 * MS, 100 * MS + 1]), self.draw.choice([0, 1]))

    def call_open(self, slot, name, state):
        if slot == state["first"] and len(self.calls) < 8:
            number = len(self.lines) * 10 + len(self.name + self.instance)
            self.say(self.at(slot, 1)[0], f"ffi_begin {self.where} function=f id={number}")
            self.calls.append(number)
        elif slot == state["last"] and self.calls and self.draw.random() < 0.7:
            self.say(self.at(slot, 1)[0], f"ffi_end id={self.calls.pop()} ok={self.draw.choice([0, 1])}")

    def call_across(self, slot, name, state):
        """One that a tick finds under way, on or beside an edge."""
        if slot < state["last"] and self.draw.random() < 0.6:
            number = len(self.lines) * 10 + len(self.name + self.instance)
            young = self.draw.random() < 0.3
            age = self.draw.choice([MS, 5 * MS] if young else ABOVE) + (0 if young else self.draw.choice([0, 0, 1, 30 * MS]))
            self.say(slot * SECOND - age, f"ffi_begin {self.where} function=f id={number}")
            self.say(slot * SECOND + MS, f"ffi_end id={number} ok={self.draw.choice([0, 1])}")

    def pause(self, slot, seconds):
        """The process is stopped for a while, unless the collector is restarted meanwhile."""
        if any(begin <= slot + seconds and slot - 1 <= end for begin, end in self.downtimes):
            return
        self.say((slot - 1) * SECOND + 1, f"event {self.where} engine={self.engines[0]} what=stop")
        self.say((slot + seconds - 1) * SECOND, f"event {self.where} engine={self.engines[0]} what=cont")

    def away(self, slot, seconds):
        """Killed or closed, and back after a while: the alerts' patience for a dead source is 300 s."""
        what = self.draw.choice(["dead", "dead", "closed"])
        self.say((slot - 1) * SECOND + 1, f"event {self.where} engine={self.engines[0]} what={what}")
        self.calls = []
        self.open((slot + seconds - 1) * SECOND + self.draw.randint(1, 9) * 50 * MS)

    def lost(self, slot):
        reason = self.draw.choice(["lapped", "contended", "invalid", "unwatched"])
        self.say(self.at(slot, 1)[0], f"lost {self.where} reason={reason} n={self.draw.randint(1, 9)}")

    def run(self, ticks):
        self.open(self.draw.choice([0, 0, 1_500_000_000, 3 * SECOND]))
        slot = 5
        while slot < ticks:
            seconds = self.draw.choice([2, 3, 5, 8, 8, 13, 20])
            turn = self.draw.random()
            if turn < 0.06:
                seconds = self.draw.choice([2, 10, 70])
                self.pause(slot, seconds)
            elif turn < 0.13:
                seconds = self.draw.choice([0, 1, 4, 20, 310])  # 0: its successor takes over between two ticks
                self.away(slot, seconds)
                seconds += 1
            elif turn < 0.18:
                seconds = self.draw.choice([59, 60, 61, 75])  # nobody calls: the alerts' patience for silence is 60 s
            else:
                self.live(slot, seconds)
            if turn > 0.95:
                self.lost(slot)
            slot += seconds
        return self.lines


def windowed(draw, signal, statistics, levels, guards):
    """A rule over a window; a third of them with a band, some with a guard, recent, min_above."""
    above = draw.choice(levels)
    window = draw.choice([1, 2, 3, 5, 8, 12, 20, 300, 360])
    lower = [level for level in levels if level < above]
    guard = draw.choice(guards) if guards and draw.random() < 0.3 else None
    return Rule("", signal, draw.choice(statistics), window, above, clear_below=draw.choice([None, None, *lower[:1]]),
                min_above=draw.choice([0, 0, 1, 3]), recent=min(window, draw.choice([0, 0, 0, 1, 3])), guard=guard)


def rule(draw, number):
    """One random rule, its timers short."""
    load, share = [Fraction(9, 10), Fraction(1), Fraction(1, 2), Fraction(93, 100)], [Fraction(5, 100), Fraction(1, 2)]
    kinds = [
        lambda: windowed(draw, "render_time", QUANTILES + ["mean"], ABOVE,
                         [("render_load", "p99", Fraction(9, 10)), ("xrun_seconds", "sum", 1), ("wakeup_delay", "max", MS)]),
        lambda: windowed(draw, "render_time", ["p99", "max"], [10 * SECOND, SECOND, SECOND], []),
        lambda: windowed(draw, "render_load", QUANTILES, load, [("render_time", "p95", 25 * MS)]),
        lambda: windowed(draw, "wakeup_delay", QUANTILES, [15_625_000, MS, 16 * MS], [("render_time", "mean", 3 * MS)]),
        lambda: windowed(draw, "xrun_seconds", ["sum"], [0, 1, 3], []),
        lambda: windowed(draw, "ffi_duration", QUANTILES + ["mean"], ABOVE, [("ffi_error_ratio", "ratio", Fraction(1, 2))]),
        lambda: windowed(draw, "ffi_error_ratio", ["ratio"], share, [("ffi_duration", "p50", 20 * MS)]),
        lambda: Rule("", "ffi_in_flight", above=draw.choice([2 * SECOND, 5 * SECOND])),
        lambda: Rule("", "stalled"), lambda: Rule("", "starved"), lambda: Rule("", "source_down"),
        lambda: Rule("", "records_lost"), lambda: Rule("", "always"),
    ]
    one = draw.choice(kinds)()
    one.alert = f"R{number}"
    one.hold = draw.choice([0, 1, 2, 3, 5, 9, 75])
    one.keep_firing_for = draw.choice([0, 0, 2, 4, 90])
    one.limit = draw.choice([50, 0, 1])
    if draw.random() < 0.1:
        one.match = {"app": "b"} if one.kind else {}
    return one


def trace(draw, ticks, outage):
    """outage: seconds for which the collector is away in the middle, or 0."""
    downtimes = [(slot, slot + draw.choice([1, 3, 8])) for slot in (ticks // 3, 2 * ticks // 3)]
    apps = [App(draw, name, instance, downtimes) for name, instance in (("b", "7"), ("b", "10"), ("%C3%84", ""))]
    lines = [line for app in apps for line in app.run(ticks)]
    for begin, end in downtimes:
        lines.append((begin * SECOND + draw.choice([0, 500 * MS]), "collector stop"))
        lines.append((end * SECOND + draw.choice([0, 500 * MS]), "collector start"))
    lines = [line for line in lines if line[0] < ticks * SECOND] + [(ticks * SECOND, "end")]
    if outage:
        middle = downtimes[0][0] * SECOND + 600 * MS
        lines = [(ns + outage * SECOND if ns > middle else ns, words) for ns, words in lines]
    lines.sort(key=lambda line: line[0])
    return "audiowatch-trace 1\n" + "".join(f"{ns // SECOND}.{ns % SECOND:09} {words}\n" for ns, words in lines)


def draw(seed, ticks=420):
    """(rules, trace)"""
    source = random.Random(f"table {seed}")
    rules = [rule(source, number) for number in range(9)]
    outage = source.choice([3580, 3610]) if seed % 6 == 0 else 0
    if outage:
        for each in rules:
            each.limit, each.hold, each.keep_firing_for = 0, source.choice([0, 2]), source.choice([0, 90])
    return rules, trace(source, ticks, outage)
