/* SPDX-License-Identifier: MIT */
/* Tests of collector/replay.c and collector/scene*.c: what the shipped rules make of a trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/replay.h"
#include "collector/scene.h"

#define AT "\"labels\":{\"app\":\"a\",\"instance_id\":\"0\",\"engine\":\"e\"}"

struct run {
	char *trace, *told;
	size_t traced, told_size;
	FILE *out;
	char error[TRACE_ERROR_SIZE];
};

static int make_run(void **state)
{
	struct run *run = calloc(1, sizeof *run);

	if (!run)
		return -1;
	run->out = open_memstream(&run->trace, &run->traced);
	*state = run;
	fprintf(run->out, TRACE_HEADER "\n");
	return run->out ? 0 : -1;
}

static int free_run(void **state)
{
	struct run *run = *state;

	if (run->out)
		fclose(run->out);
	free(run->trace);
	free(run->told);
	free(run);
	return 0;
}

/* A call a tenth of a second from begin to end, of so many milliseconds. */
static void render(const struct run *run, unsigned begin_s, unsigned end_s, unsigned ms)
{
	for (unsigned tenth = 10 * begin_s + 1; tenth <= 10 * end_s; tenth++)
		fprintf(run->out, "%u.%u render app=a engine=e ns=%u000000\n", tenth / 10,
			tenth % 10, ms);
}

/* One shipped rule over what was written so far. */
static int replay(struct run *run, const char *name, bool verdicts)
{
	struct rule rule = { 0 };
	FILE *told;
	int status;

	for (unsigned i = 0; i < rule_default_count; i++)
		if (strcmp(rule_defaults[i].name, name) == 0)
			rule = rule_defaults[i];
	assert_string_equal(rule.name, name);
	fclose(run->out);
	run->out = NULL;
	told = open_memstream(&run->told, &run->told_size);
	status = replay_text(&(struct replay_options){ .rules = &rule,
						       .rule_count = 1,
						       .verdicts = verdicts,
						       .out = told,
						       .slos = slo_defaults,
						       .slo_count = slo_default_count },
			     trace_of("t", run->trace, run->traced), run->error);
	fclose(told);
	return status;
}

/* "tick from>to reason" of each transition, in one line. */
static void assert_walk(struct run *run, const char *name, const char *want)
{
	char walk[1024] = "";
	size_t used = 0;

	assert_int_equal(replay(run, name, false), 0);
	for (const char *line = run->told; *line; line = strchr(line, '\n') + 1) {
		unsigned tick;
		char from[16], to[16], reason[16] = "";
		const char *change = strstr(line, "\"from\":");

		assert_int_equal(sscanf(line, "{\"tick\":%u", &tick), 1);
		assert_true(
			sscanf(change,
			       "\"from\":\"%15[a-z]\",\"to\":\"%15[a-z]\",\"reason\":\"%15[a-z_]",
			       from, to, reason) >= 2);
		used += (size_t)snprintf(walk + used, sizeof walk - used, "%s%u %s>%s %s",
					 used ? ", " : "", tick, from, to, reason);
	}
	assert_string_equal(walk, want);
}

static void an_overload_fires_at_its_first_yes_and_two_minutes(void **state)
{
	struct run *run = *state;

	render(run, 0, 10, 3);
	render(run, 10, 200, 30);
	render(run, 200, 300, 3);
	assert_walk(run, "AudioProcessingOverload",
		    "11 inactive>pending , 131 pending>firing , 260 firing>inactive resolved");
}

/* Calls of 150 ms that are cycles of 100 ms, in the first minute. */
static void miss_for_a_minute(const struct run *run, const char *engine)
{
	fprintf(run->out, "0 engine app=a engine=%s rate=48000 frames=4800\n", engine);
	for (unsigned tenth = 1; tenth <= 5000; tenth++)
		fprintf(run->out, "%u.%u render app=a engine=%s ns=%u\n", tenth / 10, tenth % 10,
			engine, tenth <= 600 ? 150000000u : 3000000u);
}

static void a_minute_of_misses_burns_its_objective_as_long_as_it_is_within_five(void **state)
{
	miss_for_a_minute(*state, "e");
	assert_walk(*state, "SLOBurnFast",
		    "1 inactive>pending , 121 pending>firing , 300 firing>inactive resolved");
}

