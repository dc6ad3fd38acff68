/* SPDX-License-Identifier: MIT */
/* Tests of collector/window.c with no more memory than is reserved: counts of any size, folded or not. */
#include "tests/support/window_fixture.h"

/* Counts that take one word, two, three and four, with memory for what is reserved alone. */
static void counts_of_any_size_are_exact_when_folded(void **state)
{
	static const uint64_t counts[] = {
		1, 44, 45, 65536, 1179648, 1179649, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 1
	};
	enum { COUNTS = sizeof counts / sizeof *counts, TICKS = 40 };
	struct bench *bench = bench_of(1, 0);
	uint64_t n = 0, above = 0;

	(void)state;
	for (unsigned tick = 0; tick < TICKS; tick++)
		for (unsigned i = 0; i < COUNTS; i++) {
			const uint64_t count = counts[(tick + i) % COUNTS];

			bench->cells[aw_time_cell((12 + 4 * i) * MS)] += count;
			n += count;
			above += (12 + 4 * i) * MS > 25 * MS ? count : 0;
			if (i == COUNTS - 1)
				assert_true(read_next(bench));
		}
	assert_int_equal(bench->window.cover, 0);
	assert_int_equal(window_count(&bench->window, TICKS, 25 * MS).n, n);
	assert_int_equal(window_count(&bench->window, TICKS, 25 * MS).above, above);
	bench_free(bench);
}

/* The reserve holds a slot's four words, and each tick brings twelve cells. */
static void folded_once_a_quantile_is_a_fifth_too_high_at_most(void **state)
{
	static const uint32_t ranks[] = { 10000, 250000, 500000, 750000, 990000 };
	const unsigned first = aw_time_cell(1 * MS);
	struct bench *bench = bench_of(1, 0), *whole = bench_of(1, PLENTY);

	(void)state;
	for (unsigned tick = 0; tick < WINDOW_SECONDS; tick++)
		for (unsigned i = 0; i < 12; i++) {
			bench->cells[first + i] += 1 + tick % 3;
			whole->cells[first + i] = bench->cells[first + i];
			if (i == 11)
				assert_true(read_next(bench) && read_next(whole));
		}
	assert_true(bench->window.seconds.used < whole->window.seconds.used);
	assert_int_equal(bench->window.cover, 0);
	for (unsigned i = 0; i < sizeof ranks / sizeof *ranks; i++) {
		const uint64_t told = window_quantile(&bench->window, WINDOW_SECONDS, ranks[i]),
			       exact = window_quantile(&whole->window, WINDOW_SECONDS, ranks[i]);

		assert_in_range(told * 100, exact * 100, exact * 120);
	}
	bench_free(whole);
	bench_free(bench);
}

static void a_total_beyond_what_is_kept_gains_nothing_any_more(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->cells[100] = (UINT64_C(1) << 48) + 7;
	assert_true(read_next(bench));
	assert_true(window_count(&bench->window, 1, 25 * MS).n == UINT64_C(1) << 48);
	assert_true(read_next(bench));
	assert_int_equal(window_count(&bench->window, 1, 25 * MS).n, 0);
	bench_free(bench);
}

static void a_million_of_each_kind_in_every_second_fits_in_the_reserve(void **state)
{
	enum { MILLION = 1000000, HOUR = 3600 };
	struct bench *bench = bench_of(RESERVED, 0);

	(void)state;
	for (unsigned tick = 0; tick < HOUR + 120; tick++) {
		bench->cells[aw_time_cell(1 * MS)] += MILLION;
		bench->cells[aw_time_cell(50 * MS)] += MILLION;
		bench->cells[aw_time_cell(150 * MS)] += MILLION;
		assert_true(read_next(bench));
	}
	assert_int_equal(bench->window.cover, 0);
	assert_int_equal(window_count(&bench->window, HOUR, 100 * MS).n, 3 * UINT64_C(3600000000));
	assert_int_equal(window_count(&bench->window, HOUR, 100 * MS).above, UINT64_C(3600000000));
	bench_free(bench);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_of_any_size_are_exact_when_folded),
		cmocka_unit_test(folded_once_a_quantile_is_a_fifth_too_high_at_most),
		cmocka_unit_test(a_total_beyond_what_is_kept_gains_nothing_any_more),
		cmocka_unit_test(a_million_of_each_kind_in_every_second_fits_in_the_reserve),
	};

	return cmocka_run_group_tests_name("window_fold", tests, NULL, NULL);
}
