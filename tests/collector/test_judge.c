/* SPDX-License-Identifier: MIT */
/* Tests of collector/judge.c: facts of a tick to alerts, over sessions that come, go and take over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/judge.h"

#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)

/* One session with an engine and a function, as the world has it now. */
struct world {
	struct judge *judge;
	uint64_t tick;
	bool session, engine, function; /* are they named */
	struct judge_fact now_session, now_engine, now_function;
	uint64_t render[AW_TIME_CELLS], ffi[AW_TIME_CELLS];
	unsigned limits; /* how often a limit was told */
	char story[4096]; /* transitions, "tick alert labels from>to reason" a line */
};

static void write_down(void *context, const struct judge_alert *alert,
		       const struct alert_change *change)
{
	struct world *world = context;
	const size_t used = strlen(world->story);

	snprintf(world->story + used, sizeof world->story - used, "%u %s %s%s%s %s>%s %s\n",
		 (unsigned)alert->tick, alert->rule->name, alert->labels.app,
		 *alert->labels.name ? "/" : "", alert->labels.name, alert_state_names[change->from],
		 alert_state_names[change->to], alert_reason_names[change->reason]);
}

static void count_limit(void *context, const struct judge_alert *alert)
{
	struct world *world = context;

	assert_string_equal(alert->labels.name, "m");
	world->limits++;
}

static struct judge_fact fact(enum signal_label kind, const char *name)
{
	return (struct judge_fact){
		.labels = { kind, "a", "0", name }, .session = 1, .whole = true, .state = STATE_LIVE
	};
}

static struct world *world_new(const struct rule *rules, unsigned count)
{
	struct world *world = calloc(1, sizeof *world);

	assert_non_null(world);
	world->judge = judge_new(&(struct judge_options){ .rules = rules,
							  .rule_count = count,
							  .changed = write_down,
							  .context = world,
							  .limited = count_limit });
	assert_non_null(world->judge);
	world->session = world->engine = world->function = true;
	world->now_session = fact(LABEL_SESSION, "");
	world->now_engine = fact(LABEL_ENGINE, "e");
	world->now_engine.series[0].cells = world->render;
	world->now_function = fact(LABEL_FUNCTION, "f");
	world->now_function.series[0].cells = world->ffi;
	return world;
}

static void world_free(struct world *world)
{
	judge_free(world->judge);
	free(world);
}

static uint64_t real_ns(uint64_t tick)
{
	return (1000000 + tick) * S + tick % 7; /* the beat is never quite in time */
}

static void turn(struct world *world)
{
	judge_begin(world->judge, world->tick, real_ns(world->tick));
	world->tick++;
	if (world->session)
		judge_see(world->judge, &world->now_session);
	if (world->session && world->engine)
		judge_see(world->judge, &world->now_engine);
	if (world->session && world->function)
		judge_see(world->judge, &world->now_function);
	judge_end(world->judge);
}

static void turns(struct world *world, unsigned ticks)
{
	for (unsigned i = 0; i < ticks; i++)
		turn(world);
}

/* Each tick renders so many blocks of that length. */
static void render(struct world *world, unsigned ticks, unsigned blocks, uint64_t ns)
{
	for (unsigned i = 0; i < ticks; i++) {
		world->render[aw_time_cell(ns)] += blocks;
		turn(world);
	}
}

static void assert_story(struct world *world, const char *want)
{
	assert_string_equal(world->story, want);
	*world->story = '\0';
}

static struct rule only(const char *name)
{
	for (unsigned i = 0; i < rule_default_count; i++)
		if (strcmp(rule_defaults[i].name, name) == 0)
			return rule_defaults[i];
	fail_msg("%s does not ship", name);
	return rule_defaults[0];
}

static void count_alert(void *context, const struct judge_alert *alert)
{
	unsigned *states = context;

	states[alert->alert->state]++;
}

static struct window_counts counts_of(const struct world *world)
{
	const struct judge_labels labels = { LABEL_ENGINE, "a", "0", "e" };
	const struct window *window = judge_window(world->judge, &labels, ENGINE_RENDER);

