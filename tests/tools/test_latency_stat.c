/* SPDX-License-Identifier: MIT */
/* Tests of tools/bench/latency_stat.c: extremes, averages, quantiles, and the histogram of microseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/support/random.h"
#include "tools/bench/latency_stat.h"

static void what_was_never_added_to_is_all_zero(void **state)
{
	static struct latency_series series;
	struct latency_view view;

	(void)state;
	latency_series_read(&series, &view);
	assert_int_equal(view.count | view.sum_ns | view.min_ns | view.last_ns | view.max_ns, 0);
	assert_int_equal(latency_view_average(&view), 0);
	assert_int_equal(latency_view_quantile(&view, 500000), 0);
}

static void extremes_last_and_average_are_exact(void **state)
{
	static struct latency_series series;
	static const uint64_t added[] = { 5000, 3000, 0, 48000, 4001 };
	struct latency_view view;

	(void)state;
	latency_series_add(&series, added[0]);
	latency_series_read(&series, &view);
	assert_int_equal(view.min_ns, 5000);
	assert_int_equal(view.max_ns, 5000);
	for (size_t i = 1; i < sizeof added / sizeof *added; i++)
		latency_series_add(&series, added[i]);
	latency_series_read(&series, &view);
	assert_int_equal(view.count, 5);
	assert_int_equal(view.min_ns, 0);
	assert_int_equal(view.last_ns, 4001);
	assert_int_equal(view.max_ns, 48000);
	assert_int_equal(latency_view_average(&view), 60001 / 5);
	assert_int_equal(aw_cells_count(view.cells, AW_TIME_CELLS), 5);
}

static int by_size(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

enum { VALUES = 20000, SMALLEST_BOUND_NS = 954 };

static void a_quantile_is_never_below_and_at_most_a_cell_above_the_true_one(void **state)
{
	static struct latency_series series;
	static uint64_t values[VALUES];
	struct random random = random_seeded("latency_stat");
	struct latency_view view;

	(void)state;
	for (size_t i = 0; i < VALUES; i++) {
		values[i] = random_next(&random) >> (random_next(&random) % 24 + 34);
		latency_series_add(&series, values[i]);
	}
	qsort(values, VALUES, sizeof *values, by_size);
	latency_series_read(&series, &view);
	for (size_t q = 0; q < LATENCY_QUANTILES; q++) {
		const uint32_t per_million = latency_quantiles[q].per_million;
		const uint64_t rank = ((uint64_t)VALUES * per_million + 999999) / 1000000;
		const uint64_t told = latency_view_quantile(&view, per_million);
		const uint64_t truth = values[rank - 1];
		const double most = (double)truth * (1 + LATENCY_CELL_ERROR) + 1;

		assert_true(told >= truth);
		assert_true((double)told <= most || told <= SMALLEST_BOUND_NS);
	}
	assert_int_equal(latency_view_quantile(&view, 1000000), values[VALUES - 1]);
}

static void a_quantile_is_never_above_the_maximum(void **state)
{
	static struct latency_series series;
	const uint64_t beyond_all_cells_ns = UINT64_C(500) * 1000000000;
	struct latency_view view;

	(void)state;
	latency_series_add(&series, 100);
	latency_series_read(&series, &view);
	assert_int_equal(latency_view_quantile(&view, 500000), 100);
	latency_series_add(&series, beyond_all_cells_ns);
	latency_series_read(&series, &view);
	assert_int_equal(latency_view_quantile(&view, 999900), beyond_all_cells_ns);
}

static void a_bucket_is_a_whole_microsecond_and_the_last_ones_overflow(void **state)
{
	struct latency_histogram histogram = { .overflows = 0 };

	(void)state;
	assert_int_equal(latency_histogram_init(&histogram, 3), 0);
	latency_histogram_add(&histogram, 0, 0);
	latency_histogram_add(&histogram, 999, 1);
	latency_histogram_add(&histogram, 1000, 2);
	latency_histogram_add(&histogram, 2999, 3);
	latency_histogram_add(&histogram, 3000, 4);
	latency_histogram_add(&histogram, UINT64_MAX, 9);
	assert_int_equal(histogram.buckets[0], 2);
	assert_int_equal(histogram.buckets[1], 1);
	assert_int_equal(histogram.buckets[2], 1);
	assert_int_equal(histogram.overflows, 2);
	assert_int_equal(histogram.outliers[0], 4);
	assert_int_equal(histogram.outliers[1], 9);
	latency_histogram_deinit(&histogram);
}

static void more_overflows_than_are_remembered_are_still_counted(void **state)
{
	struct latency_histogram histogram = { .overflows = 0 };

	(void)state;
	assert_int_equal(latency_histogram_init(&histogram, 1), 0);
	for (uint64_t i = 0; i < LATENCY_OUTLIERS + 10; i++)
		latency_histogram_add(&histogram, 5000, i);
	assert_int_equal(histogram.overflows, LATENCY_OUTLIERS + 10);
	assert_int_equal(histogram.outliers[LATENCY_OUTLIERS - 1], LATENCY_OUTLIERS - 1);
	latency_histogram_deinit(&histogram);
}

static void without_a_histogram_nothing_is_kept(void **state)
{
	struct latency_histogram histogram = { .overflows = 0 };

	(void)state;
	assert_int_equal(latency_histogram_init(&histogram, 0), 0);
	latency_histogram_add(&histogram, 5000, 0);
	assert_int_equal(histogram.overflows, 0);
	latency_histogram_deinit(&histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_never_added_to_is_all_zero),
		cmocka_unit_test(extremes_last_and_average_are_exact),
		cmocka_unit_test(a_quantile_is_never_below_and_at_most_a_cell_above_the_true_one),
		cmocka_unit_test(a_quantile_is_never_above_the_maximum),
		cmocka_unit_test(a_bucket_is_a_whole_microsecond_and_the_last_ones_overflow),
		cmocka_unit_test(more_overflows_than_are_remembered_are_still_counted),
		cmocka_unit_test(without_a_histogram_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
