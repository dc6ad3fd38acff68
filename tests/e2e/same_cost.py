#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G7: whatever becomes of the collector, publishing executes the same instructions: counted, not timed, with a
collector that lives, none, a stopped one, one that is killed midway, and one whose ring is lapped."""
# timeout: 240

import os
import re
import shutil
import signal
import subprocess

import lib

HALF, SMALL_RING = 1000, 64
PROGRAM = r"""
#include <audiowatch.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	const struct aw_options options = { .size = sizeof options, .ring_records = argc > 1 ? atoi(argv[1]) : 0 };
	struct aw_session *session;
	struct aw_engine *engine;
	struct aw_channel *channel;
	struct aw_function *function;

	if (aw_open(&options, &session) || aw_engine_new(session, "main", &engine) ||
	    aw_channel_new(engine, 0, "bus", &channel) || aw_function_new(session, "load", &function))
		return 1;
	aw_engine_format(engine, 48000, 64);
	for (int half = 0; half < 2; half++) {
		printf("half %%d\n", half);
		fflush(stdout);
		getchar();
		for (int i = 0; i < %d; i++) {
			aw_render_begin(engine, 64);
			aw_channel_begin(channel);
			aw_channel_end(channel);
			aw_render_end(engine);
			aw_xrun(engine, AW_XRUN_HOST, 1000);
			aw_ffi_end(aw_ffi_begin(function), true);
		}
	}
	aw_close(session);
}
""" % HALF


def built(folder):
    program = os.path.join(folder, "publish")
    subprocess.run(["gcc", "-O2", "-x", "c", "-", "-I", os.path.join(lib.TOP, "rt"), "-x", "none",
                    os.path.join(lib.LIB, "libaudiowatch.a"), "-pthread", "-o", program],
                   input=PROGRAM, text=True, check=True, timeout=lib.PATIENCE)
    return program


def instructions(bench, *program, midway=lambda: None):
    """Executed within publishing, over both halves."""
    counted = bench.start(shutil.which("valgrind") or lib.skip("valgrind is not installed"), "--tool=callgrind",
                          f"--callgrind-out-file={bench.folder}/callgrind.out",
                          *(f"--toggle-collect=aw_{name}" for name in ("render_*", "channel_begin", "channel_end", "xrun", "ffi_*")),
                          *program)
    for half, disturb in enumerate((lambda: None, midway)):
        counted.line(f"^half {half}$")
        disturb()
        counted.process.stdin.write("\n")
        counted.process.stdin.flush()
    assert counted.wait() == 0, counted.log()
    return int(re.search(r"Collected : (\d+)", counted.log())[1])


def stop_once_it_has_read(collector):
    lib.wait_for("it has read the first half", lambda: collector.scrape().sum("audio_engine_blocks_total") == HALF)
    collector.send(signal.SIGSTOP)


def publishing_executes_the_same_instructions_whatever_the_collector_does(bench):
    program = built(bench.folder)
    absent = instructions(bench, program)
    collector = bench.collector()
    counts = {"live": instructions(bench, program)}
    lib.wait_for("the collector has read it", lambda: collector.scrape().sum("audio_engine_blocks_total") == 2 * HALF)
    collector.send(signal.SIGSTOP)
    counts["stopped"] = instructions(bench, program)
    collector.send(signal.SIGCONT)
    counts["killed"] = instructions(bench, program, midway=collector.kill)
    collector = bench.collector()
    counts["lapped"] = instructions(bench, program, SMALL_RING, midway=lambda: stop_once_it_has_read(collector))
    collector.send(signal.SIGCONT)
    lost = lib.wait_for("the collector has lost some", lambda: collector.scrape().get("audiowatch_records_lost_total", reason="lapped"))
    assert lost > HALF, lost
    print(f"absent {absent}, {counts}")
    assert absent > 2 * HALF * 300
    for state, count in counts.items():
        # a time's cell may cost an instruction more or less; one branch of ours would cost 12 000
        assert abs(count - absent) <= absent / 10000, f"{state}: {count} instructions, without a collector {absent}"


lib.run(globals())
