#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tests/abi/strict.py, which knows docs/shm-abi.md alone, on live segments: it reads what was published to the last
word, the same as the collector serves, refuses what the page says, and believes nothing that was written over."""

import json
import math
import os
import struct
import subprocess
import sys

import lib

sys.path.insert(0, os.path.join(lib.TOP, "tests", "abi"))
import reader  # noqa: E402

STRICT, READER = (os.path.join(lib.TOP, "tests", "abi", name) for name in ("strict.py", "reader.py"))
RENDER, MODE, XRUN, FFI = 1, 2, 3, 4
FREEWHEEL, CLOSES, MISS = 1, 2, 4
BOUNDS = reader.time_bounds()
RATE, UNKNOWN, RING = 48000, 2**64 - 1, 256

# (frames, wake-up delay, ns, missed) of each call: bounds and what is just above them, of every kind of cell.
CALLS = [(256 + 256 * (i % 3), UNKNOWN if i % 5 == 0 else (10**9 << i % 19 >> 20) + i % 2, ns + i % 2, 3 * (i % 50 == 7))
         for i, ns in enumerate(each for bound in reader.CLASSIC + BOUNDS[::6] for each in (bound, bound))]

PUBLISHER = """
#include <audiowatch.h>
#include <stdio.h>
static const struct { uint32_t frames; uint64_t late, ns; uint32_t missed; } calls[] = { %s };
static const uint8_t trace[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
int main(void)
{
	struct aw_options o = { .size = sizeof o, .name = "abi test", .version = "9.8", .instance = "left", .max_engines = 3,
		.max_channels = 5, .max_functions = 4, .ring_records = 256 };
	struct aw_session *s; struct aw_engine *m, *side, *gone; struct aw_channel *a, *b, *c, *old; struct aw_function *scan, *call;
	aw_open(&o, &s);
	aw_engine_new(s, "main", &m); aw_engine_new(s, "side", &side); aw_engine_new(s, "gone", &gone);
	aw_channel_new(m, 0, "a", &a); aw_channel_new(m, a, "b", &b); aw_channel_new(side, 0, "c", &c);
	aw_channel_new(side, 0, "old", &old); aw_channel_free(old);
	aw_function_new(s, "scan", &scan); aw_function_new(s, "call", &call);
	aw_engine_title(m, "Bus 1"); aw_engine_format(m, 48000, 256); aw_engine_active(m, true); aw_engine_host_load(m, 250000);
	for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
		if (i < 10) { aw_channel_begin(a); aw_channel_begin(b); aw_channel_end(b); aw_channel_end(a); }
		aw_render_record(m, calls[i].frames, calls[i].late, calls[i].ns, calls[i].missed);
	}
	aw_engine_freewheel(m, true);
	for (int i = 0; i < 3; i++) aw_render_record(m, 64, 5, 1000, 0);
	aw_engine_freewheel(m, false); aw_render_record(m, 256, 0, 0, 0);
	for (int i = 0; i < 10; i++) {
		aw_render_begin(side, 64);
		aw_channel_begin(c); aw_channel_end(c); aw_channel_begin(c); aw_channel_end(c);
		aw_render_end(side);
	}
	aw_render_end(side); aw_channel_end(c); aw_render_begin(side, 64); aw_render_begin(side, 64);
	aw_engine_format(gone, 44100, 128);
	for (int i = 0; i < 5; i++) aw_render_record(gone, 128, UINT64_MAX, 100, 0);
	aw_engine_free(gone); aw_engine_new(s, "gone", &gone);
	for (int i = 0; i < 2; i++) aw_render_record(gone, 128, UINT64_MAX, 100, 0);
	aw_xrun(m, AW_XRUN_JACK, 1234567); aw_xrun(m, AW_XRUN_ALSA, 0); aw_xrun(side, AW_XRUN_HOST, 61000000000);
	aw_xrun(m, (enum aw_xrun_source)7, 5);
	for (int i = 0; i < 7; i++) aw_ffi_end(aw_ffi_begin(scan), i < 5);
	aw_ffi_end_traced(aw_ffi_begin(call), true, trace);
	aw_ffi_begin(call);
	puts("ready"); fflush(stdout); getchar(); aw_close(s);
}
"""


# One engine in a hurry, each of whose records says its own number in five words; its ring is good for some 10 ms.
FLOOD = """
#include <audiowatch.h>
#include <stdio.h>
int main(void)
{
	struct aw_options o = { .size = sizeof o, .ring_records = 8192 };
	struct aw_session *s; struct aw_engine *e;
	aw_open(&o, &s); aw_engine_new(s, "flood", &e);
	for (uint64_t i = 0;; i++) {
		aw_render_record(e, (uint32_t)i, i, i, 0);
		for (volatile int spin = 0; spin < 500; spin++)
			;
		if (i == 20000) { puts("ready"); fflush(stdout); }
	}
}
"""


def run(world, text):
    """The path of the segment of a program, after its line ready."""
    source, program = os.path.join(world.folder, "publisher.c"), os.path.join(world.folder, "publisher")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run(["cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{lib.TOP}/rt", source,
                    f"{lib.LIB}/libaudiowatch.a", "-pthread", "-o", program], check=True, timeout=lib.PATIENCE)
    world.start(program).line("^ready")
    return segment(world)


def publisher(world):
    """Everything there is to publish, published and at rest."""
    return run(world, PUBLISHER % ", ".join(f"{{ {frames}, UINT64_C({late}), UINT64_C({ns}), {missed} }}"
                                            for frames, late, ns, missed in CALLS))


def segment(world):
    (name,) = world.objects()
    return world.path(name)


def read(path, by=STRICT):
    called = subprocess.run([by, path], capture_output=True, text=True, timeout=lib.PATIENCE, check=False)
    assert called.returncode == 0, called.stderr
    return json.loads(called.stdout)


def refusal(path):
    called = subprocess.run([STRICT, path], capture_output=True, text=True, timeout=lib.PATIENCE, check=False)
    assert called.returncode == 1 and called.stdout == "" and called.stderr.startswith(path), called
    return called.stderr[len(path) + 2:].strip()


def cells(values, bounds):
    """By the page: bound[k-1] < v <= bound[k]."""
    return [sum(low < value <= high for value in values)
            for low, high in zip([-1, *bounds], [*bounds, math.inf])]


def load_cell(ns, frames):
    return next((k for k in range(1, 41) if 20 * ns * RATE <= k * frames * 10**9), 41)


def word0(kind, flags, index, generation):
    return kind | flags << 8 | index << 16 | generation << 32


def rendered(calls):
    """The words of main's RENDER records, but for the ticks."""
    for block, (frames, late, ns, missed) in enumerate(calls):
        flags = CLOSES | (MISS if load_cell(ns, frames) > 20 else 0)
        yield [word0(RENDER, flags, 0, 2), ns, late, block, frames | missed << 32, ns, frames * 10**9 // RATE]


def mains_records():
    """All that the engine main put on record, in its order."""
    last = len(CALLS)
    yield [word0(MODE, 0, 0, 2), RATE, 256, 2 << 1, 0, 0, 0]
    yield from rendered(CALLS)
    yield [word0(MODE, 0, 0, 2), RATE, 256, 2 << 1 | 1, last, 0, 0]
    for i in range(3):
        yield [word0(RENDER, FREEWHEEL, 0, 2), 1000, 5, last + i, 64, 0, 0]
    yield [word0(MODE, 0, 0, 2), RATE, 256, 2 << 1, last + 3, 0, 0]
    yield [word0(RENDER, CLOSES, 0, 2), 0, 0, last + 3, 256, 0, 256 * 10**9 // RATE]


def without_ticks(record):
    return [record[2], *record[4:]]


def of_lanes(told, lanes):
    return [record for record in told["records"] if record[0] in lanes]


def an_engine_is_read_to_the_last_word(bench):
    told = read(publisher(bench))
    assert (told["app"], told["version"], told["instance"], told["state"]) == ("abi test", "9.8", "left", 1)
    main, calls = told["engines"][0], [*CALLS, (256, 0, 0, 0)]
    times, lates = [ns for _, _, ns, _ in calls], [late for _, late, _, _ in calls if late != UNKNOWN]
    missed = sum(missed for *_, missed in calls)
    load = [0] * 42
    for frames, _, ns, _ in calls:
        load[load_cell(ns, frames)] += 1
    load[41] += missed
    assert main["render"] == cells(times, BOUNDS) and main["load"] == load
    assert main["wake"] == cells(lates, [10**9 * 2**k // 2**20 for k in range(17)])
    assert main["sums_ns"] == [sum(times), sum(lates)] and main["misses"] == sum(load[21:]) and main["freewheel_blocks"] == 3
    assert main["buckets"] == {str(le): sum(ns <= le for ns in times) for le in reader.CLASSIC[:13]}
    assert (main["name"], main["title"], main["begin"], main["generation"]) == ("main", "Bus 1", 0, 2)
    assert [main[key] for key in ("rate_hz", "frames", "freewheel", "active", "host_load")] == [RATE, 256, 0, 2, 250001]
    assert main["xrun_reports"] == [1, 1, 1] and main["misuse"] == [0, 0] and main["clock_backwards"] == 0

    wanted, found = list(mains_records()), of_lanes(told, [0])
    assert len(wanted) > RING and len(found) == RING, "the ring is to be full"
    assert [record[1] for record in found] == list(range(len(wanted) - RING, len(wanted))), "indices"
    assert [without_ticks(record) for record in found] == wanted[-RING:]


def a_measured_engine_and_a_slot_that_came_back_add_up(bench):
    told = read(publisher(bench))
    _, side, gone = told["engines"]
    records = of_lanes(told, [1])
    times = [record[4] for record in records]
    assert [without_ticks(record) for record in records] == [
        [word0(RENDER, CLOSES, 1, 2), ns, UNKNOWN, block, 64, ns, 0] for block, ns in enumerate(times)] and len(times) == 10
    assert side["render"] == cells(times, BOUNDS) and side["sums_ns"] == [sum(times), 0]
    assert side["load"] == [10] + [0] * 41
    assert side["misuse"] == [1, 1] and side["begin"] > records[-1][3], side["begin"]
    assert side["xrun_reports"] == side["refused_delays"] == [0, 0, 1]

    assert gone["generation"] == 6 and sum(gone["render"]) == 7 and gone["load"][0] == 2 and gone["rate_hz"] == 0
    wanted = [[word0(MODE, 0, 2, 2), 0]] + [[word0(RENDER, CLOSES, 2, 2), block] for block in range(5)] + [
        [word0(RENDER, CLOSES, 2, 6), block] for block in (5, 6)]
    assert [[record[2], record[6]] for record in of_lanes(told, [2])] == wanted


def channels_and_shared_lanes_are_read_to_the_last_word(bench):
    told = read(publisher(bench))
    a, b, c = told["channels"]
    assert [(each["name"], each["engine"], each["parent"], each["misuse"]) for each in (a, b, c)] == [
        ("a", 0, 0, 0), ("b", 0, 1, 0), ("c", 1, 0, 1)]
    for each in (a, b, c):
        times = [word & 0xffffffff for word in each["last"][:10]]
        assert [word >> 32 for word in each["last"]] == [*range(10), *[0] * 6] and sum(times) == each["sum_ns"]
        # the tenth is open: it may still go on
        assert each["cells"] == cells(times[:9], reader.CLASSIC[:13]), each

    shared = sorted(of_lanes(told, range(3, 7)), key=lambda record: record[3])
    xruns, ffi = shared[:4], shared[4:]
    assert [[*record[2:3], *record[4:]] for record in xruns] == [
        [word0(XRUN, 0, 0, 2), 1234567, 0, len(CALLS) + 4, 0, 0, 0], [word0(XRUN, 0, 0, 2), 0, 1, len(CALLS) + 4, 0, 0, 0],
        [word0(XRUN, 0, 1, 2), 0, 2, 10, 0, 0, 0], [word0(XRUN, 0, 0, 2), 5, 2, len(CALLS) + 4, 0, 0, 0]]
    trace = struct.unpack("=2Q", bytes(range(1, 17)))
    flags = [1] * 5 + [0] * 2 + [3]
    assert [record[2] for record in ffi] == [word0(FFI, flag, i > 6, 2) for i, flag in enumerate(flags)]
    assert [record[5:] for record in ffi] == [[0] * 5] * 7 + [[*trace, 0, 0, 0]]
    for function, wanted, records in zip(told["functions"], (("scan", 2, 0), ("call", 0, 1)), (ffi[:7], ffi[7:])):
        times = [record[4] for record in records]
        assert (function["name"], function["errors"], function["in_flight"]) == wanted
        assert function["cells"] == cells(times, BOUNDS) and function["sum_ns"] == sum(times), wanted
    ((start, function),) = told["flights"]
    assert function == 2 and start > ffi[-1][3], "the call that is open"
    assert told["contended"] == 0 and told["published"] == told["unwatched"] + len(told["records"])


def cumulative(counts, ends):
    return [sum(counts[:end]) for end in ends]


def wanted_of_engine(told):
    """[(sample, its own labels, value)]"""
    load, bounds = told["load"], {"0.25": 6, "0.5": 11, "0.7": 15, "0.8": 17, "0.9": 19, "0.95": 20, "1.0": 21, "1.25": 26,
                                  "1.5": 31, "2.0": 41}
    render = "audio_engine_render_time_seconds"
    yield "audio_engine_blocks_total", {}, sum(told["render"]) + told["freewheel_blocks"]
    yield from ((f"{render}_bucket", {"le": int(le) / 1e9}, count) for le, count in told["buckets"].items())
    yield f"{render}_count", {}, sum(told["render"])
    yield f"{render}_sum", {}, told["sums_ns"][0] / 1e9
    yield from (("audio_engine_render_load_ratio_bucket", {"le": float(le)}, sum(load[1:end])) for le, end in bounds.items())
    yield "audio_engine_render_load_ratio_count", {}, sum(load[1:])
    wake = "audio_engine_wakeup_delay_seconds"
    yield from ((f"{wake}_bucket", {"le": 2.0**(k - 20)}, sum(told["wake"][:k + 1])) for k in range(17))
    yield f"{wake}_sum", {}, told["sums_ns"][1] / 1e9
    yield "audio_engine_cycles_total", {}, sum(load)
    yield "audio_engine_deadline_misses_total", {}, told["misses"]
    for i, source in enumerate(("jack", "alsa", "host")):
        yield "audio_engine_xrun_reports_total", {"source": source}, told["xrun_reports"][i]
        yield "audio_engine_xrun_invalid_delays_total", {"source": source}, told["refused_delays"][i]
    yield "audio_engine_sample_rate_hertz", {}, told["rate_hz"] or None
    yield "audio_engine_buffer_frames", {}, told["frames"] or None
    yield "audio_engine_host_load_ratio", {}, (told["host_load"] - 1) / 1e6 if told["host_load"] else None


def wanted_of_function(told):
    yield from (("ffi_call_duration_seconds_bucket", {"le": int(le) / 1e9}, count) for le, count in told["buckets"].items())
    yield "ffi_call_duration_seconds_sum", {}, told["sum_ns"] / 1e9
    yield "ffi_call_duration_seconds_count", {}, sum(told["cells"])
    yield "ffi_calls_total", {}, sum(told["cells"])
    yield "ffi_errors_total", {}, told["errors"]
    yield "ffi_calls_in_flight", {}, told["in_flight"]


def sample(samples, name, labels):
    """Like Samples.get(), with `le` as a number."""
    le = labels.get("le")
    found = [value for has, value in samples.all(name, **{key: value for key, value in labels.items() if key != "le"})
             if le is None or float(has["le"]) == le]
    assert len(found) < 2, (name, labels, found)
    return found[0] if found else None


def compare(samples, told):
    """How many samples of the collector are what the reader read; all must be."""
    compared = 0
    for key, wanted in (("engine", wanted_of_engine), ("function", wanted_of_function)):
        for each in told[key + "s"]:
            for name, labels, value in wanted(each):
                seen = sample(samples, name, {key: each["name"], **labels})
                assert seen == value, f"{name} {key}={each['name']} {labels}: read {value}, served {seen}"
                compared += 1
    for each in told["channels"]:
        engine = told["engines"][each["engine"]]["name"]
        seen = samples.get("audio_channel_cpu_seconds_total", channel=each["name"], engine=engine)
        assert seen == each["sum_ns"] / 1e9, (each["name"], seen)
    return compared


def in_short(told):
    """What the short reader is to print."""
    return dict(
        app=told["app"],
        engines=[dict(name=each["name"], blocks=sum(each["render"]) + each["freewheel_blocks"], cycles=sum(each["load"]),
                      misses=each["misses"], render_ns=each["sums_ns"][0], buckets=each["buckets"]) for each in told["engines"]],
        channels=[dict(name=each["name"], engine=each["engine"], ns=each["sum_ns"]) for each in told["channels"]],
        functions=[dict(name=each["name"], calls=sum(each["cells"]), errors=each["errors"], ns=each["sum_ns"],
                        buckets=each["buckets"]) for each in told["functions"]])


def the_collector_serves_the_same_totals(bench):
    path = publisher(bench)
    collector, told = bench.collector(), read(path)
    samples = lib.wait_for("the collector has read it", lambda: (
        lambda s: s if s.get("audiowatch_records_published_total") == told["published"] else None)(collector.scrape()))
    assert compare(samples, told) > 150
    assert read(path, READER) == in_short(told), "reader.py and strict.py differ"
    assert samples.get("audiowatch_records_delivered_total") == len(told["records"])
    assert samples.get("audiowatch_records_lost_total", reason="unwatched") == told["unwatched"]
    assert samples.sum("audiowatch_records_lost_total") == told["unwatched"]
    misuse = {"render_begin": sum(each["misuse"][0] for each in told["engines"]),
              "render_end": sum(each["misuse"][1] for each in told["engines"]),
              "channel": sum(each["misuse"] for each in told["channels"])}
    assert misuse == {kind: samples.get("audiowatch_api_misuse_total", kind=kind) for kind in misuse}
    backwards = sum(each["clock_backwards"] for each in told["engines"])
    assert samples.sum("audiowatch_source_clock_backwards_total") == backwards
    ((info, _),) = samples.all("audiowatch_source_info")
    assert (info["pid"], info["version"], info["abi"]) == (str(told["pid"]), "9.8", "1.0"), info
    assert len(samples.all("audio_engine_info", title="Bus 1", engine="main")) == 1


def what_is_read_while_it_is_written_is_whole(bench):
    bench.engine("--engines", 2, "--channels", 2, "--rate", 48000, "--frames", 64, "--load", 0.01, "--ffi", 500)
    seen = 0
    for _ in range(10):
        told = read(segment(bench))
        for lane, each in enumerate(told["engines"]):
            records = [record for record in of_lanes(told, [lane]) if record[2] & 0xff == RENDER]
            assert [record[6] for record in records] == list(range(records[0][6], records[0][6] + len(records)))
            assert sum(each["render"]) > records[-1][6], "totals come before their record"
            seen += len(records)
        calls = of_lanes(told, range(2, 6))
        assert all(record[2] & 0xff == FFI and record[2] >> 16 & 0xffff == 0 for record in calls)
        assert sum(told["functions"][0]["cells"]) >= len(calls), "fewer calls than records of them"
    assert seen > 100


def a_ring_that_is_lapped_while_it_is_read_gives_whole_records_alone(bench):
    path, seen, cut = run(bench, FLOOD), [], []
    while len(seen) < 8 or not any(seen) or not any(cut):
        records = read(path)["records"]
        assert all(record[1] == record[4] == record[5] == record[6] and record[7] == record[1] % 2**32 for record in records)
        seen.append(len(records))
        cut.append(len(records) < 8192)
        assert len(seen) < 60, f"records seen {seen}: nothing was tried"


def copy_of(bench, path, *patches):
    """A copy of a segment under a name of its own, with its id and (offset, format, value) patched."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    identity = os.urandom(16)
    for offset, kind, value in ((24, "16s", identity), *patches):
        struct.pack_into("=" + kind, data, offset, value)
    path = bench.path(bench.name(identity.hex()))
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)
    return path


def the_page_refuses_what_it_must(bench):
    path = publisher(bench)
    at = reader.layout(3, 5, 4, RING)
    line = at["control"]
    for reason, *patch in (
        ("newborn", 0, "Q", 0), ("magic or byte order", 0, "Q", 1), ("magic or byte order", 16, "Q", 0x0807060504030201),
        ("ABI 2, this reads 1", 8, "I", 2), ("id", 24, "16s", bytes(16)), ("size", 40, "Q", 4096), ("counts", 48, "I", 65),
        ("counts", 48, "I", 0), ("counts", 52, "I", 1025), ("counts", 56, "I", 257), ("counts", 60, "I", 96),
        ("counts", 60, "I", 32), ("size", 60, "I", 128), ("size", 48, "I", 2), ("lanes", 64, "I", 5), ("lanes", 68, "I", 255),
        ("header", 96, "I", 2), ("header", 104, "Q", 0), ("header", 120, "Q", 3), ("header", 128, "64s", b"x" * 64),
        ("used marks", 512, "Q", 4), ("a lane that cannot be", line, "Q", 5), ("a lane that cannot be", line + 8, "Q", 1 << 48),
        ("totals that cannot be", at["totals"], "Q", 1 << 48), ("totals that cannot be", line + 24, "Q", 1 << 62),
        ("in the middle of a change", at["directory"], "Q", 3), ("in the middle of a change", at["titles"], "Q", 1),
        ("a directory that cannot be", at["directory"] + 8, "Q", 2),
        ("a directory that cannot be", at["directory"] + 8, "Q", 1 | 3 << 16),
        ("a parent that cannot be", at["directory"] + 8, "Q", 1 | 1 << 32),
        ("a parent that cannot be", at["directory"] + 3 * 128 + 8, "Q", 2 | 1 << 32),
    ):
        assert refusal(copy_of(bench, path, patch)) == reason, (reason, patch)
    assert read(copy_of(bench, path, (12, "I", 7), (100, "I", 0xff), (300, "Q", 1)))["state"] == 1, "a minor is no reason"
    copied = copy_of(bench, path)
    os.chmod(copied, 0o644)
    assert refusal(copied) == "mode"
    os.truncate(path := copy_of(bench, path), 8192)
    assert refusal(path) == "size"


def what_was_written_over_is_not_believed(bench):
    path = publisher(bench)
    told, at = read(path), reader.layout(3, 5, 4, RING)
    head = of_lanes(told, [0])[-1][1] + 1
    for ahead in (0, 1, 40, RING - 1, RING, RING + 9):
        copied = copy_of(bench, path, (at["control"], "Q", head - 1 + ahead))
        kept = read(copied)
        assert of_lanes(kept, [0]) == of_lanes(told, [0])[ahead:], f"intent {ahead} ahead"
        (row,) = [row for row in bench.segments() if bench.path(row["object"]) == copied]
        assert (row["delivered"], row["lapped"]) == (len(kept["records"]), min(ahead, RING)), row
    copied = copy_of(bench, path, (at["engine_rings"] + 64 * (head - 1 & RING - 1), "Q", word0(XRUN, 0, 0, 2)))
    assert of_lanes(read(copied), [0]) == of_lanes(told, [0])[:-1], "an xrun in an engine's ring"


lib.run(globals())
