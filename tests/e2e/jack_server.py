#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""audiowatch-jack and its server: it waits for one, never starts one, survives one that is killed, follows the next one's
format, refuses a synchronous one; the live line, and what is wrong on the command line."""
# timeout: 240

import os
import re
import signal
import socket
import time

import lib
import lib_jack
from lib_jack import Server, wait_state

LINE = re.compile(r"^  (\d+)/(\d+)  dsp [\d.]+ %  (\d+) cycles  late P50 [\d.]+ P99 [\d.]+ max [\d.]+ ms  xruns \d+  misses \d+"
                  r"(?:  \|  (\S+) (?:-|P50 ([\d.]+) P99 [\d.]+ max [\d.]+ ms(?: misses \d+)?))*$")


def said(watcher, pattern):
    return sum(bool(re.search(pattern, line)) for line in list(watcher.err))


def jack_objects(server):
    """What JACK has in shared memory; where that is ours alone, all of it."""
    own = os.environ[lib_jack.OWN_SHM]
    return [name for name in os.listdir(lib.SHM) if "jack" in name and (own or server in name)]


def without_a_server_it_waits_says_so_once_and_starts_none(bench):
    nobodys = f"{bench.prefix}-nobody"
    before = jack_objects(nobodys)
    collector = bench.collector()
    env = {"JACK_DEFAULT_SERVER": nobodys, "JACK_START_SERVER": "1"}
    watcher = bench.start("audiowatch-jack", "--print", "--watch", "host", env=env)
    lib.wait_for("five lines", lambda: len(watcher.out) >= 5)
    assert set(watcher.out) == {f"  waiting for server {nobodys}"}, watcher.out
    assert len(watcher.err) == 1 and f'waiting for the JACK server "{nobodys}"' in watcher.err[0], watcher.err
    assert collector.scrape().state("jack") == "idle", "where no server ever was nothing is to be expected"
    started = [pid for pid in os.listdir("/proc") if pid.isdigit() and nobodys in command(pid) and int(pid) != watcher.pid]
    assert not started, started
    assert jack_objects(nobodys) == before, jack_objects(nobodys)
    assert watcher.stop() == 0
    assert len(watcher.err) == 1, watcher.err


def what_was_ignored_when_it_was_started_stays_ignored(bench):
    with lib.ignored(signal.SIGHUP, signal.SIGINT):
        watcher = bench.start("audiowatch-jack", "--print", "--server", f"{bench.prefix}-nobody")
    lib.wait_for("a line", lambda: watcher.out)
    for number in (signal.SIGHUP, signal.SIGINT):
        watcher.send(number)
        told = len(watcher.out)
        lib.wait_for("it goes on", lambda: not watcher.running or len(watcher.out) > told + 1)
        assert watcher.running, f"signal {number} ended it"
    assert watcher.stop() == 0


def command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def a_server_that_is_killed_and_comes_back_is_found_again(bench):
    server = Server(bench)
    collector = bench.collector()
    watcher = server.watcher("--watch", "host")
    host = server.host()
    wait_state(collector, "live", engine="graph:host")
    final = {}
    for turn, (rate, period) in enumerate(((44100, 64), (48000, 2048), (48000, 256)), 1):
        server.program.kill()
        host.program.kill()
        watcher.line(r"is gone", watcher.err)
        samples = wait_state(collector, "starved", engine="jack")
        assert samples.state("graph:host") == "idle", "nobody waits for a client whose server is gone"
        assert samples.get("audio_engine_stalled_seconds", engine="graph:host") == 0
        for engine in ("jack", "graph:host"):
            blocks = samples.get("audio_engine_blocks_total", engine=engine)
            assert blocks > final.get(engine, 0), (engine, blocks, final)
            final[engine] = blocks
        server.start(period, rate)
        host = server.host()
        lib.wait_for("connected again", lambda turn=turn: said(watcher, "connected again to") == turn)
        samples = lib.wait_for("the new format", lambda rate=rate, period=period: (
            seen := collector.scrape()).get("audio_engine_sample_rate_hertz", engine="jack") == rate and
            seen.get("audio_engine_buffer_frames", engine="graph:host") == period and seen)
        lib.wait_for("the counters go on", lambda: all(
            collector.scrape().get("audio_engine_blocks_total", engine=engine) > final[engine] + 10 for engine in final))
    samples = collector.scrape()
    assert samples.get("audiowatch_sessions_started_total") == 1 + 4, "one watcher and four hosts"
    assert said(watcher, "is gone") == 3 and said(watcher, "waiting for the JACK") <= 3, watcher.err


def a_synchronous_server_is_refused_unless_that_is_ok(bench):
    server = Server(bench, flags=("-RS",))
    watcher = server.watcher()
    assert watcher.wait() == 1
    assert len(watcher.err) == 1 and re.search(r"is synchronous .*\(try jackd without -S, or --sync-ok\)", watcher.err[0])
    assert not bench.objects(), bench.objects()
    watcher = server.watcher("--sync-ok")
    watcher.line(r"connected to the JACK server", watcher.err)
    assert watcher.stop() == 0


def a_server_that_came_back_synchronous_is_not_joined(bench):
    server = Server(bench)
    watcher = server.watcher("--print")
    watcher.line(LINE.pattern)
    server.program.kill()
    watcher.line(r"is gone", watcher.err)
    server.start(flags=("--sync",))
    watcher.line(r"is synchronous", watcher.err)
    lines = len(watcher.out)
    lib.wait_for("three more lines", lambda: len(watcher.out) >= lines + 3)
    assert all("waiting for server" in line for line in watcher.out[lines:]), watcher.out
    assert said(watcher, "is synchronous") == 1
    assert watcher.running


def a_server_of_an_unknown_mode_is_said_once(bench):
    nobodys = f"{bench.prefix}-socket"
    path = f"{lib.SHM}/jack_{nobodys}_{os.getuid()}_0"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        listener.settimeout(lib.PATIENCE)
        watcher = bench.start("audiowatch-jack", "--server", nobodys)
        try:
            for _ in range(6):  # more than two tries: each knocks, then libjack asks
                listener.accept()[0].close()
            watcher.line(r"no jackd of the name", watcher.err)
            assert said(watcher, "no jackd of the name") == 1, watcher.err
        finally:
            os.unlink(path)
        assert watcher.stop() == 0


def the_live_line_needs_no_collector(bench):
    server = Server(bench)
    watcher = server.watcher("--watch", "host", "--watch", "nobody", "--print")
    server.host(burn=2)
    match = lib.wait_for("a line with a graph time", lambda: next(
        filter(None, (re.search(r"\|  host P50 ([\d.]+) .*\|  nobody -$", line) for line in list(watcher.out))), None))
    assert 2 <= float(match.group(1)) < 50, match.group()
    for line in watcher.out:
        assert "waiting for server" in line or LINE.match(line), line
    rate, frames, cycles = map(int, LINE.match(watcher.out[-1]).groups()[:3])
    assert (rate, frames) == (48000, 256) and cycles > 50, watcher.out[-1]
    watcher.stop()
    program = os.path.join(lib.BIN, "audiowatch-jack")
    shell = bench.start("/bin/sh", "-c", f"exec 3>&1; {{ {program} --server {server.name} --print; echo status $? >&3; }} | "
                        "head -n 1 >&3")
    shell.line(r"^status 1$")  # nobody reads on
    lib.wait_for("its segment is gone", lambda: not any("audiowatch-jack" == row["app"] for row in bench.segments()))


def a_reader_that_does_not_read_holds_nobody(bench):
    fifo = os.path.join(bench.folder, "full")
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    filled = 0
    while True:
        try:
            filled += os.write(writer, b"x" * 4096)
        except BlockingIOError:
            break
    program = os.path.join(lib.BIN, "audiowatch-jack")
    watcher = bench.start("/bin/sh", "-c", f"exec {program} --server {bench.prefix}-nobody --print > {fifo}")
    watcher.line(r"waiting for the JACK server", watcher.err)
    time.sleep(2.5)  # two lines are due: this is how long nobody reads
    assert watcher.stop() == 0
    assert os.read(reader, filled) == b"x" * filled, "and what it could not write is lost"
    os.close(reader)
    os.close(writer)


def what_cannot_be_printed_is_said(bench):
    program = os.path.join(lib.BIN, "audiowatch-jack")
    for where, says in (("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
        watcher = bench.start("/bin/sh", "-c", f"exec {program} --server {bench.prefix}-nobody --print {where}")
        assert watcher.wait() == 1
        assert f"--print: standard output: {says} (try without --print)" in watcher.err[-1], watcher.err
    assert not bench.objects(), bench.objects()


def a_server_that_does_not_answer_is_said_and_holds_nobody(bench):
    server = Server(bench)
    server.program.send(signal.SIGSTOP)
    watcher = server.watcher()
    watcher.line(r"does not answer for 5 s; waiting for it", watcher.err)
    assert watcher.stop() == 1
    assert "does not let go" in watcher.err[-1], watcher.err
    assert not bench.objects(), bench.objects()
    server.program.send(signal.SIGCONT)


def what_is_wrong_on_the_command_line_is_one_line(bench):
    too_many = [word for number in range(64) for word in ("--watch", f"c{number}")]
    for words, says in (
            (("--nmae", "x"), r'"--nmae" is no option \(try --name\)'),
            (("--name",), r"--name: its value is missing"),
            (("--name", ""), r"--name: the name is empty \(try --name audiowatch\)"),
            (("--name", "a:b"), r'"a:b" is no client\'s name, for it holds a \':\' \(try a\)'),
            (("--name", "n" * 64), r"--name: .* longer than JACK's 63 bytes"),
            (("--watch", "w" * 64), r"--watch: .* longer than JACK's 63 bytes"),
            (("--watch", ""), r"--watch: the name is empty"),
            (("--watch", "a", "--watch", "a"), r'--watch: "a" is given twice'),
            (("--watch", "w" * 63, "--watch", "w" * 62), r"would both be watched by a client"),
            (too_many, r"--watch: more than 63"),
            (("--server", ""), r"--server: the name is empty"),
            (("--print=yes",), r"--print: takes no value")):
        called = bench.call("audiowatch-jack", *words)
        lines = called.stderr.splitlines()
        assert called.returncode == 2 and len(lines) == 1 and not called.stdout, (words, called)
        assert lines[0].startswith("audiowatch-jack: ") and re.search(says, lines[0]), lines
    called = bench.call("audiowatch-jack", env={"AUDIOWATCH_DISABLE": "1"})
    assert called.returncode == 1 and "AUDIOWATCH_DISABLE is set" in called.stderr, called
    called = bench.call("audiowatch-jack", "--help")
    assert called.returncode == 0 and "--watch CLIENT" in called.stdout
    assert bench.call("audiowatch-jack", "--version").stdout.startswith("audiowatch-jack ")
    assert not bench.objects(), bench.objects()


lib_jack.own_shm()
lib.run(globals())
