/* SPDX-License-Identifier: MIT */
/* Tests of collector/signal.c: every line of the verdict table, what is in flight, guards, and the table of signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/bench.h"

#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)

static const struct rule overload = { .signal = SIGNAL_RENDER_TIME,
				      .statistic = STATISTIC_P99,
				      .window_s = 60,
				      .above = 25 * MS,
				      .clear_below = 25 * MS,
				      .min_above = 5 };
static const struct rule latency = { .signal = SIGNAL_FFI_DURATION,
				     .statistic = STATISTIC_P99,
				     .window_s = 300,
				     .above = 100 * MS,
				     .clear_below = 100 * MS,
				     .min_above = 3,
				     .recent_s = 60 };

/* A window of both, which are of times. */
static int bench_setup(void **state)
{
	struct rule both = overload;

	both.clear_below = 20 * MS;
	both.guard.above = 100 * MS;
	*state = bench_new(&both);
	return 0;
}

static int bench_teardown(void **state)
{
	bench_free(*state);
	return 0;
}

/* ---- dead, closed ---- */

static void what_ended_says_how_whatever_it_left(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 100, 30 * MS);
	bench_pass(bench, 1);
	bench_says(bench, &overload, "yes");
	bench->facts.life = LIFE_DEAD;
	bench_says(bench, &overload, "dead");
	bench->facts.life = LIFE_GONE;
	bench_says(bench, &overload, "dead");
	bench->facts.life = LIFE_CLOSED;
	bench_says(bench, &overload, "closed");
	bench_says(bench, &latency, "closed");
	bench_says(bench, &(struct rule){ .signal = SIGNAL_STALLED }, "closed");
}

/* ---- silent ---- */

static void an_engine_that_rests_is_silent_five_slots_after_its_last_sample(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 100, 30 * MS);
	bench->facts.state = STATE_IDLE;
	bench_pass(bench, 5);
	bench_says(bench, &overload, "yes");
	bench_pass(bench, 1);
	bench_is_silent(bench, &overload, "idle");
	bench->facts.state = STATE_LIVE;
	bench_says(bench, &overload, "yes");
	bench->facts.state = STATE_STALLED;
	bench_says(bench, &overload, "yes");
}

static void every_state_but_live_and_stalled_rests(void **state)
{
	static const enum engine_state states[] = { STATE_STALE, STATE_FREEWHEEL, STATE_STARVED,
						    STATE_IDLE };
	struct bench *bench = *state;

	bench_put(bench, 100, 1 * MS);
	bench_pass(bench, 6);
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		bench->facts.state = states[i];
		bench_is_silent(bench, &overload, "idle");
	}
}

static void no_sample_is_silence(void **state)
{
	struct bench *bench = *state;

	bench_pass(bench, 1);
	bench_is_silent(bench, &overload, "nodata");
	bench->facts.windows[0] = NULL;
	bench_is_silent(bench, &overload, "nodata");
}

static void a_function_nobody_calls_is_quiet_while_an_engine_is_live_and_else_silent(void **state)
{
	struct bench *bench = *state;

	bench_pass(bench, 1);
	bench_says(bench, &latency, "no");
	bench_restart(bench);
	bench_is_silent(bench, &latency, "cover");
	bench->facts.engine_live = false;
	bench_is_silent(bench, &latency, "nodata");
}

/* ---- yes ---- */

static void the_nearest_rank_decides(void **state)
{
	static const struct {
		unsigned good, bad;
		const char *want;
	} rows[] = {
		{ 99, 1, "no" },  { 98, 2, "yes" }, { 990, 10, "no" }, { 989, 11, "yes" },
		{ 0, 1, "yes" },  { 98, 1, "yes" }, { 99, 0, "no" },   { 100, 1, "no" },
		{ 199, 2, "no" }, { 198, 2, "no" }, { 197, 2, "yes" },
	};
	struct rule rule = overload;

	rule.min_above = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bench *bench;

		(void)bench_teardown(state);
		(void)bench_setup(state);
		bench = *state;
		bench_put(bench, rows[i].good, 25 * MS);
		bench_put(bench, rows[i].bad, 25 * MS + 1);
		bench_pass(bench, 1);
		bench_says(bench, &rule, rows[i].want);
	}
}

