#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""audiowatch.hpp: what its guards publish, for whom they compile, and that the switched-off headers leave nothing behind."""
# timeout: 300

import os

import lib
import lib_kit as kit

# One of everything, also handed over; portable, so that the same text is what the inert builds compile.
GUARDS = """
#include "audiowatch.hpp"

#include <cstdio>
#include <thread>
#include <type_traits>
#include <utility>

static_assert(std::is_nothrow_move_constructible<aw::session>::value && std::is_nothrow_move_assignable<aw::session>::value &&
	      !std::is_copy_constructible<aw::session>::value, "a session has one owner");
static_assert(!std::is_move_constructible<aw::render>::value && !std::is_move_constructible<aw::channel_scope>::value,
	      "a span ends where it began");
static_assert(std::is_nothrow_move_constructible<aw::ffi>::value && !std::is_copy_constructible<aw::ffi>::value,
	      "a call ends once");

static void play(aw_engine *engine, aw_channel *channel)
{
	for (int i = 0; i < 3; i++) {
		aw::render r{engine, 64};
		aw::channel_scope c{channel};
	}
	aw::render late{engine, 64, 1500};
}

static void call(aw_function *function)
{
	aw::ffi good{function};
	aw::ffi bad{function};
	bad.fail();
	aw::ffi moved{std::move(bad)};
	moved.fail();
	aw::ffi elsewhere{function};
	std::thread([held = elsewhere.release()] { aw::ffi{held}.fail(); }).join();
	aw::ffi early{function};
	early.end();
	const std::uint8_t trace[16] = {1};
	aw::ffi{function}.end_traced(trace);
}

int main()
{
	int error = 1;
	aw_options options = AW_OPTIONS_INIT;
	options.name = "guards";
	aw::session opened = aw::session::open(&options, &error);
	aw::session session;
	if (session || session.engine("none") || session.function("none"))
		return 2;
	session = std::move(opened);
	if (opened || opened.get() || bool(session) != !error)
		return 3;
	aw_engine *engine = session.engine("main");
	play(engine, aw::channel(engine, "track", aw::channel(engine, "bus")));
	call(session.function("call"));
	std::puts("ready");
	std::fflush(stdout);
	std::getchar();
	session.close();
	session.close();
	return session ? 4 : 0;
}
"""
PLAIN = GUARDS.replace("#include <thread>\n", "").replace("std::thread([held = elsewhere.release()] { aw::ffi{held}.fail(); }).join();",
                                                         "aw::ffi{elsewhere.release()}.fail();")
NO_RUNTIME = ["-fno-exceptions", "-fno-rtti"]

IN_C = """
#include "audiowatch.h"

int main(void)
{
	struct aw_options options = AW_OPTIONS_INIT;
	struct aw_session *session;
	struct aw_engine *engine;
	struct aw_function *function;

	(void)aw_open(&options, &session);
	(void)aw_engine_new(session, "main", &engine);
	(void)aw_function_new(session, "call", &function);
	aw_engine_format(engine, 48000, 64);
	aw_render_begin(engine, 64);
	aw_render_end(engine);
	aw_xrun(engine, AW_XRUN_HOST, 0);
	aw_ffi_end(aw_ffi_begin(function), true);
	aw_close(session);
	return session != 0;
}
"""


def guards_publish_what_they_stand_around(bench):
    collector = bench.collector()
    for compiler in kit.CXX:
        program = os.path.join(bench.folder, "guards")
        kit.run(*compiler, *kit.STRICT, *NO_RUNTIME, "-Wold-style-cast", "-pthread", "-I", kit.HEADERS,
                kit.write(bench, "guards.cpp", GUARDS), "-x", "none", kit.ARCHIVE, "-o", program)
        held = kit.Held(bench, program)
        (row,) = held.rows()
        told = [row[key] for key in ("app", "engines", "channels", "functions", "blocks", "calls", "errors")]
        assert told == ["guards", 1, 2, 1, 4, 5, 2], row
        lib.wait_for("the collector has one late block",
                     lambda: collector.scrape().get("audio_engine_wakeup_delay_seconds_count", app="guards") == 1)
        held.end()
        collector.stop()
        collector = bench.collector()


