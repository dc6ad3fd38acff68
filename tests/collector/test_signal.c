/* SPDX-License-Identifier: MIT */
/* Tests of collector/signal.c: every line of the verdict table, what is in flight, guards, and the table of signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "collector/signal.h"

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

/* One window, fed by hand; 400 ticks old unless a test says younger. */
struct bench {
	struct window_purse purse;
	struct window_cuts cuts;
	struct window window;
	uint64_t cells[AW_TIME_CELLS], sum_ns;
	struct signal_facts facts;
};

static int bench_setup(void **state)
{
	static struct bench bench;

	bench = (struct bench){ .purse = { WINDOW_PURSE_BYTES },
				.cuts = { .table = &window_tables[WINDOW_TIME] } };
	assert_true(window_cuts_add(&bench.cuts, 20 * MS));
	assert_true(window_cuts_add(&bench.cuts, 25 * MS));
	assert_true(window_cuts_add(&bench.cuts, 100 * MS));
	assert_true(window_init(&bench.window, &bench.purse, &bench.cuts));
	window_start(&bench.window, 0, 400);
	bench.facts = (struct signal_facts){ .tick = 400,
					     .windows = { &bench.window },
					     .state = STATE_LIVE,
					     .held_state = STATE_LIVE,
					     .engine_live = true };
	*state = &bench;
	return 0;
}

static int bench_teardown(void **state)
{
	window_deinit(&((struct bench *)*state)->window);
	return 0;
}

static void put(struct bench *bench, unsigned n, uint64_t ns)
{
	bench->cells[aw_time_cell(ns)] += n;
	bench->sum_ns += n * ns;
}

static void pass(struct bench *bench, unsigned ticks)
{
	for (unsigned i = 0; i < ticks; i++)
		assert_true(window_read(&bench->window, ++bench->facts.tick, bench->cells,
					bench->sum_ns));
}

static void fly(struct bench *bench, uint64_t age_ns)
{
	bench->facts.flights_ns[bench->facts.flight_count++] = age_ns;
}

static void assert_verdict(const struct bench *bench, const struct rule *rule, const char *want)
{
	const struct judgement got = signal_judge(rule, &bench->facts);

	assert_string_equal(verdict_names[got.verdict], want);
	assert_string_equal(silence_names[got.silence], "");
}

static void assert_silent(const struct bench *bench, const struct rule *rule, const char *why)
{
	const struct judgement got = signal_judge(rule, &bench->facts);

	assert_string_equal(verdict_names[got.verdict], "silent");
	assert_string_equal(silence_names[got.silence], why);
}

/* ---- dead, closed ---- */

static void what_ended_says_how_whatever_it_left(void **state)
{
	struct bench *bench = *state;

	put(bench, 100, 30 * MS);
	pass(bench, 1);
	assert_verdict(bench, &overload, "yes");
	bench->facts.life = LIFE_DEAD;
	assert_verdict(bench, &overload, "dead");
	bench->facts.life = LIFE_GONE;
	assert_verdict(bench, &overload, "dead");
	bench->facts.life = LIFE_CLOSED;
	assert_verdict(bench, &overload, "closed");
	assert_verdict(bench, &latency, "closed");
	assert_verdict(bench, &(struct rule){ .signal = SIGNAL_STALLED }, "closed");
}

/* ---- silent ---- */

static void an_engine_that_rests_is_silent_five_slots_after_its_last_sample(void **state)
{
	struct bench *bench = *state;

	put(bench, 100, 30 * MS);
	bench->facts.state = STATE_IDLE;
	pass(bench, 5);
	assert_verdict(bench, &overload, "yes");
	pass(bench, 1);
	assert_silent(bench, &overload, "idle");
	bench->facts.state = STATE_LIVE;
	assert_verdict(bench, &overload, "yes");
	bench->facts.state = STATE_STALLED;
	assert_verdict(bench, &overload, "yes");
}

static void every_state_but_live_and_stalled_rests(void **state)
{
	static const enum engine_state states[] = { STATE_STALE, STATE_FREEWHEEL, STATE_STARVED,
						    STATE_IDLE };
	struct bench *bench = *state;

	put(bench, 100, 1 * MS);
	pass(bench, 6);
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		bench->facts.state = states[i];
		assert_silent(bench, &overload, "idle");
	}
}

