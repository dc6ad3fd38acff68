#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G8: a host may load the library, publish, close and unload it ten thousand times beside a collector that reads: no
thread, key, descriptor, mapping or segment stays."""
# timeout: 300

import _ctypes
import ctypes
import multiprocessing
import os

import lib

HOSTS, CYCLES = 4, 2500
LIBRARY = os.path.join(lib.LIB, "libaudiowatch.so")
libc = ctypes.CDLL(None)


def lines_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line.rsplit(maxsplit=1)[-1] for line in file]


def free_keys():
    """How many thread keys this process can still make."""
    keys, key = [], ctypes.c_uint()
    while libc.pthread_key_create(ctypes.byref(key), None) == 0:
        keys.append(key.value)
    for made in keys:
        libc.pthread_key_delete(made)
    return len(keys)


def held(prefix):
    """What a process may leak; of its mappings those that are ours, by name or by the flag that wipes them in a child."""
    with open("/proc/self/smaps", encoding="utf-8", errors="replace") as file:
        ours = sum("libaudiowatch" in line or prefix in line or line.startswith("VmFlags:") and " wf" in line for line in file)
    return {"threads": len(os.listdir("/proc/self/task")), "descriptors": len(os.listdir("/proc/self/fd")),
            "keys": free_keys(), "mappings": ours}


def cycle():
    """As a host does with a plugin that has the library."""
    library = ctypes.CDLL(LIBRARY)
    session, engine = ctypes.c_void_p(), ctypes.c_void_p()
    assert library.aw_open(None, ctypes.byref(session)) == 0
    assert library.aw_engine_new(session, b"main", ctypes.byref(engine)) == 0
    for _ in range(3):
        library.aw_render_begin(engine, 64)
        library.aw_render_end(engine)
    library.aw_close(session)
    _ctypes.dlclose(library._handle)


def load_and_unload(environment, answers):
    os.environ.update(environment)
    try:
        cycle()
        before = held(environment["AUDIOWATCH_PREFIX"])
        for _ in range(CYCLES):
            cycle()
        answers.put((before, held(environment["AUDIOWATCH_PREFIX"])))
    except BaseException as error:  # the parent waits for an answer
        answers.put((None, repr(error)))
        raise


def ten_thousand_loads_leave_nothing_behind(bench):
    collector = bench.collector()
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    hosts = [context.Process(target=load_and_unload, args=(bench.env, answers), daemon=True) for _ in range(HOSTS)]
    for host in hosts:
        host.start()
    told = [answers.get(timeout=240) for _ in hosts]
    for host in hosts:
        host.join(lib.PATIENCE)
    for before, after in told:
        assert before == after and before["mappings"] == 0 and before["keys"] > 0, f"before {before}, after {after}"
    assert bench.objects() == []
    started = collector.scrape().sum("audiowatch_sessions_started_total")
    print(f"the collector saw {started:.0f} of {HOSTS * (CYCLES + 1)} sessions")
    assert 0 < started <= HOSTS * (CYCLES + 1)


lib.run(globals())
