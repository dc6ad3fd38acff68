/* SPDX-License-Identifier: MIT */
/* The list of contenders, in the order they are told, and how memory is taken out of the caches. */
#include "tools/bench/publish_contender.h"

#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

const struct publish_entry publish_entries[PUBLISH_CONTENDERS] = {
	{ &publish_bare, "bare", "two bare clock reads", NULL },
	{ &publish_clock, "clock", "two clock_gettime", NULL },
	{ &publish_render, "render", "aw_render_begin, aw_render_end", NULL },
	{ &publish_channel, "channel", "aw_channel_begin, aw_channel_end", NULL },
	{ &publish_xrun, "xrun", "aw_xrun", NULL },
	{ &publish_ffi, "ffi", "aw_ffi_begin, aw_ffi_end", NULL },
	{ &publish_ffi_apart, "ffi-apart", "the same, of two threads on two functions", NULL },
	{ &publish_ffi_same, "ffi-same", "the same, of two threads on one function", NULL },
	{ &publish_lttng, "lttng", "LTTng-UST, two tracepoints", "liblttng-ust-dev" },
	{ &publish_histogram, "prometheus-histogram",
	  "prometheus-cpp, two clock reads and Histogram::Observe", "prometheus-cpp-dev" },
	{ &publish_gauge, "prometheus-gauge", "prometheus-cpp, two clock reads and Gauge::Set",
	  "prometheus-cpp-dev" },
	{ &publish_jack, "jack-ring", "jack_ringbuffer_write, 64 bytes", NULL },
	{ &publish_ck, "ck-ring", "ck_ring_enqueue_spsc, 64 bytes", "libck-dev" },
	{ &publish_queue, "mutex-queue", "64 bytes into a queue under a mutex", NULL },
	{ &publish_span, "mutex-span", "two clock reads, 64 bytes into that queue", NULL },
};

#if defined(__x86_64__)
enum { LINE_BYTES = 64 };

void publish_flush(const struct publish_range *ranges, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		for (uint64_t at = 0; at < ranges[i].size_bytes; at += LINE_BYTES)
			_mm_clflush((const char *)ranges[i].from + at);
	_mm_mfence();
	_mm_lfence();
}
#else
/* `dc civac` needs a kernel's leave here, so everything is driven out by walking through more than caches hold. The
 * room is the process's, taken once and never given back. */
enum { LINE_BYTES = 64, ROOM_BYTES = 32 << 20 };

void publish_flush(const struct publish_range *ranges, unsigned count)
{
	static volatile char room[ROOM_BYTES];

	(void)ranges;
	for (size_t at = 0; count && at < ROOM_BYTES; at += LINE_BYTES)
		room[at] = (char)(room[at] + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
#endif
