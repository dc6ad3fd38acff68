#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`audiowatch-bench latency` against the clock: work as long as told, a stop as long as it was. Wants a machine that does
nothing else."""
# timeout: 300

import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib  # noqa: E402

PROGRAM = "audiowatch-bench"


def fifo(call):
    """The priority, where this user may have one: others' work is then no jitter of ours."""
    return ["-p", 80] if call(PROGRAM, "latency", "-D", 0.1, "-p", 80).returncode == 0 else []


def a_load_is_that_share_of_the_period(bench):
    for ratio in (0.1, 0.3, 0.6):
        called = bench.call(PROGRAM, "latency", "-D10", "--load", ratio, "--json", *fifo(bench.call), seconds=60)
        assert called.returncode == 0, called
        told = json.loads(called.stdout)
        want = ratio * told["settings"]["period_ns"]
        median = told["threads"][0]["render_time"]["p50_ns"]
        print(f"load {ratio}: median {median / want:.3f} of what was told")
        assert abs(median - want) <= 0.1 * want, (ratio, median, want)


def a_stop_of_two_seconds_is_one_late_wakeup_and_the_periods_it_left_out(bench):
    program = bench.start(PROGRAM, "latency", "-i", 5000, "--json")
    lib.wait_for("it runs", lambda: [row for row in bench.segments() if row["blocks"]])
    program.send(signal.SIGSTOP)
    begin = time.monotonic()
    time.sleep(2)
    program.send(signal.SIGCONT)
    stopped_ns = (time.monotonic() - begin) * 1e9
    time.sleep(0.2)
    assert program.stop(signal.SIGINT) == 0
    (thread,) = json.loads("\n".join(program.out))["threads"]
    print(f"stopped {stopped_ns / 1e6:.1f} ms, told {thread['wakeup_delay']['max_ns'] / 1e6:.1f} ms, skipped {thread['skipped']}")
    assert abs(thread["wakeup_delay"]["max_ns"] - stopped_ns) < 20e6, thread
    assert abs(thread["skipped"] - stopped_ns / 5e6) < 8, thread


lib.run(globals())