static void no_sample_is_silence(void **state)
{
	struct bench *bench = *state;

	pass(bench, 1);
	assert_silent(bench, &overload, "nodata");
	bench->facts.windows[0] = NULL;
	assert_silent(bench, &overload, "nodata");
}

static void a_function_nobody_calls_is_quiet_while_an_engine_is_live_and_else_silent(void **state)
{
	struct bench *bench = *state;

	pass(bench, 1);
	assert_verdict(bench, &latency, "no");
	window_start(&bench->window, 400, bench->facts.tick);
	assert_silent(bench, &latency, "cover");
	bench->facts.engine_live = false;
	assert_silent(bench, &latency, "nodata");
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
		put(bench, rows[i].good, 25 * MS);
		put(bench, rows[i].bad, 25 * MS + 1);
		pass(bench, 1);
		assert_verdict(bench, &rule, rows[i].want);
	}
}

static void too_few_slow_ones_are_no_overload(void **state)
{
	struct bench *bench = *state;

	put(bench, 4, 30 * MS);
	pass(bench, 1);
	assert_verdict(bench, &overload, "no");
	put(bench, 1, 30 * MS);
	pass(bench, 1);
	assert_verdict(bench, &overload, "yes");
}

static void old_slow_calls_count_while_one_of_the_last_minute_is_slow_or_nobody_calls(void **state)
{
	struct bench *bench = *state;

	put(bench, 3, 200 * MS);
	pass(bench, 60);
	assert_verdict(bench, &latency, "yes");
	pass(bench, 60);
	assert_verdict(bench, &latency, "yes"); /* no call at all */
	put(bench, 1, MS);
	pass(bench, 1);
	assert_verdict(bench, &latency, "no");
	fly(bench, 101 * MS);
	assert_verdict(bench, &latency, "yes"); /* one in flight is recent */
}

static void other_statistics_have_their_own_tests(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;

	rule.min_above = 0;
	put(bench, 999, 10 * MS);
	put(bench, 1, 26 * MS);
	pass(bench, 1);
	assert_verdict(bench, &rule, "no");
	rule.statistic = STATISTIC_MAX;
	assert_verdict(bench, &rule, "yes");
	rule.statistic = STATISTIC_MEAN;
	assert_verdict(bench, &rule, "no");
	put(bench, 1, 16 * S);
	pass(bench, 1);
	assert_verdict(bench, &rule, "yes"); /* 26.0 ms */
	assert_int_equal(signal_judge(&rule, &bench->facts).value, 25990009);
	rule.statistic = STATISTIC_P50;
	assert_verdict(bench, &rule, "no");
}

static void a_mean_is_decided_where_it_is_written(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;

	rule.min_above = 0;
	rule.statistic = STATISTIC_MEAN;
	rule.above = rule.clear_below = 26 * MS; /* between two bounds */
	put(bench, 100, 26 * MS);
	pass(bench, 1);
	assert_verdict(bench, &rule, "no");
	put(bench, 1, 26 * MS + 1);
	pass(bench, 1);
	assert_verdict(bench, &rule, "yes");
	assert_int_equal(signal_judge(&rule, &bench->facts).threshold, 26 * MS);
}

/* ---- in flight ---- */

static void a_render_in_flight_is_one_sample_more_and_never_stored(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;
	struct judgement got;

	rule.min_above = 0;
	put(bench, 50, 10 * MS);
	pass(bench, 1);
	fly(bench, 25 * MS);
	assert_verdict(bench, &rule, "no"); /* not older than the threshold */
	bench->facts.flights_ns[0]++;
	assert_verdict(bench, &rule, "yes");
	got = signal_judge(&rule, &bench->facts);
	assert_int_equal(got.n, 51);
	assert_int_equal(got.bad, 1);
	got = signal_judge(&rule, &bench->facts);
	assert_int_equal(got.n, 51);
	rule.statistic = STATISTIC_MAX;
	assert_verdict(bench, &rule, "yes");
	rule.statistic = STATISTIC_MEAN;
	assert_verdict(bench, &rule, "no");
	assert_int_equal(signal_judge(&rule, &bench->facts).n, 50);
	rule.statistic = STATISTIC_P99;
	bench->facts.stale = true;
	assert_verdict(bench, &rule, "no");
}

