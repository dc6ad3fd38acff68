/* SPDX-License-Identifier: MIT */
/* Tests of collector/slo_judge.c: a burning objective becomes an alert of its name, through the rules that ship. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "collector/slo_judge.h"

#define S UINT64_C(1000000000)

enum { MINUTE = 16666667 };

static struct slo_book book;
static struct judge *judge;
static struct slo_events seen;

static int open_judge(void **state)
{
	(void)state;
	seen = (struct slo_events){ 0 };
	slo_init(&book, &(struct slo_options){ .slos = slo_defaults, .count = slo_default_count });
	judge = judge_new(&(struct judge_options){ .rules = rule_defaults,
						   .rule_count = rule_default_count });
	return !judge;
}

static int close_judge(void **state)
{
	(void)state;
	judge_free(judge);
	return 0;
}

/* A second of so many cycles, in the minute that the calendar had at tick 0. */
static void live(uint64_t tick, uint64_t total, uint64_t bad)
{
	(void)slo_begin(&book, tick, (uint64_t)MINUTE * 60 * S);
	slo_see(&book, SLO_CYCLES, &seen, (struct slo_events){ seen.total + total, seen.bad + bad });
	judge_begin(judge, tick, 0);
	slo_judge(&book, judge);
	(void)judge_end(judge);
}

struct question {
	const char *rule, *slo;
	enum alert_state state;
	unsigned found;
};

static void look(void *context, const struct judge_alert *alert)
{
	struct question *question = context;

	if (strcmp(alert->rule->name, question->rule) != 0 ||
	    strcmp(alert->labels.name, question->slo) != 0)
		return;
	question->state = alert->alert->state;
	question->found++;
}

static enum alert_state state_of_alert(const char *rule, const char *slo)
{
	struct question question = { .rule = rule, .slo = slo };

	judge_each(judge, look, &question);
	assert_int_equal(question.found, 1);
	return question.state;
}

static void who_burns_fast_fires_after_two_minutes_and_nobody_else_does(void **state)
{
	(void)state;
	for (uint64_t tick = 0; tick <= 120; tick++) {
		assert_true(tick == 0 ||
			    state_of_alert("SLOBurnFast", "cycles_within_budget") == ALERT_PENDING);
		live(tick, 100, 100);
	}
	assert_int_equal(state_of_alert("SLOBurnFast", "cycles_within_budget"), ALERT_FIRING);
	assert_int_equal(state_of_alert("SLOBurnFast", "collector_present"), ALERT_INACTIVE);
	assert_int_equal(state_of_alert("SLOBurnFast", "minutes_without_xrun"), ALERT_INACTIVE);
	for (uint64_t tick = 121; tick <= 121 + 31 * 60; tick++) /* 6h and 30m */
		live(tick, 0, 0);
	assert_int_equal(state_of_alert("SLOBurnFast", "cycles_within_budget"), ALERT_INACTIVE);
}

/* 4 in 1000: above 3 for a day, below 6 for six hours. */
static void who_burns_slowly_is_told_by_the_slow_rule_alone(void **state)
{
	const struct slo_events of[SLO_INDICATORS] = {
		[SLO_CYCLES] = { 1000, 4 }, [SLO_PRESENT] = { 1, 0 }
	};
	uint64_t tick = 0;

	(void)state;
	for (unsigned i = SLO_MINUTES; i > 0; i--)
		assert_true(slo_remember(&book, MINUTE - i, of));
	for (; tick < 900; tick++)
		live(tick, 1000, 4);
	assert_int_equal(state_of_alert("SLOBurnSlow", "cycles_within_budget"), ALERT_PENDING);
	live(tick, 1000, 4);
	assert_int_equal(state_of_alert("SLOBurnSlow", "cycles_within_budget"), ALERT_FIRING);
	assert_int_equal(state_of_alert("SLOBurnFast", "cycles_within_budget"), ALERT_INACTIVE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			who_burns_fast_fires_after_two_minutes_and_nobody_else_does, open_judge,
			close_judge),
		cmocka_unit_test_setup_teardown(who_burns_slowly_is_told_by_the_slow_rule_alone,
						open_judge, close_judge),
	};

	return cmocka_run_group_tests_name("slo_judge", tests, NULL, NULL);
}
