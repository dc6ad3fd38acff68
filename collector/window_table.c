/* SPDX-License-Identifier: MIT */
/* Where the cells of each table end. Pure; owned by the poll thread. */
#include "collector/window_table.h"

#include <string.h>

enum { TWENTIETH = 50000 }; /* millionths */

static unsigned time_cell(uint64_t value)
{
	return aw_time_cell(value);
}

static uint64_t time_bound(unsigned cell)
{
	return aw_time_bounds[cell];
}

static unsigned load_cell(uint64_t value)
{
	const uint64_t cell = value ? (value - 1) / TWENTIETH + 1 : 1;

	return cell < AW_LOAD_CELLS ? (unsigned)cell : AW_LOAD_CELLS - 1;
}

static uint64_t load_bound(unsigned cell)
{
	return cell < AW_LOAD_CELLS - 1 ? cell * (uint64_t)TWENTIETH : UINT64_MAX;
}

static unsigned wake_cell(uint64_t value)
{
	return aw_wake_cell(value);
}

static uint64_t wake_bound(unsigned cell)
{
	return cell < AW_WAKE_CELLS - 1 ? (UINT64_C(1000000000) << cell) >> 20 : UINT64_MAX;
}

static unsigned flag_cell(uint64_t value)
{
	return value > 0;
}

static uint64_t flag_bound(unsigned cell)
{
	return cell ? UINT64_MAX : 0;
}

const struct window_table window_tables[WINDOW_TABLES] = {
	[WINDOW_TIME] = { AW_TIME_CELLS, 0, 2, SUMS_TOLD, time_cell, time_bound },
	[WINDOW_LOAD] = { AW_LOAD_CELLS, 1, 2, SUMS_SHOWN, load_cell, load_bound },
	[WINDOW_WAKE] = { AW_WAKE_CELLS, 0, 3, SUMS_TOLD, wake_cell, wake_bound },
	[WINDOW_FLAGS] = { 2, 0, 1, SUMS_BAD, flag_cell, flag_bound },
};

uint64_t window_effective(const struct window_table *table, uint64_t threshold)
{
	return table->bound(table->cell(threshold));
}

uint64_t window_beyond(const struct window_table *table)
{
	return table->bound(table->cells - 2) + 1;
}

uint64_t window_shown(const struct window_table *table, unsigned cell)
{
	const uint64_t low = cell > table->first ? table->bound(cell - 1) : 0;

	if (cell == table->cells - 1)
		return window_beyond(table);
	return low + (table->bound(cell) - low + table->part / 2) / table->part;
}

/* ---- cuts ---- */

bool window_cuts_add(struct window_cuts *cuts, uint64_t threshold)
{
	const uint16_t cell = (uint16_t)cuts->table->cell(threshold);
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

unsigned window_cuts_groups(const struct window_cuts *cuts)
{
	const unsigned most = cuts->table->cells - cuts->table->first;

	return cuts->count + 1 < most ? cuts->count + 1 : most;
}
