/* SPDX-License-Identifier: MIT */
/* Tests of tools/bench/latency_schedule.c: when the next period begins, which are skipped, and what work is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tools/bench/latency_schedule.h"

#define SECOND UINT64_C(1000000000)

static void periods_do_not_drift(void **state)
{
	struct latency_schedule schedule = {
		.origin_ns = 7, .rate_hz = 48000, .frames = 256, .periods = UINT64_MAX
	};

	(void)state;
	assert_int_equal(latency_period_ns(256, 48000), 5333333);
	schedule.next = 3;
	assert_int_equal(latency_schedule_due(&schedule), 7 + 16000000);
	schedule.next = UINT64_C(187) * 86400 * 365 + UINT64_C(86400) * 365 / 2; /* a year of them */
	assert_int_equal(latency_schedule_due(&schedule), 7 + SECOND * 86400 * 365);
}

static void a_duration_holds_every_period_that_begins_in_it(void **state)
{
	static const struct {
		uint64_t duration_ns;
		uint32_t frames, rate_hz;
		uint64_t periods;
	} rows[] = {
		{ SECOND, 256, 48000, 188 }, /* 187.5 */
		{ 16000000, 256, 48000, 3 }, /* to the nanosecond */
		{ 16000001, 256, 48000, 4 },
		{ SECOND, 5000, 1000000, 200 },
		{ 1, 256, 48000, 1 },
		{ 86400 * SECOND, 64, 192000, UINT64_C(86400) * 3000 },
		{ 0, 256, 48000, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(
			latency_periods(rows[i].duration_ns, rows[i].frames, rows[i].rate_hz),
			rows[i].periods);
}

static void a_cycle_that_ended_in_time_skips_nothing(void **state)
{
	static const uint64_t ends_ns[] = { 1000, 5000000, 9999999, 10000000 };

	(void)state;
	for (size_t i = 0; i < sizeof ends_ns / sizeof *ends_ns; i++) {
		struct latency_schedule schedule = {
			.rate_hz = 1000000, .frames = 5000, .next = 1, .periods = UINT64_MAX
		};

		assert_int_equal(latency_schedule_next(&schedule, ends_ns[i]), 0);
		assert_int_equal(schedule.next, 2);
	}
}

static void periods_that_began_while_a_cycle_ran_are_skipped_and_counted(void **state)
{
	static const struct {
		uint64_t now_ns, skipped, due_ns;
	} rows[] = {
		{ 105000001, 1, 110000000 },
		{ 110000000, 1, 110000000 },
		{ 110000001, 2, 115000000 },
		{ 1100000000, 199, 1100000000 },
		{ 100 * SECOND + 100000001, 20000, 100 * SECOND + 105000000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct latency_schedule schedule = { .origin_ns = 100000000,
						     .rate_hz = 1000000,
						     .frames = 5000,
						     .periods = UINT64_MAX };

		assert_int_equal(latency_schedule_next(&schedule, rows[i].now_ns), rows[i].skipped);
		assert_int_equal(latency_schedule_due(&schedule), rows[i].due_ns);
	}
}

static void the_next_period_never_lies_in_the_past(void **state)
{
	struct latency_schedule schedule = {
		.origin_ns = 3, .rate_hz = 44100, .frames = 64, .periods = UINT64_MAX
	};
	uint64_t now_ns = 3, skipped = 0, cycles = 0;

	(void)state;
	for (unsigned i = 0; i < 10000; i++, cycles++) {
		const uint64_t last_ns = latency_schedule_due(&schedule);

		now_ns = last_ns + i % 97 * 100003;
		skipped += latency_schedule_next(&schedule, now_ns);
		assert_true(latency_schedule_due(&schedule) >= now_ns);
		assert_true(latency_schedule_due(&schedule) > last_ns);
	}
	assert_true(skipped > 0);
	assert_int_equal(cycles + skipped, schedule.next);
}

static void cycles_and_skipped_ones_are_all_that_a_duration_holds(void **state)
{
	struct latency_schedule schedule = { .rate_hz = 1000000, .frames = 1000, .periods = 10 };
	uint64_t told = 0;

	(void)state;
	for (; !latency_schedule_ended(&schedule); told++)
		told += latency_schedule_next(&schedule, latency_schedule_due(&schedule) + 3500000);
	assert_int_equal(told, 10);
}

static void work_counts_what_it_had_and_not_what_was_taken_away(void **state)
{
	struct latency_work work = { .left_ns = 3000, .seen_ns = 1000, .look_ns = LATENCY_LOOK_NS };

	(void)state;
	assert_true(latency_work_step(&work, 1500));
	assert_int_equal(work.left_ns, 2500);
	assert_true(latency_work_step(&work, 5001500)); /* 5 ms of somebody else's */
	assert_int_equal(work.left_ns, 2500 - LATENCY_LOOK_NS);
	assert_true(latency_work_step(&work, 5001999));
	assert_false(latency_work_step(&work, 5002000));
	assert_int_equal(work.left_ns, 0);
}

static void work_ends_although_the_clock_stands_or_leaps(void **state)
{
	struct latency_work work = { .left_ns = 1, .seen_ns = 1000, .look_ns = LATENCY_LOOK_NS };

	(void)state;
	assert_true(latency_work_step(&work, 1000));
	assert_false(latency_work_step(&work, UINT64_MAX));
	assert_false(latency_work_step(&work, UINT64_MAX));
}

static void work_takes_as_long_as_told_whatever_a_look_costs(void **state)
{
	static const uint64_t costs_ns[] = { 20, 999, 1000, 1001, 2000, 2001, 7000, 100000 };

	(void)state;
	for (size_t i = 0; i < sizeof costs_ns / sizeof *costs_ns; i++) {
		struct latency_work work = { .left_ns = 1000000,
					     .look_ns = latency_look_limit(costs_ns[i]) };
		uint64_t now_ns = 0;

		do
			now_ns += costs_ns[i];
		while (latency_work_step(&work, now_ns));
		assert_in_range(now_ns, 1000000, 1000000 + costs_ns[i]);
		assert_true(work.look_ns >= LATENCY_LOOK_NS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(periods_do_not_drift),
		cmocka_unit_test(a_duration_holds_every_period_that_begins_in_it),
		cmocka_unit_test(a_cycle_that_ended_in_time_skips_nothing),
		cmocka_unit_test(periods_that_began_while_a_cycle_ran_are_skipped_and_counted),
		cmocka_unit_test(the_next_period_never_lies_in_the_past),
		cmocka_unit_test(cycles_and_skipped_ones_are_all_that_a_duration_holds),
		cmocka_unit_test(work_counts_what_it_had_and_not_what_was_taken_away),
		cmocka_unit_test(work_takes_as_long_as_told_whatever_a_look_costs),
		cmocka_unit_test(work_ends_although_the_clock_stands_or_leaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
