/* SPDX-License-Identifier: MIT */
/* Tests of collector/signal*.c: ratios and sums, which are made of good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/bench.h"

#define S UINT64_C(1000000000)

static const struct rule errors = { .signal = SIGNAL_FFI_ERROR_RATIO,
				    .statistic = STATISTIC_RATIO,
				    .window_s = 300,
				    .above = 50000,
				    .clear_below = 50000,
				    .min_above = 3 };
static const struct rule storm = { .signal = SIGNAL_XRUN_SECONDS,
				   .statistic = STATISTIC_SUM,
				   .window_s = 60,
				   .above = 5,
				   .clear_below = 5 };
static const struct rule refused = { .signal = SIGNAL_AUTH_FAILURES,
				     .statistic = STATISTIC_SUM,
				     .window_s = 300,
				     .above = 10,
				     .clear_below = 10 };

enum { GOOD, BAD };

static int bench_of_calls(void **state)
{
	*state = bench_new(&errors);
	return 0;
}

static int bench_of_seconds(void **state)
{
	*state = bench_new(&storm);
	return 0;
}

static int bench_of_requests(void **state)
{
	*state = bench_new(&refused);
	return 0;
}

static int bench_over(void **state)
{
	bench_free(*state);
	return 0;
}

static void more_than_one_call_in_twenty_must_fail(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 95, GOOD);
	bench_put(bench, 5, BAD);
	bench_pass(bench, 1);
	bench_says(bench, &errors, "no");
	bench_put(bench, 1, BAD);
	bench_pass(bench, 1);
	bench_says(bench, &errors, "yes");
	assert_int_equal(signal_judge(&errors, &bench->facts).n, 101);
	assert_int_equal(signal_judge(&errors, &bench->facts).bad, 6);
	assert_int_equal(signal_judge(&errors, &bench->facts).value, 59405);
	assert_int_equal(signal_judge(&errors, &bench->facts).threshold, 50000);
}

static void two_failed_calls_are_too_few(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 2, BAD);
	bench_pass(bench, 1);
	bench_says(bench, &errors, "no");
	bench_put(bench, 1, BAD);
	bench_pass(bench, 1);
	bench_says(bench, &errors, "yes");
}

static void a_ratio_has_a_band_and_what_is_recent(void **state)
{
	struct bench *bench = *state;
	struct rule rule = errors;

	rule.clear_below = 20000;
	rule.recent_s = 5;
	bench_put(bench, 97, GOOD);
	bench_put(bench, 3, BAD);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "band");
	bench_put(bench, 1, GOOD);
	bench_pass(bench, 5);
	bench_says(bench, &rule, "no"); /* a good one lately, and no bad one */
	bench_pass(bench, 1);
	bench_says(bench, &rule, "band"); /* none at all */
}

static void without_calls_nothing_fails_while_an_engine_is_live(void **state)
{
	struct bench *bench = *state;

	bench_pass(bench, 1);
	bench_says(bench, &errors, "no");
	bench_restart(bench);
	bench_is_silent(bench, &errors, "cover");
	bench->facts.engine_live = false;
	bench_is_silent(bench, &errors, "nodata");
}

static void calls_in_flight_have_not_failed(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 100, GOOD);
	bench_pass(bench, 1);
	for (unsigned i = 0; i < SIGNAL_FLIGHTS; i++)
		bench_fly(bench, 100 * S);
	bench_says(bench, &errors, "no");
	assert_int_equal(signal_judge(&errors, &bench->facts).n, 100);
}

static void the_sixth_second_with_a_miss_makes_a_storm(void **state)
{
	struct bench *bench = *state;

	for (unsigned i = 0; i < 60; i++) {
		bench_put(bench, 1, i < 5 ? BAD : GOOD);
		bench_pass(bench, 1);
	}
	bench_says(bench, &storm, "no");
	assert_int_equal(signal_judge(&storm, &bench->facts).n, 60);
	assert_int_equal(signal_judge(&storm, &bench->facts).value, 5);
	bench_restart(bench);
	for (unsigned i = 0; i < 6; i++) {
		bench_is_silent(bench, &storm, i ? "cover" : "nodata");
		bench_put(bench, 1, BAD);
		bench_pass(bench, 1);
	}
	bench_says(bench, &storm, "yes");
	assert_int_equal(signal_judge(&storm, &bench->facts).threshold, 5);
}

static void an_engine_that_rests_says_nothing_of_its_seconds(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 1, GOOD);
	bench_pass(bench, SIGNAL_RECENT_SLOTS);
	bench->facts.state = STATE_IDLE;
	bench_says(bench, &storm, "no");
	bench_pass(bench, 1);
	bench_is_silent(bench, &storm, "idle");
	bench->facts.state = STATE_STALLED; /* a render that hangs is no second with a miss yet */
	bench_fly(bench, 9 * S);
	bench_says(bench, &storm, "no");
}

static void the_collector_is_there_even_when_nobody_asks(void **state)
{
	struct bench *bench = *state;

	bench_pass(bench, 1);
	bench_says(bench, &refused, "no");
	bench_put(bench, 10, BAD);
	bench_put(bench, 1000, GOOD);
	bench_pass(bench, 1);
	bench_says(bench, &refused, "no");
	bench_put(bench, 1, BAD);
	bench_pass(bench, 1);
	bench_says(bench, &refused, "yes");
	assert_int_equal(signal_judge(&refused, &bench->facts).value, 11);
	bench_restart(bench);
	bench_is_silent(bench, &refused, "cover");
}

#define CALLS(name) cmocka_unit_test_setup_teardown(name, bench_of_calls, bench_over)
#define SECONDS(name) cmocka_unit_test_setup_teardown(name, bench_of_seconds, bench_over)
#define REQUESTS(name) cmocka_unit_test_setup_teardown(name, bench_of_requests, bench_over)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CALLS(more_than_one_call_in_twenty_must_fail),
		CALLS(two_failed_calls_are_too_few),
		CALLS(a_ratio_has_a_band_and_what_is_recent),
		CALLS(without_calls_nothing_fails_while_an_engine_is_live),
		CALLS(calls_in_flight_have_not_failed),
		SECONDS(the_sixth_second_with_a_miss_makes_a_storm),
		SECONDS(an_engine_that_rests_says_nothing_of_its_seconds),
		REQUESTS(the_collector_is_there_even_when_nobody_asks),
	};

	return cmocka_run_group_tests_name("signal_flags", tests, NULL, NULL);
}
