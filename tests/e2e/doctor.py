#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`audiowatch doctor` on this machine, and on this machine made worse: limits, a small /dev/shm, a bad environment."""

import json
import os
import shutil
import subprocess

import lib

VERDICTS = {"ok", "warn", "bad", "unknown"}


def doctor(bench, *flags, env=None):
    return bench.call("audiowatch", "doctor", *flags, env=env)


def rows_of(called):
    """{name: row} of an answer in JSON whose exit status fits it."""
    rows = json.loads(called.stdout)
    bad = any(row["verdict"] == "bad" for row in rows)
    assert called.returncode == (1 if bad else 0) and called.stderr == "", called
    return {row["name"]: row for row in rows}


def examined(bench, *flags, env=None):
    return rows_of(doctor(bench, "--json", *flags, env=env))


def run(bench, *words):
    return subprocess.run([str(word) for word in words], env={**os.environ, **bench.env}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=lib.PATIENCE)


def copied(folder):
    """The program where everybody may run it."""
    os.chmod(folder, 0o755)
    return shutil.copy(os.path.join(lib.BIN, "audiowatch"), folder)


def each_check_has_a_verdict_and_what_is_not_well_a_cure(bench):
    rows = examined(bench)
    assert len(rows) >= 18, rows
    for row in rows.values():
        assert set(row) == {"name", "verdict", "found", "means", "cure"} and row["verdict"] in VERDICTS, row
        assert row["found"] and row["means"], row
        assert (row["cure"] is None) == (row["verdict"] in ("ok", "unknown")), row
    assert rows["kernel"]["found"].startswith(os.uname().release), rows["kernel"]
    assert rows["directory"] == {**rows["directory"], "verdict": "ok", "found": lib.SHM}
    assert rows["environment"]["verdict"] == "ok", rows["environment"]


def people_are_told_the_same(bench):
    rows = examined(bench)
    called = doctor(bench)
    lines = called.stdout.splitlines()
    told = {line.split()[1]: line.split()[0] for line in lines[:-1] if not line.startswith(" ")}
    assert told == {name: row["verdict"] for name, row in rows.items()}, called
    cures = [line.partition("cure:")[2].strip() for line in lines if line.startswith(" ") and "cure:" in line]
    assert cures == [row["cure"] for row in rows.values() if row["cure"]], called
    counts = [sum(row["verdict"] == verdict for row in rows.values()) for verdict in ("bad", "warn", "unknown", "ok")]
    assert lines[-1] == "{} bad, {} warnings, {} unknown, {} ok".format(*counts), lines[-1]


def limits_decide_for_who_has_no_capabilities(bench):
    """As nobody where we are root, since root's capabilities count for more than limits."""
    user = ["setpriv", "--reuid", 65534, "--regid", 65534, "--clear-groups"] if os.getuid() == 0 else []
    low = ["prlimit", "--rtprio=0", "--memlock=65536"]
    words = [copied(bench.folder), "doctor", "--json"]
    rows = rows_of(run(bench, *low, *user, *words))
    rtkit = os.path.exists("/usr/share/dbus-1/system-services/org.freedesktop.RealtimeKit1.service")
    assert rows["realtime"]["verdict"] == ("warn" if rtkit else "bad"), rows["realtime"]
    assert "RLIMIT_RTPRIO is 0" in rows["realtime"]["found"], rows["realtime"]
    assert (rows["memlock"]["verdict"], rows["memlock"]["found"]) == ("bad", "64 KiB"), rows["memlock"]
    if user:
        caps = "+sys_nice,+ipc_lock"
        rows = rows_of(run(bench, *low, *user, "--inh-caps", caps, "--ambient-caps", caps, *words))
        assert rows["realtime"]["verdict"] == "ok" and "any priority" in rows["realtime"]["found"], rows["realtime"]
        assert rows["memlock"]["verdict"] == "ok" and "does not bind" in rows["memlock"]["found"], rows["memlock"]


def within(bench, mounts):
    """Rows of a doctor in a mount namespace of its own, after these mounts."""
    unshare = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-r", "-m"]
    if run(bench, *unshare, "true").returncode:
        lib.skip("mount namespaces are not permitted")
    return rows_of(run(bench, *unshare, "sh", "-ec", mounts + '; exec "$0" doctor --json', os.path.join(lib.BIN, "audiowatch")))


def a_small_private_shm_is_seen(bench):
    small = within(bench, "mount -t tmpfs -o size=64m,mode=1777 tmpfs /dev/shm")
    assert small["shm_size"]["verdict"] == "warn" and small["shm_size"]["found"].startswith("64 MiB"), small["shm_size"]
    assert small["shm_private"]["verdict"] == "warn" and small["shm_mode"]["verdict"] == "ok", small
    tiny = within(bench, "mount -t tmpfs -o size=2m,mode=0755 tmpfs /dev/shm")
    assert tiny["shm_size"]["verdict"] == "bad" and tiny["shm_mode"]["verdict"] == "bad", tiny


