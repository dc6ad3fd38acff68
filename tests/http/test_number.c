/* SPDX-License-Identifier: MIT */
/* Tests of http/number.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/number.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void counts_are_printed_whole(void **state)
{
	static const struct {
		uint64_t value;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ UINT64_C(9007199254740993), "9007199254740993" }, /* 2^53 + 1: no double has it */
		{ UINT64_MAX, "18446744073709551615" },
	};
	char text[NUMBER_ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(number_uint(text, rows[i].value), strlen(rows[i].want));
		assert_string_equal(text, rows[i].want);
	}
}

static void nanoseconds_are_seconds_to_the_last_digit(void **state)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 1, "0.000000001" },
		{ 10, "0.00000001" },
		{ 5300000, "0.0053" },
		{ 999999999, "0.999999999" },
		{ 1000000000, "1" },
		{ 1000000001, "1.000000001" },
		{ UINT64_C(12000000000), "12" },
		{ UINT64_C(100100000000), "100.1" },
		{ UINT64_MAX, "18446744073.709551615" },
	};
	char text[NUMBER_ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(number_nanoseconds(text, rows[i].ns), strlen(rows[i].want));
		assert_string_equal(text, rows[i].want);
	}
}

static void assert_plain_reals(void)
{
	static const struct {
		double value;
		const char *want;
	} rows[] = {
		{ 0.0, "0" },
		{ -0.0, "-0" },
		{ 1.0, "1" },
		{ 0.1, "0.1" },
		{ 0.3, "0.3" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 48000, "48000" },
		{ -2.5, "-2.5" },
		{ 1.5e300, "1.5e+300" },
		{ 1e-7, "1e-07" },
		{ DBL_MAX, "1.7976931348623157e+308" },
		{ -DBL_MIN, "-2.2250738585072014e-308" },
		{ 4.9406564584124654e-324, "4.94065645841247e-324" }, /* the smallest of all */
		{ INFINITY, "+Inf" },
		{ -INFINITY, "-Inf" },
		{ NAN, "NaN" },
	};
	char text[NUMBER_ROOM];

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(number_real(text, rows[i].value), strlen(rows[i].want));
		assert_string_equal(text, rows[i].want);
	}
}

static void reals_are_the_shortest_text_that_reads_back(void **state)
{
	(void)state;
	assert_plain_reals();
}

static uint64_t random_bits(uint64_t *state)
{
	uint64_t z = *state +=
		UINT64_C(0x9E3779B97F4A7C15); /* splitmix64, by Steele, Lea and Flood */

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static void a_hundred_thousand_random_doubles_read_back_the_same(void **state)
{
	uint64_t random = (uint64_t)time(NULL), bits;
	char text[NUMBER_ROOM];
	double value, again;

	(void)state;
	print_message("seed %" PRIu64 "\n", random);
	for (unsigned i = 0; i < 100000; i++) {
		bits = random_bits(&random);
		memcpy(&value, &bits, sizeof value);
		if (!isfinite(value))
			continue;
		assert_in_range(number_real(text, value), 1, NUMBER_ROOM - 1);
		again = strtod(text, NULL);
		assert_memory_equal(&again, &value, sizeof value);
		assert_null(strchr(text, ','));
	}
}

/* Builds de_DE in a folder of its own: few machines have a locale with a comma installed. */
static bool make_comma_locale(const char *folder)
{
	char path[256];
	char *const arguments[] = { "localedef", "-i", "de_DE", "-f", "UTF-8", path, NULL };
	pid_t child;
	int status;

	snprintf(path, sizeof path, "%s/de_DE.UTF-8", folder);
	if (posix_spawnp(&child, "localedef", NULL, NULL, arguments, environ) != 0)
		return false;
	waitpid(child, &status, 0);
	setenv("LOCPATH", folder, 1);
	return setlocale(LC_NUMERIC, "de_DE.UTF-8") != NULL;
}

static void remove_folder(const char *folder)
{
	char *const arguments[] = { "rm", "-rf", (char *)(uintptr_t)folder, NULL };
	pid_t child;

	if (posix_spawnp(&child, "rm", NULL, NULL, arguments, environ) == 0)
		waitpid(child, NULL, 0);
}

static void a_locale_with_a_comma_changes_nothing(void **state)
{
	char folder[] = "/tmp/audiowatch-locale-XXXXXX", raw[8];
	bool made;

	(void)state;
	assert_non_null(mkdtemp(folder));
	made = make_comma_locale(folder);
	remove_folder(folder);
	if (!made) {
		print_message("no locale with a comma could be made (localedef, locales)\n");
		skip();
	}
	snprintf(raw, sizeof raw, "%.1f", 0.5);
	assert_string_equal(raw, "0,5"); /* or this test would show nothing */
	assert_plain_reals();
	setlocale(LC_NUMERIC, "C");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_printed_whole),
		cmocka_unit_test(nanoseconds_are_seconds_to_the_last_digit),
		cmocka_unit_test(reals_are_the_shortest_text_that_reads_back),
		cmocka_unit_test(a_hundred_thousand_random_doubles_read_back_the_same),
		cmocka_unit_test(a_locale_with_a_comma_changes_nothing),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
