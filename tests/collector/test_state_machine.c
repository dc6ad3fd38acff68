/* SPDX-License-Identifier: MIT */
/* Tests of collector/state_machine.c: every transition of an engine, the legal and the illegal ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/state_machine.h"

#define S UINT64_C(1000000000)

/* As rules.md has the states: what closed or died is final, the others follow from what was seen and so from any other. */
static bool may_go(unsigned from, unsigned to)
{
	return from != STATE_CLOSED && from != STATE_DEAD && from != to;
}

static struct state_machine machine_in(unsigned from)
{
	struct state_machine machine;

	state_machine_init(&machine);
	assert_int_equal(state_machine_step(&machine, (enum engine_state)from, 5 * S), STATE_MOVED);
	return machine;
}

static void an_incarnation_begins_in_whatever_state_it_is_found(void **state)
{
	(void)state;
	for (unsigned from = 0; from < STATES; from++) {
		const struct state_machine machine = machine_in(from);

		assert_int_equal(machine.state, from);
		assert_int_equal(machine.since_ns, 5 * S);
		assert_int_equal(machine.refused, 0);
	}
}

static void each_legal_transition_is_taken_and_begins_its_age(void **state)
{
	unsigned checked = 0;

	(void)state;
	for (unsigned from = 0; from < STATES; from++)
		for (unsigned to = 0; to < STATES; to++) {
			struct state_machine machine = machine_in(from);

			if (!may_go(from, to))
				continue;
			assert_int_equal(state_machine_step(&machine, (enum engine_state)to, 7 * S),
					 STATE_MOVED);
			assert_int_equal(machine.state, to);
			assert_int_equal(machine.since_ns, 7 * S);
			assert_int_equal(machine.refused, 0);
			checked++;
		}
	assert_int_equal(checked, 6 * 7);
}

static void each_illegal_transition_is_refused_counted_and_not_shown(void **state)
{
	unsigned checked = 0;

	(void)state;
	for (unsigned from = 0; from < STATES; from++)
		for (unsigned to = 0; to < STATES; to++) {
			struct state_machine machine = machine_in(from);

			if (from == to || may_go(from, to))
				continue;
			for (unsigned i = 1; i <= 2; i++) {
				assert_int_equal(
					state_machine_step(&machine, (enum engine_state)to, 7 * S),
					STATE_REFUSED);
				assert_int_equal(machine.refused, i);
			}
			assert_int_equal(machine.refused_state, to);
			assert_int_equal(machine.state, from);
			assert_int_equal(machine.since_ns, 5 * S);
			checked++;
		}
	assert_int_equal(checked, 2 * 7);
}

static void who_stays_keeps_its_age(void **state)
{
	(void)state;
	for (unsigned from = 0; from < STATES; from++) {
		struct state_machine machine = machine_in(from);

		assert_int_equal(state_machine_step(&machine, (enum engine_state)from, 9 * S),
				 STATE_STAYS);
		assert_int_equal(machine.since_ns, 5 * S);
	}
}

static void a_new_incarnation_may_be_what_a_closed_one_may_not(void **state)
{
	struct state_machine machine = machine_in(STATE_CLOSED);

	(void)state;
	state_machine_init(&machine);
	assert_int_equal(state_machine_step(&machine, STATE_LIVE, 9 * S), STATE_MOVED);
	assert_int_equal(machine.state, STATE_LIVE);
}

static void every_transition_that_is_made_says_what_it_means(void **state)
{
	(void)state;
	for (unsigned from = 0; from <= STATES; from++)
		for (unsigned to = 0; to <= STATES; to++) {
			const char *meaning =
				state_meaning((enum engine_state)from, (enum engine_state)to);

			assert_int_equal(meaning && *meaning,
					 from < STATES && to < STATES && may_go(from, to));
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_incarnation_begins_in_whatever_state_it_is_found),
		cmocka_unit_test(each_legal_transition_is_taken_and_begins_its_age),
		cmocka_unit_test(each_illegal_transition_is_refused_counted_and_not_shown),
		cmocka_unit_test(who_stays_keeps_its_age),
		cmocka_unit_test(a_new_incarnation_may_be_what_a_closed_one_may_not),
		cmocka_unit_test(every_transition_that_is_made_says_what_it_means),
	};

	return cmocka_run_group_tests_name("state_machine", tests, NULL, NULL);
}
