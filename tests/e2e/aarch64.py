#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The library for aarch64: it builds with and without LSE, the gate of G1 reads both, and the unit tests of rt/ and shm/
run under qemu-user, producers killed at random instants and their accounts read back among them."""
# timeout: 240

import concurrent.futures
import glob
import os
import re
import shutil
import subprocess

import lib

TOOL = "aarch64-linux-gnu-"
ROOT = "/usr/aarch64-linux-gnu"
PEERS = os.path.join(lib.BUILD, "peers/usr")
CMOCKA = os.path.join(PEERS, "lib/aarch64-linux-gnu/libcmocka.so.0")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-I.", f"-I{lib.BUILD}/gen", "-O2", "-g", "-pthread", "-fPIC", "-fvisibility=hidden",
         "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror", '-DAW_VERSION_STRING="aarch64"']
LIBRARY = [*glob.glob("rt/*.c", root_dir=lib.TOP), "shm/segment.c", "shm/cells.c"]
REAL_TIME = ["rt/clock.c", "rt/publish.c", "rt/publish_shared.c"]

# What qemu-user cannot run, and why.
LEFT_OUT = {
    "rt/test_fork": "its MADV_WIPEONFORK returns 0 and does not wipe",
    "rt/test_kill_step": "it has no ptrace",
    "rt/test_fail": "it has no ptrace",
    "rt/test_life": "it has no PR_SET_CHILD_SUBREAPER, and its MADV_DONTFORK does nothing",
    "rt/test_open": "its own memory takes part when the host's lockable memory runs out: -ENOMEM as often as -EAGAIN",
    "rt/test_quiet": "it loads this machine's library, and qemu's own faults and waits are no news",
    "rt/test_syscalls": "its clock is the slow one, a system call",
}

# function: (its C, what the gate says of it)
BROKEN = {
    "aw_render_end": ("void aw_render_end(volatile int *p) { while (*p) *p += 1; }", "a loop comes back here"),
    "aw_render_begin": ("void aw_render_begin(void) { elsewhere(); __asm__ volatile(\"\"); }", "a call of elsewhere"),
    "aw_render_record": ("void aw_render_record(void) { elsewhere(); }", "a jump out of the function: elsewhere"),
    "aw_channel_begin": ("int aw_channel_begin(void) { return own; }", "thread-local storage"),
    "aw_channel_end": ("void aw_channel_end(_Atomic int *p) { atomic_fetch_add(p, 1); }", "an atomic exchange"),
    "aw_engine_format": ("void aw_engine_format(void) { __asm__ volatile(\"svc 0\"); }", "a system call"),
    "aw_engine_active": ("void aw_engine_active(int *p) { __asm__ volatile(\"ldxr w1, [%0]\" :: \"r\"(p) : \"w1\"); }",
                         "an exclusive access"),
}
HEAD = '#include <stdatomic.h>\n#define RT __attribute__((section("aw_rt_text")))\nextern void elsewhere(void);\n' \
       "extern _Thread_local int own;\n"


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            lib.skip(f"{program} is not installed (make deps GROUP=check)")


def run(*words, env=None):
    """What it printed; fails with that when it failed."""
    ran = subprocess.run(words, cwd=lib.TOP, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, text=True,
                         stderr=subprocess.STDOUT, errors="replace", timeout=120, check=False)
    assert ran.returncode == 0, f"{' '.join(words)}: {ran.returncode}\n{ran.stdout[-4000:]}"
    return ran.stdout


def each(function, items):
    """Its results, two at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


def compiled(folder, sources, *more):
    """The objects of some sources."""
    def one(source):
        made = os.path.join(folder, source.replace("/", "_") + ".o")
        run(f"{TOOL}gcc", *FLAGS, *more, "-c", source, "-o", made)
        return made
    os.makedirs(folder, exist_ok=True)
    return each(one, sources)


def archive(folder, objects):
    made = os.path.join(folder, "libaudiowatch.a")
    run(f"{TOOL}ar", "rcs", made, *objects)
    return made


def gate(*files):
    """(exit status, [line but the last])"""
    ran = subprocess.run([os.path.join(lib.TOP, "tools/checks/gate"), *files], stdout=subprocess.PIPE, text=True, check=False,
                         env={**os.environ, "OBJDUMP": f"{TOOL}objdump"}, timeout=lib.PATIENCE)
    *lines, last = ran.stdout.splitlines()
    assert re.fullmatch(r"gate: (1[5-9]|[2-9]\d) functions, \d+ refusals", last) or files[0].endswith("broken.o"), ran.stdout
    return ran.returncode, lines


