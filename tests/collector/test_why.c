/* SPDX-License-Identifier: MIT */
/* Tests of collector/why.c and why_cause.c: the sentence of each signal, and that nothing is said of what is not known. */
#include "tests/support/why_fixture.h"

#include <errno.h>

static void an_overload_is_told_with_load_and_budget_and_its_worst_channels(void **state)
{
	struct why_facts facts = overloaded();

	(void)state;
	assert_int_equal(why_load(&facts), 5850000);
	assert_description(
		&facts, "1.7 % of the blocks of the last 60 s took longer than 25 ms (187 of "
			"11250; P99 31.2 ms, that is 5.8 periods of 5.33 ms). Load (P99) 585 % of "
			"a budget of 5.33 ms: the slowest blocks come too late. The engine has "
			"been live for 12 min. It last missed a deadline 3 s ago (12 in that "
			"episode). Expect clicks.");
	assert_cause(&facts,
		     "In the last 60 s channel Reverb took 62 % of the render time, then Drums "
		     "11 %. 27 % of it lies outside the channels. Freeze or bypass Reverb first, "
		     "or choose a bigger buffer.");
}

/* 25 ms is 0.59 of a period of 2048 frames: over the threshold, and in time. */
static void a_big_buffer_is_said_to_be_in_time(void **state)
{
	struct why_facts facts = overloaded();

	(void)state;
	facts.budget_ns = 42666666;
	facts.has_state = facts.has_episode = false;
	assert_description(&facts,
			   "1.7 % of the blocks of the last 60 s took longer than 25 ms (187 of "
			   "11250; P99 31.2 ms, that is 0.73 periods of 42.7 ms). Load (P99) 73 % "
			   "of a budget of 42.7 ms: nearly all blocks are still in time. Expect "
			   "clicks.");
}

static void what_is_not_known_is_left_out(void **state)
{
	const struct why_facts facts = { .rule = &overload,
					 .labels = engine,
					 .judgement = overloaded().judgement,
					 .span_s = 60 };

	(void)state;
	assert_int_equal(why_load(&facts), 0);
	assert_description(&facts,
			   "1.7 % of the blocks of the last 60 s took longer than 25 ms (187 of "
			   "11250; P99 31.2 ms). Expect clicks.");
	assert_cause(&facts, "The engine tells of no channels, so who took the time is not known: "
			     "freeze or bypass one track after another.");
}

static void time_outside_the_channels_is_not_blamed_on_them(void **state)
{
	struct why_facts facts = overloaded();

	(void)state;
	facts.parts[0].share = 100000;
	facts.part_count = 1;
	facts.parts_share = 100000;
	assert_cause(&facts,
		     "In the last 60 s channel Reverb took 10 % of the render time. 90 % of it "
		     "lies outside the channels. Most of the time is spent outside the "
		     "channels: look at the master bus, or choose a bigger buffer.");
	facts.parts[0].share = facts.parts_share = 950000;
	assert_cause(&facts,
		     "In the last 60 s channel Reverb took 95 % of the render time. Freeze or "
		     "bypass Reverb first, or choose a bigger buffer.");
}

static void a_hang_tells_its_age_and_what_has_not_ended(void **state)
{
	const struct rule stalled = { .signal = SIGNAL_STALLED };
	struct why_facts facts = { .rule = &stalled, .labels = engine, .hang_ns = 12300 * MS };

	(void)state;
	facts.unfinished[0] = "Reverb";
	facts.unfinished_count = 1;
	assert_description(&facts, "A block has been rendering for 12.3 s and has not ended.");
	assert_cause(&facts,
		     "Not ended in the block that hangs: channel Reverb. Look at the plugins of "
		     "Reverb first.");
	facts.unfinished[1] = "Drums";
	facts.unfinished[2] = "Bass";
	facts.unfinished_count = 5;
	facts.call_name = "load_plugin";
	facts.call_ns = 13 * S;
	assert_cause(&facts,
		     "Not ended in the block that hangs: channels Reverb, Drums, Bass and 2 "
		     "more. The call load_plugin began 13 s ago and has not ended. Look at the "
		     "plugin that was touched last.");
}

