/* SPDX-License-Identifier: MIT */
/* Tests of collector/source*.c against a segment made by hand: states and their ages, and that neither freewheel nor a
 * clock that is set, a suspend or a time namespace makes one. Time is injected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/process.h"
#include "collector/source.h"
#include "tests/support/segment_model.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS NS_A_MS
#define S NS_A_SECOND
#define YEAR (UINT64_C(8766) * 3600 * S)

struct fixture {
	struct model model;
	struct ledger_book book;
	struct ledger *ledger;
	struct source *source;
	struct judge *judge;
	struct instant at;
	uint64_t tick;
	unsigned transitions; /* of alerts, but for the dead-man's switch */
	struct model_lane lane;
};

static void note_change(void *context, const struct judge_alert *alert,
			const struct alert_change *change)
{
	struct fixture *f = context;

	(void)change;
	f->transitions += alert->labels.kind != LABEL_COLLECTOR;
}

/* One engine and one function; the clocks are a day from the machine's start. */
static int make_fixture(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	model_in_memory(&f->model, (struct aw_counts){ 1, 0, 1, 64 }, 0);
	model_name(&f->model, AW_KIND_ENGINE, 0, "main");
	model_name(&f->model, AW_KIND_FUNCTION, 0, "decode");
	f->judge = judge_new(&(struct judge_options){ .rules = rule_defaults,
						      .rule_count = rule_default_count,
						      .changed = note_change,
						      .context = f });
	assert_non_null(f->judge);
	f->at = (struct instant){ .now_ns = 86400 * S, .boot_ns = 86400 * S, .real_ns = 50 * YEAR };
	f->lane = model_lane(&f->model, 0);
	*state = f;
	return 0;
}

static int free_fixture(void **state)
{
	struct fixture *f = *state;

	judge_free(f->judge);
	source_free(f->source);
	ledger_deinit(&f->book);
	model_deinit(&f->model);
	free(f);
	return 0;
}

static void open_source(struct fixture *f)
{
	const struct ledger_identity who = { .app = "model", .id = "0123456789abcdef" };

	f->ledger = ledger_open(&f->book, &who, 32);
	f->source = source_new(model_reader(&f->model), f->ledger, &f->at);
	assert_non_null(f->source);
}

/* A beat, the totals and the rules, a second later. */
static void look(struct fixture *f)
{
	struct instant clocks = f->at;

	clocks.now_ns += S;
	clocks.boot_ns += S;
	clocks.real_ns += S;
	f->at = instant_after(&f->at, &clocks);
	(void)source_beat(f->source, &f->at);
	assert_int_equal(source_totals(f->source, &f->at, true), SOURCE_GOES_ON);
	judge_begin(f->judge, f->tick++, f->at.real_ns);
	source_judge(f->source, f->judge, f->at.now_ns);
	(void)judge_end(f->judge);
}

static void look_for(struct fixture *f, unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++)
		look(f);
}

/* The machine sleeps: MONOTONIC stands still. */
static void suspend(struct fixture *f, uint64_t ns)
{
	struct instant clocks = f->at;

	clocks.boot_ns += ns;
	clocks.real_ns += ns;
	f->at = instant_after(&f->at, &clocks);
}

static const struct engine_present *present(const struct fixture *f)
{
	return &f->ledger->series[0]->engine_now;
}

static uint64_t ticks(void)
{
	return instant_clock_ns(CLOCK_MONOTONIC);
}

static void put(struct fixture *f, enum aw_record_type type, uint64_t flags, uint64_t word4)
{
	const uint64_t identity = model_entry(&f->model, AW_KIND_ENGINE, 0)->generation << 32;

	model_put(&f->lane, &(struct aw_record){ { type | flags << 8 | identity, ticks(), MS,
						   AW_WAKE_UNKNOWN, word4, 480, MS, 10 * MS } });
}

/* A second of an engine at work, of blocks far over the mission's 25 ms or of one of them. */
static void render(struct fixture *f, uint64_t ns, unsigned blocks)
{
	model_engine(&f->model, 0)->render[aw_time_cell(ns)] += blocks;
	put(f, AW_RENDER, AW_RENDER_CLOSES, 0);
	look(f);
}

struct wanted {
	const char *rule;
	enum alert_state state;
	uint64_t n;
};

static void find_rule(void *context, const struct judge_alert *alert)
{
	struct wanted *wanted = context;

	if (strcmp(alert->rule->name, wanted->rule) != 0)
		return;
	wanted->state = alert->alert->state;
	wanted->n = alert->judgement->n;
}

