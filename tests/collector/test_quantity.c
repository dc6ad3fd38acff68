/* SPDX-License-Identifier: MIT */
/* Tests of collector/quantity.c and nearest.c: what is a quantity, exactly, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/nearest.h"
#include "collector/quantity.h"

enum { NONE = 7 };

struct row {
	const char *text;
	uint64_t value; /* NONE: it is none */
};

static void check(bool (*read)(const char *text, uint64_t *value), const struct row *rows,
		  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = NONE;
		const bool is = read(rows[i].text, &value);

		if (is != (rows[i].value != NONE) || value != rows[i].value)
			fail_msg("\"%s\" is %llu", rows[i].text, (unsigned long long)value);
	}
}

#define CHECK(read, rows) check(read, rows, sizeof rows / sizeof *rows)

static void durations_are_exact(void **state)
{
	static const struct row rows[] = {
		{ "500ms", 500000000 },
		{ "1s", 1000000000 },
		{ "2m", 120000000000 },
		{ "1h", 3600000000000 },
		{ "30d", 2592000000000000 },
		{ "0", 0 },
		{ "0s", 0 },
		{ "25.1ms", 25100000 },
		{ "0.000000001s", 1 },
		{ "1.50h", 5400000000000 },
		{ "3us", 3000 },
		{ "106751d", 9223286400000000000 },
		{ "106752d", NONE },
		{ "0.0000000001s", NONE },
		{ "0.1ns", NONE },
		{ "25 parsecs", NONE },
		{ "25", NONE },
		{ "ms", NONE },
		{ "", NONE },
		{ "-1s", NONE },
		{ "+1s", NONE },
		{ " 1s", NONE },
		{ "1 s", NONE },
		{ "1S", NONE },
		{ "1.s", NONE },
		{ ".5s", NONE },
		{ "1.2.3s", NONE },
		{ "1h30m", NONE },
		{ "99999999999999999999s", NONE },
	};

	(void)state;
	CHECK(quantity_duration, rows);
}

static void sizes_are_in_powers_of_two(void **state)
{
	static const struct row rows[] = {
		{ "64MiB", 67108864 }, { "1KiB", 1024 },   { "1.5KiB", 1536 },
		{ "12", 12 },	       { "12B", 12 },	   { "1GiB", 1073741824 },
		{ "1MB", NONE },       { "0.3KiB", NONE },
	};

	(void)state;
	CHECK(quantity_size, rows);
}

static void ratios_are_in_millionths(void **state)
{
	static const struct row rows[] = {
		{ "0.9", 900000 }, { "90%", 900000 }, { "5.0%", 50000 },     { "1", 1000000 },
		{ "0", 0 },	   { "0.000001", 1 }, { "0.0000001", NONE }, { "%", NONE },
	};

	(void)state;
	CHECK(quantity_ratio, rows);
}

static void counts_are_whole(void **state)
{
	static const struct row rows[] = {
		{ "0", 0 }, { "50000", 50000 }, { "1.0", NONE }, { "1e3", NONE }, { "x", NONE },
	};

	(void)state;
	CHECK(quantity_count, rows);
}

static void truth_has_a_few_words(void **state)
{
	static const char *const words[][2] = {
		{ "false", "true" }, { "No", "YES" }, { "off", "on" }, { "0", "1" }
	};
	bool value;

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (int is = 0; is < 2; is++) {
			value = !is;
			assert_true(quantity_boolean(words[i][is], &value));
			assert_int_equal(value, is);
		}
	assert_false(quantity_boolean("", &value));
	assert_false(quantity_boolean("2", &value));
}

static void what_is_written_is_short_and_exact(void **state)
{
	static const struct row rows[] = {
		{ "0s", 0 },
		{ "1ns", 1 },
		{ "25100us", 25100000 },
		{ "90s", 90000000000 },
		{ "2m", 120000000000 },
		{ "1d", 86400000000000 },
	};
	char text[QUANTITY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		quantity_put_duration(text, rows[i].value);
		assert_string_equal(text, rows[i].text);
	}
	quantity_put_ratio(text, 950000);
	assert_string_equal(text, "0.95");
	quantity_put_ratio(text, 10000000);
	assert_string_equal(text, "10");
	quantity_put_ratio(text, 0);
	assert_string_equal(text, "0");
	quantity_put_count(text, UINT64_MAX);
	assert_string_equal(text, "18446744073709551615");
}

static void the_nearest_word_is_at_most_three_letters_away(void **state)
{
	static const char *const words[] = { "above", "alert", "window" };

	(void)state;
	assert_string_equal(nearest_word("abov", words, 3, sizeof *words), "above");
	assert_string_equal(nearest_word("widnow", words, 3, sizeof *words), "window");
	assert_null(nearest_word("statistic", words, 3, sizeof *words));
	assert_null(nearest_word("x", words, 3, sizeof *words));
	assert_null(nearest_word("", words, 3, sizeof *words));
	assert_null(nearest_word("a-word-longer-than-any-that-is", words, 3, sizeof *words));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_exact),
		cmocka_unit_test(sizes_are_in_powers_of_two),
		cmocka_unit_test(ratios_are_in_millionths),
		cmocka_unit_test(counts_are_whole),
		cmocka_unit_test(truth_has_a_few_words),
		cmocka_unit_test(what_is_written_is_short_and_exact),
		cmocka_unit_test(the_nearest_word_is_at_most_three_letters_away),
	};

	return cmocka_run_group_tests_name("quantity", tests, NULL, NULL);
}
