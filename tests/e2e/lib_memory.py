# SPDX-License-Identifier: MIT
"""What the collector takes of memory for its sources, by the kernel's count of anonymous pages: G19. Looked at once they
count, and by the long runs when their windows are full, five minutes later."""

import statistics
import time

import lib

KIB_A_SOURCE = 2 << 10
KIB_IN_ALL = 20 << 10  # with eight
CALLS = 20  # a second of each function
FULL = ("--channels", 64, "--functions", 64, "--ffi", CALLS, "--ffi-ms", 0.05, "--frames", 1024, "--load", 0.02)


def anonymous_kib(program):
    """The middle one of some looks: while totals are read there is a copy more of one source's."""
    looks = []
    for _ in range(9):
        with open(f"/proc/{program.pid}/smaps_rollup", encoding="utf-8") as file:
            looks += [int(line.split()[1]) for line in file if line.startswith("Anonymous:")]
        time.sleep(0.05)
    return statistics.median(looks)


def settled_kib(collector):
    """What it takes by itself once its parts have done each of their things."""
    seen = []

    def stays():
        seen.append(anonymous_kib(collector))
        return seen[-1] if seen[-3:].count(seen[-1]) == 3 else None

    return lib.wait_for("its own memory stays as it is", stays)


def with_sources(bench, count, seconds=0):
    """KiB before and with so many sources, once each has counted for some seconds, or for as long as told."""
    collector = bench.collector()
    assert collector.scrape().text
    before = settled_kib(collector)
    for _ in range(count):
        bench.engine(*FULL)

    def all_count():
        calls = [value for _, value in collector.scrape().all("ffi_calls_total")]
        return len(calls) >= 64 * count and min(calls) >= CALLS * max(4, seconds)

    lib.wait_for("each function of each source counts", all_count, lib.PATIENCE + 2 * seconds)
    channels = {(has["instance_id"], has["channel"]) for has, _ in collector.scrape().all("audio_channel_cpu_seconds_total")}
    assert len(channels) == 64 * count, len(channels)
    return before, anonymous_kib(collector)


def check_one(bench, seconds=0):
    before, after = with_sources(bench, 1, seconds)
    print(f"      {after - before:.0f} KiB beside {before:.0f}", flush=True)
    assert 512 < after - before <= KIB_A_SOURCE, f"{after - before} KiB"


def check_eight(bench, seconds=0):
    before, after = with_sources(bench, 8, seconds)
    print(f"      {after:.0f} KiB", flush=True)
    assert before + 8 * 512 < after <= KIB_IN_ALL, f"{after} KiB"
    assert after - before <= 8 * KIB_A_SOURCE, f"{after - before} KiB"
