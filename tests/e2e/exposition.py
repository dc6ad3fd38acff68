#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The scrape as its readers see it: promtool is content, the client library parses it, docs/metrics.md has every family,
and hostile names forge nothing."""

import os
import re
import subprocess

import lib

PROMTOOL = os.path.join(lib.BUILD, "peers/usr/bin/promtool")


def make_busy(world):
    """A scrape with everything in it: live and dead engines, channels, functions, xruns."""
    collector = world.collector()
    script = os.path.join(world.folder, "script")
    with open(script, "w") as file:
        file.write("at 0.1 xrun jack 5 on 1\nat 0.2 xrun alsa 0 on 2\nat 0.3 ffi stuck 60000\n")
    world.engine("--engines", 2, "--channels", 3, "--load", 0.05, "--active", "--ffi", 100, "--script", script)
    dead = world.engine("--name", "gone", "--load", 0)
    lib.wait_for("the second is seen", lambda: collector.scrape().all("audio_engine_up", app="gone"))
    dead.kill()
    return lib.wait_for("calls, xruns, usage, a dead engine", lambda: (
        lambda s: s if s.sum("ffi_calls_in_flight") and s.all("audio_channel_cpu_usage")
        and s.all("audio_engine_render_time_p99_seconds") and s.all("ffi_call_duration_p99_seconds") and s.sum("audio_engine_xrun_reports_total") == 2
        and s.get("audio_engine_up", app="gone") == 0 else None)(collector.scrape()))


def promtool_finds_nothing(bench):
    if not os.access(PROMTOOL, os.X_OK):
        lib.skip(f"{PROMTOOL} is not there (make deps GROUP=check)")
    samples = make_busy(bench)
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=samples.text, capture_output=True, text=True)
    assert checked.returncode == 0 and checked.stderr == "", checked.stdout + checked.stderr


def every_histogram_is_cumulative_and_counts_what_it_says(bench):
    samples = make_busy(bench)
    seen = 0
    for family in samples.families.values():
        if family.type != "histogram":
            continue
        buckets, counts = {}, {}
        for sample in family.samples:
            labels = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
            if sample.name.endswith("_bucket"):
                buckets.setdefault(labels, []).append((float(sample.labels["le"]), sample.value))
            elif sample.name.endswith("_count"):
                counts[labels] = sample.value
        for labels, row in buckets.items():
            assert row == sorted(row) and [v for _, v in row] == sorted(v for _, v in row), (family.name, labels, row)
            assert row[-1] == (float("inf"), counts[labels]), (family.name, labels)
            seen += 1
    assert seen >= 5, "too few histograms to believe"


def exactly_one_state_of_each_engine_is_1(bench):
    samples = make_busy(bench)
    engines = {(labels["app"], labels["engine"]) for labels, _ in samples.all("audio_engine_state")}
    assert len(engines) == 3, engines
    for app, engine in engines:
        assert samples.state(engine, app=app), (app, engine)


def the_catalogue_in_the_docs_is_the_catalogue(bench):
    samples = make_busy(bench)
    served = set(re.findall(r"^# TYPE (\S+)", samples.text, re.M))
    with open(os.path.join(lib.TOP, "docs/metrics.md")) as file:
        told = set(re.findall(r"^\| `([a-z0-9]+_[a-z0-9_]+)`", file.read(), re.M))
    assert served and told, "nothing to compare"
    assert served <= told, f"served, and not in docs/metrics.md: {sorted(served - told)}"
    # what needs an event that this scrape has not seen
    rare = {"audiowatch_alert_silenced", "audiowatch_sources_dropped_total", "audiowatch_source_clock_drift_ratio", "audio_engine_stalled_seconds", "audio_engine_host_load_ratio",
            "audiowatch_segments_refused_total", "audio_engine_xrun_invalid_delays_total"}
    assert told - served <= rare, f"in docs/metrics.md, and never served: {sorted(told - served - rare)}"


def hostile_names_forge_no_series(bench):
    collector = bench.collector()
    name = 'x",engine="forged"} 1\naudio_engine_up{engine="forged"} 1\n\\'
    bench.engine("--name", name, "--title", "\ttitle\"\\\n", "--load", 0)
    samples = lib.wait_for("it is there", lambda: (lambda s: s if s.all("audio_engine_up") else None)(collector.scrape()))
    assert [labels["app"] for labels, _ in samples.all("audio_engine_up")] == [name[:63]], samples.all("audio_engine_up")
    assert not samples.all("audio_engine_up", engine="forged")


lib.run(globals())
