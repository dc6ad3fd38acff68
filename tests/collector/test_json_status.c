/* SPDX-License-Identifier: MIT */
/* Tests of collector/json_status.c: a picture by hand, and the JSON that is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/json.h"

#include <jansson.h>
#include <stdlib.h>

#include "collector/snapshot.h"

#define REAL_NS UINT64_C(1767323045678000000) /* 2026-01-02T03:04:05.678Z */

static const struct rule rules[] = {
	{ .name = "Slow",
	  .enabled = true,
	  .signal = SIGNAL_RENDER_TIME,
	  .statistic = STATISTIC_P99,
	  .priority = PRIORITY_P2 },
	{ .name = "Down",
	  .enabled = true,
	  .signal = SIGNAL_SOURCE_DOWN,
	  .priority = PRIORITY_P0,
	  .summary = "It crashed.",
	  .description = "Start it again.",
	  .runbook_url = "https://example.org/down" },
	{ .name = "Watchdog", .enabled = true, .signal = SIGNAL_ALWAYS, .priority = PRIORITY_P3 },
	{ .name = "Off", .enabled = false, .signal = SIGNAL_STALLED },
	{ .name = "Stuck", .enabled = true, .signal = SIGNAL_FFI_IN_FLIGHT },
};

enum { RULES = sizeof rules / sizeof *rules };

static const struct snapshot_alert alerts[] = {
	{ .rule = &rules[0],
	  .kind = LABEL_ENGINE,
	  .app = "daw",
	  .instance_id = "1",
	  .name = "main",
	  .state = ALERT_FIRING,
	  .nodata = true, /* and what was said before stands */
	  .silenced = true,
	  .judgement = { .verdict = VERDICT_SILENT, .value = 31200000, .threshold = 25165824 },
	  .told = { .verdict = VERDICT_YES,
		    .n = 100,
		    .bad = 7,
		    .value = 31200000,
		    .threshold = 25165824 },
	  .active_real_ns = REAL_NS,
	  .fired_real_ns = REAL_NS + 120 * NS_A_SECOND,
	  .told_real_ns = REAL_NS + 121 * NS_A_SECOND,
	  .description = "7 % took longer.",
	  .cause = "Reverb took 62 %.",
	  .load = 5850000,
	  .budget_ns = 5333333 },
	{ .rule = &rules[0],
	  .kind = LABEL_ENGINE,
	  .app = "daw",
	  .instance_id = "1",
	  .name = "quiet",
	  .state = ALERT_INACTIVE },
	{ .rule = &rules[1],
	  .kind = LABEL_SESSION,
	  .app = "synth",
	  .instance_id = "2",
	  .name = "",
	  .state = ALERT_PENDING,
	  .judgement = { .verdict = VERDICT_YES, .n = 1, .bad = 1 },
	  .active_real_ns = REAL_NS },
	{ .rule = &rules[2],
	  .kind = LABEL_COLLECTOR,
	  .app = "",
	  .instance_id = "",
	  .name = "",
	  .state = ALERT_FIRING,
	  .judgement = { .n = 1, .bad = 1 },
	  .active_real_ns = REAL_NS,
	  .fired_real_ns = REAL_NS },
	{ .rule = &rules[4],
	  .kind = LABEL_FUNCTION,
	  .app = "daw",
	  .instance_id = "1",
	  .name = "scan",
	  .state = ALERT_KEEPING,
	  .judgement = { .threshold = 10 * NS_A_SECOND },
	  .active_real_ns = REAL_NS,
	  .fired_real_ns = REAL_NS },
};

static const struct snapshot_engine engines[] = {
	{ .name = "main", .stated = true, .state = STATE_LIVE },
	{ .name = "gone", .stated = false, .state = STATE_CLOSED },
	{ .name = "lead", .stated = true, .state = STATE_DEAD },
};

static const struct snapshot_session sessions[] = {
	{ .app = "daw",
	  .instance_id = "1",
	  .id = "00ff",
	  .pid = 4711,
	  .present = true,
	  .engines = engines,
	  .engine_count = 2 },
	{ .app = "over", .instance_id = "1", .id = "01", .engines = engines + 1, .engine_count = 1 },
	{ .app = "synth", .instance_id = "2", .id = "02", .engines = engines + 2, .engine_count = 1 },
};

static const struct silencing silences[] = { { .id = 7 }, { .id = 8, .app = "daw" } };

static json_t *answer_of(const struct snapshot *snapshot)
{
	size_t length;
	char *text = json_status(&(struct json_status){ snapshot, rules, RULES }, &length);
	json_t *answer;

	assert_non_null(text);
	assert_int_equal(text[length - 1], '\n');
	answer = json_loadb(text, length, 0, NULL);
	assert_non_null(answer);
	free(text);
	return answer;
}

static json_t *answer_of_all(void)
{
	return answer_of(&(struct snapshot){ .alerts = alerts,
					     .alert_count = sizeof alerts / sizeof *alerts,
					     .sessions = sessions,
					     .session_count = sizeof sessions / sizeof *sessions,
					     .silences = silences,
					     .silence_count = 2,
					     .evaluated_real_ns = REAL_NS });
}

