/* SPDX-License-Identifier: MIT */
/* Tests of collector/source*.c against a segment made by hand: states and their ages, and that neither freewheel nor a
 * clock that is set, a suspend or a time namespace makes one. Time is injected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/process.h"
#include "tests/support/watch.h"

#include <unistd.h>

#define MS NS_A_MS
#define S NS_A_SECOND
#define YEAR (UINT64_C(8766) * 3600 * S)

/* ---- ages ---- */

static void a_state_is_as_old_as_the_look_that_saw_it_first(void **state)
{
	struct watch *w = *state;
	uint64_t since_ns;

	watch_open(w);
	watch_look(w, 1);
	assert_int_equal(watch_engine(w)->state, STATE_IDLE);
	assert_int_equal(watch_engine(w)->since_ns, w->at.now_ns);
	since_ns = w->at.now_ns;
	watch_look(w, 9);
	assert_int_equal(watch_engine(w)->since_ns, since_ns);
	watch_render(w, MS, 1);
	assert_int_equal(watch_engine(w)->state, STATE_LIVE);
	assert_int_equal(watch_engine(w)->since_ns, since_ns + 10 * S);
}

static void who_died_is_not_shown_live_again(void **state)
{
	struct watch *w = *state;
	struct source_refusals refusals;

	watch_open(w);
	watch_render(w, MS, 1);
	assert_int_equal(source_take_refusals(w->source).count, 0);
	source_end(w->source, SOURCE_DEAD, &w->at);
	(void)source_beat(w->source, &w->at);
	refusals = source_take_refusals(w->source);
	assert_int_equal(refusals.count, 1);
	assert_string_equal(refusals.engine, "main");
	assert_int_equal(refusals.from, STATE_DEAD);
	assert_int_equal(refusals.to, STATE_LIVE);
	assert_int_equal(source_take_refusals(w->source).count, 0);
}

/* ---- freewheel ---- */

static void a_render_begun_in_freewheel_is_neither_in_flight_nor_stalled(void **state)
{
	struct watch *w = *state;

	watch_open(w);
	watch_render(w, MS, 1);
	model_any(&w->model, 0)->freewheel = 1;
	watch_put(w, AW_MODE, 0, 1);
	model_control(&w->model, 0)->begin = watch_ticks();
	watch_look(w, 100);
	assert_int_equal(watch_engine(w)->state, STATE_FREEWHEEL);
	assert_int_equal(watch_alert(w, "AudioProcessingOverload").alert->state, ALERT_INACTIVE);
	assert_int_equal(watch_alert(w, "AudioProcessingOverload").judgement->n, 0);
	assert_int_equal(watch_alert(w, "EngineStalled").alert->state, ALERT_INACTIVE);
	model_any(&w->model, 0)->freewheel = 0; /* the host says so before that render ends */
	watch_look(w, 3);
	assert_int_not_equal(watch_engine(w)->state, STATE_STALLED);
	assert_int_equal(watch_alert(w, "EngineStalled").alert->state, ALERT_INACTIVE);
	assert_int_equal(w->change_count, 0);
}

/* ---- clocks ---- */

static void a_calendar_set_by_a_year_either_way_moves_no_state_and_no_alert(void **state)
{
	struct watch *w = *state;

	watch_open(w);
	for (unsigned i = 0; i < 200; i++) /* the overload fires at 120 s */
		watch_render(w, 40 * MS, 20);
	assert_int_equal(watch_alert(w, "AudioProcessingOverload").alert->state, ALERT_FIRING);
	w->change_count = 0;
	for (unsigned i = 0; i < 4; i++) {
		const uint64_t since_ns = watch_engine(w)->since_ns;

		w->at.real_ns += i % 2 ? -YEAR : YEAR;
		watch_render(w, 40 * MS, 20);
		watch_render(w, 40 * MS, 20);
		assert_int_equal(watch_engine(w)->state, STATE_LIVE);
		assert_int_equal(watch_engine(w)->since_ns, since_ns);
	}
	assert_int_equal(w->change_count, 0);
}

/* What it counted before anybody looked is then its base, and no alert of now. */
static void a_session_from_the_future_is_not_taken_to_be_new(void **state)
{
	struct watch *w = *state;

	model_header(&w->model)->opened_ns = w->at.real_ns + YEAR;
	model_engine(&w->model, 0)->render[aw_time_cell(40 * MS)] = 100000;
	watch_tick(w); /* before it is seen */
	watch_open(w);
	assert_int_equal(source_opened_ns(w->source), w->at.now_ns);
	watch_look(w, 3);
	assert_int_equal(watch_alert(w, "AudioProcessingOverload").judgement->n, 0);
	assert_int_equal(w->change_count, 0);
}

static void a_session_that_opened_within_the_turn_that_sees_it_is_new(void **state)
{
	struct watch *w = *state;

	model_header(&w->model)->opened_ns = w->at.real_ns + MS;
	model_engine(&w->model, 0)->render[aw_time_cell(40 * MS)] = 100;
	watch_tick(w); /* before it is seen */
	w->at.real_ns = model_header(&w->model)->opened_ns - MS;
	watch_open(w);
	watch_look(w, 3);
	assert_int_equal(watch_alert(w, "AudioProcessingOverload").judgement->n, 100);
}