def with_lse_all_of_it_is_wait_free_and_without_the_engines_lane_is(bench):
    need(f"{TOOL}gcc", f"{TOOL}objdump")
    with_lse = os.path.join(bench.folder, "lse")
    assert gate(archive(with_lse, compiled(with_lse, LIBRARY, "-march=armv8.1-a"))) == (0, [])

    without = os.path.join(bench.folder, "plain")
    for more, why in (("-moutline-atomics", "a call of __aarch64_(ldadd|swp)"), ("-mno-outline-atomics", "a loop comes back")):
        status, lines = gate(archive(without, compiled(without, REAL_TIME, "-march=armv8-a", more)))
        assert status == 1 and len(lines) >= 4, lines
        refused = [re.search(rf": (aw_\w+)\+0x[0-9a-f]+: {why}", line) for line in lines]
        assert all(refused), lines
        assert {match[1] for match in refused} == {"aw_xrun", "aw_ffi_begin", "aw_ffi_end", "aw_ffi_end_traced"}, lines


def the_shared_library_links_whole(bench):
    need(f"{TOOL}gcc")
    objects = compiled(bench.folder, LIBRARY, "-DAW_BUILD_SHARED", "-O0")
    made = os.path.join(bench.folder, "libaudiowatch.so")
    run(f"{TOOL}gcc", "-pthread", "-shared", "-Wl,-z,now", "-Wl,-z,defs", "-Wl,--version-script=rt/audiowatch.map", "-o", made,
        *objects)
    shown = run(f"{TOOL}nm", "-D", "--defined-only", made)
    assert " T aw_render_begin" in shown and "aw_time_bounds" not in shown, shown


def the_gate_refuses_each_broken_promise_in_this_disassembly(bench):
    need(f"{TOOL}gcc", f"{TOOL}objdump")
    source, made = os.path.join(bench.folder, "broken.c"), os.path.join(bench.folder, "broken.o")
    with open(source, "w", encoding="utf-8") as file:
        file.write(HEAD + "".join(f"RT {code}\n" for code, _ in BROKEN.values()))
    run(f"{TOOL}gcc", "-w", "-O2", "-fPIC", "-march=armv8.1-a", "-c", source, "-o", made)
    status, lines = gate(made)
    assert status == 1
    for name, (_, wanted) in BROKEN.items():
        assert any(f": {name}+" in line and wanted in line for line in lines), (name, lines)


def unit(name, objects, folder):
    """Builds one and runs it: what it printed."""
    made = os.path.join(folder, os.path.basename(name))
    run(f"{TOOL}gcc", *FLAGS, "-O1", "-g0", f"-I{PEERS}/include", f"tests/{name}.c", *objects, CMOCKA, "-lm", "-o", made)
    out = run("qemu-aarch64", "-L", ROOT, "-E", f"LD_LIBRARY_PATH={os.path.dirname(CMOCKA)}", made, env={"AW_RECORDS": "1000000"})
    told = re.search(r"\[  PASSED  \] (\d+) test", out)
    assert told and int(told[1]) > 0 and "SKIPPED" not in out, f"{name}:\n{out}"
    print(f"      {name}: {told[1]} passed", flush=True)
    return out


def is_collectors(path):
    """It, or its header, includes what is not built for aarch64."""
    files = [name for name in (path, path[:-1] + "h") if os.path.exists(os.path.join(lib.TOP, name))]
    return any('#include "collector/' in open(os.path.join(lib.TOP, name), encoding="utf-8").read() for name in files)


def the_unit_tests_of_library_and_segment_pass_under_qemu(bench):
    need(f"{TOOL}gcc", "qemu-aarch64")
    if not os.path.exists(CMOCKA):
        lib.skip(f"{CMOCKA} is not there (make deps GROUP=check)")
    names = [path[len("tests/"):-2] for folder in ("rt", "shm") for path in
             sorted(glob.glob(f"tests/{folder}/test_*.c", root_dir=lib.TOP))]
    assert set(LEFT_OUT) <= set(names), "what is left out is not there"
    sources = [path for folder in ("rt", "shm", "tests/support") for path in glob.glob(f"{folder}/*.c", root_dir=lib.TOP)
               if not is_collectors(path)]
    objects = compiled(bench.folder, sources)
    ran = dict(zip(names, each(lambda name: None if name in LEFT_OUT else unit(name, objects, bench.folder), names)))
    account = re.search(r"(\d+) lives ended, (\d+) were killed", ran["rt/test_account"])
    assert account and int(account[2]) > 0, ran["rt/test_account"]
    for name, why in LEFT_OUT.items():
        print(f"      {name}: left out, qemu-user: {why}")


lib.run(globals())
