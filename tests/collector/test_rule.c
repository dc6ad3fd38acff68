/* SPDX-License-Identifier: MIT */
/* Tests of collector/rule.c: every cell of the alert table, its durations to the tick, and what ships. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "collector/rule.h"

enum { START = 1000 };

static const struct rule overload = { .name = "Overload",
				      .signal = SIGNAL_RENDER_TIME,
				      .for_s = 120 };
static const struct rule at_once = { .name = "AtOnce", .signal = SIGNAL_STALLED };
static const struct rule keeping = { .name = "Keeping", .for_s = 10, .keep_firing_for_s = 30 };
static const struct rule down = { .name = "Down", .signal = SIGNAL_SOURCE_DOWN, .for_s = 60 };

/* A script of verdicts, a letter a run of ticks: y b n s(ilent) d(ead) c(losed), and - for ticks not evaluated. */
struct run {
	char verdict;
	unsigned ticks;
};

static enum verdict verdict_of(char letter)
{
	static const char letters[] = "ybnsdc";
	const char *at = strchr(letters, letter);

	assert_non_null(at);
	return (enum verdict)(at - letters);
}

struct walk {
	struct alert alert;
	const struct rule *rule;
	uint64_t tick, before; /* the next tick, the one evaluated last */
	struct alert_change last; /* the newest that was one */
	uint64_t last_tick;
};

static void note(struct walk *walk, struct alert_change change)
{
	if (change.from == change.to)
		return;
	walk->last = change;
	walk->last_tick = walk->tick;
}

static void walk_run(struct walk *walk, struct run run)
{
	if (run.verdict == '-') {
		walk->tick += run.ticks;
		return;
	}
	for (unsigned i = 0; i < run.ticks; i++, walk->tick++) {
		if (walk->before && walk->tick > walk->before + 1)
			note(walk, alert_miss(&walk->alert, walk->rule, walk->before, walk->tick));
		note(walk,
		     alert_step(&walk->alert, walk->rule, verdict_of(run.verdict), walk->tick));
		walk->before = walk->tick;
	}
}

enum { RUNS = 8 };

static struct walk walked(const struct rule *rule, const struct run runs[RUNS])
{
	struct walk walk = { .rule = rule, .tick = START };

	for (unsigned i = 0; i < RUNS && runs[i].ticks; i++)
		walk_run(&walk, runs[i]);
	return walk;
}

/* ---- the table ---- */

