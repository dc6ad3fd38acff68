#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The scripted engine, on which the other tests stand: it publishes what it says, follows its script, and ends."""

import os
import signal

import lib


def script(bench, *lines):
    path = os.path.join(bench.folder, f"script-{os.urandom(4).hex()}")
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


def split_periods_are_whole_cycles(bench):
    engine = bench.engine("--fast", "--split", "63/1/192", "--blocks", 3001, "--json", "--hold")
    (told,) = engine.json()["engines"]
    assert (told["blocks"], told["cycles"], told["misses"]) == (3001, 1000, 0), told
    (row,) = bench.segments()
    assert (row["blocks"], row["misses"]) == (3001, 0), row


def burns_beyond_the_period_are_misses(bench):
    path = script(bench, "# two of these are longer than 5.33 ms", "at 0.1 burn 5", "at 0.2 burn 6  # yes", "",
                  "at 0.3 stall 500 on 2", "at 0.4 burn 6 on 3")
    engine = bench.engine("--fast", "--load", 0, "--engines", 3, "--seconds", 1, "--script", path, "--json", "--hold")
    told = engine.json()
    assert [each["misses"] for each in told["engines"]] == [1, 2, 2], told
    assert bench.segments()[0]["misses"] == 5


def every_event_of_a_script_happens(bench):
    path = script(bench, "at 0.1 burn 20", "at 0.2 stall 20", "at 0.3 xrun alsa 5", "at 0.3 xrun host",
                  "at 0.4 freewheel on", "at 0.5 freewheel off", "at 0.5 active on", "at 0.1 ffi scan 200",
                  "at 0.2 ffi scan 50 error", "at 0.2 ffi stuck 100000", "at 0.5 channel new late",
                  "at 0.5 format 44100/128", "at 0.6 pause 50", "at 1 close")
    engine = bench.engine("--script", path, "--json", "--channels", 1, "--hold")
    told = engine.json()
    (one,) = told["engines"]
    assert one["misses"] >= 2 and 0 < one["freewheel_blocks"] < one["blocks"] and one["channels"] == 2, one
    assert one["xruns"] == {"jack": 0, "alsa": 1, "host": 1}, one
    functions = {each["name"]: (each["begun"], each["calls"], each["errors"]) for each in told["functions"]}
    assert functions == {"function1": (0, 0, 0), "scan": (2, 2, 1), "stuck": (1, 0, 0)}, functions
    assert engine.wait() == 0 and bench.objects() == [], "close ends it, held or not"


def a_crash_is_a_sigkill(bench):
    engine = bench.engine("--script", script(bench, "at 0.1 crash"))
    assert engine.wait() == -signal.SIGKILL and len(bench.objects()) == 1


def paced_blocks_and_calls_are_counted(bench):
    engine = bench.engine("--seconds", 0.5, "--load", 0, "--ffi", 100, "--ffi-errors", 0.5, "--json", "--hold")
    told = engine.json()["totals"]
    (row,) = bench.segments()
    assert 10 <= told["blocks"] <= 94 and 10 <= told["calls"] <= 50, told
    assert (row["blocks"], row["calls"], row["errors"]) == (told["blocks"], told["calls"], told["calls"] // 2), row


def signals_and_the_end_of_input_end_it_cleanly(bench):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        assert bench.engine("--stall-at", "0:60000").stop(number) == 0 and bench.objects() == []
    engine = bench.engine("--blocks", 1, "--hold")
    engine.process.stdin.close()
    assert engine.wait() == 0 and bench.objects() == []


def no_session_is_one_line_and_1(bench):
    for env, cure in (({"AUDIOWATCH_DISABLE": "1"}, "AUDIOWATCH_DISABLE"), ({"AUDIOWATCH_DIR": "/proc"}, "tmpfs"),
                      ({"AUDIOWATCH_PREFIX": "a/b"}, "AUDIOWATCH_PREFIX")):
        called = bench.call("audiowatch-demo-engine", env=env)
        assert called.returncode == 1 and called.stdout == "" and cure in called.stderr, called
        assert len(called.stderr.splitlines()) == 1, called


def bad_usage_is_one_line_and_2(bench):
    def line(*lines):
        return ["--script", script(bench, "# a comment", *lines)]

    for words, parts in (
        (["--rate", "fast"], ['--rate: "fast" is no number (try 48000)']),
        (["--rate", "0"], ["--rate", "1 to 1048576"]),
        (["--rate"], ["--rate", "missing"]),
        (["--bogus"], ["--bogus", "--help"]),
        (["--frames", "2.5"], ["whole"]),
        (["--load", "nan"], ["no number"]),
        (["--split", "63/1/100"], ["164"]),
        (["--burn-at", "1:long"], ["--burn-at", "long"]),
        (["--channels", "64", "--engines", "64"], ["--channels", "1024"]),
        (["--json=yes"], ["--json"]),
        (["word\nword"], ["--help"]),
        (["--script", "/nowhere"], ["--script", "/nowhere"]),
        (line("at 1 bunr 30"), [":2:", "bunr"]),
        (line("", "at 1 burn"), [":3:", "few", "burn 30"]),
        (line("burn 30"), [":2:", "at 1.5"]),
        (line("at 1 xrun midi"), [":2:", "midi", "jack"]),
        (line("at 1 burn 30 on 2"), ["engine 2", "--engines 2"]),
        (line("at 1 burn 30 40"), [":2:", "many"]),
        (line("at soon burn 30"), [":2:", "soon"]),
    ):
        called = bench.call("audiowatch-demo-engine", *words)
        lines = called.stderr.splitlines()
        assert called.returncode == 2 and called.stdout == "" and len(lines) == 1, (words, called)
        assert lines[0].startswith("audiowatch-demo-engine: "), (words, lines)
        assert all(part in lines[0] for part in parts), (words, lines)
    assert bench.objects() == []


lib.run(globals())
