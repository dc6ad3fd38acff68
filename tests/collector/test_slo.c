/* SPDX-License-Identifier: MIT */
/* Tests of collector/slo.c: minutes, gaps, and each burn rate to the event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "collector/slo.h"

#define S UINT64_C(1000000000)

/* A minute of 2001, and how many cycles each has. */
enum { MINUTE = 16666667, CYCLES = 10000 };

static const struct slo cycles_slo = { "cycles", SLO_CYCLES, 999000, 30 * 86400, 0 };
static const struct slo xruns_slo = { "xruns", SLO_XRUNS, 990000, 30 * 86400, 0 };
static const struct slo present_slo = { "present", SLO_PRESENT, 995000, 30 * 86400, 0 };

static struct slo_book book;

static void begin_with(const struct slo *slo)
{
	slo_init(&book, &(struct slo_options){ .slos = slo, .count = 1 });
}

static void remember(uint64_t minute, uint64_t total, uint64_t bad)
{
	const struct slo_events of[SLO_INDICATORS] = {
		[SLO_CYCLES] = { total, bad }, [SLO_XRUNS] = { total > 0, bad > 0 }, [SLO_PRESENT] = { 1, 0 }
	};

	assert_true(slo_remember(&book, minute, of));
}

/* So many minutes, the newest the running one: each of `bad`, and so many more in the oldest and the newest. */
static void remember_all(unsigned minutes, uint64_t bad, int oldest, int newest)
{
	for (unsigned i = 0; i < minutes; i++) {
		const int more = (i ? 0 : oldest) + (i + 1 < minutes ? 0 : newest);

		remember(MINUTE + i, CYCLES, bad + (uint64_t)(int64_t)more);
	}
}

/* Bad cycles a minute at which a pair's windows are just at its factor. */
static const struct {
	unsigned minutes, bad;
	enum slo_speed speed;
} edges[] = {
	{ 60, 144, SLO_FAST },
	{ 360, 60, SLO_FAST },
	{ 1440, 30, SLO_SLOW },
};

static bool burns_with(unsigned edge, int oldest, int newest)
{
	begin_with(&cycles_slo);
	remember_all(edges[edge].minutes, edges[edge].bad, oldest, newest);
	return slo_burns(&book, 0, edges[edge].speed);
}

static void each_pair_burns_above_its_factor_in_both_windows_and_not_at_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++) {
		assert_false(burns_with(i, 0, 0));
		assert_true(burns_with(i, 0, 1));
		if (i < 2) /* of a day, 1 at 3d/6h takes over */
			assert_false(burns_with(i, 1, 0)); /* over now */
		assert_false(burns_with(i, -1, 1)); /* too little in all */
	}
}

static void fast_and_slow_are_told_apart(void **state)
{
	(void)state;
	assert_true(burns_with(2, 0, 1));
	assert_false(slo_burns(&book, 0, SLO_FAST));
}

/* A third of three days is there: three times as much of it is needed. The last two hours are too good for 3 at 1d/2h. */
static void remember_a_day(int newest)
{
	begin_with(&cycles_slo);
	for (unsigned i = 0; i < SLO_MINUTES; i++)
		remember(MINUTE + i, CYCLES,
			 i < SLO_MINUTES - 120 ? 31
			 : i < SLO_MINUTES - 1 ? 19
					       : (uint64_t)(int64_t)(19 + newest));
}

static void what_is_not_kept_is_taken_for_good(void **state)
{
	(void)state;
	remember_a_day(0);
	assert_false(slo_burns(&book, 0, SLO_SLOW));
	assert_true(slo_burn_rate(&book, 0, SLO_3D) > 2.99);
	remember_a_day(1);
	assert_true(slo_burns(&book, 0, SLO_SLOW));
	assert_true(slo_burn_rate(&book, 0, SLO_2H) < 2);
}