	assert_non_null(window);
	return window_count(window, 60, 25 * MS);
}

/* ---- the mission ---- */

static void an_overload_fires_two_minutes_after_its_first_yes(void **state)
{
	const struct rule rule = only("AudioProcessingOverload");
	struct world *world = world_new(&rule, 1);

	(void)state;
	turn(world); /* tick 0 */
	render(world, 120, 187, 30 * MS);
	assert_story(world, "1 AudioProcessingOverload a/e inactive>pending \n");
	render(world, 1, 187, 30 * MS);
	assert_story(world, "121 AudioProcessingOverload a/e pending>firing \n");
	render(world, 59, 187, 3 * MS);
	assert_story(world, "");
	render(world, 1, 187, 3 * MS);
	assert_story(world, "181 AudioProcessingOverload a/e firing>inactive resolved\n");
	world_free(world);
}

static void slow_calls_fire_five_minutes_after_their_first_yes_for_that_function_alone(void **state)
{
	const struct rule rule = only("FFILatencyHigh");
	struct world *world = world_new(&rule, 1);
	struct judge_fact other = fact(LABEL_FUNCTION, "g");
	uint64_t quick[AW_TIME_CELLS] = { 0 };

	(void)state;
	other.series[0].cells = quick;
	turn(world);
	for (unsigned i = 0; i < 303; i++) {
		world->ffi[aw_time_cell(150 * MS)]++;
		quick[aw_time_cell(MS)]++;
		judge_begin(world->judge, world->tick, real_ns(world->tick));
		world->tick++;
		judge_see(world->judge, &world->now_session);
		judge_see(world->judge, &other);
		judge_see(world->judge, &world->now_function);
		judge_end(world->judge);
		if (i == 301)
			assert_story(world, "3 FFILatencyHigh a/f inactive>pending \n");
	}
	assert_story(world, "303 FFILatencyHigh a/f pending>firing \n");
	world_free(world);
}

static void what_ships_stays_quiet_about_a_healthy_engine(void **state)
{
	struct world *world = world_new(rule_defaults, rule_default_count);
	struct judge_counts counts;

	(void)state;
	turn(world);
	render(world, 700, 187, 3 * MS);
	assert_story(world, "0 AudiowatchWatchdog  inactive>firing \n");
	assert_int_equal(judge_counts(world->judge).active, 1);
	counts = judge_counts(world->judge);
	assert_string_equal(counts.rules[counts.rule_count - 1].name, "AudiowatchWatchdog");
	assert_int_equal(counts.transitions[counts.rule_count - 1][ALERT_FIRING], 1);
	assert_int_equal(counts.transitions[0][ALERT_FIRING], 0);
	world_free(world);
}

static void a_stall_and_a_stuck_call_fire_at_once(void **state)
{
	struct world *world = world_new(rule_defaults, rule_default_count - 1);

	(void)state;
	turn(world);
	render(world, 70, 187, 3 * MS);
	world->now_engine.state = STATE_STALLED;
	world->now_engine.flights_ns[0] = 2 * S;
	world->now_engine.flight_count = 1;
	world->now_function.flights_ns[0] = 10 * S + 1;
	world->now_function.flight_count = 1;
	world->now_function.open = 1;
	turn(world);
	assert_story(world, "71 AudioProcessingOverload a/e inactive>pending \n"
			    "71 EngineStalled a/e inactive>firing \n"
			    "71 FFICallStuck a/f inactive>firing \n"
			    "71 AudioRenderTimeHigh a/e inactive>pending \n");
	world->now_engine.flight_count = world->now_function.flight_count = 0;
	world->now_engine.state = STATE_LIVE;
	turn(world);
	assert_story(world, "72 AudioProcessingOverload a/e pending>inactive resolved\n"
			    "72 EngineStalled a/e firing>inactive resolved\n"
			    "72 FFICallStuck a/f firing>inactive resolved\n"
			    "72 AudioRenderTimeHigh a/e pending>inactive resolved\n");
	world_free(world);
}

struct times {
	uint64_t active_ns, fired_ns;
};

