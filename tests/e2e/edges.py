#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Edges of the rules, reckoned on paper, each with its neighbour a tick or a nanosecond further: what the collector makes
of each trace is what the table says, and what the oracle makes of it."""
# timeout: 120

import lib
import lib_oracle
from oracle import beside
from oracle.judge import Judge
from oracle.rule import MS, Rule

ENGINE = "app=a engine=e"
STALLED, STARVED = Rule("Stalled", "stalled"), Rule("Starved", "starved")
DOWN = Rule("Down", "source_down", hold=60)
KEPT = Rule("Kept", "stalled", keep_firing_for=20)
SLOW = Rule("Slow", "render_time", "max", 5, 25 * MS, hold=10)
MISSES = Rule("Misses", "xrun_seconds", "sum", 60, 0)
CALLS = Rule("Calls", "ffi_duration", "max", 1, 25 * MS)
STUCK = Rule("Stuck", "ffi_in_flight", above=10_000 * MS)
HANGS = [f"0 engine {ENGINE} rate=48000 frames=480", f"2.5 render_begin {ENGINE}"]  # stalled from tick 4 on
BIG = f"0 engine {ENGINE} rate=44100 frames=8192"  # 10 periods are 1.857596371882 s


def away(seconds):
    """The last tick before is 10, and so many seconds later comes the next."""
    return [*HANGS, "10.5 collector stop", f"{9 + seconds}.5 collector start", f"{10 + seconds} end"]


def other(time):
    """A session opens that has another engine."""
    return f"{time} engine app=a engine=other rate=48000 frames=480"


def slow(*seconds):
    return [f"{second - 0.5} render {ENGINE} ns=30000000" for second in seconds]


def reopened(tick):
    """It dies at 10.5, so tick 11 is the first dead one; the next session hangs from the tick before this one on."""
    return [*HANGS, f"10.5 event {ENGINE} what=dead", f"{tick - 1}.5 engine {ENGINE} rate=48000 frames=480", f"{tick + 1} end"]


def halves(gap_ns, between=()):
    """Two calls of half a period of 10 ms, of 6 ms each: a miss where they are one cycle."""
    begin = 1_010_000_000 + gap_ns
    return [f"0 engine {ENGINE} rate=48000 frames=480", f"1.010 render {ENGINE} ns=6000000 frames=240", *between,
            f"{(begin + 6_000_000) / 1e9:.9f} render {ENGINE} ns=6000000 frames=240", "2 end"]


FIRES, MISSED = (4, "firing", ""), [(2, "firing", "")]
EDGES = {  # name: rule, lines, [(tick, to, reason)]
    "just under an hour away": (STALLED, away(3599), [FIRES]),
    "an hour away": (STALLED, away(3600), [FIRES, (3610, "inactive", "nodata"), (3610, "firing", "")]),
    "an hour away of a death": (DOWN, [f"0 engine {ENGINE} rate=48000 frames=480", f"0.5 event {ENGINE} what=dead",
                                       "31.5 collector stop", "4000.5 collector start", "4100 end"],
                                [(1, "pending", ""), (4030, "firing", "")]),
    "a death of a day": (DOWN, [f"0 engine {ENGINE} rate=48000 frames=480", f"0.5 event {ENGINE} what=dead",
                                "100.5 collector stop", "86300.5 collector start", "86401 end"],
                         [(1, "pending", ""), (61, "firing", ""), (86401, "inactive", "source_gone")]),
    "reopened in time": (STALLED, reopened(310), [FIRES, (310, "inactive", "resolved")]),
    "reopened at the last tick": (STALLED, reopened(311), [FIRES, (311, "inactive", "resolved")]),
    "reopened too late": (STALLED, reopened(312), [FIRES, (311, "inactive", "source_gone")]),
    "closed": (STALLED, [*HANGS, f"10.5 event {ENGINE} what=closed", "20 end"], [FIRES, (11, "inactive", "closed")]),
    "closed and taken over": (STALLED, [*HANGS, f"10.3 event {ENGINE} what=closed", other(10.6), "20 end"],
                              [FIRES, (11, "inactive", "closed")]),
    "dead and taken over": (STALLED, [*HANGS, f"10.3 event {ENGINE} what=dead", other(10.6), "312 end"],
                            [FIRES, (311, "inactive", "source_gone")]),
    "closed, and its successor dead": (STALLED, [*HANGS, f"10.2 event {ENGINE} what=closed", other(10.4),
                                                 "10.6 event app=a what=dead", other(10.8), "20 end"],
                                       [FIRES, (11, "inactive", "closed")]),
    "dead, and its successor closed": (STALLED, [*HANGS, f"10.2 event {ENGINE} what=dead", other(10.4),
                                                 "10.6 event app=a what=closed", other(10.8), "312 end"],
                                       [FIRES, (311, "inactive", "source_gone")]),
    "closed and taken over while away": (STALLED, [*HANGS, "10.5 collector stop", f"11 event {ENGINE} what=closed", other(12),
                                                   "19.5 collector start", "30 end"], [FIRES, (20, "inactive", "closed")]),
    "dead and taken over while away": (STALLED, [*HANGS, "10.5 collector stop", f"11 event {ENGINE} what=dead", other(12),
                                                 "19.5 collector start", "321 end"], [FIRES, (320, "inactive", "source_gone")]),
    "a call of one that closed and was taken over": (STUCK, ["0.5 ffi_begin app=a function=f id=1", "15.3 event app=a what=closed",
                                                             other(15.6), "20 end"],
                                                     [(11, "firing", ""), (16, "inactive", "closed")]),
    "stopped, and dead, while kept": (KEPT, [
        *HANGS, f"10.5 render_end {ENGINE}", f"13.5 event {ENGINE} what=stop", f"23.5 event {ENGINE} what=cont",
        f"25.5 event {ENGINE} what=dead", f"30.5 engine {ENGINE} rate=48000 frames=480", "50 end"],
        # no at 11; held (instant signals say what they said) on; dead at 26..30: five ticks later
        [FIRES, (11, "keeping", ""), (36, "inactive", "resolved")]),
    "kept, and fires again": (KEPT, [*HANGS, f"10.5 render_end {ENGINE}", f"20.5 render_begin {ENGINE}",
                                     f"25.5 render_end {ENGINE}", "60 end"],
                              [FIRES, (11, "keeping", ""), (22, "firing", ""), (26, "keeping", ""), (46, "inactive", "resolved")]),
    "silence is held": (SLOW, [BIG, *slow(*range(1, 6)), *slow(*range(21, 31)), "40 end"],
                        # samples stay in the window to tick 9; silent 10..20: eleven ticks are held
                        [(1, "pending", ""), (22, "firing", "")]),
    "a minute of silence": (SLOW, [BIG, *slow(1), "70 end"], [(1, "pending", ""), (66, "inactive", "nodata")]),
    "stalled not yet": (STALLED, [BIG, f"3.142403629 render_begin {ENGINE}", "5 end"], []),
    "stalled": (STALLED, [BIG, f"3.142403628 render_begin {ENGINE}", "5 end"], [(5, "firing", "")]),
    "stalled by a second": (STALLED, [HANGS[0], f"4 render_begin {ENGINE}", "5 end"], []),
    "stalled by a nanosecond more": (STALLED, [HANGS[0], f"3.999999999 render_begin {ENGINE}", "5 end"], [(5, "firing", "")]),
    "starved not yet": (STARVED, [BIG, f"0 event {ENGINE} what=active", f"3.142403629 render {ENGINE} ns=1", "5 end"],
                        [(2, "firing", ""), (4, "inactive", "resolved")]),
    "starved": (STARVED, [BIG, f"0 event {ENGINE} what=active", f"3.142403628 render {ENGINE} ns=1", "5 end"],
                [(2, "firing", ""), (4, "inactive", "resolved"), (5, "firing", "")]),
    "starved where a period of a minute and a half is told": (STARVED, [f"0 engine {ENGINE} rate=1 frames=90",
                                                                        f"0 event {ENGINE} what=active", "901 end"],
                                                              [(901, "firing", "")]),
    "starved where nobody has such a period": (STARVED, [f"0 engine {ENGINE} rate=1 frames=101", f"0 event {ENGINE} what=active",
                                                         "3 end"], [(2, "firing", "")]),
    "begun outside, freewheel since": (STALLED, [HANGS[0], f"2.5 render_begin {ENGINE}", f"3 event {ENGINE} what=freewheel_on",
                                                 "9 end"], [FIRES]),
    "begun in freewheel, outside since": (STALLED, [HANGS[0], f"2 event {ENGINE} what=freewheel_on", f"2.5 render_begin {ENGINE}",
                                                    f"3 event {ENGINE} what=freewheel_off", "9 end"], []),
    "two periods apart": (MISSES, halves(20_000_000), MISSED),
    "more than two periods apart": (MISSES, halves(20_000_001), []),
    "told active between": (MISSES, halves(1, [f"1.011 event {ENGINE} what=active"]), MISSED),
    "freewheel between": (MISSES, halves(5_000_000, [f"1.011 event {ENGINE} what=freewheel_on",
                                                     f"1.012 render {ENGINE} ns=1", f"1.013 event {ENGINE} what=freewheel_off"]), []),
    "another format between": (MISSES, halves(5_000_000, [f"1.011 engine {ENGINE} rate=48000 frames=481"]), []),
    "no format": (MISSES, [f"1.5 render {ENGINE} ns=900000000", "2 end"], []),
    "its budget": (MISSES, [f"0 engine {ENGINE} rate=48000 frames=480", f"1.5 render {ENGINE} ns=10000000", "2 end"], []),
    "a nanosecond more": (MISSES, [f"0 engine {ENGINE} rate=48000 frames=480", f"1.5 render {ENGINE} ns=10000001", "2 end"], MISSED),
}


def each_edge_falls_where_paper_says(bench):
    wrong = []
    for name, (rule, lines, want) in EDGES.items():
        text = "audiowatch-trace 1\n" + "\n".join(lines) + "\n"
        told = beside.replay(lib_oracle.DAEMON, bench.folder, text, [rule], "--replay-verdicts")
        walk = [(each.tick, each.after, each.reason) for each in told[1]]
        judge = Judge(text, [rule]).run()
        apart = beside.compare((judge.verdicts, judge.transitions), told)
        if walk != want:
            wrong.append(f"{name}: {walk}, not {want}")
        if apart:
            wrong.append(f"{name}: the oracle says {apart[0]}, the collector {apart[1]}")
    assert not wrong, "\n" + "\n".join(wrong)


def calls_of_nobody_are_no_while_an_engine_is_live(bench):
    """Which is to the nanosecond: one that rests says nothing of the functions beside it."""
    for last, want in (("3.142403629", "no"), ("3.142403628", "silent")):
        text = "\n".join(["audiowatch-trace 1", BIG, "0 ffi app=a function=f ns=1 ok=1", f"{last} render {ENGINE} ns=1", "5 end", ""])
        verdicts, _, _ = beside.replay(lib_oracle.DAEMON, bench.folder, text, [CALLS], "--replay-verdicts")
        assert verdicts[-1].verdict == want, (last, verdicts)


lib.run(globals())
