/* SPDX-License-Identifier: MIT */
/* Tests of collector/selfwatch_judge.c: what the watchdog tells of itself, and what rules make of it; the files of /proc
 * that it stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/selfwatch_judge.h"

#include <stdio.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

static void memory_is_measured_by_the_most_sources_there_were(void **state)
{
	struct selfwatch_counts self = { .process.anonymous_bytes = 12 * MIB };

	(void)state;
	assert_int_equal(selfwatch_memory_ratio(&self), 750000);
	self.sources_most = 1;
	assert_int_equal(selfwatch_memory_ratio(&self), 500000);
}

static void a_cgroup_s_limit_counts_where_it_is_nearer(void **state)
{
	struct selfwatch_counts self = { .process = { .anonymous_bytes = 8 * MIB,
						      .resident_bytes = 24 * MIB } };

	(void)state;
	assert_int_equal(selfwatch_memory_ratio(&self), 500000);
	self.process.limit_bytes = 32 * MIB;
	assert_int_equal(selfwatch_memory_ratio(&self), 750000);
	self.process.limit_bytes = 4096 * MIB;
	assert_int_equal(selfwatch_memory_ratio(&self), 500000);
}

static void series_are_measured_by_what_is_configured(void **state)
{
	struct selfwatch_counts self = { .series = 900 };

	(void)state;
	assert_int_equal(selfwatch_series_ratio(&self), 0);
	self.max_series = 1000;
	assert_int_equal(selfwatch_series_ratio(&self), 900000);
	self.series = 9000001;
	self.max_series = 10000000;
	assert_int_equal(selfwatch_series_ratio(&self), 900001); /* more than nine tenths */
}

/* ---- what rules make of it ---- */

struct story {
	char text[512];
};

static void write_change(void *context, const struct judge_alert *alert,
			 const struct alert_change *change)
{
	struct story *story = context;
	const size_t used = strlen(story->text);

	snprintf(story->text + used, sizeof story->text - used, "%u %s %s %s\n",
		 (unsigned)alert->tick, alert->rule->name, alert->labels.name,
		 alert_state_names[change->to]);
}

static void ticks(struct judge *judge, const struct selfwatch_counts *self, unsigned first,
		  unsigned last)
{
	for (unsigned tick = first; tick <= last; tick++) {
		judge_begin(judge, tick, 0);
		selfwatch_judge(self, judge);
		(void)judge_end(judge);
	}
}

static void eleven_refusals_fire_and_five_minutes_without_one_resolve(void **state)
{
	struct rule rule = { .name = "Auth",
			     .enabled = true,
			     .signal = SIGNAL_AUTH_FAILURES,
			     .statistic = STATISTIC_SUM,
			     .window_s = 300,
			     .above = 10,
			     .clear_below = 10 };
	struct story story = { "" };
	struct judge *judge = judge_new(&(struct judge_options){
		.rules = &rule, .rule_count = 1, .changed = write_change, .context = &story });
	struct selfwatch_counts self = { 0 };
	static struct selfwatch watch;
	const unsigned handler = selfwatch_handler(&watch, "status");

	(void)state;
	assert_non_null(judge);
	selfwatch_request(&watch, handler, 403); /* before anybody looked */
	self = selfwatch_read(&watch, 0);
	ticks(judge, &self, 0, 0);
	for (unsigned i = 0; i < 10; i++)
		selfwatch_request(&watch, handler, i % 2 ? 401 : 403);
	selfwatch_request(&watch, handler, 404);
	self = selfwatch_read(&watch, 0);
	ticks(judge, &self, 1, 1);
	assert_string_equal(story.text, "");
	selfwatch_request(&watch, handler, 401);
	self = selfwatch_read(&watch, 0);
	ticks(judge, &self, 2, 400);
	assert_string_equal(story.text, "2 Auth  firing\n301 Auth  inactive\n");
	judge_free(judge);
}

