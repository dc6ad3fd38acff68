/* SPDX-License-Identifier: MIT */
/* Tests of collector/forget.c and forget_desk.c: which orders are read, whom they mean, and that each is carried out once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/forget_desk.h"
#include "collector/snapshot.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- reading ---- */

static void an_order_to_forget_is_read_as_it_is(void **state)
{
	static const struct {
		const char *body, *app, *instance_id;
		bool named;
	} rows[] = {
		{ "{\"app\":\"d\\u00e4w\",\"instance_id\":\"0\"}", "d\xC3\xA4w", "0", true },
		{ "{\"app\":\"daw\",\"instance_id\":\"\"}", "daw", "", true },
		{ "{\"app\":\"daw\"}", "daw", "", false },
	};
	char error[FORGET_ERROR_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forget_order order;

		if (!forget_read(&order, rows[i].body, strlen(rows[i].body), error) ||
		    strcmp(order.app, rows[i].app) != 0 ||
		    strcmp(order.instance_id, rows[i].instance_id) != 0 ||
		    order.named != rows[i].named)
			fail_msg("row %zu", i);
	}
}

static void a_bad_order_to_forget_is_refused_with_its_cure(void **state)
{
	static const struct {
		const char *body, *parts[2]; /* what is wrong, and the cure */
	} rows[] = {
		{ "", { "the body is no JSON: line 1, column 0: ", "(try {\"app\": \"daw\"" } },
		{ "{\"app\":\"a\",\"app\":\"b\"}", { "line 1, column", "(try {\"app\": \"daw\"" } },
		{ "[]", { "the body is no object ", "(try {\"app\": \"daw\"" } },
		{ "{}", { "app: is missing ", "(try {\"app\": \"daw\"" } },
		{ "{\"instance_id\":\"0\"}", { "app: is missing ", "(try {\"app\"" } },
		{ "{\"app\":7}", { "app: not a text ", "(try \"daw\")" } },
		{ "{\"app\":null}", { "app: not a text ", "(try \"daw\")" } },
		{ "{\"app\":\"a\",\"instance\":\"0\"}",
		  { "\"instance\" is no key ", "(try instance_id)" } },
		{ "{\"app\":\"a\",\"instance_id\":0}",
		  { "instance_id: not a text ", "(try \"0\")" } },
	};
	char error[FORGET_ERROR_SIZE], body[1200];
	struct forget_order order;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		*error = '\0';
		if (forget_read(&order, rows[i].body, strlen(rows[i].body), error) ||
		    !strstr(error, rows[i].parts[0]) || !strstr(error, rows[i].parts[1]))
			fail_msg("%s: %s", rows[i].body, error);
	}
	snprintf(body, sizeof body, "{\"app\":\"%0*d\"}", TEXT_LABEL_SIZE, 0);
	assert_false(forget_read(&order, body, strlen(body), error));
	assert_non_null(strstr(error, "app: more than"));
}

/* ---- whom it means ---- */

static const struct snapshot_engine dead = { .name = "e", .stated = true, .state = STATE_DEAD },
				    day_old = { .name = "e", .state = STATE_DEAD },
				    closed = { .name = "e", .stated = true, .state = STATE_CLOSED };
static const struct rule down = { .name = "EngineDown", .signal = SIGNAL_SOURCE_DOWN },
			 lost = { .name = "TelemetryLost", .signal = SIGNAL_RECORDS_LOST };

static const struct snapshot_session sessions[] = {
	{ .app = "daw", .instance_id = "0", .engines = &dead, .engine_count = 1 },
	{ .app = "daw", .instance_id = "1", .present = true },
	{ .app = "synth", .instance_id = "0", .engines = &dead, .engine_count = 1 },
	{ .app = "synth", .instance_id = "1", .engines = &dead, .engine_count = 1 },
	{ .app = "old", .instance_id = "0", .engines = &day_old, .engine_count = 1 },
	{ .app = "shut", .instance_id = "0", .engines = &closed, .engine_count = 1 },
	{ .app = "back", .instance_id = "0", .present = true },
};

static const struct snapshot_alert alerts[] = {
	{ .rule = &down, .app = "daw", .instance_id = "0", .state = ALERT_FIRING },
	{ .rule = &down, .app = "restored", .instance_id = "3", .state = ALERT_PENDING },
	{ .rule = &down, .app = "over", .instance_id = "0", .state = ALERT_INACTIVE },
	{ .rule = &down, .app = "back", .instance_id = "0", .state = ALERT_FIRING },
	{ .rule = &lost, .app = "noisy", .instance_id = "0", .state = ALERT_FIRING },
};

