#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`audiowatch-bench publish`: what it tells as text and JSON, who is there and why not, how it ends. No figure is judged."""

import functools
import os
import re
import signal
import subprocess

import lib

PROGRAM = "audiowatch-bench"
SCHEMA = os.path.join(lib.TOP, "docs", "audiowatch-bench-publish.schema.json")
OWN = ["render", "channel", "xrun", "ffi", "ffi-apart", "ffi-same"]
ALWAYS = ["bare", "clock", *OWN, "jack-ring", "mutex-queue", "mutex-span"]
PEERS = {"lttng": "lttng-ust", "prometheus-histogram": "prometheus-cpp-core", "prometheus-gauge": "prometheus-cpp-core",
         "ck-ring": "ck"}
STATES = ["live", "absent", "stopped", "killed", "lapped"]
MANNERS = ["back_to_back", "with_work", "flushed"]
CALL = ["min_ns", "p50_ns", "p99_ns", "p999_ns", "p9999_ns", "max_ns"]


def leftovers():
    """What a run could leave behind: segments, temporary folders."""
    return sorted(name for place in (lib.SHM, "/tmp") for name in os.listdir(place) if name.startswith(("awbench-", "awlttng-")))


def document(text):
    """The JSON, after the schema and all that a schema cannot say."""
    told = lib.valid_json(text, SCHEMA)
    for row in told["contenders"] + told["states"]:
        row_is_consistent(told, row)
    return told


def row_is_consistent(told, row):
    assert row["present"] == (row["reason"] is None), row
    assert row["wanted"] or not row["present"], row
    call = row["call"]
    assert (call is not None) == (row["present"] and told["rounds"] > 0), row
    if call:
        assert call["count"] == told["rounds"] * told["settings"]["calls_a_round"], row
        for part in ("median", "low", "high"):
            ordered = [call[key][part] for key in CALL]
            assert ordered == sorted(ordered) and ordered[0] >= 0, (row, part)
    for spread in spreads(row):
        assert spread["low"] <= spread["median"] <= spread["high"], (row, spread)


def spreads(value):
    if isinstance(value, dict) and "median" in value:
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from spreads(part)


