#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""audiowatch-jack on a JACK server without a sound card, watching jalv with the instrumented plugin: what it publishes, by
order and count. The tolerances are in tests/stress/jack_graph_exact.py."""
# timeout: 240

import os
import re
import signal
import time

import lib
import lib_jack
from lib_jack import RATE, Client, Server, wait_state

JACK, GRAPH = "jack", "graph:host"
SAYS_WATCHED, SAYS_ABSENT = r'client "host" is watched', r'client "host" does not exist \(yet\)'


def watching(bench, **controls):
    """Server, collector, host and watcher, once graph times come."""
    server = Server(bench)
    collector = bench.collector()
    host = server.host(**controls)
    watcher = server.watcher("--watch", "host")
    wait_state(collector, "live", engine=GRAPH)
    return server, collector, host, watcher


def blocks(samples, engine):
    return samples.get("audio_engine_blocks_total", engine=engine) or 0


def missed(samples, engine):
    """Cycles that were skipped outright: they are cycles and no blocks."""
    return samples.get("audio_engine_cycles_total", engine=engine) - blocks(samples, engine)


def wait_more_blocks(collector, engine, more=100):
    before = blocks(collector.scrape(), engine)
    return lib.wait_for(f"{more} more blocks of {engine}",
                        lambda: blocks(seen := collector.scrape(), engine) >= before + more and seen)


def lateness_load_and_format_are_published(bench):
    server, collector, _, _ = watching(bench, burn=1)
    samples = lib.wait_for("the load of the server", lambda: (seen := collector.scrape()).get(
        "audio_engine_host_load_ratio", engine=JACK) and seen)
    for engine in (JACK, GRAPH):
        assert samples.get("audio_engine_sample_rate_hertz", engine=engine) == RATE
        assert samples.get("audio_engine_buffer_frames", engine=engine) == server.period
    assert 0 < samples.get("audio_engine_host_load_ratio", engine=JACK) < 2
    assert samples.get("audio_engine_host_load_ratio", engine=GRAPH) is None, "the load is the server's alone"
    samples = wait_more_blocks(collector, JACK)
    assert samples.get("audio_engine_wakeup_delay_seconds_count", engine=JACK) > 100, "lateness is told in each cycle"
    (labels, _), = samples.all("audio_engine_info", engine=GRAPH)
    assert labels["kind"] == "graph" and labels["app"] == "audiowatch-jack" and labels["instance_id"] == server.name, labels


def a_client_that_takes_too_long_misses_cycles_that_head_counted(bench):
    server, collector, host, _ = watching(bench, burn=1)
    quiet = wait_more_blocks(collector, GRAPH)
    host.set("burn", 8)
    lib.wait_for("a hundred missed cycles", lambda: missed(collector.scrape(), GRAPH) > missed(quiet, GRAPH) + 100)
    host.set("burn", 1)
    samples = wait_more_blocks(collector, GRAPH)
    assert samples.get("audio_engine_deadline_misses_total", engine=GRAPH) > 100
    heads = blocks(samples, JACK) - blocks(quiet, JACK)
    tails = samples.get("audio_engine_cycles_total", engine=GRAPH) - quiet.get("audio_engine_cycles_total", engine=GRAPH)
    assert abs(heads - tails) <= 20, f"head began {heads} cycles and tail accounts for {tails}"
    xruns = samples.get("audio_engine_xrun_reports_total", engine=JACK, source="jack")
    assert xruns > 0, "the server's xrun reports"
    assert samples.get("audio_engine_xrun_reports_total", engine=GRAPH, source="jack") == 0
    assert server.program.running


def one_long_stall_is_measured_whole(bench):
    _, collector, host, _ = watching(bench)
    assert collector.scrape().get("audio_engine_render_time_max_seconds", engine=GRAPH) < 0.4
    host.set("stall", 500)
    longest = lib.wait_for("a long graph time", lambda: (seen := collector.scrape().get(
        "audio_engine_render_time_max_seconds", engine=GRAPH)) >= 0.4 and seen)
    assert 0.5 <= longest < 5, longest


def a_stopped_client_is_in_flight_until_it_goes_on(bench):
    _, collector, host, _ = watching(bench)
    host.send(signal.SIGSTOP)
    stopped = time.monotonic()
    samples = wait_state(collector, "stalled", engine=GRAPH)
    first = samples.get("audio_engine_stalled_seconds", engine=GRAPH)
    assert first > 0
    lib.wait_for("the age grows", lambda: collector.scrape().get("audio_engine_stalled_seconds", engine=GRAPH) > first + 1)
    assert samples.state(JACK) == "live", "the server goes on without it"
    lasted = time.monotonic() - stopped
    host.send(signal.SIGCONT)
    samples = wait_state(collector, "live", engine=GRAPH)
    assert samples.get("audio_engine_stalled_seconds", engine=GRAPH) == 0
    assert lasted - 1 < samples.get("audio_engine_render_time_max_seconds", engine=GRAPH), lasted


def a_client_may_come_late_leave_and_return(bench):
    server = Server(bench)
    collector = bench.collector()
    watcher = server.watcher("--watch", "host")
    watcher.line(SAYS_ABSENT, watcher.err)
    wait_state(collector, "live", engine=JACK)
    assert collector.scrape().state(GRAPH) == "idle"
    host = server.host()
    watcher.line(SAYS_WATCHED, watcher.err)
    wait_state(collector, "live", engine=GRAPH)
    before = blocks(wait_more_blocks(collector, GRAPH), GRAPH)
    assert host.program.stop() == 0
    lib.wait_for("it says that the client left", lambda: sum("does not exist" in line for line in list(watcher.err)) == 2)
    wait_state(collector, "idle", engine=GRAPH)
    time.sleep(2)  # starved comes after a second: this is how long it is to stay idle
    assert collector.scrape().state(GRAPH) == "idle", "who left is not expected"
    server.host()
    wait_state(collector, "live", engine=GRAPH)
    assert blocks(wait_more_blocks(collector, GRAPH), GRAPH) > before
    assert [line.partition(": ")[2] for line in watcher.err if "is watched" in line] == ['client "host" is watched'] * 2


def a_client_whose_name_has_a_colon_is_not_the_one_before_it(bench):
    server = Server(bench)
    with Client(server.name, "host:b") as other:
        other.output("out")
        watcher = server.watcher("--watch", "host")
        watcher.line(r'client "host" (does not exist|is watched)', watcher.err)
        server.host()
        watcher.line(SAYS_WATCHED, watcher.err)
        assert [bool(re.search(SAYS_ABSENT, line)) for line in watcher.err if "client" in line] == [True, False], watcher.err
    assert watcher.stop() == 0


def a_client_without_outputs_cannot_be_watched_and_it_says_why(bench):
    server = Server(bench)
    collector = bench.collector()
    with Client(server.name, "host"):
        watcher = server.watcher("--watch", "host")
        watcher.line(r'"host" has no output ports: nothing in the graph runs behind it', watcher.err)
        wait_state(collector, "live", engine=JACK)
        samples = wait_more_blocks(collector, JACK, 400)  # two seconds: it is said once
        assert samples.state(GRAPH) == "idle" and blocks(samples, GRAPH) == 0
        assert sum("no output ports" in line for line in watcher.err) == 1, watcher.err
    assert watcher.stop() == 0


def the_longest_names_that_jack_takes_are_good(bench):
    server = Server(bench)
    for length in (53, 63):
        with Client(server.name, "w" * length):
            watcher = server.watcher("--watch", "w" * length)
            watcher.line(r'client "w+" has no output ports', watcher.err)
            assert watcher.stop() == 0
    watcher = server.watcher("--name", "n" * 63)
    watcher.line(r'connected to .* as "n{63}"', watcher.err)
    assert watcher.stop() == 0


def a_name_that_is_taken_is_the_end(bench):
    server = Server(bench)
    with Client(server.name, "mine"), Client(server.name, "other-host"):
        for flags, name in ((("--name", "mine"), "mine"), (("--name", "other", "--watch", "host"), "other-host")):
            watcher = server.watcher(*flags)
            assert watcher.wait() == 1
            assert len(watcher.err) == 1 and f'has a client "{name}" already (try --name ' in watcher.err[0], watcher.err
    assert not bench.objects(), bench.objects()


def freewheel_and_buffer_size_are_followed(bench):
    server, collector, _, _ = watching(bench, burn=0)

    def told(metric, value):
        return lib.wait_for(f"{metric} of both engines is {value}", lambda: all(
            collector.scrape().get(metric, engine=engine) == value for engine in (JACK, GRAPH)))

    with Client(server.name, "control") as control:
        control.freewheel(True)
        told("audio_engine_freewheeling", 1)
        wait_state(collector, "freewheel", engine=JACK)
        wait_more_blocks(collector, JACK)
        wait_more_blocks(collector, GRAPH)
        control.freewheel(False)
        told("audio_engine_freewheeling", 0)
        wait_state(collector, "live", engine=GRAPH)
        control.frames(1024)
        told("audio_engine_buffer_frames", 1024)
        control.frames(64)
        told("audio_engine_buffer_frames", 64)
    wait_more_blocks(collector, GRAPH)


def who_joins_a_freewheeling_server_has_cycles_when_that_is_over(bench):
    server = Server(bench)
    collector = bench.collector()
    with Client(server.name, "control") as control:
        control.freewheel(True)
        watcher = server.watcher()
        watcher.line(r"gives this client no cycle", watcher.err)
        control.freewheel(False)
        wait_state(collector, "live", engine=JACK)
    assert sum("gives this client no cycle" in line for line in watcher.err) == 1, watcher.err
    assert watcher.stop() == 0


def ctrl_z_does_not_stop_a_member_of_the_graph(bench):
    watcher = bench.start("audiowatch-jack", "--server", f"{bench.prefix}-nobody")
    watcher.line(r"waiting for the JACK server", watcher.err)
    with open(f"/proc/{watcher.pid}/status", encoding="ascii") as status:
        ignored = int(next(line.split()[1] for line in status if line.startswith("SigIgn:")), 16)
    assert ignored & 1 << signal.SIGTSTP - 1, f"{ignored:#x}"
    assert watcher.stop() == 0


def sigterm_ends_it_and_leaves_nothing(bench):
    server, collector, _, watcher = watching(bench)
    for number in (signal.SIGTERM, signal.SIGINT):
        assert watcher.stop(number) == 0
        wait_state(collector, "closed", engine=JACK)
        left = [name for name in os.listdir(lib.SHM) if "audiowatch" in name and server.name in name]
        assert not left, left
        watcher = server.watcher("--watch", "host")
        wait_state(collector, "live", engine=GRAPH)


lib_jack.own_shm()
lib.run(globals())
