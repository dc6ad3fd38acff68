#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""audiowatchd as its user meets it: flags, refusals, what is in the way, an orderly end."""

import json
import os
import resource
import signal
import socket

import lib


def bad_usage_is_one_line_and_2(bench):
    folder, file = bench.folder, os.path.join(bench.folder, "file")
    open(file, "w").close()
    for words, parts in (
        (["--lisen", "127.0.0.1:0"], ["--lisen", "--listen"]), (["word"], ["word"]), (["--listen"], ["--listen"]),
        (["--listen", "127.0.0.1"], ["--listen", "127.0.0.1"]), (["--listen", "127.0.0.1:70000"], ["--listen", "70000"]),
        (["--listen", "0.0.0.0:0"], ["--listen", "0.0.0.0", "loopback"]), (["--listen", "[::]:0"], ["loopback"]),
        (["--dir", folder + "/none"], ["--dir", folder + "/none"]), (["--dir", file], ["--dir", file]),
        (["--dir", "/proc"], ["--dir", "/proc", "tmpfs"]), (["--prefix", "a/b"], ["--prefix", "a/b"]),
        (["--uid", "root?"], ["--uid", "root?"]), (["--uid", "-1"], ["--uid", "-1"]), (["--log-format", "xml"], ["--log-format", "xml", "json"]),
    ):
        called = bench.call("audiowatchd", *words)
        lines = called.stderr.splitlines()
        assert called.returncode == 2 and called.stdout == "" and len(lines) == 1, (words, called)
        assert lines[0].startswith("audiowatchd: ") and all(part in lines[0] for part in parts), (words, lines)


def help_and_version_are_for_standard_output(bench):
    called = bench.call("audiowatchd", "--help")
    assert called.returncode == 0 and called.stderr == ""
    for flag in ("--listen", "--dir", "--prefix", "--uid", "--log-format", "--version", "--help"):
        assert flag in called.stdout, flag
    called = bench.call("audiowatchd", "--version")
    assert called.returncode == 0 and called.stdout.startswith("audiowatchd ") and called.stderr == ""


def lock(world):
    return world.path(f"{world.prefix}-{os.getuid()}-collector")


def a_port_in_use_is_one_line_and_1(bench):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        called = bench.call("audiowatchd", "--listen", address)
    assert called.returncode == 1 and address in called.stderr and "in use" in called.stderr, called
    assert not os.path.exists(lock(bench)), "half a start was left"


def a_second_collector_says_so_and_disturbs_nothing(bench):
    first = bench.collector()
    called = bench.call("audiowatchd", "--listen", "127.0.0.1:0")
    assert called.returncode == 1 and lib.SHM in called.stderr, called
    assert first.scrape().text and first.stop() == 0


def signals_end_it_cleanly(bench):
    path = os.path.join(bench.folder, "socket")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        collector = bench.collector("--listen", f"unix:{path}")
        assert collector.stop(number) == 0, collector.log()
        assert not os.path.exists(path), f"signal {number} left the socket"


def what_was_ignored_when_it_was_started_stays_ignored(bench):
    ignored = (signal.SIGHUP, signal.SIGINT)
    with lib.ignored(*ignored):
        collector = bench.collector()
    for number in ignored:
        collector.send(number)
        told = collector.scrape().get("audiowatch_snapshot_publications_total")
        lib.wait_for("it polls on", lambda: collector.scrape().get("audiowatch_snapshot_publications_total") > told + 2)
    assert collector.stop() == 0, collector.log()


def a_unix_socket_serves_too(bench):
    path = os.path.join(bench.folder, "socket")
    bench.collector("--listen", f"unix:{path}")
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(path)
        one.sendall(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in one.makefile("rb").readline()


def health_is_the_collectors_own(bench):
    collector = bench.collector()
    dead = bench.engine("--load", 0)
    lib.wait_for("the engine is seen", lambda: collector.scrape().all("audio_engine_up"))
    dead.kill()
    lib.wait_for("it is dead", lambda: collector.scrape().get("audio_engine_up") == 0)
    for path in ("/health", "/api/v1/health"):
        answer = collector.get(path)
        health = json.loads(answer.body)
        assert answer.status == 200 and health["status"] == "healthy", answer
        assert set(health) >= {"status", "timestamp", "version", "uptime_seconds", "components"}, health
    alive = collector.get("/health/liveness")
    assert alive.status == 200 and json.loads(alive.body)["status"] == "alive"
    assert collector.get("/nowhere").status == 404 and collector.get("/metrics", method="DELETE").status == 405


def refused_objects_are_counted_by_reason_and_the_rest_is_served(bench):
    collector = bench.collector()
    os.symlink("/dev/null", bench.path(bench.name()))
    os.mkfifo(bench.path(bench.name()), 0o600)
    with open(bench.path(bench.name()), "w") as file:
        os.fchmod(file.fileno(), 0o666)
    bench.engine("--load", 0)

    def reasons():
        samples = collector.scrape()
        told = {labels["reason"]: value for labels, value in samples.all("audiowatch_segments_refused_total") if value}
        return told == {"symlink": 1, "type": 1, "mode": 1} and samples.all("audio_engine_up") and told

    lib.wait_for("three refusals, each once, and one engine", reasons)
    # still once after the rescans that found them again
    before = collector.scrape().get("audiowatch_snapshot_publications_total")
    lib.wait_for("more polls", lambda: collector.scrape().get("audiowatch_snapshot_publications_total") > before + 5)
    assert reasons()


def a_refused_segment_whose_engine_died_is_removed(bench):
    engine = bench.engine("--blocks", 1, "--hold")
    (name,) = bench.objects()
    with open(bench.path(name), "r+b") as file:  # another ABI: what a plugin of another version leaves
        file.seek(8)
        file.write((9).to_bytes(4, "little"))
    collector = bench.collector()
    lib.wait_for("it is refused", lambda: collector.scrape().get("audiowatch_segments_refused_total", reason="abi") == 1)
    assert bench.objects() == [name] and collector.log().count("upgrade audiowatchd") == 1, collector.log()
    engine.kill()
    lib.wait_for("it is removed", lambda: not bench.objects())


def a_shortage_of_descriptors_passes(bench):
    collector = bench.collector()
    resource.prlimit(collector.pid, resource.RLIMIT_NOFILE, (24, 24))
    engines = [bench.engine("--blocks", 1, "--hold") for _ in range(14)]
    lib.wait_for("some found no room", lambda: "shortage" in collector.log())
    for engine in engines[:8]:
        engine.kill()
    samples = lib.wait_for("the six that live are read", lambda: (
        lambda s: s if s.get("audiowatch_sources") == 6 and s.get("audiowatch_sessions_started_total") >= 6 else None)(
            collector.scrape()))
    assert samples.sum("audiowatch_segments_refused_total") == samples.get(
        "audiowatch_segments_refused_total", reason="shortage") > 0


def a_lock_with_a_second_name_is_not_ours_to_write(bench):
    victim = os.path.join(lib.SHM, f"{bench.prefix}-victim")
    with open(victim, "w") as file:
        file.write("x" * 100)
    os.link(victim, lock(bench))
    collector = bench.collector()
    assert os.path.getsize(victim) == 100 and "ignored" in collector.log(), collector.log()


lib.run(globals())
