/* SPDX-License-Identifier: MIT */
/* Tests of http/utf8.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/utf8.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Each piece of a text as one letter: v valid, x one U+FFFD. */
static void pieces(const char *text, char *letters)
{
	for (struct utf8_piece p = utf8_next(text); p.length; p = utf8_next(text)) {
		*letters++ = p.valid ? 'v' : 'x';
		text += p.length;
	}
	*letters = '\0';
	assert_int_equal(*text, '\0');
}

static void pieces_are_those_of_the_unicode_standard(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "a\x7F", "vv" },
		{ "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5", "vvv" }, /* ä, the euro sign, a note */
		{ "\x80", "x" }, /* a continuation alone */
		{ "\xC0\xAF", "xx" }, /* overlong */
		{ "\xE0\x80\xAF", "xxx" },
		{ "\xED\xA0\x80", "xxx" }, /* a surrogate */
		{ "\xED\x9F\xBF\xEE\x80\x80", "vv" }, /* its neighbours */
		{ "\xF4\x8F\xBF\xBF", "v" }, /* U+10FFFF */
		{ "\xF4\x90\x80\x80", "xxxx" }, /* one above */
		{ "\xF5\xFF\xFE", "xxx" },
		{ "\xE2\x82", "x" }, /* cut off: one piece */
		{ "\xF0\x9F\x8E", "x" },
		{ "\xC3", "x" },
		{ "\xE2\x82"
		  "a",
		  "xv" },
		{ "\xF0\x9F\x8E\n", "xv" },
		{ "\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64",
		  "vxxxvxvxxv" }, /* table 3-8 */
	};
	char letters[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		pieces(rows[i].text, letters);
		assert_string_equal(letters, rows[i].want);
	}
}

/* The end is the last byte of its own array: a sanitizer sees a step behind it. */
static void nothing_behind_the_end_is_read(void **state)
{
	char text[2] = { 0 };

	(void)state;
	for (unsigned byte = 1; byte < 256; byte++) {
		text[0] = (char)byte;
		assert_int_equal(utf8_next(text).length, 1);
		assert_int_equal(utf8_next(text).valid, byte < 0x80);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_those_of_the_unicode_standard),
		cmocka_unit_test(nothing_behind_the_end_is_read),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
