/* SPDX-License-Identifier: MIT */
/* Tests of collector/state.c: every row of the eight states, their order, and thresholds as they
 * are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/state.h"

#define S UINT64_C(1000000000)
#define NOW (1000 * S)

static void assert_state(const struct state_facts *facts, enum engine_state want)
{
	assert_string_equal(state_names[state_of(facts, NOW)], state_names[want]);
}

/* Every condition below idle holds at once; each test takes some away. */
static struct state_facts all_of_them(void)
{
	return (struct state_facts){ .closed = true,
				     .dead = true,
				     .stopped = true,
				     .in_flight = true,
				     .flight_age_ns = 2 * S,
				     .freewheel = true,
				     .active = true,
				     .called = true,
				     .call_ns = NOW - 2 * S };
}

static void of_several_states_the_first_of_the_order_wins(void **state)
{
	struct state_facts facts = all_of_them();

	(void)state;
	assert_state(&facts, STATE_CLOSED);
	facts.closed = false;
	assert_state(&facts, STATE_DEAD);
	facts.dead = false;
	assert_state(&facts, STATE_STALE);
	facts.stopped = false;
	assert_state(&facts, STATE_STALLED);
	facts.in_flight = false;
	assert_state(&facts, STATE_FREEWHEEL);
	facts.freewheel = false;
	assert_state(&facts, STATE_STARVED);
	facts.call_ns = NOW;
	assert_state(&facts, STATE_LIVE);
	facts.called = facts.active = false;
	assert_state(&facts, STATE_IDLE);
}

static void patience_is_one_second_or_ten_periods_whichever_is_longer(void **state)
{
	(void)state;
	assert_int_equal(state_patience_ns(0, 0), S);
	assert_int_equal(state_patience_ns(48000, 256), S);
	assert_int_equal(state_patience_ns(48000, 4800), S);
	assert_int_equal(state_patience_ns(48000, 4801), S + 208333);
	assert_int_equal(state_patience_ns(44100, 8192), 1857596371);
	assert_int_equal(state_patience_ns(1, 100), 1000 * S);
	assert_int_equal(state_patience_ns(1, 101), S); /* what the library takes for unknown */
	assert_int_equal(state_patience_ns((1u << 20) + 1, UINT32_MAX), S);
	assert_int_equal(state_patience_ns(UINT32_MAX, UINT32_MAX), S);
}

static void a_render_stalls_only_when_strictly_older_than_its_patience(void **state)
{
	struct state_facts facts = {
		.in_flight = true, .flight_age_ns = S, .rate_hz = 48000, .frames = 256
	};

	(void)state;
	assert_state(&facts, STATE_IDLE);
	facts.flight_age_ns = S + 1;
	assert_state(&facts, STATE_STALLED);
	facts.rate_hz = 44100;
	facts.frames = 8192;
	facts.flight_age_ns = 1857596371; /* ten periods are 1857596371.88 ns: not older yet */
	assert_state(&facts, STATE_IDLE);
	facts.flight_age_ns = 1857596372;
	assert_state(&facts, STATE_STALLED);
}

static void a_render_begun_in_freewheel_never_stalls(void **state)
{
	struct state_facts facts = { .in_flight = true,
				     .flight_age_ns = 100 * S,
				     .flight_freewheel = true };

	(void)state;
	assert_state(&facts, STATE_IDLE);
	facts.freewheel = true;
	assert_state(&facts, STATE_FREEWHEEL);
	facts.flight_freewheel = false; /* the host said so after that render had begun */
	assert_state(&facts, STATE_STALLED);
}

static void starving_takes_being_told_active_and_strictly_more_than_the_patience(void **state)
{
	struct state_facts facts = { .active = true, .active_ns = NOW - S };

	(void)state;
	assert_state(&facts, STATE_IDLE);
	facts.active_ns = NOW - S - 1;
	assert_state(&facts, STATE_STARVED);
	facts.active = false;
	assert_state(&facts, STATE_IDLE);
}

static void starving_counts_from_the_latest_of_call_told_and_opening(void **state)
{
	static const uint64_t early = NOW - 10 * S, late = NOW - S;
	static const struct {
		uint64_t call_ns, active_ns, opened_ns;
		enum engine_state want;
	} rows[] = {
		{ early, early, early, STATE_STARVED },
		{ late, early, early, STATE_LIVE },
		{ early, late, early, STATE_IDLE },
		{ early, early, late, STATE_IDLE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct state_facts facts = { .active = true,
						   .called = true,
						   .call_ns = rows[i].call_ns,
						   .active_ns = rows[i].active_ns,
						   .opened_ns = rows[i].opened_ns };

		assert_state(&facts, rows[i].want);
	}
}

static void an_engine_lives_to_the_last_nanosecond_of_its_patience(void **state)
{
	struct state_facts facts = { .called = true, .call_ns = NOW - S };

	(void)state;
	assert_state(&facts, STATE_LIVE);
	facts.call_ns = NOW - S - 1;
	assert_state(&facts, STATE_IDLE);
	facts.call_ns = NOW + S; /* a clock that is a little ahead */
	assert_state(&facts, STATE_LIVE);
	facts.called = false;
	assert_state(&facts, STATE_IDLE);
}

static void unknown_life_is_stale_after_five_seconds_without_movement(void **state)
{
	struct state_facts facts = {
		.life_unknown = true, .moved_ns = NOW - 5 * S, .called = true, .call_ns = NOW
	};

	(void)state;
	assert_state(&facts, STATE_STALE);
	facts.moved_ns = NOW - 5 * S + 1;
	assert_state(&facts, STATE_LIVE);
	facts.life_unknown = false;
	facts.moved_ns = 0;
	assert_state(&facts, STATE_LIVE);
}

static void a_stopped_process_is_stale_and_not_stalled(void **state)
{
	struct state_facts facts = { .stopped = true, .in_flight = true, .flight_age_ns = 60 * S };

	(void)state;
	assert_state(&facts, STATE_STALE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_several_states_the_first_of_the_order_wins),
		cmocka_unit_test(patience_is_one_second_or_ten_periods_whichever_is_longer),
		cmocka_unit_test(a_render_stalls_only_when_strictly_older_than_its_patience),
		cmocka_unit_test(a_render_begun_in_freewheel_never_stalls),
		cmocka_unit_test(
			starving_takes_being_told_active_and_strictly_more_than_the_patience),
		cmocka_unit_test(starving_counts_from_the_latest_of_call_told_and_opening),
		cmocka_unit_test(an_engine_lives_to_the_last_nanosecond_of_its_patience),
		cmocka_unit_test(unknown_life_is_stale_after_five_seconds_without_movement),
		cmocka_unit_test(a_stopped_process_is_stale_and_not_stalled),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
