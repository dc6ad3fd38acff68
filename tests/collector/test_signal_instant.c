/* SPDX-License-Identifier: MIT */
/* Tests of collector/signal*.c: signals of the moment, be they 0 or 1, a level, or calls in flight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/bench.h"

#define S UINT64_C(1000000000)

static const struct rule times = { .signal = SIGNAL_RENDER_TIME, .statistic = STATISTIC_P99 };
static const struct rule lost = { .signal = SIGNAL_RECORDS_LOST };

static int bench_of_times(void **state)
{
	*state = bench_new(&times);
	return 0;
}

static int bench_of_lost(void **state)
{
	*state = bench_new(&lost);
	return 0;
}

static int bench_over(void **state)
{
	bench_free(*state);
	return 0;
}

static void instant_signals_know_yes_and_no_and_hold_while_stale(void **state)
{
	const struct rule stalled = { .signal = SIGNAL_STALLED },
			  starved = { .signal = SIGNAL_STARVED };
	struct bench *bench = *state;

	bench->facts.windows[0] = NULL;
	bench_says(bench, &stalled, "no");
	bench->facts.state = bench->facts.held_state = STATE_STALLED;
	bench_says(bench, &stalled, "yes");
	bench_says(bench, &starved, "no");
	bench->facts.state = STATE_STALE;
	bench_says(bench, &stalled, "yes");
	bench->facts.state = bench->facts.held_state = STATE_STARVED;
	bench_says(bench, &stalled, "no");
	bench_says(bench, &starved, "yes");
	assert_int_equal(signal_judge(&starved, &bench->facts).n, 1);
	assert_int_equal(signal_judge(&starved, &bench->facts).value, 1);
	assert_int_equal(signal_judge(&starved, &bench->facts).threshold, 0);
}

static void a_source_is_down_when_it_died_and_only_then(void **state)
{
	const struct rule down = { .signal = SIGNAL_SOURCE_DOWN };
	struct bench *bench = *state;

	bench_says(bench, &down, "no");
	bench->facts.life = LIFE_DEAD;
	bench_says(bench, &down, "yes");
	bench->facts.life = LIFE_CLOSED;
	bench_says(bench, &down, "closed");
	bench->facts.life = LIFE_GONE;
	bench_says(bench, &down, "no");
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
	bench_says(bench, &rule, "no");
	bench->facts.open = 20; /* more than there are ages of */
	bench_fly(bench, 10 * S);
	bench_fly(bench, 3 * S);
	bench_says(bench, &rule, "no");
	bench->facts.flights_ns[0]++;
	bench_says(bench, &rule, "yes");
	got = signal_judge(&rule, &bench->facts);
	assert_int_equal(got.n, 20);
	assert_int_equal(got.bad, 1);
	assert_int_equal(got.value, 10 * S + 1);
	rule.above = 11 * S;
	bench_says(bench, &rule, "band");
	bench->facts.stale = true;
	bench_is_silent(bench, &rule, "stale");
}

static void lost_records_are_told_for_five_minutes_by_their_number(void **state)
{
	struct bench *bench = *state;

	bench_pass(bench, 1);
	bench_says(bench, &lost, "no");
	bench_put(bench, 3, 1);
	bench_pass(bench, 1);
	bench_put(bench, 4, 1);
	bench_pass(bench, SIGNAL_LOST_S - 1);
	bench_says(bench, &lost, "yes");
	assert_int_equal(signal_judge(&lost, &bench->facts).n, 1);
	assert_int_equal(signal_judge(&lost, &bench->facts).bad, 1);
	assert_int_equal(signal_judge(&lost, &bench->facts).value, 7);
	bench_pass(bench, 1);
	assert_int_equal(signal_judge(&lost, &bench->facts).value, 4);
	bench_pass(bench, 1);
	bench_says(bench, &lost, "no");
	bench->facts.life = LIFE_DEAD;
	bench_says(bench, &lost, "dead");
}

