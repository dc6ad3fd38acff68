/* SPDX-License-Identifier: MIT */
/* Tests of collector/source*.c and judge.c together: no data is a state. Neither an engine that is not called, nor a
 * machine that sleeps, nor a collector that stands still resolves or fires an alert without saying why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/watch.h"

#include <string.h>

#define MS NS_A_MS
#define HOUR_NS (UINT64_C(3600) * NS_A_SECOND)
#define OVERLOAD "AudioProcessingOverload"

enum { FOR_S = 120, WINDOW_S = 60 };

static const struct alert *overload(const struct watch *w)
{
	return watch_alert(w, OVERLOAD).alert;
}

static void render_for(struct watch *w, uint64_t ns, unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++)
		watch_render(w, ns, 20);
}

/* Both alerts of render time fire after so long; the transitions so far are forgotten. */
static void overload_fires(struct watch *w)
{
	watch_open(w);
	render_for(w, 40 * MS, FOR_S + 2);
	assert_int_equal(overload(w)->state, ALERT_FIRING);
	w->change_count = 0;
}

static void overload_pends(struct watch *w, unsigned seconds)
{
	watch_open(w);
	render_for(w, 40 * MS, seconds);
	assert_int_equal(overload(w)->state, ALERT_PENDING);
	w->change_count = 0;
}

static const struct watch_change *change_of(const struct watch *w, const char *rule)
{
	for (unsigned i = 0; i < w->change_count && i < WATCH_CHANGES; i++)
		if (strcmp(w->changes[i].rule, rule) == 0)
			return &w->changes[i];
	return NULL;
}

/* ---- bypass, transport stop ---- */

static void who_stops_calling_resolves_nothing(void **state)
{
	struct watch *w = *state;

	overload_fires(w);
	for (unsigned i = 0; i < WINDOW_S; i++) /* so few that min_above would not hold to the last */
		watch_render(w, 40 * MS, 2);
	model_any(&w->model, 0)->active = AW_TOLD_NO;
	watch_look(w, 1800);
	assert_int_equal(watch_engine(w)->state, STATE_IDLE);
	assert_int_equal(overload(w)->state, ALERT_FIRING);
	assert_true(overload(w)->nodata);
	assert_int_equal(w->change_count, 0);
	render_for(w, 40 * MS, 3);
	assert_false(overload(w)->nodata);
	assert_int_equal(w->change_count, 0);
}

static void what_pends_ends_after_a_minute_of_silence_and_says_so(void **state)
{
	struct watch *w = *state;
	const struct watch_change *change;
	uint64_t silent;

	overload_pends(w, 60);
	watch_look(w, 5); /* the engine is idle by then, and its last block five slots ago */
	while (watch_alert(w, OVERLOAD).judgement->verdict != VERDICT_SILENT)
		watch_look(w, 1);
	silent = w->tick - 1;
	watch_look(w, 59);
	assert_int_equal(overload(w)->state, ALERT_PENDING);
	assert_null(change_of(w, OVERLOAD));
	watch_look(w, 1);
	change = change_of(w, OVERLOAD);
	assert_non_null(change);
	assert_int_equal(change->tick, silent + 60);
	assert_int_equal(change->change.to, ALERT_INACTIVE);
	assert_int_equal(change->change.reason, REASON_NODATA);
	watch_look(w, 300);
	assert_int_equal(overload(w)->state, ALERT_INACTIVE);
}

static void silence_counts_for_no_timer(void **state)
{
	struct watch *w = *state;
	unsigned silent = 0, seconds = 60;

	overload_pends(w, 60);
	for (unsigned i = 0; i < 30; i++) {
		watch_look(w, 1);
		silent += watch_alert(w, OVERLOAD).judgement->verdict == VERDICT_SILENT;
	}
	assert_in_range(silent, 20, 29);
	for (seconds += 30; overload(w)->state == ALERT_PENDING && seconds < 1000; seconds++)
		watch_render(w, 40 * MS, 20);
	assert_int_equal(overload(w)->state, ALERT_FIRING);
	assert_int_equal(overload(w)->held, silent);
	assert_int_equal(overload(w)->fired_at - overload(w)->active_at, FOR_S + silent);
}

/* ---- suspend ---- */

