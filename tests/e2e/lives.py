#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""200 producers born and killed at random instants beside a living collector: no live segment is ever unlinked, no dead
one stays. AW_SEED repeats a run."""
# timeout: 300

import os
import random
import signal
import time

import lib

PRODUCERS = 200
AT_ONCE = 20


def segment_of(program, bench):
    """The object of a producer, by the pid its id begins with."""
    mark = f"-{program.pid:08x}"
    return next((name for name in bench.objects() if mark in name), None)


def no_live_segment_is_unlinked_and_no_dead_one_stays(bench):
    seed = int(os.environ.get("AW_SEED") or time.time_ns() % 2**32)
    chance = random.Random(seed)
    print(f"AW_SEED={seed}")
    collector = bench.collector()
    living = []
    born = killed = checked = 0
    while born < PRODUCERS or living:
        if born < PRODUCERS and len(living) < AT_ONCE and (not living or chance.random() < 0.6):
            # every third is killed wherever it happens to be, its opening included; the others once they are ready
            living.append((bench.start("audiowatch-demo-engine", "--frames", 64, "--load", 0, "--ffi", 50), chance.random() < 0.33))
            born += 1
            continue
        program, at_birth = living.pop(chance.randrange(len(living)))
        if not at_birth:
            program.line("^ready ")
            assert segment_of(program, bench), f"pid {program.pid} lives and its segment is gone"
            checked += 1
        program.send(signal.SIGKILL)
        program.wait()
        killed += 1
        for other, _ in living[:3]:
            if any("ready" in line for line in other.out):
                assert segment_of(other, bench) or not other.running, f"pid {other.pid} lives and its segment is gone"
                checked += 1
    print(f"{killed} were killed")
    assert killed == PRODUCERS and checked > PRODUCERS // 3, (killed, checked)
    # one killed before its magic was stored goes when it is 10 s old
    lib.wait_for("every dead segment is unlinked", lambda: not bench.objects(), 60)
    samples = collector.scrape()
    assert samples.sum("audiowatch_segments_refused_total") == 0, samples.all("audiowatch_segments_refused_total")
    assert collector.running and collector.stop() == 0


lib.run(globals())
