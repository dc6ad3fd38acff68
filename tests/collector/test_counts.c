/* SPDX-License-Identifier: MIT */
/* Tests of collector/counts.c: cells to classic buckets, so that the families agree with one
 * another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/counts.h"

#include <string.h>

static struct aw_engine_totals totals;
static struct aw_any_thread any;

static struct engine_counts counts_of_totals(void)
{
	struct engine_counts counts = { 0 };

	counts_engine(&counts, &totals, &any);
	return counts;
}

static int clear(void **state)
{
	(void)state;
	memset(&totals, 0, sizeof totals);
	memset(&any, 0, sizeof any);
	return 0;
}

static void a_render_time_is_in_the_bucket_of_the_first_bound_not_below_it(void **state)
{
	struct engine_counts counts;

	(void)state;
	totals.render[aw_time_cell(25000000)] = 2; /* le 0.025 */
	totals.render[aw_time_cell(25000001)] = 3; /* le 0.03 */
	totals.render[aw_time_cell(1000000001)] = 5;
	counts = counts_of_totals();
	assert_int_equal(counts.render[7], 2);
	assert_int_equal(counts.render[8], 3);
	assert_int_equal(counts.render[COUNTS_RENDER - 1], 5);
	assert_int_equal(counts.blocks, 10);
}

static void load_buckets_end_at_their_bounds(void **state)
{
	static const struct {
		unsigned cell, bucket;
	} rows[] = { { 1, 0 },	{ 5, 0 },  { 6, 1 },  { 10, 1 }, { 11, 2 }, { 14, 2 }, { 15, 3 },
		     { 16, 3 }, { 17, 4 }, { 18, 4 }, { 19, 5 }, { 20, 6 }, { 21, 7 }, { 25, 7 },
		     { 26, 8 }, { 30, 8 }, { 31, 9 }, { 40, 9 }, { 41, 10 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		clear(state);
		totals.load[rows[i].cell] = 1;
		assert_int_equal(counts_of_totals().load[rows[i].bucket], 1);
	}
}

static void misses_are_the_cycles_above_the_bound_of_one(void **state)
{
	struct engine_counts counts;
	uint64_t above = 0;

	(void)state;
	for (unsigned i = 0; i < AW_LOAD_CELLS; i++)
		totals.load[i] = i + 1;
	counts = counts_of_totals();
	for (unsigned b = 7; b < COUNTS_LOAD; b++)
		above += counts.load[b];
	assert_int_equal(counts.misses, above);
	assert_int_equal(counts.cycles, counts.budgeted + 1); /* the cycle of an unknown budget */
}

static void the_sum_of_loads_takes_the_middle_of_each_twentieth(void **state)
{
	(void)state;
	totals.load[0] = 100;
	totals.load[1] = 1; /* 1/40 */
	totals.load[20] = 1; /* 39/40 */
	totals.load[41] = 1; /* 2 */
	assert_int_equal(counts_of_totals().load_sum_fortieths, 1 + 39 + 80);
}

static void an_engines_other_words_are_taken_as_they_are(void **state)
{
	struct engine_counts counts;

	(void)state;
	totals.wake[17] = 4;
	totals.misuse_begin = 5;
	totals.misuse_end = 6;
	totals.clock_backwards = 7;
	any.xrun_reports[AW_XRUN_SOURCES - 1] = 8;
	any.refused_delays[0] = 9;
	counts = counts_of_totals();
	assert_int_equal(counts.wake[17], 4);
	assert_int_equal(counts.misuse_begin, 5);
	assert_int_equal(counts.misuse_end, 6);
	assert_int_equal(counts.clock_backwards, 7);
	assert_int_equal(counts.reports[AW_XRUN_SOURCES - 1], 8);
	assert_int_equal(counts.refused_delays[0], 9);
}

static void a_functions_calls_are_the_sum_of_its_cells(void **state)
{
	static struct aw_function_totals function;
	struct function_counts counts;

	(void)state;
	function.cells[aw_time_cell(100000000)] = 2;
	function.cells[aw_time_cell(10000000001)] = 3;
	function.sum_ns = 11;
	function.errors = 1;
	counts_function(&counts, &function);
	assert_int_equal(counts.cells[10], 2);
	assert_int_equal(counts.cells[COUNTS_FFI - 1], 3);
	assert_int_equal(counts.calls, 5);
	assert_int_equal(counts.sum_ns, 11);
	assert_int_equal(counts.errors, 1);
}

static void where_a_word_fell_all_of_them_began_again(void **state)
{
	uint64_t value[2] = { 0 }, last[2] = { 0 };

	(void)state;
	counts_feed(value, last, (const uint64_t[]){ 10, 1 }, sizeof value);
	counts_feed(value, last, (const uint64_t[]){ 4, 2 }, sizeof value);
	counts_feed(value, last, (const uint64_t[]){ 5, 2 }, sizeof value);
	assert_int_equal(value[0], 15);
	assert_int_equal(value[1], 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			a_render_time_is_in_the_bucket_of_the_first_bound_not_below_it, clear),
		cmocka_unit_test_setup(load_buckets_end_at_their_bounds, clear),
		cmocka_unit_test_setup(misses_are_the_cycles_above_the_bound_of_one, clear),
		cmocka_unit_test_setup(the_sum_of_loads_takes_the_middle_of_each_twentieth, clear),
		cmocka_unit_test_setup(an_engines_other_words_are_taken_as_they_are, clear),
		cmocka_unit_test(a_functions_calls_are_the_sum_of_its_cells),
		cmocka_unit_test(where_a_word_fell_all_of_them_began_again),
	};

	return cmocka_run_group_tests_name("counts", tests, NULL, NULL);
}