static const struct snapshot shown = { .sessions = sessions,
				       .session_count = COUNT(sessions),
				       .alerts = alerts,
				       .alert_count = COUNT(alerts) };

static void an_order_means_what_is_dead_and_nothing_that_lives(void **state)
{
	static const struct {
		const char *app, *instance_id; /* NULL: not named */
		int status;
		const char *part; /* of the instance that is meant, or of the line */
	} rows[] = {
		{ "daw", NULL, 0, "0" },
		{ "daw", "0", 0, "0" },
		{ "synth", "1", 0, "1" },
		{ "restored", NULL, 0, "3" },
		{ "daw", "1", -EBUSY, "\"daw\" lives" },
		{ "back", NULL, -EBUSY, "\"back\" lives" },
		{ "synth", NULL, -ENOTUNIQ, "(name one of them: 0, 1)" },
		{ "synth", "7", -ENOENT, "\"7\" is none that is dead (try 0, 1)" },
		{ "dwa", NULL, -ENOENT, "\"dwa\" is dead (did you mean daw?)" },
		{ "elsewhere", NULL, -ENOENT, "(try daw)" },
		{ "over", NULL, -ENOENT, "is dead" },
		{ "old", NULL, -ENOENT, "is dead" },
		{ "shut", NULL, -ENOENT, "is dead" },
		{ "noisy", NULL, -ENOENT, "is dead" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forget_order order = { .named = rows[i].instance_id };
		char error[FORGET_ERROR_SIZE] = "";
		int status;

		strcpy(order.app, rows[i].app);
		strcpy(order.instance_id, rows[i].instance_id ? rows[i].instance_id : "");
		status = forget_find(&order, &shown, error);
		if (status != rows[i].status ||
		    !strstr(status ? error : order.instance_id, rows[i].part))
			fail_msg("%s %s: %d, %s%s", order.app, order.instance_id, status, error,
				 rows[i].part);
	}
}

static void where_nothing_is_dead_no_name_is_offered(void **state)
{
	static const struct snapshot nothing = { .generation = 1 };
	struct forget_order order = { .app = "daw" };
	char error[FORGET_ERROR_SIZE];

	(void)state;
	assert_int_equal(forget_find(&order, &nothing, error), -ENOENT);
	assert_non_null(strstr(error, "nor of anybody"));
}

static void what_is_to_be_forgotten_is_answered_with_who_ordered_it(void **state)
{
	const struct forget_order order = { .app = "daw", .instance_id = "0", .uid = 7, .pid = 8 };
	size_t length;
	char *text = forget_text(&order, 0, &length);

	(void)state;
	assert_string_equal(text, "{\"app\":\"daw\",\"instance_id\":\"0\",\"uid\":7,\"pid\":8,"
				  "\"saved\":true,\"unsaved_because\":null}\n");
	assert_int_equal(length, strlen(text));
	free(text);
	text = forget_text(&order, ENOSPC, &length);
	assert_non_null(strstr(text, "\"saved\":false,\"unsaved_because\":\"No space left on "
				     "device (free some space there)\"}\n"));
	free(text);
}

/* ---- the desk ---- */

static void orders_to_forget_are_taken_once_in_their_order_and_not_without_end(void **state)
{
	struct forget_desk *desk = forget_desk_new();
	struct forget_order order = { .app = "daw" };

	(void)state;
	assert_false(forget_desk_take(desk, &order));
	for (unsigned round = 0; round < 3; round++) { /* over the end of the queue */
		for (unsigned i = 0; i < FORGETS_MAX - 1; i++) {
			order.pid = i;
			assert_true(forget_desk_put(desk, &order));
		}
		assert_true(forget_desk_put(desk, &order));
		assert_false(forget_desk_put(desk, &order));
		for (unsigned i = 0; i < FORGETS_MAX - 1; i++) {
			assert_true(forget_desk_take(desk, &order));
			assert_int_equal(order.pid, i);
		}
		assert_true(forget_desk_take(desk, &order));
		assert_false(forget_desk_take(desk, &order));
		order.pid = round;
		assert_true(forget_desk_put(desk, &order));
		assert_true(forget_desk_take(desk, &order));
		assert_int_equal(order.pid, round);
	}
	forget_desk_free(desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_to_forget_is_read_as_it_is),
		cmocka_unit_test(a_bad_order_to_forget_is_refused_with_its_cure),
		cmocka_unit_test(an_order_means_what_is_dead_and_nothing_that_lives),
		cmocka_unit_test(where_nothing_is_dead_no_name_is_offered),
		cmocka_unit_test(what_is_to_be_forgotten_is_answered_with_who_ordered_it),
		cmocka_unit_test(orders_to_forget_are_taken_once_in_their_order_and_not_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
