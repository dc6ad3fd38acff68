/* SPDX-License-Identifier: MIT */
/* Tests of http/expo.c and http/expo_text.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/expo.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LABELS(...) \
	((struct expo_labels){ (const struct expo_label[]){ __VA_ARGS__ }, \
			       sizeof((const struct expo_label[]){ __VA_ARGS__ }) / \
				       sizeof(struct expo_label) })

static const struct expo_labels no_labels;

/* A refused allocation is a result here, not the end. */
#define SANITIZER_HOOK __attribute__((visibility("default"))) const char *

SANITIZER_HOOK __asan_default_options(void);
SANITIZER_HOOK __tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void assert_exposition(struct expo_writer *writer, const char *want)
{
	size_t length;
	char *body = expo_finish(writer, &length);

	assert_non_null(body);
	assert_string_equal(body, want);
	assert_int_equal(length, strlen(want));
	free(body);
	assert_null(writer->body);
	assert_int_equal(writer->length, 0);
}

static void a_whole_exposition_is_written_to_the_letter(void **state)
{
	static const char *const le[] = { "0.01", "0.025", "1.0" };
	static const uint64_t cells[] = { 2, 0, 3, 1 };
	struct expo_histogram times = { le, cells, COUNT(le),
					expo_nanoseconds(UINT64_C(4005300000)) };
	struct expo_writer writer;

	(void)state;
	expo_init(&writer, &expo_text);
	expo_family(&writer, "blocks_total", EXPO_COUNTER, "Render calls.");
	expo_sample(&writer, LABELS({ "app", "a" }, { "engine", "e" }), expo_count(UINT64_MAX));
	expo_sample(&writer, LABELS({ "app", "b" }, { "engine", "" }), expo_count(0));
	expo_family(&writer, "render_seconds", EXPO_HISTOGRAM, "Wall time.");
	expo_buckets(&writer, LABELS({ "app", "a" }), &times);
	expo_buckets(&writer, no_labels, &times);
	expo_family(&writer, "load_ratio", EXPO_GAUGE, "Load.");
	expo_sample(&writer, no_labels, expo_real(0.5));
	assert_exposition(&writer, "# HELP blocks_total Render calls.\n"
				   "# TYPE blocks_total counter\n"
				   "blocks_total{app=\"a\",engine=\"e\"} 18446744073709551615\n"
				   "blocks_total{app=\"b\",engine=\"\"} 0\n"
				   "# HELP render_seconds Wall time.\n"
				   "# TYPE render_seconds histogram\n"
				   "render_seconds_bucket{app=\"a\",le=\"0.01\"} 2\n"
				   "render_seconds_bucket{app=\"a\",le=\"0.025\"} 2\n"
				   "render_seconds_bucket{app=\"a\",le=\"1.0\"} 5\n"
				   "render_seconds_bucket{app=\"a\",le=\"+Inf\"} 6\n"
				   "render_seconds_sum{app=\"a\"} 4.0053\n"
				   "render_seconds_count{app=\"a\"} 6\n"
				   "render_seconds_bucket{le=\"0.01\"} 2\n"
				   "render_seconds_bucket{le=\"0.025\"} 2\n"
				   "render_seconds_bucket{le=\"1.0\"} 5\n"
				   "render_seconds_bucket{le=\"+Inf\"} 6\n"
				   "render_seconds_sum 4.0053\n"
				   "render_seconds_count 6\n"
				   "# HELP load_ratio Load.\n"
				   "# TYPE load_ratio gauge\n"
				   "load_ratio 0.5\n");
}

static void a_family_without_samples_is_not_written(void **state)
{
	struct expo_writer writer;

	(void)state;
	expo_init(&writer, &expo_text);
	expo_family(&writer, "nothing_total", EXPO_COUNTER, "Never.");
	expo_family(&writer, "up", EXPO_GAUGE, "Alive.");
	expo_sample(&writer, no_labels, expo_count(1));
	expo_family(&writer, "nothing_else", EXPO_HISTOGRAM, "Never.");
	assert_exposition(&writer, "# HELP up Alive.\n# TYPE up gauge\nup 1\n");
}

static void an_exposition_of_nothing_is_an_empty_body(void **state)
{
	struct expo_writer writer;

	(void)state;
	expo_init(&writer, &expo_text);
	assert_exposition(&writer, "");
	expo_family(&writer, "up", EXPO_GAUGE, "Alive."); /* and the writer is good for another */
	expo_sample(&writer, no_labels, expo_count(1));
	assert_exposition(&writer, "# HELP up Alive.\n# TYPE up gauge\nup 1\n");
}

