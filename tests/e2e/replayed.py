#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/rules.md: every example is run as it stands there and prints what the page says; every shipped rule is on it; and
its PromQL is PromQL, on metrics that exist."""

import os
import re
import subprocess

import lib

PAGE = os.path.join(lib.TOP, "docs", "rules.md")
PROMTOOL = os.path.join(lib.BUILD, "peers/usr/bin/promtool")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def page():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def examples():
    """[(script, what it prints)]; a script that nothing is said of goes before all that follow."""
    before, told, script = "", [], None
    for language, text in FENCE.findall(page()):
        if script is not None and language == "":
            told.append((before + script, text))
        elif script is not None:
            before += script
        script = text if language == "sh" else None
    return told


def shipped(world):
    called = world.call("audiowatchd", "--check-config")
    assert called.returncode == 0, called.stderr
    return re.findall(r'- alert: "(\w+)"', called.stdout)


def every_example_prints_what_the_page_says(bench):
    env = {**os.environ, "PATH": lib.BIN + os.pathsep + os.environ["PATH"]}
    for script, want in examples():
        called = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", script], env=env, cwd=bench.folder,
                                capture_output=True, text=True, timeout=lib.PATIENCE)
        got = "".join(line.rstrip() + "\n" for line in called.stdout.splitlines())
        assert (called.returncode, called.stderr, got) == (0, "", want), f"{script}\nprints\n{got}{called.stderr}not\n{want}"


def every_shipped_rule_is_on_the_page(bench):
    names = shipped(bench)
    table = re.findall(r"^\| \[(.+?)\]\(#([\w-]+)\) P\d", page(), re.M)
    listed = {name for names, _ in table for name in names.replace(" and ", ", ").split(", ")}
    assert len(names) >= 7 and set(names) <= listed, f"not in its first table: {set(names) - listed}"
    anchors = {re.sub(r"[^\w-]", "", title.lower().replace(" ", "-")) for title in re.findall(r"^#+ (.+)$", page(), re.M)}
    assert {anchor for _, anchor in table} <= anchors, {anchor for _, anchor in table} - anchors


def every_rule_that_a_trace_can_try_has_an_example(bench):
    tried = {match for script, _ in examples() for match in re.findall(r"tell (\w+)", script)}
    beyond = {"SLOBurnFast", "SLOBurnSlow", "CollectorMemoryHigh", "SeriesCapNear",
              "AuthFailures"}  # a minute's good and bad, and the collector's own figures, are in no trace
    missing = set(shipped(bench)) - tried - beyond
    assert tried and not missing, f"no example: {missing}"


def its_metrics_exist(bench):
    rules = next(text for language, text in FENCE.findall(page()) if language == "yaml")
    used = {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"\b(?:audio_engine|ffi|audiowatch)_\w+", rules)}
    with open(os.path.join(lib.TOP, "docs", "metrics.md"), encoding="utf-8") as file:
        known = set(re.findall(r"^\| `(\w+)`", file.read(), re.M))
    assert len(used) >= 8 and used <= known, f"in no catalogue: {used - known}"


def promtool_takes_its_promql(bench):
    if not os.access(PROMTOOL, os.X_OK):
        lib.skip(f"{PROMTOOL} is not there (make deps GROUP=check)")
    path = os.path.join(bench.folder, "rules.yml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(next(text for language, text in FENCE.findall(page()) if language == "yaml"))
    checked = subprocess.run([PROMTOOL, "check", "rules", path], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


lib.run(globals())
