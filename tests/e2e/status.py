#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`audiowatch status`, the control socket it talks over, and the folder that is in."""

import json
import os
import socket
import stat
import threading

import lib

STATUS = "/api/v1/monitoring/status"


def control(world):
    return os.path.join(world.folder, "control.sock")


def status(bench, *flags, env=None):
    return bench.call("audiowatch", "status", *flags, env=env)


def assert_one_line(called, code, *parts):
    lines = called.stderr.splitlines()
    assert called.returncode == code and called.stdout == "" and len(lines) == 1, called
    assert all(part in lines[0] for part in parts), (parts, lines)


def without_a_collector_it_is_3(bench):
    for flags in ([], ["--json"], ["--state-dir", bench.folder + "/none"], ["--state-dir", "/" + "long" * 50]):
        where = flags[1] if len(flags) == 2 else bench.folder
        assert_one_line(status(bench, *flags), 3, f"audiowatch: {where}/control.sock: ", "start audiowatchd", "--state-dir")


def bad_usage_is_2(bench):
    for flags, part in ((["--jsn"], "--json"), (["--state-dir"], "--state-dir"), (["--state-dir", ""], "--state-dir"),
                        (["--json=1"], "--json"), (["word"], "word")):
        assert_one_line(status(bench, *flags), 2, part)
    assert "3 no collector" in status(bench, "--help").stdout


def healthy_is_0(bench):
    collector = bench.collector()
    assert stat.S_IMODE(os.stat(control(bench)).st_mode) == 0o600
    bench.engine("--load", 0, "--name", "daw")
    lib.wait_for("the engine is told", lambda: "live" in status(bench).stdout)
    called = status(bench)
    assert called.returncode == 0 and called.stderr == "", called
    assert "daw" in called.stdout and "engine1" in called.stdout and "no active alerts" in called.stdout, called
    told = status(bench, "--json", env={"STATE_DIRECTORY": "", "AUDIOWATCH_STATE_DIR": bench.folder})
    answer = json.loads(told.stdout)
    assert told.returncode == 0 and answer["sources"][0]["engines"] == [{"name": "engine1", "state": "live"}], told
    assert (answer["active_alerts_count"], answer["active_alerts"], answer["sentry_enabled"]) == (0, [], False), answer
    assert answer["alert_thresholds_count"] == 18 and answer["last_evaluation"].endswith("Z"), answer
    assert set(json.loads(collector.get(STATUS).body)) == set(answer)
    assert collector.stop() == 0 and not os.path.exists(control(bench))
    assert status(bench).returncode == 3


def a_firing_alert_is_1(bench):
    flags = bench.config("rules:\n  alerts:\n    - {alert: AudioProcessingOverload, window: 5s, for: 1s, min_above: 1}\n")
    bench.collector(*flags)
    script = os.path.join(bench.folder, "script")
    with open(script, "w") as file:
        file.writelines(f"at {second} burn 60\n" for second in range(1, 100))
    # periods of 85 ms, so that a burn is more than one in a hundred
    bench.engine("--frames", 4096, "--load", 0, "--script", script, "--name", "daw")
    called = lib.wait_for("it fires", lambda: (lambda it: it if it.returncode else None)(status(bench)))
    assert called.returncode == 1 and called.stderr == "", called
    lines = [line for line in called.stdout.splitlines() if line.startswith("P1  firing")]
    assert len(lines) == 1 and "Alert: AudioProcessingOverload - render_time p99 is " in lines[0], called
    assert "app=daw" in lines[0] and "engine=engine1" in lines[0], lines
    told = status(bench, "--json")
    (alert,) = [each for each in json.loads(told.stdout)["active_alerts"] if each["name"] == "AudioProcessingOverload"]
    assert told.returncode == 1 and (alert["state"], alert["severity"]) == ("firing", "critical"), told
    assert 0.06 <= alert["value"] < 1 and 0.025 <= alert["threshold"] < 0.026 and alert["n"] >= alert["bad"] >= 1, alert
    assert alert["since"] <= alert["timestamp"] and alert["labels"]["engine"] == "engine1", alert