static void values_that_are_no_numbers_are_spelled_as_prometheus_reads_them(void **state)
{
	struct expo_writer writer;

	(void)state;
	expo_init(&writer, &expo_text);
	expo_family(&writer, "x", EXPO_GAUGE, "X.");
	expo_sample(&writer, no_labels, expo_real(NAN));
	expo_sample(&writer, no_labels, expo_real(INFINITY));
	expo_sample(&writer, no_labels, expo_real(-INFINITY));
	assert_exposition(&writer, "# HELP x X.\n# TYPE x gauge\nx NaN\nx +Inf\nx -Inf\n");
}

static void help_and_labels_are_escaped_each_in_its_way(void **state)
{
	struct expo_writer writer;

	(void)state;
	expo_init(&writer, &expo_text);
	expo_family(&writer, "x", EXPO_GAUGE, "a \"b\" \\ c\nd\xFF.");
	expo_sample(&writer, LABELS({ "v", "a \"b\" \\ c\nd\xFF\xE2\x82\xAC" }), expo_count(1));
	assert_exposition(&writer, "# HELP x a \"b\" \\\\ c\\nd\xEF\xBF\xBD.\n# TYPE x gauge\n"
				   "x{v=\"a \\\"b\\\" \\\\ c\\nd\xEF\xBF\xBD\xE2\x82\xAC\"} 1\n");
}

static void buckets_beyond_the_last_number_stay_there(void **state)
{
	static const char *const le[] = { "1.0", "2.0" };
	static const uint64_t cells[] = { 5, UINT64_MAX - 2, 7 };
	struct expo_histogram h = { le, cells, COUNT(le), expo_count(0) };
	struct expo_writer writer;

	(void)state;
	expo_init(&writer, &expo_text);
	expo_family(&writer, "x", EXPO_HISTOGRAM, "X.");
	expo_buckets(&writer, no_labels, &h);
	assert_exposition(&writer, "# HELP x X.\n# TYPE x histogram\nx_bucket{le=\"1.0\"} 5\n"
				   "x_bucket{le=\"2.0\"} 18446744073709551615\n"
				   "x_bucket{le=\"+Inf\"} 18446744073709551615\n"
				   "x_sum 0\nx_count 18446744073709551615\n");
}

/* ---- hostile names ---- */

/* Reads `x{v="..."} 1` and LF at text by the format's own rules: what the quotes held, and where
 * the line ends. NULL when it is anything else. Written apart from the writer, so that both
 * would have to be wrong alike. */
static const char *read_line(const char *text, char *value)
{
	if (strncmp(text, "x{v=\"", 5) != 0)
		return NULL;
	for (text += 5; *text != '"'; text++) {
		if (*text == '\0' || *text == '\n')
			return NULL;
		if (*text != '\\')
			*value++ = *text;
		else if (strchr("n\\\"", *++text) && *text)
			*value++ = (char)(*text == 'n' ? '\n' : *text);
		else
			return NULL;
	}
	*value = '\0';
	return strncmp(text, "\"} 1\n", 5) == 0 ? text + 5 : NULL;
}

/* One sample with this label value is one line, and that line gives the value back. */
static void assert_one_series(const char *given, const char *want)
{
	static const char head[] = "# HELP x X.\n# TYPE x gauge\n";
	char *value = malloc(strlen(given) * 3 + 1), *body;
	struct expo_writer writer;
	const char *rest;
	size_t length;

	expo_init(&writer, &expo_text);
	expo_family(&writer, "x", EXPO_GAUGE, "X.");
	expo_sample(&writer, LABELS({ "v", given }), expo_count(1));
	body = expo_finish(&writer, &length);
	assert_non_null(body);
	assert_memory_equal(body, head, sizeof head - 1);
	rest = read_line(body + sizeof head - 1, value);
	assert_non_null(rest);
	assert_ptr_equal(rest, body + length);
	assert_string_equal(value, want);
	free(body);
	free(value);
}

