#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The span: what a program of ten lines publishes is what /metrics says, to the last block and call."""

import os
import signal
import subprocess
import time

import lib

BLOCKS = 200000

# Ten lines of an outsider, built against an install: 200 000 blocks and calls, every hundredth call failing; then it
# waits for a line and closes.
OUTSIDER = """
#include <audiowatch.h>
#include <stdio.h>
int main(void)
{
	struct aw_session *s; struct aw_engine *e; struct aw_function *f;
	aw_open(0, &s); aw_engine_new(s, "main", &e); aw_function_new(s, "call", &f); aw_engine_format(e, 48000, 256);
	for (int i = 0; i < 200000; i++) {
		aw_render_begin(e, 256); aw_ffi_end(aw_ffi_begin(f), i % 100 != 0); aw_render_end(e);
	}
	puts("ready"); fflush(stdout); getchar(); aw_close(s);
}
"""

# Publishes a block; for each line read then 999 more, and frees the engine and its channel at once.
LEAVER = """
#include <audiowatch.h>
#include <stdio.h>
int main(void)
{
	struct aw_session *s; struct aw_engine *e; struct aw_channel *c;
	aw_open(0, &s); aw_engine_new(s, "main", &e); aw_channel_new(e, 0, "part", &c);
	for (int i = 0; i < 1000; i++) {
		if (i == 1) { puts("ready"); fflush(stdout); getchar(); }
		aw_render_begin(e, 256); aw_channel_begin(c); aw_channel_end(c); aw_render_end(e);
	}
	aw_engine_free(e);
	puts("freed"); fflush(stdout); getchar(); aw_close(s);
}
"""


def build_outsider(folder, text=OUTSIDER):
    """The program's path, built against an install in a folder."""
    root = os.path.join(folder, "root")
    subprocess.run(["make", "-s", "install", f"PREFIX={root}"], cwd=lib.TOP, check=True, stdout=subprocess.DEVNULL)
    source, program = os.path.join(folder, "outsider.c"), os.path.join(folder, "outsider")
    with open(source, "w") as file:
        file.write(text)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "audiowatch"], check=True, capture_output=True, text=True,
                           env={**os.environ, "PKG_CONFIG_PATH": os.path.join(root, "lib/pkgconfig")}).stdout.split()
    subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", source, *flags, f"-Wl,-rpath,{root}/lib", "-o", program],
                   check=True)
    return program


def accounted(samples):
    """Every source's records: published == delivered + lost. Their sums."""
    published = samples.all("audiowatch_records_published_total")
    assert published, "no source accounts for its records"
    for labels, value in published:
        delivered = samples.get("audiowatch_records_delivered_total", **labels)
        lost = samples.sum("audiowatch_records_lost_total", **labels)
        assert value == delivered + lost, f"{labels}: published {value} != delivered {delivered} + lost {lost}"
    return sum(value for _, value in published)


def totals(samples):
    return {name: samples.sum(name) for name in (
        "audio_engine_blocks_total", "audio_engine_render_time_seconds_count", "ffi_calls_total", "ffi_errors_total",
        "ffi_call_duration_seconds_count")}


def expected(runs):
    return {"audio_engine_blocks_total": BLOCKS * runs, "audio_engine_render_time_seconds_count": BLOCKS * runs,
            "ffi_calls_total": BLOCKS * runs, "ffi_errors_total": BLOCKS // 100 * runs,
            "ffi_call_duration_seconds_count": BLOCKS * runs}


def scrape_until(collector, what, condition):
    """Scrapes, accounting each time, until the condition holds; that scrape."""
    def look():
        samples = collector.scrape()
        if samples.all("audiowatch_records_published_total"):
            accounted(samples)
        return samples if condition(samples) else None

    return lib.wait_for(what, look)


def ten_lines_of_an_outsider_are_counted_exactly_through_death_succession_and_restart(bench):
    program = build_outsider(bench.folder)
    collector = bench.collector()
    first = bench.start(program)
    first.line("^ready")
    scrape_until(collector, "all of the first", lambda s: totals(s) == expected(1))

    first.kill()
    samples = scrape_until(collector, "the first reads dead", lambda s: s.state("main") == "dead")
    assert totals(samples) == expected(1) and samples.get("audio_engine_up") == 0, totals(samples)
    assert samples.all("audio_engine_buffer_frames") == [], "a gauge of the present outlived its engine"
    lib.wait_for("the dead one is unlinked", lambda: not bench.objects())

    second = bench.start(program)
    second.line("^ready")
    samples = scrape_until(collector, "the series goes on", lambda s: totals(s) == expected(2))
    assert len(samples.all("audio_engine_blocks_total")) == 1, "the successor has a series of its own"
    assert samples.get("audio_engine_up") == 1 and samples.state("main") in ("live", "idle")
    # 2 lanes' records each: blocks and one MODE; calls
    assert accounted(samples) == 2 * (2 * BLOCKS + 1)

    assert collector.stop() == 0
    collector = bench.collector()
    samples = scrape_until(collector, "a new collector has the living one's totals", lambda s: totals(s) == expected(1))
    assert accounted(samples) == 2 * BLOCKS + 1
    unwatched = samples.sum("audiowatch_records_lost_total", reason="unwatched")
    assert unwatched > 0, "rings of 1024 cannot hold 200000"

    second.process.stdin.write("\n")
    second.process.stdin.flush()
    assert second.wait() == 0
    samples = scrape_until(collector, "it closed", lambda s: s.get("audio_engine_up") is None or s.state("main") == "closed")
    assert totals(samples) == expected(1) and bench.objects() == []