static void an_xrun_in_the_first_minute_is_no_burning_and_nine_of_an_hour_are(void **state)
{
	(void)state;
	for (unsigned bad = 1; bad <= 9; bad++) {
		begin_with(&xruns_slo);
		for (unsigned i = 0; i < bad; i++)
			remember(MINUTE + i, CYCLES, 1);
		assert_true(slo_burn_rate(&book, 0, SLO_1H) > 99.9);
		assert_int_equal(slo_burns(&book, 0, SLO_FAST), bad == 9);
	}
}

static void without_events_nothing_burns_and_nothing_is_spent(void **state)
{
	(void)state;
	begin_with(&cycles_slo);
	(void)slo_begin(&book, 0, MINUTE * 60 * S);
	assert_true(slo_burn_rate(&book, 0, SLO_5M) == 0);
	assert_true(slo_budget_left(&book, 0) == 1);
	assert_false(slo_burns(&book, 0, SLO_FAST) || slo_burns(&book, 0, SLO_SLOW));
}

static void a_stopped_engine_burns_nothing_more(void **state)
{
	(void)state;
	begin_with(&cycles_slo);
	remember_all(60, CYCLES, 0, 0);
	for (unsigned quiet = 1; quiet <= 5; quiet++) {
		assert_true(slo_burns(&book, 0, SLO_FAST));
		remember(MINUTE + 59 + quiet, 0, 0);
	}
	for (unsigned quiet = 6; quiet <= 30; quiet++) /* the pair of 6h and 30m goes on */
		remember(MINUTE + 59 + quiet, 0, 0);
	assert_false(slo_burns(&book, 0, SLO_FAST));
	assert_true(slo_burn_rate(&book, 0, SLO_5M) == 0);
}

static void the_budget_is_what_the_period_has_left(void **state)
{
	static const struct slo hour = { "hour", SLO_CYCLES, 999000, 3600, 0 };

	(void)state;
	begin_with(&hour);
	remember_all(60, 5, 0, 0);
	assert_true(slo_budget_left(&book, 0) > 0.4999 && slo_budget_left(&book, 0) < 0.5001);
	for (unsigned i = 60; i < 120; i++)
		remember(MINUTE + i, CYCLES, 20);
	assert_true(slo_budget_left(&book, 0) > -1.0001 && slo_budget_left(&book, 0) < -0.9999);
}

/* ---- ticks ---- */

static struct slo_events minute_now(enum slo_indicator indicator)
{
	return book.tracks[indicator].minutes[book.minute % SLO_MINUTES];
}

static void assert_events(struct slo_events is, uint64_t total, uint64_t bad)
{
	assert_int_equal(is.total, total);
	assert_int_equal(is.bad, bad);
}

static void what_is_gained_goes_into_the_minute_that_runs(void **state)
{
	struct slo_events seen = { 1000, 10 };

	(void)state;
	begin_with(&cycles_slo);
	assert_false(slo_begin(&book, 0, (MINUTE * UINT64_C(60) + 57) * S));
	slo_see(&book, SLO_CYCLES, &seen, (struct slo_events){ 1100, 12 });
	assert_false(slo_begin(&book, 2, 0));
	slo_see(&book, SLO_CYCLES, &seen, (struct slo_events){ 1150, 12 });
	assert_events(minute_now(SLO_CYCLES), 150, 2);
	assert_true(slo_begin(&book, 3, 0));
	assert_int_equal(book.minute, MINUTE + 1);
	assert_events(minute_now(SLO_CYCLES), 0, 0);
	slo_see(&book, SLO_CYCLES, &seen, (struct slo_events){ 1151, 13 });
	assert_events(minute_now(SLO_CYCLES), 1, 1);
	assert_events(book.tracks[SLO_CYCLES].counts, 151, 3);
	assert_true(slo_burn_rate(&book, 0, SLO_5M) > 3 / 151.0 * 999);
}

static void totals_that_fell_began_again_at_0(void **state)
{
	struct slo_events seen = { 1000, 10 };

	(void)state;
	begin_with(&cycles_slo);
	(void)slo_begin(&book, 0, MINUTE * 60 * S);
	slo_see(&book, SLO_CYCLES, &seen, (struct slo_events){ 40, 1 });
	assert_events(book.tracks[SLO_CYCLES].counts, 40, 1);
	assert_events(seen, 40, 1);
}

