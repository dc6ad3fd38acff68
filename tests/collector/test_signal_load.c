/* SPDX-License-Identifier: MIT */
/* Tests of collector/signal*.c: loads and wake-up delays, where they are not judged as times are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/bench.h"

#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)

static const struct rule budget = { .signal = SIGNAL_RENDER_LOAD,
				    .statistic = STATISTIC_P99,
				    .window_s = 60,
				    .above = 900000,
				    .clear_below = 900000 };
static const struct rule late = { .signal = SIGNAL_WAKEUP_DELAY,
				  .statistic = STATISTIC_P99,
				  .window_s = 60,
				  .above = 3906250,
				  .clear_below = 3906250 };

static int bench_of_loads(void **state)
{
	struct bench *bench = bench_new(&budget);

	bench->facts.rate_hz = 48000;
	bench->facts.frames = 256;
	*state = bench;
	return 0;
}

static int bench_of_delays(void **state)
{
	*state = bench_new(&late);
	return 0;
}

static int bench_over(void **state)
{
	bench_free(*state);
	return 0;
}

static void two_cycles_in_a_hundred_above_nine_tenths_are_too_many(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 99, 900000);
	bench_put(bench, 1, 900001);
	bench_pass(bench, 1);
	bench_says(bench, &budget, "no");
	bench_put(bench, 1, 900001);
	bench_pass(bench, 1);
	bench_says(bench, &budget, "yes");
	assert_int_equal(signal_judge(&budget, &bench->facts).n, 101);
	assert_int_equal(signal_judge(&budget, &bench->facts).bad, 2);
	assert_int_equal(signal_judge(&budget, &bench->facts).value, 925000);
}

static void a_load_between_twentieths_is_decided_at_the_next(void **state)
{
	struct bench *bench = *state;
	struct rule rule = budget;

	rule.above = rule.clear_below = 910000;
	bench_put(bench, 10, 950000);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "no");
	assert_int_equal(signal_judge(&rule, &bench->facts).threshold, 950000);
	bench_put(bench, 10, 950001);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "yes");
}

static void a_mean_of_loads_is_one_of_their_twentieths_middles(void **state)
{
	struct bench *bench = *state;
	struct rule rule = budget;

	rule.statistic = STATISTIC_MEAN;
	rule.above = rule.clear_below = 499999;
	bench_put(bench, 1, 500000); /* 475000 */
	bench_put(bench, 1, 501000); /* 525000 */
	bench_pass(bench, 1);
	bench_says(bench, &rule, "yes");
	assert_int_equal(signal_judge(&rule, &bench->facts).value, 500000);
	assert_int_equal(signal_judge(&rule, &bench->facts).threshold, 499999);
	rule.above = rule.clear_below = 500000;
	bench_says(bench, &rule, "no");
}

static void a_render_in_flight_has_the_load_of_its_age(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 50, 100000);
	bench_pass(bench, 1);
	bench_fly(bench, 4800000);
	bench_says(bench, &budget, "no"); /* of 5333333.3: just nine tenths */
	bench->facts.flights_ns[0] = 4800001;
	bench_says(bench, &budget, "yes");
	assert_int_equal(signal_judge(&budget, &bench->facts).n, 51);
	assert_int_equal(signal_judge(&budget, &bench->facts).value, 900001);
	bench->facts.frames = 0; /* unknown */
	bench_says(bench, &budget, "no");
	bench->facts.frames = 256;
	bench->facts.stale = true;
	bench_says(bench, &budget, "no");
}

static void a_stalled_render_over_its_budget_is_too_much_whatever_the_rest_says(void **state)
{
	struct bench *bench = *state;
	struct rule rule = budget;

	rule.min_above = 1000;
	bench_put(bench, 10000, 100000);
	bench_pass(bench, 1);
	bench_fly(bench, 2 * S);
	bench_says(bench, &rule, "no");
	bench->facts.state = STATE_STALLED;
	bench_says(bench, &rule, "yes");
	rule.statistic = STATISTIC_MEAN;
	bench_says(bench, &rule, "yes");
	bench->facts.rate_hz = 1; /* it has time */
	bench_says(bench, &rule, "no");
}

