/* SPDX-License-Identifier: MIT */
/* Tests of collector/memory.c: what is saved comes back whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/memory.h"
#include "tests/support/whole_text.h"

#define S NS_A_SECOND
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- sections by hand ---- */

static char told[512]; /* "name:line;" */

static void save_two(void *context, FILE *out)
{
	fprintf(out, "one %s\ntwo\n", (const char *)context);
}

static void save_nothing(void *context, FILE *out)
{
	(void)context;
	(void)out;
}

static bool tell(void *context, const struct memory_gap *gap, const char *line)
{
	const size_t used = strlen(told);

	(void)gap;
	snprintf(told + used, sizeof told - used, "%s:%s;", (const char *)context, line);
	return strcmp(line, "two") != 0;
}

static const struct memory_section items[] = {
	{ "first", (void *)(uintptr_t) "a", save_two, tell },
	{ "empty", (void *)(uintptr_t) "b", save_nothing, tell },
	{ "first2", (void *)(uintptr_t) "c", save_two, tell },
};
static const struct memory_sections sections = { items, COUNT(items) };
static const struct memory_stamp stamp = {
	.at = { .now_ns = 7 * S, .boot_ns = 8 * S, .real_ns = 9 * S }, .boot = "abc-1", .clean = true
};

static char *text_of(size_t *length)
{
	char *text = memory_text(&sections, &stamp, length);

	assert_non_null(text);
	assert_int_equal(*length, strlen(text));
	text = whole_text(text, length);
	*told = '\0';
	return text;
}

/* ---- the text ---- */

static void what_was_saved_comes_back_to_its_owners(void **state)
{
	struct memory_read read = { 0 };
	char error[MEMORY_ERROR_SIZE];
	size_t length;
	char *text = text_of(&length);

	(void)state;
	assert_int_equal(memory_restore(&sections, text, length, &read, error), 0);
	assert_string_equal(told, "a:one a;a:two;c:one c;c:two;");
	assert_int_equal(read.lines, 4);
	assert_int_equal(read.refused, 2);
	assert_int_equal(read.gap.saved.at.now_ns, 7 * S);
	assert_int_equal(read.gap.saved.at.boot_ns, 8 * S);
	assert_int_equal(read.gap.saved.at.real_ns, 9 * S);
	assert_string_equal(read.gap.saved.boot, "abc-1");
	assert_true(read.gap.saved.clean);
	free(text);
}

static void a_section_that_nobody_asks_for_is_left_out(void **state)
{
	const struct memory_sections fewer = { items + 1, 2 };
	struct memory_read read = { 0 };
	char error[MEMORY_ERROR_SIZE];
	size_t length;
	char *text = text_of(&length);

	(void)state;
	assert_int_equal(memory_restore(&fewer, text, length, &read, error), 0);
	assert_string_equal(told, "c:one c;c:two;");
	free(text);
}

static void assert_refused(char *text, size_t length, const char *what)
{
	struct memory_read read = { 0 };
	char error[MEMORY_ERROR_SIZE] = "";

	*told = '\0';
	if (memory_restore(&sections, text, length, &read, error) != -EBADMSG || !*error || *told)
		fail_msg("%s: \"%s\" %s", what, error, told);
}

static void a_text_that_is_cut_anywhere_is_refused_whole(void **state)
{
	size_t length;
	char *text = text_of(&length);

	(void)state;
	for (size_t cut = 0; cut < length; cut++) {
		char *copy =
			malloc(cut + !cut); /* as long as it is: the sanitizer sees who reads on */

		memcpy(copy, text, cut);
		assert_refused(copy, cut, "cut");
		free(copy);
	}
	free(text);
}

static void a_text_with_any_byte_changed_is_refused_whole(void **state)
{
	static const char others[] = { '\0', '\n', '[', 'x', (char)0x80 };
	size_t length;
	char *text = text_of(&length);

	(void)state;
	for (size_t i = 0; i < length; i++)
		for (size_t k = 0; k < COUNT(others); k++) {
			char *copy = strdup(text);

			copy[i] = others[k];
			if (copy[i] != text[i])
				assert_refused(copy, length, "changed");
			free(copy);
		}
	free(text);
}

/* With a last line that vouches for it, as another program or version would write it. */
static void what_others_wrote_is_refused_with_its_reason(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "no state of audiowatchd" },
		{ "audiowatch-trace 1\n", "no state of audiowatchd" },
		{ "audiowatch-state 2 {}\nend 0000000000000000\n", "version 2" },
		{ "audiowatch-state 1 {}\n", "cut short" },
		{ "audiowatch-state 1\nend 0000000000000000\n", "cut short" },
		/* FNV-1a of what stands before, by another hand */
		{ "audiowatch-state 1\nend 550640fac591984f\n", "first line makes no sense" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *copy = strdup(rows[i].text), error[MEMORY_ERROR_SIZE] = "";
		struct memory_read read = { 0 };

		if (memory_restore(&sections, copy, strlen(copy), &read, error) != -EBADMSG ||
		    !strstr(error, rows[i].why))
			fail_msg("row %zu: \"%s\"", i, error);
		free(copy);
	}
}

/* ---- when ---- */

static void the_gap_is_the_kernels_within_a_boot_and_the_calendars_over_one(void **state)
{
	static const struct {
		const char *what, *boot;
		uint64_t now_ns, real_ns, want_s;
	} rows[] = {
		{ "same boot", "abc-1", 7 * S + 90 * S, 9 * S + 5000 * S, 90 },
		{ "less than a second", "abc-1", 7 * S + S / 2, 9 * S, 1 },
		{ "and a half", "abc-1", 7 * S + 5 * S / 2, 9 * S, 2 },
		{ "another boot", "abc-2", 3 * S, 9 * S + 70 * S, 70 },
		{ "the same name, and the clock began anew", "abc-1", 3 * S, 9 * S + 70 * S, 70 },
		{ "another boot, the calendar went back", "abc-2", 300 * S, 8 * S, UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct memory_gap gap = { .saved = stamp };

		strcpy(gap.now.boot, rows[i].boot);
		gap.now.at =
			(struct instant){ .now_ns = rows[i].now_ns, .real_ns = rows[i].real_ns };
		if (memory_gap_s(&gap) != rows[i].want_s)
			fail_msg("%s: %" PRIu64, rows[i].what, memory_gap_s(&gap));
		*gap.now.boot = *gap.saved.boot = '\0';
		assert_false(memory_same_boot(&gap));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_saved_comes_back_to_its_owners),
		cmocka_unit_test(a_section_that_nobody_asks_for_is_left_out),
		cmocka_unit_test(a_text_that_is_cut_anywhere_is_refused_whole),
		cmocka_unit_test(a_text_with_any_byte_changed_is_refused_whole),
		cmocka_unit_test(what_others_wrote_is_refused_with_its_reason),
		cmocka_unit_test(the_gap_is_the_kernels_within_a_boot_and_the_calendars_over_one),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