static void a_session_is_no_older_than_its_process(void **state)
{
	struct watch *w = *state;
	const uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);

	model_header(&w->model)->opened_ns = w->at.real_ns - YEAR; /* the clock was set since */
	model_header(&w->model)->pid_start = (w->at.boot_ns / S - 60) * hz;
	watch_open(w);
	assert_int_equal(source_opened_ns(w->source), w->at.now_ns - 60 * S);
}

/* Its counter runs on in a sleep; one tick is one nanosecond. */
static void begin_a_call(struct watch *w)
{
	model_header(&w->model)->clock_kind = AW_CLOCK_TICKS;
	model_header(&w->model)->mult = UINT64_C(1) << 32;
	watch_open(w);
	model_function(&w->model, 0)->begun = 1;
	model_flight(&w->model, 0)->function = 1;
}

/* So long ago, awake and asleep. */
static void set_call(struct watch *w, uint64_t ago_ns)
{
	model_flight(&w->model, 0)->start = aw_reader_ticks_now(source_reader(w->source)) - ago_ns;
}

static void two_suspends_of_an_hour_make_no_call_stuck(void **state)
{
	struct watch *w = *state;

	begin_a_call(w);
	set_call(w, 1 * S);
	watch_look(w, 1);
	for (uint64_t i = 1; i <= 2; i++) {
		watch_suspend(w, 3600 * S);
		set_call(w, i * 3600 * S + 2 * i * S);
		watch_look(w, 2);
	}
	assert_int_equal(watch_alert(w, "FFICallStuck").alert->state, ALERT_INACTIVE);
	assert_int_equal(w->change_count, 0);
	set_call(w, 2 * 3600 * S + 11 * S);
	watch_look(w, 1);
	assert_int_equal(watch_alert(w, "FFICallStuck").alert->state, ALERT_FIRING);
}

static void a_suspend_within_a_render_stalls_nobody(void **state)
{
	struct watch *w = *state;

	begin_a_call(w);
	watch_render(w, MS, 1);
	model_control(&w->model, 0)->begin = aw_reader_ticks_now(source_reader(w->source));
	watch_suspend(w, 8 * 3600 * S);
	model_control(&w->model, 0)->begin -= 8 * 3600 * S; /* seen first behind the sleep */
	(void)source_beat(w->source, &w->at);
	assert_int_equal(source_totals(w->source, &w->at, false), SOURCE_GOES_ON);
	assert_int_equal(watch_engine(w)->state, STATE_LIVE);
	assert_int_equal(watch_engine(w)->stalled_ns, 0);
	assert_int_equal(w->change_count, 0);
}

/* Whether its process began when it says: a time namespace moves that, too. */
static void hang_for_an_hour(struct watch *w, uint64_t moved_ticks)
{
	struct process_stat stat;

	assert_true(process_read_stat(0, &stat));
	model_header(&w->model)->pid_start = stat.start_ticks + moved_ticks;
	watch_open(w);
	model_control(&w->model, 0)->begin = watch_ticks() - 3600 * S;
	watch_look(w, 1);
}

static void a_clock_of_another_time_namespace_makes_no_stall(void **state)
{
	struct watch *w = *state;

	hang_for_an_hour(w, 360000);
	assert_int_equal(watch_engine(w)->state, STATE_LIVE);
	assert_int_equal(w->change_count, 0);
	watch_look(w, 2); /* it hangs all the same, since we know it */
	assert_int_equal(watch_engine(w)->state, STATE_STALLED);
	assert_in_range(watch_engine(w)->stalled_ns, 2 * S, 2 * S + 500 * MS);
}

static void a_clock_of_our_own_is_believed(void **state)
{
	struct watch *w = *state;

	hang_for_an_hour(w, 0);
	assert_int_equal(watch_engine(w)->state, STATE_STALLED);
	assert_in_range(watch_engine(w)->stalled_ns, 3600 * S, 3610 * S);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, watch_setup, watch_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_state_is_as_old_as_the_look_that_saw_it_first),
		TEST(who_died_is_not_shown_live_again),
		TEST(a_render_begun_in_freewheel_is_neither_in_flight_nor_stalled),
		TEST(a_calendar_set_by_a_year_either_way_moves_no_state_and_no_alert),
		TEST(a_session_from_the_future_is_not_taken_to_be_new),
		TEST(a_session_that_opened_within_the_turn_that_sees_it_is_new),
		TEST(a_session_is_no_older_than_its_process),
		TEST(two_suspends_of_an_hour_make_no_call_stuck),
		TEST(a_suspend_within_a_render_stalls_nobody),
		TEST(a_clock_of_another_time_namespace_makes_no_stall),
		TEST(a_clock_of_our_own_is_believed),
	};

	return cmocka_run_group_tests_name("source_clocks", tests, NULL, NULL);
}