static void show_times(void *context, const struct judge_alert *alert)
{
	*(struct times *)context = (struct times){ alert->active_real_ns, alert->fired_real_ns };
}

static void assert_times(const struct world *world, uint64_t active_at, uint64_t fired_at)
{
	struct times times;

	judge_each(world->judge, show_times, &times);
	assert_int_equal(times.active_ns, real_ns(active_at));
	assert_int_equal(times.fired_ns, real_ns(fired_at));
}

static void an_alert_keeps_the_real_times_of_its_first_yes_and_its_firing(void **state)
{
	struct rule rule = only("EngineStarved");
	struct world *world;

	(void)state;
	rule.keep_firing_for_s = 5;
	world = world_new(&rule, 1);
	turns(world, 3);
	world->now_engine.state = STATE_STARVED;
	turns(world, 11);
	assert_times(world, 3, 13);
	turns(world, 20);
	world->now_engine.state = STATE_LIVE;
	turns(world, 3);
	world->now_engine.state = STATE_STARVED; /* kept, and firing again */
	turns(world, 5);
	assert_times(world, 3, 13);
	world->now_engine.state = STATE_LIVE;
	turns(world, 6);
	world->now_engine.state = STATE_STARVED;
	turns(world, 11);
	assert_times(world, 48, 58);
	world_free(world);
}

/* ---- death ---- */

static void die(struct world *world)
{
	world->engine = world->function = false;
	world->now_session.life = LIFE_DEAD;
}

static void revive(struct world *world)
{
	world->engine = world->function = true;
	world->now_session.life = LIFE_LIVE;
	world->now_session.session++;
	world->now_engine.session++;
	world->now_function.session++;
	memset(world->render, 0, sizeof world->render);
}

static void a_death_is_told_after_a_minute_and_until_it_opens_again(void **state)
{
	const struct rule rule = only("EngineDown");
	struct world *world = world_new(&rule, 1);

	(void)state;
	turns(world, 10);
	die(world);
	turns(world, 60);
	assert_story(world, "10 EngineDown a inactive>pending \n");
	turn(world);
	assert_story(world, "70 EngineDown a pending>firing \n");
	turns(world, 1000);
	revive(world);
	turn(world);
	assert_story(world, "1071 EngineDown a firing>inactive resolved\n");
	world_free(world);
}

static void a_death_is_forgotten_after_a_day_or_when_told_to(void **state)
{
	const struct rule rule = only("EngineDown");
	struct world *world = world_new(&rule, 1);

	(void)state;
	turn(world);
	assert_false(judge_forget(world->judge, "a", "0"));
	die(world);
	turns(world, 100);
	*world->story = '\0';
	assert_true(judge_forget(world->judge, "a", "0"));
	assert_story(world, "100 EngineDown a firing>inactive forgotten\n");
	world->now_session.life = LIFE_GONE;
	turns(world, 100);
	assert_story(world, "");
	die(world); /* a successor, that lived for less than a tick */
	turns(world, 86400);
	assert_story(world,
		     "201 EngineDown a inactive>pending \n261 EngineDown a pending>firing \n");
	turns(world, 200);
	assert_story(world, "86601 EngineDown a firing>inactive source_gone\n");
	world_free(world);
}

static void an_overload_outlives_its_session_by_labels_and_begins_with_an_empty_window(void **state)
{
	struct rule rule = only("AudioProcessingOverload");
	struct world *world;

	(void)state;
	rule.for_s = 0;
	world = world_new(&rule, 1);
	turn(world);
	render(world, 1, 100, 30 * MS);
	assert_story(world, "1 AudioProcessingOverload a/e inactive>firing \n");
	die(world);
	turns(world, 200);
	revive(world);
	world->engine = false; /* not made yet */
	turns(world, 50);
	world->engine = true;
	render(world, 10, 10, MS); /* no cover: silent */
	assert_story(world, "");
	assert_int_equal(counts_of(world).n, 100);
	world->engine = false;
	turns(world, 1);
	assert_story(world, "262 AudioProcessingOverload a/e firing>inactive closed\n");
	world_free(world);
}

