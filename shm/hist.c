/* SPDX-License-Identifier: MIT */
/* What a reader does with an array of cells. Pure; any thread. */
#include "shm/hist.h"

const uint64_t aw_classic_ns[AW_CLASSIC_BOUNDS] = {
	500000,	  1000000,  2000000,   5000000,	  10000000,   15000000,	  20000000,    25000000,
	30000000, 50000000, 100000000, 250000000, 1000000000, 2500000000, 10000000000,
};

uint64_t aw_cells_count(const uint64_t *cells, unsigned n)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < n; i++)
		count += cells[i];
	return count;
}

uint64_t aw_time_above(const uint64_t cells[AW_TIME_CELLS], uint64_t threshold_ns,
		       uint64_t *effective_ns)
{
	const unsigned cell = aw_time_cell(threshold_ns);

	if (effective_ns)
		*effective_ns = aw_time_bounds[cell];
	return aw_cells_count(cells + cell + 1, AW_TIME_CELLS - cell - 1);
}

uint64_t aw_time_quantile(const uint64_t cells[AW_TIME_CELLS], uint32_t q_per_million)
{
	const uint64_t n = aw_cells_count(cells, AW_TIME_CELLS);
	const __uint128_t product = (__uint128_t)n * q_per_million;
	const uint64_t rank = (uint64_t)((product + 999999) / 1000000);
	uint64_t seen = 0;

	if (!n)
		return 0;
	for (unsigned i = 0; i < AW_TIME_CELLS; i++) {
		seen += cells[i];
		if (seen && seen >= rank)
			return aw_time_bounds[i];
	}
	return UINT64_MAX;
}

void aw_time_classic(const uint64_t cells[AW_TIME_CELLS], unsigned bounds, uint64_t *classic)
{
	unsigned cell = 0;

	for (unsigned b = 0; b < bounds; b++) {
		classic[b] = 0;
		for (const unsigned end = aw_time_cell(aw_classic_ns[b]); cell <= end; cell++)
			classic[b] += cells[cell];
	}
	classic[bounds] = aw_cells_count(cells + cell, AW_TIME_CELLS - cell);
}
