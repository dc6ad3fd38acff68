/* SPDX-License-Identifier: MIT */
/* Tests of collector/window_pair.c: every size at its edges, and whatever is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/window_pair.h"
#include "tests/support/random.h"

#define MOST (UINT64_C(1) << 48)

static unsigned round_trip(unsigned cell, uint64_t count)
{
	uint16_t words[WINDOW_PAIR_WORDS] = { 0 };
	struct window_pair pair;
	const unsigned put = window_pair_put((struct window_pair){ cell, count }, words);

	assert_int_equal(window_pair_get(words, &pair), put);
	assert_int_equal(pair.cell, cell);
	assert_true(pair.count == (count < MOST ? count : MOST));
	return put;
}

static void a_count_takes_as_many_words_as_it_needs(void **state)
{
	static const struct {
		uint64_t count;
		unsigned words;
	} edges[] = {
		{ 1, 1 },
		{ 44, 1 },
		{ 45, 2 },
		{ 65536, 2 },
		{ 65537, 2 },
		{ 1179648, 2 },
		{ 1179649, 3 },
		{ UINT64_C(1) << 32, 3 },
		{ (UINT64_C(1) << 32) + 1, 4 },
		{ MOST - 1, 4 },
		{ MOST, 4 },
		{ MOST + 1, 4 },
		{ UINT64_MAX, 4 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++) {
		assert_int_equal(round_trip(0, edges[i].count), edges[i].words);
		assert_int_equal(round_trip(1023, edges[i].count), edges[i].words);
	}
}

static uint64_t some_count(struct random *random)
{
	return (random_next(random) >> random_below(random, 64)) + 1;
}

/* Or joining them where they lie would run over what comes next. */
static void two_counts_in_one_take_no_more_words(void **state)
{
	struct random random = random_seeded("two_counts_in_one_take_no_more_words");

	(void)state;
	for (unsigned i = 0; i < 1000000; i++) {
		const uint64_t a = some_count(&random) % MOST + 1,
			       b = some_count(&random) % MOST + 1;
		const unsigned cell = (unsigned)random_below(&random, 1024);

		assert_true(round_trip(cell, a + b) <= round_trip(cell, a) + round_trip(cell, b));
	}
	for (uint64_t a = 40; a < 50; a++)
		for (uint64_t b = 1; b<1179700; b += b> 100 && b < 1179500 ? 977 : 1)
			assert_true(round_trip(1, a + b) <= round_trip(1, a) + round_trip(1, b));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_count_takes_as_many_words_as_it_needs),
		cmocka_unit_test(two_counts_in_one_take_no_more_words),
	};

	return cmocka_run_group_tests_name("window_pair", tests, NULL, NULL);
}