static void an_overload_whose_source_is_gone_resolves_after_five_minutes(void **state)
{
	struct rule rule = only("AudioProcessingOverload");
	struct world *world;

	(void)state;
	rule.for_s = 0;
	world = world_new(&rule, 1);
	turn(world);
	render(world, 1, 100, 30 * MS);
	*world->story = '\0';
	world->session = false;
	turns(world, 300);
	assert_story(world, "");
	turn(world);
	assert_story(world, "302 AudioProcessingOverload a/e firing>inactive source_gone\n");
	world_free(world);
}

static void an_engine_of_a_session_taken_over_untold_is_gone_and_not_closed(void **state)
{
	const struct rule rule = only("EngineStalled");
	struct world *world = world_new(&rule, 1);

	(void)state;
	world->now_engine.state = STATE_STALLED;
	turn(world);
	assert_story(world, "0 EngineStalled a/e inactive>firing \n");
	revive(world); /* between two ticks */
	world->engine = false;
	turns(world, 300);
	assert_story(world, "");
	turn(world);
	assert_story(world, "301 EngineStalled a/e firing>inactive source_gone\n");
	world_free(world);
}

/* Its successor, which lacks it, may have ended by then, otherwise than it did. */
static void an_engine_that_is_told_to_have_ended_did_so_whatever_became_of_its_labels(void **state)
{
	static const struct {
		enum signal_life engine, session;
		const char *story;
	} rows[] = {
		{ LIFE_CLOSED, LIFE_LIVE, "1 EngineStalled a/e firing>inactive closed\n" },
		{ LIFE_CLOSED, LIFE_DEAD, "1 EngineStalled a/e firing>inactive closed\n" },
		{ LIFE_DEAD, LIFE_LIVE, "301 EngineStalled a/e firing>inactive source_gone\n" },
		{ LIFE_DEAD, LIFE_CLOSED, "301 EngineStalled a/e firing>inactive source_gone\n" },
	};
	const struct rule rule = only("EngineStalled");

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct world *world = world_new(&rule, 1);

		world->now_engine.state = STATE_STALLED;
		turn(world);
		*world->story = '\0';
		world->now_session.session += 2;
		world->now_session.life = rows[i].session;
		world->now_engine.life = rows[i].engine;
		turn(world);
		world->engine = false; /* once is enough */
		turns(world, 300);
		assert_story(world, rows[i].story);
		world_free(world);
	}
}

/* Nor is it kept for being told of. */
static void an_engine_that_ended_before_anybody_looked_is_not_remembered(void **state)
{
	static const enum signal_life lives[] = { LIFE_CLOSED, LIFE_DEAD, LIFE_GONE };
	const struct rule rule = only("EngineStalled");

	(void)state;
	for (unsigned i = 0; i < sizeof lives / sizeof *lives; i++) {
		struct world *world = world_new(&rule, 1);
		unsigned states[ALERT_STATES] = { 0 };

		world->now_engine.life = lives[i];
		turn(world);
		judge_begin(world->judge, world->tick, real_ns(world->tick));
		judge_see(world->judge, &world->now_engine); /* not even in its tick */
		judge_each(world->judge, count_alert, states);
		assert_int_equal(states[ALERT_INACTIVE], 0);
		world->now_engine.life = LIFE_LIVE;
		turn(world);
		world->now_engine.life = lives[i];
		turn(world);
		judge_each(world->judge, count_alert, states);
		assert_int_equal(states[ALERT_INACTIVE], 0);
		world_free(world);
	}
}

static void a_stall_holds_while_its_process_is_stopped(void **state)
{
	const struct rule rule = only("EngineStalled");
	struct world *world = world_new(&rule, 1);

	(void)state;
	world->now_engine.state = STATE_STALLED;
	turn(world);
	assert_story(world, "0 EngineStalled a/e inactive>firing \n");
	world->now_engine.state = STATE_STALE;
	turns(world, 1000);
	world->now_engine.session = world->now_session.session =
		2; /* as of a collector that starts */
	turns(world, 9);
	assert_story(world, "");
	world->now_engine.state = STATE_STALLED;
	turn(world);
	assert_story(world, "");
	world->now_session.life = LIFE_DEAD; /* what it held ends with it */
	world->engine = false;
	turn(world);
	world->now_engine.session = world->now_session.session = 3;
	world->now_session.life = LIFE_LIVE;
	world->engine = true;
	world->now_engine.state = STATE_STALE;
	turn(world);
	assert_story(world, "1012 EngineStalled a/e firing>inactive resolved\n");
	world_free(world);
}

