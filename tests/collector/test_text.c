/* SPDX-License-Identifier: MIT */
/* Tests of collector/text.c and collector/log.c: hostile bytes, times, one whole line an event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/log.h"
#include "collector/text.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BAD "\xEF\xBF\xBD"

static void assert_clean(const char *in, const char *want)
{
	char out[256];

	text_clean(out, sizeof out, in, strlen(in));
	assert_string_equal(out, want);
}

static void valid_text_stays_as_it_is(void **state)
{
	(void)state;
	assert_clean("", "");
	assert_clean("Spur 1 \"x\"\n", "Spur 1 \"x\"\n");
	assert_clean("Gitarre h\xC3\xB6rbar \xE2\x99\xAB \xF0\x9F\x8E\xB8",
		     "Gitarre h\xC3\xB6rbar \xE2\x99\xAB \xF0\x9F\x8E\xB8");
}

static void every_byte_that_belongs_to_nothing_becomes_a_replacement(void **state)
{
	(void)state;
	assert_clean("a\x80z", "a" BAD "z");
	assert_clean("\xC3", BAD); /* cut */
	assert_clean("\xC0\xAF", BAD BAD); /* overlong */
	assert_clean("\xE0\x80\xAF", BAD BAD BAD);
	assert_clean("\xED\xA0\x80", BAD BAD BAD); /* a surrogate */
	assert_clean("\xF4\x90\x80\x80", BAD BAD BAD BAD); /* beyond the last code point */
	assert_clean("\xFF\xFE", BAD BAD);
	assert_clean("\xE2\x99z", BAD BAD "z");
}

static void text_ends_at_its_nul_or_its_length(void **state)
{
	char out[16];

	(void)state;
	text_clean(out, sizeof out, "ab\0cd", 5);
	assert_string_equal(out, "ab");
	text_clean(out, sizeof out, "abcd", 3);
	assert_string_equal(out, "abc");
	text_clean(out, sizeof out, "\xE2\x99\xAB", 2); /* cut inside a character */
	assert_string_equal(out, BAD BAD);
}

static void what_does_not_fit_is_cut_between_characters(void **state)
{
	char out[6];

	(void)state;
	text_clean(out, sizeof out, "abc\xE2\x99\xAB", 6);
	assert_string_equal(out, "abc");
	text_clean(out, sizeof out, "ab\xE2\x99\xABz", 6);
	assert_string_equal(out, "ab\xE2\x99\xAB");
}

static void times_are_rfc_3339_in_utc(void **state)
{
	char at[TEXT_TIME_SIZE];

	(void)state;
	text_time(at, 0);
	assert_string_equal(at, "1970-01-01T00:00:00.000Z");
	text_time(at, UINT64_C(1785456307089999999));
	assert_string_equal(at, "2026-07-31T00:05:07.089Z");
}

/* ---- the log ---- */

static uint64_t fixed_time(void)
{
	return UINT64_C(1785456307089999999);
}

/* What one event writes, which must be one line. */
static char *line_of(bool json, const char *message, const struct log_field *fields)
{
	static char line[65536];
	struct log log = { .json = json, .quiet_above = LOG_DEBUG, .realtime_ns = fixed_time };
	int ends[2];
	ssize_t got;

	/* packets: one read is one write */
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	log.fd = ends[1];
	log_event(&log, LOG_WARN, "roster", message, fields);
	got = read(ends[0], line, sizeof line - 1);
	close(ends[0]);
	close(ends[1]);
	assert_true(got > 0);
	line[got] = 0;
	assert_ptr_equal(strchr(line, '\n'), line + got - 1);
	line[got - 1] = 0;
	return line;
}

static void a_json_line_has_the_agreed_fields(void **state)
{
	const struct log_field fields[] = { { "app", "x", 0 },
					    { "pid", NULL, 42 },
					    { NULL, NULL, 0 } };

	(void)state;
	assert_string_equal(line_of(true, "it happened", fields),
			    "{\"timestamp\":\"2026-07-31T00:05:07.089Z\",\"level\":\"WARN\","
			    "\"service\":\"audiowatchd\","
			    "\"component\":\"roster\",\"message\":\"it "
			    "happened\",\"metadata\":{\"app\":\"x\",\"pid\":42}}");
}

static void a_text_line_is_for_people(void **state)
{
	const struct log_field fields[] = { { "app", "x", 0 },
					    { "pid", NULL, 42 },
					    { NULL, NULL, 0 } };

	(void)state;
	assert_string_equal(line_of(false, "it happened", fields),
			    "2026-07-31T00:05:07.089Z WARN  roster: it happened app=x pid=42");
}