static void too_few_slow_ones_are_no_overload(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 4, 30 * MS);
	bench_pass(bench, 1);
	bench_says(bench, &overload, "no");
	bench_put(bench, 1, 30 * MS);
	bench_pass(bench, 1);
	bench_says(bench, &overload, "yes");
}

static void old_slow_calls_count_while_one_of_the_last_minute_is_slow_or_nobody_calls(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 3, 200 * MS);
	bench_pass(bench, 60);
	bench_says(bench, &latency, "yes");
	bench_pass(bench, 60);
	bench_says(bench, &latency, "yes"); /* no call at all */
	bench_put(bench, 1, MS);
	bench_pass(bench, 1);
	bench_says(bench, &latency, "no");
	bench_fly(bench, 101 * MS);
	bench_says(bench, &latency, "yes"); /* one in flight is recent */
}

static void other_statistics_have_their_own_tests(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;

	rule.min_above = 0;
	bench_put(bench, 999, 10 * MS);
	bench_put(bench, 1, 26 * MS);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "no");
	rule.statistic = STATISTIC_MAX;
	bench_says(bench, &rule, "yes");
	rule.statistic = STATISTIC_MEAN;
	bench_says(bench, &rule, "no");
	bench_put(bench, 1, 16 * S);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "yes"); /* 26.0 ms */
	assert_int_equal(signal_judge(&rule, &bench->facts).value, 25990009);
	rule.statistic = STATISTIC_P50;
	bench_says(bench, &rule, "no");
}

static void a_mean_is_decided_where_it_is_written(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;

	rule.min_above = 0;
	rule.statistic = STATISTIC_MEAN;
	rule.above = rule.clear_below = 26 * MS; /* between two bounds */
	bench_put(bench, 100, 26 * MS);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "no");
	bench_put(bench, 1, 26 * MS + 1);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "yes");
	assert_int_equal(signal_judge(&rule, &bench->facts).threshold, 26 * MS);
}

/* ---- in flight ---- */

static void a_render_in_flight_is_one_sample_more_and_never_stored(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;
	struct judgement got;

	rule.min_above = 0;
	bench_put(bench, 50, 10 * MS);
	bench_pass(bench, 1);
	bench_fly(bench, 25 * MS);
	bench_says(bench, &rule, "no"); /* not older than the threshold */
	bench->facts.flights_ns[0]++;
	bench_says(bench, &rule, "yes");
	got = signal_judge(&rule, &bench->facts);
	assert_int_equal(got.n, 51);
	assert_int_equal(got.bad, 1);
	got = signal_judge(&rule, &bench->facts);
	assert_int_equal(got.n, 51);
	rule.statistic = STATISTIC_MAX;
	bench_says(bench, &rule, "yes");
	rule.statistic = STATISTIC_MEAN;
	bench_says(bench, &rule, "no");
	assert_int_equal(signal_judge(&rule, &bench->facts).n, 50);
	rule.statistic = STATISTIC_P99;
	bench->facts.stale = true;
	bench_says(bench, &rule, "no");
}

static void a_stalled_render_says_yes_whatever_the_rest_says(void **state)
{
	struct bench *bench = *state;

	bench_put(bench, 10000, MS);
	bench_pass(bench, 1);
	bench->facts.state = STATE_STALLED;
	bench_fly(bench, 2 * S);
	bench_says(bench, &overload, "yes");
	bench->facts.state = STATE_LIVE;
	bench_says(bench, &overload, "no");
	bench->facts.state = STATE_STALLED;
	bench->facts.flight_count = 0;
	bench_says(bench, &overload, "no");
	bench->facts.windows[0] = NULL;
	bench_is_silent(bench, &overload, "nodata");
	bench_fly(bench, 2 * S);
	bench_says(bench, &overload, "yes");
}

static uint64_t value_of(const struct bench *bench, struct rule rule, enum rule_statistic statistic)
{
	rule.statistic = statistic;
	return signal_judge(&rule, &bench->facts).value;
}