static void a_graph_burns_nothing(void **state)
{
	miss_for_a_minute(*state, "graph:e");
	assert_walk(*state, "SLOBurnFast", "");
}

static void what_is_counted_while_the_collector_is_away_burns_nothing(void **state)
{
	struct run *run = *state;

	fputs("0.5 collector stop\n", run->out);
	fputs("1 engine app=a engine=e rate=48000 frames=4800\n", run->out);
	fputs("2 render app=a engine=e ns=150000000 n=500\n3.5 collector start\n", run->out);
	fputs("100 render app=a engine=e ns=3000000 n=500\n300 end\n", run->out);
	assert_walk(run, "SLOBurnFast", "");
}

static void who_is_there_at_0_is_covered_from_0_on(void **state)
{
	struct run *run = *state;
	static const char no[] = "{\"tick\":60,\"alert\":\"AudioProcessingOverload\"," AT
				 ",\"verdict\":\"no\",\"n\":601,\"bad\":0}\n";
	static const char silent[] = "{\"tick\":59,\"alert\":\"AudioProcessingOverload\"," AT
				     ",\"verdict\":\"silent\",\"n\":591,\"bad\":0}\n";

	fprintf(run->out, "0 render app=a engine=e ns=1\n");
	render(run, 0, 60, 3);
	assert_int_equal(replay(run, "AudioProcessingOverload", true), 0);
	assert_non_null(strstr(run->told, silent));
	assert_non_null(strstr(run->told, no));
}

static void a_line_says_labels_figures_and_reason(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0.5 render_begin app=a engine=e\n5 render_end app=a engine=e\n6 end\n");
	assert_int_equal(replay(run, "EngineStalled", false), 0);
	assert_string_equal(
		run->told,
		"{\"tick\":2,\"alert\":\"EngineStalled\"," AT
		",\"from\":\"inactive\",\"to\":\"firing\",\"reason\":\"\",\"n\":1,"
		"\"bad\":1,\"value\":1,\"threshold\":0}\n"
		"{\"tick\":5,\"alert\":\"EngineStalled\"," AT
		",\"from\":\"firing\",\"to\":\"inactive\",\"reason\":\"resolved\",\"n\":1,"
		"\"bad\":0,\"value\":0,\"threshold\":0}\n");
}

static void an_end_that_counts_nothing_ends_a_call(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 ffi_begin app=a function=f id=1\n30 ffi_end id=1 ok=1 n=0\n"
			  "31 ffi_end id=1 ok=0\n40 end\n");
	assert_walk(run, "FFICallStuck", "11 inactive>firing , 30 firing>inactive resolved");
	assert_non_null(strstr(run->told, "\"n\":0,\"bad\":0,\"value\":null,\"threshold\":10}\n"));
}

static void a_stall_in_freewheel_is_none(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 event app=a engine=e what=freewheel_on\n"
			  "0.5 render_begin app=a engine=e\n10 end\n");
	assert_walk(run, "EngineStalled", "");
}

static void an_end_that_counts_nothing_is_no_failure(void **state)
{
	struct run *run = *state;

	for (unsigned i = 1; i < 9; i++)
		fprintf(run->out, "%u ffi_begin app=a function=f id=1\n%u ffi_end id=1 ok=0 n=0\n",
			i, i);
	assert_walk(run, "FFIErrorRateHigh", "");
}

static void a_stopped_process_does_not_starve(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 event app=a engine=e what=active\n");
	render(run, 0, 5, 3);
	fprintf(run->out, "5.2 event app=a what=stop\n29.95 event app=a what=cont\n"
			  "29.96 render app=a engine=e ns=1\n33 end\n");
	assert_walk(run, "EngineStarved", "31 inactive>pending ");
}

static void a_dead_engine_is_told_until_its_successor_opens(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "1 render app=a engine=e ns=1\n5 event app=a what=dead\n"
			  "6 event app=a what=closed\n80 render app=a engine=other ns=1\n90 end\n");
	assert_walk(run, "EngineDown",
		    "5 inactive>pending , 65 pending>firing , 80 firing>inactive resolved");
}

