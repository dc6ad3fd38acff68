/* SPDX-License-Identifier: MIT */
/* The tables of cells that windows are made of, and the thresholds that cut them. Pure; owned by the poll thread.
 *
 * Invariant: cell k holds the values v with bound(k - 1) < v <= bound(k), so what is above a threshold that is a bound is
 * counted exactly; the last cell has no bound.
 *
 *	table   cells  unit        a quantile that is shown lies within
 *	TIME      879  ns          1.1 % of the true one
 *	LOAD       42  millionths  25000, a fortieth of the budget; cell 0, of an unknown budget, is no sample
 *	WAKE       18  ns          a third of the true one: its cells are octaves
 *	FLAGS       2  0 or 1      exact: cell 0 is good, cell 1 bad */
#ifndef AUDIOWATCH_COLLECTOR_WINDOW_TABLE_H
#define AUDIOWATCH_COLLECTOR_WINDOW_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/hist.h"

enum window_table_id { WINDOW_TIME, WINDOW_LOAD, WINDOW_WAKE, WINDOW_FLAGS, WINDOW_TABLES };

enum { WINDOW_CELLS_MAX = AW_TIME_CELLS, WINDOW_CUTS_MAX = 384 };

/* How sums come about: TOLD with the totals, SHOWN by adding up what is shown of each cell, BAD by counting. */
enum window_sums { SUMS_TOLD, SUMS_SHOWN, SUMS_BAD };

struct window_table {
	unsigned cells, first; /* cells below `first` are no samples */
	unsigned part; /* what is shown of a cell lies this part of its width above its lower bound */
	enum window_sums sums;
	unsigned (*cell)(uint64_t value);
	uint64_t (*bound)(unsigned cell); /* of the last one: UINT64_MAX */
};
extern const struct window_table window_tables[WINDOW_TABLES];

/* What decisions take for a threshold: the bound it is, or the next above it. */
uint64_t window_effective(const struct window_table *table, uint64_t threshold);
/* What is said of a value above the last bound, for people: it may be any more. */
uint64_t window_beyond(const struct window_table *table);
/* What is shown of a value that is known by its cell. */
uint64_t window_shown(const struct window_table *table, unsigned cell);

/* The cells of the thresholds in use, ascending, none twice; outlives the windows that use it. */
struct window_cuts {
	const struct window_table *table; /* NULL: nobody asks for such a window */
	uint16_t cells[WINDOW_CUTS_MAX];
	unsigned count;
	bool summed; /* somebody asks for sums; those of flags are counts, and always there */
};
/* False when it is full; what was there already is no loss. */
bool window_cuts_add(struct window_cuts *cuts, uint64_t threshold);
/* How many kinds of values the cuts tell apart, at least 1. */
unsigned window_cuts_groups(const struct window_cuts *cuts);

#endif
