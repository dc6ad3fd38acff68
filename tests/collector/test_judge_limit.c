/* SPDX-License-Identifier: MIT */
/* Tests of collector/judge.c: what a rule's limit does to the timers of those it keeps inactive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "collector/judge.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { DAY_S = 86400 };

/* Two sessions, and the story of a rule that may tell of one of them at a time. */
static struct sessions {
	struct judge *judge;
	uint64_t tick;
	enum signal_life lives[2];
	char story[512];
} sessions;

static void write_story(void *context, const struct judge_alert *alert,
			const struct alert_change *change)
{
	const size_t used = strlen(sessions.story);

	(void)context;
	snprintf(sessions.story + used, sizeof sessions.story - used, "%u %s %s>%s %s\n",
		 (unsigned)alert->tick, alert->labels.app, alert_state_names[change->from],
		 alert_state_names[change->to], alert_reason_names[change->reason]);
}

static void live_until(uint64_t tick)
{
	static const char *const apps[] = { "a", "b" };

	for (; sessions.tick < tick; sessions.tick++) {
		judge_begin(sessions.judge, sessions.tick, 0);
		for (unsigned i = 0; i < COUNT(apps); i++)
			judge_see(sessions.judge,
				  &(struct judge_fact){ .labels = { LABEL_SESSION, apps[i], "0", "" },
							.life = sessions.lives[i],
							.session = i + 1 });
		(void)judge_end(sessions.judge);
	}
}

static void a_death_that_had_to_wait_is_told_no_longer_than_its_day(void **state)
{
	static const struct rule rule = { .name = "EngineDown",
					  .enabled = true,
					  .signal = SIGNAL_SOURCE_DOWN,
					  .for_s = 60,
					  .limit = 1 };
	static const struct {
		uint64_t back; /* when the first of the dead opens again */
		const char *story;
	} rows[] = {
		{ 2000,
		  "1 a inactive>pending \n61 a pending>firing \n2000 a firing>inactive resolved\n"
		  "2000 b inactive>pending \n2060 b pending>firing \n"
		  "87400 b firing>inactive source_gone\n" },
		{ 2 * DAY_S, "1 a inactive>pending \n61 a pending>firing \n"
			     "86401 a firing>inactive source_gone\n"
			     "86401 b inactive>pending \n86461 b pending>firing \n"
			     "87400 b firing>inactive source_gone\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		sessions = (struct sessions){ .judge = judge_new(&(struct judge_options){
						      &rule, 1, .changed = write_story }) };
		live_until(1);
		sessions.lives[0] = LIFE_DEAD;
		live_until(1000);
		sessions.lives[1] = LIFE_DEAD;
		live_until(rows[i].back);
		sessions.lives[0] = LIFE_LIVE;
		live_until(2 * DAY_S + 10);
		assert_string_equal(sessions.story, rows[i].story);
		judge_free(sessions.judge);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_death_that_had_to_wait_is_told_no_longer_than_its_day),
	};

	return cmocka_run_group_tests_name("judge_limit", tests, NULL, NULL);
}
