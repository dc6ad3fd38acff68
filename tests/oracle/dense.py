# SPDX-License-Identifier: MIT
"""A program with so many names and such scattered times that a collector of bounded memory cannot keep every cell of every
second: n and bad must be exact all the same."""

import bisect
import random

from oracle.judge import Verdict
from oracle.rule import MS, PER_MILLION, Rule

TICKS, ENGINES, FUNCTIONS = 130, 8, 40
CALLS = 40  # of each in a second

# alert, statistic, window, above, clear_below
KINDS = [("Short", "p95", 5, 25 * MS, None), ("Minute", "p99", 60, 25 * MS, None), ("Long", "p50", 100, 5 * MS, None),
         ("Banded", "p99", 100, 100 * MS, 20 * MS)]


def rules():
    """Each for engines and for functions."""
    return [Rule(name + signal, signal, *more, limit=0) for signal in ("render_time", "ffi_duration") for name, *more in KINDS]


def draw(seed):
    """{(kind, name): [sorted durations of each second]}"""
    source = random.Random(f"dense {seed}")
    names = [("engine", f"e{number}") for number in range(ENGINES)] + [("function", f"f{number:02}") for number in range(FUNCTIONS)]
    told = {}
    for name in names:
        median = source.choice([3 * MS, 5 * MS, 12 * MS, 22 * MS])
        told[name] = [sorted(int(median * source.lognormvariate(0, source.choice([0.1, 0.3, 0.6, 0.9]))) for _ in range(CALLS))
                      for _ in range(TICKS)]
    return told


def trace(told):
    lines = ["audiowatch-trace 1"] + [f"0 engine app=a engine={name} rate=48000 frames=1024" for kind, name in told
                                      if kind == "engine"]
    for tick in range(TICKS):
        for (kind, name), seconds in told.items():
            word, more = ("render", "") if kind == "engine" else ("ffi", " ok=1")
            lines += [f"{tick + 1} {word} app=a {kind}={name} ns={ns}{more}" for ns in seconds[tick]]
    return "\n".join(lines) + f"\n{TICKS} end\n"


def verdicts(told):
    """By counting alone."""
    expected = []
    for rule in rules():
        kind = rule.kind[2]
        for (own, name), seconds in told.items():
            if own == kind:
                expected += of_one(rule, name, seconds)
    order = {rule.alert: number for number, rule in enumerate(rules())}
    return sorted(expected, key=lambda one: (one.tick, order[one.alert], one.labels))


def of_one(rule, name, seconds):
    levels = [rule.above, rule.clear_below or rule.above]
    above = [[CALLS - bisect.bisect_right(second, level) for level in levels] for second in seconds]
    sums, told = [0, 0], []
    for tick in range(1, TICKS + 1):
        for which in range(2):
            sums[which] += above[tick - 1][which] - (above[tick - 1 - rule.window][which] if tick > rule.window else 0)
        n = CALLS * min(tick, rule.window)
        allowed = n - -(-PER_MILLION[rule.statistic] * n // 1_000_000)
        verdict = "yes" if sums[0] > allowed else "band" if sums[1] > allowed else "no" if tick >= rule.window else "silent"
        told.append(Verdict(tick, rule.alert, ("a", "0", name), verdict, n, sums[0]))
    return told
