/* SPDX-License-Identifier: MIT */
/* Slots of (cell, count) pairs, folded between thresholds when memory ends. Pure but for malloc. */
#include "collector/window_strip.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_BITS 48
#define COUNT_MAX ((UINT64_C(1) << COUNT_BITS) - 1)

enum { FOLD_LAST = 60, FIRST_ROOM = 16, STEADY_ROOM = 64 };

/* ---- pairs ---- */

static unsigned pair_cell(uint64_t pair)
{
	return (unsigned)(pair >> COUNT_BITS);
}

static uint64_t pair_count(uint64_t pair)
{
	return pair & COUNT_MAX;
}

static uint64_t pair_of(unsigned cell, uint64_t count)
{
	return (uint64_t)cell << COUNT_BITS | (count < COUNT_MAX ? count : COUNT_MAX);
}

uint64_t window_add(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static unsigned list_of(const struct window_table *table, const uint64_t *cells, uint64_t *pairs)
{
	unsigned length = 0;

	for (unsigned cell = table->first; cell < table->cells; cell++)
		if (cells[cell])
			pairs[length++] = pair_of(cell, cells[cell]);
	return length;
}

/* Pairs ascend by cell, and so do cuts: cell k lies in the group behind every cut below k. May be done in place. */
static unsigned fold(const struct window_cuts *cuts, const uint64_t *from, unsigned length,
		     uint64_t *to)
{
	unsigned folded = 0, group = 0, cut = 0;

	for (unsigned i = 0; i < length; i++) {
		const uint64_t pair = from[i];

		while (cut < cuts->count && pair_cell(pair) > cuts->cells[cut])
			cut++;
		if (folded && cut == group)
			to[folded - 1] = pair_of(pair_cell(pair),
						 pair_count(to[folded - 1]) + pair_count(pair));
		else
			to[folded++] = pair;
		group = cut;
	}
	return folded;
}

/* ---- life ---- */

bool window_strip_init(struct window_strip *strip, unsigned paid)
{
	strip->paid = paid;
	strip->room = paid < FIRST_ROOM ? paid : FIRST_ROOM;
	strip->pairs = malloc(strip->room * sizeof *strip->pairs);
	return strip->pairs;
}

void window_strip_deinit(struct window_strip *strip)
{
	free(strip->pairs);
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

/* How many pairs the newest `slots` slots have. */
static unsigned tail(const struct window_strip *strip, unsigned slots)
{
	unsigned length = 0;

	for (unsigned age = 0; age < slots; age++)
		length += strip->lengths[place_of(strip, age)];
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
	memmove(strip->pairs, strip->pairs + *length, strip->used * sizeof *strip->pairs);
	*length = 0;
	window_strip_put_sum(strip, 0, 0);
}

/* Folds all but the newest `keep` slots, and closes up. */
static void fold_old(struct window_strip *strip, const struct window_cuts *cuts, unsigned keep)
{
	const unsigned kept = tail(strip, keep);
	unsigned from = 0, to = 0;

	for (unsigned age = strip->slots; age-- > keep;) {
		uint16_t *length = &strip->lengths[place_of(strip, age)];
		const unsigned folded = fold(cuts, &strip->pairs[from], *length, &strip->pairs[to]);

		from += *length;
		to += folded;
		*length = (uint16_t)folded;
	}
	memmove(&strip->pairs[to], &strip->pairs[from], kept * sizeof *strip->pairs);
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
	const ptrdiff_t more_bytes = (ptrdiff_t)(more * sizeof *strip->pairs);
	uint64_t *grown;

	if (purse->left_bytes < more_bytes || purse->spare_bytes < more_bytes)
		return false;
	grown = realloc(strip->pairs, room * sizeof *strip->pairs);
	if (!grown)
		return false;
	purse->left_bytes -= more_bytes;
	purse->spare_bytes -= more_bytes;
	strip->pairs = grown;
	strip->room = room;
	strip->paid += more;
	return true;
}

/* The oldest slots go until there is room for `length` pairs: how many stay. */
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
	memmove(strip->pairs, &strip->pairs[gone], strip->used * sizeof *strip->pairs);
	return age;
}

static bool has_room(const struct window_strip *strip, unsigned length)
{
	return strip->used + length <= strip->room;
}

unsigned window_strip_fill(struct window_strip *strip, const struct window_cuts *cuts,
			   struct window_purse *purse, const uint64_t *gained)
{
	uint64_t pairs[WINDOW_CELLS_MAX];
	unsigned length = list_of(cuts->table, gained, pairs), whole = strip->slots;

	while (!has_room(strip, length) && grow(strip, purse))
		;
	if (!has_room(strip, length))
		fold_old(strip, cuts, strip->slots > FOLD_LAST ? FOLD_LAST : 0);
	if (!has_room(strip, length)) {
		fold_old(strip, cuts, 0);
		if (!has_room(strip, length))
			length = fold(cuts, pairs, length, pairs);
	}
	if (!has_room(strip, length))
		whole = forget(strip, length);
	memcpy(&strip->pairs[strip->used], pairs, length * sizeof *pairs);
	strip->used += length;
	strip->lengths[strip->newest % strip->slots] = (uint16_t)length;
	return whole;
}

/* ---- walks ---- */

void window_strip_walk(const struct window_strip *strip, unsigned slots, window_pair_fn *fn,
		       void *context)
{
	for (unsigned i = strip->used - tail(strip, slots); i < strip->used; i++)
		fn(context, pair_cell(strip->pairs[i]), pair_count(strip->pairs[i]));
}

uint64_t window_strip_sum(const struct window_strip *strip, unsigned slots)
{
	uint64_t sum = 0;

	for (unsigned age = 0; strip->sums && age < slots; age++)
		sum = window_add(sum, strip->sums[place_of(strip, age)]);
	return sum;
}
