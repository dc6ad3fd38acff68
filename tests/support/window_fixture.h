/* SPDX-License-Identifier: MIT */
/* One window of times with its totals, for the tests of collector/window.c. */
#ifndef AUDIOWATCH_TESTS_WINDOW_FIXTURE_H
#define AUDIOWATCH_TESTS_WINDOW_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#include "collector/window.h"

#define MS UINT64_C(1000000)
#define BEYOND_NS UINT64_C(128000000001)

static const uint64_t used_ns[] = { 25 * MS, 100 * MS, 20 * MS, 26 * MS,  1 * MS,   2 * MS,
				    5 * MS,  10 * MS,  50 * MS, 200 * MS, 1000 * MS };
enum { USED = sizeof used_ns / sizeof *used_ns, FEW = 4, RESERVED = 2, PLENTY = 16 << 20 };

static inline struct window_cuts cuts_in_use(unsigned used)
{
	struct window_cuts cuts = { .table = &window_tables[WINDOW_TIME], .summed = true };

	for (unsigned i = used; i-- > 0;)
		assert_true(window_cuts_add(&cuts, used_ns[i]));
	assert_true(window_cuts_add(&cuts, used_ns[0]));
	assert_int_equal(cuts.count, used);
	return cuts;
}

/* A window, the totals it is fed, and what it has. */
struct bench {
	struct window_purse purse;
	struct window_cuts cuts;
	struct window window;
	uint64_t cells[AW_TIME_CELLS], sum_ns, tick;
};

/* Of the first `used` thresholds; beside what is reserved, spare_bytes may be taken. */
static inline struct bench *bench_of(unsigned used, ptrdiff_t spare_bytes)
{
	struct bench *bench = calloc(1, sizeof *bench);

	assert_non_null(bench);
	bench->cuts = cuts_in_use(used);
	bench->purse = (struct window_purse){ PLENTY, PLENTY };
	assert_true(window_init(&bench->window, &bench->purse, &bench->cuts));
	bench->purse = (struct window_purse){ spare_bytes, spare_bytes };
	window_start(&bench->window, 0, 0);
	return bench;
}

static inline struct bench *bench_new(void)
{
	return bench_of(USED, PLENTY);
}

static inline void bench_free(struct bench *bench)
{
	window_deinit(&bench->window);
	free(bench);
}

static inline void put(struct bench *bench, uint64_t ns)
{
	bench->cells[aw_time_cell(ns)]++;
	bench->sum_ns += ns;
}

static inline bool read_next(struct bench *bench)
{
	return window_read(&bench->window, ++bench->tick, bench->cells, bench->sum_ns);
}

static inline uint64_t count_n(const struct bench *bench, unsigned span_s)
{
	return window_count(&bench->window, span_s, 25 * MS).n;
}

#endif
