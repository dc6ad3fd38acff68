/* SPDX-License-Identifier: MIT */
/* Tests of collector/silence.c, silence_desk.c and silence_order.c: whom a silence holds for, when it ends, and which
 * orders are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/silence_desk.h"
#include "collector/silence_order.h"

#define S NS_A_SECOND
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct instant noon = { .now_ns = 50 * S, .boot_ns = 100 * S, .real_ns = 1000000 * S };

static struct instant later(uint64_t boot_ns, uint64_t real_ns)
{
	return (struct instant){ .boot_ns = noon.boot_ns + boot_ns,
				 .real_ns = noon.real_ns + real_ns };
}

static const struct silencing *add(struct silence_list *list, const char *alert, const char *app)
{
	struct silencing wanted = { 0 };

	strcpy(wanted.alert, alert);
	strcpy(wanted.app, app);
	return silence_add(list, &wanted, 60 * S, &noon);
}

/* ---- whom it holds for ---- */

static void a_silence_holds_for_what_it_names(void **state)
{
	static const struct rule down = { .name = "EngineDown", .signal = SIGNAL_SOURCE_DOWN },
				 watchdog = { .name = "Watchdog", .signal = SIGNAL_ALWAYS };
	static const struct {
		const char *alert, *app;
		const struct rule *rule;
		const char *of;
		bool want;
	} rows[] = {
		{ "EngineDown", "", &down, "daw", true },
		{ "EngineDown", "daw", &down, "daw", true },
		{ "", "daw", &down, "daw", true },
		{ "", "", &down, "daw", true },
		{ "EngineDow", "", &down, "daw", false },
		{ "EngineStalled", "daw", &down, "daw", false },
		{ "EngineDown", "synth", &down, "daw", false },
		{ "", "synth", &down, "daw", false },
		{ "", "", &watchdog, "", false },
		{ "Watchdog", "", &watchdog, "", true },
		{ "", "daw", &watchdog, "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct silence_list list = { 0 };
		const struct silencing *added = add(&list, rows[i].alert, rows[i].app);
		const struct silencing *found = silence_of(list.items, 1, rows[i].rule, rows[i].of);

		if (found != (rows[i].want ? added : NULL))
			fail_msg("row %zu", i);
	}
}

static void a_silence_of_everything_is_known_as_one(void **state)
{
	struct silence_list list = { 0 };

	(void)state;
	add(&list, "EngineDown", "");
	add(&list, "", "daw");
	assert_null(silence_of_everything(list.items, list.count));
	add(&list, "", "");
	assert_ptr_equal(silence_of_everything(list.items, list.count), &list.items[2]);
}

/* ---- when it ends ---- */

static void it_is_over_at_its_end_and_not_a_nanosecond_before(void **state)
{
	static const struct {
		const char *what;
		uint64_t boot_ns, real_ns;
		bool over;
	} rows[] = {
		{ "short of it", 60 * S - 1, 60 * S - 1, false },
		{ "both", 60 * S, 60 * S, true },
		{ "the calendar was set on", 1, 60 * S, true },
		{ "the calendar was set back", 60 * S, 0, true },
		{ "set back, and still short of it", 60 * S - 1, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct instant at = later(rows[i].boot_ns, rows[i].real_ns);
		struct silence_list list = { 0 };
		struct silencing expired;

		add(&list, "EngineDown", "");
		if (silence_expire(&list, &at, &expired) != rows[i].over ||
		    list.count != !rows[i].over)
			fail_msg("%s", rows[i].what);
	}
}

static void ids_rise_and_are_never_given_twice(void **state)
{
	struct silence_list list = { 0 };
	struct silencing ended;

	(void)state;
	assert_int_equal(add(&list, "a", "")->id, 1);
	assert_int_equal(add(&list, "b", "")->id, 2);
	assert_int_equal(add(&list, "c", "")->id, 3);
	assert_true(silence_end(&list, 2, &ended));
	assert_string_equal(ended.alert, "b");
	assert_false(silence_end(&list, 2, &ended));
	assert_true(silence_end(&list, 3, &ended));
	assert_int_equal(add(&list, "d", "")->id, 4);
	assert_string_equal(list.items[0].alert, "a");
	assert_string_equal(list.items[1].alert, "d");
	assert_int_equal(list.count, 2);
}

static void a_full_list_takes_no_more(void **state)
{
	struct silence_list list = { 0 };

	(void)state;
	for (unsigned i = 0; i < SILENCES_MAX; i++)
		assert_non_null(add(&list, "a", ""));
	assert_null(add(&list, "a", ""));
	assert_int_equal(list.last_id, SILENCES_MAX);
}

/* ---- the desk ---- */

static void a_desk_takes_nothing_while_it_is_closed_and_tells_each_change_once(void **state)
{
	struct silence_desk *desk = silence_desk_new(NULL);
	const struct instant now = instant_next(&(struct instant){ 0 });
	struct silence_list kept = { .last_id = 7 };
	struct silencing wanted = { .alert = "EngineDown" }, told;

	(void)state;
	assert_int_equal(silence_desk_add(desk, &wanted, 60 * S, &told), -EAGAIN);
	assert_int_equal(silence_desk_end(desk, 1, &told), -EAGAIN);
	silence_desk_open(desk, &kept);
	assert_true(silence_desk_beat(desk, &now));
	assert_false(silence_desk_beat(desk, &now));
	assert_int_equal(silence_desk_add(desk, &wanted, 60 * S, &told), 0);
	assert_int_equal(told.id, 8);
	assert_int_equal(silence_desk_seen(desk)->count, 0);
	assert_true(silence_desk_beat(desk, &now));
	assert_int_equal(silence_desk_seen(desk)->count, 1);
	assert_int_equal(silence_desk_end(desk, 9, &told), -ENOENT);
	assert_false(silence_desk_beat(desk, &now));
	assert_int_equal(silence_desk_end(desk, 8, &told), 0);
	assert_true(silence_desk_beat(desk, &now));
	assert_int_equal(silence_desk_seen(desk)->count, 0);
	assert_int_equal(silence_desk_add(desk, &wanted, 60 * S, &told), 0);
	silence_desk_close(desk);
	assert_int_equal(silence_desk_add(desk, &wanted, 60 * S, &told), -EAGAIN);
	assert_int_equal(silence_desk_end(desk, 9, &told), -EAGAIN);
	assert_true(silence_desk_beat(desk, &now)); /* the last one is in what is saved */
	assert_int_equal(silence_desk_seen(desk)->count, 1);
	silence_desk_free(desk);
}

static void what_expires_is_told_once_and_who_made_it_is_logged(void **state)
{
	struct log log = { .fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) };
	struct silence_desk *desk = silence_desk_new(&log);
	struct instant at = instant_next(&(struct instant){ 0 });
	const struct silence_list none = { 0 };
	struct silencing wanted = { .uid = 1234, .pid = 77, .comment = "sound check" }, told;
	char text[4096] = "";

	(void)state;
	log_open(&log, log.fd, LOG_JSON);
	silence_desk_open(desk, &none);
	assert_int_equal(silence_desk_add(desk, &wanted, 60 * S, &told), 0);
	(void)silence_desk_beat(desk, &at);
	at.boot_ns += 61 * S;
	assert_true(silence_desk_beat(desk, &at));
	assert_false(silence_desk_beat(desk, &at));
	assert_true(pread(log.fd, text, sizeof text - 1, 0) > 0);
	assert_non_null(strstr(text, "\"WARN\""));
	assert_non_null(strstr(text, "\"silences\":\"everything\",\"alert\":\"\",\"app\":\"\","));
	assert_non_null(strstr(text, "\"uid\":1234,\"pid\":77,\"comment\":\"sound check\""));
	assert_non_null(strstr(strchr(text, '\n'), "\"silence is over\""));
	silence_desk_free(desk);
	close(log.fd);
}

/* ---- orders ---- */

static const struct rule rules[] = { { .name = "EngineDown" }, { .name = "FFILatencyHigh" } };
static const struct silence_names names = { rules, COUNT(rules) };

static void a_good_order_is_taken_as_it_is(void **state)
{
	static const struct {
		const char *body, *alert, *app, *comment;
		uint64_t for_s, end;
	} rows[] = {
		{ "{\"alert\":\"EngineDown\",\"app\":\"d\\u00e4w\",\"for_seconds\":60,\"comment\":"
		  "\"x y\"}",
		  "EngineDown", "d\xC3\xA4w", "x y", 60, 0 },
		{ "{\"all\":true,\"for_seconds\":2592000}", "", "", "", 2592000, 0 },
		{ "{\"app\":\"daw\",\"all\":false,\"for_seconds\":1800}", "", "daw", "", 1800, 0 },
		{ " {\"end\" : 3} ", "", "", "", 0, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct silence_order order = { 0 };
		char error[SILENCE_ERROR_SIZE];

		if (!silence_order_read(&order, rows[i].body, strlen(rows[i].body), &names, error))
			fail_msg("row %zu: %s", i, error);
		assert_string_equal(order.wanted.alert, rows[i].alert);
		assert_string_equal(order.wanted.app, rows[i].app);
		assert_string_equal(order.wanted.comment, rows[i].comment);
		assert_int_equal(order.for_s, rows[i].for_s);
		assert_int_equal(order.end, rows[i].end);
	}
}

static void a_bad_order_is_refused_with_a_cure(void **state)
{
	static const struct {
		const char *body, *part;
	} rows[] = {
		{ "", "no JSON: line 1, column 0" },
		{ "[]", "no object (try {\"alert\": \"EngineDown\", \"for_seconds\": 1800})" },
		{ "{\"all\":true,\"all\":true}", "duplicate" },
		{ "{} x", "no JSON" },
		{ "{}", "for_seconds: is missing (try 1800)" },
		{ "{\"for_seconds\":60}", "neither is named" },
		{ "{\"all\":false,\"for_seconds\":60}", "\"all\": true" },
		{ "{\"alert\":\"\",\"app\":\"\",\"for_seconds\":60}", "neither is named" },
		{ "{\"all\":true,\"app\":\"daw\",\"for_seconds\":60}", "all: not with" },
		{ "{\"all\":1,\"for_seconds\":60}", "all: not true or false" },
		{ "{\"alert\":\"EngineDwn\",\"for_seconds\":60}", "did you mean EngineDown?" },
		{ "{\"alert\":\"Nonsense\",\"for_seconds\":60}", "--check-config" },
		{ "{\"alert\":7,\"for_seconds\":60}", "alert: not a text" },
		{ "{\"alert\":\"EngineDown\",\"for_seconds\":59}",
		  "59 is not within 60 to 2592000" },
		{ "{\"alert\":\"EngineDown\",\"for_seconds\":2592001}", "2592001 is not within" },
		{ "{\"alert\":\"EngineDown\",\"for_seconds\":-1}", "-1 is not within" },
		{ "{\"alert\":\"EngineDown\",\"for_seconds\":60.5}", "not a whole number" },
		{ "{\"alert\":\"EngineDown\",\"for_seconds\":99999999999999999999}", "no JSON" },
		{ "{\"allert\":\"EngineDown\"}", "\"allert\" is no key (try alert)" },
		{ "{\"end\":0}", "end: not the id" },
		{ "{\"end\":\"1\"}", "end: not the id" },
		{ "{\"end\":1,\"for_seconds\":60}", "end: goes with no other key" },
		{ "{\"end\":1,\"all\":true}", "end: goes with no other key" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct silence_order order = { 0 };
		char error[SILENCE_ERROR_SIZE] = "";

		if (silence_order_read(&order, rows[i].body, strlen(rows[i].body), &names, error) ||
		    !strstr(error, rows[i].part))
			fail_msg("%s: %s", rows[i].body, error);
	}
}

static void what_is_too_long_is_refused_and_not_cut(void **state)
{
	static const char *const keys[] = { "alert", "app", "comment" };

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		char body[2048], error[SILENCE_ERROR_SIZE] = "", want[32];
		struct silence_order order = { 0 };

		snprintf(body, sizeof body, "{\"%s\":\"%01000d\"}", keys[i], 7);
		snprintf(want, sizeof want, "%s: more than ", keys[i]);
		assert_false(silence_order_read(&order, body, strlen(body), &names, error));
		assert_int_equal(strncmp(error, want, strlen(want)), 0);
	}
}

static void a_silence_is_told_with_times_for_people(void **state)
{
	struct silence_list list = { 0 };
	size_t length;
	char *text;

	(void)state;
	add(&list, "EngineDown", "daw");
	text = silence_list_text(&list, &names, &length);
	assert_string_equal(text,
			    "[{\"id\":1,\"alert\":\"EngineDown\",\"app\":\"daw\",\"comment\":\"\","
			    "\"uid\":0,\"pid\":0,\"from\":\"1970-01-12T13:46:40.000Z\","
			    "\"until\":\"1970-01-12T13:47:40.000Z\",\"alert_known\":true}]\n");
	assert_int_equal(length, strlen(text));
	free(text);
}

static void a_silence_of_an_alert_that_is_gone_is_told_as_such(void **state)
{
	struct silence_list list = { 0 };
	size_t length;
	char *text;

	(void)state;
	add(&list, "Gone", "");
	add(&list, "", "daw");
	text = silence_list_text(&list, &names, &length);
	assert_non_null(strstr(text, "\"alert_known\":false},"));
	assert_non_null(strstr(text, "\"alert_known\":true}]"));
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silence_holds_for_what_it_names),
		cmocka_unit_test(a_silence_of_everything_is_known_as_one),
		cmocka_unit_test(it_is_over_at_its_end_and_not_a_nanosecond_before),
		cmocka_unit_test(ids_rise_and_are_never_given_twice),
		cmocka_unit_test(a_full_list_takes_no_more),
		cmocka_unit_test(a_desk_takes_nothing_while_it_is_closed_and_tells_each_change_once),
		cmocka_unit_test(what_expires_is_told_once_and_who_made_it_is_logged),
		cmocka_unit_test(a_good_order_is_taken_as_it_is),
		cmocka_unit_test(a_bad_order_is_refused_with_a_cure),
		cmocka_unit_test(what_is_too_long_is_refused_and_not_cut),
		cmocka_unit_test(a_silence_is_told_with_times_for_people),
		cmocka_unit_test(a_silence_of_an_alert_that_is_gone_is_told_as_such),
	};

	return cmocka_run_group_tests_name("silence", tests, NULL, NULL);
}
