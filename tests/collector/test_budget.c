/* SPDX-License-Identifier: MIT */
/* Tests of collector/budget.c: against calls one by one, at the very budget, over gaps and formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "collector/budget.h"
#include "tests/support/random.h"

#define MS UINT64_C(1000000)

enum { MISS = 21 }; /* the first cell above the budget */

struct counted {
	struct budget budget;
	uint64_t loads[AW_LOAD_CELLS];
	int64_t now_ns;
};

static struct counted counted_of(uint32_t rate_hz, uint32_t frames)
{
	struct counted counted = { .now_ns = 1 };

	budget_format(&counted.budget, rate_hz, frames);
	return counted;
}

/* n calls alike, pause_ns behind what came before. */
static void call(struct counted *counted, uint64_t ns, uint32_t frames, uint64_t n,
		 uint64_t pause_ns)
{
	const int64_t begin_ns = counted->now_ns + (int64_t)pause_ns;

	counted->now_ns = begin_ns + (int64_t)ns;
	budget_call(&counted->budget,
		    &(struct budget_call){ begin_ns, counted->now_ns, ns, frames, n },
		    counted->loads);
}

static uint64_t misses(const struct counted *counted)
{
	return aw_cells_count(counted->loads + MISS, AW_LOAD_CELLS - MISS);
}

static uint64_t cycles(const struct counted *counted)
{
	return aw_cells_count(counted->loads, AW_LOAD_CELLS);
}

static void a_cycle_misses_from_one_nanosecond_over_its_budget_on(void **state)
{
	struct counted counted = counted_of(48000, 256); /* 5333333.3 ns */

	(void)state;
	call(&counted, 5333333, 256, 3, 0);
	assert_int_equal(misses(&counted), 0);
	call(&counted, 5333334, 256, 2, 0);
	assert_int_equal(misses(&counted), 2);
	assert_int_equal(cycles(&counted), 5);
}

static void calls_are_a_cycle_when_their_frames_reach_the_period(void **state)
{
	struct counted counted = counted_of(48000, 256);

	(void)state;
	call(&counted, 2 * MS, 63, 1, 0);
	call(&counted, 2 * MS, 1, 1, 0);
	assert_int_equal(cycles(&counted), 0);
	call(&counted, 2 * MS, 192, 1, 0);
	assert_int_equal(cycles(&counted), 1);
	assert_int_equal(misses(&counted), 1); /* 6 ms of 5.33 */
}

static void a_gap_of_more_than_two_periods_drops_the_rest(void **state)
{
	struct counted counted = counted_of(1000, 10); /* 10 ms */

	(void)state;
	call(&counted, MS, 5, 1, 0);
	call(&counted, MS, 5, 1, 20 * MS); /* two periods are no gap */
	assert_int_equal(cycles(&counted), 1);
	call(&counted, MS, 5, 1, 0);
	call(&counted, MS, 5, 1, 20 * MS + 1);
	assert_int_equal(cycles(&counted), 1);
	call(&counted, MS, 5, 1, 0);
	assert_int_equal(cycles(&counted), 2);
}

static void another_format_drops_the_rest_and_the_same_does_not(void **state)
{
	struct counted counted = counted_of(1000, 10);

	(void)state;
	call(&counted, MS, 5, 1, 0);
	budget_format(&counted.budget, 1000, 10);
	call(&counted, MS, 5, 1, 0);
	assert_int_equal(cycles(&counted), 1);
	call(&counted, MS, 5, 1, 0);
	budget_format(&counted.budget, 1000, 20);
	call(&counted, MS, 15, 1, 0);
	assert_int_equal(cycles(&counted), 1);
}

static void without_a_format_nothing_is_too_late(void **state)
{
	struct counted counted = counted_of(0, 0);

	(void)state;
	call(&counted, 1000 * MS, 256, 7, 0);
	assert_int_equal(counted.loads[0], 7);
	assert_int_equal(cycles(&counted), 7);
	budget_format(&counted.budget, 48000, 1u << 21); /* beyond what a format may be */
	call(&counted, 1000 * MS, 256, 1, 0);
	assert_int_equal(counted.loads[0], 8);
}

static void calls_without_frames_only_take_time(void **state)
{
	struct counted counted = counted_of(1000, 10);

	(void)state;
	call(&counted, 2 * MS, 0, UINT64_C(4000000000), 0);
	assert_int_equal(cycles(&counted), 0);
	call(&counted, 0, 10, 1, 0);
	assert_int_equal(misses(&counted), 1);
}

static void many_alike_are_as_many_one_by_one(void **state)
{
	struct counted at_once = counted_of(48000, 64), one_by_one = at_once;

	struct random random = random_seeded("many_alike");

	(void)state;
	for (unsigned turn = 0; turn < 20000; turn++) {
		const uint64_t ns = random_below(&random, 3 * MS), n = 1 + random_below(&random, 20);
		const uint32_t frames = (uint32_t)random_below(&random, 200);

		call(&at_once, ns, frames, n, 0);
		for (uint64_t i = 0; i < n; i++)
			call(&one_by_one, ns, frames, 1, 0);
		one_by_one.now_ns = at_once.now_ns;
	}
	assert_true(cycles(&at_once) > 20000 && misses(&at_once) > 1000);
	assert_memory_equal(at_once.loads, one_by_one.loads, sizeof at_once.loads);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cycle_misses_from_one_nanosecond_over_its_budget_on),
		cmocka_unit_test(calls_are_a_cycle_when_their_frames_reach_the_period),
		cmocka_unit_test(a_gap_of_more_than_two_periods_drops_the_rest),
		cmocka_unit_test(another_format_drops_the_rest_and_the_same_does_not),
		cmocka_unit_test(without_a_format_nothing_is_too_late),
		cmocka_unit_test(calls_without_frames_only_take_time),
		cmocka_unit_test(many_alike_are_as_many_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