def an_engine_that_is_freed_leaves_all_it_counted(bench):
    collector = bench.collector()
    engine = bench.start(build_outsider(bench.folder, LEAVER))
    engine.line("^ready")
    scrape_until(collector, "the first block", lambda s: s.get("audio_engine_blocks_total") == 1)
    engine.process.stdin.write("\n")
    engine.process.stdin.flush()
    engine.line("^freed")
    samples = scrape_until(collector, "the engine went", lambda s: not s.all("audio_engine_freewheeling"))
    assert samples.get("audio_engine_blocks_total") == 1000, samples.all("audio_engine_blocks_total")
    assert samples.get("audio_channel_cpu_seconds_total") > 0


COUNTERS = ("audio_engine_blocks_total", "audio_engine_cycles_total", "ffi_calls_total", "audio_channel_cpu_seconds_total")
KILLS, STOPS_S = (int(os.environ.get(name, few)) for name, few in (("AW_COLLECTOR_KILLS", 5), ("AW_STOP_SECONDS", 1)))
LOADED = ("--engines", 2, "--channels", 2, "--frames", 64, "--load", 0.05, "--ffi", 200, "--active", "--json")


def counted(samples):
    """{(counter, its labels): value}"""
    return {(name, str(sorted(has.items()))): value for name in COUNTERS for has, value in samples.all(name)}


def go_on(collector, before):
    """What is counted once each engine has gone on: the same series, and none has less."""
    def look():
        now = counted(collector.scrape())
        return now if len(now) >= len(before) > 0 and all(
            now.get(key, 0) > value for key, value in before.items() if "blocks_total" in key[0]) else None

    now = lib.wait_for("each engine goes on", look)
    assert now.keys() == before.keys(), f"series came or went: {now.keys() ^ before.keys()}"
    assert not [key for key in before if now[key] < before[key]], (before, now)
    return now


def ends_exactly(bench, collector, engine):
    """The engine ends, and what the collector counted is what it published."""
    assert engine.stop(signal.SIGINT) == 0, engine.log()
    told = engine.json()["totals"]
    assert told["blocks"] > 0 and told["calls"] > 0, told
    scrape_until(collector, "all blocks and calls", lambda s: s.sum("audio_engine_blocks_total") == told["blocks"]
                 and s.sum("ffi_calls_total") == told["calls"])
    lib.wait_for("it is unlinked", lambda: not bench.objects())


def a_collector_that_is_killed_counts_nothing_twice(bench):
    engine, before = bench.engine(*LOADED), {}
    collector = bench.collector()
    before = lib.wait_for("all series", lambda: len(now := counted(collector.scrape())) == 9 and now)
    for kill in range(KILLS):
        collector.kill()
        collector = bench.collector()
        before = go_on(collector, before)
        if kill % 10 == 9:
            print(f"      {kill + 1} of {KILLS} kills", flush=True)
    ends_exactly(bench, collector, engine)


def a_producer_that_is_stopped_is_stale_and_goes_on_exactly(bench):
    collector, engine = bench.collector(), bench.engine(*LOADED)
    lib.wait_for("all series", lambda: len(counted(collector.scrape())) == 9)
    engine.send(signal.SIGSTOP)
    samples = scrape_until(collector, "it is stale", lambda s: s.state("engine1") == s.state("engine2") == "stale")
    assert [value for _, value in samples.all("audio_engine_up")] == [0, 0], "stale is not up"
    before = counted(samples)
    time.sleep(STOPS_S)  # how long it is to last
    samples = collector.scrape()
    assert samples.state("engine1") == "stale" and counted(samples) == before, "what is stopped does nothing"
    assert len(bench.objects()) == 1, "a stopped producer was unlinked"
    engine.send(signal.SIGCONT)
    scrape_until(collector, "it lives", lambda s: s.state("engine1") == s.state("engine2") == "live")
    go_on(collector, before)
    assert collector.scrape().get("audiowatch_sessions_started_total") == 1, "a new session is no going on"
    ends_exactly(bench, collector, engine)


def a_hanging_render_shows_while_it_hangs(bench):
    collector = bench.collector()
    bench.engine("--stall-at", "0.2:60000")
    samples = scrape_until(collector, "it is stalled", lambda s: s.state("engine1") == "stalled")
    assert samples.get("audio_engine_stalled_seconds") > 1


def split_cycles_reach_the_scrape_without_a_miss_and_one_burn_with_exactly_one(bench):
    collector = bench.collector()
    # a period of 256 ms: a silence of two drops a cycle, and this engine may be preempted between two of its calls
    engine = bench.engine("--fast", "--rate", 1000, "--split", "63/1/192", "--load", 0.026, "--blocks", 9000, "--burn-at", "0.5:400",
                          "--json", "--hold")
    told = engine.json()["totals"]
    samples = scrape_until(collector, "all blocks", lambda s: s.sum("audio_engine_blocks_total") == told["blocks"])
    assert samples.sum("audio_engine_cycles_total") == 3000 and samples.sum("audio_engine_deadline_misses_total") == 1, told
    above = samples.sum("audio_engine_render_load_ratio_count") - samples.sum("audio_engine_render_load_ratio_bucket", le="1.0")
    assert above == 1, "counter and histogram disagree"


lib.run(globals())