static void a_night_asleep_moves_no_alert(void **state)
{
	struct watch *w = *state;

	overload_fires(w);
	watch_suspend(w, 9 * HOUR_NS);
	render_for(w, 40 * MS, 3);
	assert_int_equal(overload(w)->state, ALERT_FIRING);
	assert_int_equal(w->change_count, 0);
}

static void a_night_asleep_is_no_time_of_a_pending_alert(void **state)
{
	struct watch *w = *state;

	overload_pends(w, 60);
	watch_suspend(w, 9 * HOUR_NS);
	render_for(w, 40 * MS, 30);
	assert_int_equal(overload(w)->state, ALERT_PENDING);
	assert_null(change_of(w, OVERLOAD));
	render_for(w, 40 * MS, FOR_S);
	assert_int_equal(overload(w)->state, ALERT_FIRING);
	assert_int_equal(overload(w)->fired_at - overload(w)->active_at, FOR_S);
}

/* ---- the collector stands still ---- */

/* What the engine does meanwhile. */
static void pause_while(struct watch *w, unsigned seconds, uint64_t ns)
{
	model_engine(&w->model, 0)->render[aw_time_cell(ns)] += 20 * seconds;
	watch_pause(w, seconds);
	watch_render(w, ns, 20);
}

static void a_pause_fires_nothing_about_a_healthy_engine(void **state)
{
	static const unsigned pauses[] = { 3, 7, 600 };
	struct watch *w = *state;

	watch_open(w);
	render_for(w, MS, 70);
	for (unsigned i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		pause_while(w, pauses[i], MS);
		assert_int_equal(watch_engine(w)->state, STATE_LIVE);
		render_for(w, MS, 70);
	}
	assert_int_equal(w->change_count, 0);
}

static void a_pause_resolves_nothing(void **state)
{
	static const unsigned pauses[] = { 3, 7, 600 };
	struct watch *w = *state;

	overload_fires(w);
	for (unsigned i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		pause_while(w, pauses[i], 40 * MS);
		render_for(w, 40 * MS, 3);
		assert_int_equal(overload(w)->state, ALERT_FIRING);
	}
	assert_int_equal(w->change_count, 0);
}

static void ticks_that_were_left_out_are_no_time_of_a_pending_alert(void **state)
{
	static const unsigned pauses[] = { 3, 7 };
	struct watch *w = *state;

	overload_pends(w, 60);
	for (unsigned i = 0; i < sizeof pauses / sizeof *pauses; i++)
		pause_while(w, pauses[i], 40 * MS);
	render_for(w, 40 * MS, FOR_S);
	assert_int_equal(overload(w)->state, ALERT_FIRING);
	/* and the tick behind the gap, whose window is empty, was silent */
	assert_int_equal(overload(w)->held, 3 + 7 + 1);
	assert_int_equal(overload(w)->fired_at - overload(w)->active_at, FOR_S + 3 + 7 + 1);
}

/* A gap empties the windows: good news needs cover before it is believed, and then says its reason. */
static void what_got_better_in_a_gap_resolves_when_the_window_is_covered(void **state)
{
	struct watch *w = *state;
	const struct watch_change *change;
	uint64_t first;

	overload_fires(w);
	pause_while(w, 7, MS);
	first = w->tick - 1;
	assert_true(overload(w)->nodata);
	render_for(w, MS, WINDOW_S - 1);
	assert_int_equal(overload(w)->state, ALERT_FIRING);
	assert_null(change_of(w, OVERLOAD));
	render_for(w, MS, 2);
	change = change_of(w, OVERLOAD);
	assert_non_null(change);
	assert_int_equal(change->tick, first + WINDOW_S);
	assert_int_equal(change->change.reason, REASON_RESOLVED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, watch_setup, watch_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(who_stops_calling_resolves_nothing),
		TEST(what_pends_ends_after_a_minute_of_silence_and_says_so),
		TEST(silence_counts_for_no_timer),
		TEST(a_night_asleep_moves_no_alert),
		TEST(a_night_asleep_is_no_time_of_a_pending_alert),
		TEST(a_pause_fires_nothing_about_a_healthy_engine),
		TEST(a_pause_resolves_nothing),
		TEST(ticks_that_were_left_out_are_no_time_of_a_pending_alert),
		TEST(what_got_better_in_a_gap_resolves_when_the_window_is_covered),
	};

	return cmocka_run_group_tests_name("source_nodata", tests, NULL, NULL);
}
