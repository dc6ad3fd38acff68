/* SPDX-License-Identifier: MIT */
/* What head and tail make of cycles, at injected times: 256 frames at 48 kHz, except where a test says otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/jack/cycle.h"

#define PERIOD_NS UINT64_C(5333333)
#define T0 UINT64_C(1000000000000)

enum { FRAMES = 256 };

static struct cycle_ring ring;
static struct cycle_tail tail;

static int begin_anew(void **state)
{
	(void)state;
	cycle_reset(&ring, 0);
	cycle_reset_tail(&tail);
	atomic_store(&tail.connected, 1);
	return 0;
}

/* The server's k-th cycle, entered so long after its start. */
static struct cycle_entry entry_at(uint64_t k, uint64_t after_ns)
{
	return (struct cycle_entry){ .entry_ns = T0 + k * PERIOD_NS + after_ns,
				     .start_ns = T0 + k * PERIOD_NS,
				     .period_ns = PERIOD_NS,
				     .frame = (uint32_t)(k * FRAMES),
				     .frames = FRAMES };
}

static struct cycle_wake head(uint64_t k, uint64_t after_ns)
{
	const struct cycle_entry entry = entry_at(k, after_ns);

	return cycle_begin(&ring, &entry);
}

static struct cycle_time tail_enters(uint64_t k, uint64_t after_ns)
{
	const struct cycle_entry entry = entry_at(k, after_ns);

	return cycle_finish(&ring, &tail, &entry);
}

static uint64_t pending(uint64_t k, uint64_t after_ns)
{
	return cycle_pending(&ring, &tail, T0 + k * PERIOD_NS + after_ns);
}

static void assert_time(struct cycle_time time, uint64_t ns, uint32_t missed)
{
	assert_true(time.measured);
	assert_int_equal(time.ns, ns);
	assert_int_equal(time.missed, missed);
}

static void a_delay_is_entry_minus_start(void **state)
{
	const struct cycle_wake wake = head(7, 40000);

	(void)state;
	assert_int_equal(wake.start_ns, T0 + 7 * PERIOD_NS);
	assert_int_equal(wake.delay_ns, 40000);
	assert_int_equal(wake.missed, 0);
}

static void woken_early_is_no_delay_and_starts_at_the_entry(void **state)
{
	struct cycle_entry entry = entry_at(7, 0);
	struct cycle_wake wake;

	(void)state;
	entry.entry_ns -= 30000;
	wake = cycle_begin(&ring, &entry);
	assert_int_equal(wake.delay_ns, 0);
	assert_int_equal(wake.start_ns, entry.entry_ns);
}