def what_may_not_be_read_is_unknown_and_said(bench):
    rows = within(bench, "mount -t tmpfs tmpfs /sys; mount -t tmpfs tmpfs /proc")
    for name in ("kernel", "throttling", "governor", "smt", "clock", "swap", "shm_private", "environment"):
        assert rows[name]["verdict"] == "unknown" and rows[name]["cure"] is None, rows[name]
    assert rows["directory"]["verdict"] == "ok", rows["directory"]


def the_environment_is_judged_as_the_collector_would(bench):
    for variables, name, verdict, part in (
        ({"AUDIOWATCH_LOG_LEVEL": "loud"}, "environment", "bad", 'AUDIOWATCH_LOG_LEVEL: "loud" is no level'),
        ({"ALERT_RENDER_TIME_THRESHOLD": "fast"}, "environment", "bad", "ALERT_RENDER_TIME_THRESHOLD"),
        ({"AUDIOWATCH_PREFIX": "a/b"}, "environment", "bad", '"a/b"'),
        ({"AUDIOWATCH_DIR": "/nowhere/at/all"}, "directory", "bad", "No such file"),
        ({"AUDIOWATCH_DIR": "/"}, "directory", "bad", "not on tmpfs"),
        ({"AUDIOWATCH_DISABLE": "1"}, "disabled", "warn", "AUDIOWATCH_DISABLE=1"),
        ({"AUDIOWATCH_DISABLE": "0"}, "disabled", "ok", "nothing"),
        ({"AUDIOWATCH_DISABLE": "true"}, "disabled", "warn", "nothing"),
        ({"AUDIOWATCH_DISABLE": "\x1b[2J"}, "disabled", "warn", "?[2J"),
    ):
        row = examined(bench, env=variables)[name]
        assert row["verdict"] == verdict and part in row["found"], (variables, row)
        assert "\x1b" not in doctor(bench, env=variables).stdout


def without_the_daemon_the_environment_is_unknown(bench):
    row = rows_of(run(bench, copied(bench.folder), "doctor", "--json"))["environment"]
    assert row["verdict"] == "unknown" and "no audiowatchd" in row["found"], row


def a_collector_is_found_by_its_lock_and_its_socket(bench):
    assert examined(bench)["collector"]["verdict"] == "warn"
    collector = bench.collector()
    row = examined(bench)["collector"]
    assert row["verdict"] == "ok" and bench.folder in row["found"], row
    row = examined(bench, "--state-dir", "/nowhere")["collector"]
    assert row["verdict"] == "warn" and "--state-dir" in row["cure"], row
    assert collector.stop() == 0
    assert "none runs" in examined(bench)["collector"]["found"]


def dead_and_refused_segments_are_counted_and_left_alone(bench):
    engines = [bench.engine("--fast", "--blocks", 10, "--hold") for _ in range(5)]
    assert examined(bench)["segments"]["found"].startswith("5 live, 0 dead"), examined(bench)["segments"]
    for engine in engines:
        engine.kill()
    lib.wait_for("all are dead", lambda: [row["state"] for row in bench.segments()] == ["dead"] * 5)
    objects = bench.objects()
    row = examined(bench)["segments"]
    assert row["verdict"] == "warn" and "5 dead" in row["found"] and "audiowatchd" in row["cure"], row
    os.unlink(bench.path(objects[0]))
    assert examined(bench)["segments"]["verdict"] == "ok"
    with open(bench.path(bench.prefix + "-0-junk"), "w"):
        pass
    row = examined(bench)["segments"]
    assert row["verdict"] == "warn" and "1 refused" in row["found"], row
    assert len(bench.objects()) == 5 and os.listdir(bench.folder) == [], "it changed something"


def bad_usage_is_one_line_and_2(bench):
    for flags, part in ((["--jsn"], "--json"), (["--json=1"], "--json"), (["--state-dir"], "--state-dir"),
                        (["--state-dir", ""], "--state-dir"), (["me"], "--")):
        called = doctor(bench, *flags)
        lines = called.stderr.splitlines()
        assert called.returncode == 2 and called.stdout == "" and len(lines) == 1, (flags, called)
        assert lines[0].startswith("audiowatch: ") and part in lines[0], (flags, lines)
    helped = doctor(bench, "--help")
    assert helped.returncode == 0 and "remove_ipc" in helped.stdout and "1 something bad" in helped.stdout, helped


lib.run(globals())
