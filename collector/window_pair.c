/* SPDX-License-Identifier: MIT */
/* A cell and its count, in as few words of 16 bits as they need. Pure. */
#include "collector/window_pair.h"

enum { CELL_SHIFT = 6, LOW_MASK = (1 << CELL_SHIFT) - 1, WORD_BITS = 16 };
/* The low bits of the first word, by how many words follow. */
enum { FIRST_OF_TWO = 44, FIRST_OF_THREE = 62, FIRST_OF_FOUR = 63 };

/* Of a count - 1. */
static unsigned low_bits(uint64_t rest)
{
	if (rest < FIRST_OF_TWO)
		return (unsigned)rest;
	if (rest >> WORD_BITS < FIRST_OF_THREE - FIRST_OF_TWO)
		return FIRST_OF_TWO + (unsigned)(rest >> WORD_BITS);
	return rest >> (2 * WORD_BITS) ? FIRST_OF_FOUR : FIRST_OF_THREE;
}

static unsigned words_of(unsigned low)
{
	return low < FIRST_OF_TWO ? 1 : low < FIRST_OF_THREE ? 2 : low < FIRST_OF_FOUR ? 3 : 4;
}

unsigned window_pair_put(struct window_pair pair, uint16_t words[static WINDOW_PAIR_WORDS])
{
	const uint64_t rest = (pair.count < WINDOW_COUNT_MAX ? pair.count : WINDOW_COUNT_MAX) - 1;
	const unsigned low = low_bits(rest), count = words_of(low);

	words[0] = (uint16_t)(pair.cell << CELL_SHIFT | low);
	for (unsigned i = 1; i < count; i++)
		words[i] = (uint16_t)(rest >> (i - 1) * WORD_BITS);
	return count;
}

unsigned window_pair_get(const uint16_t *words, struct window_pair *pair)
{
	const unsigned low = words[0] & LOW_MASK, count = words_of(low);
	uint64_t rest = count == 1 ? low : 0;

	for (unsigned i = 1; i < count; i++)
		rest |= (uint64_t)words[i] << (i - 1) * WORD_BITS;
	if (count == 2)
		rest |= (uint64_t)(low - FIRST_OF_TWO) << WORD_BITS;
	*pair = (struct window_pair){ (unsigned)words[0] >> CELL_SHIFT, rest + 1 };
	return count;
}

unsigned window_pairs_put(const struct window_table *table, const uint64_t *cells,
			  uint16_t words[static WINDOW_WORDS_MAX])
{
	unsigned length = 0;

	for (unsigned cell = table->first; cell < table->cells; cell++)
		if (cells[cell])
			length += window_pair_put((struct window_pair){ cell, cells[cell] },
						  &words[length]);
	return length;
}
