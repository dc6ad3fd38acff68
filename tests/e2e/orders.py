#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An order that was answered outlives the collector, however soon that is killed; and where it cannot, the answer says so."""

import json
import os
import socket

import lib

SILENCE, FORGET = "/api/v1/monitoring/silence", "/api/v1/monitoring/forget"
KILLS = 12
CONFIG = """
rules:
  alerts:
    - {alert: EngineDown, for: 0s}
"""


def configured(world):
    return world.collector(*world.config(CONFIG), "--log-format", "json")


def order(world, target, what):
    """The answer's status and body, by the shortest way there is."""
    body = json.dumps(what).encode()
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(lib.PATIENCE)
        peer.connect(os.path.join(world.folder, "control.sock"))
        peer.sendall(b"POST %s HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            target.encode(), len(body), body))
        answer = b""
        while b"\r\n\r\n" not in answer or len(answer.partition(b"\r\n\r\n")[2]) < 2:
            piece = peer.recv(65536)
            assert piece, answer
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def held(collector):
    return [line["id"] for line in json.loads(collector.get(SILENCE).body)]


def told_down(world):
    alerts = json.loads(world.call("audiowatch", "status", "--json").stdout)["active_alerts"]
    return [alert["labels"]["app"] for alert in alerts if alert["name"] == "EngineDown"]


def a_silence_that_was_answered_outlives_whoever_kills_the_collector(bench):
    want = []
    for i in range(KILLS):
        collector = configured(bench)
        assert held(collector) == want, (i, held(collector), want)
        what = {"end": want[0]} if i % 3 == 2 else {"app": f"daw{i}", "for_seconds": 3600}
        status, told = order(bench, SILENCE, what)
        collector.kill()
        assert status == 200 and told["saved"] is True and told["unsaved_because"] is None, (status, told)
        want = want[1:] if i % 3 == 2 else [*want, told["id"]]
    assert held(configured(bench)) == want and len(want) == KILLS // 3, want


def a_death_that_was_forgotten_is_not_told_by_the_next_collector(bench):
    collector = configured(bench)
    apps = [f"daw{i}" for i in range(4)]
    engines = [bench.engine("--load", 0, "--name", app) for app in apps]
    lib.wait_for("they are seen", lambda: all(collector.scrape().get("audio_engine_up", app=app) == 1 for app in apps))
    for engine in engines:
        engine.kill()
    lib.wait_for("they are told", lambda: sorted(told_down(bench)) == apps)
    for i, app in enumerate(apps):
        status, told = order(bench, FORGET, {"app": app})
        collector.kill()
        assert status == 200 and told["saved"] is True, (status, told)
        collector = configured(bench)
        assert sorted(told_down(bench)) == apps[i + 1:], i


def what_cannot_be_written_holds_and_says_so(bench):
    collector = configured(bench)

    def stands(path=os.path.join(bench.folder, "state.new")):
        try:
            os.mkdir(path)
        except FileExistsError:
            pass
        return os.path.isdir(path)

    lib.wait_for("it is in the way of the state", stands)
    made = bench.call("audiowatch", "silence", "--app", "daw", "--for", "1m")
    assert made.returncode == 0 and made.stdout.startswith("silence 1 holds"), made
    assert made.stderr == ("audiowatch: silence: kept in memory only: Is a directory (take away the directory that is called "
                           "state or state.new there)\n"), made
    assert held(collector) == [1]
    status, told = order(bench, SILENCE, {"end": 1})
    assert status == 200 and told["saved"] is False and told["unsaved_because"].startswith("Is a directory ("), told
    os.rmdir(os.path.join(bench.folder, "state.new"))
    again = bench.call("audiowatch", "silence", "--app", "daw", "--for", "1m")
    assert again.returncode == 0 and again.stderr == "", again


def a_disk_that_hangs_keeps_neither_the_order_nor_the_watching(bench):
    collector = configured(bench)
    path = os.path.join(bench.folder, "state.new")

    def stands():
        try:
            os.mkfifo(path)
        except FileExistsError:
            pass
        return os.path.exists(path) and not os.path.isfile(path)

    lib.wait_for("a pipe that nobody reads is in the way", stands)
    orders = [bench.start("audiowatch", "silence", "--app", "daw", "--for", "1m") for _ in range(3)]
    for each in orders:  # they come to one thread, and together would wait for longer than a client does
        assert each.wait() == 0 and "kept in memory only: the disk " in each.log(), each.log()
    polls = collector.scrape().get("audiowatch_poll_duration_seconds_count")
    lib.wait_for("it polls on", lambda: collector.scrape().get("audiowatch_poll_duration_seconds_count") > polls + 20)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    lib.wait_for("it is written when the disk answers", lambda: order(bench, SILENCE, {"app": "daw", "for_seconds": 60})[1]["saved"])
    os.close(reader)
    collector.kill()
    assert held(configured(bench))[0] == 1


lib.run(globals())