static void the_value_is_that_of_the_flight_where_a_flight_decides(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;

	rule.min_above = 0;
	bench_put(bench, 50, 2 * MS);
	bench_pass(bench, 1);
	bench_fly(bench, 20 * MS);
	assert_in_range(value_of(bench, rule, STATISTIC_P99), 1900000, 2100000);
	assert_in_range(value_of(bench, rule, STATISTIC_MAX), 2 * MS, 2100000);
	bench_fly(bench, 3 * S);
	assert_int_equal(value_of(bench, rule, STATISTIC_P99), 3 * S);
	assert_int_equal(value_of(bench, rule, STATISTIC_MAX), 3 * S);
	assert_in_range(value_of(bench, rule, STATISTIC_P50), 1900000, 2100000);
	assert_int_equal(value_of(bench, rule, STATISTIC_MEAN), 2 * MS);
	bench->facts.state = STATE_STALLED;
	assert_int_equal(value_of(bench, rule, STATISTIC_P50), 3 * S);
	assert_int_equal(value_of(bench, rule, STATISTIC_MEAN), 3 * S);
	bench_put(bench, 1, 4 * S);
	bench_pass(bench, 1);
	assert_in_range(value_of(bench, rule, STATISTIC_P99), 3900000000, 4100000000);
	assert_in_range(value_of(bench, rule, STATISTIC_MAX), 4 * S, 4100000000);
	bench->facts.stale = true;
	bench->facts.state = STATE_STALE;
	assert_in_range(value_of(bench, rule, STATISTIC_P50), 1900000, 2100000);
	bench->facts.stale = false;
	bench->facts.state = STATE_STALLED;
	bench->facts.windows[0] = NULL;
	assert_int_equal(value_of(bench, rule, STATISTIC_P99), 3 * S);
}

static void each_call_in_flight_counts(void **state)
{
	struct bench *bench = *state;

	bench_pass(bench, 1);
	bench_fly(bench, 101 * MS);
	bench_fly(bench, 102 * MS);
	bench_says(bench, &latency, "no");
	bench_fly(bench, 103 * MS);
	bench->facts.engine_live = false;
	bench_says(bench, &latency, "yes");
}

/* ---- band, no, cover ---- */

static void between_the_two_thresholds_is_the_band(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;

	bench_put(bench, 10, 22 * MS);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "no");
	rule.clear_below = 20 * MS;
	bench_says(bench, &rule, "band");
	rule.min_above = 11; /* the whole test */
	bench_says(bench, &rule, "no");
	rule.min_above = 5;
	bench->facts.windows[0] = NULL;
	bench_is_silent(bench, &rule, "nodata");
}

static void a_call_in_flight_older_than_clear_below_alone_is_no_band_of_no_sample(void **state)
{
	struct bench *bench = *state;
	struct rule rule = latency;

	rule.clear_below = 20 * MS;
	rule.min_above = 0;
	bench_pass(bench, 1);
	bench_fly(bench, 70 * MS);
	bench_says(bench, &rule, "no");
	bench_put(bench, 1, MS);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "band");
}

static void yes_needs_evidence_and_no_needs_cover(void **state)
{
	struct bench *bench = *state;

	bench_restart(bench);
	bench_put(bench, 10, MS);
	bench_pass(bench, 59);
	bench_is_silent(bench, &overload, "cover");
	bench_put(bench, 10, 30 * MS);
	bench_pass(bench, 0);
	bench_is_silent(bench, &overload, "cover");
	bench_pass(bench, 1);
	bench_says(bench, &overload, "yes");
}

static void a_covered_window_says_no(void **state)
{
	struct bench *bench = *state;

	bench_restart(bench);
	bench_put(bench, 10, MS);
	bench_pass(bench, 60);
	bench_says(bench, &overload, "no");
}

/* ---- guards ---- */

static void where_the_guard_fails_nothing_is_too_much(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;

	rule.guard = (struct rule_guard){ true, SIGNAL_RENDER_TIME, STATISTIC_P99, 100 * MS };
	bench_put(bench, 10, 30 * MS);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "no");
	rule.guard.above = 20 * MS;
	bench_says(bench, &rule, "yes");
	rule.guard.above = 100 * MS;
	rule.above = 50 * MS;
	rule.clear_below = 20 * MS;
	bench_says(bench, &rule, "no"); /* the band, too */
	bench_restart(bench);
	bench_put(bench, 10, 30 * MS);
	bench_pass(bench, 1);
	bench_is_silent(bench, &rule, "cover");
}

