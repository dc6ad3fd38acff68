#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Graph time from outside with exact tolerances, at 256 frames and 48 kHz, on an asynchronous and a synchronous server and
with all of JACK on one processor; then a server that is killed ten times. Wants a machine that does nothing else."""
# timeout: 600

import os
import re
import signal
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib
import lib_jack
from lib_jack import Server, wait_state

JACK, GRAPH = "jack", "graph:host"
P50 = re.compile(r"\|  host P50 ([\d.]+) P99")


class Setting:
    def __init__(self, bench, flags=(), processors=None):
        self.collector = bench.collector()
        every = os.sched_getaffinity(0)
        os.sched_setaffinity(0, processors or every)  # what is started from here on inherits it
        self.server = Server(bench, flags=flags)
        self.host = self.server.host(burn=2)
        self.watcher = self.server.watcher("--watch", "host", "--print", "--sync-ok")
        os.sched_setaffinity(0, every)
        wait_state(self.collector, "live", engine=GRAPH)

    def median_ms(self):
        """Of the next lines' P50, the first two of them left out."""
        begin = len(self.watcher.out)
        lines = lib.wait_for("seven lines", lambda: len(self.watcher.out) >= begin + 7 and self.watcher.out[begin + 2:])
        return statistics.median(float(P50.search(line).group(1)) for line in lines)

    def get(self, metric, engine=GRAPH):
        return self.collector.scrape().get(metric, engine=engine) or 0

    def cycles(self):
        """Those that head counted, and those that tail accounts for."""
        samples = self.collector.scrape()
        return [samples.get("audio_engine_cycles_total", engine=engine) for engine in (JACK, GRAPH)]

    def longest_ms(self, at_least):
        return 1000 * lib.wait_for(f"a graph time of {at_least} s", lambda: (
            seen := self.get("audio_engine_render_time_max_seconds")) >= at_least and seen)


def check(name, seen, low, high):
    print(f"      {name}: {seen:.2f} ({low:.2f} to {high:.2f})", flush=True)
    assert low <= seen <= high, (name, seen)


def measure(setting):
    two = setting.median_ms()
    setting.host.set("burn", 4)
    four = setting.median_ms()
    check(f"burn 2 -> 4 ms moves the median from {two} to {four}, by ms", four - two, 1.7, 2.3)
    setting.host.set("burn", 2)
    setting.host.set("stall", 500)
    check("one stall of 500 ms reads ms", setting.longest_ms(0.4), 490, 510)
    setting.median_ms()
    setting.host.send(signal.SIGSTOP)
    stopped = time.monotonic()
    time.sleep(2)  # how long it is to last
    least = 1000 * (time.monotonic() - stopped)
    setting.host.send(signal.SIGCONT)
    most = 1000 * (time.monotonic() - stopped)
    check(f"a stop of {least:.1f} to {most:.1f} ms reads ms", setting.longest_ms(1.5), least - 10, most + 20)
    setting.median_ms()
    began, misses = setting.cycles(), setting.get("audio_engine_deadline_misses_total")
    setting.host.set("burn", 8)
    time.sleep(3)  # how long it is to last
    setting.host.set("burn", 2)
    setting.median_ms()
    heads, tails = (now - then for now, then in zip(setting.cycles(), began))
    check(f"cycles that tail accounts for, of head's {heads:.0f}", tails, heads - 5, heads + 5)
    check("misses of a burn of 8 ms for 3 s", setting.get("audio_engine_deadline_misses_total") - misses, 150, 1100)


def on_an_asynchronous_server(bench):
    measure(Setting(bench))


def on_a_synchronous_server(bench):
    measure(Setting(bench, flags=("-S",)))


def on_one_processor(bench):
    measure(Setting(bench, processors={max(os.sched_getaffinity(0))}))


def a_server_killed_ten_times_under_load_is_found_within_five_seconds(bench):
    setting = Setting(bench)
    final, slowest = 0, 0
    for turn in range(1, 11):
        rate, period = (44100, 48000)[turn % 2], (64, 2048, 256)[turn % 3]
        setting.server.program.kill()
        setting.host.program.kill()
        blocks = setting.get("audio_engine_blocks_total", JACK)
        assert blocks > final, (turn, blocks, final)
        final = blocks
        setting.server.start(period, rate)
        answers = time.monotonic()
        setting.host = setting.server.host(burn=0.25 * 1000 * period / rate)
        lib.wait_for("connected again", lambda: sum("connected again" in line for line in list(setting.watcher.err)) == turn)
        slowest = max(slowest, time.monotonic() - answers)
        lib.wait_for("blocks in the new format", lambda: setting.get("audio_engine_buffer_frames") == period and
                     setting.get("audio_engine_sample_rate_hertz") == rate and
                     setting.get("audio_engine_blocks_total", JACK) > final + 50)
    check("the longest wait for a connection, in seconds", slowest, 0, 5)
    assert setting.watcher.stop() == 0


lib_jack.own_shm()
lib.run(globals())