def a_pending_alert_and_one_of_p3_are_0(bench):
    flags = bench.config("rules:\n  alerts:\n    - {alert: EngineDown, for: 0s, priority: P3}\n"
                          "    - {alert: Later, signal: source_down, for: 1h, priority: P0}\n")
    bench.collector(*flags)
    engine = bench.engine("--load", 0)
    lib.wait_for("it is live", lambda: "live" in status(bench).stdout)
    engine.kill()
    called = lib.wait_for("both are active", lambda: (
        lambda it: it if "firing" in it.stdout and "pending" in it.stdout else None)(status(bench)))
    assert called.returncode == 0 and "dead" in called.stdout, called


def a_state_dir_that_was_named_must_work(bench):
    file = os.path.join(bench.folder, "file")
    open(file, "w").close()
    config = os.path.join(bench.folder, "audiowatch.yml")
    with open(config, "w") as out:
        out.write(f"state_dir: {file}\n")
    long = os.path.join(bench.folder, "long" * 30)
    for flags, env, parts in (
        (["--state-dir", file], {}, ["--state-dir", file, "Not a directory", "try"]),
        (["--state-dir", file + "/below"], {}, ["--state-dir", file, "Not a directory"]),
        (["--state-dir", long], {}, ["--state-dir", long, "try a shorter one"]),
        ([], {"AUDIOWATCH_STATE_DIR": file}, ["AUDIOWATCH_STATE_DIR", file]),
        (["--config", config], {}, [config + ":1:1: state_dir", file]),
    ):
        assert_one_line(bench.call("audiowatchd", "--listen", "127.0.0.1:0", *flags, env=env), 1, "audiowatchd: ", *parts)


def it_is_made_with_its_parents_for_its_owner_alone(bench):
    folder = os.path.join(bench.folder, "a", "b")
    bench.collector("--state-dir", folder + "/")
    for path in (folder, os.path.dirname(folder)):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o700, path
    assert status(bench, "--state-dir", folder).returncode == 0
    below = bench.call("audiowatch", "status", env={"STATE_DIRECTORY": "", "XDG_STATE_HOME": bench.folder})
    assert below.returncode == 3 and f"{bench.folder}/{bench.prefix}/control.sock" in below.stderr, below


def without_a_default_state_dir_it_watches_on(bench):
    file = os.path.join(bench.folder, "file")
    open(file, "w").close()
    collector = bench.collector(env={"STATE_DIRECTORY": file})
    assert "no control socket" in collector.log() and file in collector.log(), collector.log()
    assert collector.scrape().text and collector.stop() == 0


def a_socket_in_use_is_left_to_its_owner(bench):
    first = bench.collector()
    second = bench.collector("--prefix", bench.prefix + "-second")
    assert "no control socket" in second.log() and "in use" in second.log(), second.log()
    assert second.stop() == 0 and status(bench).returncode == 0
    assert_one_line(bench.call("audiowatchd", "--listen", "127.0.0.1:0", "--state-dir", bench.folder), 1, "--state-dir", "in use")
    assert first.stop() == 0


def what_is_no_collector_is_3(bench):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(control(bench))
        server.listen()

        def answer(text):
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(text)

        for text, part in ((b"", "no HTTP"), (b"hello\r\n\r\n", "no HTTP"), (b"HTTP/1.0 503 No\r\n\r\n{}", "503"),
                           (b"HTTP/1.0 200 OK\r\n\r\n{\"active_alerts\":[", "not understood"),
                           (b"HTTP/1.0 200 OK\r\n\r\n[]", "not understood")):
            thread = threading.Thread(target=answer, args=(text,))
            thread.start()
            called = status(bench)
            thread.join(lib.PATIENCE)
            assert_one_line(called, 3, part)
    assert_one_line(status(bench), 3, "Connection refused")


lib.run(globals())
