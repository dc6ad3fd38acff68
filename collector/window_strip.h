/* SPDX-License-Identifier: MIT */
/* A ring of slots, each a list of (cell, count) pairs of any length, oldest first in one array. Pure but for malloc; of
 * collector/window.c alone. */
#ifndef AUDIOWATCH_COLLECTOR_WINDOW_STRIP_H
#define AUDIOWATCH_COLLECTOR_WINDOW_STRIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/window_table.h"

/* A block of malloc's takes that much more. */
enum { WINDOW_BLOCK_BYTES = 16 };

/* Cells that one fold joins: of times the upper bounds of two neighbours are then a fifth apart at most. */
enum { WINDOW_BLOCK = 8 };

/* What the windows of one source may still take, and how much of that beyond their reserves. */
struct window_purse {
	ptrdiff_t left_bytes, spare_bytes;
};

/* The pairs of the last `slots` ticks (or minutes), oldest first; lengths and sums by number modulo slots. */
struct window_strip {
	uint16_t *words; /* pairs, as collector/window_pair.h has them */
	unsigned used, room; /* words, as all that follows */
	unsigned paid; /* up to which room the purse has paid */
	unsigned folding; /* what was needed last: less is not tried again until there is room */
	unsigned slots;
	uint16_t *lengths; /* the window's memory, as the sums are */
	uint64_t *sums; /* NULL: of bad flags there is none */
	uint64_t newest; /* number of the newest slot */
};

/* Room for so many words is paid for, and taken when it is needed. False: no memory. */
bool window_strip_init(struct window_strip *strip, unsigned paid);
void window_strip_deinit(struct window_strip *strip);
void window_strip_empty(struct window_strip *strip, uint64_t newest);
/* The oldest slot goes; its place in the rings is the new one's, still without pairs. */
void window_strip_turn(struct window_strip *strip);
/* What one tick gained goes into the newest slot. Where neither memory nor folding makes room, the oldest slots go: how
 * many slots from the newest on are still whole. */
unsigned window_strip_fill(struct window_strip *strip, const struct window_cuts *cuts,
			   struct window_purse *purse, const uint64_t *gained);

typedef void window_pair_fn(void *context, unsigned cell, uint64_t count);
/* The newest `slots` slots. */
void window_strip_walk(const struct window_strip *strip, unsigned slots, window_pair_fn *fn,
		       void *context);
/* Of the slot that is so many behind the newest. */
void window_strip_put_sum(struct window_strip *strip, unsigned age, uint64_t sum);
uint64_t window_strip_sum(const struct window_strip *strip, unsigned slots);
/* A sum that does not run over. */
uint64_t window_add(uint64_t a, uint64_t b);

#endif
