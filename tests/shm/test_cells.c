/* SPDX-License-Identifier: MIT */
/* The cells against exact arithmetic: bounds by big integers, cells by search, folding and
 * quantiles by sorting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "shm/hist.h"
#include "tests/support/random.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- natural numbers of up to 2560 bits, least limb first ---- */

enum { LIMBS = 80 }; /* t^32 with t < 2^38 takes 1216 bits, 10^288 * 2^640 takes 1597 */

struct big {
	uint32_t limbs[LIMBS];
};

static struct big big_of(uint64_t value)
{
	return (struct big){ { (uint32_t)value, (uint32_t)(value >> 32) } };
}

static struct big big_times(const struct big *a, const struct big *b)
{
	struct big product = { { 0 } };

	for (unsigned i = 0; i < LIMBS; i++) {
		uint64_t carry = 0;

		for (unsigned j = 0; i + j < LIMBS; j++) {
			carry += (uint64_t)a->limbs[i] * b->limbs[j] + product.limbs[i + j];
			product.limbs[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
		assert_int_equal(carry, 0); /* no product here is that long */
	}
	return product;
}

static struct big big_power(uint64_t base, unsigned exponent)
{
	struct big power = big_of(1), square = big_of(base);

	for (; exponent; exponent >>= 1) {
		if (exponent & 1)
			power = big_times(&power, &square);
		if (exponent > 1)
			square = big_times(&square, &square);
	}
	return power;
}

static int big_compare(const struct big *a, const struct big *b)
{
	for (unsigned i = LIMBS; i-- > 0;)
		if (a->limbs[i] != b->limbs[i])
			return a->limbs[i] < b->limbs[i] ? -1 : 1;
	return 0;
}

/* t <= 10^9 * 2^(i/32), exactly: t^32 <= 10^288 * 2^i, or t^32 * 2^-i <= 10^288. */
static bool is_within(uint64_t t, int i)
{
	const struct big two = big_power(2, (unsigned)abs(i));
	struct big left = big_power(t, 32), right = big_power(1000000000, 32);

	if (i < 0)
		left = big_times(&left, &two);
	else
		right = big_times(&right, &two);
	return big_compare(&left, &right) <= 0;
}

static void the_big_integers_themselves_are_right(void **state)
{
	const struct big a = big_power(10, 288), b = big_times(&a, &a), c = big_power(100, 288);
	struct big shifted = big_of(1);

	(void)state;
	assert_int_equal(big_compare(&b, &c), 0);
	assert_true(big_compare(&a, &b) < 0);
	shifted = big_power(2, 640);
	assert_int_equal(shifted.limbs[20], 1);
	assert_true(is_within(1000000000, 0));
	assert_false(is_within(1000000001, 0));
	assert_true(is_within(500000000, -32));
	assert_false(is_within(500000001, -32));
}

static bool is_classic(uint64_t bound)
{
	for (unsigned i = 0; i < AW_CLASSIC_BOUNDS; i++)
		if (aw_classic_ns[i] == bound)
			return true;
	return false;
}

/* Walks the bounds and the schema together: a bound is the next floor(10^9 * 2^(i/32)) or a
 * classic one. */
static void every_bound_is_the_schemas_or_a_classic_one(void **state)
{
	unsigned classic = 0;
	int i = -20 * 32;

	(void)state;
	for (unsigned b = 0; b < AW_TIME_BOUNDS; b++) {
		const uint64_t bound = aw_time_bounds[b];
		const bool schema = i <= 7 * 32 && is_within(bound, i) && !is_within(bound + 1, i);

		if (b)
			assert_true(bound > aw_time_bounds[b - 1]);
		classic += is_classic(bound);
		assert_true(schema || is_classic(bound));
		i += schema;
	}
	assert_int_equal(i, 7 * 32 + 1);
	assert_int_equal(classic, AW_CLASSIC_BOUNDS);
	for (unsigned b = AW_TIME_BOUNDS; b < COUNT_OF(aw_time_bounds); b++)
		assert_true(aw_time_bounds[b] == UINT64_MAX);
}

/* ---- time cells ---- */

/* The first bound that is not below the value. */
static unsigned cell_by_search(uint64_t ns)
{
	unsigned low = 0, high = AW_TIME_BOUNDS;

	while (low < high) {
		const unsigned middle = (low + high) / 2;

		if (aw_time_bounds[middle] < ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void assert_time_cell(uint64_t ns)
{
	assert_int_equal(aw_time_cell(ns), cell_by_search(ns));
}

static void every_bound_and_its_neighbours_fall_into_their_cells(void **state)
{
	(void)state;
	for (unsigned b = 0; b < AW_TIME_BOUNDS; b++) {
		assert_int_equal(aw_time_cell(aw_time_bounds[b]), b);
		assert_int_equal(aw_time_cell(aw_time_bounds[b] + 1), b + 1);
		assert_time_cell(aw_time_bounds[b] - 1);
	}
	for (uint64_t ns = 0; ns < 100000; ns++)
		assert_time_cell(ns);
	for (unsigned bit = 0; bit < 64; bit++)
		for (uint64_t near = 0; near < 3; near++)
			assert_time_cell((UINT64_C(1) << bit) + near - 1);
	assert_int_equal(aw_time_cell(0), 0);
	assert_int_equal(aw_time_cell(UINT64_MAX), AW_TIME_CELLS - 1);
}

/* Log-uniform: every magnitude is equally likely. */
static uint64_t any_magnitude(struct random *random)
{
	return random_next(random) >> random_below(random, 64);
}

static void a_million_random_times_fall_into_their_cells(void **state)
{
	struct random random = random_seeded(__func__);

	(void)state;
	for (unsigned i = 0; i < 1000000; i++)
		assert_time_cell(any_magnitude(&random));
}

/* ---- wake-up delays: cell k holds 2^(k-21) < s <= 2^(k-20) ---- */

static unsigned wake_by_search(uint64_t ns)
{
	unsigned k = 0;

	while (k < AW_WAKE_CELLS - 1 && (__uint128_t)ns << 20 > (__uint128_t)1000000000u << k)
		k++;
	return k;
}

static void wake_cells_are_the_powers_of_two(void **state)
{
	struct random random = random_seeded(__func__);

	(void)state;
	for (unsigned k = 0; k < AW_WAKE_CELLS; k++) {
		const uint64_t bound = (UINT64_C(1000000000) << k) >> 20;

		assert_int_equal(aw_wake_cell(bound), k < 17 ? k : 17);
		assert_int_equal(aw_wake_cell(bound + 1), k < 17 ? k + 1 : 17);
		assert_int_equal(aw_wake_cell(bound - 1), wake_by_search(bound - 1));
	}
	for (uint64_t ns = 0; ns < 5000; ns++)
		assert_int_equal(aw_wake_cell(ns), wake_by_search(ns));
	for (unsigned i = 0; i < 1000000; i++) {
		const uint64_t ns = any_magnitude(&random);

		assert_int_equal(aw_wake_cell(ns), wake_by_search(ns));
	}
	assert_int_equal(aw_wake_cell(UINT64_MAX), AW_WAKE_CELLS - 1);
}

/* ---- load: the smallest k in 1..40 with ns <= k/20 of frames/rate ---- */

static unsigned load_by_search(uint64_t ns, uint64_t frames, uint64_t rate)
{
	const __uint128_t load = (__uint128_t)ns * rate * 20;
	const __uint128_t unit = (__uint128_t)frames * 1000000000u;

	for (unsigned k = 1; k <= 40; k++)
		if (load <= unit * k)
			return k;
	return 41;
}

static void assert_load(uint64_t ns, uint64_t frames, uint64_t rate)
{
	const struct aw_load_scale scale = aw_load_scale_of(frames, rate);

	assert_int_equal(aw_load_cell(ns, frames, rate), load_by_search(ns, frames, rate));
	assert_int_equal(aw_load_cell_of(&scale, ns), load_by_search(ns, frames, rate));
}

static void every_load_bound_and_its_neighbours_fall_into_their_cells(void **state)
{
	static const uint64_t rates[] = { 1, 7, 8000, 44100, 48000, 96000, 192000, AW_MAX_RATE_HZ };
	static const uint64_t frames[] = { 1, 15, 16, 64, 63, 256, 1024, 8192, 65536, AW_MAX_FRAMES };

	(void)state;
	for (size_t r = 0; r < COUNT_OF(rates); r++)
		for (size_t f = 0; f < COUNT_OF(frames); f++)
			for (uint64_t k = 1; k <= 41; k++) {
				const __uint128_t bound =
					(__uint128_t)frames[f] * 1000000000u * k / (20 * rates[r]);

				if (frames[f] / rates[r] > 200)
					continue; /* beyond 8 kHz and 2^20 frames: see hist.h */
				assert_load((uint64_t)bound, frames[f], rates[r]);
				assert_load((uint64_t)bound + 1, frames[f], rates[r]);
				assert_load((uint64_t)bound - !!bound, frames[f], rates[r]);
			}
}

static void counter_and_histogram_agree_where_a_period_is_no_whole_nanosecond(void **state)
{
	(void)state;
	assert_int_equal(aw_load_cell(5333333, 256, 48000), 20);
	assert_int_equal(aw_load_cell(5333334, 256, 48000), 21);
	assert_int_equal(aw_load_cell(0, 256, 48000), 1);
	assert_int_equal(aw_load_cell(UINT64_MAX, 256, 48000), 41);
}

static void a_million_random_loads_fall_into_their_cells(void **state)
{
	struct random random = random_seeded(__func__);

	(void)state;
	for (unsigned i = 0; i < 1000000; i++) {
		const uint64_t rate = 8000 + random_below(&random, AW_MAX_RATE_HZ - 8000 + 1);
		const uint64_t frames = 1 + random_below(&random, AW_MAX_FRAMES);
		const uint64_t budget = frames * 1000000000u / rate;
		const uint64_t ns =
			i % 4 ? random_below(&random, 3 * budget + 2) : any_magnitude(&random);

		assert_load(ns, frames, rate);
	}
}

/* ---- channels, folding, thresholds, quantiles ---- */

static void channel_cells_are_the_first_thirteen_classic_bounds(void **state)
{
	(void)state;
	for (unsigned b = 0; b < AW_CHANNEL_CELLS - 1; b++) {
		assert_int_equal(aw_channel_cell(aw_classic_ns[b]), b);
		assert_int_equal(aw_channel_cell(aw_classic_ns[b] - 1), b);
		assert_int_equal(aw_channel_cell(aw_classic_ns[b] + 1), b + 1);
	}
	assert_int_equal(aw_channel_cell(0), 0);
	assert_int_equal(aw_channel_cell(UINT64_MAX), AW_CHANNEL_CELLS - 1);
}

enum { VALUES = 20000 };

/* Values around a few magnitudes, a fifth of them exactly on bounds. */
static void draw(struct random *random, uint64_t values[VALUES], uint64_t cells[AW_TIME_CELLS])
{
	memset(cells, 0, AW_TIME_CELLS * sizeof *cells);
	for (unsigned i = 0; i < VALUES; i++) {
		const uint64_t magnitude = 25 + random_below(random, 39); /* 1 ns .. 2^39 ns */

		values[i] = random_next(random) >> magnitude;
		if (i % 5 == 0)
			values[i] = aw_time_bounds[random_below(random, AW_TIME_BOUNDS)];
		cells[aw_time_cell(values[i])]++;
	}
}

static void folding_counts_what_lies_between_classic_bounds(void **state)
{
	static const unsigned folds[] = { AW_CHANNEL_CELLS - 1, AW_CLASSIC_BOUNDS };
	struct random random = random_seeded(__func__);
	uint64_t values[VALUES], cells[AW_TIME_CELLS];

	(void)state;
	draw(&random, values, cells);
	for (size_t f = 0; f < COUNT_OF(folds); f++) {
		uint64_t got[AW_CLASSIC_BOUNDS + 1] = { 0 }, want[AW_CLASSIC_BOUNDS + 1] = { 0 };

		for (unsigned i = 0; i < VALUES; i++) {
			unsigned b = 0;

			while (b < folds[f] && values[i] > aw_classic_ns[b])
				b++;
			want[b]++;
		}
		aw_time_classic(cells, folds[f], got);
		assert_memory_equal(got, want, sizeof got);
	}
	assert_int_equal(aw_cells_count(cells, AW_TIME_CELLS), VALUES);
}

static uint64_t count_above(const uint64_t *values, uint64_t threshold)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < VALUES; i++)
		n += values[i] > threshold;
	return n;
}

static void above_is_exact_on_bounds_and_says_which_bound_it_took(void **state)
{
	struct random random = random_seeded(__func__);
	uint64_t values[VALUES], cells[AW_TIME_CELLS], effective;

	(void)state;
	draw(&random, values, cells);
	for (unsigned b = 0; b < AW_TIME_BOUNDS; b++) {
		const uint64_t bound = aw_time_bounds[b];

		assert_int_equal(aw_time_above(cells, bound, &effective),
				 count_above(values, bound));
		assert_true(effective == bound);
		assert_int_equal(aw_time_above(cells, bound, NULL), count_above(values, bound));
	}
	for (unsigned i = 0; i < 1000; i++) {
		const uint64_t threshold = random_below(&random, UINT64_C(100000000000));
		const uint64_t n = aw_time_above(cells, threshold, &effective);

		assert_true(effective >= threshold);
		assert_int_equal(n, count_above(values, effective));
	}
	assert_int_equal(aw_time_above(cells, UINT64_MAX, &effective), 0);
	assert_true(effective == UINT64_MAX);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void a_quantile_is_the_bound_over_the_nearest_rank(void **state)
{
	static const uint32_t wanted[] = { 0,	   1,	   50,	   500000, 500001,
					   950000, 990000, 999000, 999999, 1000000 };
	struct random random = random_seeded(__func__);
	uint64_t values[VALUES], cells[AW_TIME_CELLS];

	(void)state;
	draw(&random, values, cells);
	qsort(values, VALUES, sizeof *values, by_value);
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		const uint64_t rank = ((uint64_t)VALUES * wanted[i] + 999999) / 1000000;
		const uint64_t value = values[rank ? rank - 1 : 0];

		assert_true(aw_time_quantile(cells, wanted[i]) ==
			    aw_time_bounds[cell_by_search(value)]);
	}
}

static void quantiles_of_nothing_and_of_the_overflow_are_told_apart(void **state)
{
	uint64_t cells[AW_TIME_CELLS] = { 0 };

	(void)state;
	assert_true(aw_time_quantile(cells, 990000) == 0);
	cells[AW_TIME_CELLS - 1] = 1;
	assert_true(aw_time_quantile(cells, 990000) == UINT64_MAX);
	cells[0] = 99; /* rank 99 of 100 is the last in cell 0 */
	assert_true(aw_time_quantile(cells, 990000) == aw_time_bounds[0]);
	assert_true(aw_time_quantile(cells, 990001) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_big_integers_themselves_are_right),
		cmocka_unit_test(every_bound_is_the_schemas_or_a_classic_one),
		cmocka_unit_test(every_bound_and_its_neighbours_fall_into_their_cells),
		cmocka_unit_test(a_million_random_times_fall_into_their_cells),
		cmocka_unit_test(wake_cells_are_the_powers_of_two),
		cmocka_unit_test(every_load_bound_and_its_neighbours_fall_into_their_cells),
		cmocka_unit_test(counter_and_histogram_agree_where_a_period_is_no_whole_nanosecond),
		cmocka_unit_test(a_million_random_loads_fall_into_their_cells),
		cmocka_unit_test(channel_cells_are_the_first_thirteen_classic_bounds),
		cmocka_unit_test(folding_counts_what_lies_between_classic_bounds),
		cmocka_unit_test(above_is_exact_on_bounds_and_says_which_bound_it_took),
		cmocka_unit_test(a_quantile_is_the_bound_over_the_nearest_rank),
		cmocka_unit_test(quantiles_of_nothing_and_of_the_overflow_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
