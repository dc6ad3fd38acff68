#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G15: a producer is its segment, never its pid: one that is killed, and whose pid the next one gets at once, is dead and
removed while that one lives, and the two are never taken for one."""

import os
import shutil
import subprocess

import lib

FIRST, SECOND = 1000, 500
# In a pid namespace the next pid may be chosen; `hold` keeps each engine until it is killed.
SCRIPT = r"""
set -e
mkfifo "$FOLDER/never"
exec 4<>"$FOLDER/never" # an input that never ends, and something to wait for
engine() { # $1 blocks: started with the chosen pid, and ready
	echo 4000 >/proc/sys/kernel/ns_last_pid
	"$ENGINE" --name pids --fast --blocks "$1" --hold <&4 >"$FOLDER/$1" &
	pid=$!
	for ((i = 0; i < 1000 && $(stat -c %s "$FOLDER/$1") == 0; i++)); do read -rt 0.02 -u 4 || true; done
	echo "$pid" >&3
}
engine "$1"; read -r _; kill -KILL $pid; wait $pid || true
engine "$2"; read -r _; kill -KILL $pid; wait $pid || true
"""


def may_choose_pids():
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    tried = subprocess.run(["unshare", "--pid", "--fork", "sh", "-c", "echo 4000 >/proc/sys/kernel/ns_last_pid"],
                           capture_output=True, timeout=lib.PATIENCE, check=False)
    return tried.returncode == 0


def a_pid_that_comes_again_is_another_producer(bench):
    if not may_choose_pids():
        lib.skip("choosing pids needs root and a pid namespace")
    collector = bench.collector()
    hosts = bench.start(shutil.which("unshare"), "--pid", "--fork", "--kill-child", "bash", "-c",
                        "exec 3>&1 >/dev/null; " + SCRIPT, "hosts", FIRST, SECOND,
                        env={"ENGINE": os.path.join(lib.BIN, "audiowatch-demo-engine"), "FOLDER": bench.folder})

    def next_host():
        """The pid that it got, once the collector has seen all of it and nothing of the one before stays."""
        count = len(hosts.out)
        hosts.process.stdin.write("\n")
        hosts.process.stdin.flush()
        lib.wait_for("the next host", lambda: len(hosts.out) > count)
        return hosts.out[-1]

    first = hosts.line(r"^\d+$")[0]
    lib.wait_for("the first host's blocks", lambda: collector.scrape().sum("audio_engine_blocks_total") == FIRST)
    second = next_host()
    assert first == second, f"the pids are {first} and {second}"
    seen = lib.wait_for("both hosts' blocks, in one series", lambda: (
        scrape := collector.scrape()).sum("audio_engine_blocks_total") == FIRST + SECOND and scrape)
    assert seen.sum("audiowatch_sessions_started_total") == 2
    assert len(seen.all("audio_engine_blocks_total")) == 1
    lib.wait_for("the dead one is removed and the live one stays", lambda: len(bench.objects()) == 1)
    assert collector.scrape().sum("audio_engine_up") == 1


lib.run(globals())