static void show_value(void *context, const struct judge_alert *alert)
{
	uint64_t *value = context;

	*value = alert->judgement->value;
}

static uint64_t value_of(const struct world *world)
{
	uint64_t value = 0;

	judge_each(world->judge, show_value, &value);
	return value;
}

static void a_source_that_ended_or_fell_silent_leaves_its_last_value(void **state)
{
	const struct rule rule = only("FFICallStuck");
	struct world *world = world_new(&rule, 1);

	(void)state;
	world->now_function.open = world->now_function.flight_count = 1;
	world->now_function.flights_ns[0] = 11 * S;
	turn(world);
	assert_story(world, "0 FFICallStuck a/f inactive>firing \n");
	world->now_function.open = world->now_function.flight_count = 0;
	world->now_function.stale = true;
	turn(world);
	assert_int_equal(value_of(world), 11 * S);
	die(world);
	turns(world, 2);
	assert_int_equal(value_of(world), 11 * S);
	revive(world);
	world->now_function.stale = false;
	turn(world); /* no call is open: that is a value */
	assert_story(world, "4 FFICallStuck a/f firing>inactive resolved\n");
	assert_int_equal(value_of(world), 0);
	world_free(world);
}

/* ---- windows ---- */

static void what_was_counted_before_anybody_looked_is_no_sample(void **state)
{
	const struct rule rule = only("AudioProcessingOverload");
	struct world *world = world_new(&rule, 1);

	(void)state;
	world->render[aw_time_cell(30 * MS)] = 1000;
	turn(world); /* tick 0: the base, though the session is fresh */
	assert_int_equal(counts_of(world).n, 0);
	render(world, 1, 7, MS);
	assert_int_equal(counts_of(world).n, 7);
	world->now_engine.incarnation++; /* another slot with the same name */
	world->now_engine.whole = false;
	turn(world);
	assert_int_equal(counts_of(world).n, 0);
	world->now_engine.incarnation++;
	world->now_engine.whole = true;
	turn(world);
	assert_int_equal(counts_of(world).n, 1007);
	world_free(world);
}

static void cover_belongs_to_the_session(void **state)
{
	const struct rule rule = only("AudioProcessingOverload");
	struct world *world = world_new(&rule, 1);

	(void)state;
	world->engine = false;
	turns(world, 60);
	world->engine = true;
	turn(world);
	assert_int_equal(counts_of(world).cover, WINDOW_COVERED);
	world_free(world);
}

static void a_gap_takes_the_cover_of_all(void **state)
{
	const struct rule rule = only("AudioProcessingOverload");
	struct world *world = world_new(&rule, 1);

	(void)state;
	world->engine = false;
	turns(world, 100);
	world->tick += 6; /* one more than is late */
	world->engine = true;
	world->render[aw_time_cell(30 * MS)] = 500; /* meanwhile */
	turn(world);
	assert_int_equal(counts_of(world).n, 0);
	assert_story(world, "");
	render(world, 59, 5, MS);
	assert_int_equal(counts_of(world).cover, WINDOW_PARTIAL);
	render(world, 1, 5, MS);
	assert_int_equal(counts_of(world).cover, WINDOW_COVERED);
	world_free(world);
}

static void who_comes_after_a_gap_covers_no_more_than_it(void **state)
{
	const struct rule rule = only("AudioProcessingOverload");
	struct world *world = world_new(&rule, 1);

	(void)state;
	world->engine = false;
	turns(world, 100);
	world->tick += 6;
	turn(world); /* tick 106 */
	world->engine = true;
	render(world, 59, 5, MS);
	assert_int_equal(counts_of(world).n, 59 * 5);
	assert_int_equal(counts_of(world).cover, WINDOW_PARTIAL);
	render(world, 1, 5, MS);
	assert_int_equal(counts_of(world).cover, WINDOW_COVERED);
	world_free(world);
}

