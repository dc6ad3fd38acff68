/* SPDX-License-Identifier: MIT */
/* The segment's layout: the ABI between an engine and whoever reads it.
 *
 * One object a session. Everything in it is 64-bit words in the machine's byte order; offsets are computed from
 * the five counts of the header and stored nowhere, so that a reader never follows an offset it was handed.
 * Only the producer writes. Reserved words are 0. docs/architecture.md says why it is cut like this.
 *
 * A change that moves or redefines a word raises AW_ABI_MAJOR; a word added in reserved space raises the minor. */
#ifndef AUDIOWATCH_SHM_LAYOUT_H
#define AUDIOWATCH_SHM_LAYOUT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/order.h"

#define AW_MAGIC UINT64_C(0x3148435457445541) /* "AUDWTCH1" in memory, little endian */
#define AW_ABI_MAJOR 1u
#define AW_ABI_MINOR 0u
#define AW_BYTE_ORDER UINT64_C(0x0102030405060708)

#define AW_PAGE UINT64_C(4096) /* the layout's unit, whatever the machine's page is */
#define AW_LINE 128 /* writer's and reader's words stay this far apart */

enum {
	AW_MAX_ENGINES = 64,
	AW_MAX_CHANNELS = 1024,
	AW_MAX_FUNCTIONS = 256,
	AW_MIN_RING = 64,
	AW_MAX_RING = 65536,
	AW_SHARED_LANES = 4,
	AW_SHARED_RECORDS = 256,
	AW_FLIGHT_SLOTS = 16,
	AW_RECORD_WORDS = 8,
	AW_TIME_CELLS = 879, /* shm/hist.h */
	AW_LOAD_CELLS = 42, /* 0 unknown budget; k in 1..40 is ((k-1)/20, k/20]; 41 above 2 */
	AW_WAKE_CELLS = 18, /* powers of two from 2^-20 s to 2^-4 s, and above */
	AW_CHANNEL_CELLS = 14, /* the thirteen classic bounds to 1 s, and above */
	AW_CHANNEL_LAST = 16,
	AW_XRUN_SOURCES = 3,
	AW_NAME_SIZE = 112, /* with its NUL */
	AW_TITLE_SIZE = 120, /* with its NUL */
	AW_APP_SIZE = 64,
	AW_VERSION_SIZE = 32,
	AW_INSTANCE_SIZE = 64,
	AW_ID_SIZE = 16,
};

enum aw_clock_kind { AW_CLOCK_TICKS, AW_CLOCK_MONOTONIC };
enum aw_header_flags { AW_FLAG_LOCKED = 1, AW_FLAG_FAST_CLOCK = 2 };
enum aw_segment_state { AW_STATE_OPEN = 1, AW_STATE_CLOSED = 2 };

/* Written once at open, before the magic; state alone changes later. */
struct aw_segment_header {
	_Atomic uint64_t magic; /* stored last, with release: everything below is visible with it */
	uint32_t abi_major, abi_minor;
	uint64_t byte_order;
	uint8_t id[AW_ID_SIZE]; /* its hex is the end of the object's name */
	uint64_t size;
	uint32_t engines, channels, functions, ring_records, lanes, lane_records;
	uint64_t pid;
	uint64_t pid_start; /* field 22 of /proc/pid/stat, in clock ticks since boot */
	uint64_t opened_ns; /* CLOCK_REALTIME */
	uint32_t clock_kind, flags;
	uint64_t mult; /* nanoseconds a tick, 32.32 */
	uint64_t base; /* every lane's first index; 0 but in tests */
	_Atomic uint64_t state; /* W: aw_close */
	char app[AW_APP_SIZE], version[AW_VERSION_SIZE], instance[AW_INSTANCE_SIZE];
};

/* High-water marks: slots from here on were never used. changes rises (release) after each change of directory
 * or title, so that a reader looks only then. W: host control, serialised. */
struct aw_used {
	_Atomic uint64_t engines, channels, functions, changes;
};

/* W: the audio thread (begin also by aw_render_pending). One line, so that one publish dirties one line here. */
struct aw_engine_control {
	_Atomic uint64_t intent, head;
	_Atomic uint64_t begin; /* ticks of the render in flight, 0 = none */
	_Atomic uint64_t render_sum_ns, wake_sum_ns;
	_Atomic uint64_t misses, freewheel_blocks;
	_Atomic uint64_t format; /* rate << 32 | frames, as the last render saw it */
	uint64_t reserved[8];
};

/* W: whoever holds the lane's flag (kept in the producer's private memory). */
struct aw_shared_lane {
	_Atomic uint64_t intent, head;
	uint64_t reserved[14];
};

struct aw_contended {
	_Atomic uint64_t count; /* W: any thread; records for which no shared lane was free */
	uint64_t reserved[15];
};

struct aw_flight {
	_Atomic uint64_t start; /* ticks, 0 = free; stored last with release */
	_Atomic uint64_t function; /* index + 1 */
};

enum aw_kind { AW_KIND_FREE, AW_KIND_ENGINE, AW_KIND_CHANNEL, AW_KIND_FUNCTION };