static const struct cell {
	const char *what;
	const struct rule *rule;
	struct run runs[RUNS];
	enum alert_state want;
	enum alert_reason reason; /* of the newest transition */
	bool nodata;
} cells[] = {
	/* inactive */
	{ "inactive yes", &overload, { { 'y', 1 } }, ALERT_PENDING, REASON_NONE, false },
	{ "inactive yes, no for", &at_once, { { 'y', 1 } }, ALERT_FIRING, REASON_NONE, false },
	{ "inactive band", &at_once, { { 'b', 9 } }, ALERT_INACTIVE, REASON_NONE, false },
	{ "inactive no", &at_once, { { 'n', 9 } }, ALERT_INACTIVE, REASON_NONE, false },
	{ "inactive silent", &at_once, { { 's', 99 } }, ALERT_INACTIVE, REASON_NONE, false },
	{ "inactive dead", &at_once, { { 'd', 999 } }, ALERT_INACTIVE, REASON_NONE, false },
	{ "inactive closed", &at_once, { { 'c', 9 } }, ALERT_INACTIVE, REASON_NONE, false },
	/* pending */
	{ "pending yes", &overload, { { 'y', 120 } }, ALERT_PENDING, REASON_NONE, false },
	{ "pending yes, due", &overload, { { 'y', 121 } }, ALERT_FIRING, REASON_NONE, false },
	{ "pending band",
	  &overload,
	  { { 'y', 120 }, { 'b', 1 } },
	  ALERT_INACTIVE,
	  REASON_RESOLVED,
	  false },
	{ "pending no", &overload, { { 'y', 120 }, { 'n', 1 } }, ALERT_INACTIVE, REASON_RESOLVED, false },
	{ "pending no, begins again",
	  &overload,
	  { { 'y', 120 }, { 'n', 1 }, { 'y', 120 } },
	  ALERT_PENDING,
	  REASON_NONE,
	  false },
	{ "pending silent", &overload, { { 'y', 9 }, { 's', 60 } }, ALERT_PENDING, REASON_NONE, false },
	{ "pending silent, too long",
	  &overload,
	  { { 'y', 9 }, { 's', 61 } },
	  ALERT_INACTIVE,
	  REASON_NODATA,
	  false },
	{ "pending silent, not in one go",
	  &overload,
	  { { 'y', 9 }, { 's', 60 }, { 'y', 1 }, { 's', 60 } },
	  ALERT_PENDING,
	  REASON_NONE,
	  false },
	{ "pending silent, clock stopped",
	  &overload,
	  { { 'y', 60 }, { 's', 50 }, { 'y', 60 } },
	  ALERT_PENDING,
	  REASON_NONE,
	  false },
	{ "pending silent, clock goes on",
	  &overload,
	  { { 'y', 60 }, { 's', 50 }, { 'y', 61 } },
	  ALERT_FIRING,
	  REASON_NONE,
	  false },
	{ "pending dead", &overload, { { 'y', 9 }, { 'd', 1 } }, ALERT_INACTIVE, REASON_DEAD, false },
	{ "pending closed", &overload, { { 'y', 9 }, { 'c', 1 } }, ALERT_INACTIVE, REASON_CLOSED, false },
	/* firing */
	{ "firing yes", &at_once, { { 'y', 99 } }, ALERT_FIRING, REASON_NONE, false },
	{ "firing band", &at_once, { { 'y', 1 }, { 'b', 999 } }, ALERT_FIRING, REASON_NONE, false },
	{ "firing no", &at_once, { { 'y', 1 }, { 'n', 1 } }, ALERT_INACTIVE, REASON_RESOLVED, false },
	{ "firing no, kept", &keeping, { { 'y', 11 }, { 'n', 1 } }, ALERT_KEEPING, REASON_NONE, false },
	{ "firing silent", &at_once, { { 'y', 1 }, { 's', 9999 } }, ALERT_FIRING, REASON_NONE, true },
	{ "firing silent, heard again",
	  &at_once,
	  { { 'y', 1 }, { 's', 9 }, { 'b', 1 } },
	  ALERT_FIRING,
	  REASON_NONE,
	  false },
	{ "firing dead", &at_once, { { 'y', 1 }, { 'd', 300 } }, ALERT_FIRING, REASON_NONE, false },
	{ "firing dead, too long",
	  &at_once,
	  { { 'y', 1 }, { 'd', 301 } },
	  ALERT_INACTIVE,
	  REASON_SOURCE_GONE,
	  false },
	{ "firing dead, and back",
	  &at_once,
	  { { 'y', 1 }, { 'd', 300 }, { 's', 1 }, { 'd', 300 } },
	  ALERT_FIRING,
	  REASON_NONE,
	  false },
	{ "firing closed", &at_once, { { 'y', 1 }, { 'c', 1 } }, ALERT_INACTIVE, REASON_CLOSED, false },
	/* keeping */
	{ "keeping yes",
	  &keeping,
	  { { 'y', 11 }, { 'n', 30 }, { 'y', 1 } },
	  ALERT_FIRING,
	  REASON_NONE,
	  false },
	{ "keeping band",
	  &keeping,
	  { { 'y', 11 }, { 'n', 30 }, { 'b', 1 } },
	  ALERT_FIRING,
	  REASON_NONE,
	  false },
	{ "keeping no", &keeping, { { 'y', 11 }, { 'n', 30 } }, ALERT_KEEPING, REASON_NONE, false },
	{ "keeping no, due",
	  &keeping,
	  { { 'y', 11 }, { 'n', 31 } },
	  ALERT_INACTIVE,
	  REASON_RESOLVED,
	  false },
	{ "keeping no, begins again",
	  &keeping,
	  { { 'y', 11 }, { 'n', 30 }, { 'b', 1 }, { 'n', 30 } },
	  ALERT_KEEPING,
	  REASON_NONE,
	  false },
	{ "keeping silent",
	  &keeping,
	  { { 'y', 11 }, { 'n', 30 }, { 's', 999 } },
	  ALERT_KEEPING,
	  REASON_NONE,
	  false },
	{ "keeping silent, timer stopped",
	  &keeping,
	  { { 'y', 11 }, { 'n', 20 }, { 's', 99 }, { 'n', 10 } },
	  ALERT_KEEPING,
	  REASON_NONE,
	  false },
	{ "keeping silent, timer goes on",
	  &keeping,
	  { { 'y', 11 }, { 'n', 20 }, { 's', 99 }, { 'n', 11 } },
	  ALERT_INACTIVE,
	  REASON_RESOLVED,
	  false },
	{ "keeping dead",
	  &keeping,
	  { { 'y', 11 }, { 'n', 9 }, { 'd', 300 } },
	  ALERT_KEEPING,
	  REASON_NONE,
	  false },
	{ "keeping dead, too long",
	  &keeping,
	  { { 'y', 11 }, { 'n', 9 }, { 'd', 301 } },
	  ALERT_INACTIVE,
	  REASON_SOURCE_GONE,
	  false },
	{ "keeping dead, timer stopped",
	  &keeping,
	  { { 'y', 11 }, { 'n', 20 }, { 'd', 99 }, { 'n', 10 } },
	  ALERT_KEEPING,
	  REASON_NONE,
	  false },
	{ "keeping closed",
	  &keeping,
	  { { 'y', 11 }, { 'n', 9 }, { 'c', 1 } },
	  ALERT_INACTIVE,
	  REASON_CLOSED,
	  false },
	/* EngineDown */
	{ "down, short", &down, { { 'y', 60 }, { 'n', 1 } }, ALERT_INACTIVE, REASON_RESOLVED, false },
	{ "down", &down, { { 'y', 61 } }, ALERT_FIRING, REASON_NONE, false },
	{ "down, nearly a day", &down, { { 'y', 86400 } }, ALERT_FIRING, REASON_NONE, false },
	{ "down, a day", &down, { { 'y', 86401 } }, ALERT_INACTIVE, REASON_SOURCE_GONE, false },
	{ "down, and told no more",
	  &down,
	  { { 'y', 90000 } },
	  ALERT_INACTIVE,
	  REASON_SOURCE_GONE,
	  false },
	{ "down, back", &down, { { 'y', 90 }, { 'n', 1 } }, ALERT_INACTIVE, REASON_RESOLVED, false },
	{ "down again",
	  &down,
	  { { 'y', 86401 }, { 'n', 1 }, { 'y', 1 } },
	  ALERT_PENDING,
	  REASON_NONE,
	  false },
	/* ticks not evaluated */
	{ "missed, pending",
	  &overload,
	  { { 'y', 60 }, { '-', 40 }, { 'y', 60 } },
	  ALERT_PENDING,
	  REASON_NONE,
	  false },
	{ "missed, due",
	  &overload,
	  { { 'y', 60 }, { '-', 40 }, { 'y', 61 } },
	  ALERT_FIRING,
	  REASON_NONE,
	  false },
	{ "missed, silence",
	  &overload,
	  { { 'y', 9 }, { 's', 30 }, { '-', 99 }, { 's', 30 } },
	  ALERT_PENDING,
	  REASON_NONE,
	  false },
	{ "missed, silence, due",
	  &overload,
	  { { 'y', 9 }, { 's', 30 }, { '-', 99 }, { 's', 31 } },
	  ALERT_INACTIVE,
	  REASON_NODATA,
	  false },
	{ "missed, dead",
	  &at_once,
	  { { 'y', 1 }, { 'd', 100 }, { '-', 999 }, { 'd', 200 } },
	  ALERT_FIRING,
	  REASON_NONE,
	  false },
	{ "missed, dead, due",
	  &at_once,
	  { { 'y', 1 }, { 'd', 100 }, { '-', 999 }, { 'd', 201 } },
	  ALERT_INACTIVE,
	  REASON_SOURCE_GONE,
	  false },
	{ "missed, keeping",
	  &keeping,
	  { { 'y', 11 }, { 'n', 20 }, { '-', 99 }, { 'n', 10 } },
	  ALERT_KEEPING,
	  REASON_NONE,
	  false },
	{ "missed, keeping, due",
	  &keeping,
	  { { 'y', 11 }, { 'n', 20 }, { '-', 99 }, { 'n', 11 } },
	  ALERT_INACTIVE,
	  REASON_RESOLVED,
	  false },
	{ "missed, nearly an hour",
	  &overload,
	  { { 'y', 121 }, { '-', 3598 }, { 's', 1 } },
	  ALERT_FIRING,
	  REASON_NONE,
	  true },
	{ "missed, an hour",
	  &overload,
	  { { 'y', 121 }, { '-', 3599 }, { 's', 1 } },
	  ALERT_INACTIVE,
	  REASON_NODATA,
	  false },
	{ "missed, an hour, afresh",
	  &overload,
	  { { 'y', 121 }, { '-', 3599 }, { 'y', 1 } },
	  ALERT_PENDING,
	  REASON_NONE,
	  false },
	{ "missed, down holds",
	  &down,
	  { { 'y', 61 }, { '-', 9999 }, { 'y', 1 } },
	  ALERT_FIRING,
	  REASON_NONE,
	  false },
	{ "missed, down for a day",
	  &down,
	  { { 'y', 61 }, { '-', 86339 }, { 'y', 1 } },
	  ALERT_INACTIVE,
	  REASON_SOURCE_GONE,
	  false },
};

