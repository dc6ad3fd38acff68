/* SPDX-License-Identifier: MIT */
/* The alert table, transcribed: whatever is given to the machine, it takes one of these steps with that reason, and
 * each of them is taken. test_rule.c has their durations to the tick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/rule.h"
#include "tests/support/random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { STEPS = 2000000 };

/* Durations that a run of one verdict reaches now and then. */
static const struct rule rules[] = {
	{ .name = "Plain", .for_s = 9 },
	{ .name = "AtOnce" },
	{ .name = "Kept", .for_s = 3, .keep_firing_for_s = 20 },
	{ .name = "Down", .signal = SIGNAL_SOURCE_DOWN, .for_s = 9 },
};

/* A cell, one of its ways, and what is told: nodata is true of firing and silent alone. */
static const struct way {
	enum alert_state from;
	enum verdict verdict;
	enum alert_state to;
	enum alert_reason reason;
} ways[] = {
	{ ALERT_INACTIVE, VERDICT_YES, ALERT_PENDING, REASON_NONE },
	{ ALERT_INACTIVE, VERDICT_YES, ALERT_FIRING, REASON_NONE },
	{ ALERT_INACTIVE, VERDICT_BAND, ALERT_INACTIVE, REASON_NONE },
	{ ALERT_INACTIVE, VERDICT_NO, ALERT_INACTIVE, REASON_NONE },
	{ ALERT_INACTIVE, VERDICT_SILENT, ALERT_INACTIVE, REASON_NONE },
	{ ALERT_INACTIVE, VERDICT_DEAD, ALERT_INACTIVE, REASON_NONE },
	{ ALERT_INACTIVE, VERDICT_CLOSED, ALERT_INACTIVE, REASON_NONE },
	{ ALERT_PENDING, VERDICT_YES, ALERT_PENDING, REASON_NONE },
	{ ALERT_PENDING, VERDICT_YES, ALERT_FIRING, REASON_NONE },
	{ ALERT_PENDING, VERDICT_BAND, ALERT_INACTIVE, REASON_RESOLVED },
	{ ALERT_PENDING, VERDICT_NO, ALERT_INACTIVE, REASON_RESOLVED },
	{ ALERT_PENDING, VERDICT_SILENT, ALERT_PENDING, REASON_NONE },
	{ ALERT_PENDING, VERDICT_SILENT, ALERT_INACTIVE, REASON_NODATA },
	{ ALERT_PENDING, VERDICT_DEAD, ALERT_INACTIVE, REASON_DEAD },
	{ ALERT_PENDING, VERDICT_CLOSED, ALERT_INACTIVE, REASON_CLOSED },
	{ ALERT_FIRING, VERDICT_YES, ALERT_FIRING, REASON_NONE },
	{ ALERT_FIRING, VERDICT_BAND, ALERT_FIRING, REASON_NONE },
	{ ALERT_FIRING, VERDICT_NO, ALERT_KEEPING, REASON_NONE },
	{ ALERT_FIRING, VERDICT_NO, ALERT_INACTIVE, REASON_RESOLVED },
	{ ALERT_FIRING, VERDICT_SILENT, ALERT_FIRING, REASON_NONE },
	{ ALERT_FIRING, VERDICT_DEAD, ALERT_FIRING, REASON_NONE },
	{ ALERT_FIRING, VERDICT_DEAD, ALERT_INACTIVE, REASON_SOURCE_GONE },
	{ ALERT_FIRING, VERDICT_CLOSED, ALERT_INACTIVE, REASON_CLOSED },
	{ ALERT_KEEPING, VERDICT_YES, ALERT_FIRING, REASON_NONE },
	{ ALERT_KEEPING, VERDICT_BAND, ALERT_FIRING, REASON_NONE },
	{ ALERT_KEEPING, VERDICT_NO, ALERT_KEEPING, REASON_NONE },
	{ ALERT_KEEPING, VERDICT_NO, ALERT_INACTIVE, REASON_RESOLVED },
	{ ALERT_KEEPING, VERDICT_SILENT, ALERT_KEEPING, REASON_NONE },
	{ ALERT_KEEPING, VERDICT_DEAD, ALERT_KEEPING, REASON_NONE },
	{ ALERT_KEEPING, VERDICT_DEAD, ALERT_INACTIVE, REASON_SOURCE_GONE },
	{ ALERT_KEEPING, VERDICT_CLOSED, ALERT_INACTIVE, REASON_CLOSED },
	/* EngineDown, whose verdicts are yes and no */
	{ ALERT_FIRING, VERDICT_YES, ALERT_INACTIVE, REASON_SOURCE_GONE },
};

enum { WAYS = COUNT(ways) };

/* WAYS: there is none. */
static unsigned way_of(const struct alert_change *change, enum verdict verdict)
{
	unsigned i = 0;

	while (i < WAYS && (ways[i].from != change->from || ways[i].verdict != verdict ||
			    ways[i].to != change->to || ways[i].reason != change->reason))
		i++;
	return i;
}

