/* SPDX-License-Identifier: MIT */
/* Tests of collector/tracker.c, and of the ticks, peaks and counts it stands on (moment.c,
 * peak.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/tracker.h"

#define S UINT64_C(1000000000)
#define MS UINT64_C(1000000)
#define NOW (1000 * S)

/* A tick is half a nanosecond, so that ticks taken for nanoseconds show; the machine slept for 7
 * s long ago. */
static const struct moment now = {
	.at = { .now_ns = NOW, .boot_ns = NOW + 7 * S },
	.ticks = UINT64_C(1) << 50,
	.ticks_boot_ns = NOW + 7 * S,
	.mult = UINT64_C(1) << 31,
	.runs_on = true,
};

static uint64_t ticks_ago(uint64_t ns)
{
	return now.ticks - 2 * ns;
}

static struct aw_record render(uint64_t begin_ago_ns, uint64_t ns, uint64_t flags, uint64_t missed)
{
	return (struct aw_record){ { AW_RENDER | flags << 8, ticks_ago(begin_ago_ns), ns,
				     AW_WAKE_UNKNOWN, 0, 256 | missed << 32, ns, 0 } };
}

static void see(struct tracker *tracker, struct aw_record record)
{
	tracker_record(tracker, &record, &now);
}

static void tell(struct tracker *tracker, uint64_t format, bool freewheel, enum aw_told active,
		 uint64_t at_ns)
{
	struct aw_any_thread any = { .format = format, .freewheel = freewheel, .active = active };

	tracker_told(tracker, &any, at_ns);
}

static struct state_facts facts_of(const struct tracker *tracker, uint64_t at_ns)
{
	struct state_facts facts = { 0 };

	tracker_facts(tracker, &facts, at_ns);
	return facts;
}

/* ---- moments ---- */

static void ticks_are_turned_into_times_by_their_distance_from_now(void **state)
{
	uint64_t at_ns;

	(void)state;
	assert_true(moment_of(&now, ticks_ago(3 * S), &at_ns));
	assert_int_equal(at_ns, NOW - 3 * S);
}

/* Under load a turn may begin long before it reads a segment's clock. */
static void ticks_are_as_far_from_now_as_they_were_when_they_were_read(void **state)
{
	struct moment late = now;
	uint64_t at_ns;

	(void)state;
	late.ticks_boot_ns = late.at.boot_ns + 200 * NS_A_MS;
	assert_int_equal(moment_read_ns(&late), NOW + 200 * NS_A_MS);
	assert_true(moment_of(&late, ticks_ago(3 * S), &at_ns));
	assert_int_equal(at_ns, NOW + 200 * NS_A_MS - 3 * S);
	assert_true(moment_of(&late, ticks_ago(100 * NS_A_MS), &at_ns));
	assert_int_equal(at_ns, NOW + 100 * NS_A_MS); /* behind the begin of the turn */
}

/* Ten seconds ago by BOOTTIME; the counter ticked for as long as it says, so much by the multiplier. */
static struct moment ten_seconds_ago(uint64_t claimed_ns)
{
	struct moment first = now;

	first.ticks_boot_ns -= 10 * S;
	first.ticks = ticks_ago(claimed_ns);
	return first;
}

static void a_clock_that_drifts_is_told_and_a_short_look_is_not_believed(void **state)
{
	struct moment first = ten_seconds_ago(10 * S), slow = now;
	double ratio;

	(void)state;
	assert_true(moment_drift(&first, &now, &ratio));
	assert_true(ratio == 0);
	first = ten_seconds_ago(10 * S + 20 * NS_A_MS);
	assert_true(moment_drift(&first, &now, &ratio));
	assert_true(ratio > 0.00199 && ratio < 0.00201);
	first = ten_seconds_ago(10 * S - 20 * NS_A_MS);
	assert_true(moment_drift(&first, &now, &ratio));
	assert_true(ratio < -0.00199 && ratio > -0.00201);
	slow.runs_on = false;
	assert_false(moment_drift(&first, &slow, &ratio));
	first.ticks_boot_ns = now.ticks_boot_ns - 10 * S + 1;
	assert_false(moment_drift(&first, &now, &ratio));
	first = (struct moment){ 0 };
	assert_false(moment_drift(&first, &now, &ratio));
}

static void a_time_to_come_or_before_the_machine_started_is_unknown(void **state)
{
	struct moment blind = now;
	uint64_t at_ns;

	(void)state;
	assert_false(moment_of(&now, now.ticks + 2, &at_ns));
	assert_false(moment_of(&now, ticks_ago(NOW + 8 * S), &at_ns));
	blind.mult = 1; /* even where its clock crawls */
	assert_false(moment_of(&blind, now.ticks + 2, &at_ns));
	blind.ticks = 0;
	assert_false(moment_of(&blind, UINT64_MAX, &at_ns));
}

