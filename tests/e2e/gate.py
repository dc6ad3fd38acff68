#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The gate of G1 refuses what it must, and names it: each function below breaks the promise in one way."""

import os
import re
import subprocess
import tempfile

import lib

GATE = os.path.join(lib.TOP, "tools", "checks", "gate")
HEAD = '#include <stdatomic.h>\n#include <stdint.h>\n#define RT __attribute__((section("aw_rt_text")))\n' \
       "extern uint64_t aw_ticks_slow(void);\nextern void elsewhere(void);\nextern _Thread_local int own;\n"
TAIL = '__attribute__((noinline, noclone)) '
# function: (its C, what the gate says of it; None: nothing)
CASES = {
    "aw_render_end": ("void aw_render_end(volatile int *p) { while (*p) *p += 1; }", "a loop comes back here"),
    "aw_render_begin": ("void aw_render_begin(void) { elsewhere(); __asm__ volatile(\"\"); }", "a call of elsewhere"),
    "aw_render_record": ("void aw_render_record(void) { elsewhere(); }", "a jump out of the function: elsewhere"),
    "aw_render_pending": ("void aw_render_pending(void (*f)(void)) { f(); __asm__ volatile(\"\"); }", "a call of"),
    "aw_channel_begin": ("int aw_channel_begin(void) { return own; }", "thread-local storage"),
    "aw_channel_end": ("void aw_channel_end(_Atomic int *p) { atomic_fetch_add(p, 1); }", "a locked instruction"),
    "aw_engine_active": ("void aw_engine_active(_Atomic int *p) { atomic_exchange(p, 1); }", "an exchange with memory"),
    "aw_engine_format": ("void aw_engine_format(void) { __asm__ volatile(\"syscall\"); }", "a system call"),
    "aw_engine_freewheel": ("void aw_engine_freewheel(void) { __asm__ volatile(\"rep stosb\"); }", "an instruction that repeats"),
    "aw_engine_host_load": ("void aw_engine_host_load(void) { __builtin_unreachable(); }", "the function runs on into the next"),
    "aw_render_begin_late": ("uint64_t aw_render_begin_late(void) { return aw_ticks_slow() + 1; }", None),
    "aw_xrun": ("void aw_xrun(_Atomic int *p) { atomic_exchange(p, 1); atomic_fetch_add(p, 1); }", None),
    "aw_ffi_begin": ("int aw_ffi_begin(volatile int *p) { return *p ? *p : 3; }", None),
    "aw_ffi_end": (TAIL + "void away(volatile int *p); RT void aw_ffi_end(volatile int *p) { away(p); }\n"
                   "RT void away(volatile int *p) { if (*p) aw_ffi_end(p + 1); }", "jumps come back to"),
    "aw_more_rare": (TAIL + "int rare(volatile int *p) { return ++*p; }\n"
                          "RT int aw_more_rare(volatile int *p) { return *p > 7 ? rare(p) : 1; }", None),
    "aw_more_locked": (TAIL + "int aw_ffi_x(_Atomic int *p) { return atomic_exchange(p, 1); }\n"
                      "RT int aw_more_locked(_Atomic int *p) { return aw_ffi_x(p); }", "which may lock"),
}
NOT_THERE = ["aw_ffi_end_traced"]


def gate(*files):
    ran = subprocess.run([GATE, *files], capture_output=True, text=True, timeout=lib.PATIENCE, check=False)
    return ran.returncode, ran.stdout


def broken():
    """An object with every case, and what the gate says of each function."""
    with tempfile.TemporaryDirectory() as room:
        source, built = os.path.join(room, "broken.c"), os.path.join(room, "broken.o")
        with open(source, "w", encoding="utf-8") as file:
            file.write(HEAD + "".join(f"RT {code}\n" for code, _ in CASES.values()))
        subprocess.run(["gcc", "-w", "-O2", "-fPIC", "-mtls-direct-seg-refs", "-c", source, "-o", built],
                       check=True, timeout=lib.PATIENCE)
        status, out = gate(built)
    return status, {name: re.findall(rf": {name}\b[^:]*: (.*)", out) for name in [*CASES, *NOT_THERE]}


def each_way_to_break_the_promise_is_refused_and_named(bench):
    if os.uname().machine != "x86_64":
        lib.skip("the cases are written for x86-64")
    status, said = broken()
    assert status == 1
    for name, (_, wanted) in CASES.items():
        assert any(wanted in line for line in said[name]) if wanted else not said[name], f"{name}: {said[name]}"
    for name in NOT_THERE:
        assert said[name] == ["not in aw_rt_text"], f"{name}: {said[name]}"


def the_library_passes_and_nothing_inspected_does_not(bench):
    status, out = gate(os.path.join(lib.LIB, "libaudiowatch.a"))
    assert status == 0 and re.search(r"^gate: (1[5-9]|[2-9]\d) functions, 0 refusals$", out, re.M), out
    assert gate()[0] == 1
    assert gate(__file__)[0] == 1


lib.run(globals())
