/* SPDX-License-Identifier: MIT */
/* What is measured: our own calls, and what others offer for the same. Opened and closed by the main thread. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_CONTENDER_H
#define AUDIOWATCH_BENCH_PUBLISH_CONTENDER_H

#include <stdbool.h>

#include "tools/bench/publish_loop.h"

struct publish_contender;

/* A contender that is open. */
struct publish_subject {
	const struct publish_contender *contender;
	void *self; /* what run() is given */
	void *beside; /* what a second thread's run() is given meanwhile; NULL: there is none */
	void *room; /* whatever close() needs */
	struct publish_range ranges[PUBLISH_RANGES]; /* none: its memory cannot be told */
	unsigned range_count;
	bool watched; /* a collector sees it */
	char note[160]; /* what was open, or why it is not */
};

struct publish_contender {
	const char *name; /* the label instance_id of our own */
	int (*open)(struct publish_subject *subject); /* 0, or -errno and a note */
	void (*close)(struct publish_subject *subject);
	void (*rest)(struct publish_subject *subject); /* between runs, untimed; NULL = nothing */
	void (*run)(void *self, struct publish_loop *loop);
};

/* At most so many calls between two rests. */
enum { PUBLISH_BATCH = 500 };

/* One that is compiled in only where its package was found has no address elsewhere. */
struct publish_entry {
	const struct publish_contender *contender; /* NULL = not compiled in */
	const char *name, *what, *package;
};
enum { PUBLISH_CONTENDERS = 15 };
extern const struct publish_entry publish_entries[PUBLISH_CONTENDERS];

/* The two that all others are held against. */
extern const struct publish_contender publish_bare, publish_render;
/* Nothing: what timing each call costs by itself. */
extern const struct publish_contender publish_nothing;

extern const struct publish_contender publish_clock, publish_queue, publish_span, publish_jack;
extern const struct publish_contender publish_channel, publish_xrun, publish_ffi, publish_ffi_apart,
	publish_ffi_same;
#define PUBLISH_MAYBE __attribute__((weak))
extern const struct publish_contender publish_lttng PUBLISH_MAYBE, publish_ck PUBLISH_MAYBE,
	publish_histogram PUBLISH_MAYBE, publish_gauge PUBLISH_MAYBE;

/* A render span in a session with a ring of this size and this label instance_id. */
int publish_render_open(struct publish_subject *subject, uint32_t ring_records,
			const char *instance);

/* A 64-byte record, as the rings and the queue are given. */
struct publish_record {
	uint64_t words[8];
};

#endif
