# SPDX-License-Identifier: MIT
"""Random traces on which audiowatch must decide as Prometheus does: every engine renders in every second, none ends, and
no rule has a band; and what Prometheus' machine says of them. A trace is one engine; a file holds many."""

import random
from collections import Counter

from oracle.judge import Transition, Verdict
from oracle.prometheus import AlertingRule, nearest_rank
from oracle.rule import MS, PER_MILLION, Rule

TICKS = 110
LEAD = 12  # seconds in which nothing is slow, so that the longest window is covered before anything is decided
ABOVE = [20 * MS, 25 * MS, 50 * MS, 100 * MS]


def rules(draw):
    return [Rule(f"R{number}", "render_time", statistic, window=draw.randint(1, LEAD), above=draw.choice(ABOVE),
                 hold=draw.choice([0, 1, 2, 3, 5, 8]), keep_firing_for=draw.choice([0, 0, 1, 2, 4]),
                 min_above=draw.choice([0, 0, 1, 2, 5, 20]), limit=0)
            for number, statistic in enumerate(draw.sample(sorted(PER_MILLION), 3))]


def slow_share(draw, mood, many, some):
    """How many of a second's calls are slow: none, all, or around the edge of one of the rules, ties included."""
    if mood == "calm":
        return 0
    if mood == "slow":
        return draw.randint(1, many)
    tie = many - -(-PER_MILLION[draw.choice(some).statistic] * many // 1_000_000)
    return min(many, max(0, tie + draw.randint(-1, 2)))


def second(draw, mood, some):
    """[(ns, how many)] of one engine in one second."""
    above = draw.choice(some).above
    many = draw.choice([1, 2, 3, 10, 100, 101, 200, 1000])
    slow = 0 if mood is None else slow_share(draw, mood, many, some)
    groups = [(draw.choice([3 * MS, min(ABOVE), min(ABOVE) - 1] if mood is None else [3 * MS, above, above - 1]), many - slow),
              (draw.choice([above + 1, above + MS, 2 * above]), slow)]
    return [group for group in groups if group[1]]


def engine(draw, some):
    """[seconds] of one engine, by moods that last a while."""
    told, mood = [], None
    for tick in range(TICKS):
        if tick >= LEAD and draw.random() < 0.15 or tick == LEAD:
            mood = draw.choice(["calm", "calm", "edge", "edge", "slow"])
        told.append(second(draw, mood, some))
    return told


def trace(engines):
    lines = ["audiowatch-trace 1"]
    names = [f"app=a{number // 10} engine=e{number % 10}" for number in range(len(engines))]
    lines += [f"0 engine {name} rate=48000 frames=256" for name in names]
    for tick in range(TICKS):
        for number, (name, seconds) in enumerate(zip(names, engines)):
            at = f"{tick}.{number + 1:03}" if number % 7 else tick + 1  # at k s sharp belongs to tick k
            lines += [(float(at), f"{at} render {name} ns={ns} n={many}") for ns, many in seconds[tick]]
    in_time = sorted((line for line in lines if isinstance(line, tuple)), key=lambda line: line[0])
    return "\n".join([line for line in lines if isinstance(line, str)] + [line for _, line in in_time] + [f"{TICKS} end", ""])


def expected(some, engines):
    """(verdicts, transitions, the value at each) as `--replay --replay-verdicts` must tell them. While the window is not
    covered a verdict that is not yes is silent."""
    verdicts, transitions, values, ranks = [], [], [], {}
    machines = [AlertingRule(rule.hold, rule.keep_firing_for) for rule in some]
    windows = {(rule.alert, number): Counter() for rule in some for number in range(len(engines))}
    for tick in range(1, TICKS + 1):
        for rule, machine in zip(some, machines):
            result = set()
            for number, seconds in enumerate(engines):
                labels = (f"a{number // 10}", "0", f"e{number % 10}")
                window = windows[rule.alert, number]
                for ns, many in seconds[tick - 1]:
                    window[ns] += many
                for ns, many in seconds[tick - 1 - rule.window] if tick > rule.window else ():
                    window[ns] -= many
                bad = sum(many for ns, many in window.items() if ns > rule.above)
                rank = nearest_rank(window.items(), PER_MILLION[rule.statistic])
                ranks[labels] = rank
                yes = rank > rule.above and bad >= rule.min_above
                if yes:
                    result.add(labels)
                verdict = "yes" if yes else "no" if tick >= rule.window else "silent"
                verdicts.append(Verdict(tick, rule.alert, labels, verdict, window.total(), bad))
            changes = step(tick, rule, machine, result)
            transitions += changes
            values += [ranks[change.labels] for change in changes]
    return verdicts, transitions, values


def step(tick, rule, machine, result):
    before = {labels: machine.state(labels) for labels in {*machine.active, *result}}
    machine.eval(tick, result)
    return [Transition(tick, rule.alert, labels, was, machine.state(labels),
                       "resolved" if machine.state(labels) == "inactive" else "")
            for labels, was in sorted(before.items()) if was != machine.state(labels)]


def draw(seed, engines):
    """(rules, trace, verdicts, transitions, values)"""
    source = random.Random(f"plain {seed}")
    some = rules(source)
    them = [engine(source, some) for _ in range(engines)]
    return some, trace(them), *expected(some, them)