static void five_ticks_left_out_are_no_gap(void **state)
{
	const struct rule rule = only("AudioProcessingOverload");
	struct world *world = world_new(&rule, 1);

	(void)state;
	world->engine = false;
	turns(world, 100);
	world->tick += 5;
	world->engine = true;
	render(world, 1, 5, MS);
	assert_int_equal(counts_of(world).n, 5);
	assert_int_equal(counts_of(world).cover, WINDOW_COVERED);
	world_free(world);
}

static void an_engine_that_cannot_be_read_at_first_counts_from_its_first_tick(void **state)
{
	const struct rule rule = only("AudioProcessingOverload");
	struct world *world = world_new(&rule, 1);

	(void)state;
	world->engine = false;
	turns(world, 100);
	world->engine = true;
	world->now_engine.series[0].cells = NULL;
	turns(world, 2);
	world->now_engine.series[0].cells = world->render;
	render(world, 1, 5, MS);
	assert_int_equal(counts_of(world).n, 5);
	world->now_engine.incarnation++;
	world->now_engine.series[0].cells = NULL;
	turns(world, 6);
	world->now_engine.series[0].cells = world->render;
	render(world, 1, 5, MS); /* too late */
	assert_int_equal(counts_of(world).n, 0);
	world_free(world);
}

static void totals_not_believed_come_with_the_next(void **state)
{
	const struct rule rule = only("AudioProcessingOverload");
	struct world *world = world_new(&rule, 1);

	(void)state;
	turn(world);
	world->now_engine.series[0].cells = NULL;
	render(world, 3, 5, MS);
	assert_int_equal(counts_of(world).n, 0);
	world->now_engine.series[0].cells = world->render;
	render(world, 1, 5, MS);
	assert_int_equal(counts_of(world).n, 20);
	world_free(world);
}

/* ---- ticks left out, limits, matches, order ---- */

static void ticks_left_out_hold_a_pending_alert(void **state)
{
	const struct rule rule = only("EngineDown");
	struct world *world = world_new(&rule, 1);

	(void)state;
	turn(world);
	die(world);
	turns(world, 30);
	world->tick += 100;
	turns(world, 30);
	assert_story(world, "1 EngineDown a inactive>pending \n");
	turn(world);
	assert_story(world, "161 EngineDown a pending>firing \n");
	world_free(world);
}

static void an_hour_without_a_tick_ends_what_was_active_and_judges_afresh(void **state)
{
	const struct rule rule = only("AudiowatchWatchdog");
	struct world *world = world_new(&rule, 1);

	(void)state;
	turns(world, 2);
	world->tick += 3599;
	turn(world);
	assert_story(world, "0 AudiowatchWatchdog  inactive>firing \n"
			    "3601 AudiowatchWatchdog  firing>inactive nodata\n"
			    "3601 AudiowatchWatchdog  inactive>firing \n");
	world_free(world);
}

static void see_engines(struct world *world, const char *const names[], unsigned count)
{
	judge_begin(world->judge, world->tick, real_ns(world->tick));
	world->tick++;
	judge_see(world->judge, &world->now_session);
	for (unsigned i = 0; i < count; i++) {
		world->now_engine.labels.name = names[i];
		judge_see(world->judge, &world->now_engine);
	}
	(void)judge_end(world->judge);
}

static void label_sets_are_judged_in_the_order_of_their_bytes_up_to_the_limit(void **state)
{
	static const char *const names[] = { "z", "m", "B", "a" };
	struct rule rule = only("EngineStalled");
	struct world *world;

	(void)state;
	rule.limit = 2;
	world = world_new(&rule, 1);
	world->now_engine.state = STATE_STALLED;
	see_engines(world, names, 4);
	assert_story(world, "0 EngineStalled a/B inactive>firing \n"
			    "0 EngineStalled a/a inactive>firing \n");
	assert_int_equal(judge_counts(world->judge).limited, 2);
	see_engines(world, names,
		    3); /* "a" went: its place is free once it is judged, which is before m and z */
	assert_story(world, "1 EngineStalled a/a firing>inactive closed\n"
			    "1 EngineStalled a/m inactive>firing \n");
	assert_int_equal(judge_counts(world->judge).limited, 3);
	assert_int_equal(world->limits, 1);
	world_free(world);
}

