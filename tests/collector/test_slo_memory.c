/* SPDX-License-Identifier: MIT */
/* Tests of collector/slo_memory.c: what a restart knows, and what it makes of the time between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/slo.h"

#define S UINT64_C(1000000000)

enum { MINUTE = 16666667, SECOND_OF_MINUTE = 20 };

static struct slo_book before, after;

static const struct slo_options options = { .slos = slo_defaults, .count = 4 };

static uint64_t real_ns(unsigned minutes)
{
	return ((uint64_t)(MINUTE + minutes) * 60 + SECOND_OF_MINUTE) * S;
}

static void live(unsigned minutes)
{
	struct slo_events cycles = { 0 }, calls = { 0 };

	slo_init(&before, &options);
	for (unsigned m = 0; m < minutes; m++) {
		(void)slo_begin(&before, m * 60, real_ns(m));
		slo_see(&before, SLO_CYCLES, &cycles,
			(struct slo_events){ cycles.total + 100 + m, cycles.bad + m % 2 });
		slo_see(&before, SLO_FFI, &calls, (struct slo_events){ calls.total + m, 0 });
	}
}

static char *saved(const struct slo_book *book)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	slo_save(book, out);
	fclose(out);
	return text;
}

static void restore(void)
{
	char *text = saved(&before), *rest = text, *line;

	slo_init(&after, &options);
	while ((line = strsep(&rest, "\n")) && *line)
		if (!slo_restore(&after, line))
			fail_msg("not taken: %s", line);
	free(text);
}

/* Of all minutes that are kept. */
static void assert_present(uint64_t total, uint64_t bad)
{
	struct slo_events sum = { 0 };

	for (unsigned i = 0; i < SLO_MINUTES; i++) {
		sum.total += after.tracks[SLO_PRESENT].minutes[i].total;
		sum.bad += after.tracks[SLO_PRESENT].minutes[i].bad;
	}
	assert_int_equal(sum.total, total);
	assert_int_equal(sum.bad, bad);
}

static void what_was_saved_is_known_again(void **state)
{
	char *first, *second;

	(void)state;
	live(1500);
	slo_rest(&before);
	restore();
	first = saved(&before);
	second = saved(&after);
	assert_string_equal(first, second);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(slo_budget_left(&before, i) == slo_budget_left(&after, i));
		for (unsigned w = 0; w < SLO_WINDOWS; w++)
			assert_true(slo_burn_rate(&before, i, w) == slo_burn_rate(&after, i, w));
	}
	free(first);
	free(second);
}

/* Killed, the file is older than what was shown: going on from it, a counter would fall, and count twice for who reads. */
static void counters_go_on_from_a_clean_shutdown_and_restart_at_0_from_a_crash(void **state)
{
	static const struct slo_events none;

	(void)state;
	live(10);
	restore();
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		assert_memory_equal(&after.tracks[i].counts, &none, sizeof none);
	(void)slo_begin(&after, 0, real_ns(12));
	assert_int_equal(after.tracks[SLO_PRESENT].counts.total,
			 3); /* two that were missed, and this one */
	slo_rest(&before);
	restore();
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		assert_memory_equal(&after.tracks[i].counts, &before.tracks[i].counts, sizeof none);
	assert_int_equal(after.tracks[SLO_PRESENT].counts.total, 10);
}

static void who_comes_back_within_the_minute_goes_on_in_it(void **state)
{
	(void)state;
	live(10);
	restore();
	assert_false(slo_begin(&after, 0, real_ns(9) + 30 * S));
	assert_int_equal(after.minute, MINUTE + 9);
	assert_present(10, 0);
	assert_true(slo_begin(&after, 10, 0));
	assert_present(11, 0);
}

static void minutes_between_a_crash_and_the_start_are_bad(void **state)
{
	(void)state;
	live(10);
	restore();
	assert_true(slo_begin(&after, 0, real_ns(20)));
	assert_present(21, 10);
	assert_int_equal(after.minute, MINUTE + 20);
}

static void minutes_between_a_clean_shutdown_and_the_start_are_none(void **state)
{
	(void)state;
	live(10);
	slo_rest(&before);
	restore();
	assert_true(slo_begin(&after, 0, real_ns(20)));
	assert_present(11, 0);
}

static void a_clock_set_back_between_makes_no_gap_and_no_minute_twice(void **state)
{
	(void)state;
	live(10);
	restore();
	assert_false(slo_begin(&after, 0, real_ns(3)));
	assert_int_equal(after.minute, MINUTE + 9);
	assert_present(10, 0);
	assert_true(slo_begin(&after, 60, 0));
	assert_present(11, 0);
}

/* Ticks stand still while the machine sleeps; the gap is from when it was last awake. */
static void a_machine_that_slept_was_no_gap(void **state)
{
	(void)state;
	live(10);
	(void)slo_begin(&before, 600, real_ns(490));
	restore();
	assert_true(slo_begin(&after, 0, real_ns(493)));
	assert_present(14, 2);
	assert_int_equal(after.minute, MINUTE + 13);
}

static void a_line_that_is_none_of_ours_is_refused_and_changes_nothing(void **state)
{
	static const char *const lines[] = {
		"",
		"slo",
		"slo minute",
		"slo minute 1 2 3 4 5 6 7 8",
		"slo minute 16666667 1 0 1 0 1 0 1",
		"slo minute 16666667 1 0 1 0 1 0 1 0 0",
		"slo minute 16666667 1 2 1 0 1 0 1 0",
		"slo minute 16666667 -1 0 1 0 1 0 1 0",
		"slo minute 16666667 1 0 1 0 1 0 1 99999999999999999999",
		"slo minutes 16666667 1 0 1 0 1 0 1 0",
		"slo counts 1 2 1 0 1 0 1 0",
		"slo now 16666667 16666667 0",
		"silence 1",
	};
	static struct slo_book nothing;

	(void)state;
	slo_init(&after, &options);
	slo_init(&nothing, &options);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (slo_restore(&after, lines[i]))
			fail_msg("taken: %s", lines[i]);
		assert_memory_equal(&after, &nothing, sizeof after);
	}
	assert_true(slo_restore(&after, "slo minute 16666667 1 0 1 0 1 0 1 0\n"));
	assert_false(slo_restore(&after, "slo now 16666668 16666667 0"));
	assert_false(slo_restore(&after, "slo now 16666667 16666667 2"));
	assert_true(slo_restore(&after, "slo now 16666667 16666667 1"));
	(void)slo_begin(&after, 0, real_ns(1));
	assert_false(slo_restore(&after, "slo minute 16666669 1 0 1 0 1 0 1 0"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_saved_is_known_again),
		cmocka_unit_test(counters_go_on_from_a_clean_shutdown_and_restart_at_0_from_a_crash),
		cmocka_unit_test(who_comes_back_within_the_minute_goes_on_in_it),
		cmocka_unit_test(minutes_between_a_crash_and_the_start_are_bad),
		cmocka_unit_test(minutes_between_a_clean_shutdown_and_the_start_are_none),
		cmocka_unit_test(a_clock_set_back_between_makes_no_gap_and_no_minute_twice),
		cmocka_unit_test(a_machine_that_slept_was_no_gap),
		cmocka_unit_test(a_line_that_is_none_of_ours_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests_name("slo_memory", tests, NULL, NULL);
}
