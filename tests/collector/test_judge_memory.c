/* SPDX-License-Identifier: MIT */
/* Tests of collector/judge_memory.c and judge_put(): what one collector saves, the next goes on from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/judge_memory.h"
#include "tests/support/whole_text.h"

#define S NS_A_SECOND
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { DOWN, STALLED, STARVED, RULES };

/* One life of a collector: a session with an engine, and the story of its alerts. */
struct life {
	struct rule rules[RULES];
	struct judge *judge;
	uint64_t tick;
	bool session;
	struct judge_fact fact, engine;
	char story[2048];
};

static void tell(void *context, const struct judge_alert *alert, const struct alert_change *change)
{
	struct life *life = context;
	const size_t used = strlen(life->story);

	snprintf(life->story + used, sizeof life->story - used, "%d %s %s%s %s>%s %s\n",
		 (int)(int64_t)alert->tick, alert->rule->name, alert->labels.app,
		 alert->labels.name, alert_state_names[change->from], alert_state_names[change->to],
		 alert_reason_names[change->reason]);
}

static const struct rule shipped[RULES] = {
	{ .name = "Down", .enabled = true, .signal = SIGNAL_SOURCE_DOWN, .for_s = 60 },
	{ .name = "Stalled", .enabled = true, .signal = SIGNAL_STALLED, .for_s = 20 },
	{ .name = "Starved",
	  .enabled = true,
	  .signal = SIGNAL_STARVED,
	  .for_s = 5,
	  .keep_firing_for_s = 30 },
};

static struct life *life_new(const struct rule rules[RULES])
{
	struct life *life = calloc(1, sizeof *life);

	assert_non_null(life);
	memcpy(life->rules, rules, sizeof life->rules);
	life->judge = judge_new(&(struct judge_options){
		.rules = life->rules, .rule_count = RULES, .changed = tell, .context = life });
	assert_non_null(life->judge);
	life->session = true;
	life->fact = (struct judge_fact){ .labels = { LABEL_SESSION, "a", "0", "" }, .session = 7 };
	life->engine = (struct judge_fact){ .labels = { LABEL_ENGINE, "a", "0", "e" },
					    .session = 7,
					    .state = STATE_LIVE };
	return life;
}

static void life_free(struct life *life)
{
	judge_free(life->judge);
	free(life);
}

static void turns(struct life *life, unsigned ticks)
{
	for (unsigned i = 0; i < ticks; i++, life->tick++) {
		judge_begin(life->judge, life->tick, (1000 + life->tick) * S);
		if (life->session)
			judge_see(life->judge, &life->fact);
		if (life->session && life->fact.life == LIFE_LIVE)
			judge_see(life->judge, &life->engine);
		(void)judge_end(life->judge);
	}
}

static void assert_story(struct life *life, const char *want)
{
	assert_string_equal(life->story, want);
	*life->story = '\0';
}

/* The next life, whose first tick comes gap_s after the last one's. */
static struct life *reborn_on(const char *boot, struct life *before, const struct rule rules[RULES],
			      uint64_t gap_s)
{
	struct life *life = life_new(rules);
	struct judge_memory out = { .judge = before->judge };
	struct judge_memory in = { .judge = life->judge, .changed = tell, .context = life };
	const struct memory_section from = { "alerts", &out, judge_save, judge_restore },
				    to = { "alerts", &in, judge_save, judge_restore };
	const struct memory_stamp stamp = { .at = { .now_ns = 5 * S }, .boot = "b" };
	struct memory_read read = { .gap.now = { .at = { .real_ns = gap_s * S,
							 .now_ns = (5 + gap_s) * S } } };
	char error[MEMORY_ERROR_SIZE];
	size_t length;
	char *text = memory_text(&(struct memory_sections){ &from, 1 }, &stamp, &length);

	assert_non_null(text);
	strcpy(read.gap.now.boot, boot);
	text = whole_text(text, &length);
	assert_int_equal(
		memory_restore(&(struct memory_sections){ &to, 1 }, text, length, &read, error), 0);
	assert_int_equal(read.refused, 0);
	life->session = before->session;
	life->fact = before->fact;
	life->engine = before->engine;
	free(text);
	life_free(before);
	return life;
}

static struct life *reborn(struct life *before, const struct rule rules[RULES], uint64_t gap_s)
{
	return reborn_on("b", before, rules, gap_s);
}

struct search {
	const char *rule;
	const struct alert *found;
	uint64_t active_real_ns, fired_real_ns;
};

static void look(void *context, const struct judge_alert *alert)
{
	struct search *search = context;

	if (strcmp(alert->rule->name, search->rule) != 0)
		return;
	search->found = alert->alert;
	search->active_real_ns = alert->active_real_ns;
	search->fired_real_ns = alert->fired_real_ns;
}