static void label_sets_that_ended_are_shown_to_the_end(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "1 render app=a engine=e ns=1\n5 event app=a what=closed\n9 end\n");
	assert_int_equal(replay(run, "EngineStalled", true), 0);
	assert_non_null(strstr(run->told, "{\"tick\":9,\"alert\":\"EngineStalled\"," AT
					  ",\"verdict\":\"closed\",\"n\":0,\"bad\":0}\n"));
}

static void an_alert_lives_on_over_sessions_with_its_labels(void **state)
{
	struct run *run = *state;

	render(run, 0, 200, 30);
	fprintf(run->out, "200.5 event app=a what=dead\n");
	render(run, 203, 263, 3);
	/* dead at 201 to 203, then silent until the new session's window is covered: from 204 on */
	fprintf(run->out, "264 render app=a engine=e ns=3000000\n265 end\n");
	assert_walk(run, "AudioProcessingOverload",
		    "1 inactive>pending , 121 pending>firing , 264 firing>inactive resolved");
}

static void ticks_without_a_collector_are_not_judged_and_windows_begin_anew(void **state)
{
	struct run *run = *state;

	render(run, 0, 60, 30);
	fprintf(run->out, "60 collector stop\n");
	render(run, 60, 63, 30);
	fprintf(run->out, "63 collector start\n");
	render(run, 63, 200, 30);
	/* pending at 1; 60 to 62 are left out, and 63 is the new collector's first reading: silent */
	assert_walk(run, "AudioProcessingOverload", "1 inactive>pending , 125 pending>firing ");
}

static void a_long_outage_begins_cover_anew(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 collector stop\n");
	render(run, 0, 30, 3);
	fprintf(run->out, "30 collector start\n");
	render(run, 30, 91, 3);
	assert_int_equal(replay(run, "AudioProcessingOverload", true), 0);
	assert_memory_equal(run->told, "{\"tick\":30,", 11);
	assert_non_null(strstr(run->told, "{\"tick\":89,\"alert\":\"AudioProcessingOverload\"," AT
					  ",\"verdict\":\"silent\",\"n\":590,"));
	assert_non_null(strstr(run->told, "{\"tick\":90,\"alert\":\"AudioProcessingOverload\"," AT
					  ",\"verdict\":\"no\",\"n\":600,\"bad\":0}\n"));
}

static void split_periods_are_judged_by_cycles(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 engine app=a engine=e rate=48000 frames=480\n");
	for (unsigned s = 0; s < 8; s++)
		fprintf(run->out,
			"%u.5 render app=a engine=e ns=6000000 frames=240\n"
			"%u.505 render app=a engine=e ns=6000000 frames=240\n",
			s, s);
	fprintf(run->out, "20 end\n");
	/* each of them 12 ms of 10: the sixth second is one too many */
	assert_walk(run, "XrunStorm", "6 inactive>firing ");
}

static void records_that_nobody_watched_are_not_lost(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 render app=a engine=e ns=1\n5 lost app=a reason=unwatched n=9\n"
			  "8.5 lost app=a reason=lapped n=3\n10 end\n");
	assert_walk(run, "TelemetryLost", "9 inactive>firing ");
	assert_non_null(strstr(run->told, "\"value\":3,"));
}

static void nothing_is_told_of_a_trace_with_a_bad_line(void **state)
{
	struct run *run = *state;

	render(run, 0, 200, 30);
	fprintf(run->out, "201 render app=a engine=e ns=x\n");
	assert_int_equal(replay(run, "AudioProcessingOverload", true), -EINVAL);
	assert_string_equal(run->error, "t:2002: ns: \"x\" is no count (try 3000000)");
	assert_int_equal(run->told_size, 0);
}

static void where_a_line_tells_of_ticks_they_are_read_there_and_nowhere_else(void **state)
{
	struct run *run = *state;

	/* tick 2 was left out, and what happened before 4.5 s was in the reading of tick 3 */
	fprintf(run->out,
		"0.5 render_begin app=a engine=e\n1 tick n=1\n4.2 render_end app=a engine=e\n"
		"4.5 render_begin app=a engine=e ago_ns=2500000000\n4.5 tick n=3\n"
		"4.6 render_end app=a engine=e\n4.7 tick n=4\n9 end\n");
	assert_walk(run, "EngineStalled", "");
}

