/* SPDX-License-Identifier: MIT */
/* Tests of collector/phrase.c: figures as people say them, and texts that are cut between characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/phrase.h"

#include <string.h>

#define US UINT64_C(1000)
#define MS (1000 * US)
#define S (1000 * MS)

static void times_have_three_digits_and_the_unit_that_suits(void **state)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} cases[] = {
		{ 0, "0 us" },		{ 1500, "1.5 us" },
		{ 999 * US, "999 us" }, { 5333333, "5.33 ms" },
		{ 25 * MS, "25 ms" },	{ 31200000, "31.2 ms" },
		{ 150 * MS, "150 ms" }, { 1380 * MS, "1.38 s" },
		{ 60 * S, "60 s" },	{ 119 * S, "119 s" },
		{ 300 * S, "5 min" },	{ 6900 * S, "115 min" },
		{ 86400 * S, "24 h" },	{ 172800 * S, "2 d" },
		{ 100 * S, "100 s" },	{ UINT64_MAX, "213504 d" },
	};
	char figure[FIGURE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(figure_time(figure, cases[i].ns), cases[i].want);
}

static void shares_and_times_have_two_digits(void **state)
{
	char figure[FIGURE_SIZE];

	(void)state;
	assert_string_equal(figure_share(figure, share_of(187, 11250)), "1.7 %");
	assert_string_equal(figure_share(figure, 620000), "62 %");
	assert_string_equal(figure_share(figure, 1000000), "100 %");
	assert_string_equal(figure_share(figure, 500), "0.05 %");
	assert_string_equal(figure_times(figure, 5850000), "5.8");
	assert_string_equal(figure_times(figure, 590000), "0.59");
	assert_string_equal(figure_times(figure, 12300000), "12");
	assert_int_equal(share_of(1, 0), 0);
	assert_int_equal(share_of(UINT64_MAX, UINT64_MAX), 1000000);
}

static void what_does_not_fit_is_left_out_between_two_characters(void **state)
{
	char text[8];
	struct phrase phrase = phrase_begin(text, sizeof text);

	(void)state;
	phrase_add(&phrase, "%s", "abc");
	assert_string_equal(text, "abc");
	phrase_add(&phrase, "%s", "def\xc3\xa4"); /* 8 bytes and the NUL */
	assert_string_equal(text, "abcdef");
	phrase_add(&phrase, "x");
	assert_string_equal(text, "abcdef");
}

static void a_text_of_its_very_size_is_whole(void **state)
{
	char text[6];
	struct phrase phrase = phrase_begin(text, sizeof text);

	(void)state;
	phrase_add(&phrase, "%s", "abc");
	phrase_add(&phrase, "%s", "\xc3\xa4");
	assert_string_equal(text, "abc\xc3\xa4");
	phrase_add(&phrase, "%s", "");
	assert_string_equal(text, "abc\xc3\xa4");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_have_three_digits_and_the_unit_that_suits),
		cmocka_unit_test(shares_and_times_have_two_digits),
		cmocka_unit_test(what_does_not_fit_is_left_out_between_two_characters),
		cmocka_unit_test(a_text_of_its_very_size_is_whole),
	};

	return cmocka_run_group_tests_name("phrase", tests, NULL, NULL);
}
