/* SPDX-License-Identifier: MIT */
/* Tests of tools/bench/latency_meter.c: what a cycle adds, when it is a miss, and who breaks the measurement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tools/bench/latency_meter.h"

static void a_cycle_that_ends_after_its_period_is_a_miss(void **state)
{
	static const struct {
		uint64_t delay_ns, render_ns, misses;
	} rows[] = {
		{ 0, 1000, 0 },
		{ 400, 600, 0 },
		{ 400, 601, 1 },
		{ 0, 1001, 1 },
		{ 1001, 0, 1 },
		{ LATENCY_UNKNOWN, 1000, 0 },
		{ LATENCY_UNKNOWN, 1001, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct latency_control control = { .limit_ns = 0 };
		struct latency_meter meter = { .control = &control };
		const struct latency_cycle cycle = { rows[i].delay_ns, rows[i].render_ns, 0, 1000 };

		latency_meter_cycle(&meter, &cycle);
		assert_int_equal(meter.misses, rows[i].misses);
		assert_int_equal(meter.cycles, 1);
		assert_false(latency_control_stopped(&control));
	}
}

static void a_start_of_jack_is_believed_within_a_period(void **state)
{
	static const struct {
		uint64_t entry_ns, start_ns, delay_ns;
	} rows[] = {
		{ 5000, 5000, 0 },
		{ 5000, 4400, 600 },
		{ 5000, 4001, 999 },
		{ 5000, 4000, LATENCY_UNKNOWN },
		{ 400005000, 5000, LATENCY_UNKNOWN },
		{ 5000, 5999, 0 },
		{ 5000, 6000, LATENCY_UNKNOWN },
		{ 5000, 400005000, LATENCY_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(latency_entry_delay(rows[i].entry_ns, rows[i].start_ns, 1000),
				 rows[i].delay_ns);
}

static void an_unknown_delay_enters_no_series(void **state)
{
	struct latency_control control = { .limit_ns = 100 };
	struct latency_meter meter = { .control = &control };

	(void)state;
	assert_int_equal(latency_meter_init(&meter, &control, 10), 0);
	latency_meter_cycle(&meter, &(struct latency_cycle){ LATENCY_UNKNOWN, 30, 0, 1000 });
	latency_meter_cycle(&meter, &(struct latency_cycle){ 50, 40, 0, 1000 });
	assert_int_equal(meter.wakeup.count, 1);
	assert_int_equal(meter.histogram.buckets[0], 1);
	assert_int_equal(meter.histogram.overflows, 0);
	assert_int_equal(meter.render.count, 2);
	assert_int_equal(meter.cycles, 2);
	assert_false(latency_control_stopped(&control));
	latency_meter_deinit(&meter);
}

static void jitter_is_what_a_render_took_beyond_what_it_was_told(void **state)
{
	struct latency_control control = { .limit_ns = 0 };
	struct latency_meter meter = { .control = &control };

	(void)state;
	latency_meter_cycle(&meter, &(struct latency_cycle){ 0, 330, 300, 1000 });
	assert_int_equal(meter.jitter.last_ns, 30);
	latency_meter_cycle(&meter, &(struct latency_cycle){ 0, 299, 300, 1000 });
	assert_int_equal(meter.jitter.last_ns, 0);
	assert_int_equal(meter.jitter.count, 2);
}

static void the_first_wakeup_beyond_the_limit_breaks_and_is_told(void **state)
{
	struct latency_control control = { .limit_ns = 100 };
	struct latency_meter meters[] = { { .number = 0, .control = &control },
					  { .number = 1, .control = &control } };

	(void)state;
	latency_meter_cycle(&meters[1], &(struct latency_cycle){ 100, 500, 0, 1000 });
	assert_false(latency_control_stopped(&control));
	latency_meter_cycle(&meters[1], &(struct latency_cycle){ 101, 0, 0, 1000 });
	assert_true(latency_control_stopped(&control));
	latency_meter_cycle(&meters[0], &(struct latency_cycle){ 900, 0, 0, 1000 });
	assert_int_equal(control.broken_by, 2);
	assert_int_equal(control.broken_ns, 101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cycle_that_ends_after_its_period_is_a_miss),
		cmocka_unit_test(a_start_of_jack_is_believed_within_a_period),
		cmocka_unit_test(an_unknown_delay_enters_no_series),
		cmocka_unit_test(jitter_is_what_a_render_took_beyond_what_it_was_told),
		cmocka_unit_test(the_first_wakeup_beyond_the_limit_breaks_and_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