/* Its samples say nothing of the block that hangs. */
static void an_overload_that_hangs_is_told_as_a_hang(void **state)
{
	struct why_facts facts = overloaded();

	(void)state;
	facts.hang_ns = 2 * S;
	facts.has_episode = false;
	assert_description(&facts,
			   "A block has been rendering for 2 s and has not ended. Expect clicks.");
	assert_cause(&facts, "Look at the plugin that was touched last.");
}

static void a_functions_share_is_told_before_the_others(void **state)
{
	const struct rule slow = { .signal = SIGNAL_FFI_DURATION,
				   .statistic = STATISTIC_P99,
				   .window_s = 300 };
	struct why_facts facts = {
		.rule = &slow,
		.labels = function,
		.judgement = { VERDICT_YES, SILENCE_NONE, 90, 3, 150 * MS, 100 * MS },
		.span_s = 300,
		.parts = { { "load", 700000 }, { "scan", 250000 }, { "seek", 50000 } },
		.part_count = 3,
		.parts_share = 1000000,
	};

	(void)state;
	facts.own = facts.parts[1];
	assert_description(&facts,
			   "3.3 % of the calls of scan of the last 5 min took longer than 100 ms "
			   "(3 of 90; P99 150 ms).");
	assert_cause(&facts,
		     "In the last 5 min scan took 25 % of the time spent in calls; load 70 %, "
		     "seek 5.0 %. Look at what scan waits for: a disk, a network, a "
		     "lock, a plugin that loads.");
}

static void a_death_tells_whose_and_when(void **state)
{
	const struct rule down = { .signal = SIGNAL_SOURCE_DOWN };
	struct why_facts facts = { .rule = &down, .labels = session, .pid = 4711, .ended_ns = 65 * S };

	(void)state;
	assert_description(&facts, "daw (pid 4711) ended without closing its session 65 s ago.");
	facts.pid = facts.ended_ns = 0;
	assert_description(&facts, "daw ended without closing its session.");
}