static enum alert_state alert_of(const struct fixture *f, const char *rule, uint64_t *n)
{
	struct wanted wanted = { .rule = rule };

	judge_each(f->judge, find_rule, &wanted);
	if (n)
		*n = wanted.n;
	return wanted.state;
}

/* ---- ages ---- */

static void a_state_is_as_old_as_the_look_that_saw_it_first(void **state)
{
	struct fixture *f = *state;
	uint64_t since_ns;

	open_source(f);
	look(f);
	assert_int_equal(present(f)->state, STATE_IDLE);
	assert_int_equal(present(f)->since_ns, f->at.now_ns);
	since_ns = f->at.now_ns;
	look_for(f, 9);
	assert_int_equal(present(f)->since_ns, since_ns);
	render(f, MS, 1);
	assert_int_equal(present(f)->state, STATE_LIVE);
	assert_int_equal(present(f)->since_ns, since_ns + 10 * S);
}

static void who_died_is_not_shown_live_again(void **state)
{
	struct fixture *f = *state;
	struct source_refusals refusals;

	open_source(f);
	render(f, MS, 1);
	assert_int_equal(source_take_refusals(f->source).count, 0);
	source_end(f->source, SOURCE_DEAD, &f->at);
	(void)source_beat(f->source, &f->at);
	refusals = source_take_refusals(f->source);
	assert_int_equal(refusals.count, 1);
	assert_string_equal(refusals.engine, "main");
	assert_int_equal(refusals.from, STATE_DEAD);
	assert_int_equal(refusals.to, STATE_LIVE);
	assert_int_equal(source_take_refusals(f->source).count, 0);
}

/* ---- freewheel ---- */

static void a_render_begun_in_freewheel_is_neither_in_flight_nor_stalled(void **state)
{
	struct fixture *f = *state;
	uint64_t n;

	open_source(f);
	render(f, MS, 1);
	model_any(&f->model, 0)->freewheel = 1;
	put(f, AW_MODE, 0, 1);
	model_control(&f->model, 0)->begin = ticks();
	look_for(f, 100);
	assert_int_equal(present(f)->state, STATE_FREEWHEEL);
	assert_int_equal(alert_of(f, "AudioProcessingOverload", &n), ALERT_INACTIVE);
	assert_int_equal(n, 0);
	assert_int_equal(alert_of(f, "EngineStalled", NULL), ALERT_INACTIVE);
	model_any(&f->model, 0)->freewheel = 0; /* the host says so before that render ends */
	look_for(f, 3);
	assert_int_not_equal(present(f)->state, STATE_STALLED);
	assert_int_equal(alert_of(f, "EngineStalled", NULL), ALERT_INACTIVE);
	assert_int_equal(f->transitions, 0);
}

/* ---- clocks ---- */

static void a_calendar_set_by_a_year_either_way_moves_no_state_and_no_alert(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	for (unsigned i = 0; i < 200; i++) /* the overload fires at 120 s */
		render(f, 40 * MS, 20);
	assert_int_equal(alert_of(f, "AudioProcessingOverload", NULL), ALERT_FIRING);
	f->transitions = 0;
	for (unsigned i = 0; i < 4; i++) {
		const uint64_t since_ns = present(f)->since_ns;

		f->at.real_ns += i % 2 ? -YEAR : YEAR;
		render(f, 40 * MS, 20);
		render(f, 40 * MS, 20);
		assert_int_equal(present(f)->state, STATE_LIVE);
		assert_int_equal(present(f)->since_ns, since_ns);
	}
	assert_int_equal(f->transitions, 0);
}

/* What it counted before anybody looked is then its base, and no alert of now. */
static void a_session_from_the_future_is_not_taken_to_be_new(void **state)
{
	struct fixture *f = *state;
	uint64_t n;

	model_header(&f->model)->opened_ns = f->at.real_ns + YEAR;
	model_engine(&f->model, 0)->render[aw_time_cell(40 * MS)] = 100000;
	judge_begin(f->judge, f->tick++, f->at.real_ns); /* a tick before it is seen */
	(void)judge_end(f->judge);
	open_source(f);
	assert_int_equal(source_opened_ns(f->source), f->at.now_ns);
	look_for(f, 3);
	(void)alert_of(f, "AudioProcessingOverload", &n);
	assert_int_equal(n, 0);
	assert_int_equal(f->transitions, 0);
}

