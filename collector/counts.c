/* SPDX-License-Identifier: MIT */
/* From cells to classic buckets, and what carries a counter over. Pure. */
#include "collector/counts.h"

#include <stdbool.h>

/* The reader's copies are private memory: nobody else writes them, so they are plain words by
 * now. */
static const uint64_t *plain(const _Atomic uint64_t *words)
{
	return (const uint64_t *)(const void *)words;
}

/* The bounds 0.25 0.5 0.7 0.8 0.9 0.95 1.0 1.25 1.5 2.0 in twentieths: the last cell of each
 * bucket. */
static const unsigned load_ends[COUNTS_LOAD] = {
	5, 10, 14, 16, 18, 19, 20, 25, 30, 40, AW_LOAD_CELLS - 1
};

static void fold_load(struct engine_counts *counts, const uint64_t cells[AW_LOAD_CELLS])
{
	unsigned cell = 1;

	counts->load_sum_fortieths = 0;
	for (unsigned b = 0; b < COUNTS_LOAD; b++) {
		counts->load[b] = 0;
		for (; cell <= load_ends[b]; cell++) {
			counts->load[b] += cells[cell];
			counts->load_sum_fortieths += cells[cell] * (cell <= 40 ? 2 * cell - 1 : 80);
		}
	}
	counts->budgeted = aw_cells_count(cells + 1, AW_LOAD_CELLS - 1);
	counts->cycles = counts->budgeted + cells[0];
	counts->misses = aw_cells_count(cells + 21, AW_LOAD_CELLS - 21);
}

void counts_engine(struct engine_counts *counts, const struct aw_engine_totals *totals,
		   const struct aw_any_thread *any)
{
	const uint64_t *render = plain(totals->render);

	aw_time_classic(render, COUNTS_RENDER - 1, counts->render);
	counts->blocks = aw_cells_count(render, AW_TIME_CELLS);
	fold_load(counts, plain(totals->load));
	for (unsigned i = 0; i < COUNTS_WAKE; i++)
		counts->wake[i] = plain(totals->wake)[i];
	for (unsigned i = 0; i < AW_XRUN_SOURCES; i++) {
		counts->reports[i] = plain(any->xrun_reports)[i];
		counts->refused_delays[i] = plain(any->refused_delays)[i];
	}
	counts->misuse_begin = totals->misuse_begin;
	counts->misuse_end = totals->misuse_end;
	counts->clock_backwards = totals->clock_backwards;
}

void counts_channel(struct channel_counts *counts, const struct aw_channel_totals *totals)
{
	for (unsigned i = 0; i < AW_CHANNEL_CELLS; i++)
		counts->cells[i] = plain(totals->cells)[i];
	counts->sum_ns = totals->sum_ns;
	counts->misuse = totals->misuse;
}

void counts_function(struct function_counts *counts, const struct aw_function_totals *totals)
{
	const uint64_t *cells = plain(totals->cells);

	aw_time_classic(cells, COUNTS_FFI - 1, counts->cells);
	counts->calls = aw_cells_count(cells, AW_TIME_CELLS);
	counts->sum_ns = totals->sum_ns;
	counts->errors = totals->errors;
}

void counts_feed(void *value, void *last, const void *now, size_t size)
{
	uint64_t *sum = value, *before = last;
	const uint64_t *word = now;
	bool again = false;

	for (size_t i = 0; i < size / sizeof *sum; i++)
		again |= word[i] < before[i];
	for (size_t i = 0; i < size / sizeof *sum; i++) {
		const uint64_t gain = again ? word[i] : word[i] - before[i];

		sum[i] = gain > UINT64_MAX - sum[i] ? UINT64_MAX : sum[i] + gain;
		before[i] = word[i];
	}
}