static void a_rule_that_names_an_engine_is_about_that_one(void **state)
{
	static const char *const names[] = { "a", "b" };
	struct rule rule = only("EngineStalled");
	struct world *world;

	(void)state;
	strcpy(rule.match_engine, "b");
	world = world_new(&rule, 1);
	world->now_engine.state = STATE_STALLED;
	see_engines(world, names, 2);
	assert_story(world, "0 EngineStalled a/b inactive>firing \n");
	world_free(world);
}

static void every_label_set_can_be_asked_for_and_the_dead_are_not_kept(void **state)
{
	unsigned states[ALERT_STATES] = { 0 };
	struct world *world = world_new(rule_defaults, rule_default_count);

	(void)state;
	turns(world, 2);
	judge_each(world->judge, count_alert, states);
	assert_int_equal(states[ALERT_FIRING], 1);
	assert_int_equal(states[ALERT_INACTIVE], 14);
	world->session = false;
	turn(world);
	memset(states, 0, sizeof states);
	judge_each(world->judge, count_alert, states);
	assert_int_equal(states[ALERT_FIRING], 1);
	assert_int_equal(states[ALERT_INACTIVE], 3); /* of the collector */
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_overload_fires_two_minutes_after_its_first_yes),
		cmocka_unit_test(
			slow_calls_fire_five_minutes_after_their_first_yes_for_that_function_alone),
		cmocka_unit_test(what_ships_stays_quiet_about_a_healthy_engine),
		cmocka_unit_test(a_stall_and_a_stuck_call_fire_at_once),
		cmocka_unit_test(an_alert_keeps_the_real_times_of_its_first_yes_and_its_firing),
		cmocka_unit_test(a_death_is_told_after_a_minute_and_until_it_opens_again),
		cmocka_unit_test(a_death_is_forgotten_after_a_day_or_when_told_to),
		cmocka_unit_test(
			an_overload_outlives_its_session_by_labels_and_begins_with_an_empty_window),
		cmocka_unit_test(an_overload_whose_source_is_gone_resolves_after_five_minutes),
		cmocka_unit_test(an_engine_of_a_session_taken_over_untold_is_gone_and_not_closed),
		cmocka_unit_test(
			an_engine_that_is_told_to_have_ended_did_so_whatever_became_of_its_labels),
		cmocka_unit_test(an_engine_that_ended_before_anybody_looked_is_not_remembered),
		cmocka_unit_test(a_stall_holds_while_its_process_is_stopped),
		cmocka_unit_test(a_source_that_ended_or_fell_silent_leaves_its_last_value),
		cmocka_unit_test(what_was_counted_before_anybody_looked_is_no_sample),
		cmocka_unit_test(cover_belongs_to_the_session),
		cmocka_unit_test(a_gap_takes_the_cover_of_all),
		cmocka_unit_test(who_comes_after_a_gap_covers_no_more_than_it),
		cmocka_unit_test(five_ticks_left_out_are_no_gap),
		cmocka_unit_test(an_engine_that_cannot_be_read_at_first_counts_from_its_first_tick),
		cmocka_unit_test(totals_not_believed_come_with_the_next),
		cmocka_unit_test(ticks_left_out_hold_a_pending_alert),
		cmocka_unit_test(an_hour_without_a_tick_ends_what_was_active_and_judges_afresh),
		cmocka_unit_test(label_sets_are_judged_in_the_order_of_their_bytes_up_to_the_limit),
		cmocka_unit_test(a_rule_that_names_an_engine_is_about_that_one),
		cmocka_unit_test(every_label_set_can_be_asked_for_and_the_dead_are_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
