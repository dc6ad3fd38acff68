/* SPDX-License-Identifier: MIT */
/* Readings into slots of seconds and minutes, and what is asked of them. Pure but for malloc. */
#include "collector/window.h"

#include "collector/window_pair.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE = 60, SLOTS = WINDOW_SECONDS + WINDOW_MINUTES };

enum { BEFORE_STEP = 32 }; /* words that the reading before may grow without a new block */

/* What is kept for each slot: so many kinds of values, and so many words for one of them. */
enum { RESERVED_GROUPS = 3, SECOND_WORDS = 2, MINUTE_WORDS = 3 };

static const struct window_table *table_of(const struct window *window)
{
	return window->cuts->table;
}

/* ---- spans ---- */

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
static void walk(const struct window *window, unsigned span_s, window_pair_fn *fn, void *context)
{
	window_strip_walk(&window->minutes, minutes_of(span_s), fn, context);
	window_strip_walk(&window->seconds, seconds_of(window, span_s), fn, context);
}

struct tally {
	unsigned cell;
	uint64_t n, above;
};

static void count_pair(void *context, unsigned cell, uint64_t count)
{
	struct tally *tally = context;

	tally->n = window_add(tally->n, count);
	if (cell > tally->cell)
		tally->above = window_add(tally->above, count);
}

static void spread_pair(void *context, unsigned cell, uint64_t count)
{
	uint64_t *cells = context;

	cells[cell] = window_add(cells[cell], count);
}

static void highest_pair(void *context, unsigned cell, uint64_t count)
{
	unsigned *highest = context;

	(void)count;
	if (cell + 1 > *highest)
		*highest = cell + 1;
}

/* ---- readings ---- */

/* What is not whole any more says no "no". */
static void keep_cover(struct window *window, unsigned whole, unsigned slots, unsigned slot_s)
{
	const uint64_t since = window->seconds.newest - (uint64_t)whole * slot_s;

	if (whole < slots && since > window->cover)
		window->cover = since;
}

/* The minute before the newest tick's is closed when its last tick is a past one: at the first tick of the next. */
static void close_minute(struct window *window)
{
	struct window_strip *minutes = &window->minutes;
	uint64_t cells[WINDOW_CELLS_MAX] = { 0 };

	window_strip_walk(&window->seconds, MINUTE, spread_pair, cells);
	window_strip_turn(minutes);
	keep_cover(window, window_strip_fill(minutes, window->cuts, window->purse, cells),
		   minutes->slots, MINUTE);
	window_strip_put_sum(minutes, 0, window_strip_sum(&window->seconds, MINUTE));
}

static void turn_to(struct window *window, uint64_t tick)
{
	while (window->seconds.newest < tick) {
		if (window->seconds.newest && window->seconds.newest % MINUTE == 0)
			close_minute(window);
		window_strip_turn(&window->seconds);
	}
}

void window_start(struct window *window, uint64_t cover, uint64_t tick)
{
	window_strip_empty(&window->seconds, tick);
	window_strip_empty(&window->minutes, 0);
	window->cover = cover;
	window->read_tick = tick;
}

/* False: no memory. */
static bool make_room(struct window *window, unsigned length)
{
	const unsigned room = length + BEFORE_STEP;
	uint16_t *before;

	if (length <= window->before_room)
		return true;
	before = realloc(window->before, room * sizeof *before);
	if (!before)
		return false;
	window->before = before;
	window->before_room = room;
	return true;
}

void window_base(struct window *window, const uint64_t *cells, uint64_t sum)
{
	uint16_t words[WINDOW_WORDS_MAX];
	const unsigned length = window_pairs_put(table_of(window), cells, words);

	window->blind = !make_room(window, length);
	window->before_length = window->blind ? 0 : length;
	if (window->before_length)
		memcpy(window->before, words, length * sizeof *words);
	window->before_sum = sum;
}