static void a_minute_with_two_engines_is_one_minute(void **state)
{
	struct slo_events good = { 0 }, bad = { 0 };

	(void)state;
	begin_with(&xruns_slo);
	for (uint64_t tick = 0; tick < 180; tick++) {
		(void)slo_begin(&book, tick, MINUTE * 60 * S);
		if (tick >= 120)
			continue; /* nobody plays */
		slo_see(&book, SLO_CYCLES, &good, (struct slo_events){ good.total + 9, 0 });
		slo_see(&book, SLO_CYCLES, &bad,
			(struct slo_events){ bad.total + 9, bad.bad + (tick == 30 || tick == 40) });
	}
	assert_events(book.tracks[SLO_XRUNS].counts, 2, 1);
	assert_events(book.tracks[SLO_CYCLES].counts, 2 * 9 * 120, 2);
}

static void after_a_day_a_minute_is_forgotten_and_still_counted(void **state)
{
	struct slo_events seen = { 0 };

	(void)state;
	begin_with(&cycles_slo);
	(void)slo_begin(&book, 0, MINUTE * 60 * S);
	slo_see(&book, SLO_CYCLES, &seen, (struct slo_events){ 2000, 2 });
	for (uint64_t tick = 60; tick < 1440 * 60; tick += 60)
		(void)slo_begin(&book, tick, 0);
	assert_true(slo_burn_rate(&book, 0, SLO_1D) > 0.99);
	assert_true(slo_budget_left(&book, 0) < 0.01);
	(void)slo_begin(&book, 1440 * 60, 0);
	assert_true(slo_burn_rate(&book, 0, SLO_1D) == 0);
	assert_true(slo_burn_rate(&book, 0, SLO_3D) == 0);
	assert_true(slo_budget_left(&book, 0) == 1);
	assert_events(book.tracks[SLO_CYCLES].counts, 2000, 2);
}

/* ---- presence ---- */

static void minutes_without_a_tick_are_bad_ones(void **state)
{
	(void)state;
	begin_with(&present_slo);
	(void)slo_begin(&book, 0, MINUTE * 60 * S);
	(void)slo_begin(&book, 59, 0);
	(void)slo_begin(&book, 61, 0);
	assert_events(book.tracks[SLO_PRESENT].counts, 2, 0);
	(void)slo_begin(&book, 600, 0);
	assert_events(book.tracks[SLO_PRESENT].counts, 11, 8);
	assert_events(book.tracks[SLO_XRUNS].counts, 0, 0);
	assert_true(slo_burns(&book, 0, SLO_FAST)); /* 8 of 60 */
}

static void minutes_after_a_clean_shutdown_are_none(void **state)
{
	(void)state;
	begin_with(&present_slo);
	(void)slo_begin(&book, 0, MINUTE * 60 * S);
	slo_rest(&book);
	(void)slo_begin(&book, 600, 0);
	assert_events(book.tracks[SLO_PRESENT].counts, 2, 0);
	(void)slo_begin(&book, 720, 0); /* it is forgiven once */
	assert_events(book.tracks[SLO_PRESENT].counts, 4, 1);
}

static void of_a_gap_longer_than_a_day_the_last_day_is_bad(void **state)
{
	(void)state;
	begin_with(&present_slo);
	(void)slo_begin(&book, 0, MINUTE * 60 * S);
	(void)slo_begin(&book, 60 * 100000, 0);
	assert_events(book.tracks[SLO_PRESENT].counts, 2 + SLO_MINUTES, SLO_MINUTES);
	assert_true(slo_burn_rate(&book, 0, SLO_1D) > 199); /* 1439 of 1440 */
	assert_int_equal(book.minute, MINUTE + 100000);
}

/* ---- the seam ---- */

static struct {
	unsigned calls;
	uint64_t minute;
	struct slo_events cycles, present;
} told;

static void on_closed(void *context, uint64_t minute, const struct slo_events of[SLO_INDICATORS])
{
	assert_ptr_equal(context, &told);
	assert_int_equal(minute, told.calls ? told.minute + 1 : MINUTE);
	told.calls++;
	told.minute = minute;
	told.cycles = of[SLO_CYCLES];
	told.present = of[SLO_PRESENT];
}