static void sleep_since_then_is_taken_off(void **state)
{
	static const struct {
		uint64_t ago_ns, awake_ago_ns;
	} rows[] = {
		{ 2 * S, 2 * S }, /* since it woke */
		{ 5 * S, 5 * S }, /* just when it woke */
		{ 8 * S, 5 * S }, /* while it slept: the moment it fell asleep, which is when it woke */
		{ 65 * S, 5 * S }, { 66 * S, 6 * S }, /* before */
	};
	struct moment woken = now;
	uint64_t at_ns;

	(void)state;
	woken.at.sleeps[0].slept_ns = 60 * S;
	woken.at.boot_ns = NOW + 60 * S;
	woken.at.sleeps[0].woken_boot_ns = woken.at.boot_ns - 5 * S;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(moment_of(&woken, ticks_ago(rows[i].ago_ns), &at_ns));
		assert_int_equal(at_ns, NOW - rows[i].awake_ago_ns);
	}
	woken.runs_on = false; /* CLOCK_MONOTONIC stood still by itself */
	assert_true(moment_of(&woken, ticks_ago(66 * S), &at_ns));
	assert_int_equal(at_ns, NOW - 66 * S);
}

/* ---- peaks ---- */

static void the_worst_is_that_of_sixty_seconds(void **state)
{
	struct peak peak = { 0 };

	(void)state;
	assert_int_equal(peak_worst(&peak, NOW), 0);
	peak_put(&peak, NOW, 9);
	peak_put(&peak, NOW + S, 5);
	peak_put(&peak, NOW + S, 3);
	assert_int_equal(peak_worst(&peak, NOW + 60 * S - 1), 9);
	assert_int_equal(peak_worst(&peak, NOW + 60 * S), 5);
	assert_int_equal(peak_worst(&peak, NOW + 61 * S), 0);
	peak_put(&peak, NOW + 60 * S, 4); /* the slot of NOW, a minute later */
	assert_int_equal(peak_worst(&peak, NOW + 60 * S), 5);
	peak_put(&peak, NOW + 60 * S, 7);
	peak_put(&peak, NOW, 99); /* too old for a slot that a later second has */
	assert_int_equal(peak_worst(&peak, NOW + 60 * S), 7);
}

/* ---- records ---- */

static void a_render_record_tells_the_last_call_and_the_worst(void **state)
{
	struct tracker tracker;

	(void)state;
	tracker_init(&tracker, 0);
	assert_false(tracker.has_last);
	see(&tracker, render(100 * MS, 8 * MS, AW_RENDER_CLOSES, 0));
	see(&tracker, render(50 * MS, 2 * MS, AW_RENDER_CLOSES, 0));
	assert_int_equal(tracker.last_ns, 2 * MS);
	assert_int_equal(peak_worst(&tracker.worst, NOW), 8 * MS);
	assert_int_equal(tracker.call_ns, NOW - 48 * MS);
}

static void blocks_in_freewheel_are_calls_and_nothing_more(void **state)
{
	struct tracker tracker;

	(void)state;
	tracker_init(&tracker, 0);
	see(&tracker, render(50 * MS, 40 * MS, AW_RENDER_FREEWHEEL | AW_RENDER_MISS, 3));
	assert_true(tracker.called);
	assert_int_equal(tracker.call_ns, NOW - 10 * MS);
	assert_false(tracker.has_last);
	assert_int_equal(peak_worst(&tracker.worst, NOW), 0);
	assert_int_equal(tracker.xrun.episodes, 0);
}

static void an_end_is_never_later_than_now(void **state)
{
	struct tracker tracker;

	(void)state;
	tracker_init(&tracker, 0);
	see(&tracker, render(1 * S, UINT64_MAX, 0, 0));
	assert_int_equal(tracker.call_ns, NOW);
}

static void a_report_joins_the_cycles_that_were_missed_outright(void **state)
{
	const struct aw_record report = { { AW_XRUN, ticks_ago(40 * MS), 0, 0, 0, 0, 0, 0 } };
	struct tracker tracker;

	(void)state;
	tracker_init(&tracker, 0);
	tell(&tracker, UINT64_C(48000) << 32 | 256, false, AW_NEVER_TOLD, NOW);
	see(&tracker, report);
	see(&tracker,
	    render(10 * MS, 1 * MS, AW_RENDER_CLOSES, 6)); /* six periods of 5.3 ms before it */
	tracker_settle(&tracker, NOW, true);
	assert_int_equal(tracker.xrun.cycles, 0);
	assert_int_equal(tracker.xrun.episodes, 1);
}

static void a_report_is_not_settled_while_a_render_from_before_it_runs(void **state)
{
	const struct aw_record report = { { AW_XRUN, ticks_ago(300 * MS), 0, 0, 0, 0, 0, 0 } };
	struct tracker tracker;

	(void)state;
	tracker_init(&tracker, 0);
	tell(&tracker, UINT64_C(48000) << 32 | 256, false, AW_NEVER_TOLD, NOW);
	tracker_flight(&tracker, ticks_ago(305 * MS), &now);
	see(&tracker, report);
	tracker_settle(&tracker, NOW, false);
	assert_int_equal(tracker.xrun.cycles, 0);
	tracker_flight(&tracker, 0, &now); /* it ended, and its record is yet to come */
	tracker_settle(&tracker, NOW, false);
	assert_int_equal(tracker.xrun.cycles, 1);
}

