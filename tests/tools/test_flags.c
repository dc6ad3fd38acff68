/* SPDX-License-Identifier: MIT */
/* Tests of tools/cli/flags.c: long names and letters, attached, separate and optional values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/flags.h"

/* What the flags were given, in their order: "quiet threads=4". */
static char told[200];

static int tell(const char *name, const char *value)
{
	const size_t used = strlen(told);

	(void)snprintf(told + used, sizeof told - used, "%s%s%s%s", used ? " " : "", name,
		       value ? "=" : "", value ? value : "");
	return 0;
}

static int take_quiet(void *context, const char *value)
{
	(void)context;
	return tell("quiet", value);
}

static int take_lock(void *context, const char *value)
{
	(void)context;
	return tell("lock", value);
}

static int take_time(void *context, const char *value)
{
	(void)context;
	return tell("time", value);
}

static int take_threads(void *context, const char *value)
{
	(void)context;
	return tell("threads", value);
}

static int take_name(void *context, const char *value)
{
	(void)context;
	return value && !strcmp(value, "refused") ? -1 : tell("name", value);
}

static const struct flag table[] = {
	{ NULL, NULL, NULL, "What it does:", NULL },
	{ "-q, --quiet", NULL, NULL, "no words", take_quiet },
	{ "-m, --lock", NULL, NULL, "lock it", take_lock },
	{ "-D, --time", "TIME", "5s", "how long", take_time },
	{ "-t, --threads", "[N]", "4", "how many", take_threads },
	{ "--name", "NAME", "me", "who", take_name },
};

static const struct flags flags = { "work", table, sizeof table / sizeof *table };

enum { MAX_WORDS = 8 };

static int read_words(const char *line)
{
	char copy[100], *words[MAX_WORDS + 1] = { NULL }, *rest;
	int count = 0;

	told[0] = '\0';
	(void)snprintf(copy, sizeof copy, "work %s", line);
	for (char *word = strtok_r(copy, " ", &rest); word && count < MAX_WORDS;
	     word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	return flags_read(&flags, NULL, count, words);
}

static void every_way_to_say_a_flag_is_read(void **state)
{
	static const struct {
		const char *line, *told;
	} rows[] = {
		{ "", "" },
		{ "--quiet --time 5 --name=x", "quiet time=5 name=x" },
		{ "-q -D 5 -m", "quiet time=5 lock" },
		{ "-D5 -D5s", "time=5 time=5s" },
		{ "-qm", "quiet lock" },
		{ "-qmD5", "quiet lock time=5" },
		{ "-qD 5 -m", "quiet time=5 lock" },
		{ "--time -q", "time=-q" }, /* as getopt reads it */
		{ "-D=5", "time==5" },
		{ "--name=", "name=" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(read_words(rows[i].line), 0);
		assert_string_equal(told, rows[i].told);
	}
}

static void a_value_that_may_be_left_out_is_a_number_or_attached(void **state)
{
	static const struct {
		const char *line, *told;
	} rows[] = {
		{ "-t", "threads" },
		{ "-t -q", "threads quiet" },
		{ "-t 4 -q", "threads=4 quiet" },
		{ "-t4 -q", "threads=4 quiet" },
		{ "-t 0", "threads=0" },
		{ "-qt", "quiet threads" },
		{ "-tq", "threads=q" },
		{ "--threads --quiet", "threads quiet" },
		{ "--threads 4", "threads=4" },
		{ "--threads=4", "threads=4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(read_words(rows[i].line), 0);
		assert_string_equal(told, rows[i].told);
	}
}

static void what_is_no_flag_is_refused_and_nothing_after_it_read(void **state)
{
	static const struct {
		const char *line, *told;
	} rows[] = {
		{ "-q --tiem 5 -m", "quiet" },
		{ "word -q", "" },
		{ "- -q", "" },
		{ "-- -q", "" },
		{ "-x -q", "" },
		{ "-qx -m", "quiet" },
		{ "--quiet=1 -m", "" },
		{ "-m -D", "lock" },
		{ "-m --time", "lock" },
		{ "-D, 5", "time=," },
		{ "--name refused -q", "" },
		{ "--", "" },
		{ "-,", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(read_words(rows[i].line) < 0);
		assert_string_equal(told, rows[i].told);
	}
}

static int take_word(void *context, const char *value)
{
	(void)context;
	return strcmp(value, "refused") ? tell("word", value) : -1;
}

static void words_are_taken_where_a_row_is_for_them(void **state)
{
	static const struct flag wordy[] = {
		{ "TEXT", NULL, NULL, "any word", take_word },
		{ "-q, --quiet", NULL, NULL, "no words", take_quiet },
		{ "-D, --time", "TIME", "5s", "how long", take_time },
	};
	static const struct {
		const char *words[5], *told;
		bool bad;
	} rows[] = {
		{ { "work", "a b", "-q", "c" }, "word=a b quiet word=c", false },
		{ { "work", "--time", "5s", "" }, "time=5s word=", false },
		{ { "work", "-D5", "quiet" }, "time=5 word=quiet", false },
		{ { "work", "a", "refused", "b" }, "word=a", true },
		{ { "work", "TEXT", "--TEXT" }, "word=TEXT", true },
		{ { "work", "-", "a" }, "", true },
		{ { "work", "-E", "a" }, "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *words[5];
		int count = 0;

		told[0] = '\0';
		for (; count < 5 && rows[i].words[count]; count++)
			words[count] = (char *)rows[i].words[count];
		if ((flags_read(&(struct flags){ "work", wordy, 3 }, NULL, count, words) < 0) !=
			    rows[i].bad ||
		    strcmp(told, rows[i].told) != 0)
			fail_msg("row %zu: %s", i, told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_say_a_flag_is_read),
		cmocka_unit_test(a_value_that_may_be_left_out_is_a_number_or_attached),
		cmocka_unit_test(words_are_taken_where_a_row_is_for_them),
		cmocka_unit_test(what_is_no_flag_is_refused_and_nothing_after_it_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