/* The rest, each with the figures that its kind has. */
static void every_signal_has_its_sentence(void **state)
{
	static const struct {
		struct rule rule;
		const struct judge_labels *labels;
		struct judgement judgement;
		const char *want;
	} cases[] = {
		{ { .signal = SIGNAL_RENDER_LOAD, .statistic = STATISTIC_P99, .window_s = 60 },
		  &engine,
		  { VERDICT_YES, SILENCE_NONE, 200, 4, 950000, 900000 },
		  "2.0 % of the cycles of the last 60 s took more of their period than 90 % (4 of "
		  "200; "
		  "P99 95 %)." },
		{ { .signal = SIGNAL_RENDER_TIME, .statistic = STATISTIC_MEAN, .window_s = 60 },
		  &engine,
		  { VERDICT_YES, SILENCE_NONE, 200, 150, 31 * MS, 25 * MS },
		  "The blocks of the last 60 s took longer than 25 ms on average (150 of 200; mean "
		  "31 "
		  "ms)." },
		{ { .signal = SIGNAL_WAKEUP_DELAY, .statistic = STATISTIC_MAX, .window_s = 10 },
		  &engine,
		  { VERDICT_YES, SILENCE_NONE, 200, 1, 3 * MS, 2 * MS },
		  "0.50 % of the wake-ups of the last 10 s came later than 2 ms (1 of 200; the "
		  "highest at most 3 ms)." },
		{ { .signal = SIGNAL_FFI_ERROR_RATIO, .statistic = STATISTIC_RATIO, .window_s = 300 },
		  &function,
		  { VERDICT_YES, SILENCE_NONE, 100, 6, 60000, 50000 },
		  "6.0 % of the calls of scan of the last 5 min failed, more than 5.0 % (6 of "
		  "100)." },
		{ { .signal = SIGNAL_FFI_IN_FLIGHT },
		  &function,
		  { VERDICT_YES, SILENCE_NONE, 3, 2, 12300 * MS, 10 * S },
		  "2 of 3 open calls of scan have been under way for more than 10 s; the oldest "
		  "has for "
		  "12.3 s and has not ended." },
		{ { .signal = SIGNAL_FFI_IN_FLIGHT },
		  &function,
		  { VERDICT_YES, SILENCE_NONE, 1, 1, 12300 * MS, 10 * S },
		  "A call of scan has been under way for 12.3 s, more than 10 s, and has not "
		  "ended." },
		{ { .signal = SIGNAL_XRUN_SECONDS, .statistic = STATISTIC_SUM, .window_s = 60 },
		  &engine,
		  { VERDICT_YES, SILENCE_NONE, 60, 7, 7, 5 },
		  "In 7 seconds of the last 60 s a cycle missed its deadline, more than 5." },
		{ { .signal = SIGNAL_STARVED },
		  &engine,
		  { VERDICT_YES, SILENCE_NONE, 1, 1, 1, 0 },
		  "The engine main is ready to play, and nobody asks it for sound." },
		{ { .signal = SIGNAL_RECORDS_LOST },
		  &session,
		  { VERDICT_YES, SILENCE_NONE, 1, 1, 43, 0 },
		  "43 records of its engines were lost" },
		{ { .signal = SIGNAL_COMPONENT_DOWN },
		  &component,
		  { VERDICT_YES, SILENCE_NONE, 1, 1, 1, 0 },
		  "The collector's part store does not work." },
		{ { .signal = SIGNAL_ALWAYS },
		  &collector,
		  { VERDICT_YES, SILENCE_NONE, 1, 1, 1, 0 },
		  "The collector judges its rules." },
		{ { .signal = SIGNAL_MEMORY_RATIO },
		  &collector,
		  { VERDICT_YES, SILENCE_NONE, 1, 1, 850000, 800000 },
		  "85 % of the memory that the collector may have is in use" },
		{ { .signal = SIGNAL_SERIES_RATIO },
		  &collector,
		  { VERDICT_YES, SILENCE_NONE, 1, 1, 950000, 900000 },
		  "95 % of the series that the collector may show are in use" },
		{ { .signal = SIGNAL_AUTH_FAILURES, .window_s = 300 },
		  &collector,
		  { VERDICT_YES, SILENCE_NONE, 12, 12, 12, 10 },
		  "12 requests were refused because of who asked" },
		{ { .signal = SIGNAL_SLO_BURN },
		  &slo,
		  { VERDICT_YES, SILENCE_NONE, 1, 1, 1, 0 },
		  "The error budget of cycles is spent too fast." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct why_facts facts = { .rule = &cases[i].rule,
						 .labels = *cases[i].labels,
						 .judgement = cases[i].judgement };
		char text[WHY_TEXT_SIZE];

		why_description(text, &facts);
		assert_int_equal(strncmp(text, cases[i].want, strlen(cases[i].want)), 0);
		assert_int_equal(text[strlen(text) - 1], '.');
	}
}

static void every_signal_but_the_watchdog_has_a_cause_to_look_for(void **state)
{
	(void)state;
	for (unsigned signal = 0; signal < SIGNALS; signal++) {
		const struct rule rule = { .signal = (enum signal_id)signal };
		const struct why_facts facts = { .rule = &rule,
						 .labels = { LABEL_ENGINE, "daw", "0", "main" } };
		char text[WHY_TEXT_SIZE];

		why_description(text, &facts);
		assert_true(*text);
		why_cause(text, &facts);
		assert_int_equal(*text != '\0', signal != SIGNAL_ALWAYS);
	}
}

/* As long as they may be: three names of the longest and the user's own text. */
static void the_longest_names_leave_room_for_the_advice(void **state)
{
	struct why_facts facts = overloaded();
	struct rule rule = overload;
	char name[3 * AW_NAME_SIZE], text[WHY_TEXT_SIZE];

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	memset(rule.description, 'd', sizeof rule.description - 1);
	rule.description[sizeof rule.description - 1] = '\0';
	facts.rule = &rule;
	for (unsigned i = 0; i < WHY_PARTS; i++)
		facts.parts[i] = (struct why_part){ name, 200000 };
	why_description(text, &facts);
	assert_string_equal(text + strlen(text) - (sizeof rule.description - 1), rule.description);
	why_cause(text, &facts);
	assert_non_null(strstr(text, "or choose a bigger buffer."));
}

/* Whether any four words in a row are in the other text, too; the words are then told. */
static bool repeats(const char *text, const char *other, char words[128])
{
	for (const char *from = text; *from; from++) {
		const char *to = from;

		if (from > text && from[-1] != ' ')
			continue;
		for (unsigned n = 0; n < 4 && *to; n++)
			to += strcspn(to, " ") + (to[strcspn(to, " ")] == ' ');
		if ((size_t)(to - from) < 128 && strchr(from, ' ')) {
			memcpy(words, from, (size_t)(to - from));
			words[to - from] = '\0';
			if (strstr(other, words))
				return true;
		}
	}
	return false;
}

static void no_rule_that_ships_says_again_what_the_figures_said(void **state)
{
	(void)state;
	for (unsigned i = 0; i < rule_default_count; i++) {
		struct rule rule = rule_defaults[i];
		struct why_facts facts = overloaded();
		char text[WHY_TEXT_SIZE], words[128] = "";

		*rule.description = '\0';
		facts.rule = &rule;
		facts.labels.kind = signal_rows[rule.signal].label;
		facts.judgement.threshold = rule.above;
		facts.hang_ns = rule.signal == SIGNAL_STALLED ? 12 * S : 0;
		why_description(text, &facts);
		if (repeats(rule_defaults[i].description, text, words))
			fail_msg("%s: \"%s\" is said twice", rule.name, words);
		/* it is told while the alert is pending, too */
		if (strstr(rule_defaults[i].description, "minute"))
			fail_msg("%s: says for how long", rule.name);
	}
}

static void a_part_that_fails_is_told_with_its_place_its_error_and_the_cure(void **state)
{
	const struct rule rule = { .signal = SIGNAL_COMPONENT_DOWN };
	struct why_facts facts = {
		.rule = &rule, .labels = component, .fault = ENOSPC, .place = "/var/lib/audiowatch"
	};
	char text[WHY_TEXT_SIZE];

	(void)state;
	why_description(text, &facts);
	assert_string_equal(text, "The collector's part store does not work: /var/lib/audiowatch: "
				  "No space left on device.");
	why_cause(text, &facts);
	assert_string_equal(text,
			    "What helps: free some space there. The collector's log says why.");
	facts.fault = 0; /* it works by now */
	why_cause(text, &facts);
	assert_string_equal(text, "The collector's log says why.");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_that_fails_is_told_with_its_place_its_error_and_the_cure),
		cmocka_unit_test(an_overload_is_told_with_load_and_budget_and_its_worst_channels),
		cmocka_unit_test(a_big_buffer_is_said_to_be_in_time),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(time_outside_the_channels_is_not_blamed_on_them),
		cmocka_unit_test(a_hang_tells_its_age_and_what_has_not_ended),
		cmocka_unit_test(an_overload_that_hangs_is_told_as_a_hang),
		cmocka_unit_test(a_functions_share_is_told_before_the_others),
		cmocka_unit_test(a_death_tells_whose_and_when),
		cmocka_unit_test(every_signal_has_its_sentence),
		cmocka_unit_test(every_signal_but_the_watchdog_has_a_cause_to_look_for),
		cmocka_unit_test(the_longest_names_leave_room_for_the_advice),
		cmocka_unit_test(no_rule_that_ships_says_again_what_the_figures_said),
	};

	return cmocka_run_group_tests_name("why", tests, NULL, NULL);
}
