/* SPDX-License-Identifier: MIT */
/* Tests of what the windows of one source take, by malloc's own count: whatever names, thresholds and samples, they stay
 * within the purse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <malloc.h>
#include <stdlib.h>

#include "collector/window.h"

#define MS UINT64_C(1000000)

enum { TICKS = 320, FEW_TICKS = 70, PROBE = 1 << 16, WINDOWS_MAX = 1024 };

static size_t taken_bytes(void)
{
	const struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Sanitizers bring an allocator of their own, which tells nothing. */
static bool malloc_tells(void)
{
	const size_t before = taken_bytes();
	void *volatile probe = malloc(PROBE);
	const bool tells = probe && taken_bytes() >= before + PROBE;

	free(probe);
	return tells;
}

/* The windows of one source, each as its owner has it. */
struct bench {
	struct window_purse purse;
	struct window_cuts cuts[WINDOW_TABLES];
	struct window *windows[WINDOWS_MAX];
	unsigned count;
};

static struct bench bench_of_rules(void)
{
	struct bench bench = { .purse = WINDOW_PURSE };

	for (unsigned i = 0; i < WINDOW_TABLES; i++)
		bench.cuts[i].table = &window_tables[i];
	assert_true(window_cuts_add(&bench.cuts[WINDOW_TIME], 20 * MS));
	assert_true(window_cuts_add(&bench.cuts[WINDOW_TIME], 25 * MS));
	assert_true(window_cuts_add(&bench.cuts[WINDOW_LOAD], 900000));
	assert_true(window_cuts_add(&bench.cuts[WINDOW_LOAD], 950000));
	assert_true(window_cuts_add(&bench.cuts[WINDOW_WAKE], 1 * MS));
	assert_true(window_cuts_add(&bench.cuts[WINDOW_WAKE], 4 * MS));
	assert_true(window_cuts_add(&bench.cuts[WINDOW_FLAGS], 0));
	return bench;
}

static bool open_one(struct bench *bench, enum window_table_id table)
{
	struct window *window = malloc(sizeof *window);

	assert_non_null(window);
	if (!window_init(window, &bench->purse, &bench->cuts[table])) {
		free(window);
		return false;
	}
	window_start(window, 0, 0);
	bench->windows[bench->count++] = window;
	return true;
}

static bool open_engines(struct bench *bench, unsigned count)
{
	bool all = true;

	for (unsigned i = 0; i < count; i++)
		for (unsigned table = 0; table < WINDOW_TABLES; table++)
			all &= open_one(bench, (enum window_table_id)table);
	return all;
}

static bool open_functions(struct bench *bench, unsigned count)
{
	bool all = true;

	for (unsigned i = 0; i < count; i++) {
		all &= open_one(bench, WINDOW_TIME);
		all &= open_one(bench, WINDOW_FLAGS);
	}
	return all;
}

/* Every cell rises in every tick: more than any engine can do. The most that malloc gave. */
static size_t fill(const struct bench *bench, size_t before)
{
	uint64_t cells[WINDOW_CELLS_MAX] = { 0 };
	const unsigned ticks = malloc_tells() ? TICKS : FEW_TICKS;
	size_t most = 0;

	for (uint64_t tick = 1; tick <= ticks; tick++) {
		for (unsigned cell = 0; cell < WINDOW_CELLS_MAX; cell++)
			cells[cell]++;
		for (unsigned i = 0; i < bench->count; i++)
			assert_true(window_read(bench->windows[i], tick, cells, 0));
		most = taken_bytes() - before > most ? taken_bytes() - before : most;
	}
	return most;
}

static void assert_within(struct bench *bench, size_t before)
{
	const size_t most = fill(bench, before);

	if (malloc_tells()) {
		assert_in_range(most, WINDOW_PURSE_BYTES / 2, WINDOW_PURSE_BYTES);
		assert_true(most <= WINDOW_PURSE_BYTES - (size_t)bench->purse.left_bytes);
	}
	assert_true(bench->purse.left_bytes >= 0);
	for (unsigned i = 0; i < bench->count; i++) {
		window_deinit(bench->windows[i]);
		free(bench->windows[i]);
	}
	assert_int_equal(bench->purse.left_bytes, WINDOW_PURSE_BYTES);
	assert_int_equal(bench->purse.spare_bytes, WINDOW_SPARE_BYTES);
}

static void sixty_four_functions_and_eight_engines_have_all_their_windows(void **state)
{
	struct bench bench = bench_of_rules();
	const size_t before = taken_bytes();

	(void)state;
	assert_true(open_engines(&bench, 8));
	assert_true(open_functions(&bench, 64));
	for (unsigned i = 0; i < bench.count; i++)
		assert_int_equal(bench.windows[i]->cover, 0);
	assert_within(&bench, before);
}

static void more_names_than_fit_get_none_and_the_rest_stays_within_the_purse(void **state)
{
	struct bench bench = bench_of_rules();
	const size_t before = taken_bytes();

	(void)state;
	assert_false(open_engines(&bench, 64));
	assert_false(open_functions(&bench, 256));
	assert_true(bench.count > 64);
	assert_within(&bench, before);
}

static void as_many_thresholds_as_there_may_be_stay_within_the_purse(void **state)
{
	struct bench bench = bench_of_rules();
	const size_t before = taken_bytes();

	(void)state;
	for (unsigned i = 0; i < AW_TIME_BOUNDS; i++)
		(void)window_cuts_add(&bench.cuts[WINDOW_TIME], aw_time_bounds[i]);
	assert_int_equal(bench.cuts[WINDOW_TIME].count, WINDOW_CUTS_MAX);
	assert_true(open_engines(&bench, 8));
	assert_true(open_functions(&bench, 64));
	assert_within(&bench, before);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sixty_four_functions_and_eight_engines_have_all_their_windows),
		cmocka_unit_test(more_names_than_fit_get_none_and_the_rest_stays_within_the_purse),
		cmocka_unit_test(as_many_thresholds_as_there_may_be_stay_within_the_purse),
	};

	return cmocka_run_group_tests_name("window_memory", tests, NULL, NULL);
}
