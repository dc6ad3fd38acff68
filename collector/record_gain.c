/* SPDX-License-Identifier: MIT */
/* Marginal counts of times, loads and delays into calls that have them all. Pure. */
#include "collector/record_gain.h"

#define NS_A_SECOND UINT64_C(1000000000)
#define LONGEST_NS (UINT64_C(1) << 48)

enum { GROUPS_MAX = AW_TIME_CELLS + AW_LOAD_CELLS + 1 };

/* n calls, each at least so long, and at most. */
struct group {
	uint64_t n, low_ns, high_ns;
};

struct split {
	struct record_gain left;
	struct group groups[GROUPS_MAX];
	unsigned count;
	uint64_t excess_ns; /* of the sum, over the least that the groups can be */
	uint64_t missed;
	record_part_fn *fn;
	void *context;
};

/* ---- groups ---- */

static struct group range_of_time(unsigned cell)
{
	return (struct group){ 0, cell ? aw_time_bounds[cell - 1] + 1 : 0,
			       cell < AW_TIME_BOUNDS ? aw_time_bounds[cell] : LONGEST_NS };
}

/* The longest time that is still within so many twentieths of the budget. */
static uint64_t longest_ns(const struct record_gain *gain, unsigned twentieths)
{
	return (uint64_t)((__uint128_t)twentieths * gain->frames * NS_A_SECOND /
			  ((uint64_t)20 * gain->rate_hz));
}

/* Of a call that is a cycle; without an overlap its time is what counts. */
static struct group within_load(const struct record_gain *gain, struct group range, unsigned cell)
{
	const uint64_t low_ns = cell > 1 ? longest_ns(gain, cell - 1) + 1 : 0;
	const uint64_t high_ns = cell < AW_LOAD_CELLS - 1 ? longest_ns(gain, cell) : LONGEST_NS;

	if (low_ns > range.high_ns || high_ns < range.low_ns)
		return range;
	range.low_ns = low_ns > range.low_ns ? low_ns : range.low_ns;
	range.high_ns = high_ns < range.high_ns ? high_ns : range.high_ns;
	return range;
}

/* The highest load that is left; 0: none is. */
static unsigned highest_load(const struct record_gain *left)
{
	unsigned cell = left->rate_hz && left->frames ? AW_LOAD_CELLS - 1 : 0;

	while (cell && !left->loads[cell])
		cell--;
	return cell;
}

/* The slowest calls are the highest loads. */
static void group_cell(struct split *split, unsigned cell)
{
	struct record_gain *left = &split->left;

	while (left->times[cell]) {
		const unsigned load = highest_load(left);
		struct group group = range_of_time(cell);

		group.n = left->times[cell];
		if (load) {
			group = within_load(left, group, load);
			group.n = left->loads[load] < group.n ? left->loads[load] : group.n;
			left->loads[load] -= group.n;
		}
		left->times[cell] -= group.n;
		split->groups[split->count++] = group;
	}
}

/* More cycles than calls: those that were missed altogether. */
static void take_missed(struct split *split)
{
	struct record_gain *left = &split->left;
	const uint64_t calls = aw_cells_count(left->times, AW_TIME_CELLS);
	const uint64_t cycles = aw_cells_count(left->loads + 1, AW_LOAD_CELLS - 1);
	uint64_t *above = &left->loads[AW_LOAD_CELLS - 1];

	if (!calls || cycles <= calls)
		return;
	split->missed = cycles - calls < *above ? cycles - calls : *above;
	*above -= split->missed;
}

/* ---- parts ---- */

/* The highest cell of delays that has some left; AW_WAKE_CELLS: none has. */
static unsigned delay_of(const struct record_gain *left)
{
	unsigned cell = AW_WAKE_CELLS;

	while (cell-- > 0)
		if (left->wakes[cell])
			return cell;
	return AW_WAKE_CELLS;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void put_parts(struct split *split, uint64_t n, uint64_t ns)
{
	struct record_gain *left = &split->left;

	while (n) {
		const unsigned delay = delay_of(left);
		struct record_part part = { .n = n, .ns = ns, .missed = split->missed };

		if (part.missed)
			part.n = 1;
		if (delay < AW_WAKE_CELLS) {
			part.late = true;
			part.late_ns = (UINT64_C(1000000000) << delay) >> 20;
			part.n = least(part.n, left->wakes[delay]);
			left->wakes[delay] -= part.n;
		}
		part.failed = left->failed;
		if (part.failed)
			part.n = least(part.n, left->failed);
		left->failed -= part.failed ? part.n : 0;
		split->missed = 0;
		split->fn(split->context, &part);
		n -= part.n;
	}
}

/* As much of the excess as it takes; what is left over of a division is a nanosecond more for some. */
static void put_group(struct split *split, const struct group *group)
{
	const __uint128_t room = (__uint128_t)group->n * (group->high_ns - group->low_ns);
	const uint64_t taken = room < split->excess_ns ? (uint64_t)room : split->excess_ns;
	const uint64_t ns = group->low_ns + taken / group->n, more = taken % group->n;

	split->excess_ns -= taken;
	put_parts(split, more, ns + 1);
	put_parts(split, group->n - more, ns);
}

static uint64_t excess_of(const struct split *split)
{
	uint64_t low_ns = 0;

	for (unsigned g = 0; g < split->count; g++)
		low_ns += split->groups[g].n * split->groups[g].low_ns;
	return split->left.times_ns > low_ns ? split->left.times_ns - low_ns : 0;
}

void record_gain_split(const struct record_gain *gain, record_part_fn *fn, void *context)
{
	struct split split = { .left = *gain, .fn = fn, .context = context };

	take_missed(&split);
	for (unsigned cell = AW_TIME_CELLS; cell-- > 0;)
		group_cell(&split, cell);
	split.excess_ns = excess_of(&split);
	for (unsigned g = 0; g < split.count; g++)
		put_group(&split, &split.groups[g]);
}