static void a_guard_has_the_labels_and_the_window_of_its_rule(void **state)
{
	(void)state;
	assert_true(signal_guards(SIGNAL_RENDER_TIME, SIGNAL_RENDER_LOAD));
	assert_true(signal_guards(SIGNAL_RENDER_TIME, SIGNAL_XRUN_SECONDS));
	assert_false(signal_guards(SIGNAL_RENDER_TIME, SIGNAL_FFI_DURATION));
	assert_false(signal_guards(SIGNAL_RENDER_TIME, SIGNAL_STALLED));
	assert_false(signal_guards(SIGNAL_STALLED, SIGNAL_RENDER_TIME));
	assert_false(signal_guards(SIGNAL_FFI_IN_FLIGHT, SIGNAL_FFI_DURATION));
}

/* ---- the table ---- */

static void every_signal_has_a_row(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SIGNALS; i++) {
		const struct signal_row *row = &signal_rows[i];

		assert_non_null(row->name);
		assert_int_equal(signal_named(row->name), i);
		assert_int_not_equal(row->statistics, 0);
		assert_non_null(row->sample);
	}
	assert_int_equal(signal_named("render_tim"), SIGNALS);
	assert_true(signal_takes(SIGNAL_RENDER_TIME, STATISTIC_P999));
	assert_false(signal_takes(SIGNAL_RENDER_TIME, STATISTIC_NONE));
	assert_false(signal_takes(SIGNAL_STALLED, STATISTIC_P99));
}

static void a_threshold_between_bounds_is_decided_at_the_next(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;
	const uint64_t effective_ns = signal_effective(SIGNAL_RENDER_TIME, STATISTIC_P99, 27 * MS);

	assert_int_equal(signal_effective(SIGNAL_RENDER_TIME, STATISTIC_P99, 25 * MS), 25 * MS);
	assert_int_equal(signal_effective(SIGNAL_FFI_IN_FLIGHT, STATISTIC_NONE, 27 * MS), 27 * MS);
	assert_in_range(effective_ns, 27 * MS, 27 * MS * 1022 / 1000);
	rule.above = rule.clear_below = 27 * MS;
	assert_int_equal(signal_judge(&rule, &bench->facts).threshold, effective_ns);
	bench_put(bench, 10, effective_ns);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "no");
	bench_put(bench, 10, effective_ns + 1);
	bench_pass(bench, 1);
	bench_says(bench, &rule, "yes");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_ended_says_how_whatever_it_left),
		TEST(an_engine_that_rests_is_silent_five_slots_after_its_last_sample),
		TEST(every_state_but_live_and_stalled_rests),
		TEST(no_sample_is_silence),
		TEST(a_function_nobody_calls_is_quiet_while_an_engine_is_live_and_else_silent),
		TEST(the_nearest_rank_decides),
		TEST(too_few_slow_ones_are_no_overload),
		TEST(old_slow_calls_count_while_one_of_the_last_minute_is_slow_or_nobody_calls),
		TEST(other_statistics_have_their_own_tests),
		TEST(a_mean_is_decided_where_it_is_written),
		TEST(a_render_in_flight_is_one_sample_more_and_never_stored),
		TEST(a_stalled_render_says_yes_whatever_the_rest_says),
		TEST(the_value_is_that_of_the_flight_where_a_flight_decides),
		TEST(each_call_in_flight_counts),
		TEST(between_the_two_thresholds_is_the_band),
		TEST(a_call_in_flight_older_than_clear_below_alone_is_no_band_of_no_sample),
		TEST(yes_needs_evidence_and_no_needs_cover),
		TEST(a_covered_window_says_no),
		TEST(where_the_guard_fails_nothing_is_too_much),
		TEST(a_guard_has_the_labels_and_the_window_of_its_rule),
		TEST(every_signal_has_a_row),
		TEST(a_threshold_between_bounds_is_decided_at_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