def they_do_nothing_where_nothing_is_open(bench):
    program = os.path.join(bench.folder, "guards")
    kit.run(*kit.CXX[0], *kit.STRICT, "-pthread", "-I", kit.HEADERS, kit.write(bench, "guards.cpp", GUARDS), "-x", "none",
            kit.ARCHIVE, "-o", program)
    held = kit.Held(bench, program, env={"AUDIOWATCH_DISABLE": "1"})
    assert held.rows() == []
    held.end()


def a_plugin_shows_nothing_of_its_guards(bench):
    text = GUARDS.replace("int main()", "static aw::session kept = aw::session::open();\n\nextern \"C\" int play();\nint play()")
    for compiler, level in kit.pairs(kit.CXX, ["-O0", "-O2"]):
        plugin = os.path.join(bench.folder, "guards.so")
        kit.run(*compiler, *kit.STRICT, level, "-shared", "-fPIC", "-pthread", "-I", kit.HEADERS,
                kit.write(bench, "plugin.cpp", text), "-x", "none", kit.ARCHIVE, "-o", plugin)
        shown = kit.symbols(plugin, "-D", "--defined-only")
        assert "play" in shown and not [name for name in shown if name.startswith(("aw_", "_ZN2aw", "_ZNK2aw"))], (compiler, level, shown)


HALF = """
#include "audiowatch.hpp"

int NAME();
int NAME()
{
	aw::session session = aw::session::open();
	return session ? 1 : 0;
}
"""
WHOLE = r"""
#include <cstdio>

int on();
int off();

int main()
{
	std::printf("%d %d\n", on(), off());
}
"""


def a_program_may_switch_off_some_of_its_files(bench):
    for compiler in kit.CXX:
        objects = []
        for name, text, flags in (("on", HALF, ["-DNAME=on"]), ("off", HALF, ["-DNAME=off", "-DAW_DISABLE"]), ("whole", WHOLE, [])):
            objects.append(os.path.join(bench.folder, name + ".o"))
            kit.run(*compiler, *kit.STRICT, *flags, "-O0", "-I", kit.HEADERS, "-c", kit.write(bench, name + ".cpp", text),
                    "-o", objects[-1])
        for order in (objects, objects[::-1]):
            program = os.path.join(bench.folder, "mixed")
            kit.run(compiler[0], *order, kit.ARCHIVE, "-pthread", "-o", program)
            mixed = bench.start(program)
            assert mixed.wait() == 0 and mixed.out == ["1 0"], (compiler, order, mixed.out)


def inert(bench, compiler, text, *flags):
    """Compiles and links without the library; no symbol of it may be asked for, and none of it be there."""
    source, out = kit.write(bench, "inert.src", text), os.path.join(bench.folder, "inert.exe")
    languages = [] if "c++" in compiler else ["-x", "c"]
    kit.run(*compiler, *languages, *kit.STRICT, *flags, "-I", kit.HEADERS, source, "-O1", "-c", "-o", out + ".o")
    names = [name for name in kit.symbols(out + ".o") if name.startswith("aw_")]
    assert names == [], (compiler, flags, names)
    kit.run(compiler[0], out + ".o", "-o", out)
    return out


def switched_off_headers_leave_no_symbol(bench):
    for compiler, flag in kit.pairs(kit.C, kit.INERT):
        assert not bench.start(inert(bench, compiler, IN_C, flag)).wait()
    for compiler, flag in kit.pairs(kit.CXX, kit.INERT):
        kit.Held(bench, inert(bench, compiler, PLAIN, flag, *NO_RUNTIME)).end()


def another_system_needs_no_flag(bench):
    inert(bench, kit.MINGW_C, IN_C)
    inert(bench, kit.MINGW_CXX, PLAIN, *NO_RUNTIME)


lib.run(globals())
