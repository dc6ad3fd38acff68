#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What any local process can make the collector log, however often it tries."""

import json
import socket

import lib

TIMES = 50
FORGET = "/api/v1/monitoring/forget"
REQUESTS = {
    "a header too large": b"GET / HTTP/1.0\r\nHost: localhost\r\nX: " + b"x" * 40000 + b"\r\n\r\n",
    "a line that is no request": b"GET\x01\x02\r\n\r\n",
}


def ask(collector, request):
    """The first line of the answer; "" where there was none."""
    host, port = collector.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=lib.PATIENCE) as peer:
        try:
            peer.sendall(request)
            return peer.recv(65536).partition(b"\r\n")[0].decode()
        except ConnectionError:
            return ""


def logged(collector):
    """What the HTTP server told, after the collector's end."""
    lines = [json.loads(line) for line in list(collector.err)]
    return [line for line in lines if line["component"] == "http" and line["level"] == "WARN"]


def requests_that_cannot_be_read_are_a_line_a_minute(bench):
    collector = bench.collector("--log-format", "json")
    for what, request in REQUESTS.items():
        for _ in range(TIMES):
            answer = ask(collector, request)
            assert not answer.startswith("HTTP/1.1 200"), (what, answer)
    assert collector.get("/health/liveness").status == 200
    assert collector.stop() == 0
    lines = logged(collector)
    assert len(lines) in (1, 2), lines  # two, where a minute went by
    assert all("left_out" in line["metadata"] for line in lines), lines


def orders_of_strangers_are_a_security_event_a_minute(bench):
    collector = bench.collector("--log-format", "json")
    for _ in range(TIMES):
        answer = collector.get(FORGET, method="POST", headers={"Content-Type": "application/json", "Content-Length": "0"})
        assert answer.status == 403, answer
    assert collector.stop() == 0
    lines = logged(collector)
    assert len(lines) in (1, 2), lines
    assert lines[0]["metadata"] == {"event_type": "security", "action": "forget", "ip_address": "127.0.0.1", "left_out": 0}, lines


lib.run(globals())
