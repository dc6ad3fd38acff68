#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A real Prometheus scrapes the collector: it is up, and its P99 is within one classic bucket of the collector's own."""
# timeout: 200

import bisect
import json
import os
import socket
import urllib.parse
import urllib.request

import lib

PROMETHEUS = os.path.join(lib.BUILD, "peers/usr/bin/prometheus")
LE = [0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.05, 0.1, 0.25, 1.0, float("inf")]
P99 = 'histogram_quantile(0.99, sum by (le) (rate(audio_engine_render_time_seconds_bucket[30s])))'


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


class Prometheus:
    """Scrapes a collector once a second; ask() is its query API."""

    def __init__(self, world, collector):
        if not os.access(PROMETHEUS, os.X_OK):
            lib.skip(f"{PROMETHEUS} is not there (make deps GROUP=check)")
        path = os.path.join(world.folder, "prometheus.yml")
        with open(path, "w") as file:
            file.write("global: {scrape_interval: 1s}\n"
                       f"scrape_configs: [{{job_name: audiowatch, static_configs: [{{targets: ['{collector.address}']}}]}}]\n")
        self.url = f"http://127.0.0.1:{free_port()}"
        self.program = world.start(PROMETHEUS, f"--config.file={path}", f"--storage.tsdb.path={world.folder}/tsdb",
                                   f"--web.listen-address={self.url[7:]}", "--log.level=warn")

    def ask(self, query):
        """The one value of an instant query; None while there is none."""
        assert self.program.running, self.program.log()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query?query={urllib.parse.quote(query)}", timeout=10) as answer:
                result = json.load(answer)["data"]["result"]
        except OSError:
            return None
        return float(result[0]["value"][1]) if result else None


def bucket(seconds):
    return bisect.bisect_left(LE, seconds)


def a_prometheus_scrapes_it_and_agrees_on_the_p99(bench):
    collector = bench.collector()
    prometheus = Prometheus(bench, collector)
    bench.engine("--frames", 2048, "--load", 0.3)
    lib.wait_for("the target is up", lambda: prometheus.ask('up{job="audiowatch"}') == 1, 60)
    lib.wait_for("a rate over some scrapes", lambda: (lambda v: v if v and v == v else None)(prometheus.ask(P99)), 60)

    def agree():  # where others work both move, and not at one instant
        told = prometheus.ask(P99), collector.scrape().get("audio_engine_render_time_p99_seconds")
        print("      Prometheus and the collector say", *told)
        return all(told) and abs(bucket(told[0]) - bucket(told[1])) <= 1

    lib.wait_for("they are in one bucket, or in neighbours", agree)
    assert prometheus.ask('audiowatch_alert_active{alertname="AudiowatchWatchdog"}') == 1


lib.run(globals())
