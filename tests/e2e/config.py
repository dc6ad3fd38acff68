#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""audiowatchd's configuration as its user meets it: --config, --check-config, who comes before whom, refusals."""

import json
import os
import socket

import lib


def write(bench, text, name="audiowatch.yml"):
    path = os.path.join(bench.folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def check(bench, *flags, env=None):
    called = bench.call("audiowatchd", *flags, "--check-config", env=env)
    assert called.returncode == 0 and called.stderr == "", called
    return called.stdout


def each_refusal_is_one_line_and_2(bench):
    for text, line in (
        ("rules:\n    alerts:\n      - alert: AudioProcessingOverload\n        for: 1s\n        enabled: yes\n"
         "        window: 1m\n        above: 25 parsecs\n", ':7:9: above: "25 parsecs" is no duration (try 25ms)'),
        ("log: [", ":2:1: this is no YAML: did not find expected node content"),
        ("rules:\n  alerts:\n    - {alert: A, signal: render_tim}\n",
         ':3:18: signal: "render_tim" is no signal (did you mean render_time?)'),
        ("lisen: []", ":1:1: lisen: no such key (did you mean listen?)"),
        ("web_config: web.yml", ":1:1: web_config: not in this version yet (leave it out)"),
    ):
        path = write(bench, text)
        for flags in ([], ["--check-config"]):
            called = bench.call("audiowatchd", "--config", path, *flags)
            told = (called.returncode, called.stdout, called.stderr)
            assert told == (2, "", f"audiowatchd: {path}{line}\n"), told
    called = bench.call("audiowatchd", "--config", path + ".none")
    assert called.returncode == 2 and "does not exist" in called.stderr, called


def a_value_breaks_no_line(bench):
    for flag in ("--listen", "--dir", "--config", "--log-level", "--replay"):
        called = bench.call("audiowatchd", flag, "a\nb\x1b[2J")
        assert called.returncode in (1, 2) and called.stdout == "" and called.stderr.count("\n") == 1, called
        assert "a?b?[2J" in called.stderr and "\x1b" not in called.stderr, called


def what_the_file_names_in_vain_is_told_with_its_place(bench):
    env = {"AUDIOWATCH_DIR": ""}
    for text, line in (
        ("sources:\n  dirs: [/proc]\n", ':2:3: dirs: "/proc" is not on tmpfs'),
        ("listen: ['0.0.0.0:1']\n", ":1:1: listen: "),
    ):
        path = write(bench, text)
        called = bench.call("audiowatchd", "--config", path, env=env)
        lines = called.stderr.splitlines()
        assert called.returncode == 2 and len(lines) == 1, called
        assert lines[0].startswith(f"audiowatchd: {path}{line}"), lines


def what_is_printed_is_accepted_and_printed_alike(bench):
    path = write(bench, "listen: ['unix:socket']\nenvironment: \"a: b # c\"\nexternal_labels: {host: '\"'}\n"
                        "rules:\n  alerts:\n    - {alert: AudioProcessingOverload, above: 25.1ms}\n"
                        "    - {alert: Ours, signal: ffi_in_flight, above: 3s, match: {function: 'ä'}}\n")
    first = check(bench, "--config", path)
    assert "above: 25100us # decided at 25163911ns\n" in first and f'"unix:{bench.folder}/socket"' in first, first
    assert check(bench, "--config", write(bench, first, "again.yml"), env={"AUDIOWATCH_PREFIX": ""}) == first


def flags_come_before_the_environment_and_that_before_the_file(bench):
    path = write(bench, "log: {level: debug}\n")
    assert "level: debug\n" in check(bench, "--config", path)
    env = {"AUDIOWATCH_LOG_LEVEL": "warn"}
    assert "level: warn\n" in check(bench, "--config", path, env=env)
    assert "level: error\n" in check(bench, "--config", path, "--log-level", "error", env=env)
    assert f'state_dir: "{bench.folder}"\n' in check(bench)


def a_pipe_is_a_file_too(bench):
    path = os.path.join(bench.folder, "pipe")
    os.mkfifo(path)
    called = bench.start("audiowatchd", "--config", path, "--check-config")
    with open(path, "w") as pipe:
        pipe.write("environment: piped\n")
    called.line(r"^environment: \"piped\"$")
    assert called.wait() == 0


def a_collector_runs_from_its_file(bench):
    path = write(bench, "listen: ['unix:socket']\nlog: {format: json, level: info}\n")
    collector = bench.start("audiowatchd", "--config", path, env={"SENTRY_DSN": "https://example.org"})
    told = [json.loads(collector.line(pattern, collector.err).string) for pattern in ("no use", "listening on unix:")]
    assert told[0]["metadata"]["name"] == "SENTRY_DSN" and told[0]["level"] == "WARN", told
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(os.path.join(bench.folder, "socket"))
        one.sendall(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in one.makefile("rb").readline()
    assert collector.stop() == 0


def what_is_quieter_than_the_level_is_not_logged(bench):
    path = os.path.join(bench.folder, "socket")
    collector = bench.start("audiowatchd", "--listen", f"unix:{path}", "--log-level", "error")
    lib.wait_for("it listens", lambda: os.path.exists(path))
    assert collector.stop() == 0
    assert list(collector.err) == [], collector.err


def the_profile_says_how_much_is_served(bench):
    for profile, some, all_of_it in (("lean", False, False), ("standard", True, False), ("full", True, True)):
        path = os.path.join(bench.folder, f"{profile}.yml")
        with open(path, "w") as file:
            file.write(f"metrics: {{profile: {profile}}}\n")
        collector = bench.collector("--config", path)
        engine = bench.engine("--frames", 256, "--channels", 1, "--load", 0.05)
        samples = lib.wait_for("an engine", lambda: (lambda s: s if s.sum("audio_engine_blocks_total") else None)(collector.scrape()))
        assert bool(samples.all("audio_engine_render_load_ratio_count")) == some, profile
        assert bool(samples.all("audio_channel_render_time_seconds_count")) == all_of_it, profile
        assert engine.stop() == 0 and collector.stop() == 0


lib.run(globals())