/* want: JSON as people write it. */
static void assert_json(const json_t *is, const char *want)
{
	json_t *wanted = json_loads(want, JSON_DECODE_ANY, NULL);

	assert_non_null(wanted);
	if (!json_equal(is, wanted))
		fail_msg("is %s, not %s", json_dumps(is, JSON_ENCODE_ANY), want);
	json_decref(wanted);
}

static void only_rules_that_are_judged_count(void **state)
{
	json_t *answer = answer_of_all();

	(void)state;
	assert_json(json_object_get(answer, "sentry_enabled"), "false");
	assert_json(json_object_get(answer, "alert_thresholds_count"), "3");
	assert_json(json_object_get(answer, "last_evaluation"), "\"2026-01-02T03:04:05.678Z\"");
	json_decref(answer);
}

static void each_active_alert_is_told_but_for_the_watchdog(void **state)
{
	static const char *const want[] = {
		"{\"name\":\"Slow\",\"severity\":\"warning\",\"priority\":\"P2\",\"state\":"
		"\"firing\","
		"\"message\":\"Alert: Slow - render_time p99 is 31.20 ms (threshold: 25.16 ms)\","
		"\"timestamp\":\"2026-01-02T03:06:05.678Z\",\"since\":\"2026-01-02T03:04:05.678Z\","
		"\"labels\":{\"app\":\"daw\",\"instance_id\":\"1\",\"engine\":\"main\"},"
		"\"value\":0.0312,\"threshold\":0.0251658,\"n\":100,\"bad\":7,\"silenced\":true,"
		"\"nodata\":true,"
		"\"load\":5.85,\"budget\":0.00533333,\"as_of\":\"2026-01-02T03:06:06.678Z\","
		"\"annotations\":{\"description\":\"7 % took longer.\",\"cause\":\"Reverb took 62 "
		"%.\",\"response_time\":\"2 h\"}}",
		"{\"name\":\"Down\",\"severity\":\"critical\",\"priority\":\"P0\",\"state\":"
		"\"pending\",\"message\":\"Alert: Down - It crashed.\","
		"\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"since\":\"2026-01-02T03:04:05.678Z\","
		"\"labels\":{\"app\":\"synth\",\"instance_id\":\"2\"},"
		"\"value\":null,\"threshold\":null,\"n\":1,\"bad\":1,\"silenced\":false,\"nodata\":"
		"false,"
		"\"load\":null,\"budget\":null,\"as_of\":null,"
		"\"annotations\":{\"summary\":\"It crashed.\",\"description\":\"Start it again.\","
		"\"runbook_url\":\"https://example.org/down\",\"response_time\":\"5 min\"}}",
	};
	json_t *answer = answer_of_all(), *list = json_object_get(answer, "active_alerts");

	(void)state;
	assert_json(json_object_get(answer, "active_alerts_count"), "3");
	assert_int_equal(json_array_size(list), 3);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		assert_json(json_array_get(list, i), want[i]);
	json_decref(answer);
}

static void without_samples_there_is_a_threshold_and_no_value(void **state)
{
	json_t *answer = answer_of_all();
	json_t *stuck = json_array_get(json_object_get(answer, "active_alerts"), 2);

	(void)state;
	assert_json(json_object_get(stuck, "state"), "\"keeping\"");
	assert_json(json_object_get(stuck, "value"), "null");
	assert_json(json_object_get(stuck, "threshold"), "10.0");
	assert_json(json_object_get(stuck, "labels"),
		    "{\"app\":\"daw\",\"instance_id\":\"1\",\"function\":\"scan\"}");
	json_decref(answer);
}

static void sources_are_those_that_live_or_died(void **state)
{
	json_t *answer = answer_of_all();

	(void)state;
	assert_json(json_object_get(answer, "sources"),
		    "[{\"app\":\"daw\",\"instance_id\":\"1\",\"pid\":4711,\"session\":\"00ff\","
		    "\"engines\":[{\"name\":\"main\",\"state\":\"live\"}]},"
		    "{\"app\":\"synth\",\"instance_id\":\"2\",\"pid\":0,\"session\":\"02\","
		    "\"engines\":[{\"name\":\"lead\",\"state\":\"dead\"}]}]");
	json_decref(answer);
}

static void a_silence_of_everything_is_told_beside_the_alerts(void **state)
{
	json_t *answer = answer_of_all();

	(void)state;
	assert_json(json_object_get(answer, "silences_count"), "2");
	assert_json(json_object_get(json_object_get(answer, "everything_silenced"), "id"), "7");
	json_decref(answer);
}

static void before_the_first_evaluation_all_is_empty(void **state)
{
	json_t *answer = answer_of(&(struct snapshot){ .generation = 1 });

	(void)state;
	assert_json(answer, "{\"sentry_enabled\":false,\"alert_thresholds_count\":3,"
			    "\"active_alerts_count\":0,\"last_evaluation\":null,"
			    "\"active_alerts\":[],\"sources\":[],\"silences_count\":0,\"everything_"
			    "silenced\":null}");
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_rules_that_are_judged_count),
		cmocka_unit_test(each_active_alert_is_told_but_for_the_watchdog),
		cmocka_unit_test(without_samples_there_is_a_threshold_and_no_value),
		cmocka_unit_test(a_silence_of_everything_is_told_beside_the_alerts),
		cmocka_unit_test(sources_are_those_that_live_or_died),
		cmocka_unit_test(before_the_first_evaluation_all_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