static void each_step_is_one_of_the_table_and_each_of_the_table_is_taken(void **state)
{
	/* most runs are short; some outlast 60 s of silence, some 300 of death */
	static const unsigned at_least[8] = { 0, 0, 0, 0, 0, 0, ALERT_SILENT_S, ALERT_GONE_S };
	struct random random = random_seeded("rule_table");
	unsigned taken[WAYS] = { 0 };
	struct alert alerts[COUNT(rules)] = { 0 };
	enum verdict verdict = VERDICT_NO;

	(void)state;
	for (uint64_t tick = 1, left = 0; tick <= STEPS; tick++, left--) {
		if (!left) {
			verdict = (enum verdict)random_below(&random, VERDICTS);
			left = 1 + random_below(&random, 12) + at_least[random_below(&random, 8)];
		}
		for (unsigned r = 0; r < COUNT(rules) - 1; r++) {
			const struct alert_change change =
				alert_step(&alerts[r], &rules[r], verdict, tick);
			const unsigned way = way_of(&change, verdict);

			if (way == WAYS)
				fail_msg("%s: %s %s: %s %s", rules[r].name,
					 alert_state_names[change.from], verdict_names[verdict],
					 alert_state_names[change.to],
					 alert_reason_names[change.reason]);
			assert_int_equal(alerts[r].state, change.to);
			assert_int_equal(alerts[r].nodata,
					 change.to == ALERT_FIRING && verdict == VERDICT_SILENT);
			taken[way]++;
		}
	}
	for (unsigned i = 0; i < WAYS - 1; i++)
		if (!taken[i])
			fail_msg("never: %s %s: %s %s", alert_state_names[ways[i].from],
				 verdict_names[ways[i].verdict], alert_state_names[ways[i].to],
				 alert_reason_names[ways[i].reason]);
}

static void engine_down_ends_after_its_day_and_in_no_other_way_of_its_own(void **state)
{
	const struct rule *down = &rules[COUNT(rules) - 1];
	unsigned taken[WAYS + 1] = { 0 };
	struct alert alert = { 0 };

	(void)state;
	for (uint64_t tick = 1; tick <= 3 * ALERT_DOWN_S; tick++) {
		/* over within a minute; for a day and longer; and again */
		const enum verdict verdict = tick == 5 || tick == 50 || tick == 2 * ALERT_DOWN_S
						     ? VERDICT_NO
						     : VERDICT_YES;
		const struct alert_change change = alert_step(&alert, down, verdict, tick);
		const unsigned way = way_of(&change, verdict);

		/* told no more: inactive although the verdict is yes */
		if (way == WAYS)
			assert_true(change.from == ALERT_INACTIVE && change.to == ALERT_INACTIVE &&
				    tick > ALERT_DOWN_S);
		taken[way]++;
	}
	assert_int_equal(taken[WAYS - 1], 1);
	assert_int_equal(alert.state, ALERT_FIRING);
}

/* Reasons that no verdict brings: in every state the alert ends with the reason that is given, an inactive one stays. */
static void what_ends_an_alert_from_outside_does_so_in_every_state(void **state)
{
	static const enum alert_reason reasons[] = { REASON_FORGOTTEN, REASON_CONFIG };

	(void)state;
	for (unsigned s = 0; s < ALERT_STATES; s++)
		for (size_t i = 0; i < COUNT(reasons); i++) {
			struct alert alert = { .state = (enum alert_state)s };
			const struct alert_change change = alert_end(&alert, reasons[i], 9);

			assert_int_equal(change.from, s);
			assert_int_equal(change.to, ALERT_INACTIVE);
			assert_int_equal(change.reason, s ? reasons[i] : REASON_NONE);
			assert_int_equal(alert.changed_at, s ? 9 : 0);
		}
}

/* An hour away, in every state and to the tick; EngineDown holds. */
static void an_hour_away_ends_every_active_alert_but_engine_down(void **state)
{
	(void)state;
	for (unsigned s = 0; s < ALERT_STATES; s++)
		for (unsigned away = 3599; away <= 3600; away++)
			for (unsigned down = 0; down < 2; down++) {
				const struct rule *rule = &rules[down ? COUNT(rules) - 1 : 0];
				struct alert alert = { .state = (enum alert_state)s };
				const struct alert_change change =
					alert_miss(&alert, rule, 100, 100 + away);
				const bool ends = s && away == 3600 && !down;

				assert_int_equal(change.from, s);
				assert_int_equal(change.to, ends ? ALERT_INACTIVE : s);
				assert_int_equal(change.reason, ends ? REASON_NODATA : REASON_NONE);
			}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_step_is_one_of_the_table_and_each_of_the_table_is_taken),
		cmocka_unit_test(engine_down_ends_after_its_day_and_in_no_other_way_of_its_own),
		cmocka_unit_test(what_ends_an_alert_from_outside_does_so_in_every_state),
		cmocka_unit_test(an_hour_away_ends_every_active_alert_but_engine_down),
	};

	return cmocka_run_group_tests_name("rule_table", tests, NULL, NULL);
}