/* W: host control. generation is odd while the rest changes. what = kind | engine << 16 | (parent + 1) << 32 */
struct aw_entry {
	_Atomic uint64_t generation;
	_Atomic uint64_t what;
	_Atomic uint64_t name[AW_NAME_SIZE / 8];
};

struct aw_title {
	_Atomic uint64_t sequence; /* odd while the text changes */
	_Atomic uint64_t text[AW_TITLE_SIZE / 8];
};

/* W: the audio thread. */
struct aw_engine_totals {
	_Atomic uint64_t render[AW_TIME_CELLS], load[AW_LOAD_CELLS], wake[AW_WAKE_CELLS];
	_Atomic uint64_t misuse_begin, misuse_end, clock_backwards;
	uint64_t reserved[2];
};

enum aw_told { AW_NEVER_TOLD, AW_TOLD_NO, AW_TOLD_YES };

/* W: any thread. */
struct aw_any_thread {
	_Atomic uint64_t xrun_reports[AW_XRUN_SOURCES], refused_delays[AW_XRUN_SOURCES];
	_Atomic uint64_t format; /* wanted: rate << 32 | frames */
	_Atomic uint64_t freewheel; /* 0 or 1 */
	_Atomic uint64_t active; /* enum aw_told */
	_Atomic uint64_t host_load; /* per million + 1, 0 = never told */
	uint64_t reserved[6];
};

/* W: one thread at a time. last[block & 15] = block << 32 | min(ns, 2^32 - 1) */
struct aw_channel_totals {
	_Atomic uint64_t cells[AW_CHANNEL_CELLS];
	_Atomic uint64_t sum_ns, misuse;
	_Atomic uint64_t last[AW_CHANNEL_LAST];
};

/* W: any thread. Ended calls are the sum of the cells and are stored nowhere. */
struct aw_function_totals {
	_Atomic uint64_t cells[AW_TIME_CELLS];
	_Atomic uint64_t sum_ns, errors, begun;
	uint64_t reserved[14];
};

/*
 * A record: word 0 = type | flags << 8 | index << 16 | generation << 32 (its low 32 bits); ticks are raw.
 *
 *	          1            2         3                       4              5                      6             7
 *	RENDER    begin ticks  ns        wake-up delay ns or ~0  block          frames | missed << 32  cycle ns      budget
 *	MODE      ticks        rate Hz   frames                  fw|active<<1   next block             0             0
 *	XRUN      ticks        delay ns  source                  block          0                      0             0
 *	FFI       begin ticks  ns        trace bytes 0-7         bytes 8-15     0                      0             0
 *
 * RENDER: cycle ns is the cycle's time so far, budget its ns (0 unknown). MODE: fw is freewheel, active an enum
 * aw_told. XRUN: delay 0 is unknown or refused, source an enum aw_xrun_source. FFI: index is the function's.
 */
enum aw_record_type { AW_RENDER = 1, AW_MODE = 2, AW_XRUN = 3, AW_FFI = 4 };
enum aw_record_flags {
	AW_RENDER_FREEWHEEL = 1,
	AW_RENDER_CLOSES = 2,
	AW_RENDER_MISS = 4,
	AW_FFI_OK = 1,
	AW_FFI_TRACED = 2,
};

struct aw_record {
	uint64_t words[AW_RECORD_WORDS];
};

#define AW_WAKE_UNKNOWN UINT64_MAX

/* The counts decide everything. */
struct aw_counts {
	uint32_t engines, channels, functions, ring_records;
};

/* Byte offsets of the sections. */
struct aw_layout {
	struct aw_counts counts;
	uint64_t control, lanes, contended, flight, directory, titles;
	uint64_t engine_rings, engine_ring_bytes, shared_rings;
	uint64_t totals, any, channels, functions, size;
};

#define AW_HEADER_OFFSET 0
#define AW_USED_OFFSET 512
#define AW_CONTROL_OFFSET 0x1000

static inline uint64_t aw_up(uint64_t offset)
{
	return (offset + AW_PAGE - 1) & ~(AW_PAGE - 1);
}

static inline int aw_counts_valid(const struct aw_counts *n)
{
	return n->engines >= 1 && n->engines <= AW_MAX_ENGINES && n->channels <= AW_MAX_CHANNELS &&
	       n->functions <= AW_MAX_FUNCTIONS && n->ring_records >= AW_MIN_RING &&
	       n->ring_records <= AW_MAX_RING && (n->ring_records & (n->ring_records - 1)) == 0;
}

