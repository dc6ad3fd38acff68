# SPDX-License-Identifier: MIT
"""Evenings on which the shipped rule was chosen: borderline engines, bursts, pauses, big buffers, a restart. Per block, at
the pace of its host, which skips the periods that an overrun takes; told per second, since a window counts seconds."""

import math
import random
from collections import namedtuple

SECONDS = 899
SLOW = 0.025
# fires: the ticks at which AudioProcessingOverload must fire, as (first, how many).
Evening = namedtuple("Evening", "name frames rate took seed active fires", defaults=(None, None))


def spread(median, sigma):
    return lambda draw, now: median * math.exp(draw.gauss(0, sigma))


def bursts(every, lasting, took=0.06):
    return lambda draw, now: took if now % every < lasting else 0.003


def sometimes(share):
    return lambda draw, now: 0.03 if draw.random() < share else 0.003


def between(*spans):
    return lambda draw, now: 0.03 if any(begin < now < end for begin, end in spans) else 0.003


EVENINGS = [
    Evening("A calm", 256, 48000, spread(0.003, 0.2), 1),
    Evening("B median 20 ms, 2 % above 25", 2048, 48000, spread(0.020, math.log(25 / 20) / 2.054), 2, fires=(128, 2)),
    Evening("C median 24 ms, a third above 25", 2048, 48000, spread(0.024, 0.10), 3, fires=(121, 1)),
    Evening("D steady 30 ms of 42.7", 2048, 48000, spread(0.030, 0.02), 4, fires=(121, 1)),
    Evening("E steady 26 ms of 92.9", 4096, 44100, spread(0.026, 0.01), 5, fires=(121, 1)),
    Evening("F 1 s of 60 ms every 9 s", 256, 48000, bursts(9, 1), 6),
    Evening("G 1 s of 60 ms every 11.5 s", 256, 48000, bursts(11.5, 1), 7),
    Evening("H 40 ms, 60 s on and 20 s bypassed", 1024, 48000, spread(0.04, 0.05), 8, lambda now: now % 80 < 60, (136, 1)),
    Evening("I 120 ms a block", 1024, 48000, spread(0.12, 0.02), 9, fires=(121, 1)),
    Evening("J 300 ms a block", 1024, 48000, spread(0.30, 0.02), 10, fires=(122, 1)),
    Evening("K 60 ms of 170.7", 8192, 48000, spread(0.06, 0.02), 11, fires=(121, 1)),
    Evening("L 95 ms of 92.9, periods skipped", 4096, 44100, spread(0.0950, 0.01), 12, fires=(121, 1)),
    Evening("M 1.6 % slow", 256, 48000, sometimes(0.016), 13, fires=(122, 1)),
    Evening("N 1.0 % slow", 256, 48000, sometimes(0.010), 14),
    Evening("P bursts of 1.5 s every 30 s", 256, 48000, bursts(30, 1.5), 20),
    Evening("Q one overload of 20 s", 256, 48000, between((100, 120)), 21),
    Evening("R two of 20 s, 90 s apart", 256, 48000, between((100, 120), (190, 210)), 22),
]
# A host that is started again after 2 s. Its alert begins anew: dead ends what is pending, so it fires at 103 + 120.
RESTARTED = "O 40 ms, restarted at 100 s"
RESTARTED_FIRES = (223, 1)
LIVES = [(0, Evening(RESTARTED, 1024, 48000, spread(0.04, 0.05), 15)), (102, Evening(RESTARTED, 1024, 48000, spread(0.04, 0.05), 16))]


def blocks(evening, seconds):
    """[(end, duration)]"""
    draw = random.Random(evening.seed)
    period, now, told = evening.frames / evening.rate, 0.0, []
    while now < seconds:
        if evening.active and not evening.active(now):
            now += period
            continue
        took = evening.took(draw, now)
        told.append((now + took, took))
        now += max(period, math.ceil(took / period - 1e-9) * period if took > period else period)
    return told


def lines(evening, seconds, start=0):
    """[(time, words)]: what each second held on either side of 25 ms."""
    who = f"app={evening.name[0]} engine=main"
    told = [(start, f"engine {who} rate={evening.rate} frames={evening.frames}")]
    groups = {}
    for end, took in blocks(evening, seconds):
        groups.setdefault((math.ceil(start + end), took > SLOW), []).append(took)
    return told + [(slot, f"render {who} ns={round(max(times) * 1e9)} n={len(times)}")
                   for (slot, _), times in groups.items() if slot <= SECONDS]


def trace():
    """All of them side by side."""
    told = [line for evening in EVENINGS for line in lines(evening, 900)]
    first, second = ((start, evening) for start, evening in LIVES)
    told += lines(first[1], 100) + [(101, f"event app={RESTARTED[0]} engine=main what=dead")]
    told += lines(second[1], 798, second[0])
    told = sorted(told, key=lambda line: line[0])  # stable: an engine's first line stays first
    return "audiowatch-trace 1\n" + "".join(f"{time} {words}\n" for time, words in told) + f"{SECONDS} end\n"


def fires():
    """{app: (first tick, how many)} or None."""
    return {evening.name[0]: evening.fires for evening in EVENINGS} | {RESTARTED[0]: RESTARTED_FIRES}
