/* SPDX-License-Identifier: MIT */
/* What each of the last 300 s and 60 min added to one histogram of times. Pure but for malloc; owned by the poll thread.
 *
 * A slot is what one tick's reading gained over the reading before, as (cell, count) pairs of the cells that rose, at
 * most 2^48 - 1 in each. Where memory runs out, old slots are folded: the cells between two cuts become one pair, named
 * by the highest of them. A cut is the cell of a threshold that some rule uses, so
 *
 * Invariants: what is counted above a cut is exact, folded or not; n and the sum are exact; a quantile or a maximum of
 * folded slots is too high, never too low. The slots sum to the newest totals minus those at the start of the oldest.
 *
 * Memory: 11 KiB, and the folded form of 360 slots, 2880 bytes for each cut and once more, which are reserved at
 * window_init() so that no later lack of memory costs a count; and what the purse still holds. The windows of a source
 * share one purse of WINDOW_PURSE_BYTES: with 64 functions and up to five cuts, all of them stay within it. */
#ifndef AUDIOWATCH_COLLECTOR_WINDOW_H
#define AUDIOWATCH_COLLECTOR_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/hist.h"

enum {
	WINDOW_SECONDS = 300,
	WINDOW_MINUTES = 60,
	WINDOW_LATE_S = 5, /* a reading later than this makes a gap */
	WINDOW_CUTS_MAX = 384,
	WINDOW_PURSE_BYTES = 2 << 20,
};

/* What is above the last bound, which is 2^7 s, is said to be this long: for people, for it may be any longer. */
#define WINDOW_BEYOND_NS (UINT64_C(128000000000) + 1)

/* The cells of the thresholds in use, ascending, none twice. Outlives the windows that use it. */
struct window_cuts {
	uint16_t cells[WINDOW_CUTS_MAX];
	unsigned count;
};
/* False when it is full; what was there already is no loss. */
bool window_cuts_add(struct window_cuts *cuts, uint64_t threshold_ns);

/* What the windows of one source may still take; a reserve is taken even where nothing is left. */
struct window_purse {
	ptrdiff_t left_bytes;
};

/* The pairs of the last `slots` ticks (or minutes), oldest first; lengths and sums by number modulo slots. */
struct window_strip {
	uint64_t *pairs; /* cell << 48 | count */
	unsigned used, room;
	unsigned slots;
	uint16_t *lengths;
	uint64_t *sums_ns;
	uint64_t newest; /* number of the newest slot */
};

struct window {
	struct window_purse *purse;
	const struct window_cuts *cuts;
	struct window_strip seconds, minutes;
	uint64_t before[AW_TIME_CELLS], before_sum_ns; /* the reading of read_tick */
	uint64_t read_tick, cover;
};

enum window_cover {
	WINDOW_COVERED,
	WINDOW_PARTIAL, /* says yes, never no */
	WINDOW_EMPTY, /* not covered, and nothing in it */
};

struct window_counts {
	uint64_t n, above;
	enum window_cover cover;
};

/* False: no memory, and nothing is held. */
bool window_init(struct window *window, struct window_purse *purse, const struct window_cuts *cuts);
void window_deinit(struct window *window);

/* Empties it: cover begins at tick `cover`, the last reading was that of `tick`. */
void window_start(struct window *window, uint64_t cover, uint64_t tick);
/* What that reading said; before the first one, 0. */
void window_base(struct window *window, const uint64_t cells[AW_TIME_CELLS], uint64_t sum_ns);
/* The reading for this tick, which is later than the last one's. A word that fell began again at 0. False: it came more
 * than WINDOW_LATE_S late; the window is empty and its cover begins now. */
bool window_read(struct window *window, uint64_t tick, const uint64_t cells[AW_TIME_CELLS],
		 uint64_t sum_ns);
/* No reading was believed for this tick; the next one brings its gain too, or finds a gap. */
void window_pass(struct window *window, uint64_t tick);

/* The last span_s closed slots (1..300; beyond, in whole minutes to 3600: the running one and those before it). Counts
 * above threshold_ns, or above the next bound where it is none; exact where it is a cut. */
struct window_counts window_count(const struct window *window, unsigned span_s,
				  uint64_t threshold_ns);
uint64_t window_sum_ns(const struct window *window, unsigned span_s);
/* For people: the upper bound of the highest cell that holds something; 0 for none. */
uint64_t window_max_ns(const struct window *window, unsigned span_s);
/* For people: the middle of the cell of the nearest rank, so within 1.1 % where nothing was folded; 0 for no values. */
uint64_t window_quantile_ns(const struct window *window, unsigned span_s, uint32_t q_per_million);

/* What decisions take for a threshold: the bound it is, or the next above it. */
uint64_t window_effective_ns(uint64_t threshold_ns);
/* Everything it holds. */
size_t window_bytes(const struct window *window);

#endif