static void every_cell_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		const struct cell *cell = &cells[i];
		const struct walk walk = walked(cell->rule, cell->runs);

		if (walk.alert.state != cell->want || walk.last.reason != cell->reason ||
		    walk.alert.nodata != cell->nodata)
			fail_msg("%s: %s %s%s, not %s %s", cell->what,
				 alert_state_names[walk.alert.state],
				 alert_reason_names[walk.last.reason],
				 walk.alert.nodata ? " nodata" : "", alert_state_names[cell->want],
				 alert_reason_names[cell->reason]);
	}
}

/* ---- what ships, to the tick ---- */

static void a_rule_that_ships_fires_at_its_tick_and_not_one_before(void **state)
{
	(void)state;
	assert_true(rule_default_count > 0);
	for (size_t i = 0; i < rule_default_count; i++) {
		struct walk walk = { .rule = &rule_defaults[i], .tick = START };

		for (unsigned k = 0; k < rule_defaults[i].for_s; k++) {
			walk_run(&walk, (struct run){ 'y', 1 });
			assert_int_equal(walk.alert.state, ALERT_PENDING);
			assert_int_equal(walk.alert.active_at, START);
		}
		walk_run(&walk, (struct run){ 'y', 1 });
		assert_int_equal(walk.alert.state, ALERT_FIRING);
		assert_int_equal(walk.alert.fired_at, START + rule_defaults[i].for_s);
	}
}