static void a_component_is_down_until_it_says_otherwise(void **state)
{
	struct rule rules[] = {
		{ .name = "Any", .enabled = true, .signal = SIGNAL_COMPONENT_DOWN },
		{ .name = "Other",
		  .enabled = true,
		  .signal = SIGNAL_COMPONENT_DOWN,
		  .match_component = "notify" },
	};
	struct story story = { "" };
	struct judge *judge = judge_new(&(struct judge_options){
		.rules = rules, .rule_count = 2, .changed = write_change, .context = &story });
	static struct selfwatch watch;
	const unsigned history = selfwatch_component(&watch, "history"),
		       control = selfwatch_component(&watch, "control");
	struct selfwatch_counts self = selfwatch_read(&watch, 0);

	(void)state;
	assert_non_null(judge);
	assert_int_not_equal(history, control);
	ticks(judge, &self, 0, 1);
	selfwatch_down(&watch, control, 28);
	self = selfwatch_read(&watch, 0);
	ticks(judge, &self, 2, 3);
	selfwatch_down(&watch, control, 0);
	self = selfwatch_read(&watch, 0);
	ticks(judge, &self, 4, 4);
	assert_string_equal(story.text, "2 Any control firing\n4 Any control inactive\n");
	judge_free(judge);
}

static void see_slo(struct judge *judge, unsigned tick, const char *name, bool fast, bool slow)
{
	const struct judge_fact fact = {
		.labels = { LABEL_SLO, "", "", name },
		.values = { [SLO_BURNS_FAST] = fast, [SLO_BURNS_SLOW] = slow }
	};

	judge_begin(judge, tick, 0);
	if (*name)
		judge_see(judge, &fact);
	(void)judge_end(judge);
}

static void an_objective_nobody_names_any_more_is_closed(void **state)
{
	struct rule rules[] = {
		{ .name = "Fast", .enabled = true, .signal = SIGNAL_SLO_BURN },
		{ .name = "Slow", .enabled = true, .signal = SIGNAL_SLO_BURN, .burn = BURN_SLOW },
	};
	struct story story = { "" };
	struct judge *judge = judge_new(&(struct judge_options){
		.rules = rules, .rule_count = 2, .changed = write_change, .context = &story });

	(void)state;
	assert_non_null(judge);
	see_slo(judge, 0, "cycles", true, false);
	see_slo(judge, 1, "cycles", false, true);
	see_slo(judge, 2, "", false, false);
	assert_string_equal(story.text, "0 Fast cycles firing\n1 Fast cycles inactive\n"
					"1 Slow cycles firing\n2 Slow cycles inactive\n");
	judge_free(judge);
}

/* ---- /proc ---- */

static void what_is_shared_is_not_anonymous(void **state)
{
	uint64_t pages = 0;

	(void)state;
	assert_true(process_parse_anonymous("59953 1372 1076 31 0 8575 0\n", &pages));
	assert_int_equal(pages, 296);
	assert_false(process_parse_anonymous("59953 1 2 31", &pages));
	assert_false(process_parse_anonymous("59953", &pages));
}

static void the_unified_hierarchy_alone_has_a_limit_that_is_read(void **state)
{
	char path[16];

	(void)state;
	assert_true(process_parse_cgroup("0::/a/b\n", path, sizeof path));
	assert_string_equal(path, "/a/b");
	assert_true(process_parse_cgroup("0::/", path, sizeof path));
	assert_string_equal(path, "/");
	assert_false(process_parse_cgroup("12:memory:/a\n", path, sizeof path));
	assert_false(process_parse_cgroup("0::/a/name/that/is/too/long\n", path, sizeof path));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_measured_by_the_most_sources_there_were),
		cmocka_unit_test(a_cgroup_s_limit_counts_where_it_is_nearer),
		cmocka_unit_test(series_are_measured_by_what_is_configured),
		cmocka_unit_test(eleven_refusals_fire_and_five_minutes_without_one_resolve),
		cmocka_unit_test(a_component_is_down_until_it_says_otherwise),
		cmocka_unit_test(an_objective_nobody_names_any_more_is_closed),
		cmocka_unit_test(what_is_shared_is_not_anonymous),
		cmocka_unit_test(the_unified_hierarchy_alone_has_a_limit_that_is_read),
	};

	return cmocka_run_group_tests_name("selfwatch_judge", tests, NULL, NULL);
}