static void a_tick_that_lines_tell_of_judges_by_its_own_time(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "1 tick n=1\n1.5 render_begin app=a engine=e\n4 tick n=3\n"
			  "4 render_end app=a engine=e\n4.5 tick n=4\n9 end\n");
	assert_walk(run, "EngineStalled", "3 inactive>firing , 4 firing>inactive resolved");
}

static void a_component_that_is_down_for_five_minutes_fires_for_its_own_rule(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 component name=history down=0\n0 component name=notify down=1\n"
			  "10 component name=history down=1\n400 component name=history down=0\n"
			  "500 component name=history down=1\n600 end\n");
	assert_walk(run, "HistoryFailing",
		    "10 inactive>pending , 310 pending>firing , 400 firing>inactive resolved, "
		    "500 inactive>pending ");
	assert_non_null(strstr(run->told, "\"labels\":{\"component\":\"history\"}"));
}

static void a_component_exists_from_its_first_line_on(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "2.5 component name=notify down=0\n4 end\n");
	assert_int_equal(replay(run, "NotifierDown", true), 0);
	assert_string_equal(run->told,
			    "{\"tick\":3,\"alert\":\"NotifierDown\",\"labels\":{"
			    "\"component\":\"notify\"},\"verdict\":\"no\",\"n\":1,\"bad\":0}\n"
			    "{\"tick\":4,\"alert\":\"NotifierDown\",\"labels\":{"
			    "\"component\":\"notify\"},\"verdict\":\"no\",\"n\":1,\"bad\":0}\n");
}

static void calls_are_found_by_their_ids_however_many_are_open(void **state)
{
	struct run *run = *state;
	enum { CALLS = 100000 };

	for (unsigned i = 0; i < CALLS; i++)
		fprintf(run->out, "0 ffi_begin app=a function=%c id=%u\n", i % 2 ? 'f' : 'g',
			i * 64);
	for (unsigned i = CALLS; i-- > 2;)
		fprintf(run->out, "5 ffi_end id=%u ok=1\n", i * 64);
	fprintf(run->out, "10.5 ffi_end id=0 ok=1\n12 event app=a what=closed\n"
			  "13 ffi app=a function=f ns=1 ok=1\n14 end\n");
	assert_int_equal(replay(run, "FFICallStuck", true), 0);
	assert_non_null(strstr(run->told,
			       "{\"tick\":4,\"alert\":\"FFICallStuck\",\"labels\":{\"app\":\"a\","
			       "\"instance_id\":\"0\",\"function\":\"f\"},\"verdict\":\"no\","
			       "\"n\":50000,"));
	assert_non_null(
		strstr(run->told, "\"function\":\"f\"},\"verdict\":\"yes\",\"n\":1,\"bad\":1}"));
	assert_null(strstr(run->told, "\"function\":\"g\"},\"verdict\":\"yes\""));
	assert_non_null(strstr(run->told, "\"tick\":14,"));
	assert_null(strstr(strstr(run->told, "\"tick\":14,"),
			   "\"n\":1")); /* they ended with their session */
}

static void sums_that_are_beyond_all_counting_stay_there(void **state)
{
	static const char text[] = TRACE_HEADER
		"\n"
		"0 render app=a engine=e ns=281474976710656 missed=1073741824 n=16384\n"
		"0 render app=a engine=e ns=1 missed=1073741824 n=4294967295\n";
	static const struct judge_labels engine = { LABEL_ENGINE, "a", "0", "e" };
	struct scene scene = { 0 };
	char error[TRACE_ERROR_SIZE];

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct trace trace = trace_of("t", text, sizeof text - 1);
		struct trace_event event = { 0 };

		while (trace_next(&trace, &event, error) > 0)
			assert_int_equal(scene_take(&scene, &event), 0);
	}
	assert_true(scene_item(&scene, &engine)->totals.times_ns == UINT64_MAX);
	assert_true(scene_item(&scene, &engine)->totals.loads[AW_LOAD_CELLS - 1] == UINT64_MAX);
	assert_true(scene_item(&scene, &engine)->engine.missed);
	scene_deinit(&scene);
}

static void what_began_before_its_line_is_as_old_as_it_says(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 render_begin app=a engine=e ago_ns=1\n"
			  "0 ffi_begin app=a function=f id=1 ago_ns=9000000000\n2 end\n");
	assert_walk(run, "EngineStalled", "1 inactive>firing ");
}

