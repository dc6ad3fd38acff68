/* SPDX-License-Identifier: MIT */
/* Tests of collector/source*.c against a segment made by hand: that a stopped process is taken for nothing worse, and what
 * a collector that starts makes of engines that were there before it. Time is injected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/process.h"
#include "tests/support/watch.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS NS_A_MS
#define S NS_A_SECOND
#define PERIODS_OF_200_MS (UINT64_C(48000) << 32 | 9600)

/* ---- a stopped process ---- */

/* The segment's from now on; with the test it ends as well. */
static pid_t stop_its_process(const struct watch *w)
{
	struct process_stat stat;
	const pid_t child = fork();
	int status;

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(process_read_stat((uint64_t)child, &stat));
	model_header(&w->model)->pid = (uint64_t)child;
	model_header(&w->model)->pid_start = stat.start_ticks;
	return child;
}

static void end_process(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
}

/* A beat and the totals, so much later. */
static enum engine_state state_after(struct watch *w, uint64_t ns)
{
	w->at.now_ns += ns;
	w->at.boot_ns += ns;
	w->at.real_ns += ns;
	(void)source_beat(w->source, &w->at);
	assert_int_equal(source_totals(w->source, &w->at, true), SOURCE_GOES_ON);
	return watch_engine(w)->state;
}

/* Its last word is that it is active; a second later it is stale, and the rule says no. */
static void stale_is_no(struct watch *w, const char *rule)
{
	watch_put(w, AW_MODE, 0, AW_TOLD_YES << 1);
	assert_int_equal(state_after(w, 500 * MS), STATE_LIVE);
	assert_int_equal(state_after(w, 550 * MS), STATE_STALE);
	watch_tick(w);
	assert_int_equal(watch_alert(w, rule).judgement->verdict, VERDICT_NO);
}

/* What it was waiting for is then older than a second, and nothing moved for less than one. */
static void a_stopped_process_is_stale_before_its_engine_is_called_stalled_or_starved(void **state)
{
	struct watch *w = *state;
	const pid_t child = stop_its_process(w);

	model_any(&w->model, 0)->active = AW_TOLD_YES;
	watch_put(w, AW_RENDER, AW_RENDER_CLOSES, 0);
	watch_open(w);
	assert_int_equal(state_after(w, 10 * MS), STATE_LIVE);
	stale_is_no(w, "EngineStarved");

	watch_put(w, AW_RENDER, AW_RENDER_CLOSES, 0); /* it goes on for a moment */
	assert_int_equal(state_after(w, 10 * MS), STATE_LIVE);
	model_control(&w->model, 0)->begin = watch_ticks();
	assert_int_equal(state_after(w, 10 * MS), STATE_LIVE);
	stale_is_no(w, "EngineStalled");
	end_process(child);
}

/* A call in flight is older than ten seconds a moment after its process was stopped. */
static void a_stopped_process_is_stale_before_its_call_is_called_stuck(void **state)
{
	struct watch *w = *state;
	const pid_t child = stop_its_process(w);

	watch_open(w);
	model_flight(&w->model, 0)->function = 1;
	model_flight(&w->model, 0)->start = watch_ticks() - 9600 * MS;
	model_function(&w->model, 0)->begun = 1;
	(void)state_after(w, MS); /* it moved here the last time */
	(void)state_after(w, MS);
	watch_tick(w);
	assert_int_equal(watch_alert(w, "FFICallStuck").judgement->verdict, VERDICT_SILENT);
	assert_int_equal(watch_alert(w, "FFICallStuck").judgement->silence, SILENCE_STALE);
	(void)state_after(w, 500 * MS);
	watch_tick(w);
	assert_int_equal(watch_alert(w, "FFICallStuck").judgement->verdict, VERDICT_SILENT);
	assert_int_equal(w->change_count, 0);
	end_process(child);
}

/* ---- who was there before the collector ---- */

static void render_began(struct watch *w, uint64_t ago_ns)
{
	model_control(&w->model, 0)->begin = watch_ticks() - ago_ns;
}

/* One turn, as the loop's first: lanes, totals, rules. */
static void first_look(struct watch *w)
{
	watch_open(w);
	(void)source_beat(w->source, &w->at);
	assert_int_equal(source_totals(w->source, &w->at, true), SOURCE_GOES_ON);
	watch_tick(w);
}

static void who_was_starved_before_the_collector_began_is_starved_at_its_first_tick(void **state)
{
	struct watch *w = *state;

	model_any(&w->model, 0)->active = AW_TOLD_YES;
	first_look(w);
	assert_int_equal(watch_engine(w)->state, STATE_STARVED);
	assert_int_equal(watch_alert(w, "EngineStarved").judgement->verdict, VERDICT_YES);
}

/* Its slot is read a beat later than its segment was found. */
static void so_is_one_whose_first_beat_comes_a_turn_later(void **state)
{
	struct watch *w = *state;

	model_any(&w->model, 0)->active = AW_TOLD_YES;
	watch_open(w);
	assert_int_equal(state_after(w, 20 * MS), STATE_STARVED);
}

/* Nobody can have been told so for longer than the session is open. */
static void who_opened_within_the_second_has_it(void **state)
{
	struct watch *w = *state;

	model_header(&w->model)->opened_ns = w->at.real_ns - 500 * MS;
	model_any(&w->model, 0)->active = AW_TOLD_YES;
	first_look(w);
	assert_int_equal(watch_engine(w)->state, STATE_IDLE);
	assert_int_equal(state_after(w, 1000 * MS), STATE_IDLE);
	assert_int_equal(state_after(w, MS), STATE_STARVED);
}

/* Told active later, it has the second that everybody has. */
static void who_is_told_active_while_the_collector_looks_has_its_second(void **state)
{
	struct watch *w = *state;

	first_look(w);
	assert_int_equal(state_after(w, 10 * S), STATE_IDLE);
	model_any(&w->model, 0)->active = AW_TOLD_YES;
	assert_int_equal(state_after(w, 500 * MS), STATE_IDLE);
	assert_int_equal(state_after(w, 1000 * MS), STATE_IDLE);
	assert_int_equal(state_after(w, MS), STATE_STARVED);
}

static void a_render_is_judged_by_its_period_at_the_first_tick(void **state)
{
	struct watch *w = *state;

	model_any(&w->model, 0)->format = PERIODS_OF_200_MS;
	render_began(w, 1500 * MS); /* of two */
	first_look(w);
	assert_int_equal(watch_engine(w)->state, STATE_LIVE);
	assert_int_equal(watch_alert(w, "EngineStalled").judgement->verdict, VERDICT_NO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, watch_setup, watch_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_stopped_process_is_stale_before_its_engine_is_called_stalled_or_starved),
		TEST(a_stopped_process_is_stale_before_its_call_is_called_stuck),
		TEST(who_was_starved_before_the_collector_began_is_starved_at_its_first_tick),
		TEST(so_is_one_whose_first_beat_comes_a_turn_later),
		TEST(who_opened_within_the_second_has_it),
		TEST(who_is_told_active_while_the_collector_looks_has_its_second),
		TEST(a_render_is_judged_by_its_period_at_the_first_tick),
	};

	return cmocka_run_group_tests_name("source_states", tests, NULL, NULL);
}