/* Valid counts only: the sums then stay far below 2^32. */
static inline struct aw_layout aw_layout_of(struct aw_counts n)
{
	struct aw_layout l;

	l.counts = n;
	l.control = AW_CONTROL_OFFSET;
	l.lanes = l.control + sizeof(struct aw_engine_control) * n.engines;
	l.contended = l.lanes + sizeof(struct aw_shared_lane) * AW_SHARED_LANES;
	l.flight = l.contended + sizeof(struct aw_contended);
	l.directory = aw_up(l.flight + sizeof(struct aw_flight) * AW_FLIGHT_SLOTS);
	l.titles = l.directory + sizeof(struct aw_entry) * (n.engines + n.channels + n.functions);
	l.engine_rings = aw_up(l.titles + sizeof(struct aw_title) * n.engines);
	l.engine_ring_bytes = aw_up(sizeof(struct aw_record) * n.ring_records);
	l.shared_rings = l.engine_rings + l.engine_ring_bytes * n.engines;
	l.totals = l.shared_rings + sizeof(struct aw_record) * AW_SHARED_RECORDS * AW_SHARED_LANES;
	l.any = aw_up(l.totals + sizeof(struct aw_engine_totals) * n.engines);
	l.channels = aw_up(l.any + sizeof(struct aw_any_thread) * n.engines);
	l.functions = aw_up(l.channels + sizeof(struct aw_channel_totals) * n.channels);
	l.size = aw_up(l.functions + sizeof(struct aw_function_totals) * n.functions);
	return l;
}

/* The directory holds engines, then channels, then functions. */
static inline uint32_t aw_entry_index(const struct aw_counts *n, enum aw_kind kind, uint32_t index)
{
	return kind == AW_KIND_ENGINE	 ? index
	       : kind == AW_KIND_CHANNEL ? n->engines + index
					 : n->engines + n->channels + index;
}

#define AW_AT(type, member, offset) \
	static_assert(offsetof(struct type, member) == (offset), \
		      #type "." #member " moved: the ABI changed")
#define AW_SIZE(type, size) \
	static_assert(sizeof(struct type) == (size), #type " changed size: the ABI changed")

AW_AT(aw_segment_header, abi_major, 8);
AW_AT(aw_segment_header, abi_minor, 12);
AW_AT(aw_segment_header, byte_order, 16);
AW_AT(aw_segment_header, id, 24);
AW_AT(aw_segment_header, size, 40);
AW_AT(aw_segment_header, engines, 48);
AW_AT(aw_segment_header, channels, 52);
AW_AT(aw_segment_header, functions, 56);
AW_AT(aw_segment_header, ring_records, 60);
AW_AT(aw_segment_header, lanes, 64);
AW_AT(aw_segment_header, lane_records, 68);
AW_AT(aw_segment_header, pid, 72);
AW_AT(aw_segment_header, pid_start, 80);
AW_AT(aw_segment_header, opened_ns, 88);
AW_AT(aw_segment_header, clock_kind, 96);
AW_AT(aw_segment_header, flags, 100);
AW_AT(aw_segment_header, mult, 104);
AW_AT(aw_segment_header, base, 112);
AW_AT(aw_segment_header, state, 120);
AW_AT(aw_segment_header, app, 128);
AW_AT(aw_segment_header, version, 192);
AW_AT(aw_segment_header, instance, 224);
AW_SIZE(aw_segment_header, 288);
AW_AT(aw_used, engines, 0);
AW_AT(aw_used, channels, 8);
AW_AT(aw_used, functions, 16);
AW_AT(aw_used, changes, 24);
AW_AT(aw_engine_control, intent, 0);
AW_AT(aw_engine_control, head, 8);
AW_AT(aw_engine_control, begin, 16);
AW_AT(aw_engine_control, render_sum_ns, 24);
AW_AT(aw_engine_control, wake_sum_ns, 32);
AW_AT(aw_engine_control, misses, 40);
AW_AT(aw_engine_control, freewheel_blocks, 48);
AW_AT(aw_engine_control, format, 56);
AW_SIZE(aw_engine_control, 128);
AW_AT(aw_shared_lane, head, 8);
AW_SIZE(aw_shared_lane, 128);
AW_SIZE(aw_contended, 128);
AW_AT(aw_flight, function, 8);
AW_SIZE(aw_flight, 16);
AW_AT(aw_entry, what, 8);
AW_AT(aw_entry, name, 16);
AW_SIZE(aw_entry, 128);
AW_AT(aw_title, text, 8);
AW_SIZE(aw_title, 128);
AW_AT(aw_engine_totals, load, 7032);
AW_AT(aw_engine_totals, wake, 7368);
AW_AT(aw_engine_totals, misuse_begin, 7512);
AW_AT(aw_engine_totals, misuse_end, 7520);
AW_AT(aw_engine_totals, clock_backwards, 7528);
AW_SIZE(aw_engine_totals, 7552);
AW_AT(aw_any_thread, refused_delays, 24);
AW_AT(aw_any_thread, format, 48);
AW_AT(aw_any_thread, freewheel, 56);
AW_AT(aw_any_thread, active, 64);
AW_AT(aw_any_thread, host_load, 72);
AW_SIZE(aw_any_thread, 128);
AW_AT(aw_channel_totals, sum_ns, 112);
AW_AT(aw_channel_totals, misuse, 120);
AW_AT(aw_channel_totals, last, 128);
AW_SIZE(aw_channel_totals, 256);
AW_AT(aw_function_totals, sum_ns, 7032);
AW_AT(aw_function_totals, errors, 7040);
AW_AT(aw_function_totals, begun, 7048);
AW_SIZE(aw_function_totals, 7168);
AW_SIZE(aw_record, 64);

#endif