static void a_start_a_period_off_is_not_believed(void **state)
{
	static const struct {
		int64_t off_ns;
		uint64_t delay_ns;
	} rows[] = {
		{ (int64_t)PERIOD_NS - 1, PERIOD_NS - 1 },
		{ (int64_t)PERIOD_NS, CYCLE_UNKNOWN },
		{ 593000000, CYCLE_UNKNOWN },
		{ -319000000, CYCLE_UNKNOWN },
		{ -(int64_t)PERIOD_NS, CYCLE_UNKNOWN },
		{ 1 - (int64_t)PERIOD_NS, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cycle_entry entry = entry_at(i, 0);
		struct cycle_wake wake;

		entry.entry_ns += (uint64_t)rows[i].off_ns;
		wake = cycle_begin(&ring, &entry);
		assert_int_equal(wake.delay_ns, rows[i].delay_ns);
		assert_int_equal(wake.start_ns, i == 0 ? entry.start_ns : entry.entry_ns);
	}
}

static void jack_that_tells_nothing_leaves_the_entry(void **state)
{
	const struct cycle_entry entry = { .entry_ns = T0, .frames = FRAMES };
	struct cycle_wake wake = cycle_begin(&ring, &entry);

	(void)state;
	assert_int_equal(wake.start_ns, T0);
	assert_int_equal(wake.delay_ns, CYCLE_UNKNOWN);
	assert_int_equal(wake.missed, 0);
	wake = head(9, 0);
	assert_int_equal(wake.missed, 0); /* nothing to count from */
}

static void heads_skipped_cycles_are_counted_by_frames(void **state)
{
	(void)state;
	assert_int_equal(head(1, 0).missed, 0);
	assert_int_equal(head(2, 0).missed, 0);
	assert_int_equal(head(96, 0).missed, 93);
	assert_int_equal(head(97, 0).missed, 0);
}

/* It was due at 2 and called at 3, and then for 3: two calls, two cycles, of which one was counted as missed. */
static void a_late_call_that_was_counted_as_missed_is_made_good(void **state)
{
	(void)state;
	(void)head(1, 0);
	assert_int_equal(head(3, 0).missed, 1);
	assert_int_equal(head(3, 9000).missed, 0);
	assert_int_equal(head(4, 0).missed, 0);
	assert_int_equal(head(7, 0).missed, 1);
	assert_int_equal(head(10, 0).missed, 2);
}

static void a_frame_count_that_wraps_skips_nothing(void **state)
{
	struct cycle_entry entry = entry_at(1, 0);

	(void)state;
	entry.frame = UINT32_MAX - 10;
	(void)cycle_begin(&ring, &entry);
	entry.frame += FRAMES;
	assert_int_equal(cycle_begin(&ring, &entry).missed, 0);
	entry.frame += 3 * FRAMES;
	assert_int_equal(cycle_begin(&ring, &entry).missed, 2);
}

static void a_new_frame_count_or_period_skips_nothing(void **state)
{
	struct cycle_entry entry = entry_at(1, 0);

	(void)state;
	(void)cycle_begin(&ring, &entry);
	entry.frame -= FRAMES; /* backwards: 2^32 frames on */
	assert_int_equal(cycle_begin(&ring, &entry).missed, 0);
	entry.frame += 61 * 48000;
	assert_int_equal(cycle_begin(&ring, &entry).missed, 0);
	entry.frame += 2048;
	entry.frames = 64;
	assert_int_equal(cycle_begin(&ring, &entry).missed, 0);
}

static void a_tail_measures_from_the_start(void **state)
{
	(void)state;
	for (uint64_t k = 1; k < 3 * CYCLE_RING; k++) {
		(void)head(k, 50000);
		assert_time(tail_enters(k, 2000000 + k), 2000000 + k, 0);
		assert_int_equal(pending(k, 3000000), 0);
	}
}

static void before_heads_first_cycle_nothing_is_measured(void **state)
{
	(void)state;
	assert_false(tail_enters(1, 0).measured);
	assert_int_equal(pending(1, 0), 0);
	for (uint64_t k = 5; k < 9; k++)
		(void)head(k, 0);
	assert_int_equal(pending(9, 0), 0); /* a tail that never came is not behind */
	assert_time(tail_enters(8, 1000), 1000, 0); /* the newest, and none before it */
}

static void a_late_tail_measures_the_first_unfinished_cycle(void **state)
{
	(void)state;
	(void)head(1, 0);
	assert_time(tail_enters(1, 1000), 1000, 0);
	for (uint64_t k = 2; k <= 95; k++) {
		(void)head(k, 0);
		assert_int_equal(pending(k, 70), k == 2 ? 0 : (k - 2) * PERIOD_NS + 70);
	}
	assert_time(tail_enters(95, 333), 93 * PERIOD_NS + 333, 93);
	assert_int_equal(pending(95, 400), 0);
	(void)head(96, 0);
	assert_int_equal(pending(96, 0), 0);
	assert_time(tail_enters(96, 1000), 1000, 0);
}

static void a_tail_behind_by_more_than_the_ring_is_exact(void **state)
{
	const uint64_t gap = 5 * CYCLE_RING + 3;

	(void)state;
	(void)head(1, 0);
	assert_time(tail_enters(1, 1000), 1000, 0);
	for (uint64_t k = 2; k <= 2 + gap; k++) {
		(void)head(k, 0);
		assert_int_equal(pending(k, 0), (k - 2) * PERIOD_NS);
	}
	assert_time(tail_enters(2 + gap, 7), gap * PERIOD_NS + 7, (uint32_t)gap);
	(void)head(3 + gap, 0);
	assert_time(tail_enters(3 + gap, 7), 7, 0);
}

static void cycles_that_head_skipped_too_are_the_tails(void **state)
{
	(void)state;
	(void)head(1, 0);
	(void)tail_enters(1, 1000);
	(void)head(96, 0);
	assert_int_equal(pending(96, 70), 94 * PERIOD_NS + 70);
	assert_time(tail_enters(96, 333), 94 * PERIOD_NS + 333, 94);
	(void)head(97, 0);
	assert_int_equal(pending(97, 0), 0);
	assert_time(tail_enters(97, 1), 1, 0);
	(void)head(97 + 3 * CYCLE_RING, 0); /* at once, and more than the ring holds */
	assert_int_equal(pending(97 + 3 * CYCLE_RING, 5), (3 * CYCLE_RING - 1) * PERIOD_NS + 5);
	assert_time(tail_enters(97 + 3 * CYCLE_RING, 6), (3 * CYCLE_RING - 1) * PERIOD_NS + 6,
		    3 * CYCLE_RING - 1);
}

/* It is connected when it has slept already, so head noted nothing. */
static void without_heads_note_a_lapped_tail_takes_the_oldest_it_may(void **state)
{
	const uint64_t gap = 2 * CYCLE_RING;

	(void)state;
	(void)head(1, 0);
	(void)tail_enters(1, 1000);
	for (uint64_t k = 2; k <= 2 + gap; k++)
		(void)head(k, 0);
	assert_time(tail_enters(2 + gap, 7), CYCLE_RING / 2 * PERIOD_NS + 7, (uint32_t)gap);
	(void)head(3 + gap, 0);
	assert_time(tail_enters(3 + gap, 7), 7, 0);
}

static void a_tail_that_comes_before_head_measures_by_its_own_start(void **state)
{
	(void)state;
	(void)head(1, 0);
	assert_time(tail_enters(1, 1000), 1000, 0);
	assert_time(tail_enters(2, 500), 500, 0); /* head comes later */
	(void)head(2, 900);
	assert_int_equal(pending(2, 1000), 0);
	(void)head(3, 0);
	assert_int_equal(pending(3, 0), 0);
	assert_time(tail_enters(3, 1000), 1000, 0);
}

static void a_tail_woken_twice_in_a_cycle_measures_once(void **state)
{
	(void)state;
	(void)head(1, 0);
	assert_time(tail_enters(1, 1000), 1000, 0);
	assert_false(tail_enters(1, 2000).measured);
	(void)head(2, 0);
	assert_time(tail_enters(2, 1000), 1000, 0);
}

static void a_tail_ahead_of_a_head_that_never_came_stays_in_step(void **state)
{
	(void)state;
	(void)head(1, 0);
	(void)tail_enters(1, 1000);
	(void)tail_enters(2, 1000);
	(void)head(3, 0); /* it skipped 2 */
	assert_time(tail_enters(3, 1000), 1000, 0);
	(void)head(4, 0);
	assert_time(tail_enters(4, 1000), 1000, 0);
	assert_int_equal(pending(4, 2000), 0);
}

static void an_unconnected_tail_keeps_up_in_silence(void **state)
{
	(void)state;
	atomic_store(&tail.connected, 0);
	for (uint64_t k = 1; k < 10; k++) {
		(void)head(k, 0);
		assert_false(tail_enters(k, 1000).measured);
	}
	for (uint64_t k = 10; k < 20; k++) {
		(void)head(k, 0);
		assert_int_equal(pending(k, 0), 0);
	}
	(void)tail_enters(19, 0);
	atomic_store(&tail.connected, 1);
	(void)head(20, 0);
	assert_time(tail_enters(20, 1000), 1000, 0);
}

static void a_tail_that_loses_its_connection_is_not_pending(void **state)
{
	(void)state;
	(void)head(1, 0);
	(void)tail_enters(1, 1000);
	(void)head(2, 0);
	(void)head(3, 0);
	assert_true(pending(3, 0) > 0);
	atomic_store(&tail.connected, 0);
	assert_int_equal(pending(3, 0), 0);
}

static void a_cycle_just_begun_is_in_flight_for_a_nanosecond_at_least(void **state)
{
	struct cycle_entry entry = entry_at(1, 0);

	(void)state;
	(void)head(1, 0);
	(void)tail_enters(1, 0);
	(void)cycle_begin(&ring, &entry);
	(void)cycle_begin(&ring, &entry);
	assert_int_equal(cycle_pending(&ring, &tail, entry.entry_ns), 1); /* 0 would say: none */
	assert_int_equal(cycle_pending(&ring, &tail, entry.entry_ns - 1000), 1);
}

static void a_restarted_head_knows_nothing_of_the_past(void **state)
{
	(void)state;
	for (uint64_t k = 1; k < 100; k++)
		(void)head(k, 0);
	(void)tail_enters(99, 0);
	cycle_reset(&ring, 0);
	cycle_reset_tail(&tail);
	atomic_store(&tail.connected, 1);
	assert_int_equal(head(5000, 0).missed, 0);
	assert_int_equal(pending(5000, 9), 0);
	assert_time(tail_enters(5000, 1000), 1000, 0);
}

static void cycle_numbers_may_wrap(void **state)
{
	(void)state;
	cycle_reset(&ring, UINT64_MAX - 20);
	for (uint64_t k = 1; k < 15; k++) {
		(void)head(k, 0);
		assert_time(tail_enters(k, 1000), 1000, 0);
	}
	for (uint64_t k = 15; k < 60; k++) {
		(void)head(k, 0);
		assert_int_equal(pending(k, 0), (k - 15) * PERIOD_NS);
	}
	assert_time(tail_enters(59, 1), 44 * PERIOD_NS + 1, 44);
	(void)head(60, 0);
	assert_time(tail_enters(60, 1000), 1000, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_anew)
	const struct CMUnitTest tests[] = {
		TEST(a_delay_is_entry_minus_start),
		TEST(woken_early_is_no_delay_and_starts_at_the_entry),
		TEST(a_start_a_period_off_is_not_believed),
		TEST(jack_that_tells_nothing_leaves_the_entry),
		TEST(heads_skipped_cycles_are_counted_by_frames),
		TEST(a_late_call_that_was_counted_as_missed_is_made_good),
		TEST(a_frame_count_that_wraps_skips_nothing),
		TEST(a_new_frame_count_or_period_skips_nothing),
		TEST(a_tail_measures_from_the_start),
		TEST(before_heads_first_cycle_nothing_is_measured),
		TEST(a_late_tail_measures_the_first_unfinished_cycle),
		TEST(a_tail_behind_by_more_than_the_ring_is_exact),
		TEST(cycles_that_head_skipped_too_are_the_tails),
		TEST(without_heads_note_a_lapped_tail_takes_the_oldest_it_may),
		TEST(a_tail_that_comes_before_head_measures_by_its_own_start),
		TEST(a_tail_woken_twice_in_a_cycle_measures_once),
		TEST(a_tail_ahead_of_a_head_that_never_came_stays_in_step),
		TEST(an_unconnected_tail_keeps_up_in_silence),
		TEST(a_tail_that_loses_its_connection_is_not_pending),
		TEST(a_cycle_just_begun_is_in_flight_for_a_nanosecond_at_least),
		TEST(a_restarted_head_knows_nothing_of_the_past),
		TEST(cycle_numbers_may_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
