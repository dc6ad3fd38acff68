/* SPDX-License-Identifier: MIT */
/* Slots of (cell, count) pairs, folded between thresholds when memory ends. Pure but for malloc. */
#include "collector/window_strip.h"

#include "collector/window_pair.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 32, STEADY_ROOM = 256 }; /* words */

/* What is done one after the other until there is room: in all but the newest `keep` slots, neighbours of so many cells
 * become one. */
static const struct folding {
	unsigned keep, block;
} foldings[] = {
	{ 60, WINDOW_BLOCK },
	{ 0, WINDOW_BLOCK },
	{ 60, WINDOW_CELLS_MAX },
	{ 0, WINDOW_CELLS_MAX },
};
enum { FOLDINGS = sizeof foldings / sizeof *foldings };

uint64_t window_add(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* ---- pairs ---- */

struct words {
	const uint16_t *first;
	unsigned length;
};

/* Pairs ascend by cell, and so do cuts: cell k lies in the group behind every cut below k. May be done in place, for joined
 * pairs take no more words than they did. */
static unsigned fold(const struct window_cuts *cuts, unsigned block, struct words words,
		     uint16_t *to)
{
	struct window_pair open = { 0 };
	unsigned folded = 0, cut = 0;

	for (unsigned i = 0; i < words.length;) {
		const unsigned group = cut;
		struct window_pair pair;
		bool joins;

		i += window_pair_get(&words.first[i], &pair);
		while (cut < cuts->count && pair.cell > cuts->cells[cut])
			cut++;
		joins = open.count && cut == group && pair.cell / block == open.cell / block;
		if (open.count && !joins)
			folded += window_pair_put(open, &to[folded]);
		pair.count = window_add(pair.count, joins ? open.count : 0);
		open = pair;
	}
	return open.count ? folded + window_pair_put(open, &to[folded]) : folded;
}

/* ---- life ---- */

bool window_strip_init(struct window_strip *strip, unsigned paid)
{
	strip->paid = paid;
	strip->room = paid < FIRST_ROOM ? paid : FIRST_ROOM;
	strip->words = malloc(strip->room * sizeof *strip->words);
	return strip->words;
}

void window_strip_deinit(struct window_strip *strip)
{
	free(strip->words);
	*strip = (struct window_strip){ 0 };
}

void window_strip_empty(struct window_strip *strip, uint64_t newest)
{
	strip->used = 0;
	strip->newest = newest;
	memset(strip->lengths, 0, strip->slots * sizeof *strip->lengths);
	if (strip->sums)
		memset(strip->sums, 0, strip->slots * sizeof *strip->sums);
}

/* ---- slots ---- */

/* In the rings; age 0 is the newest. */
static unsigned place_of(const struct window_strip *strip, unsigned age)
{
	return (unsigned)((strip->newest + strip->slots - age) % strip->slots);
}

/* How many words the newest `slots` slots have. */
static unsigned tail(const struct window_strip *strip, unsigned slots)
{
	unsigned length = 0, at = place_of(strip, 0);

	for (unsigned age = 0; age < slots; age++) {
		length += strip->lengths[at];
		at = (at ? at : strip->slots) - 1; /* no division: each question walks here */
	}
	return length;
}

void window_strip_put_sum(struct window_strip *strip, unsigned age, uint64_t sum)
{
	if (strip->sums)
		strip->sums[place_of(strip, age)] = sum;
}

void window_strip_turn(struct window_strip *strip)
{
	uint16_t *length = &strip->lengths[++strip->newest % strip->slots];

	strip->used -= *length;
	memmove(strip->words, strip->words + *length, strip->used * sizeof *strip->words);
	*length = 0;
	window_strip_put_sum(strip, 0, 0);
}

/* And closes up. */
static void fold_old(struct window_strip *strip, const struct window_cuts *cuts,
		     const struct folding *how)
{
	const unsigned keep = strip->slots > how->keep ? how->keep : 0, kept = tail(strip, keep);
	unsigned from = 0, to = 0;

	for (unsigned age = strip->slots; age-- > keep;) {
		uint16_t *length = &strip->lengths[place_of(strip, age)];
		const unsigned folded =
			fold(cuts, how->block, (struct words){ &strip->words[from], *length },
			     &strip->words[to]);

		from += *length;
		to += folded;
		*length = (uint16_t)folded;
	}
	memmove(&strip->words[to], &strip->words[from], kept * sizeof *strip->words);
	strip->used = to + kept;
}

/* Small steps: of many windows that grow as one, most of twice the room would never be used. */
static unsigned more_of(unsigned room)
{
	return room < STEADY_ROOM ? room : room / 4;
}

/* More room, first out of what is paid for. */
static bool grow(struct window_strip *strip, struct window_purse *purse)
{
	const unsigned next = strip->room + more_of(strip->room);
	const unsigned room = strip->room < strip->paid && strip->paid < next ? strip->paid : next;
	const unsigned more = room > strip->paid ? room - strip->paid : 0;
	const ptrdiff_t more_bytes = (ptrdiff_t)(more * sizeof *strip->words);
	uint16_t *grown;

	if (purse->left_bytes < more_bytes || purse->spare_bytes < more_bytes)
		return false;
	grown = realloc(strip->words, room * sizeof *strip->words);
	if (!grown)
		return false;
	purse->left_bytes -= more_bytes;
	purse->spare_bytes -= more_bytes;
	strip->words = grown;
	strip->room = room;
	strip->paid += more;
	return true;
}

/* The oldest slots go until there is room for `length` words: how many stay. */
static unsigned forget(struct window_strip *strip, unsigned length)
{
	unsigned age = strip->slots, gone = 0;

	while (strip->used - gone + length > strip->room) {
		const unsigned place = place_of(strip, --age);

		gone += strip->lengths[place];
		strip->lengths[place] = 0;
		window_strip_put_sum(strip, age, 0);
	}
	strip->used -= gone;
	memmove(strip->words, &strip->words[gone], strip->used * sizeof *strip->words);
	return age;
}

static bool has_room(const struct window_strip *strip, unsigned length)
{
	return strip->used + length <= strip->room;
}

unsigned window_strip_fill(struct window_strip *strip, const struct window_cuts *cuts,
			   struct window_purse *purse, const uint64_t *gained)
{
	uint16_t words[WINDOW_WORDS_MAX];
	unsigned length = window_pairs_put(cuts->table, gained, words), whole = strip->slots;

	while (!has_room(strip, length) && grow(strip, purse))
		;
	strip->folding = has_room(strip, length) ? 0 : strip->folding;
	for (unsigned i = strip->folding; i < FOLDINGS && !has_room(strip, length); i++) {
		strip->folding = i;
		fold_old(strip, cuts, &foldings[i]);
		if (!has_room(strip, length) && !foldings[i].keep)
			length = fold(cuts, foldings[i].block, (struct words){ words, length },
				      words);
	}
	if (!has_room(strip, length))
		whole = forget(strip, length);
	memcpy(&strip->words[strip->used], words, length * sizeof *words);
	strip->used += length;
	strip->lengths[strip->newest % strip->slots] = (uint16_t)length;
	return whole;
}

/* ---- walks ---- */

void window_strip_walk(const struct window_strip *strip, unsigned slots, window_pair_fn *fn,
		       void *context)
{
	struct window_pair pair;

	for (unsigned i = strip->used - tail(strip, slots); i < strip->used;) {
		i += window_pair_get(&strip->words[i], &pair);
		fn(context, pair.cell, pair.count);
	}
}

uint64_t window_strip_sum(const struct window_strip *strip, unsigned slots)
{
	uint64_t sum = 0;

	for (unsigned age = 0; strip->sums && age < slots; age++)
		sum = window_add(sum, strip->sums[place_of(strip, age)]);
	return sum;
}
