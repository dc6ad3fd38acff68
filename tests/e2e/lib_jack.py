# SPDX-License-Identifier: MIT
"""A JACK server of a test's own, jalv with the instrumented plugin on it, and what they are asked."""

import ctypes
import os
import shutil
import subprocess
import time

import lib

URI = "urn:audiowatch:demo:gain"
LV2 = os.path.join(lib.BUILD, "lv2")
PLUGIN = os.path.join(LV2, "audiowatch-demo.lv2", "gain.so")
RATE = 48000
EXACT_PERIODS, WIDE_PERIODS = 2, 50


def tool(name, package):
    return shutil.which(name) or lib.skip(f"{name} is not installed (package {package})")


class Server:
    """A JACK server of the bench's name, once it answers."""

    def __init__(self, bench, period=256):
        if not os.path.exists(PLUGIN):
            lib.skip("the plugin is not built (package lv2-dev, then make)")
        self.bench, self.name, self.period = bench, bench.prefix, period
        self.program = bench.start(tool("jackd", "jackd2"), "-p", 64, "-n", self.name, "-d", "dummy", "-r", RATE, "-p", period)
        lib.wait_for("jackd answers or ends", lambda: not self.program.running or self.answers())
        if not self.program.running:
            self.program.wait()
            lib.skip(f"jackd ended with {self.program.process.returncode}: {(self.program.out + self.program.err)[-1:]}")

    def answers(self):
        asked = subprocess.run([tool("jack_wait", "jackd2"), "-s", self.name, "-c"], stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=lib.PATIENCE)
        return "not running" not in asked.stdout and "running" in asked.stdout

    def host(self, **controls):
        return Host(self, controls)

    def frame_clock(self):
        return FrameClock(self.name)


class Host:
    """jalv with the plugin; its controls are turned by set()."""

    def __init__(self, server, controls):
        words = [word for symbol, value in controls.items() for word in ("-c", f"{symbol}={value}")]
        env = {"JACK_DEFAULT_SERVER": server.name, "JACK_NO_START_SERVER": "1", "LV2_PATH": LV2}
        self.program = server.bench.start(tool("jalv", "jalv"), "-n", "host", "-x", *words, URI, env=env)

    def set(self, symbol, value):
        self.program.process.stdin.write(f"{symbol} = {value}\n")
        self.program.process.stdin.flush()

    def send(self, number):
        self.program.send(number)


class FrameClock:
    """JACK's own frame time, as a client that renders nothing reads it."""

    def __init__(self, server):
        no_start, exact_name, server_name = 1, 2, 4
        self.jack = ctypes.CDLL("libjack.so.0")
        self.jack.jack_client_open.restype = ctypes.c_void_p
        self.jack.jack_frame_time.restype = ctypes.c_uint32
        status = ctypes.c_int()
        client = self.jack.jack_client_open(b"clock", no_start | exact_name | server_name, ctypes.byref(status), server.encode())
        assert client, f"no JACK client: status {status.value:#x}"
        self.client = ctypes.c_void_p(client)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.jack.jack_client_close(self.client)

    def at(self, epoch):
        """The frame at a time a little ago."""
        return self.jack.jack_frame_time(self.client) - (time.time() - epoch) * RATE


def setting(bench, period=256, flags=(), **controls):
    """Server, collector and host, once the collector has seen a block."""
    server = Server(bench, period)
    collector = bench.collector(*flags)
    host = server.host(**controls)
    wait_state(collector, "live")
    return server, collector, host


def wait_state(collector, state, seconds=lib.PATIENCE):
    """The scrape in which the engine is in that state."""
    def look():
        seen = collector.scrape()
        return seen if seen.state("gain") == state else None

    return lib.wait_for(f"the engine is {state}", look, seconds)


def blocks(samples):
    """All blocks of the one series there is, and its labels."""
    series = samples.all("audio_engine_blocks_total")
    assert len(series) == 1, f"one series was expected: {series}"
    return series[0][1], series[0][0]


def wait_blocks(collector, more_than):
    return lib.wait_for(f"more than {more_than} blocks", lambda: blocks(collector.scrape())[0] > more_than)


def wait_last_block(collector, right):
    lib.wait_for("a block of the right length", lambda: right(collector.scrape().get("audio_engine_render_time_last_seconds")))