static void lost_records_need_no_cover_and_no_window(void **state)
{
	struct bench *bench = *state;

	bench_restart(bench);
	bench_pass(bench, 1);
	bench_says(bench, &lost, "no");
	bench->facts.windows[SESSION_LOST] = NULL;
	bench_says(bench, &lost, "no");
}

static void a_component_is_down_while_it_says_so(void **state)
{
	const struct rule down = { .signal = SIGNAL_COMPONENT_DOWN };
	struct signal_facts facts = { 0 };

	(void)state;
	assert_int_equal(signal_judge(&down, &facts).verdict, VERDICT_NO);
	facts.values[COMPONENT_DOWN] = 1;
	assert_int_equal(signal_judge(&down, &facts).verdict, VERDICT_YES);
	facts.life = LIFE_CLOSED; /* not configured any more */
	assert_int_equal(signal_judge(&down, &facts).verdict, VERDICT_CLOSED);
}

static void each_pair_of_burn_rates_has_rules_of_its_own(void **state)
{
	const struct rule fast = { .signal = SIGNAL_SLO_BURN, .burn = BURN_FAST },
			  slow = { .signal = SIGNAL_SLO_BURN, .burn = BURN_SLOW };
	struct signal_facts facts = { .values[SLO_BURNS_FAST] = 1 };

	(void)state;
	assert_int_equal(signal_judge(&fast, &facts).verdict, VERDICT_YES);
	assert_int_equal(signal_judge(&slow, &facts).verdict, VERDICT_NO);
	facts = (struct signal_facts){ .values[SLO_BURNS_SLOW] = 1 };
	assert_int_equal(signal_judge(&fast, &facts).verdict, VERDICT_NO);
	assert_int_equal(signal_judge(&slow, &facts).verdict, VERDICT_YES);
}

static void a_level_is_one_value_against_its_threshold_and_its_band(void **state)
{
	static const struct {
		enum signal_id signal;
		enum judge_value_id value;
	} levels[] = { { SIGNAL_MEMORY_RATIO, COLLECTOR_MEMORY },
		       { SIGNAL_SERIES_RATIO, COLLECTOR_SERIES } };

	(void)state;
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		const struct rule rule = { .signal = levels[i].signal,
					   .above = 800000,
					   .clear_below = 700000 };
		struct signal_facts facts = { 0 };

		facts.values[levels[i].value] = 800000;
		assert_int_equal(signal_judge(&rule, &facts).verdict, VERDICT_BAND);
		facts.values[levels[i].value]++;
		assert_int_equal(signal_judge(&rule, &facts).verdict, VERDICT_YES);
		assert_int_equal(signal_judge(&rule, &facts).value, 800001);
		assert_int_equal(signal_judge(&rule, &facts).threshold, 800000);
		facts.values[levels[i].value] = 700000;
		assert_int_equal(signal_judge(&rule, &facts).verdict, VERDICT_NO);
	}
}

#define TIMED(name) cmocka_unit_test_setup_teardown(name, bench_of_times, bench_over)
#define LOST(name) cmocka_unit_test_setup_teardown(name, bench_of_lost, bench_over)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TIMED(instant_signals_know_yes_and_no_and_hold_while_stale),
		TIMED(a_source_is_down_when_it_died_and_only_then),
		TIMED(the_watchdog_always_says_yes),
		TIMED(a_stuck_call_is_one_older_than_the_threshold),
		LOST(lost_records_are_told_for_five_minutes_by_their_number),
		LOST(lost_records_need_no_cover_and_no_window),
		cmocka_unit_test(a_component_is_down_while_it_says_so),
		cmocka_unit_test(each_pair_of_burn_rates_has_rules_of_its_own),
		cmocka_unit_test(a_level_is_one_value_against_its_threshold_and_its_band),
	};

	return cmocka_run_group_tests_name("signal_instant", tests, NULL, NULL);
}