static void each_minute_is_handed_out_once_when_it_is_over(void **state)
{
	struct slo_events seen = { 0 };

	(void)state;
	slo_init(&book, &(struct slo_options){ &cycles_slo, 1, on_closed, &told });
	(void)slo_begin(&book, 0, MINUTE * 60 * S);
	slo_see(&book, SLO_CYCLES, &seen, (struct slo_events){ 7, 1 });
	assert_int_equal(told.calls, 0);
	(void)slo_begin(&book, 60, 0);
	assert_int_equal(told.calls, 1);
	assert_events(told.cycles, 7, 1);
	(void)slo_begin(&book, 240, 0);
	assert_int_equal(told.calls, 4);
	assert_events(told.present, 1, 1);
}

static void minutes_come_in_before_the_first_tick_in_their_order(void **state)
{
	const struct slo_events good[SLO_INDICATORS] = { { 5, 1 } },
				ill[SLO_INDICATORS] = { { 1, 5 } };

	(void)state;
	begin_with(&cycles_slo);
	assert_false(slo_remember(&book, MINUTE, ill));
	assert_true(slo_remember(&book, MINUTE, good));
	assert_false(slo_remember(&book, MINUTE, good));
	assert_false(slo_remember(&book, MINUTE - 1, good));
	assert_true(slo_remember(&book, MINUTE + 1439, good));
	assert_true(slo_burn_rate(&book, 0, SLO_1D) > 0);
	assert_events(book.tracks[SLO_CYCLES].minutes[MINUTE % SLO_MINUTES], 5, 1);
	assert_true(slo_remember(&book, MINUTE + 1440, good));
	assert_events(book.tracks[SLO_CYCLES].minutes[(MINUTE + 1) % SLO_MINUTES], 0, 0);
	(void)slo_begin(&book, 0, (MINUTE + 1442) * 60 * S);
	assert_false(slo_remember(&book, MINUTE + 1450, good));
	assert_int_equal(book.minute, MINUTE + 1442);
}

static void an_objective_that_allows_too_much_cannot_burn(void **state)
{
	(void)state;
	for (unsigned i = 0; i < slo_default_count; i++)
		assert_null(slo_unreachable(slo_defaults[i].objective));
	assert_null(slo_unreachable(930556));
	assert_non_null(slo_unreachable(930555));
	assert_int_equal(slo_unreachable(930555)->factor_tenths, 144);
	assert_non_null(slo_unreachable(0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pair_burns_above_its_factor_in_both_windows_and_not_at_it),
		cmocka_unit_test(fast_and_slow_are_told_apart),
		cmocka_unit_test(what_is_not_kept_is_taken_for_good),
		cmocka_unit_test(an_xrun_in_the_first_minute_is_no_burning_and_nine_of_an_hour_are),
		cmocka_unit_test(without_events_nothing_burns_and_nothing_is_spent),
		cmocka_unit_test(a_stopped_engine_burns_nothing_more),
		cmocka_unit_test(the_budget_is_what_the_period_has_left),
		cmocka_unit_test(what_is_gained_goes_into_the_minute_that_runs),
		cmocka_unit_test(totals_that_fell_began_again_at_0),
		cmocka_unit_test(a_minute_with_two_engines_is_one_minute),
		cmocka_unit_test(after_a_day_a_minute_is_forgotten_and_still_counted),
		cmocka_unit_test(minutes_without_a_tick_are_bad_ones),
		cmocka_unit_test(minutes_after_a_clean_shutdown_are_none),
		cmocka_unit_test(of_a_gap_longer_than_a_day_the_last_day_is_bad),
		cmocka_unit_test(each_minute_is_handed_out_once_when_it_is_over),
		cmocka_unit_test(minutes_come_in_before_the_first_tick_in_their_order),
		cmocka_unit_test(an_objective_that_allows_too_much_cannot_burn),
	};

	return cmocka_run_group_tests_name("slo", tests, NULL, NULL);
}
