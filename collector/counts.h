/* SPDX-License-Identifier: MIT */
/* The numbers behind the counters and histograms, as they are exported: folded to classic
 * buckets, nothing but 64-bit words, so that one routine carries each of them over renames,
 * restarts and successions. Pure. */
#ifndef AUDIOWATCH_COLLECTOR_COUNTS_H
#define AUDIOWATCH_COLLECTOR_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "shm/hist.h"
#include "shm/layout.h"

enum {
	COUNTS_RENDER = AW_CHANNEL_CELLS, /* the thirteen bounds to 1 s, and above */
	COUNTS_LOAD = 11,
	COUNTS_WAKE = AW_WAKE_CELLS,
	COUNTS_FFI = AW_CLASSIC_BOUNDS + 1,
};

struct engine_counts {
	uint64_t render[COUNTS_RENDER], load[COUNTS_LOAD], wake[COUNTS_WAKE];
	uint64_t render_sum_ns, wake_sum_ns;
	uint64_t load_sum_fortieths; /* each cycle by the middle of its twentieth; above 2 counts as 2 */
	uint64_t blocks, cycles, budgeted, misses; /* budgeted: cycles whose budget was known */
	uint64_t reports[AW_XRUN_SOURCES], refused_delays[AW_XRUN_SOURCES];
	uint64_t misuse_begin, misuse_end, clock_backwards;
	/* the collector's own, from records */
	uint64_t reported_cycles, episodes, xrun_seconds;
};

struct channel_counts {
	uint64_t cells[AW_CHANNEL_CELLS];
	uint64_t sum_ns, misuse;
};

struct function_counts {
	uint64_t cells[COUNTS_FFI];
	uint64_t sum_ns, errors, calls;
};

enum counts_loss { LOSS_LAPPED, LOSS_CONTENDED, LOSS_INVALID, LOSS_UNWATCHED, LOSSES };
enum counts_misuse { MISUSE_RENDER_BEGIN, MISUSE_RENDER_END, MISUSE_CHANNEL, MISUSES };

struct session_counts {
	uint64_t published, delivered, lost[LOSSES];
};

/* From a segment's totals; the control line's sums lie elsewhere and are given. Leaves the
 * collector's own alone. */
void counts_engine(struct engine_counts *counts, const struct aw_engine_totals *totals,
		   const struct aw_any_thread *any);
void counts_channel(struct channel_counts *counts, const struct aw_channel_totals *totals);
void counts_function(struct function_counts *counts, const struct aw_function_totals *totals);

/* Adds to each word of value what `now` gained over `last`, and remembers now. Where one word fell
 * all of them began again at 0, so that sums and cells stay of the same counts: value never goes
 * down. */
void counts_feed(void *value, void *last, const void *now, size_t size);

#endif