static void a_stalled_render_says_yes_whatever_the_rest_says(void **state)
{
	struct bench *bench = *state;

	put(bench, 10000, MS);
	pass(bench, 1);
	bench->facts.state = STATE_STALLED;
	fly(bench, 2 * S);
	assert_verdict(bench, &overload, "yes");
	bench->facts.state = STATE_LIVE;
	assert_verdict(bench, &overload, "no");
	bench->facts.state = STATE_STALLED;
	bench->facts.flight_count = 0;
	assert_verdict(bench, &overload, "no");
	bench->facts.windows[0] = NULL;
	assert_silent(bench, &overload, "nodata");
	fly(bench, 2 * S);
	assert_verdict(bench, &overload, "yes");
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
	put(bench, 50, 2 * MS);
	pass(bench, 1);
	fly(bench, 20 * MS);
	assert_in_range(value_of(bench, rule, STATISTIC_P99), 1900000, 2100000);
	assert_in_range(value_of(bench, rule, STATISTIC_MAX), 2 * MS, 2100000);
	fly(bench, 3 * S);
	assert_int_equal(value_of(bench, rule, STATISTIC_P99), 3 * S);
	assert_int_equal(value_of(bench, rule, STATISTIC_MAX), 3 * S);
	assert_in_range(value_of(bench, rule, STATISTIC_P50), 1900000, 2100000);
	assert_int_equal(value_of(bench, rule, STATISTIC_MEAN), 2 * MS);
	bench->facts.state = STATE_STALLED;
	assert_int_equal(value_of(bench, rule, STATISTIC_P50), 3 * S);
	assert_int_equal(value_of(bench, rule, STATISTIC_MEAN), 3 * S);
	put(bench, 1, 4 * S);
	pass(bench, 1);
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

	pass(bench, 1);
	fly(bench, 101 * MS);
	fly(bench, 102 * MS);
	assert_verdict(bench, &latency, "no");
	fly(bench, 103 * MS);
	bench->facts.engine_live = false;
	assert_verdict(bench, &latency, "yes");
}

/* ---- band, no, cover ---- */

static void between_the_two_thresholds_is_the_band(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;

	put(bench, 10, 22 * MS);
	pass(bench, 1);
	assert_verdict(bench, &rule, "no");
	rule.clear_below = 20 * MS;
	assert_verdict(bench, &rule, "band");
	rule.min_above = 11; /* the whole test */
	assert_verdict(bench, &rule, "no");
	rule.min_above = 5;
	bench->facts.windows[0] = NULL;
	assert_silent(bench, &rule, "nodata");
}

static void yes_needs_evidence_and_no_needs_cover(void **state)
{
	struct bench *bench = *state;

	window_start(&bench->window, 400, 400);
	put(bench, 10, MS);
	pass(bench, 59);
	assert_silent(bench, &overload, "cover");
	put(bench, 10, 30 * MS);
	pass(bench, 0);
	assert_silent(bench, &overload, "cover");
	pass(bench, 1);
	assert_verdict(bench, &overload, "yes");
}

static void a_covered_window_says_no(void **state)
{
	struct bench *bench = *state;

	window_start(&bench->window, 400, 400);
	put(bench, 10, MS);
	pass(bench, 60);
	assert_verdict(bench, &overload, "no");
}

/* ---- guards ---- */

