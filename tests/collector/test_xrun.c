/* SPDX-License-Identifier: MIT */
/* Tests of collector/xrun.c: which reports name a cycle of their own, episodes, seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdint.h>

#include "collector/xrun.h"

#define MS UINT64_C(1000000)
#define S (1000 * MS)
#define P (5 * MS) /* the period */

static void settle(struct xrun *xrun)
{
	xrun_settle(xrun, UINT64_MAX, P);
}

static void a_report_alone_is_one_cycle(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	xrun_report(&xrun, 1 * S, P);
	assert_int_equal(xrun.cycles, 0);
	settle(&xrun);
	assert_int_equal(xrun.cycles, 1);
}

static void a_report_waits_until_no_miss_can_claim_it(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	xrun_report(&xrun, 1 * S, P);
	xrun_settle(&xrun, 1 * S + 2 * P, P);
	assert_int_equal(xrun.cycles, 0);
	xrun_settle(&xrun, 1 * S + 2 * P + 1, P);
	assert_int_equal(xrun.cycles, 1);
}

static void a_report_within_two_periods_of_a_miss_joins_it_whichever_comes_first(void **state)
{
	static const struct {
		uint64_t report_ns, cycles;
	} rows[] = {
		{ 1 * S - 2 * P, 0 },
		{ 1 * S - 2 * P - 1, 1 },
		{ 1 * S + 3 * MS, 0 },
		{ 1 * S + 6 * MS + 2 * P, 0 },
		{ 1 * S + 6 * MS + 2 * P + 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct xrun before = { 0 }, after = { 0 };

		xrun_report(&before, rows[i].report_ns, P);
		xrun_miss(&before, 1 * S, 1 * S + 6 * MS, P);
		settle(&before);
		xrun_miss(&after, 1 * S, 1 * S + 6 * MS, P);
		xrun_report(&after, rows[i].report_ns, P);
		settle(&after);
		assert_int_equal(before.cycles, rows[i].cycles);
		assert_int_equal(after.cycles, rows[i].cycles);
	}
}

static void a_report_of_the_first_of_many_misses_joins_it(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	for (unsigned i = 0; i < 10 * XRUN_MISSES; i++) /* without a break, in one late poll */
		xrun_miss(&xrun, 1 * S + i * P, 1 * S + (i + 1) * P, P);
	xrun_report(&xrun, 1 * S, P);
	xrun_report(&xrun, 1 * S + 5 * XRUN_MISSES * P, P);
	settle(&xrun);
	assert_int_equal(xrun.cycles, 0);
}

static void a_report_between_misses_that_lie_apart_is_a_cycle_of_its_own(void **state)
{
	static const struct {
		uint64_t second_ns, cycles;
	} rows[] = { { 1 * S + 5 * P, 0 }, { 1 * S + 5 * P + 2, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct xrun xrun = { 0 };

		xrun_miss(&xrun, 1 * S, 1 * S + P, P);
		xrun_miss(&xrun, rows[i].second_ns, rows[i].second_ns + P, P);
		xrun_report(&xrun, 1 * S + 3 * P + 1, P);
		settle(&xrun);
		assert_int_equal(xrun.cycles, rows[i].cycles);
	}
}

static void reports_of_many_late_clients_are_one_cycle(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		xrun_report(&xrun, 1 * S + i * P / 50, P);
	settle(&xrun);
	assert_int_equal(xrun.cycles, 1);
	xrun_report(&xrun, 1 * S + 2 * P, P); /* late, of the same cycle */
	settle(&xrun);
	assert_int_equal(xrun.cycles, 1);
	xrun_report(&xrun, 1 * S + 2 * P + 1, P);
	settle(&xrun);
	assert_int_equal(xrun.cycles, 2);
}

static void reports_of_several_lanes_may_come_out_of_order(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	xrun_report(&xrun, 3 * S, P);
	xrun_report(&xrun, 1 * S, P);
	xrun_report(&xrun, 2 * S, P);
	xrun_settle(&xrun, 2 * S, P);
	assert_int_equal(xrun.cycles, 1);
	settle(&xrun);
	assert_int_equal(xrun.cycles, 3);
}

static void a_flood_of_cycles_within_one_poll_is_counted_and_not_forgotten(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	for (unsigned i = 1; i <= 5 * XRUN_WAITING; i++)
		xrun_report(&xrun, i * 3 * P, P);
	settle(&xrun);
	assert_int_equal(xrun.cycles, 5 * XRUN_WAITING);
}

static void an_unknown_period_is_taken_for_twenty_milliseconds(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	xrun_report(&xrun, 1 * S, 0);
	xrun_report(&xrun, 1 * S + 40 * MS, 0);
	xrun_settle(&xrun, UINT64_MAX, 0);
	assert_int_equal(xrun.cycles, 1);
	xrun_report(&xrun, 1 * S + 40 * MS + 1, 0);
	xrun_settle(&xrun, UINT64_MAX, 0);
	assert_int_equal(xrun.cycles, 2);
}

static void misses_less_than_a_second_apart_are_one_episode(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	xrun_miss(&xrun, 5 * S - P, 5 * S, P);
	xrun_miss(&xrun, 6 * S - P, 6 * S - 1, P);
	assert_int_equal(xrun.episodes, 1);
	xrun_miss(&xrun, 7 * S - P, 7 * S - 1, P); /* a whole second later */
	assert_int_equal(xrun.episodes, 2);
	xrun_miss(&xrun, 7 * S - P, 7 * S, P);
	assert_int_equal(xrun.episodes, 2);
}

static void a_second_counts_once_however_many_misses_it_held(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		xrun_miss(&xrun, 5 * S, 5 * S + i * 50 * MS, P);
	assert_int_equal(xrun.seconds, 1);
	xrun_miss(&xrun, 6 * S - P, 6 * S, P);
	assert_int_equal(xrun.seconds, 2);
}

static void reports_alone_make_no_episode(void **state)
{
	struct xrun xrun = { 0 };

	(void)state;
	xrun_report(&xrun, 1 * S, P);
	settle(&xrun);
	assert_int_equal(xrun.episodes, 0);
	assert_int_equal(xrun.seconds, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_alone_is_one_cycle),
		cmocka_unit_test(a_report_waits_until_no_miss_can_claim_it),
		cmocka_unit_test(
			a_report_within_two_periods_of_a_miss_joins_it_whichever_comes_first),
		cmocka_unit_test(a_report_of_the_first_of_many_misses_joins_it),
		cmocka_unit_test(a_report_between_misses_that_lie_apart_is_a_cycle_of_its_own),
		cmocka_unit_test(reports_of_many_late_clients_are_one_cycle),
		cmocka_unit_test(reports_of_several_lanes_may_come_out_of_order),
		cmocka_unit_test(a_flood_of_cycles_within_one_poll_is_counted_and_not_forgotten),
		cmocka_unit_test(an_unknown_period_is_taken_for_twenty_milliseconds),
		cmocka_unit_test(misses_less_than_a_second_apart_are_one_episode),
		cmocka_unit_test(a_second_counts_once_however_many_misses_it_held),
		cmocka_unit_test(reports_alone_make_no_episode),
	};

	return cmocka_run_group_tests_name("xrun", tests, NULL, NULL);
}