static void what_ships_is_what_the_rules_page_says(void **state)
{
#define MS UINT64_C(1000000)
	static const struct rule rows[] = {
		{ .name = "AudioProcessingOverload",
		  .signal = SIGNAL_RENDER_TIME,
		  .statistic = STATISTIC_P99,
		  .window_s = 60,
		  .above = 25 * MS,
		  .for_s = 120,
		  .min_above = 5,
		  .priority = PRIORITY_P1 },
		{ .name = "FFILatencyHigh",
		  .signal = SIGNAL_FFI_DURATION,
		  .statistic = STATISTIC_P99,
		  .window_s = 300,
		  .above = 100 * MS,
		  .for_s = 300,
		  .min_above = 3,
		  .recent_s = 60,
		  .priority = PRIORITY_P1 },
		{ .name = "EngineDown",
		  .signal = SIGNAL_SOURCE_DOWN,
		  .for_s = 60,
		  .priority = PRIORITY_P0 },
		{ .name = "EngineStalled", .signal = SIGNAL_STALLED, .priority = PRIORITY_P0 },
		{ .name = "EngineStarved",
		  .signal = SIGNAL_STARVED,
		  .for_s = 10,
		  .priority = PRIORITY_P1 },
		{ .name = "FFICallStuck",
		  .signal = SIGNAL_FFI_IN_FLIGHT,
		  .above = 10000 * MS,
		  .priority = PRIORITY_P1 },
		{ .name = "XrunStorm",
		  .signal = SIGNAL_XRUN_SECONDS,
		  .statistic = STATISTIC_SUM,
		  .window_s = 60,
		  .above = 5,
		  .priority = PRIORITY_P1 },
		{ .name = "FFIErrorRateHigh",
		  .signal = SIGNAL_FFI_ERROR_RATIO,
		  .statistic = STATISTIC_RATIO,
		  .window_s = 300,
		  .above = 50000,
		  .for_s = 300,
		  .min_above = 3,
		  .priority = PRIORITY_P1 },
		{ .name = "RenderBudgetExceeded",
		  .signal = SIGNAL_RENDER_LOAD,
		  .statistic = STATISTIC_P99,
		  .window_s = 60,
		  .above = 900000,
		  .for_s = 60,
		  .priority = PRIORITY_P2 },
		{ .name = "AudioRenderTimeHigh",
		  .signal = SIGNAL_RENDER_TIME,
		  .statistic = STATISTIC_P99,
		  .window_s = 60,
		  .above = 20 * MS,
		  .for_s = 60,
		  .min_above = 5,
		  .priority = PRIORITY_P2 },
		{ .name = "TelemetryLost", .signal = SIGNAL_RECORDS_LOST, .priority = PRIORITY_P3 },
		{ .name = "SLOBurnFast",
		  .signal = SIGNAL_SLO_BURN,
		  .for_s = 120,
		  .burn = BURN_FAST,
		  .priority = PRIORITY_P1 },
		{ .name = "SLOBurnSlow",
		  .signal = SIGNAL_SLO_BURN,
		  .for_s = 900,
		  .burn = BURN_SLOW,
		  .priority = PRIORITY_P2 },
		{ .name = "NotifierDown",
		  .signal = SIGNAL_COMPONENT_DOWN,
		  .for_s = 300,
		  .match_component = "notify",
		  .priority = PRIORITY_P2 },
		{ .name = "HistoryFailing",
		  .signal = SIGNAL_COMPONENT_DOWN,
		  .for_s = 300,
		  .match_component = "history",
		  .priority = PRIORITY_P2 },
		{ .name = "CollectorMemoryHigh",
		  .signal = SIGNAL_MEMORY_RATIO,
		  .above = 800000,
		  .for_s = 300,
		  .priority = PRIORITY_P2 },
		{ .name = "SeriesCapNear",
		  .signal = SIGNAL_SERIES_RATIO,
		  .above = 900000,
		  .for_s = 300,
		  .priority = PRIORITY_P2 },
		{ .name = "AuthFailures",
		  .signal = SIGNAL_AUTH_FAILURES,
		  .statistic = STATISTIC_SUM,
		  .window_s = 300,
		  .above = 10,
		  .priority = PRIORITY_P0 },
		{ .name = "AudiowatchWatchdog", .signal = SIGNAL_ALWAYS, .priority = PRIORITY_P3 },
	};

	(void)state;
	assert_int_equal(rule_default_count, sizeof rows / sizeof *rows);
	for (size_t i = 0; i < rule_default_count; i++) {
		struct rule want = rows[i], got = rule_defaults[i];

		assert_true(strlen(got.summary) > 0);
		assert_true(strlen(got.description) > 0);
		memset(got.summary, 0, sizeof got.summary);
		memset(got.description, 0, sizeof got.description);
		want.enabled = true;
		want.clear_below = want.above;
		want.limit = 50;
		assert_memory_equal(&got, &want, sizeof got);
	}
}