/* ---- what is in flight ---- */

static void a_render_in_flight_is_as_old_as_its_begin_says(void **state)
{
	struct tracker tracker;
	struct state_facts facts;

	(void)state;
	tracker_init(&tracker, 0);
	tracker_flight(&tracker, ticks_ago(3 * S), &now);
	facts = facts_of(&tracker, NOW + 4 * S);
	assert_true(facts.in_flight);
	assert_int_equal(facts.flight_age_ns, 7 * S);
	assert_int_equal(facts.call_ns, NOW - 3 * S);
	tracker_flight(&tracker, 0, &now);
	assert_false(facts_of(&tracker, NOW).in_flight);
}

static void without_a_clock_it_is_as_old_as_we_know_it(void **state)
{
	struct moment blind = now;
	struct tracker tracker;

	(void)state;
	blind.ticks = 0;
	tracker_init(&tracker, 0);
	tracker_flight(&tracker, 12345, &blind);
	blind.at.now_ns += 2 * S;
	tracker_flight(&tracker, 12345, &blind);
	assert_int_equal(facts_of(&tracker, NOW + 2 * S).flight_age_ns, 2 * S);
}

static void a_render_began_in_freewheel_when_the_records_before_it_say_so(void **state)
{
	const struct aw_record mode = { { AW_MODE, ticks_ago(3 * S), 0, 0, 1, 0, 0, 0 } };
	struct tracker tracker;

	(void)state;
	tracker_init(&tracker, 0);
	tracker_flight(&tracker, ticks_ago(9 * S), &now);
	tell(&tracker, 0, true, AW_NEVER_TOLD, NOW); /* told while that render runs */
	assert_false(facts_of(&tracker, NOW).flight_freewheel);
	tracker_flight(&tracker, ticks_ago(8 * S), &now); /* and the next one has not said so yet */
	assert_false(facts_of(&tracker, NOW).flight_freewheel);
	see(&tracker, mode);
	tracker_flight(&tracker, ticks_ago(3 * S), &now);
	assert_true(facts_of(&tracker, NOW).flight_freewheel);
	assert_true(facts_of(&tracker, NOW).freewheel);
}

/* ---- what the host tells ---- */

static void active_counts_from_when_it_was_told(void **state)
{
	struct tracker tracker;

	(void)state;
	tracker_init(&tracker, 0);
	tell(&tracker, 0, false, AW_TOLD_YES, NOW);
	tell(&tracker, 0, false, AW_TOLD_YES, NOW + S);
	assert_int_equal(facts_of(&tracker, NOW).active_ns, NOW);
	tell(&tracker, 0, false, AW_TOLD_NO, NOW + 2 * S);
	assert_false(facts_of(&tracker, NOW).active);
	tell(&tracker, 0, false, AW_TOLD_YES, NOW + 3 * S);
	assert_int_equal(facts_of(&tracker, NOW).active_ns, NOW + 3 * S);
}

static void an_impossible_format_is_an_unknown_one(void **state)
{
	static const uint64_t formats[] = { 0, UINT64_C(48000) << 32, 256, UINT64_MAX,
					    UINT64_C(48000) << 32 | (1 << 20 | 1) };
	struct tracker tracker;

	(void)state;
	tracker_init(&tracker, 0);
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		tell(&tracker, UINT64_C(48000) << 32 | 256, false, AW_NEVER_TOLD, NOW);
		assert_int_equal(tracker_period_ns(&tracker), 5333333);
		tell(&tracker, formats[i], false, AW_NEVER_TOLD, NOW);
		assert_int_equal(tracker_period_ns(&tracker), 0);
		assert_int_equal(facts_of(&tracker, NOW).frames, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_turned_into_times_by_their_distance_from_now),
		cmocka_unit_test(ticks_are_as_far_from_now_as_they_were_when_they_were_read),
		cmocka_unit_test(a_clock_that_drifts_is_told_and_a_short_look_is_not_believed),
		cmocka_unit_test(a_time_to_come_or_before_the_machine_started_is_unknown),
		cmocka_unit_test(sleep_since_then_is_taken_off),
		cmocka_unit_test(the_worst_is_that_of_sixty_seconds),
		cmocka_unit_test(a_render_record_tells_the_last_call_and_the_worst),
		cmocka_unit_test(blocks_in_freewheel_are_calls_and_nothing_more),
		cmocka_unit_test(an_end_is_never_later_than_now),
		cmocka_unit_test(a_report_joins_the_cycles_that_were_missed_outright),
		cmocka_unit_test(a_report_is_not_settled_while_a_render_from_before_it_runs),
		cmocka_unit_test(a_render_in_flight_is_as_old_as_its_begin_says),
		cmocka_unit_test(without_a_clock_it_is_as_old_as_we_know_it),
		cmocka_unit_test(a_render_began_in_freewheel_when_the_records_before_it_say_so),
		cmocka_unit_test(active_counts_from_when_it_was_told),
		cmocka_unit_test(an_impossible_format_is_an_unknown_one),
	};

	return cmocka_run_group_tests_name("tracker", tests, NULL, NULL);
}
