/* SPDX-License-Identifier: MIT */
/* Tests of collector/json_alerts.c: the firings of a picture by hand, page by page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "collector/snapshot.h"

#define REAL_NS UINT64_C(1767323045678000000) /* 2026-01-02T03:04:05.678Z */
#define HOUR_NS (3600 * NS_A_SECOND)

static const struct rule rule = {
	.name = "Slow", .enabled = true, .signal = SIGNAL_RENDER_TIME, .statistic = STATISTIC_P99
};

#define FIRING(nr, fired, resolved) \
	{ \
		.alert = { .rule = &rule, \
			   .kind = LABEL_ENGINE, \
			   .app = "daw", \
			   .instance_id = "0", \
			   .name = "main", \
			   .state = (resolved) ? ALERT_INACTIVE : ALERT_FIRING, \
			   .judgement = { VERDICT_YES, SILENCE_NONE, 100, 7, 31200000, 25000000 }, \
			   .active_real_ns = (fired)-NS_A_SECOND, \
			   .fired_real_ns = (fired), \
			   .told_real_ns = (fired), \
			   .told = { VERDICT_YES, SILENCE_NONE, 100, 7, 31200000, 25000000 }, \
			   .description = "7 % took longer.", \
			   .cause = "" }, \
		.number = (nr), .resolved_real_ns = (resolved) \
	}

/* Newest first; the oldest fires on. */
static const struct snapshot_firing firings[] = {
	FIRING(9, REAL_NS - HOUR_NS / 2, 0),
	FIRING(8, REAL_NS - 2 * HOUR_NS, REAL_NS - HOUR_NS / 2),
	FIRING(7, REAL_NS - 3 * HOUR_NS, REAL_NS - 2 * HOUR_NS),
	FIRING(5, REAL_NS - 50 * HOUR_NS, 0),
};

static const struct snapshot snapshot = { .firings = firings,
					  .firing_count = sizeof firings / sizeof *firings };

static json_t *ask(uint64_t from_real_ns, uint64_t before, unsigned limit, uint64_t *next)
{
	const struct json_firings asked = { &snapshot, from_real_ns, before, limit };
	size_t length;
	char *text = json_firings(&asked, &length, next);
	json_t *answer = text ? json_loadb(text, length, 0, NULL) : NULL;

	assert_true(json_is_array(answer));
	free(text);
	return answer;
}

static const char *text_of(const json_t *list, size_t i, const char *key)
{
	const char *text = json_string_value(json_object_get(json_array_get(list, i), key));

	return text ? text : "null";
}

static void each_firing_is_an_entry_the_newest_first(void **state)
{
	uint64_t next;
	json_t *list = ask(REAL_NS - 24 * HOUR_NS, 0, 100, &next);

	(void)state;
	assert_int_equal(json_array_size(list), 4);
	assert_int_equal(next, 0);
	assert_string_equal(text_of(list, 0, "name"), "Slow");
	assert_string_equal(text_of(list, 0, "state"), "firing");
	assert_string_equal(text_of(list, 0, "resolved_at"), "null");
	assert_string_equal(text_of(list, 0, "timestamp"), "2026-01-02T02:34:05.678Z");
	assert_string_equal(text_of(list, 1, "state"), "inactive");
	assert_string_equal(text_of(list, 1, "resolved_at"), "2026-01-02T02:34:05.678Z");
	assert_true(json_number_value(json_object_get(json_array_get(list, 0), "metric_value")) ==
		    0.0312);
	assert_true(json_number_value(json_object_get(json_array_get(list, 0), "threshold")) ==
		    0.025);
	json_decref(list);
}

static void what_ended_before_the_span_is_left_out_and_what_fires_on_is_not(void **state)
{
	uint64_t next;
	json_t *list = ask(REAL_NS - HOUR_NS, 0, 100, &next);

	(void)state;
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(text_of(list, 2, "timestamp"), "2025-12-31T01:04:05.678Z");
	json_decref(list);
}

/* Every page, whatever its size, gives each once. */
static void pages_follow_one_another_without_a_gap(void **state)
{
	(void)state;
	for (unsigned limit = 1; limit <= 5; limit++) {
		uint64_t next = 0;
		size_t told = 0;

		do {
			json_t *list = ask(0, next, limit, &next);

			assert_in_range(json_array_size(list), 1, limit);
			assert_true(told < 4);
			for (size_t i = 0; i < json_array_size(list); i++, told++)
				assert_int_equal(json_string_length(json_object_get(
							 json_array_get(list, i), "timestamp")),
						 24);
			json_decref(list);
		} while (next);
		assert_int_equal(told, 4);
	}
}

static void a_cause_that_is_not_known_is_no_annotation(void **state)
{
	uint64_t next;
	json_t *list = ask(0, 0, 1, &next);
	const json_t *annotations = json_object_get(json_array_get(list, 0), "annotations");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(annotations, "description")),
			    "7 % took longer.");
	assert_null(json_object_get(annotations, "cause"));
	assert_int_equal(next, 9);
	json_decref(list);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_firing_is_an_entry_the_newest_first),
		cmocka_unit_test(what_ended_before_the_span_is_left_out_and_what_fires_on_is_not),
		cmocka_unit_test(pages_follow_one_another_without_a_gap),
		cmocka_unit_test(a_cause_that_is_not_known_is_no_annotation),
	};

	return cmocka_run_group_tests_name("json_alerts", tests, NULL, NULL);
}
