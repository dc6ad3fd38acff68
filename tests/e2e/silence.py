#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`audiowatch silence`: made, listed, shown, logged and ended over the control socket; and no other door takes orders."""

import json
import os
import socket

import lib

TARGET = "/api/v1/monitoring/silence"
CONFIG = """
rules:
  alerts:
    - {alert: EngineDown, for: 0s}
"""


def silence(bench, *words):
    return bench.call("audiowatch", "silence", *words)


def done(bench, *words):
    called = silence(bench, *words)
    assert called.returncode == 0 and called.stderr == "", called
    return called.stdout


def configured(world):
    return world.collector(*world.config(CONFIG), "--log-format", "json")


def logged(collector):
    return [{"metadata": {}, **json.loads(line)} for line in list(collector.err)]


def kill_an_engine(bench, app):
    engine = bench.engine("--load", 0, "--name", app)
    lib.wait_for("it is seen", lambda: app in bench.call("audiowatch", "status").stdout)
    engine.kill()


def status(world):
    return json.loads(world.call("audiowatch", "status", "--json").stdout)


def fired(bench, app):
    """The active EngineDown of this app."""
    return lib.wait_for(f"EngineDown of {app} fires", lambda: next(
        (alert for alert in status(bench)["active_alerts"] if alert["labels"].get("app") == app), None))


def a_silenced_alert_fires_and_is_shown_and_logged_as_silenced(bench):
    collector = configured(bench)
    made = done(bench, "--alert", "EngineDown", "--app", "daw", "--for", "30m", "sound check")
    assert made.startswith("silence 1 holds until 2") and made.endswith(": EngineDown of daw\n"), made
    kill_an_engine(bench, "daw")
    kill_an_engine(bench, "synth")
    assert fired(bench, "daw")["silenced"] is True and fired(bench, "synth")["silenced"] is False
    told = bench.call("audiowatch", "status")
    assert told.returncode == 1 and "EVERYTHING" not in told.stdout, told
    lines = {line.split("app=")[1].split()[0]: line for line in told.stdout.splitlines() if "app=" in line}
    assert "firing   (silenced)" in lines["daw"] and "silenced" not in lines["synth"], lines
    samples = collector.scrape()
    assert samples.get("audiowatch_alert_silenced", alertname="EngineDown", app="daw") == 1
    assert samples.get("audiowatch_alert_silenced", alertname="EngineDown", app="synth") is None
    assert samples.get("audiowatch_silences", scope="matching") == 1
    fires = {line["metadata"]["app"]: line for line in logged(collector) if line["metadata"].get("to") == "firing"
             and line["metadata"]["alert"] == "EngineDown"}
    assert (fires["daw"]["level"], fires["daw"]["metadata"].get("silenced")) == ("INFO", "true"), fires
    assert (fires["synth"]["level"], fires["synth"]["metadata"].get("silenced")) == ("WARN", None), fires
    assert done(bench, "--end", 1) == "silence 1 ended\n"
    lib.wait_for("it is told again", lambda: not fired(bench, "daw")["silenced"])
    assert done(bench, "--list") == "no silences\n"


def who_and_what_for_is_listed_and_logged(bench):
    collector = configured(bench)
    assert "every alert of daw" in done(bench, "--app", "daw", "--for", "1m")
    assert "EngineDown\n" in done(bench, "--for=30d", "übung\n\x1b[2J\u202e\x9b\u2066", "--alert", "EngineDown")
    one, two = json.loads(done(bench, "--list", "--json"))
    assert (one["id"], one["alert"], one["app"], one["comment"], one["uid"]) == (1, "", "daw", "", os.getuid()), one
    assert (two["id"], two["alert"], two["app"], two["comment"]) == (2, "EngineDown", "", "übung\n\x1b[2J\u202e\x9b\u2066"), two
    assert json.loads(collector.get(TARGET).body) == [one, two]
    listed = done(bench, "--list").splitlines()
    assert len(listed) == 3 and not set("\x1b\u202e\x9b\u2066") & set(listed[2]) and "übung?" in listed[2], listed
    (line,) = [line for line in logged(collector) if line["component"] == "silence" and line["metadata"]["id"] == 2]
    assert line["metadata"]["uid"] == os.getuid() and line["metadata"]["pid"] > 1, line
    assert line["metadata"]["until"] == two["until"] and line["metadata"]["comment"] == two["comment"], line


