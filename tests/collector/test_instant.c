/* SPDX-License-Identifier: MIT */
/* Tests of collector/instant.c: what a suspend, a calendar that is set, and a time namespace do to a reading; and of
 * moment.c, which takes sleeps off. The clocks are injected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/moment.h"

#define S NS_A_SECOND
#define HOUR (3600 * S)
#define YEAR (8766 * HOUR)

static struct instant start(void)
{
	return (struct instant){ .now_ns = 1000 * S, .boot_ns = 1000 * S, .real_ns = 50 * YEAR };
}

/* Awake for so long, and asleep before that. */
static void pass(struct instant *at, uint64_t slept_ns, uint64_t awake_ns)
{
	struct instant clocks = { .now_ns = at->now_ns,
				  .boot_ns = at->boot_ns + slept_ns,
				  .real_ns = at->real_ns + slept_ns };

	*at = instant_after(at, &clocks);
	clocks.now_ns += awake_ns;
	clocks.boot_ns += awake_ns;
	clocks.real_ns += awake_ns;
	*at = instant_after(at, &clocks);
}

static uint64_t slept(const struct instant *at)
{
	uint64_t sum_ns = 0;

	for (unsigned i = 0; i < INSTANT_SLEEPS; i++)
		sum_ns += at->sleeps[i].slept_ns;
	return sum_ns;
}

/* How old, awake, a counter that runs through sleep says something is. */
static uint64_t age_of(const struct instant *at, uint64_t ago_ns)
{
	const struct moment moment = {
		.at = *at, .ticks = 1000 * YEAR, .mult = UINT64_C(1) << 32, .runs_on = true
	};
	uint64_t at_ns;

	assert_true(moment_of(&moment, moment.ticks - ago_ns, &at_ns));
	return at->now_ns - at_ns;
}

static void a_sleep_is_what_boottime_gains_over_monotonic(void **state)
{
	struct instant at = start();

	(void)state;
	pass(&at, HOUR, 5 * S);
	assert_int_equal(at.now_ns, 1005 * S);
	assert_int_equal(at.sleeps[0].slept_ns, HOUR);
	assert_int_equal(at.sleeps[0].woken_boot_ns, 1000 * S + HOUR);
	assert_int_equal(slept(&at), HOUR);
}

static void the_time_between_two_reads_is_no_sleep(void **state)
{
	struct instant at = start();

	(void)state;
	pass(&at, 10 * NS_A_MS, S);
	assert_int_equal(slept(&at), 0);
	pass(&at, 10 * NS_A_MS + 1, S);
	assert_int_equal(slept(&at), 10 * NS_A_MS + 1);
}

static void what_the_machine_slept_before_the_first_reading_is_not_seen(void **state)
{
	const struct instant none = { 0 };
	struct instant clocks = start();

	(void)state;
	clocks.boot_ns += HOUR;
	clocks = instant_after(&none, &clocks);
	assert_int_equal(slept(&clocks), 0);
}

static void a_calendar_set_by_a_year_either_way_is_no_sleep(void **state)
{
	struct instant at = start(), clocks = start();

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		clocks.real_ns += i % 2 ? -YEAR : YEAR;
		clocks.now_ns += S;
		clocks.boot_ns += S;
		at = instant_after(&at, &clocks);
		assert_int_equal(slept(&at), 0);
		assert_int_equal(at.now_ns, clocks.now_ns);
		assert_int_equal(at.real_ns, clocks.real_ns);
		assert_int_equal(age_of(&at, 7 * S), 7 * S);
	}
}

static void a_time_namespace_may_set_either_clock_before_the_other(void **state)
{
	struct instant at = start();

	(void)state;
	at.now_ns += 90 * S; /* BOOTTIME is 90 s behind, and catches up in the sleep */
	pass(&at, 60 * S, S);
	assert_int_equal(slept(&at), 60 * S);
	pass(&at, 60 * S, S);
	assert_int_equal(slept(&at), 120 * S);
	pass(&at, 0, S);
	assert_int_equal(slept(&at), 120 * S);
}

static void every_sleep_within_an_age_is_taken_off(void **state)
{
	struct instant at = start();

	(void)state;
	pass(&at, HOUR, 5 * S);
	pass(&at, 2 * HOUR, 3 * S);
	assert_int_equal(age_of(&at, 3 * S), 3 * S);
	assert_int_equal(age_of(&at, 2 * HOUR), 3 * S); /* in the second sleep */
	assert_int_equal(age_of(&at, 2 * HOUR + 7 * S), 7 * S);
	assert_int_equal(age_of(&at, 2 * HOUR + 8 * S + 1800 * S), 8 * S); /* in the first */
	assert_int_equal(age_of(&at, 3 * HOUR + 9 * S), 9 * S);
}

/* What is too short never fires; too long would. */
static void more_sleeps_than_are_kept_make_no_age_longer(void **state)
{
	struct instant at = start();

	(void)state;
	for (unsigned i = 0; i < 3 * INSTANT_SLEEPS; i++) {
		pass(&at, 60 * S, S);
		for (uint64_t awake_s = 0; awake_s <= i; awake_s++)
			assert_in_range(age_of(&at, awake_s * 61 * S), 0, awake_s * S);
		assert_int_equal(age_of(&at, (i + 1) * 61 * S), (i + 1) * S);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleep_is_what_boottime_gains_over_monotonic),
		cmocka_unit_test(the_time_between_two_reads_is_no_sleep),
		cmocka_unit_test(what_the_machine_slept_before_the_first_reading_is_not_seen),
		cmocka_unit_test(a_calendar_set_by_a_year_either_way_is_no_sleep),
		cmocka_unit_test(a_time_namespace_may_set_either_clock_before_the_other),
		cmocka_unit_test(every_sleep_within_an_age_is_taken_off),
		cmocka_unit_test(more_sleeps_than_are_kept_make_no_age_longer),
	};

	return cmocka_run_group_tests_name("instant", tests, NULL, NULL);
}
