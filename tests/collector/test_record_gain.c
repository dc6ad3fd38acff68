/* SPDX-License-Identifier: MIT */
/* Tests of collector/record_gain.c: calls that are made up gain what was gained, whatever that was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "collector/budget.h"
#include "collector/record_gain.h"
#include "tests/support/random.h"

/* Counts of calls, real ones or made up. */
struct tally {
	struct record_gain counts;
	struct budget budget;
	unsigned parts;
};

static void add(struct tally *tally, const struct record_part *part)
{
	struct record_gain *counts = &tally->counts;

	tally->parts++;
	counts->times[aw_time_cell(part->ns)] += part->n;
	counts->times_ns += part->n * part->ns;
	if (part->late)
		counts->wakes[aw_wake_cell(part->late_ns)] += part->n;
	counts->failed += part->failed ? part->n : 0;
	counts->loads[AW_LOAD_CELLS - 1] += part->n * part->missed;
	if (counts->frames)
		budget_call(&tally->budget,
			    &(struct budget_call){ 0, 1, part->ns, counts->frames, part->n },
			    counts->loads);
}

static void add_part(void *context, const struct record_part *part)
{
	assert_true(part->n > 0);
	add(context, part);
}

static struct tally tally_of(uint32_t rate_hz, uint32_t frames)
{
	struct tally tally = { .counts = { .rate_hz = rate_hz, .frames = frames } };

	budget_format(&tally.budget, rate_hz, frames);
	return tally;
}

static void assert_made_up(const struct tally *gained)
{
	struct tally made = tally_of(gained->counts.rate_hz, gained->counts.frames);

	record_gain_split(&gained->counts, add_part, &made);
	assert_memory_equal(&made.counts, &gained->counts, sizeof made.counts);
	assert_true(made.parts <= 3 * gained->parts + AW_WAKE_CELLS + 2);
}

static uint64_t a_time(struct random *random)
{
	return random_next(random) >> (30 + random_below(random, 34));
}

static void calls_that_were_lapped_are_made_up_exactly(void **state)
{
	struct random random = random_seeded("lapped");

	(void)state;
	for (unsigned turn = 0; turn < 2000; turn++) {
		struct tally gained = tally_of(44100, 1 + (uint32_t)random_below(&random, 8192));
		const uint64_t calls = 1 + random_below(&random, 30);

		for (uint64_t i = 0; i < calls; i++) {
			const uint64_t late_ns = a_time(&random);

			add(&gained, &(struct record_part){ .n = 1 + random_below(&random, 3),
							    .ns = a_time(&random),
							    .late = late_ns & 1,
							    .late_ns = late_ns });
		}
		assert_made_up(&gained);
	}
}

static void failed_calls_of_a_function_are_as_many(void **state)
{
	struct random random = random_seeded("failed");

	(void)state;
	for (unsigned turn = 0; turn < 500; turn++) {
		struct tally gained = tally_of(0, 0);

		for (unsigned i = 0; i < 20; i++)
			add(&gained, &(struct record_part){ .n = 1,
							    .ns = a_time(&random),
							    .failed = random_below(&random, 2) });
		assert_made_up(&gained);
	}
}

static void cycles_that_were_missed_are_told_with_a_call(void **state)
{
	struct tally gained = tally_of(48000, 256);

	(void)state;
	add(&gained, &(struct record_part){ .n = 3, .ns = 1000000 });
	add(&gained, &(struct record_part){ .n = 1, .ns = 9000000, .missed = 5 });
	assert_made_up(&gained);
	assert_int_equal(gained.counts.loads[AW_LOAD_CELLS - 1], 5);
}

static void nothing_is_made_of_nothing(void **state)
{
	struct tally made = { 0 };
	const struct record_gain none = { .times_ns = 5, .rate_hz = 48000, .frames = 256 };

	(void)state;
	record_gain_split(&none, add_part, &made);
	assert_int_equal(made.parts, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_were_lapped_are_made_up_exactly),
		cmocka_unit_test(failed_calls_of_a_function_are_as_many),
		cmocka_unit_test(cycles_that_were_missed_are_told_with_a_call),
		cmocka_unit_test(nothing_is_made_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
