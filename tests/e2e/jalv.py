#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The instrumented LV2 plugin in a real host: jalv on a JACK server of its own, with no sound card. AW_EXACT=1 holds the
frame count to two periods, for a machine that does nothing else."""
# timeout: 300

import ctypes
import os
import signal
import subprocess
import time

import lib
from lib_lv2 import plugin_of, told_features
import lib_jack
from lib_jack import EXACT_PERIODS, PLUGIN, RATE, WIDE_PERIODS, blocks, setting, tool, wait_blocks, wait_last_block, wait_state


def the_plugin_shows_its_descriptor_alone(bench):
    if not os.path.exists(PLUGIN):
        lib.skip("the plugin is not built (package lv2-dev, then make)")
    shown = subprocess.run([tool("nm", "binutils"), "-D", "--defined-only", PLUGIN], capture_output=True, text=True, check=True)
    names = [line.split()[-1] for line in shown.stdout.splitlines()]
    assert names == ["lv2_descriptor"], names
    wanted = subprocess.run([tool("nm", "binutils"), "-D", PLUGIN], capture_output=True, text=True, check=True)
    assert "aw_" not in wanted.stdout, wanted.stdout


def the_period_is_what_the_host_says_else_its_longest_call(bench):
    if not os.path.exists(PLUGIN):
        lib.skip("the plugin is not built (package lv2-dev, then make)")
    os.environ.update(bench.env)
    collector = bench.collector()
    plugin = plugin_of(PLUGIN)
    told, alive = told_features(1024)
    for features, frames in ((told, 1024), (None, 192)):
        instance = plugin.instantiate(None, RATE, b"", ctypes.cast(features, ctypes.c_void_p))
        plugin.activate(instance)
        for call in (0, 63, 192, 1):  # no port is connected, and a call of no frames is no block
            plugin.run(instance, call)
        lib.wait_for(f"a period of {frames}", lambda: collector.scrape().get("audio_engine_buffer_frames") == frames)
        plugin.deactivate(instance)
        plugin.cleanup(instance)
        wait_state(collector, "closed")
        lib.wait_for("no segment is left", lambda: not bench.objects())
    assert collector.scrape().get("audio_engine_blocks_total") == 6, "the second goes on where the first ended"
    assert alive


def blocks_times_frames_follow_the_frame_time_of_jack(bench):
    server, collector, host = setting(bench, burn=0.5)
    tolerance = (EXACT_PERIODS if os.environ.get("AW_EXACT") else WIDE_PERIODS) * server.period
    with server.frame_clock() as clock:
        def look():
            samples = collector.scrape()
            return blocks(samples)[0] * server.period, clock.at(samples.get("audiowatch_snapshot_timestamp_seconds"))

        began = look()
        lib.wait_for("five seconds of frames", lambda: look()[1] - began[1] > 5 * RATE)
        ended = look()
    rendered, passed = ended[0] - began[0], ended[1] - began[1]
    print(f"      {rendered} frames rendered, {passed:.0f} passed: {(rendered - passed) / server.period:+.2f} periods")
    assert abs(rendered - passed) <= tolerance, (rendered, passed)
    samples = collector.scrape()
    assert samples.get("audio_engine_sample_rate_hertz") == RATE
    assert samples.get("audio_engine_buffer_frames") == server.period, "without a word of the host, the first call tells"
    host.program.stop()
    wait_state(collector, "closed")
    assert not bench.objects(), bench.objects()


def a_stall_shows_while_it_lasts(bench):
    _, collector, host = setting(bench)
    host.set("stall", 4000)
    samples = wait_state(collector, "stalled")
    assert samples.get("audio_engine_stalled_seconds") > 0, "stalled for no time"
    assert samples.get("audio_engine_up") == 1
    before = blocks(samples)[0]
    first = samples.get("audio_engine_stalled_seconds")
    lib.wait_for("the age grows", lambda: collector.scrape().get("audio_engine_stalled_seconds") > first)
    samples = wait_state(collector, "live")
    assert samples.get("audio_engine_stalled_seconds") == 0
    wait_blocks(collector, before)
    assert 3.9 < collector.scrape().get("audio_engine_render_time_max_seconds") < 15
    host.set("stall", 4000)  # no rise, no stall
    host.set("stall", 10)
    host.set("stall", 0)
    before = blocks(collector.scrape())[0]

    def many_more_and_no_stall():
        seen = collector.scrape()
        assert seen.state("gain") != "stalled", "it stalled without a rise"
        return blocks(seen)[0] > before + 300

    lib.wait_for("another 300 blocks", many_more_and_no_stall)


def a_killed_host_is_dead_and_the_next_one_goes_on(bench):
    server, collector, host = setting(bench)
    wait_blocks(collector, 100)
    host.program.kill()
    samples = wait_state(collector, "dead")
    assert samples.get("audio_engine_up") == 0
    final, labels = blocks(samples)
    lib.wait_for("no segment is left", lambda: not bench.objects())
    server.host()
    samples = wait_state(collector, "live")
    again, labels_again = blocks(samples)
    assert labels_again == labels and again >= final, (labels, final, labels_again, again)
    assert samples.get("audio_engine_up") == 1
    wait_blocks(collector, final + 100)
    assert collector.scrape().get("audiowatch_sessions_started_total") == 2


def a_stopped_host_is_stale_and_goes_on(bench):
    _, collector, host = setting(bench, ffi=5)
    host.send(signal.SIGSTOP)
    samples = wait_state(collector, "stale")
    assert samples.get("audio_engine_up") == 0
    before, labels = blocks(samples)
    objects = bench.objects()
    time.sleep(3)  # what is stopped stays stopped: this is how long it is to last
    samples = wait_state(collector, "stale")
    assert blocks(samples) == (before, labels) and bench.objects() == objects
    host.send(signal.SIGCONT)
    samples = wait_state(collector, "live")
    assert blocks(samples)[1] == labels
    wait_blocks(collector, before + 100)
    assert collector.scrape().get("audiowatch_sessions_started_total") == 1, "a new session is no going on"


def controls_out_of_range_are_clamped(bench):
    _, collector, host = setting(bench, period=2048)
    host.set("burn", 1e9)
    host.set("channels", 99)
    lib.wait_for("a burn as long as it may be",
                 lambda: collector.scrape().get("audio_engine_render_time_max_seconds") >= 0.1)
    before = blocks(collector.scrape())[0]
    wait_blocks(collector, before + 5)
    assert collector.scrape().get("audio_engine_render_time_max_seconds") < 5
    channels = lib.wait_for("16 channels", lambda: len(found := collector.scrape().all("audio_channel_cpu_seconds_total")) >= 16
                            and found)
    assert len(channels) == 16, channels
    host.set("channels", "nan")
    host.set("gain", "nan")
    host.set("ffi", -100)
    for nothing in ("nan", -1):
        host.set("burn", 50)
        wait_last_block(collector, lambda seconds: seconds >= 0.05)
        host.set("burn", nothing)
        wait_last_block(collector, lambda seconds: seconds < 0.05)
    wait_blocks(collector, blocks(collector.scrape())[0] + 20)
    assert collector.scrape().sum("ffi_calls_total") == 0


def a_call_that_never_returns_grows_old(bench):
    _, collector, host = setting(bench, ffi=5)
    host.set("hang", 7)  # beyond its range: on
    first = lib.wait_for("an old call", lambda: (old := collector.scrape().get("ffi_call_oldest_seconds", function="hang")) > 1 and old)
    lib.wait_for("it grows older", lambda: collector.scrape().get("ffi_call_oldest_seconds", function="hang") > first + 1)
    samples = collector.scrape()
    assert samples.get("ffi_calls_in_flight", function="hang") == 1
    assert samples.get("ffi_calls_total", function="hang") == 0
    assert samples.get("ffi_calls_total", function="load") > 0, "the other calls go on"
    assert samples.get("ffi_call_oldest_seconds", function="ping") == 0
    assert samples.state("gain") == "live", "a call beside the audio thread disturbs no block"
    host.set("hang", 0)
    lib.wait_for("it is back", lambda: collector.scrape().get("ffi_calls_in_flight", function="hang") == 0)
    samples = collector.scrape()
    assert samples.get("ffi_calls_total", function="hang") == 1 and samples.get("ffi_errors_total", function="hang") == 1


lib_jack.own_shm()
lib.run(globals())