static void spread_before(const struct window *window, uint64_t *cells)
{
	struct window_pair pair;

	for (unsigned i = 0; i < window->before_length;) {
		i += window_pair_get(&window->before[i], &pair);
		cells[pair.cell] = pair.count;
	}
}

static uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

static uint64_t gain(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : now;
}

/* A forged gain may be too much to be summed; then it is as much as can be said. */
static uint64_t shown_sum(const struct window_table *table, const uint64_t *gained)
{
	uint64_t sum = 0;

	for (unsigned cell = table->first; cell < table->cells; cell++) {
		uint64_t of_cell;

		if (__builtin_mul_overflow(gained[cell],
					   gained[cell] ? window_shown(table, cell) : 0, &of_cell))
			of_cell = UINT64_MAX;
		sum = window_add(sum, of_cell);
	}
	return sum;
}

/* Into the newest slot. */
static void take_gain(struct window *window, const uint64_t *cells, uint64_t sum)
{
	const struct window_table *table = table_of(window);
	struct window_strip *seconds = &window->seconds;
	uint64_t gained[WINDOW_CELLS_MAX] = { 0 };

	spread_before(window, gained);
	for (unsigned i = table->first; i < table->cells; i++)
		gained[i] = gain(at_most(cells[i], WINDOW_COUNT_MAX), gained[i]);
	keep_cover(window, window_strip_fill(seconds, window->cuts, window->purse, gained),
		   seconds->slots, 1);
	window_strip_put_sum(seconds, 0,
			     table->sums == SUMS_TOLD ? gain(sum, window->before_sum)
						      : shown_sum(table, gained));
}

/* The reading after read_tick was due one tick later. */
static bool is_late(const struct window *window, uint64_t tick)
{
	return tick - window->read_tick > WINDOW_LATE_S + 1;
}