static void who_was_active_before_the_trace_has_starved_since(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 engine app=a engine=e rate=48000 frames=256 ago_ns=5000000000\n"
			  "0 event app=a engine=e what=active ago_ns=1\n12 end\n");
	assert_walk(run, "EngineStarved", "1 inactive>pending , 11 pending>firing ");
}

static void a_call_stuck_before_its_line_is_stuck(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 ffi_begin app=a function=f id=1 ago_ns=9000000001\n2 end\n");
	assert_walk(run, "FFICallStuck", "1 inactive>firing ");
}

/* Within a tick; what its successors make of the labels is another matter. */
static void who_closed_did_so_though_its_labels_are_another_sessions_by_then(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 render_begin app=a engine=e\n5.2 event app=a what=closed\n"
			  "5.4 render app=a engine=other ns=1\n5.6 event app=a what=dead\n"
			  "5.8 render app=a engine=other ns=1\n9 end\n");
	assert_walk(run, "EngineStalled", "2 inactive>firing , 6 firing>inactive closed");
}

static void a_call_of_a_session_that_closed_went_with_it(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 ffi_begin app=a function=f id=1\n15.2 event app=a what=closed\n"
			  "15.4 render app=a engine=other ns=1\n19 end\n");
	assert_walk(run, "FFICallStuck", "11 inactive>firing , 16 firing>inactive closed");
}

static void who_died_did_so_though_a_successor_closed(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 render_begin app=a engine=e\n5.2 event app=a what=dead\n"
			  "5.4 render app=a engine=other ns=1\n5.6 event app=a what=closed\n"
			  "306 end\n");
	assert_walk(run, "EngineStalled", "2 inactive>firing , 306 firing>inactive source_gone");
}

static void a_session_that_has_gone_is_no_dead_one(void **state)
{
	struct run *run = *state;

	fprintf(run->out, "0 render_begin app=a engine=e\n5 event app=a what=gone\n9 end\n");
	assert_walk(run, "EngineDown", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_run, free_run)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_overload_fires_at_its_first_yes_and_two_minutes),
		TEST(a_minute_of_misses_burns_its_objective_as_long_as_it_is_within_five),
		TEST(a_graph_burns_nothing),
		TEST(what_is_counted_while_the_collector_is_away_burns_nothing),
		TEST(who_is_there_at_0_is_covered_from_0_on),
		TEST(a_line_says_labels_figures_and_reason),
		TEST(an_end_that_counts_nothing_ends_a_call),
		TEST(a_stall_in_freewheel_is_none),
		TEST(an_end_that_counts_nothing_is_no_failure),
		TEST(a_stopped_process_does_not_starve),
		TEST(a_dead_engine_is_told_until_its_successor_opens),
		TEST(label_sets_that_ended_are_shown_to_the_end),
		TEST(an_alert_lives_on_over_sessions_with_its_labels),
		TEST(ticks_without_a_collector_are_not_judged_and_windows_begin_anew),
		TEST(a_long_outage_begins_cover_anew),
		TEST(split_periods_are_judged_by_cycles),
		TEST(records_that_nobody_watched_are_not_lost),
		TEST(where_a_line_tells_of_ticks_they_are_read_there_and_nowhere_else),
		TEST(a_tick_that_lines_tell_of_judges_by_its_own_time),
		TEST(a_component_that_is_down_for_five_minutes_fires_for_its_own_rule),
		TEST(a_component_exists_from_its_first_line_on),
		TEST(calls_are_found_by_their_ids_however_many_are_open),
		TEST(sums_that_are_beyond_all_counting_stay_there),
		TEST(what_began_before_its_line_is_as_old_as_it_says),
		TEST(who_was_active_before_the_trace_has_starved_since),
		TEST(a_call_stuck_before_its_line_is_stuck),
		TEST(who_closed_did_so_though_its_labels_are_another_sessions_by_then),
		TEST(a_call_of_a_session_that_closed_went_with_it),
		TEST(who_died_did_so_though_a_successor_closed),
		TEST(a_session_that_has_gone_is_no_dead_one),
		TEST(nothing_is_told_of_a_trace_with_a_bad_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
