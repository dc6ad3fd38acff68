#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""audiowatch-jack on PipeWire's libjack and dummy driver: what `pw-jack audiowatch-jack --watch CLIENT` does on a desktop."""

import lib
import lib_jack
from lib_jack import PipeWire, wait_state

GRAPH = "graph:host"


def missed(samples):
    return samples.get("audio_engine_cycles_total", engine=GRAPH) - samples.get("audio_engine_blocks_total", engine=GRAPH)


def the_graph_is_measured_on_pipewire_and_after_its_restart(bench):
    server = PipeWire(bench)
    host = server.host(burn=2)
    collector = bench.collector()
    watcher = server.watcher("--watch", "host", "--print")
    samples = wait_state(collector, "live", engine=GRAPH)
    assert samples.get("audio_engine_sample_rate_hertz", engine="jack") == lib_jack.RATE
    watcher.line(r"^  48000/\d+  dsp .* cycles .*\|  host P50 ")
    lib.wait_for("the load of the server", lambda: collector.scrape().get("audio_engine_host_load_ratio", engine="jack"))
    few = missed(collector.scrape())
    host.set("burn", 60)  # longer than any period here
    lib.wait_for("missed cycles", lambda: missed(collector.scrape()) > few + 10)
    host.set("burn", 1)
    server.program.kill()
    host.program.kill()
    watcher.line(r'"default" is gone', watcher.err)
    wait_state(collector, "starved", engine="jack")
    before = collector.scrape().get("audio_engine_blocks_total", engine=GRAPH)
    server.start()
    watcher.line(r"connected again", watcher.err)
    server.host()
    lib.wait_for("graph times again", lambda: collector.scrape().get("audio_engine_blocks_total", engine=GRAPH) > before + 50)
    assert not any("synchronous" in line for line in watcher.err), "of PipeWire that is not to be asked"
    assert watcher.stop() == 0
    wait_state(collector, "closed", engine="jack")


lib_jack.own_shm()
lib.run(globals())
