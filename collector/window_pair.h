/* SPDX-License-Identifier: MIT */
/* How a slot of a window keeps that a cell rose by so much, and a window how far each was: in one word of 16 bits where
 * that is little, as it is for most, in up to four where it is not. Pure; of collector/window*.c alone.
 *
 *	words   counts to     of the first word the low six bits, and the words behind it
 *	1       44            count - 1
 *	2       1179648       44 and more: what that is above 44 are bits 16 to 20 of count - 1, those below are in a word
 *	3       2^32          62; count - 1 in two words, the low one first
 *	4       2^48          63; in three
 *
 * Invariant: two counts in one pair take no more words than in two, so pairs can be joined where they lie. */
#ifndef AUDIOWATCH_COLLECTOR_WINDOW_PAIR_H
#define AUDIOWATCH_COLLECTOR_WINDOW_PAIR_H

#include <stdint.h>

#include "collector/window_table.h"

enum { WINDOW_PAIR_WORDS = 4 }; /* at most */
enum { WINDOW_WORDS_MAX = WINDOW_CELLS_MAX * WINDOW_PAIR_WORDS }; /* of all cells */

#define WINDOW_COUNT_MAX (UINT64_C(1) << 48)

struct window_pair {
	unsigned cell; /* 0..1023 */
	uint64_t count; /* from 1 on; more than WINDOW_COUNT_MAX is kept as that */
};

/* Both: how many words it takes. */
unsigned window_pair_put(struct window_pair pair, uint16_t words[static WINDOW_PAIR_WORDS]);
unsigned window_pair_get(const uint16_t *words, struct window_pair *pair);

/* The cells that are not 0, ascending, those below the table's first left out: how many words. */
unsigned window_pairs_put(const struct window_table *table, const uint64_t *cells,
			  uint16_t words[static WINDOW_WORDS_MAX]);

#endif