def a_silence_of_everything_is_asked_for_by_name_and_told_loudly(bench):
    collector = configured(bench)
    for words, part in (([], "--for"), (["--for", "30m"], "--all"), (["--for", "30m", "--all", "--app", "daw"], "--all")):
        called = silence(bench, *words)
        assert called.returncode == 2 and part in called.stderr and called.stdout == "", called
    assert "EVERYTHING" in done(bench, "--all", "--for", "1h", "moving house")
    told = lib.wait_for("status tells it", lambda: (
        lambda out: out if out.startswith("EVERYTHING IS SILENCED") else None)(bench.call("audiowatch", "status").stdout))
    assert "moving house" in told and "--end 1" in told, told
    assert status(bench)["everything_silenced"]["id"] == 1 and status(bench)["silences_count"] == 1
    samples = collector.scrape()
    assert samples.get("audiowatch_silences", scope="everything") == 1
    assert samples.get("audiowatch_alert_silenced", alertname="AudiowatchWatchdog") is None
    assert [line["level"] for line in logged(collector) if line["component"] == "silence"] == ["WARN"]
    done(bench, "--end", "1")
    lib.wait_for("it is over", lambda: status(bench)["everything_silenced"] is None)


def what_is_wrong_is_told_in_one_line(bench):
    configured(bench)
    long = "x" * 300
    for words, code, part in (
        (["--alert", "EngineDwn", "--for", "30m"], 2, "EngineDown?"), (["--alert", "Nonsense", "--for", "30m"], 2, "--check-config"),
        (["--app", "daw", "--for", "59"], 2, "try 30m"), (["--app", "daw", "--for", "31d"], 2, "try 30m"),
        (["--app", "daw", "--for", "soon"], 2, "no duration"), (["--app", long, "--for", "1m"], 2, "app: more than"),
        (["--app", "daw", "--for", "1m", long], 2, "comment: more than 199"), (["--end", "7"], 2, "no silence 7"),
        (["--end", "0"], 2, "1 to 1000000000 "), (["--alert", "", "--for", "1m"], 2, "neither --alert nor --app"),
        (["--all", "--for", "0"], 2, "1m to 30d"), (["--list", "--end", "1"], 2, "one at a time"), (["--app", "daw", "--for", "1m", "a", "b"], 2, "quotes"),
        (["--app", "daw", "--for", "1m", "--state-dir", "/nowhere"], 3, "start audiowatchd"),
    ):
        called = silence(bench, *words)
        assert called.returncode == code and part in called.stderr and called.stderr.count("\n") == 1, (words, called)
    assert done(bench, "--list") == "no silences\n"


def talk(path, request):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(path)
        peer.sendall(request)
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def orders_are_taken_over_the_control_socket_alone(bench):
    other = os.path.join(bench.folder, "other.sock")
    collector = bench.collector("--listen", "unix:" + other)
    order = json.dumps({"all": True, "for_seconds": 60}).encode()

    def post(kind, body):
        return b"POST %s HTTP/1.0\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
            TARGET.encode(), kind, len(body), body)

    answer = collector.get(TARGET, method="POST", headers={"Content-Type": "application/json", "Content-Length": "0"})
    assert answer.status == 403 and "problem+json" in answer.headers["Content-Type"], answer
    assert collector.get(TARGET, method="DELETE").headers["Allow"] == "GET, HEAD, POST"
    assert collector.get("/metrics", method="POST").headers["Allow"] == "GET, HEAD"
    assert talk(other, post(b"application/json", order))[0] == 403
    control = os.path.join(bench.folder, "control.sock")
    assert talk(control, post(b"text/plain", order))[0] == 415
    assert talk(control, post(b"application/json", b" " * 4097))[0] == 413
    assert talk(control, post(b"application/json", b"{"))[0] == 400
    assert json.loads(collector.get(TARGET).body) == []
    status, told = talk(control, post(b"application/json", order))
    assert status == 200 and told["id"] == 1 and told["pid"] == os.getpid(), told
    for _ in range(63):
        assert talk(control, post(b"application/json", order))[0] == 200
    status, problem = talk(control, post(b"application/json", order))
    assert status == 409 and "64 silences" in problem["detail"], problem


lib.run(globals())
