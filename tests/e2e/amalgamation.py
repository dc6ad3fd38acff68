#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The two-file amalgamation: four compilers without a flag or a warning, the library's own tests on it, nothing exported,
and nothing at all where the header is inert."""
# timeout: 300

import glob
import os

import lib
import lib_kit as kit

UNIT_LIBRARIES = ["cmocka", "libmicrohttpd", "liburcu-bp", "jansson", "yaml-0.1"]


def compiled(bench, compiler, *flags, name="audiowatch"):
    """The amalgamation's object, by that compiler."""
    out = os.path.join(bench.folder, name + ".o")
    kit.run(*compiler, *flags, "-c", "audiowatch.c", "-o", out, cwd=kit.amalgamation())
    return out


def four_compilers_take_it_without_a_flag_and_without_a_word(bench):
    for compiler, level in kit.pairs(kit.C + kit.CXX, [["-O3", *kit.STRICT], kit.STRICT, []]):
        names = kit.symbols(compiled(bench, compiler, *level), "--defined-only", "--extern-only")
        assert "aw_render_end" in names and all(name.startswith("aw_") for name in names), (compiler, names)


# Tests of instructions, calls and chance, at length: what they hold is held where the code is compiled as it is.
LENGTHY = ("test_kill_step.o", "test_fail.o", "test_account.o", *([] if kit.EVERY else ["test_kill.o", "test_syscalls.o"]))


def unit_tests_pass_on(bench, compiler):
    """Those of tests/rt, with this object in the place of all of rt/: another definition beside it would not link."""
    kit.make("units", "VARIANTS=plain")
    plain = os.path.join(lib.TOP, "build", "plain")
    tests = [test for test in sorted(glob.glob(os.path.join(plain, "tests", "rt", "test_*.o"))) if not test.endswith(LENGTHY)]
    assert len(tests) >= 8, tests
    mine = compiled(bench, compiler, "-O2")
    libraries = kit.run("pkg-config", "--libs", *UNIT_LIBRARIES).split()
    for test in tests:
        program = os.path.join(bench.folder, "unit")
        kit.run("gcc", "-o", program, test, mine, os.path.join(plain, "tested.a"), *libraries, "-lm")
        done = bench.start(program, env={"AUDIOWATCH_PREFIX": ""})
        assert done.wait(120) in (0, 77), (compiler, test, "\n".join(done.out + done.err))


def the_librarys_unit_tests_pass_on_it_in_c(bench):
    unit_tests_pass_on(bench, kit.C[0])


def the_librarys_unit_tests_pass_on_it_in_cxx(bench):
    unit_tests_pass_on(bench, kit.CXX[1])  # the other compiler than in C


PLUGIN = """
#include "audiowatch.h"
#ifdef __cplusplus
extern "C"
#endif
int plugin_entry(void);
int plugin_entry(void)
{
	struct aw_session *session;
	return aw_open(0, &session);
}
"""


def a_plugin_that_holds_it_exports_nothing_of_it(bench):
    for compiler, flags in [(kit.C[0], []), (kit.CXX[1], []), (kit.CXX[0], ["-fvisibility=default"])]:
        held = compiled(bench, compiler, "-fPIC", *flags)
        kit.run(*compiler, "-shared", "-fPIC", "-I", kit.amalgamation(), kit.write(bench, "plugin.c", PLUGIN), "-x", "none", held,
                "-o", os.path.join(bench.folder, "plugin.so"))
        names = kit.symbols(os.path.join(bench.folder, "plugin.so"), "-D", "--defined-only")
        assert "plugin_entry" in names and not [name for name in names if name.startswith("aw_")], (compiler, names)


def it_can_be_a_shared_library_of_its_own(bench):
    held = compiled(bench, kit.C[0], "-fPIC", "-DAW_BUILD_SHARED")
    shared = os.path.join(bench.folder, "libmine.so")
    kit.run("gcc", "-shared", "-o", shared, held)
    names = [name for name in kit.symbols(shared, "-D", "--defined-only") if name.startswith("aw_")]
    assert sorted(names) == sorted(kit.declared()), names


def it_is_empty_where_the_header_is_inert(bench):
    for compiler, flag in kit.pairs(kit.C + kit.CXX, kit.INERT):
        assert kit.symbols(compiled(bench, compiler, flag, *kit.STRICT)) == [], (compiler, flag)
    for compiler in (kit.MINGW_C, kit.MINGW_CXX):
        names = kit.symbols(compiled(bench, compiler, *kit.STRICT))
        assert not [name for name in names if "aw_" in name], (compiler, names)


lib.run(globals())
