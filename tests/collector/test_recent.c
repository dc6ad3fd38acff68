/* SPDX-License-Identifier: MIT */
/* Tests of collector/recent.c: what was spent when, and which episode of misses was the last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/recent.h"

#define MS UINT64_C(1000000)

static void what_was_spent_before_the_first_look_is_nobodys(void **state)
{
	struct recent recent = { 0 };

	(void)state;
	recent_spend(&recent, 100, 500 * MS);
	assert_int_equal(recent_spent_us(&recent, 60), 0);
	recent_spend(&recent, 101, 507 * MS);
	assert_int_equal(recent_spent_us(&recent, 60), 7000);
}

/* A millisecond a second; the running step and those that the span touches are counted. */
static void a_span_holds_its_seconds_and_at_most_a_step_more(void **state)
{
	static const unsigned spans[] = { 1, 5, 60, 299, 300, 3600 };
	struct recent recent = { 0 };
	uint64_t tick = 1000;

	(void)state;
	for (; tick <= 1700; tick++) {
		recent_spend(&recent, tick, tick * MS);
		for (unsigned i = 0; tick > 1400 && i < sizeof spans / sizeof *spans; i++) {
			const unsigned span = spans[i] < RECENT_SPAN_S ? spans[i] : RECENT_SPAN_S;
			const uint64_t spent_s = recent_spent_us(&recent, spans[i]) / 1000;

			assert_in_range(spent_s, span, span + 2 * RECENT_STEP_S - 1);
		}
	}
}

static void what_nobody_looked_at_for_long_is_forgotten(void **state)
{
	struct recent recent = { 0 };

	(void)state;
	recent_spend(&recent, 100, 0);
	recent_spend(&recent, 101, 50 * MS);
	recent_spend(&recent, 400, 50 * MS);
	assert_int_equal(recent_spent_us(&recent, 60), 0);
	assert_int_equal(recent_spent_us(&recent, 300), 50000);
	recent_spend(&recent, 100000, 50 * MS);
	assert_int_equal(recent_spent_us(&recent, 300), 0);
}

static void nothing_below_a_microsecond_is_lost_over_time(void **state)
{
	struct recent recent = { 0 };

	(void)state;
	for (unsigned tick = 100; tick < 105; tick++)
		recent_spend(&recent, tick, (uint64_t)tick * 500);
	assert_int_equal(recent_spent_us(&recent, 5), 2);
}

static void a_sum_that_fell_began_again(void **state)
{
	struct recent recent = { 0 };

	(void)state;
	recent_spend(&recent, 100, 900 * MS);
	recent_spend(&recent, 101, 3 * MS);
	recent_spend(&recent, 102, 5 * MS);
	assert_int_equal(recent_spent_us(&recent, 5), 2000);
}

static void an_episode_is_counted_where_its_begin_was_seen(void **state)
{
	static const struct {
		uint64_t tick, misses, episodes, want_tick, want_misses;
	} walk[] = {
		{ 10, 50, 3, 0, 0 }, /* before anybody looked */
		{ 11, 52, 3, 11, 0 }, /* one that goes on: from where is not known */
		{ 13, 60, 4, 13, 8 }, /* after a tick without one */
		{ 14, 61, 4, 14, 9 }, /* the same goes on */
		{ 15, 61, 4, 14, 9 }, /* over, and still the last one */
		{ 20, 63, 6, 20, 0 }, /* two in one tick */
		{ 21, 64, 7, 21, 0 }, /* whose misses, nobody knows */
		{ 30, 65, 8, 30, 1 },
	};
	struct recent recent = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof walk / sizeof *walk; i++) {
		recent_miss(&recent, walk[i].tick, walk[i].misses, walk[i].episodes);
		assert_int_equal(recent.miss_tick, walk[i].want_tick);
		assert_int_equal(recent.episode_misses, walk[i].want_misses);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_spent_before_the_first_look_is_nobodys),
		cmocka_unit_test(a_span_holds_its_seconds_and_at_most_a_step_more),
		cmocka_unit_test(what_nobody_looked_at_for_long_is_forgotten),
		cmocka_unit_test(nothing_below_a_microsecond_is_lost_over_time),
		cmocka_unit_test(a_sum_that_fell_began_again),
		cmocka_unit_test(an_episode_is_counted_where_its_begin_was_seen),
	};

	return cmocka_run_group_tests_name("recent", tests, NULL, NULL);
}
