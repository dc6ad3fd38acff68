/* SPDX-License-Identifier: MIT */
/* Slots of (cell, count) pairs, folded between thresholds when memory ends. Pure but for malloc. */
#include "collector/window.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_BITS 48
#define COUNT_MAX ((UINT64_C(1) << COUNT_BITS) - 1)

enum { MINUTE = 60, FOLD_LAST = 60 };

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

static uint64_t add(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static unsigned list_of(const uint64_t cells[AW_TIME_CELLS], uint64_t pairs[AW_TIME_CELLS])
{
	unsigned length = 0;

	for (unsigned cell = 0; cell < AW_TIME_CELLS; cell++)
		if (cells[cell])
			pairs[length++] = pair_of(cell, cells[cell]);
	return length;
}

/* ---- cuts ---- */

bool window_cuts_add(struct window_cuts *cuts, uint64_t threshold_ns)
{
	const uint16_t cell = (uint16_t)aw_time_cell(threshold_ns);
	unsigned at = 0;

	while (at < cuts->count && cuts->cells[at] < cell)
		at++;
	if (at < cuts->count && cuts->cells[at] == cell)
		return true;
	if (cuts->count == WINDOW_CUTS_MAX)
		return false;
	memmove(&cuts->cells[at + 1], &cuts->cells[at], (cuts->count - at) * sizeof *cuts->cells);
	cuts->cells[at] = cell;
	cuts->count++;
	return true;
}

uint64_t window_effective_ns(uint64_t threshold_ns)
{
	return aw_time_bounds[aw_time_cell(threshold_ns)];
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

/* ---- strips ---- */

static bool strip_init(struct window_strip *strip, unsigned slots, unsigned groups)
{
	strip->slots = slots;
	strip->room = slots * groups;
	strip->pairs = calloc(strip->room, sizeof *strip->pairs);
	strip->lengths = calloc(slots, sizeof *strip->lengths);
	strip->sums_ns = calloc(slots, sizeof *strip->sums_ns);
	return strip->pairs && strip->lengths && strip->sums_ns;
}

static void strip_deinit(struct window_strip *strip)
{
	free(strip->pairs);
	free(strip->lengths);
	free(strip->sums_ns);
	*strip = (struct window_strip){ 0 };
}

static size_t strip_bytes(const struct window_strip *strip)
{
	return strip->room * sizeof *strip->pairs +
	       strip->slots * (sizeof *strip->lengths + sizeof *strip->sums_ns);
}

static void strip_empty(struct window_strip *strip, uint64_t newest)
{
	strip->used = 0;
	strip->newest = newest;
	memset(strip->lengths, 0, strip->slots * sizeof *strip->lengths);
	memset(strip->sums_ns, 0, strip->slots * sizeof *strip->sums_ns);
}

/* How many pairs the newest `slots` slots have. */
static unsigned strip_tail(const struct window_strip *strip, unsigned slots)
{
	unsigned length = 0;

	for (unsigned i = 0; i < slots; i++)
		length += strip->lengths[(strip->newest - i + strip->slots) % strip->slots];
	return length;
}

/* Folds all but the newest `keep` slots, and closes up. */
static void strip_fold(struct window_strip *strip, const struct window_cuts *cuts, unsigned keep)
{
	const unsigned kept = strip_tail(strip, keep);
	unsigned from = 0, to = 0;

	for (unsigned i = strip->slots; i-- > keep;) {
		uint16_t *length =
			&strip->lengths[(strip->newest - i + strip->slots) % strip->slots];
		const unsigned folded = fold(cuts, &strip->pairs[from], *length, &strip->pairs[to]);

		from += *length;
		to += folded;
		*length = (uint16_t)folded;
	}
	memmove(&strip->pairs[to], &strip->pairs[from], kept * sizeof *strip->pairs);
	strip->used = to + kept;
}

static bool strip_grow(struct window_strip *strip, struct window_purse *purse)
{
	const size_t more_bytes = strip->room * sizeof *strip->pairs;
	uint64_t *grown;

	if (purse->left_bytes < (ptrdiff_t)more_bytes)
		return false;
	grown = realloc(strip->pairs, 2 * more_bytes);
	if (!grown)
		return false;
	purse->left_bytes -= (ptrdiff_t)more_bytes;
	strip->pairs = grown;
	strip->room *= 2;
	return true;
}

/* The oldest slot goes; its place in the rings is the new one's, still without pairs. */
static void strip_turn(struct window_strip *strip)
{
	uint16_t *length = &strip->lengths[++strip->newest % strip->slots];

	strip->used -= *length;
	memmove(strip->pairs, strip->pairs + *length, strip->used * sizeof *strip->pairs);
	*length = 0;
	strip->sums_ns[strip->newest % strip->slots] = 0;
}

/* Room for the newest slot's pairs: by growing, by folding the far past, by folding it all, which the reserve holds. */
static unsigned make_room(struct window *window, struct window_strip *strip, uint64_t *pairs,
			  unsigned length)
{
	while (strip->used + length > strip->room && strip_grow(strip, window->purse))
		;
	if (strip->used + length > strip->room && strip->slots > FOLD_LAST)
		strip_fold(strip, window->cuts, FOLD_LAST);
	if (strip->used + length <= strip->room)
		return length;
	strip_fold(strip, window->cuts, 0);
	return strip->used + length > strip->room ? fold(window->cuts, pairs, length, pairs)
						  : length;
}

static void strip_fill(struct window *window, struct window_strip *strip,
		       const uint64_t cells[AW_TIME_CELLS], uint64_t sum_ns)
{
	uint64_t pairs[AW_TIME_CELLS];
	const unsigned length = make_room(window, strip, pairs, list_of(cells, pairs));

	memcpy(&strip->pairs[strip->used], pairs, length * sizeof *pairs);
	strip->used += length;
	strip->lengths[strip->newest % strip->slots] = (uint16_t)length;
	strip->sums_ns[strip->newest % strip->slots] = sum_ns;
}

/* ---- walks ---- */

typedef void pair_fn(void *context, uint64_t pair);

static void strip_walk(const struct window_strip *strip, unsigned slots, pair_fn *fn, void *context)
{
	const unsigned length = strip_tail(strip, slots);

	for (unsigned i = strip->used - length; i < strip->used; i++)
		fn(context, strip->pairs[i]);
}

/* How many slots of the minute that holds the newest tick have passed: 1..60. Minute m is the ticks 60 m + 1 .. 60 m + 60. */
static unsigned minute_age(uint64_t tick)
{
	return tick ? (unsigned)((tick - 1) % MINUTE + 1) : 0;
}

static unsigned seconds_of(const struct window *window, unsigned span_s)
{
	return span_s <= WINDOW_SECONDS ? span_s : minute_age(window->seconds.newest);
}

/* Closed minutes of the span, the running one not among them. */
static unsigned minutes_of(unsigned span_s)
{
	const unsigned minutes = span_s / MINUTE - 1;

	return span_s <= WINDOW_SECONDS	  ? 0
	       : minutes < WINDOW_MINUTES ? minutes
					  : WINDOW_MINUTES - 1;
}

/* A minute that just ended is both the running one and the newest closed one: it is then looked for among the closed. */
static void walk(const struct window *window, unsigned span_s, pair_fn *fn, void *context)
{
	strip_walk(&window->minutes, minutes_of(span_s), fn, context);
	strip_walk(&window->seconds, seconds_of(window, span_s), fn, context);
}

struct tally {
	unsigned cell;
	uint64_t n, above;
};

static void count_pair(void *context, uint64_t pair)
{
	struct tally *tally = context;

	tally->n = add(tally->n, pair_count(pair));
	if (pair_cell(pair) > tally->cell)
		tally->above = add(tally->above, pair_count(pair));
}

static void spread_pair(void *context, uint64_t pair)
{
	uint64_t *cells = context;

	cells[pair_cell(pair)] = add(cells[pair_cell(pair)], pair_count(pair));
}

static void highest_pair(void *context, uint64_t pair)
{
	unsigned *cell = context;

	if (pair_cell(pair) + 1 > *cell)
		*cell = pair_cell(pair) + 1;
}

/* ---- readings ---- */

/* The minute before the newest tick's is closed when its last tick is a past one: at the first tick of the next. */
static void close_minute(struct window *window)
{
	uint64_t cells[AW_TIME_CELLS] = { 0 }, sum_ns = 0;

	strip_walk(&window->seconds, MINUTE, spread_pair, cells);
	for (unsigned i = 0; i < MINUTE; i++)
		sum_ns = add(sum_ns,
			     window->seconds.sums_ns[(window->seconds.newest + WINDOW_SECONDS - i) %
						     WINDOW_SECONDS]);
	strip_turn(&window->minutes);
	strip_fill(window, &window->minutes, cells, sum_ns);
}

static void turn_to(struct window *window, uint64_t tick)
{
	while (window->seconds.newest < tick) {
		if (window->seconds.newest && window->seconds.newest % MINUTE == 0)
			close_minute(window);
		strip_turn(&window->seconds);
	}
}

void window_start(struct window *window, uint64_t cover, uint64_t tick)
{
	strip_empty(&window->seconds, tick);
	strip_empty(&window->minutes, 0);
	window->cover = cover;
	window->read_tick = tick;
}

void window_base(struct window *window, const uint64_t cells[AW_TIME_CELLS], uint64_t sum_ns)
{
	memcpy(window->before, cells, sizeof window->before);
	window->before_sum_ns = sum_ns;
}

static uint64_t gain(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : now;
}

/* The reading after read_tick was due one tick later. */
static bool is_late(const struct window *window, uint64_t tick)
{
	return tick - window->read_tick > WINDOW_LATE_S + 1;
}

bool window_read(struct window *window, uint64_t tick, const uint64_t cells[AW_TIME_CELLS],
		 uint64_t sum_ns)
{
	const bool late = is_late(window, tick);
	uint64_t gained[AW_TIME_CELLS];

	if (late) {
		window_start(window, tick, tick);
	} else {
		for (unsigned i = 0; i < AW_TIME_CELLS; i++)
			gained[i] = gain(cells[i], window->before[i]);
		turn_to(window, tick);
		strip_fill(window, &window->seconds, gained, gain(sum_ns, window->before_sum_ns));
	}
	window_base(window, cells, sum_ns);
	window->read_tick = tick;
	return !late;
}

void window_pass(struct window *window, uint64_t tick)
{
	const uint64_t read_tick = window->read_tick;

	if (is_late(window, tick)) {
		window_start(window, tick, tick);
		window->read_tick = read_tick;
	}
	turn_to(window, tick);
}

/* ---- questions ---- */

struct window_counts window_count(const struct window *window, unsigned span_s,
				  uint64_t threshold_ns)
{
	struct tally tally = { .cell = aw_time_cell(threshold_ns) };
	enum window_cover cover = WINDOW_PARTIAL;

	walk(window, span_s, count_pair, &tally);
	if (window->seconds.newest >= window->cover + span_s)
		cover = WINDOW_COVERED;
	else if (!tally.n)
		cover = WINDOW_EMPTY;
	return (struct window_counts){ tally.n, tally.above, cover };
}

static uint64_t strip_sum_ns(const struct window_strip *strip, unsigned slots)
{
	uint64_t sum_ns = 0;

	for (unsigned i = 0; i < slots; i++)
		sum_ns = add(sum_ns,
			     strip->sums_ns[(strip->newest + strip->slots - i) % strip->slots]);
	return sum_ns;
}

uint64_t window_sum_ns(const struct window *window, unsigned span_s)
{
	return add(strip_sum_ns(&window->minutes, minutes_of(span_s)),
		   strip_sum_ns(&window->seconds, seconds_of(window, span_s)));
}

uint64_t window_max_ns(const struct window *window, unsigned span_s)
{
	unsigned cell = 0; /* + 1 */

	walk(window, span_s, highest_pair, &cell);
	if (!cell)
		return 0;
	return cell == AW_TIME_CELLS ? WINDOW_BEYOND_NS : aw_time_bounds[cell - 1];
}

/* A bucket is 2.2 % wide, so its middle is within 1.1 % of all that is in it. */
uint64_t window_quantile_ns(const struct window *window, unsigned span_s, uint32_t q_per_million)
{
	uint64_t cells[AW_TIME_CELLS] = { 0 }, bound_ns;
	unsigned cell;

	walk(window, span_s, spread_pair, cells);
	bound_ns = aw_time_quantile(cells, q_per_million);
	if (!bound_ns)
		return 0;
	if (bound_ns == UINT64_MAX)
		return WINDOW_BEYOND_NS;
	cell = aw_time_cell(bound_ns);
	return cell ? aw_time_bounds[cell - 1] + (bound_ns - aw_time_bounds[cell - 1] + 1) / 2
		    : bound_ns / 2;
}

/* ---- life ---- */

size_t window_bytes(const struct window *window)
{
	return sizeof *window + strip_bytes(&window->seconds) + strip_bytes(&window->minutes);
}

bool window_init(struct window *window, struct window_purse *purse, const struct window_cuts *cuts)
{
	*window = (struct window){ .purse = purse, .cuts = cuts };
	if (!strip_init(&window->seconds, WINDOW_SECONDS, cuts->count + 1) ||
	    !strip_init(&window->minutes, WINDOW_MINUTES, cuts->count + 1)) {
		strip_deinit(&window->seconds);
		strip_deinit(&window->minutes);
		window->purse = NULL;
		return false;
	}
	purse->left_bytes -= (ptrdiff_t)window_bytes(window);
	return true;
}

void window_deinit(struct window *window)
{
	if (window->purse)
		window->purse->left_bytes += (ptrdiff_t)window_bytes(window);
	strip_deinit(&window->seconds);
	strip_deinit(&window->minutes);
}