static void where_the_guard_fails_nothing_is_too_much(void **state)
{
	struct bench *bench = *state;
	struct rule rule = overload;

	rule.guard = (struct rule_guard){ true, SIGNAL_RENDER_TIME, STATISTIC_P99, 100 * MS };
	put(bench, 10, 30 * MS);
	pass(bench, 1);
	assert_verdict(bench, &rule, "no");
	rule.guard.above = 20 * MS;
	assert_verdict(bench, &rule, "yes");
	rule.guard.above = 100 * MS;
	rule.above = 50 * MS;
	rule.clear_below = 20 * MS;
	assert_verdict(bench, &rule, "no"); /* the band, too */
	window_start(&bench->window, 400, bench->facts.tick);
	put(bench, 10, 30 * MS);
	pass(bench, 1);
	assert_silent(bench, &rule, "cover");
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

/* ---- instant signals, and calls in flight ---- */

static void instant_signals_know_yes_and_no_and_hold_while_stale(void **state)
{
	const struct rule stalled = { .signal = SIGNAL_STALLED },
			  starved = { .signal = SIGNAL_STARVED };
	struct bench *bench = *state;

	bench->facts.windows[0] = NULL;
	assert_verdict(bench, &stalled, "no");
	bench->facts.state = bench->facts.held_state = STATE_STALLED;
	assert_verdict(bench, &stalled, "yes");
	assert_verdict(bench, &starved, "no");
	bench->facts.state = STATE_STALE;
	assert_verdict(bench, &stalled, "yes");
	bench->facts.state = bench->facts.held_state = STATE_STARVED;
	assert_verdict(bench, &stalled, "no");
	assert_verdict(bench, &starved, "yes");
	assert_int_equal(signal_judge(&starved, &bench->facts).n, 1);
	assert_int_equal(signal_judge(&starved, &bench->facts).value, 1);
	assert_int_equal(signal_judge(&starved, &bench->facts).threshold, 0);
}

static void a_source_is_down_when_it_died_and_only_then(void **state)
{
	const struct rule down = { .signal = SIGNAL_SOURCE_DOWN };
	struct bench *bench = *state;

	assert_verdict(bench, &down, "no");
	bench->facts.life = LIFE_DEAD;
	assert_verdict(bench, &down, "yes");
	bench->facts.life = LIFE_CLOSED;
	assert_verdict(bench, &down, "no");
	bench->facts.life = LIFE_GONE;
	assert_verdict(bench, &down, "no");
}

static void the_watchdog_always_says_yes(void **state)
{
	const struct signal_facts nothing = { 0 };
	const struct rule always = { .signal = SIGNAL_ALWAYS };

	(void)state;
	assert_int_equal(signal_judge(&always, &nothing).verdict, VERDICT_YES);
}

static void a_stuck_call_is_one_older_than_the_threshold(void **state)
{
	struct rule rule = { .signal = SIGNAL_FFI_IN_FLIGHT, .above = 10 * S, .clear_below = 10 * S };
	struct bench *bench = *state;
	struct judgement got;

	bench->facts.windows[0] = NULL;
	assert_verdict(bench, &rule, "no");
	bench->facts.open = 20; /* more than there are ages of */
	fly(bench, 10 * S);
	fly(bench, 3 * S);
	assert_verdict(bench, &rule, "no");
	bench->facts.flights_ns[0]++;
	assert_verdict(bench, &rule, "yes");
	got = signal_judge(&rule, &bench->facts);
	assert_int_equal(got.n, 20);
	assert_int_equal(got.bad, 1);
	assert_int_equal(got.value, 10 * S + 1);
	rule.above = 11 * S;
	assert_verdict(bench, &rule, "band");
	bench->facts.stale = true;
	assert_silent(bench, &rule, "stale");
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
	put(bench, 10, effective_ns);
	pass(bench, 1);
	assert_verdict(bench, &rule, "no");
	put(bench, 10, effective_ns + 1);
	pass(bench, 1);
	assert_verdict(bench, &rule, "yes");
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
		TEST(yes_needs_evidence_and_no_needs_cover),
		TEST(a_covered_window_says_no),
		TEST(where_the_guard_fails_nothing_is_too_much),
		TEST(a_guard_has_the_labels_and_the_window_of_its_rule),
		TEST(instant_signals_know_yes_and_no_and_hold_while_stale),
		TEST(a_source_is_down_when_it_died_and_only_then),
		TEST(the_watchdog_always_says_yes),
		TEST(a_stuck_call_is_one_older_than_the_threshold),
		TEST(every_signal_has_a_row),
		TEST(a_threshold_between_bounds_is_decided_at_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