static struct search search(const struct life *life, const char *rule)
{
	struct search search = { .rule = rule };

	judge_each(life->judge, look, &search);
	return search;
}

/* ---- timers ---- */

static void a_pending_alert_goes_on_and_what_lay_between_is_held(void **state)
{
	struct life *life = life_new(shipped);

	(void)state;
	life->engine.state = STATE_STALLED;
	turns(life, 15);
	assert_story(life, "0 Stalled ae inactive>pending \n");
	life = reborn(life, shipped, 600);
	turns(life, 5);
	assert_story(life, "");
	turns(life, 1);
	assert_story(life, "5 Stalled ae pending>firing \n");
	assert_int_equal(search(life, "Stalled").found->held, 599);
	assert_int_equal(search(life, "Stalled").active_real_ns, 1000 * S);
	life_free(life);
}

static void what_a_stopped_process_held_it_holds_in_the_next_life(void **state)
{
	static const struct {
		enum engine_state held;
		const char *before, *after;
	} rows[] = {
		{ STATE_STALLED, "0 Stalled ae inactive>pending \n20 Stalled ae pending>firing \n",
		  "50 Stalled ae firing>inactive resolved\n" },
		{ STATE_STARVED, "0 Starved ae inactive>pending \n5 Starved ae pending>firing \n",
		  "50 Starved ae firing>keeping \n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct life *life = life_new(shipped);

		life->engine.state = rows[i].held;
		turns(life, 30);
		life->engine.state = STATE_STALE;
		turns(life, 30);
		assert_story(life, rows[i].before);
		life = reborn(life, shipped, 60);
		turns(life, 50);
		assert_story(life, "");
		life->engine.state = STATE_LIVE;
		turns(life, 1);
		assert_story(life, rows[i].after);
		life_free(life);
	}
}

static void a_firing_alert_is_the_same_firing_and_a_kept_ones_timer_goes_on(void **state)
{
	struct life *life = life_new(shipped);

	(void)state;
	life->engine.state = STATE_STARVED;
	turns(life, 10);
	life->engine.state = STATE_LIVE;
	turns(life, 20);
	assert_story(life, "0 Starved ae inactive>pending \n5 Starved ae pending>firing \n"
			   "10 Starved ae firing>keeping \n");
	life = reborn(life, shipped, 1000);
	turns(life, 10);
	assert_story(life, "");
	assert_int_equal(search(life, "Starved").active_real_ns, 1000 * S);
	assert_int_equal(search(life, "Starved").fired_real_ns, 1005 * S);
	life = reborn(life, shipped, 1); /* and once more, within a second: nothing was missed */
	turns(life, 1);
	assert_story(life, "0 Starved ae keeping>inactive resolved\n");
	life_free(life);
}

static void from_an_hour_on_nothing_is_believed_and_all_judged_afresh(void **state)
{
	static const struct {
		uint64_t gap_s;
		const char *story;
	} rows[] = {
		{ 3599, "" },
		{ 3600, "0 Stalled ae firing>inactive nodata\n0 Stalled ae inactive>pending \n" },
		{ UINT32_MAX,
		  "0 Stalled ae firing>inactive nodata\n0 Stalled ae inactive>pending \n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct life *life = life_new(shipped);

		life->engine.state = STATE_STALLED;
		turns(life, 30);
		life = reborn(life, shipped, rows[i].gap_s);
		turns(life, 2);
		assert_story(life, rows[i].story);
		life_free(life);
	}
}

static void a_dead_engine_is_told_for_its_day_whoever_was_away(void **state)
{
	struct life *life = life_new(shipped);

	(void)state;
	turns(life, 1);
	life->fact.life = LIFE_DEAD;
	turns(life, 62);
	assert_story(life, "1 Down a inactive>pending \n61 Down a pending>firing \n");
	life->session = false; /* its segment is gone: nobody names it any more */
	life = reborn(life, shipped, 86400 - 62);
	turns(life, 1);
	assert_story(life, "");
	turns(life, 1);
	assert_story(life, "1 Down a firing>inactive source_gone\n");
	assert_null(search(life, "Down").found);
	life_free(life);
}

static void a_dead_engine_of_another_life_is_forgotten_when_told_to(void **state)
{
	struct life *life = life_new(shipped);

	(void)state;
	life->fact.life = LIFE_DEAD;
	turns(life, 70);
	life->session = false;
	*life->story = '\0';
	life = reborn(life, shipped, 10);
	turns(life, 2);
	assert_true(judge_forget(life->judge, "a", "0"));
	turns(life, 100);
	assert_story(life, "1 Down a firing>inactive forgotten\n");
	life_free(life);
}

/* The alert of an engine that died says nothing of a session that opened since, or was forgotten. */
static void a_death_that_is_told_no_more_is_not_told_in_the_next_life(void **state)
{
	static const struct {
		enum signal_life became;
		const char *story;
	} rows[] = {
		{ LIFE_GONE,
		  "31 Down a inactive>pending \n50 Down a pending>inactive forgotten\n" },
		{ LIFE_CLOSED, "31 Down a inactive>pending \n51 Down a pending>inactive closed\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct life *life = life_new(shipped);

		life->engine.state = STATE_STALLED;
		turns(life, 31);
		*life->story = '\0';
		life->fact.life = LIFE_DEAD;
		turns(life, 20);
		if (rows[i].became == LIFE_GONE)
			assert_true(judge_forget(life->judge, "a", "0"));
		life->fact.life = rows[i].became;
		turns(life, 10);
		assert_story(life, rows[i].story);
		life->session = false;
		life = reborn(life, shipped, 10);
		turns(life, 1000);
		assert_story(life, "270 Stalled ae firing>inactive source_gone\n");
		life_free(life);
	}
}

/* ---- what has become of its source ---- */

static void a_dead_engine_is_resolved_by_its_successor(void **state)
{
	struct life *life = life_new(shipped);

	(void)state;
	life->fact.life = LIFE_DEAD;
	turns(life, 70);
	*life->story = '\0';
	life = reborn(life, shipped, 10);
	life->session = false;
	turns(life, 3);
	life->session = true;
	life->fact.life = LIFE_LIVE;
	turns(life, 1);
	assert_story(life, "3 Down a firing>inactive resolved\n");
	life_free(life);
}

static void a_source_that_never_came_back_counts_as_dead(void **state)
{
	struct life *life = life_new(shipped);

	(void)state;
	life->engine.state = STATE_STALLED;
	turns(life, 30);
	life = reborn(life, shipped, 10);
	life->session = false;
	turns(life, 300);
	assert_story(life, "");
	turns(life, 1);
	assert_story(life, "300 Stalled ae firing>inactive source_gone\n");
	life_free(life);
}

/* Whether it is the same session or another one: nobody knows, and it does not matter. */
static void who_is_missing_in_a_session_of_the_next_life_closed_but_for_a_boot(void **state)
{
	static const struct {
		const char *boot, *story;
		enum signal_life told;
	} rows[] = {
		{ "b", "0 Stalled ae firing>inactive closed\n", LIFE_LIVE },
		{ "b", "300 Stalled ae firing>inactive source_gone\n", LIFE_GONE },
		{ "c", "300 Stalled ae firing>inactive source_gone\n", LIFE_LIVE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct life *life = life_new(shipped);

		life->engine.state = STATE_STALLED;
		turns(life, 30);
		life = reborn_on(rows[i].boot, life, shipped, 10);
		life->engine.life = rows[i].told; /* its dead segment was found */
		life->engine.state = STATE_LIVE;
		if (rows[i].told == LIFE_LIVE)
			life->engine.labels.name = "other";
		turns(life, 301);
		assert_story(life, rows[i].story);
		life_free(life);
	}
}

static void a_pending_one_whose_source_is_gone_ends_at_once(void **state)
{
	struct life *life = life_new(shipped);

	(void)state;
	life->engine.state = STATE_STALLED;
	turns(life, 3);
	life = reborn(life, shipped, 10);
	life->session = false;
	turns(life, 1);
	assert_story(life, "0 Stalled ae pending>inactive dead\n");
	life_free(life);
}

/* ---- rules that changed ---- */

static void a_rule_that_is_gone_or_off_or_about_others_ends_its_alerts(void **state)
{
	struct rule changed[3][RULES];

	(void)state;
	for (size_t i = 0; i < COUNT(changed); i++)
		memcpy(changed[i], shipped, sizeof shipped);
	strcpy(changed[0][STALLED].name, "Other");
	changed[1][STALLED].enabled = false;
	strcpy(changed[2][STALLED].match_app, "b");
	for (size_t i = 0; i < COUNT(changed); i++) {
		struct life *life = life_new(shipped);

		life->engine.state = STATE_STALLED;
		turns(life, 30);
		life = reborn(life, changed[i], 10);
		assert_story(life, "-10 Stalled ae firing>inactive config\n");
		turns(life, 1);
		life_free(life);
	}
}

static void a_raised_for_may_return_firing_to_pending_and_a_lowered_one_fires(void **state)
{
	struct rule patient[RULES];
	struct life *life = life_new(shipped);

	(void)state;
	memcpy(patient, shipped, sizeof shipped);
	patient[STALLED].for_s = 40;
	life->engine.state = STATE_STALLED;
	turns(life, 30);
	life = reborn(life, patient, 10);
	assert_story(life, "-10 Stalled ae firing>pending \n");
	turns(life, 1);
	assert_story(life, "");
	life = reborn(life, shipped, 10);
	turns(life, 1);
	assert_story(life, "0 Stalled ae pending>firing \n");
	life_free(life);
}

/* ---- lines that make no sense ---- */

static void a_line_that_makes_no_sense_is_left_out(void **state)
{
	static const char good[] = "{\"rule\":\"Down\",\"signal\":\"%s\",\"app\":\"a\",\"instance_"
				   "id\":\"0\",\"name\":\"\","
				   "\"life\":\"%s\",\"state\":\"%s\",\"nodata\":false,\"judged\":"
				   "true,\"input\":\"%s\","
				   "\"held\":0,\"ages\":{\"since\":1,\"active_at\":1,\"fired_at\":"
				   "1,\"changed_at\":1,\"%s\":1},"
				   "\"active_real_ns\":1,\"fired_real_ns\":1,\"verdict\":\"%s\","
				   "\"n\":1,\"bad\":1,\"value\":1,"
				   "\"threshold\":0,\"priority\":\"%s\"}";
	static const struct {
		const char *signal, *life, *state, *input, *age, *verdict, *priority;
	} rows[] = {
		{ "source_down", "dead", "firing", "yes", "keep_at", "yes", "P0" }, /* the good one */
		{ "nonsense", "dead", "firing", "yes", "keep_at", "yes", "P0" },
		{ "source_down", "undead", "firing", "yes", "keep_at", "yes", "P0" },
		{ "source_down", "dead", "fired", "yes", "keep_at", "yes", "P0" },
		{ "source_down", "dead", "inactive", "yes", "keep_at", "yes", "P0" },
		{ "source_down", "dead", "firing", "perhaps", "keep_at", "yes", "P0" },
		{ "source_down", "dead", "firing", "yes", "keep", "yes", "P0" },
		{ "source_down", "dead", "firing", "yes", "keep_at", "", "P0" },
		{ "source_down", "dead", "firing", "yes", "keep_at", "yes", "P4" },
	};
	static const char *const others[] = { "", "x", "[]", "{}", "{\"rule\":\"Down\"}" };
	const struct memory_gap gap = { .saved.boot = "b", .now.boot = "b" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows) + COUNT(others); i++) {
		struct life *life = life_new(shipped);
		struct judge_memory memory = { .judge = life->judge };
		char line[1024];

		if (i < COUNT(rows))
			snprintf(line, sizeof line, good, rows[i].signal, rows[i].life,
				 rows[i].state, rows[i].input, rows[i].age, rows[i].verdict,
				 rows[i].priority);
		else
			strcpy(line, others[i - COUNT(rows)]);
		if (judge_restore(&memory, &gap, line) != (i == 0) ||
		    judge_counts(life->judge).active != (i == 0))
			fail_msg("row %zu: %s", i, line);
		life_free(life);
	}
}

static void running_timers_are_counted(void **state)
{
	struct life *life = life_new(shipped);
	struct judge_memory memory = { .judge = life->judge };
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	turns(life, 1);
	judge_save(&memory, out);
	assert_int_equal(memory.timed, 0);
	life->engine.state = STATE_STALLED;
	turns(life, 1);
	judge_save(&memory, out);
	assert_int_equal(memory.timed, 1);
	turns(life, 20);
	judge_save(&memory, out);
	assert_int_equal(memory.timed, 0);
	(void)fclose(out);
	life_free(life);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pending_alert_goes_on_and_what_lay_between_is_held),
		cmocka_unit_test(what_a_stopped_process_held_it_holds_in_the_next_life),
		cmocka_unit_test(a_firing_alert_is_the_same_firing_and_a_kept_ones_timer_goes_on),
		cmocka_unit_test(from_an_hour_on_nothing_is_believed_and_all_judged_afresh),
		cmocka_unit_test(a_dead_engine_is_told_for_its_day_whoever_was_away),
		cmocka_unit_test(a_dead_engine_of_another_life_is_forgotten_when_told_to),
		cmocka_unit_test(a_death_that_is_told_no_more_is_not_told_in_the_next_life),
		cmocka_unit_test(a_dead_engine_is_resolved_by_its_successor),
		cmocka_unit_test(a_source_that_never_came_back_counts_as_dead),
		cmocka_unit_test(who_is_missing_in_a_session_of_the_next_life_closed_but_for_a_boot),
		cmocka_unit_test(a_pending_one_whose_source_is_gone_ends_at_once),
		cmocka_unit_test(a_rule_that_is_gone_or_off_or_about_others_ends_its_alerts),
		cmocka_unit_test(a_raised_for_may_return_firing_to_pending_and_a_lowered_one_fires),
		cmocka_unit_test(a_line_that_makes_no_sense_is_left_out),
		cmocka_unit_test(running_timers_are_counted),
	};

	return cmocka_run_group_tests_name("judge_memory", tests, NULL, NULL);
}