static void an_engine_that_rests_says_nothing_of_its_loads(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 100, 1500000);
	bench->facts.state = STATE_STARVED;
	bench_pass(bench, SIGNAL_RECENT_SLOTS);
	bench_says(bench, &budget, "yes");
	bench_pass(bench, 1);
	bench_is_silent(bench, &budget, "idle");
	bench->facts.windows[ENGINE_LOAD] = NULL;
	bench_is_silent(bench, &budget, "idle");
	bench->facts.state = STATE_LIVE;
	bench_is_silent(bench, &budget, "nodata");
}

static void loads_above_twice_the_budget_have_one_figure(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 10, 9000000);
	bench_pass(bench, 1);
	assert_int_equal(signal_judge(&budget, &bench->facts).value, 2000001);
	assert_int_equal(signal_most(SIGNAL_RENDER_LOAD), 2000000);
}

static void a_guard_of_loads_keeps_slow_blocks_of_a_big_buffer_quiet(void **state)
{
	struct bench *loads = *state;
	struct rule rule = { .signal = SIGNAL_RENDER_TIME,
			     .statistic = STATISTIC_P99,
			     .window_s = 60,
			     .above = 25 * MS,
			     .clear_below = 25 * MS,
			     .guard = { true, SIGNAL_RENDER_LOAD, STATISTIC_P99, 900000 } };
	struct bench *times = bench_new(&rule);

	times->facts.windows[ENGINE_LOAD] = &loads->window;
	bench_put(times, 100, 30 * MS);
	bench_pass(times, 1);
	bench_put(loads, 100, 700000);
	bench_pass(loads, 1);
	bench_says(times, &rule, "no");
	bench_put(loads, 100, 950000);
	bench_pass(loads, 1);
	bench_says(times, &rule, "yes");
	times->facts.windows[ENGINE_LOAD] = NULL; /* nothing can be said of them */
	bench_is_silent(times, &rule, "cover");
	bench_free(times);
}

static void a_late_wake_up_is_known_by_its_octave(void **state)
{
	struct bench *bench = *state;
	struct rule rule = late;

	bench_put(bench, 10, 3906250);
	bench_pass(bench, 1);
	bench_says(bench, &late, "no");
	bench_put(bench, 10, 3906251);
	bench_pass(bench, 1);
	bench_says(bench, &late, "yes");
	assert_int_equal(signal_judge(&late, &bench->facts).value, 5208333);
	rule.above = 2 * MS; /* half an octave below */
	assert_int_equal(signal_judge(&rule, &bench->facts).threshold, 3906250);
	rule.statistic = STATISTIC_MEAN;
	rule.above = rule.clear_below = 3906250;
	bench_says(bench, &rule, "yes"); /* the sum is exact */
}

static void what_is_in_flight_woke_up_already(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 10, MS);
	bench_pass(bench, 1);
	bench_fly(bench, 10 * S);
	bench->facts.state = STATE_STALLED;
	bench_says(bench, &late, "no");
}

#define LOAD(name) cmocka_unit_test_setup_teardown(name, bench_of_loads, bench_over)
#define WAKE(name) cmocka_unit_test_setup_teardown(name, bench_of_delays, bench_over)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LOAD(two_cycles_in_a_hundred_above_nine_tenths_are_too_many),
		LOAD(a_load_between_twentieths_is_decided_at_the_next),
		LOAD(a_mean_of_loads_is_one_of_their_twentieths_middles),
		LOAD(a_render_in_flight_has_the_load_of_its_age),
		LOAD(a_stalled_render_over_its_budget_is_too_much_whatever_the_rest_says),
		LOAD(an_engine_that_rests_says_nothing_of_its_loads),
		LOAD(loads_above_twice_the_budget_have_one_figure),
		LOAD(a_guard_of_loads_keeps_slow_blocks_of_a_big_buffer_quiet),
		WAKE(a_late_wake_up_is_known_by_its_octave),
		WAKE(what_is_in_flight_woke_up_already),
	};

	return cmocka_run_group_tests_name("signal_load", tests, NULL, NULL);
}