@functools.cache
def measured(rounds):
    """One run that several tests look at: (document, standard error)."""
    called = subprocess.run([os.path.join(lib.BIN, PROGRAM), "publish", "--rounds", str(rounds), "--json"],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    assert called.returncode == 0, called
    return document(called.stdout), called.stderr


def three_rounds_of_json_are_valid_and_their_counts_agree(bench):
    told, progress = measured(3)
    assert (told["rounds"], told["ended_by"], told["return_code"]) == (3, "rounds", 0), told
    assert all(re.fullmatch(r"round \d of 3, \d+ s", line) for line in progress.splitlines()), progress
    assert told["timer"]["count"] == 3 * told["settings"]["calls_a_round"] and told["limit"]["ns"]["low"] > 0, told
    limit = told["limit"]
    assert limit["noisy"] == (limit["ns"]["high"] / limit["ns"]["low"] > limit["noisy_above"]), limit
    bare = next(row for row in told["contenders"] if row["name"] == "bare")
    for manner in MANNERS:
        assert bare[manner]["over_bare_ns"] == {"median": 0, "low": 0, "high": 0}, bare


def everyone_is_present_or_named_with_the_reason(bench):
    rows = {row["name"]: row for row in measured(3)[0]["contenders"]}
    assert set(rows) == {*ALWAYS, *PEERS}, rows.keys()
    for name in ALWAYS:
        assert rows[name]["present"] and all(rows[name][manner] for manner in MANNERS), rows[name]
    for name, package in PEERS.items():
        there = subprocess.run(["pkg-config", "--exists", package]).returncode == 0
        if name != "lttng":  # it also needs a session
            assert rows[name]["present"] == there, (rows[name], "made again since the package came or went?")
        if rows[name]["present"]:
            assert rows[name]["back_to_back"] and rows[name]["with_work"], rows[name]
        else:
            assert there or "not compiled in" in rows[name]["reason"], rows[name]
    assert {name for name, row in rows.items() if row["threads"] == 2} == {"ffi-apart", "ffi-same"}


def every_state_of_the_collector_was_reached(bench):
    rows = {row["name"]: row for row in measured(3)[0]["states"]}
    assert list(rows) == STATES and all(row["present"] for row in rows.values()), rows
    assert rows["live"]["p9999_by_live"] == {"median": 1, "low": 1, "high": 1}, rows


def only_measures_that_and_the_limit(bench):
    before = leftovers()
    called = bench.call(PROGRAM, "publish", "--json", "--rounds", 1, "--only", "render", "--only", "jack-ring", "--pin",
                        min(os.sched_getaffinity(0)))
    assert called.returncode == 0 and called.stderr == "", called
    told = document(called.stdout)
    assert {row["name"] for row in told["contenders"] if row["present"]} == {"bare", "render", "jack-ring"}, told
    assert all(row["reason"] == "not asked for" for row in told["states"]), told
    assert told["settings"]["pin_cpu"] == min(os.sched_getaffinity(0)) and told["settings"]["some"], told
    assert leftovers() == before, leftovers()


def text_has_a_head_and_a_table_each(bench):
    called = bench.call(PROGRAM, "publish", "--rounds", 1, "--only", "render", "--only", "ffi", "--only", "states")
    text = called.stdout
    assert called.returncode == 0, called
    assert re.match(rf"# {PROGRAM} \S+ publish: .*Linux .*clock .*governor .*memlock ", text), text
    assert text.count("# ns a call, ") == 3 and text.count("# ns of each ") == 2, text
    for name in ("bare", "render", "ffi"):
        assert len(re.findall(rf"^{name} +(?: +(?:-?\d+\.\d+|-)){{8}}$", text, re.MULTILINE)) == 3, (name, text)
    for name in STATES:
        assert len(re.findall(rf"^{name} +(?: +\d+\.\d+){{9}}$", text, re.MULTILINE)) == 1, (name, text)
    assert "timer alone" in text and "\n# 1 rounds; medians" in text, text


def ctrl_c_tells_what_was_measured_and_leaves_nothing(bench):
    before = leftovers()
    program = bench.start(PROGRAM, "publish", "--rounds", 1000, "--only", "render", "--only", "states")
    program.line(r"^round [1-9]\d* of 1000, ", program.err)
    assert program.stop(signal.SIGINT) == 0
    text = "\n".join(program.out)
    rounds = int(re.search(r"^# (\d+) rounds; medians", text, re.MULTILINE).group(1))
    assert 1 <= rounds < 1000 and re.search(r"^render  ", text, re.MULTILINE), text
    assert leftovers() == before, leftovers()


def ctrl_c_before_the_first_round_is_told_too(bench):
    program = bench.start(PROGRAM, "publish", "--json", "--rounds", 1000)
    program.send(signal.SIGINT)
    program.wait()
    if program.process.returncode == -signal.SIGINT:  # it came before the program had begun
        return
    told = document("\n".join(program.out))
    assert told["ended_by"] == "signal" and told["rounds"] < 1000, told


def bad_usage_is_one_line_and_2(bench):
    rows = [
        (["--rounds", "0"], "--rounds", "0", "11"),
        (["--rounds", "many"], "--rounds", "many", "11"),
        (["--rounds", "1001"], "--rounds", "1001"),
        (["--pin", "65000"], "--pin", "65000"),
        (["--pin", "first"], "--pin", "first"),
        (["--only", "rendre"], "--only", "rendre", "try --only render)"),
        (["--only", ""], "--only"),
        (["--jsno"], "--jsno", "--json"),
        (["again"], "again"),
    ]
    for words, *parts in rows:
        called = bench.call(PROGRAM, "publish", *words)
        assert called.returncode == 2 and called.stdout == "" and called.stderr.count("\n") == 1, (words, called)
        missing = [part for part in parts if part not in called.stderr]
        assert called.stderr.startswith(f"{PROGRAM}: ") and not missing, (words, called.stderr)


lib.run(globals())