static void a_hostile_name_forges_no_series(void **state)
{
	static const struct {
		const char *given, *want; /* NULL = the same */
	} rows[] = {
		{ "", NULL },
		{ "a\"} 1\nforged{x=\"", NULL },
		{ "\n# TYPE x counter\nx 7\n", NULL },
		{ "\\", NULL },
		{ "\\\"", NULL },
		{ "\\n", NULL },
		{ "\r\v\f\x01\x7F", NULL },
		{ "\xE2\x80\xA8line separator", NULL },
		{ "a\xE2\"} 1\n",
		  "a\xEF\xBF\xBD\"} 1\n" }, /* a cut character must not swallow the quote */
		{ "\xC0\xA2", "\xEF\xBF\xBD\xEF\xBF\xBD" }, /* an overlong quote */
		{ "\xC0\x8A", "\xEF\xBF\xBD\xEF\xBF\xBD" }, /* an overlong LF */
		{ "\xF0\x9F\x8E", "\xEF\xBF\xBD" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_one_series(rows[i].given, rows[i].want ? rows[i].want : rows[i].given);
}

static void sixty_four_kib_of_quotes_are_one_series(void **state)
{
	enum { SIZE = 64 * 1024 };
	char *name = malloc(SIZE + 1);

	(void)state;
	memset(name, '"', SIZE);
	name[SIZE] = '\0';
	assert_one_series(name, name);
	free(name);
}

static void random_bytes_are_one_series_of_valid_utf8(void **state)
{
	unsigned seed = (unsigned)time(NULL), checked = 0;
	char name[64], value[3 * sizeof name];

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (unsigned round = 0; round < 20000; round++, checked++) {
		size_t length = (size_t)rand() % sizeof name;
		struct expo_writer writer;
		char *body;

		for (size_t i = 0; i < length; i++)
			name[i] = (char)(rand() % 4 ? 1 + rand() % 255 : "\"\\\n\xE2"[rand() % 4]);
		name[length] = '\0';
		expo_init(&writer, &expo_text);
		expo_family(&writer, "x", EXPO_GAUGE, "X.");
		writer.headed = true; /* the line alone */
		expo_sample(&writer, LABELS({ "v", name }), expo_count(1));
		body = expo_finish(&writer, &length);
		assert_ptr_equal(read_line(body, value), body + length);
		assert_int_not_equal(mbstowcs(NULL, body, 0), (size_t)-1);
		free(body);
	}
	assert_int_equal(checked, 20000);
}

/* ---- memory ---- */

static void a_body_that_fits_nowhere_fails_and_stays_failed(void **state)
{
	struct expo_writer writer;
	size_t length = 1;

	(void)state;
	expo_init(&writer, &expo_text);
	writer.length =
		SIZE_MAX / 2 + 1; /* as if that much were written: no allocation can hold it */
	expo_family(&writer, "x", EXPO_GAUGE, "X.");
	expo_sample(&writer, no_labels, expo_count(1));
	assert_true(writer.failed);
	writer.length = 0;
	expo_sample(&writer, no_labels, expo_count(1));
	assert_null(writer.body);
	assert_null(expo_finish(&writer, &length));
	assert_int_equal(length, 0);
	assert_false(writer.failed);
}

static void a_length_that_overflows_is_refused(void **state)
{
	struct expo_writer writer;
	size_t length;

	(void)state;
	expo_init(&writer, &expo_text);
	writer.length = SIZE_MAX - 2; /* two bytes more would wrap to a room that seems enough */
	expo_family(&writer, "x", EXPO_GAUGE, "X.");
	expo_sample(&writer, no_labels, expo_count(1));
	assert_true(writer.failed);
	assert_null(expo_finish(&writer, &length));
}

static void deinit_drops_a_half_written_body(void **state)
{
	struct expo_writer writer;

	(void)state;
	expo_init(&writer, &expo_text);
	expo_family(&writer, "x", EXPO_GAUGE, "X.");
	expo_sample(&writer, no_labels, expo_count(1));
	expo_deinit(&writer);
	assert_exposition(&writer, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_exposition_is_written_to_the_letter),
		cmocka_unit_test(a_family_without_samples_is_not_written),
		cmocka_unit_test(an_exposition_of_nothing_is_an_empty_body),
		cmocka_unit_test(values_that_are_no_numbers_are_spelled_as_prometheus_reads_them),
		cmocka_unit_test(help_and_labels_are_escaped_each_in_its_way),
		cmocka_unit_test(buckets_beyond_the_last_number_stay_there),
		cmocka_unit_test(a_hostile_name_forges_no_series),
		cmocka_unit_test(sixty_four_kib_of_quotes_are_one_series),
		cmocka_unit_test(random_bytes_are_one_series_of_valid_utf8),
		cmocka_unit_test(a_body_that_fits_nowhere_fails_and_stays_failed),
		cmocka_unit_test(a_length_that_overflows_is_refused),
		cmocka_unit_test(deinit_drops_a_half_written_body),
	};

	setlocale(LC_CTYPE, "C.UTF-8"); /* mbstowcs() judges the UTF-8 */
	return cmocka_run_group_tests_name("expo_text", tests, NULL, NULL);
}