bool window_read(struct window *window, uint64_t tick, const uint64_t *cells, uint64_t sum)
{
	const bool late = is_late(window, tick) || window->blind;

	if (late) {
		window_start(window, tick, tick);
	} else {
		turn_to(window, tick);
		take_gain(window, cells, sum);
	}
	window_base(window, cells, sum);
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

struct window_counts window_count(const struct window *window, unsigned span_s, uint64_t threshold)
{
	struct tally tally = { .cell = table_of(window)->cell(threshold) };
	enum window_cover cover = WINDOW_PARTIAL;

	walk(window, span_s, count_pair, &tally);
	if (window->seconds.newest >= window->cover + span_s)
		cover = WINDOW_COVERED;
	else if (!tally.n)
		cover = WINDOW_EMPTY;
	return (struct window_counts){ tally.n, tally.above, cover };
}

uint64_t window_sum(const struct window *window, unsigned span_s)
{
	if (table_of(window)->sums == SUMS_BAD)
		return window_count(window, span_s, 0).above;
	return window_add(window_strip_sum(&window->minutes, minutes_of(span_s)),
			  window_strip_sum(&window->seconds, seconds_of(window, span_s)));
}

uint64_t window_max(const struct window *window, unsigned span_s)
{
	const struct window_table *table = table_of(window);
	unsigned cell = 0; /* + 1 */

	walk(window, span_s, highest_pair, &cell);
	if (!cell)
		return 0;
	return cell == table->cells ? window_beyond(table) : table->bound(cell - 1);
}

uint64_t window_quantile(const struct window *window, unsigned span_s, uint32_t q_per_million)
{
	const struct window_table *table = table_of(window);
	uint64_t cells[WINDOW_CELLS_MAX] = { 0 }, seen = 0, n, rank;
	unsigned cell = 0;

	walk(window, span_s, spread_pair, cells);
	n = aw_cells_count(cells, table->cells);
	if (!n)
		return 0;
	rank = (uint64_t)(((__uint128_t)n * q_per_million + 999999) / 1000000);
	while ((seen += cells[cell]) < rank || !seen)
		cell++;
	return window_shown(table, cell);
}

/* ---- life ---- */

/* Words that a strip may always take: of a million values a second of each kind that its cuts tell apart, and of one slot
 * that alone has all of them, however many. */
static unsigned reserve_of(unsigned slots, unsigned groups)
{
	const unsigned pair = slots == WINDOW_SECONDS ? SECOND_WORDS : MINUTE_WORDS;
	const unsigned room = slots * pair * (groups < RESERVED_GROUPS ? groups : RESERVED_GROUPS);
	const unsigned slot = groups * WINDOW_PAIR_WORDS;

	return room > slot ? room : slot;
}

static unsigned sums_of(const struct window *window)
{
	return window->cuts->summed && table_of(window)->sums != SUMS_BAD ? SLOTS : 0;
}

static size_t fixed_bytes(const struct window *window)
{
	return sums_of(window) * sizeof *window->seconds.sums +
	       SLOTS * sizeof *window->seconds.lengths;
}

/* As if each cell were as far as it can be. */
static size_t before_bytes(const struct window *window)
{
	return (table_of(window)->cells * WINDOW_PAIR_WORDS + BEFORE_STEP) * sizeof *window->before +
	       WINDOW_BLOCK_BYTES;
}

size_t window_bytes(const struct window *window)
{
	return sizeof *window + fixed_bytes(window) + before_bytes(window) +
	       (window->seconds.paid + window->minutes.paid) * sizeof *window->seconds.words +
	       4 * (size_t)WINDOW_BLOCK_BYTES;
}

/* One block: sums and lengths of both strips. */
static bool lay_out(struct window *window)
{
	uint64_t *words = calloc(1, fixed_bytes(window));

	if (!words)
		return false;
	window->block = words;
	if (sums_of(window)) {
		window->seconds.sums = words;
		window->minutes.sums = words + WINDOW_SECONDS;
	}
	window->seconds.slots = WINDOW_SECONDS;
	window->minutes.slots = WINDOW_MINUTES;
	window->seconds.lengths = (uint16_t *)(void *)(words + sums_of(window));
	window->minutes.lengths = window->seconds.lengths + WINDOW_SECONDS;
	return true;
}

static void let_go(struct window *window)
{
	window_strip_deinit(&window->seconds);
	window_strip_deinit(&window->minutes);
	free(window->before);
	free(window->block);
	window->before = NULL;
	window->block = NULL;
	window->purse = NULL;
}

bool window_init(struct window *window, struct window_purse *purse, const struct window_cuts *cuts)
{
	const unsigned groups = window_cuts_groups(cuts);

	*window = (struct window){ .purse = purse, .cuts = cuts };
	window->seconds.paid = reserve_of(WINDOW_SECONDS, groups);
	window->minutes.paid = reserve_of(WINDOW_MINUTES, groups);
	if (purse->left_bytes >= (ptrdiff_t)window_bytes(window) && lay_out(window) &&
	    window_strip_init(&window->seconds, window->seconds.paid) &&
	    window_strip_init(&window->minutes, window->minutes.paid)) {
		purse->left_bytes -= (ptrdiff_t)window_bytes(window);
		return true;
	}
	let_go(window);
	return false;
}

/* What its strips took beyond their reserves. */
static ptrdiff_t spare_bytes(const struct window *window)
{
	const unsigned groups = window_cuts_groups(window->cuts);
	const unsigned reserved =
		reserve_of(WINDOW_SECONDS, groups) + reserve_of(WINDOW_MINUTES, groups);
	const unsigned paid = window->seconds.paid + window->minutes.paid;

	return (ptrdiff_t)((paid - reserved) * sizeof *window->seconds.words);
}

void window_deinit(struct window *window)
{
	if (!window->purse)
		return;
	window->purse->left_bytes += (ptrdiff_t)window_bytes(window);
	window->purse->spare_bytes += spare_bytes(window);
	let_go(window);
}
