/* SPDX-License-Identifier: MIT */
/* Tests of tools/cli/number.c: what is a number, a time, a duration, and what the one line says of what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "tools/cli/number.h"

static const struct range seconds = { 0.001, 31536000, "5s", 0 };

static void durations_have_seconds_minutes_hours_and_days(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{ "5", 5000000000 },	{ "5s", 5000000000 },	  { "0.5", 500000000 },
		{ "2m", 120000000000 }, { "1h", 3600000000000 },  { "1.5h", 5400000000000 },
		{ "0.001", 1000000 },	{ "1d", 86400000000000 }, { "365d", 31536000000000000 },
	};
	struct complaint complaint;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t ns = 0;

		assert_int_equal(number_duration(rows[i].text, &seconds, &ns, &complaint), 0);
		assert_int_equal(ns, rows[i].ns);
	}
}

static void what_is_no_duration_is_said_with_a_cure(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "5 parsecs", "\"5 parsecs\" is no duration (try 5s)" },
		{ "s", "\"s\" is no duration (try 5s)" },
		{ "", "\"\" is no duration (try 5s)" },
		{ "5ms", "\"5ms\" is no duration (try 5s)" },
		{ "5S", "\"5S\" is no duration (try 5s)" },
		{ "nan", "\"nan\" is no duration (try 5s)" },
		{ "inf", "\"inf\" is no duration (try 5s)" },
		{ "5s\n", "\"5s?\" is no duration (try 5s)" },
		{ "0", "\"0\" is not within 0.001s to 365d (try 5s)" },
		{ "-1m", "\"-1m\" is not within 0.001s to 365d (try 5s)" },
		{ "366d", "\"366d\" is not within 0.001s to 365d (try 5s)" },
	};
	struct complaint complaint;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t ns = 7;

		assert_true(number_duration(rows[i].text, &seconds, &ns, &complaint) < 0);
		assert_string_equal(complaint.text, rows[i].said);
		assert_int_equal(ns, 7);
	}
}

static void whole_numbers_have_no_fraction(void **state)
{
	static const struct range frames = { 1, 1024, "256", 0 };
	struct complaint complaint;
	uint64_t value;

	(void)state;
	assert_int_equal(number_whole("1024", &frames, &value, &complaint), 0);
	assert_int_equal(value, 1024);
	assert_true(number_whole("2.5", &frames, &value, &complaint) < 0);
	assert_string_equal(complaint.text, "\"2.5\" is no whole number (try 256)");
	assert_true(number_whole("1025", &frames, &value, &complaint) < 0);
	assert_string_equal(complaint.text, "\"1025\" is not within 1 to 1024 (try 256)");
	assert_true(complain_at(&complaint, "--frames") < 0);
	assert_non_null(strstr(complaint.text, "--frames: \"1025\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_have_seconds_minutes_hours_and_days),
		cmocka_unit_test(what_is_no_duration_is_said_with_a_cure),
		cmocka_unit_test(whole_numbers_have_no_fraction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
