# SPDX-License-Identifier: MIT
"""A JACK server of a test's own, jalv with the instrumented plugin on it, and what they are asked."""

import ctypes
import glob
import os
import shutil
import subprocess
import sys
import time

import lib

URI = "urn:audiowatch:demo:gain"
LV2 = os.path.join(lib.BUILD, "lv2")
PLUGIN = os.path.join(LV2, "audiowatch-demo.lv2", "gain.so")
RATE = 48000
EXACT_PERIODS, WIDE_PERIODS = 2, 50
OWN_SHM = "AW_OWN_SHM"


def tool(name, package):
    return shutil.which(name) or lib.skip(f"{name} is not installed (package {package})")


def own_shm():
    """Begins the test file anew with a /dev/shm of its own, where the kernel lets it. JACK keeps one registry and one data
    base a user there, and a server or client that is killed while it has their lock stops every other one for ever."""
    if OWN_SHM in os.environ:
        return
    mount = ("mount", "-t", "tmpfs", "none", lib.SHM)
    for unshare in (("unshare", "-m"), ("unshare", "-rm")):
        if shutil.which("unshare") and subprocess.run([*unshare, *mount], capture_output=True, check=False).returncode == 0:
            os.environ[OWN_SHM] = "yes"
            os.execvp("unshare", [*unshare, "sh", "-c", f'{" ".join(mount)} && exec "$@"', "sh", sys.executable, *sys.argv])
    os.environ[OWN_SHM] = ""


class Server:
    """A JACK server of the bench's name, once it answers."""

    def __init__(self, bench, period=256, rate=RATE, flags=()):
        if not os.path.exists(PLUGIN):
            lib.skip("the plugin is not built (package lv2-dev, then make)")
        self.bench, self.name = bench, bench.prefix
        self.env = {"JACK_DEFAULT_SERVER": self.name, "JACK_NO_START_SERVER": "1"}
        self.start(period, rate, flags)

    def start(self, period=256, rate=RATE, flags=()):
        self.period = period
        self.program = self.bench.start(tool("jackd", "jackd2"), "-p", 64, *flags, "-n", self.name, "-d", "dummy", "-r", rate,
                                        "-p", period)
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

    def watcher(self, *flags):
        return self.bench.start("audiowatch-jack", "--server", self.name, *flags)

    def frame_clock(self):
        return FrameClock(self.name)


class PipeWire:
    """PipeWire on its dummy driver, without a session manager, as a JACK server."""

    name = "default"

    def __init__(self, bench):
        library = glob.glob("/usr/lib/*/pipewire-0.3/jack/libjack.so.0") or lib.skip("no PipeWire (package pipewire-jack)")
        self.bench = bench
        self.runtime = os.path.join(bench.folder, "run")
        os.mkdir(self.runtime, 0o700)
        self.env = {"XDG_RUNTIME_DIR": self.runtime, "LD_LIBRARY_PATH": os.path.dirname(library[0]),
                    "PIPEWIRE_LATENCY": f"256/{RATE}"}
        self.start()

    def start(self):
        self.program = self.bench.start(tool("pipewire", "pipewire"), env={"XDG_RUNTIME_DIR": self.runtime})
        lib.wait_for("PipeWire listens", lambda: os.path.exists(os.path.join(self.runtime, "pipewire-0")))

    def host(self, **controls):
        return Host(self, controls)

    def watcher(self, *flags):
        return self.bench.start("audiowatch-jack", *flags, env=self.env)


class Host:
    """jalv with the plugin; its controls are turned by set()."""

    def __init__(self, server, controls):
        words = [word for symbol, value in controls.items() for word in ("-c", f"{symbol}={value}")]
        self.program = server.bench.start(tool("jalv", "jalv"), "-n", "host", "-x", *words, URI,
                                          env={**server.env, "LV2_PATH": LV2})

    def set(self, symbol, value):
        self.program.process.stdin.write(f"{symbol} = {value}\n")
        self.program.process.stdin.flush()

    def send(self, number):
        self.program.send(number)


class Client:
    """A JACK client of the test's own process, active, with no callback. Close it before its server ends."""

    def __init__(self, server, name):
        no_start, exact_name, server_name = 1, 2, 4
        self.jack = ctypes.CDLL("libjack.so.0")
        self.jack.jack_client_open.restype = ctypes.c_void_p
        status = ctypes.c_int()
        client = self.jack.jack_client_open(name.encode(), no_start | exact_name | server_name, ctypes.byref(status),
                                            server.encode())
        assert client, f"no JACK client: status {status.value:#x}"
        self.client = ctypes.c_void_p(client)
        assert self.jack.jack_activate(self.client) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.jack.jack_client_close(self.client)

    def output(self, port):
        is_output, audio = ctypes.c_ulong(2), b"32 bit float mono audio"
        self.jack.jack_port_register.restype = ctypes.c_void_p
        assert self.jack.jack_port_register(self.client, port.encode(), audio, is_output, ctypes.c_ulong(0))

    def freewheel(self, on):
        assert self.jack.jack_set_freewheel(self.client, int(on)) == 0

    def frames(self, frames):
        assert self.jack.jack_set_buffer_size(self.client, ctypes.c_uint32(frames)) == 0


class FrameClock(Client):
    """JACK's own frame time, as a client that renders nothing reads it."""

    def __init__(self, server):
        super().__init__(server, "clock")
        self.jack.jack_frame_time.restype = ctypes.c_uint32

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


def wait_state(collector, state, seconds=lib.PATIENCE, engine="gain"):
    """The scrape in which the engine is in that state."""
    def look():
        seen = collector.scrape()
        return seen if seen.state(engine) == state else None

    return lib.wait_for(f"the engine {engine} is {state}", look, seconds)


def blocks(samples):
    """All blocks of the one series there is, and its labels."""
    series = samples.all("audio_engine_blocks_total")
    assert len(series) == 1, f"one series was expected: {series}"
    return series[0][1], series[0][0]


def wait_blocks(collector, more_than):
    return lib.wait_for(f"more than {more_than} blocks", lambda: blocks(collector.scrape())[0] > more_than)


def wait_last_block(collector, right):
    lib.wait_for("a block of the right length", lambda: right(collector.scrape().get("audio_engine_render_time_last_seconds")))
