#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`audiowatch segments`: what it tells of live, dead, closed, newborn and refused objects, and that it leaves them alone."""

import os
import shutil
import signal
import struct
import subprocess

import lib

# Offsets in the header (docs/shm-abi.md).
ABI_MAJOR, BYTE_ORDER, ID, SIZE, ENGINES, MULT, STATE = 8, 16, 24, 40, 48, 104, 120


def engine_held(bench, *flags, **more):
    """An engine that has published all it will, and stays: (program, what it told)."""
    engine = bench.engine("--fast", "--blocks", 3000, "--json", "--hold", *flags, **more)
    return engine, engine.json()


def header_copy(bench, *patches, name=None, tail=b"", cut=None):
    """A copy of the bench's one segment under a name of its own, with its id and (offset, format, value) patched."""
    with open(bench.path(bench.objects()[0]), "rb") as file:
        data = bytearray(file.read())
    identity = os.urandom(16)
    for offset, kind, value in ((ID, "16s", identity), *patches):
        struct.pack_into(kind, data, offset, value)
    name = name or bench.name(identity.hex())
    write(bench, name, bytes(data[:cut]) + tail)
    return name


def write(bench, name, data=b"", mode=0o600):
    with open(os.open(bench.path(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), mode)
    return name


def a_live_session_is_told_exactly(bench):
    engine, told = engine_held(bench, "--engines", 2, "--channels", 3, "--name", "my app", "--instance", "left",
                               "--burn-at", "1:30", "--ffi", 20, "--functions", 2, "--ffi-errors", 0.25)
    (row,) = bench.segments()
    assert (row["state"], row["app"], row["instance"], row["pid"]) == ("live", "my app", "left", engine.pid), row
    assert (row["engines"], row["channels"], row["functions"]) == (2, 6, 2), row
    for key, value in told["totals"].items():
        assert row[{"xruns": "xrun_reports"}.get(key, key)] == value, (key, value, row)
    assert row["misses"] == 2 and row["errors"] > 0, row
    lost = sum(row[key] for key in ("lapped", "contended", "invalid", "unwatched"))
    assert row["published"] == row["delivered"] + lost and row["unwatched"] > 0, row
    assert row["uid"] == os.getuid() and row["size"] == os.path.getsize(bench.path(row["object"])), row
    assert row["reason"] is None and row["error"] is None, row


def what_is_read_while_it_is_written_is_believed(bench):
    bench.engine("--load", 0.01, "--frames", 64, "--ffi", 200)
    seen = 0
    for _ in range(20):
        (row,) = bench.segments()
        assert row["blocks"] is not None and row["blocks"] >= seen, row
        seen = row["blocks"]
    lib.wait_for("blocks go on", lambda: bench.segments()[0]["blocks"] > seen)


def a_killed_session_is_dead_and_stays(bench):
    engine, told = engine_held(bench)
    objects = bench.objects()
    assert engine.kill() == -signal.SIGKILL
    lib.wait_for("it is dead", lambda: bench.segments()[0]["state"] == "dead", seconds=5)
    (row,) = bench.segments()
    assert row["blocks"] == told["totals"]["blocks"] and bench.objects() == objects, row


def a_stopped_session_is_live(bench):
    engine, _ = engine_held(bench)
    engine.send(signal.SIGSTOP)
    lib.wait_for("it is stopped", lambda: open(f"/proc/{engine.pid}/stat").read().rpartition(")")[2].split()[0] == "T")
    assert [row["state"] for row in bench.segments()] == ["live"]


def what_leaves_without_closing_is_dead_and_what_closes_is_gone(bench):
    for flag, states in (("--print", []), ("--no-close", ["dead"])):
        engine = bench.engine("--fast", "--blocks", 10, flag)
        assert engine.wait() == 0
        assert [row["state"] for row in bench.segments()] == states


def sessions_are_told_live_ones_first(bench):
    engine_held(bench, "--name", "b")
    engine_held(bench, "--name", "a")
    killed, _ = engine_held(bench, "--name", "0")
    killed.kill()
    lib.wait_for("in order", lambda: [(row["state"], row["app"]) for row in bench.segments()]
                 == [("live", "a"), ("live", "b"), ("dead", "0")])


def each_refusal_has_its_reason(bench):
    engine_held(bench)
    expected = {
        header_copy(bench, name=bench.name("0" * 32)): "name",
        write(bench, bench.prefix + "-0-not-a-segment"): "name",
        write(bench, bench.name(uid=os.getuid() + 1)): "owner",
        header_copy(bench, (BYTE_ORDER, "Q", 0x0807060504030201)): "byte_order",
        header_copy(bench, (ABI_MAJOR, "I", 7)): "abi",
        header_copy(bench, (ENGINES, "I", 65)): "counts",
        header_copy(bench, (SIZE, "Q", 4096)): "size",
        header_copy(bench, tail=b"\0" * 4096): "size",
        header_copy(bench, cut=200): "size",
        header_copy(bench, (MULT, "Q", 0)): "header",
        header_copy(bench, (STATE, "Q", 9)): "header",
        write(bench, bench.name(), b"no segment" * 1000): "header",
        write(bench, bench.name(), b"\0" * 8192, mode=0o644): "mode",
    }
    for make, reason in ((os.mkfifo, "type"), (os.mkdir, "type"),
                         (lambda path: os.symlink("/etc/passwd", path), "symlink")):
        name = bench.name()
        make(bench.path(name))
        expected[name] = reason
    linked = [header_copy(bench), bench.name()]
    os.link(bench.path(linked[0]), bench.path(linked[1]))
    expected.update(dict.fromkeys(linked, "links"))
    objects = bench.objects()

    refused = {row["object"]: row for row in bench.segments() if row["state"] == "refused"}
    assert {name: row["reason"] for name, row in refused.items()} == expected, refused
    assert all(row["blocks"] is None and row["app"] is None for row in refused.values()), refused
    abi = next(row for row in refused.values() if row["reason"] == "abi")
    assert "7" in abi["error"] and "upgrade" in abi["error"], abi
    assert bench.objects() == objects

    table = bench.call("audiowatch", "segments")
    assert table.returncode == 0 and abi["error"] in table.stdout, table


def newborn_and_closed_objects_are_told_as_such(bench):
    engine_held(bench)
    empty, blank = write(bench, bench.name()), write(bench, bench.name(), b"\0" * 8192)
    closed = header_copy(bench, (STATE, "Q", 2))
    states = {row["object"]: row["state"] for row in bench.segments()}
    assert (states[empty], states[blank], states[closed]) == ("newborn", "newborn", "closed"), states


def another_users_segment_is_read_only_when_asked_for(bench):
    if os.getuid() != 0 or not shutil.which("setpriv"):
        lib.skip("needs root and setpriv to run an engine as somebody else")
    os.chmod(bench.folder, 0o755)  # the build's folder may be closed to others
    engine = shutil.copy(os.path.join(lib.BIN, "audiowatch-demo-engine"), bench.folder)
    program = bench.start("/usr/bin/setpriv", "--reuid", 65534, "--regid", 65534, "--clear-groups", engine, "--fast",
                          "--blocks", 100, "--json", "--hold")
    program.line(r"^\{")
    (row,) = bench.segments()
    assert (row["state"], row["reason"], row["uid"]) == ("refused", "owner", 65534), row
    (row,) = bench.segments("--uid", 65534)
    assert row["state"] in ("live", "unknown") and row["blocks"] == 100, row


def hostile_text_reaches_neither_terminal_nor_json(bench):
    name = f"{bench.prefix}-0-\x1b[31m\udcff\x07"
    write(bench, name)
    engine_held(bench, "--name", 'a "quoted"\x1b[2J\tname')
    table = bench.call("audiowatch", "segments")
    assert "\x1b" not in table.stdout and "\x07" not in table.stdout and "quoted" in table.stdout, table.stdout
    rows = bench.segments()
    assert {row["state"] for row in rows} == {"refused", "live"}, rows
    assert all("\x1b" not in str(row) for row in rows), rows


def the_table_is_aligned(bench):
    for name in ("ä", "a name that is a good deal longer", "c"):
        engine_held(bench, "--name", name)
    write(bench, bench.prefix + "-0-junk")
    lines = bench.call("audiowatch", "segments").stdout.splitlines()
    assert len(lines) == 5, lines
    at = lines[0].index("OBJECT")
    assert all(line[at:].startswith(bench.prefix) and line[at - 1] == " " for line in lines[1:]), lines


def several_directories_are_listed(bench):
    other = bench.path(bench.prefix + "-dir")
    os.mkdir(other)
    engine_held(bench, "--name", "here")
    engine, _ = engine_held(bench, "--name", "there", env={"AUDIOWATCH_DIR": other})
    rows = bench.segments("--dir", lib.SHM, f"--dir={other}")
    assert {(row["app"], row["dir"]) for row in rows if row["state"] == "live"} == {("here", lib.SHM), ("there", other)}
    assert engine.stop() == 0


def no_segments_is_no_error(bench):
    table = bench.call("audiowatch", "segments")
    assert (table.returncode, table.stdout) == (0, "") and bench.prefix in table.stderr, table
    assert bench.segments() == []


def bad_usage_is_one_line_and_2(bench):
    for words, cure in (
        (["segmnets"], "segments"),
        ([], "segments"),
        (["segments", "--jsn"], "--json"),
        (["segments", "--dir"], "/dev/shm"),
        (["segments", "--uid", "me"], "--uid"),
        (["segments", "--prefix", "a/b"], "audiowatch"),
        (["segments", "--json=1"], "--json"),
        (["segments", "--dir", "/nowhere/at/all"], "/dev/shm"),
        (["segments", "extra\nline"], "--"),
    ):
        called = bench.call("audiowatch", *words)
        lines = called.stderr.splitlines()
        assert called.returncode == 2 and called.stdout == "" and len(lines) == 1, (words, called)
        assert lines[0].startswith("audiowatch: ") and cure in lines[0], (words, lines)


def what_could_not_be_written_is_not_fine(bench):
    with open("/dev/full", "w", encoding="utf-8") as full:
        for words in (["segments", "--json"], ["help"]):
            called = subprocess.run([os.path.join(lib.BIN, "audiowatch"), *words], stdout=full, stderr=subprocess.PIPE,
                                    text=True, timeout=lib.PATIENCE, check=False)
            assert called.returncode == 1 and called.stderr.count("\n") == 1, (words, called)


def help_and_version_are_told(bench):
    for words in (["--help"], ["help"], ["--version"], ["segments", "--help"]):
        called = bench.call("audiowatch", *words)
        assert called.returncode == 0 and "audiowatch" in called.stdout and called.stderr == "", (words, called)


lib.run(globals())