/* ---- beside the table ---- */

static void firing_again_from_keeping_is_the_same_firing(void **state)
{
	const struct walk walk =
		walked(&keeping, (struct run[RUNS]){ { 'y', 11 }, { 'n', 5 }, { 'y', 5 } });

	(void)state;
	assert_int_equal(walk.alert.state, ALERT_FIRING);
	assert_int_equal(walk.alert.fired_at, START + 10);
	assert_int_equal(walk.alert.changed_at, START + 16);
}

static void held_counts_silent_and_missed_ticks_together(void **state)
{
	const struct walk walk = walked(
		&overload,
		(struct run[RUNS]){
			{ 'y', 9 }, { 's', 5 }, { 'y', 1 }, { '-', 7 }, { 'y', 1 }, { 's', 2 } });

	(void)state;
	assert_int_equal(walk.alert.held, 14);
}

static void a_raised_for_makes_firing_pending_again(void **state)
{
	struct walk walk = walked(&overload, (struct run[RUNS]){ { 'y', 131 } });
	struct rule patient = overload;
	struct alert_change change;

	(void)state;
	patient.for_s = 130;
	change = alert_reload(&walk.alert, &patient, START + 130);
	assert_int_equal(change.to, ALERT_FIRING);
	patient.for_s = 131;
	change = alert_reload(&walk.alert, &patient, START + 130);
	assert_int_equal(change.from, ALERT_FIRING);
	assert_int_equal(change.to, ALERT_PENDING);
	change = alert_step(&walk.alert, &patient, VERDICT_YES, START + 131);
	assert_int_equal(change.to, ALERT_FIRING);
}

static void an_alert_can_be_ended_from_outside(void **state)
{
	struct walk walk = walked(&at_once, (struct run[RUNS]){ { 'y', 2 } });
	struct alert_change change = alert_end(&walk.alert, REASON_CONFIG, START + 2);

	(void)state;
	assert_int_equal(change.to, ALERT_INACTIVE);
	assert_int_equal(change.reason, REASON_CONFIG);
	change = alert_end(&walk.alert, REASON_FORGOTTEN, START + 3);
	assert_int_equal(change.from, change.to);
	assert_int_equal(change.reason, REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_of_the_table),
		cmocka_unit_test(a_rule_that_ships_fires_at_its_tick_and_not_one_before),
		cmocka_unit_test(what_ships_is_what_the_rules_page_says),
		cmocka_unit_test(firing_again_from_keeping_is_the_same_firing),
		cmocka_unit_test(held_counts_silent_and_missed_ticks_together),
		cmocka_unit_test(a_raised_for_makes_firing_pending_again),
		cmocka_unit_test(an_alert_can_be_ended_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