static void hostile_values_make_neither_a_second_line_nor_broken_json(void **state)
{
	static char huge[8192];
	const struct log_field fields[] = {
		{ "name", "a\nb\"\\\x1b[2J\xFF", 0 },
		{ "huge", huge, 0 },
		{ "huger", huge, 0 },
		{ "more", huge, 0 },
		{ "most", huge, 0 },
		{ "over", huge, 0 },
		{ "beyond", huge, 0 },
		{ NULL, NULL, 0 },
	};
	json_t *parsed;
	const char *name;

	(void)state;
	memset(huge, 1, sizeof huge - 1);
	parsed = json_loads(line_of(true, "m", fields), 0, NULL);
	assert_non_null(parsed);
	name = json_string_value(json_object_get(json_object_get(parsed, "metadata"), "name"));
	assert_string_equal(name, "a\nb\"\\\x1b[2J" BAD);
	json_decref(parsed);
	assert_null(strchr(line_of(false, "m", fields), '\x1b'));
}

static void no_character_of_a_value_tells_a_terminal_what_to_do(void **state)
{
	/* C1, right to left, a line's and a paragraph's end, an isolate; then what only looks like them */
	const struct log_field fields[] = {
		{ "a",
		  "\xC2\x9B"
		  "31m\xE2\x80\xAEx\xE2\x80\xA8y\xE2\x80\x8Fz\xE2\x81\xA6",
		  0 },
		{ "b", "\xC2\xA0\xE2\x80\x93\xE2\x82\xAC\xE2\x81\xA5", 0 },
		{ NULL, NULL, 0 }
	};

	(void)state;
	assert_string_equal(line_of(false, "m", fields) + sizeof "2026-07-31T00:05:07.089Z",
			    "WARN  roster: m a=?31m?x?y?z? "
			    "b=\xC2\xA0\xE2\x80\x93\xE2\x82\xAC\xE2\x81\xA5");
}

static void a_log_that_nobody_reads_loses_lines_and_says_so_but_never_waits(void **state)
{
	static char page[65536];
	struct log log = { .quiet_above = LOG_DEBUG, .realtime_ns = fixed_time };
	ssize_t got;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 8192), 8192);
	assert_int_equal(write(ends[1], page, 8192), 8192); /* full: a write would wait for ever */
	log.fd = ends[1];
	for (unsigned i = 0; i < 3; i++)
		log_event(&log, LOG_INFO, "poll", "unheard", NULL);
	assert_int_equal(read(ends[0], page, 8192), 8192);
	log_event(&log, LOG_INFO, "poll", "heard", NULL);
	got = read(ends[0], page, sizeof page - 1);
	assert_true(got > 0);
	page[got] = 0;
	assert_string_equal(page, "2026-07-31T00:05:07.089Z WARN  log: lines were lost lines=3\n"
				  "2026-07-31T00:05:07.089Z INFO  poll: heard\n");
	close(ends[0]);
	close(ends[1]);
}

static void formats_are_known_by_name(void **state)
{
	enum log_format format = LOG_AUTO;
	struct log log;
	int ends[2];

	(void)state;
	assert_true(log_format_parse("json", &format));
	assert_int_equal(format, LOG_JSON);
	assert_true(log_format_parse("text", &format));
	assert_int_equal(format, LOG_TEXT);
	assert_false(log_format_parse("JSON", &format));
	assert_int_equal(pipe(ends), 0);
	log_open(&log, ends[1], LOG_AUTO);
	assert_true(log.json);
	log_open(&log, ends[1], LOG_TEXT);
	assert_false(log.json);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_text_stays_as_it_is),
		cmocka_unit_test(every_byte_that_belongs_to_nothing_becomes_a_replacement),
		cmocka_unit_test(text_ends_at_its_nul_or_its_length),
		cmocka_unit_test(what_does_not_fit_is_cut_between_characters),
		cmocka_unit_test(times_are_rfc_3339_in_utc),
		cmocka_unit_test(a_json_line_has_the_agreed_fields),
		cmocka_unit_test(a_text_line_is_for_people),
		cmocka_unit_test(hostile_values_make_neither_a_second_line_nor_broken_json),
		cmocka_unit_test(no_character_of_a_value_tells_a_terminal_what_to_do),
		cmocka_unit_test(a_log_that_nobody_reads_loses_lines_and_says_so_but_never_waits),
		cmocka_unit_test(formats_are_known_by_name),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
