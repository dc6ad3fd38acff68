/* SPDX-License-Identifier: MIT */
/* What each of the last 300 s and 60 min added to one histogram, be it of times, loads, wake-up delays or flags. Pure but
 * for malloc; owned by the poll thread.
 *
 * A slot is what one tick's reading gained over the reading before, as (cell, count) pairs of the cells that rose, at
 * most 2^48 in each. Where memory runs out, old slots are folded: WINDOW_BLOCK
 * neighbours become one pair, named by the highest of them, and where that is not enough all cells between two cuts. A
 * cut is the cell of a threshold that some rule uses, and is never folded over. In the end the oldest slots are
 * forgotten, and cover begins after them. So
 *
 * Invariants: what is counted above a cut is exact, folded or not; n and the sum are exact (that of loads is the sum of
 * their cells' middles); a quantile of folded slots is too high, never too low: of times by a fifth at most after the first
 * fold, and as much as the cuts are apart after the second. The slots sum to the newest totals minus those at the start of
 * cover.
 *
 * Memory: the windows of a source share one purse of WINDOW_PURSE_BYTES and never take more than is in it, whatever the
 * number of names and of cuts; what does not fit is not opened. A window pays for its reserve at window_init() and takes
 * it as it is needed: up to 8 bytes a cell for the reading before, 2 a slot, 8 more where somebody asks for sums, room for
 * up to three kinds of values that the cuts tell apart in each of 360 slots, 4 bytes for a million of a kind in a second
 * and 6 in a minute, and malloc's own 16 a block: at most 17 KiB of times, 9 of loads, 9 of wake-up delays, 5 of flags. So
 * an engine pays up to 40 KiB and a function 22. 64 functions and eight engines have all their windows, be the cuts as
 * many as there may be. Whoever has more kinds of values than that, or more of a kind, takes of WINDOW_SPARE_BYTES, first
 * come first served.
 */
#ifndef AUDIOWATCH_COLLECTOR_WINDOW_H
#define AUDIOWATCH_COLLECTOR_WINDOW_H

#include "collector/window_strip.h"

enum {
	WINDOW_SECONDS = 300,
	WINDOW_MINUTES = 60,
	WINDOW_LATE_S = 5, /* a reading later than this makes a gap */
	WINDOW_PURSE_BYTES = 7 << 18,
	WINDOW_SPARE_BYTES = 1 << 16,
};

/* Of a source without windows. */
#define WINDOW_PURSE ((struct window_purse){ WINDOW_PURSE_BYTES, WINDOW_SPARE_BYTES })

struct window {
	struct window_purse *purse;
	const struct window_cuts *cuts;
	struct window_strip seconds, minutes;
	uint64_t *block; /* the rings of both strips */
	uint16_t *before; /* the reading of read_tick, as collector/window_pair.h has it */
	unsigned before_length, before_room; /* words */
	uint64_t before_sum;
	bool blind; /* there was no memory for all of it: the next reading begins anew */
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

/* Of the table that the cuts cut. False: no memory, or not within the purse, and nothing is held. */
bool window_init(struct window *window, struct window_purse *purse, const struct window_cuts *cuts);
void window_deinit(struct window *window);

/* Cells and sums are in the table's unit; a sum is looked at where the table is summed.
 *
 * Empties it: cover begins at tick `cover`, the last reading was that of `tick`. */
void window_start(struct window *window, uint64_t cover, uint64_t tick);
/* What that reading said; before the first one, 0. */
void window_base(struct window *window, const uint64_t *cells, uint64_t sum);
/* The reading for this tick, which is later than the last one's. A word that fell began again at 0. False: it came more
 * than WINDOW_LATE_S late; the window is empty and its cover begins now. */
bool window_read(struct window *window, uint64_t tick, const uint64_t *cells, uint64_t sum);
/* No reading was believed for this tick; the next one brings its gain too, or finds a gap. */
void window_pass(struct window *window, uint64_t tick);

/* The last span_s closed slots (1..300; beyond, in whole minutes to 3600: the running one and those before it). Counts
 * above the threshold, or above the next bound where it is none; exact where it is a cut. */
struct window_counts window_count(const struct window *window, unsigned span_s, uint64_t threshold);
uint64_t window_sum(const struct window *window, unsigned span_s);
/* For people: the upper bound of the highest cell that holds something; 0 for none. */
uint64_t window_max(const struct window *window, unsigned span_s);
/* For people: the nearest rank's, within what window_table.h says where nothing was folded; 0 for no values. */
uint64_t window_quantile(const struct window *window, unsigned span_s, uint32_t q_per_million);

/* The most that it takes now without asking the purse again, as malloc gives it. */
size_t window_bytes(const struct window *window);

#endif
