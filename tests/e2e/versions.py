#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Two plugins that embed different versions of the archive, in one host that loads both RTLD_GLOBAL: each runs its own."""
# timeout: 300

import os
import re
import shutil

import lib
import lib_kit as kit

PLUGIN = """
#include "audiowatch.h"

static struct aw_session *session;

void play(void);
void play(void)
{
	struct aw_options options = AW_OPTIONS_INIT;
	struct aw_engine *engine;
	struct aw_function *function;

	options.name = NAME;
	options.version = "first";
	aw_open(&options, &session);
	aw_engine_new(session, "main", &engine);
	aw_function_new(session, "call", &function);
	for (int i = 0; i < 3; i++) {
		aw_render_begin(engine, 64);
		aw_render_end(engine);
	}
	aw_xrun(engine, AW_XRUN_HOST, 0);
	aw_ffi_end(aw_ffi_begin(function), 0);
}

void stop(void);
void stop(void)
{
	aw_close(session);
}
"""

HOST = """
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *plugins[2];

	for (int i = 0; i < argc - 1; i++)
		if (!(plugins[i] = dlopen(argv[1 + i], RTLD_NOW | RTLD_GLOBAL)))
			return puts(dlerror()), 1;
	for (int i = 0; i < argc - 1; i++)
		((void (*)(void))dlsym(plugins[i], "play"))();
	puts("ready");
	fflush(stdout);
	getchar();
	for (int i = 0; i < argc - 1; i++)
		((void (*)(void))dlsym(plugins[i], "stop"))();
	return 0;
}
"""

# What makes the second version another one: file, what stands there, what it says instead.
MARKS = [
    ("rt/setup.c", r"AW_VERSION_SIZE, options->version\)", 'AW_VERSION_SIZE, "second")'),
    ("rt/publish.c", r"(totals->render\[aw_time_cell\(call->ns\)\]), 1\)", r"\1, 1000)"),
    ("rt/publish_shared.c", r"(xrun_reports\[reporter\]), 1\)", r"\1, 1000)"),
    ("rt/publish_shared.c", r"(totals->errors), 1\)", r"\1, 1000)"),
]


def tree(bench, name, marks):
    """A copy of what the archive is made of."""
    top = os.path.join(bench.folder, name)
    for part in ("Makefile", "rt", "shm", "tools"):
        copy = shutil.copytree if os.path.isdir(os.path.join(lib.TOP, part)) else shutil.copy
        os.makedirs(top, exist_ok=True)
        copy(os.path.join(lib.TOP, part), os.path.join(top, part))
    for file, was, now in marks:
        with open(os.path.join(top, file), encoding="utf-8") as source:
            text, count = re.subn(was, now, source.read())
        assert count == 1, (file, was, count)
        with open(os.path.join(top, file), "w", encoding="utf-8") as source:
            source.write(text)
    return top


def archive(bench, name, marks=(), flags=""):
    top = tree(bench, name, marks)
    kit.run("make", "-s", "-C", top, f"CFLAGS=-O0 -g0 {flags}", "build/lib/libaudiowatch.a", seconds=240)
    return os.path.join(top, "build", "lib", "libaudiowatch.a")


def plugin(bench, name, embedded):
    path = os.path.join(bench.folder, name + ".so")
    kit.run("gcc", "-std=c11", *kit.STRICT, f'-DNAME="{name}"', "-shared", "-fPIC", "-I", kit.HEADERS, "-o", path,
            kit.write(bench, "plugin.c", PLUGIN), embedded)
    return path


def told(bench, *plugins):
    """What a host of these plugins publishes: {app: (version, blocks, xruns, errors)}."""
    host = os.path.join(bench.folder, "host")
    kit.run("gcc", "-o", host, kit.write(bench, "host.c", HOST), "-ldl")
    held = kit.Held(bench, host, *plugins)
    rows = {row["app"]: (row["version"], row["blocks"], row["xrun_reports"], row["errors"]) for row in held.rows()}
    held.end()
    return rows


ONE, TWO = ("first", 3, 1, 1), ("second", 3000, 1000, 1000)


def each_of_two_versions_in_one_process_runs_its_own_code(bench):
    one = plugin(bench, "one", kit.ARCHIVE)
    two = plugin(bench, "two", archive(bench, "marked", MARKS))
    for path in (one, two):
        names = kit.symbols(path, "-D")
        assert "play" in names and not [name for name in names if name.startswith("aw_")], names
    assert told(bench, one, two) == {"one": ONE, "two": TWO}
    assert told(bench, two, one) == {"one": ONE, "two": TWO}


def they_would_not_if_the_archive_showed_its_functions(bench):
    """That the host above is one in which it matters."""
    one = plugin(bench, "one", archive(bench, "visible", flags="-DAW_BUILD_SHARED"))
    two = plugin(bench, "two", archive(bench, "visible.marked", MARKS, flags="-DAW_BUILD_SHARED"))
    assert told(bench, one, two) == {"one": ONE, "two": ONE}


lib.run(globals())