static void a_session_is_no_older_than_its_process(void **state)
{
	struct fixture *f = *state;
	const uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);

	model_header(&f->model)->opened_ns = f->at.real_ns - YEAR; /* the clock was set since */
	model_header(&f->model)->pid_start = (f->at.boot_ns / S - 60) * hz;
	open_source(f);
	assert_int_equal(source_opened_ns(f->source), f->at.now_ns - 60 * S);
}

/* Its counter runs on in a sleep; one tick is one nanosecond. */
static void begin_a_call(struct fixture *f)
{
	model_header(&f->model)->clock_kind = AW_CLOCK_TICKS;
	model_header(&f->model)->mult = UINT64_C(1) << 32;
	open_source(f);
	model_function(&f->model, 0)->begun = 1;
	model_flight(&f->model, 0)->function = 1;
}

/* So long ago, awake and asleep. */
static void set_call(struct fixture *f, uint64_t ago_ns)
{
	model_flight(&f->model, 0)->start = aw_reader_ticks_now(source_reader(f->source)) - ago_ns;
}

static void two_suspends_of_an_hour_make_no_call_stuck(void **state)
{
	struct fixture *f = *state;

	begin_a_call(f);
	set_call(f, 1 * S);
	look(f);
	for (uint64_t i = 1; i <= 2; i++) {
		suspend(f, 3600 * S);
		set_call(f, i * 3600 * S + 2 * i * S);
		look_for(f, 2);
	}
	assert_int_equal(alert_of(f, "FFICallStuck", NULL), ALERT_INACTIVE);
	assert_int_equal(f->transitions, 0);
	set_call(f, 2 * 3600 * S + 11 * S);
	look(f);
	assert_int_equal(alert_of(f, "FFICallStuck", NULL), ALERT_FIRING);
}

static void a_suspend_within_a_render_stalls_nobody(void **state)
{
	struct fixture *f = *state;

	begin_a_call(f);
	render(f, MS, 1);
	model_control(&f->model, 0)->begin = aw_reader_ticks_now(source_reader(f->source));
	suspend(f, 8 * 3600 * S);
	model_control(&f->model, 0)->begin -= 8 * 3600 * S; /* seen first behind the sleep */
	(void)source_beat(f->source, &f->at);
	assert_int_equal(source_totals(f->source, &f->at, false), SOURCE_GOES_ON);
	assert_int_equal(present(f)->state, STATE_LIVE);
	assert_int_equal(present(f)->stalled_ns, 0);
	assert_int_equal(f->transitions, 0);
}

/* Whether its process began when it says: a time namespace moves that, too. */
static void hang_for_an_hour(struct fixture *f, uint64_t moved_ticks)
{
	struct process_stat stat;

	assert_true(process_read_stat(0, &stat));
	model_header(&f->model)->pid_start = stat.start_ticks + moved_ticks;
	open_source(f);
	model_control(&f->model, 0)->begin = ticks() - 3600 * S;
	look(f);
}

static void a_clock_of_another_time_namespace_makes_no_stall(void **state)
{
	struct fixture *f = *state;

	hang_for_an_hour(f, 360000);
	assert_int_equal(present(f)->state, STATE_LIVE);
	assert_int_equal(f->transitions, 0);
	look_for(f, 2); /* it hangs all the same, since we know it */
	assert_int_equal(present(f)->state, STATE_STALLED);
	assert_in_range(present(f)->stalled_ns, 2 * S, 2 * S + 500 * MS);
}

static void a_clock_of_our_own_is_believed(void **state)
{
	struct fixture *f = *state;

	hang_for_an_hour(f, 0);
	assert_int_equal(present(f)->state, STATE_STALLED);
	assert_in_range(present(f)->stalled_ns, 3600 * S, 3610 * S);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, free_fixture)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_state_is_as_old_as_the_look_that_saw_it_first),
		TEST(who_died_is_not_shown_live_again),
		TEST(a_render_begun_in_freewheel_is_neither_in_flight_nor_stalled),
		TEST(a_calendar_set_by_a_year_either_way_moves_no_state_and_no_alert),
		TEST(a_session_from_the_future_is_not_taken_to_be_new),
		TEST(a_session_is_no_older_than_its_process),
		TEST(two_suspends_of_an_hour_make_no_call_stuck),
		TEST(a_suspend_within_a_render_stalls_nobody),
		TEST(a_clock_of_another_time_namespace_makes_no_stall),
		TEST(a_clock_of_our_own_is_believed),
	};

	return cmocka_run_group_tests_name("source_clocks", tests, NULL, NULL);
}
