/* SPDX-License-Identifier: MIT */
/* Tests of tools/bench/publish_stat.c: what rounds of figures come to, and in which order a round goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tools/bench/publish_stat.h"

#define EPSILON 1e-9f

static void a_spread_is_the_middle_the_least_and_the_most(void **state)
{
	double odd[] = { 5, 1, 9 }, even[] = { 4, 1, 2, 100 }, one[] = { 7 };
	struct publish_spread spread = publish_spread(odd, 3);

	(void)state;
	assert_float_equal(spread.median, 5, EPSILON);
	assert_float_equal(spread.low, 1, EPSILON);
	assert_float_equal(spread.high, 9, EPSILON);
	assert_float_equal(publish_spread(even, 4).median, 3, EPSILON);
	assert_float_equal(publish_spread(one, 1).high, 7, EPSILON);
}

static void a_round_without_a_figure_is_left_out(void **state)
{
	double some[] = { NAN, 3, NAN, 1, 2 }, none[] = { NAN, NAN };
	const struct publish_spread spread = publish_spread(some, 5);

	(void)state;
	assert_float_equal(spread.median, 2, EPSILON);
	assert_float_equal(spread.low, 1, EPSILON);
	assert_float_equal(spread.high, 3, EPSILON);
	assert_true(isnan(publish_spread(none, 2).median));
	assert_true(isnan(publish_spread(none, 0).low));
}

static void figures_are_compared_round_by_round(void **state)
{
	/* a round that was three times as slow changes no ratio */
	static const double mine[] = { 30, 90, 30 }, theirs[] = { 20, 60, 20 };
	const struct publish_spread by = publish_by(mine, theirs, 3),
				    over = publish_over(mine, theirs, 3);

	(void)state;
	assert_float_equal(by.low, 1.5, EPSILON);
	assert_float_equal(by.high, 1.5, EPSILON);
	assert_float_equal(over.median, 10, EPSILON);
	assert_float_equal(over.high, 30, EPSILON);
}

static void nothing_is_divided_by_what_hardly_lasts(void **state)
{
	static const double mine[] = { 4, 6, 8, 1, 2 }, theirs[] = { 2, 2, 2, 0.01, NAN };
	static const double never[] = { 0.2, -1, NAN, 2, 2 };
	const struct publish_spread by = publish_by(mine, theirs, 5);

	(void)state;
	assert_float_equal(by.low, 2, EPSILON);
	assert_float_equal(by.median, 3, EPSILON);
	assert_float_equal(by.high, 4, EPSILON);
	assert_true(isnan(publish_by(mine, never, 5).median)); /* two of five */
}

static void a_quantile_is_the_sample_that_so_many_do_not_exceed(void **state)
{
	uint32_t samples[10000];

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		samples[i] = 10000 - i;
	publish_sort(samples, 10000);
	assert_int_equal(publish_quantile(samples, 10000, 0), 1);
	assert_int_equal(publish_quantile(samples, 10000, 500000), 5000);
	assert_int_equal(publish_quantile(samples, 10000, 999900), 9999);
	assert_int_equal(publish_quantile(samples, 10000, 1000000), 10000);
	assert_int_equal(publish_quantile(samples, 3, 500000), 2);
	assert_int_equal(publish_quantile(samples, 1, 999900), 1);
}

static void every_round_takes_each_once_and_begins_elsewhere(void **state)
{
	enum { COUNT = 5 };
	size_t first[COUNT] = { 0 };

	(void)state;
	for (size_t round = 0; round < COUNT * 2; round++) {
		unsigned seen = 0;

		for (size_t i = 0; i < COUNT; i++)
			seen |= 1U << publish_turn(round, i, COUNT);
		assert_int_equal(seen, (1U << COUNT) - 1);
		first[publish_turn(round, 0, COUNT)]++;
	}
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(first[i], 2);
	assert_int_equal(publish_turn(0, 1, COUNT), 1); /* one way, and back */
	assert_int_equal(publish_turn(1, 0, COUNT), 3);
	assert_int_equal(publish_turn(1, 1, COUNT), 2);
}

static void a_limit_that_moves_too_far_is_noise(void **state)
{
	const struct publish_spread steady = { 20, 19, 23 }, moving = { 20, 18, 23 },
				    none = { NAN, NAN, NAN }, odd = { 1, 0, 5 };

	(void)state;
	assert_false(publish_noisy(&steady));
	assert_true(publish_noisy(&moving));
	assert_false(publish_noisy(&none));
	assert_false(publish_noisy(&odd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spread_is_the_middle_the_least_and_the_most),
		cmocka_unit_test(a_round_without_a_figure_is_left_out),
		cmocka_unit_test(figures_are_compared_round_by_round),
		cmocka_unit_test(nothing_is_divided_by_what_hardly_lasts),
		cmocka_unit_test(a_quantile_is_the_sample_that_so_many_do_not_exceed),
		cmocka_unit_test(every_round_takes_each_once_and_begins_elsewhere),
		cmocka_unit_test(a_limit_that_moves_too_far_is_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
