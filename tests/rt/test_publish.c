/* SPDX-License-Identifier: MIT */
/* What an engine's audio thread publishes, word by word, against plain arithmetic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

#define MS(n) ((uint64_t)(n)*1000000u)

static uint64_t word0(const struct aw_engine *engine, uint64_t type, uint64_t flags)
{
	const uint64_t generation =
		own_load(&rt_entry(engine->session, AW_KIND_ENGINE, engine->index)->generation);

	return type | flags << 8 | (uint64_t)engine->index << 16 | generation << 32;
}

static uint64_t ticks(const struct rt_fixture *f, uint64_t ns)
{
	return (uint64_t)((__uint128_t)ns * f->engine->clock.inverse >> 32);
}

/* ---- begin and end ---- */

static void begin_and_end_publish_one_record_word_by_word(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_record record;
	uint64_t before, begun, after, ns;

	before = aw_ticks(&f->engine->clock);
	aw_render_begin_late(f->engine, 256, 1500);
	begun = own_load(&f->control->begin);
	aw_render_end(f->engine);
	after = aw_ticks(&f->engine->clock);

	assert_int_equal(own_load(&f->control->head), 1);
	record = rt_last_record(f->engine);
	ns = record.words[2];
	assert_true(record.words[0] == word0(f->engine, AW_RENDER, AW_RENDER_CLOSES));
	assert_true(record.words[1] == begun);
	assert_true(before <= begun && begun <= after);
	assert_true(ns <= (uint64_t)((__uint128_t)(after - begun) * f->header->mult >> 32));
	assert_int_equal(record.words[3], 1500);
	assert_int_equal(record.words[4], 0); /* block */
	assert_int_equal(record.words[5], 256);
	assert_int_equal(record.words[6], ns);
	assert_int_equal(record.words[7], 0);
	assert_int_equal(own_load(&f->control->begin), 0);
	assert_int_equal(own_load(&f->control->render_sum_ns), ns);
	assert_int_equal(own_load(&f->control->wake_sum_ns), 1500);
	assert_int_equal(own_load(&f->totals->render[rt_time_cell(ns)]), 1);
	assert_int_equal(own_load(&f->totals->load[0]), 1);
	assert_int_equal(own_load(&f->totals->wake[rt_wake_cell(1500)]), 1);
	assert_int_equal(rt_sum(f->totals->render, AW_TIME_CELLS), 1);
	assert_int_equal(rt_sum(f->totals->load, AW_LOAD_CELLS), 1);
	assert_int_equal(rt_sum(f->totals->wake, AW_WAKE_CELLS), 1);
}

static void a_thousand_renders_are_a_thousand_blocks_in_order(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t sum = 0;

	for (uint64_t i = 0; i < 1000; i++) {
		struct aw_record record;

		aw_render_begin(f->engine, (uint32_t)i);
		aw_render_end(f->engine);
		record = rt_last_record(f->engine);
		sum += record.words[2];
		assert_int_equal(own_load(&f->control->head), i + 1);
		assert_true(record.words[3] == AW_WAKE_UNKNOWN);
		assert_int_equal(record.words[4], i);
		assert_int_equal(record.words[5], i);
	}
	assert_int_equal(rt_sum(f->totals->render, AW_TIME_CELLS), 1000);
	assert_int_equal(rt_sum(f->totals->wake, AW_WAKE_CELLS), 0);
	assert_int_equal(own_load(&f->control->render_sum_ns), sum);
	assert_int_equal(own_load(&f->control->wake_sum_ns), 0);
}

static void misused_begin_and_end_are_counted_and_publish_nothing(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t second;

	aw_render_end(f->engine);
	assert_int_equal(own_load(&f->totals->misuse_end), 1);
	assert_int_equal(own_load(&f->control->head), 0);

	aw_render_begin(f->engine, 64);
	aw_render_begin(f->engine, 128);
	second = own_load(&f->control->begin);
	assert_int_equal(own_load(&f->totals->misuse_begin), 1);
	assert_int_equal(own_load(&f->control->head), 0);
	aw_render_end(f->engine);
	assert_int_equal(own_load(&f->control->head), 1);
	assert_true(rt_last_record(f->engine).words[1] == second);
	assert_int_equal(rt_last_record(f->engine).words[5], 128);

	aw_render_end(f->engine);
	assert_int_equal(own_load(&f->totals->misuse_end), 2);
	assert_int_equal(own_load(&f->totals->misuse_begin), 1);
	assert_int_equal(own_load(&f->control->head), 1);
}

static void a_clock_that_went_back_is_no_time_and_is_counted(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 48000, 64);
	aw_render_begin(f->engine, 64);
	f->engine->begin += UINT64_C(1) << 40;
	aw_render_end(f->engine);
	assert_int_equal(own_load(&f->totals->clock_backwards), 1);
	assert_int_equal(own_load(&f->totals->render[0]), 1);
	assert_int_equal(own_load(&f->control->render_sum_ns), 0);
	assert_int_equal(rt_last_record(f->engine).words[2], 0);
}

static void begin_word_is_set_while_a_render_runs_and_cleared_after(void **state)
{
	const struct rt_fixture *f = *state;

	assert_int_equal(own_load(&f->control->begin), 0);
	aw_render_begin(f->engine, 64);
	assert_true(own_load(&f->control->begin) == f->engine->begin);
	assert_true(own_load(&f->control->begin) != 0);
	aw_render_end(f->engine);
	assert_int_equal(own_load(&f->control->begin), 0);
}

/* ---- records ---- */

static void a_record_measured_elsewhere_is_published_word_by_word(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_record record;
	uint64_t before, after;

	aw_engine_format(f->engine, 48000, 256);
	before = aw_ticks(&f->engine->clock);
	aw_render_record(f->engine, 256, 777, 2000000, 3);
	after = aw_ticks(&f->engine->clock);

	assert_int_equal(own_load(&f->control->head), 2); /* MODE, RENDER */
	record = rt_last_record(f->engine);
	assert_true(record.words[0] == word0(f->engine, AW_RENDER, AW_RENDER_CLOSES));
	assert_in_range(record.words[1], before - ticks(f, 2000000), after - ticks(f, 2000000));
	assert_int_equal(record.words[2], 2000000);
	assert_int_equal(record.words[3], 777);
	assert_int_equal(record.words[4], 0);
	assert_true(record.words[5] == (256 | UINT64_C(3) << 32));
	assert_int_equal(record.words[6], 2000000);
	assert_int_equal(record.words[7], 5333333);
	assert_int_equal(own_load(&f->control->render_sum_ns), 2000000);
	assert_int_equal(own_load(&f->control->wake_sum_ns), 777);
	assert_int_equal(own_load(&f->totals->load[rt_load_cell(2000000, 256, 48000)]), 1);
	/* the missed ones are misses, and cycles beyond any budget */
	assert_int_equal(own_load(&f->control->misses), 3);
	assert_int_equal(own_load(&f->totals->load[AW_LOAD_CELLS - 1]), 3);
	assert_int_equal(rt_sum(f->totals->render, AW_TIME_CELLS), 1);
}

static void a_cycle_at_its_budget_is_no_miss_and_a_nanosecond_more_is_one(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 48000, 256);
	aw_render_record(f->engine, 256, AW_WAKE_UNKNOWN, 5333333, 0);
	assert_int_equal(own_load(&f->control->misses), 0);
	assert_int_equal(own_load(&f->totals->load[20]), 1);
	assert_int_equal(rt_last_record(f->engine).words[0] >> 8 & 0xFF, AW_RENDER_CLOSES);
	aw_render_record(f->engine, 256, AW_WAKE_UNKNOWN, 5333334, 0);
	assert_int_equal(own_load(&f->control->misses), 1);
	assert_int_equal(own_load(&f->totals->load[21]), 1);
	assert_int_equal(rt_last_record(f->engine).words[0] >> 8 & 0xFF,
			 AW_RENDER_CLOSES | AW_RENDER_MISS);
}

/* Word 7 is what people see beside the flag: it may not say less than the flag was judged by. */
static void the_budget_of_a_record_is_the_whole_nanoseconds_of_its_frames(void **state)
{
	static const uint32_t rates[] = { 8000,	 11025, 22050,	44100, 48000,
					  88200, 96000, 192000, 768000 };
	static const uint32_t frames[] = { 1, 16, 64, 100, 128, 441, 480, 512, 1024, 4096, 8192 };
	const struct rt_fixture *f = *state;

	for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
		for (size_t n = 0; n < sizeof frames / sizeof *frames; n++) {
			const uint64_t budget = frames[n] * UINT64_C(1000000000) / rates[r];

			aw_engine_format(f->engine, rates[r], frames[n]);
			aw_render_record(f->engine, frames[n], AW_WAKE_UNKNOWN, budget, 0);
			assert_int_equal(rt_last_record(f->engine).words[7], budget);
			assert_int_equal(own_load(&f->control->misses), 0);
		}
}

static void each_edge_of_each_load_cell_falls_where_the_fraction_says(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t want[AW_LOAD_CELLS] = { 0 };

	aw_engine_format(f->engine, 44100, 441); /* 10 ms: a cell is 500 us */
	for (uint64_t k = 0; k <= 45; k++)
		for (uint64_t ns = k * 500000 - (k > 0); ns <= k * 500000 + 1; ns++) {
			aw_render_record(f->engine, 441, AW_WAKE_UNKNOWN, ns, 0);
			want[rt_load_cell(ns, 441, 44100)]++;
		}
	aw_render_record(f->engine, 441, AW_WAKE_UNKNOWN, UINT64_C(1) << 50, 0);
	want[41]++;
	for (unsigned k = 0; k < AW_LOAD_CELLS; k++)
		assert_int_equal(own_load(&f->totals->load[k]), want[k]);
	assert_int_equal(want[20], 3);
	assert_int_equal(own_load(&f->control->misses), rt_sum(f->totals->load + 21, 21));
}

static void each_time_falls_into_the_cell_its_bounds_say(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t *want = calloc(AW_TIME_CELLS, sizeof *want);

	assert_non_null(want);
	for (unsigned b = 0; b < AW_TIME_BOUNDS; b++)
		for (uint64_t ns = aw_time_bounds[b] - 1; ns <= aw_time_bounds[b] + 1; ns++) {
			aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, ns, 0);
			want[rt_time_cell(ns)]++;
		}
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, 0, 0);
	want[0]++;
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, UINT64_C(1) << 61, 0);
	want[AW_TIME_CELLS - 1]++;
	for (unsigned i = 0; i < AW_TIME_CELLS; i++)
		assert_int_equal(own_load(&f->totals->render[i]), want[i]);
	free(want);
}

static void wake_up_delays_fall_between_powers_of_two_and_unknown_is_not_counted(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t want[AW_WAKE_CELLS] = { 0 }, sum = 0;

	for (unsigned j = 0; j < AW_WAKE_CELLS - 1; j++) {
		const uint64_t bound = (UINT64_C(1000000000) << j) >> 20;

		for (uint64_t ns = bound - 1; ns <= bound + 1; ns++) {
			aw_render_record(f->engine, 64, ns, 1000, 0);
			want[rt_wake_cell(ns)]++;
			sum += ns;
		}
	}
	aw_render_record(f->engine, 64, 0, 1000, 0);
	want[0]++;
	aw_render_record(f->engine, 64, MS(9000), 1000, 0);
	want[AW_WAKE_CELLS - 1]++;
	sum += MS(9000);
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
	aw_render_record(f->engine, 64, (uint64_t)-300, 1000,
			 0); /* woken early, subtracted unsigned */
	aw_render_begin_late(f->engine, 64, (uint64_t)-300);
	aw_render_end(f->engine);
	aw_render_begin(f->engine, 64);
	aw_render_end(f->engine);
	for (unsigned i = 0; i < AW_WAKE_CELLS; i++)
		assert_int_equal(own_load(&f->totals->wake[i]), want[i]);
	assert_int_equal(own_load(&f->control->wake_sum_ns), sum);
	assert_true(rt_last_record(f->engine).words[3] == AW_WAKE_UNKNOWN);
}

/* ---- cycles ---- */

/* Periods of five seconds: whoever is preempted for two of them loses the rest of a cycle, as he should. */
enum { SLOW_HZ = 48 };

/* Three calls of a period of 256 frames, each at load_per_mille of its budget. */
static void three_calls(const struct rt_fixture *f, uint64_t load_per_mille)
{
	static const uint32_t frames[] = { 63, 1, 192 };

	for (unsigned i = 0; i < 3; i++)
		aw_render_record(f->engine, frames[i], AW_WAKE_UNKNOWN,
				 frames[i] * UINT64_C(1000000) * load_per_mille / SLOW_HZ, 0);
}

static void cycle_of_three_calls_is_judged_once(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_record record;
	uint64_t head;

	aw_engine_format(f->engine, SLOW_HZ, 256);
	three_calls(f, 500);
	assert_int_equal(rt_sum(f->totals->load, AW_LOAD_CELLS), 1);
	assert_int_equal(own_load(&f->totals->load[10]), 1);
	head = own_load(&f->control->head);
	record = rt_engine_record(f->engine, head - 3);
	assert_int_equal(record.words[0] >> 8 & 0xFF, 0);
	assert_int_equal(record.words[6], 656250000);
	assert_int_equal(record.words[7], 1312500000); /* 63 frames */
	record = rt_engine_record(f->engine, head - 2);
	assert_int_equal(record.words[0] >> 8 & 0xFF, 0);
	assert_int_equal(record.words[6], 656250000 + 10416666);
	assert_int_equal(record.words[7], 1333333333); /* 64 frames */
	record = rt_engine_record(f->engine, head - 1);
	assert_int_equal(record.words[0] >> 8 & 0xFF, AW_RENDER_CLOSES);
	assert_int_equal(record.words[6], 656250000 + 10416666 + 2000000000u);
	assert_int_equal(record.words[7], 5333333333);
}

static void sub_blocks_of_a_light_load_never_miss_in_3000_cycles(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, SLOW_HZ, 256);
	for (unsigned i = 0; i < 3000; i++) {
		/* a fixed cost a call: the call of one frame alone is far over its own budget */
		aw_render_record(f->engine, 63, AW_WAKE_UNKNOWN, 46222000, 0);
		aw_render_record(f->engine, 1, AW_WAKE_UNKNOWN, 46222000, 0);
		aw_render_record(f->engine, 192, AW_WAKE_UNKNOWN, 46222000, 0);
	}
	assert_int_equal(own_load(&f->control->misses), 0);
	assert_int_equal(own_load(&f->totals->load[1]), 3000);
	assert_int_equal(rt_sum(f->totals->load, AW_LOAD_CELLS), 3000);
	assert_int_equal(rt_sum(f->totals->render, AW_TIME_CELLS), 9000);
}

static void one_cycle_over_its_budget_among_a_thousand_is_one_miss(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, SLOW_HZ, 256);
	for (unsigned i = 0; i < 1000; i++)
		three_calls(f, i == 500 ? 1001 : 999);
	assert_int_equal(own_load(&f->control->misses), 1);
	assert_int_equal(own_load(&f->totals->load[21]), 1);
	assert_int_equal(own_load(&f->totals->load[20]), 999);
}

static void a_call_longer_than_a_period_closes_a_cycle_with_the_budget_of_its_frames(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 48000, 256);
	aw_render_record(f->engine, 1024, AW_WAKE_UNKNOWN, MS(20), 0);
	assert_int_equal(own_load(&f->control->misses), 0);
	assert_int_equal(own_load(&f->totals->load[rt_load_cell(MS(20), 1024, 48000)]), 1);
	assert_int_equal(rt_last_record(f->engine).words[7], 21333333);
}

static void calls_that_overshoot_the_period_are_judged_by_all_their_frames(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 48000, 256);
	aw_render_record(f->engine, 200, AW_WAKE_UNKNOWN, MS(4), 0);
	aw_render_record(f->engine, 200, AW_WAKE_UNKNOWN, MS(4), 0); /* 8 of 8.33 ms: no miss */
	assert_int_equal(rt_last_record(f->engine).words[0] >> 8 & 0xFF, AW_RENDER_CLOSES);
	assert_int_equal(rt_last_record(f->engine).words[6], MS(8));
	assert_int_equal(rt_last_record(f->engine).words[7], 8333333);
	assert_int_equal(own_load(&f->totals->load[rt_load_cell(MS(8), 400, 48000)]), 1);
	aw_render_record(f->engine, 200, AW_WAKE_UNKNOWN, MS(3),
			 0); /* the next cycle begins at 0 frames */
	assert_int_equal(rt_last_record(f->engine).words[0] >> 8 & 0xFF, 0);
	assert_int_equal(rt_last_record(f->engine).words[6], MS(3));
	assert_int_equal(own_load(&f->control->misses), 0);
	assert_int_equal(rt_sum(f->totals->load, AW_LOAD_CELLS), 1);
}

static void a_duration_beyond_three_days_is_three_days_and_the_sum_goes_on(void **state)
{
	const struct rt_fixture *f = *state;
	const uint64_t longest = UINT64_C(1) << 48;

	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, UINT64_MAX - 5, 0);
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, longest + 1, 0);
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, longest - 1, 0);
	assert_int_equal(own_load(&f->control->render_sum_ns), 3 * longest - 1);
	assert_int_equal(own_load(&f->totals->render[AW_TIME_CELLS - 1]), 3);
}

static void an_unknown_format_has_cells_of_its_own_and_no_misses(void **state)
{
	static const uint32_t formats[][2] = {
		{ 0, 256 },
		{ 48000, 0 },
		{ 0, 0 },
		{ AW_MAX_RATE_HZ + 1, 256 },
		{ 48000, UINT32_MAX },
		{ 2, 201 } /* a period over 100 s */
	};
	const struct rt_fixture *f = *state;

	for (uint64_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		aw_engine_format(f->engine, formats[i][0], formats[i][1]);
		aw_render_record(f->engine, 256, AW_WAKE_UNKNOWN, MS(1000), 0);
		assert_int_equal(own_load(&f->any->format), 0);
		assert_int_equal(own_load(&f->totals->load[0]), i + 1);
		assert_int_equal(rt_last_record(f->engine).words[0] >> 8 & 0xFF, AW_RENDER_CLOSES);
		assert_int_equal(rt_last_record(f->engine).words[6], MS(1000));
		assert_int_equal(rt_last_record(f->engine).words[7], 0);
	}
	assert_int_equal(own_load(&f->control->misses), 0);
	assert_int_equal(rt_sum(f->totals->load + 1, AW_LOAD_CELLS - 1), 0);
}

/* Half a cycle, then a whole one that would miss if the half were part of it. */
static void half_a_cycle(const struct rt_fixture *f)
{
	aw_render_record(f->engine, 128, AW_WAKE_UNKNOWN, MS(2), 0);
}

static void expect_one_whole_cycle_of_2_ms(const struct rt_fixture *f)
{
	aw_render_record(f->engine, 256, AW_WAKE_UNKNOWN, MS(2), 0);
	assert_int_equal(rt_last_record(f->engine).words[6], MS(2));
	assert_int_equal(rt_last_record(f->engine).words[7], 5333333);
	assert_int_equal(rt_sum(f->totals->load, AW_LOAD_CELLS), 1);
	assert_int_equal(own_load(&f->totals->load[rt_load_cell(MS(2), 256, 48000)]), 1);
}

static void a_gap_of_more_than_two_periods_drops_a_partial_cycle(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 48000, 256);
	half_a_cycle(f);
	/* the next call begins 2 ms before its end: put the last end two periods and a bit before that */
	f->engine->last_end = aw_ticks(&f->engine->clock) - ticks(f, MS(2) + 2 * 5333333 + 100);
	expect_one_whole_cycle_of_2_ms(f);
}

static void a_gap_of_less_than_two_periods_keeps_a_partial_cycle(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 4, 256); /* periods of a minute: no machine is that slow */
	aw_render_record(f->engine, 128, AW_WAKE_UNKNOWN, MS(2), 0);
	f->engine->last_end -= ticks(f, MS(1000) * 64 * 2 - MS(30000));
	aw_render_record(f->engine, 128, AW_WAKE_UNKNOWN, MS(3), 0);
	assert_int_equal(rt_last_record(f->engine).words[6], MS(5));
	assert_int_equal(rt_sum(f->totals->load, AW_LOAD_CELLS), 1);
}

/* By begin and end, as if begun so long ago; how long it took, its record says. */
static void span(const struct rt_fixture *f, uint32_t frames, uint64_t late, uint64_t ns)
{
	if (late == AW_WAKE_UNKNOWN)
		aw_render_begin(f->engine, frames);
	else
		aw_render_begin_late(f->engine, frames, late);
	f->engine->begin -= aw_scaled(ns, f->engine->clock.inverse) & (f->engine->begin - 1);
	aw_render_end(f->engine);
}

/* Hosts call with no frames, to hand over parameters. */
static void a_call_without_frames_is_part_of_the_cycle_that_follows(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 4, 256); /* as above */
	for (unsigned i = 1; i <= 3; i++) {
		struct aw_record first, second;

		span(f, 0, AW_WAKE_UNKNOWN, MS(2000));
		first = rt_last_record(f->engine);
		span(f, 256, AW_WAKE_UNKNOWN, MS(3000));
		second = rt_last_record(f->engine);
		assert_int_equal(first.words[0] >> 8 & 0xFF, 0);
		assert_int_equal(second.words[0] >> 8 & 0xFF, AW_RENDER_CLOSES);
		assert_int_equal(second.words[6], first.words[2] + second.words[2]);
		assert_int_equal(rt_sum(f->totals->load, AW_LOAD_CELLS), i);
	}
}

static void being_told_active_keeps_a_partial_cycle(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 4, 256); /* as above */
	aw_render_record(f->engine, 128, AW_WAKE_UNKNOWN, MS(2), 0);
	aw_engine_active(f->engine, true);
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, MS(3), 0);
	aw_engine_active(f->engine, false);
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, MS(4), 0);
	assert_int_equal(rt_last_record(f->engine).words[6], MS(9));
	assert_int_equal(rt_sum(f->totals->load, AW_LOAD_CELLS), 1);
}

static void a_change_of_format_drops_a_partial_cycle(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 48000, 512);
	half_a_cycle(f);
	aw_engine_format(f->engine, 48000, 256);
	expect_one_whole_cycle_of_2_ms(f);
}

static void freewheel_drops_a_partial_cycle(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 48000, 256);
	half_a_cycle(f);
	aw_engine_freewheel(f->engine, true);
	aw_render_record(f->engine, 128, AW_WAKE_UNKNOWN, MS(2), 0);
	aw_engine_freewheel(f->engine, false);
	expect_one_whole_cycle_of_2_ms(f);
}

/* ---- mode ---- */

static void what_is_told_stands_in_the_segment_at_once(void **state)
{
	const struct rt_fixture *f = *state;

	assert_int_equal(own_load(&f->any->active), AW_NEVER_TOLD);
	assert_int_equal(own_load(&f->any->host_load), 0);
	aw_engine_format(f->engine, 96000, 512);
	aw_engine_freewheel(f->engine, true);
	aw_engine_active(f->engine, true);
	aw_engine_host_load(f->engine, 250000);
	assert_true(own_load(&f->any->format) == (UINT64_C(96000) << 32 | 512));
	assert_int_equal(own_load(&f->any->freewheel), 1);
	assert_int_equal(own_load(&f->any->active), AW_TOLD_YES);
	assert_int_equal(own_load(&f->any->host_load), 250001);
	aw_engine_freewheel(f->engine, false);
	aw_engine_active(f->engine, false);
	aw_engine_host_load(f->engine, 0);
	assert_int_equal(own_load(&f->any->freewheel), 0);
	assert_int_equal(own_load(&f->any->active), AW_TOLD_NO);
	assert_int_equal(own_load(&f->any->host_load), 1);
	aw_engine_host_load(f->engine, UINT32_MAX);
	assert_true(own_load(&f->any->host_load) == UINT64_C(1) << 32);
	assert_int_equal(own_load(&f->control->head), 0);
	assert_int_equal(own_load(&f->control->format), 0);
}

static void each_change_found_is_one_mode_record(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_record record;
	uint64_t before, after;

	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
	aw_engine_format(f->engine, 44100, 441);
	aw_engine_active(f->engine, true);
	aw_engine_freewheel(f->engine, true);
	before = aw_ticks(&f->engine->clock);
	aw_render_begin(f->engine, 441);
	after = aw_ticks(&f->engine->clock);
	assert_int_equal(own_load(&f->control->head), 2);
	record = rt_last_record(f->engine);
	assert_true(record.words[0] == word0(f->engine, AW_MODE, 0));
	assert_in_range(record.words[1], before, after);
	assert_int_equal(record.words[2], 44100);
	assert_int_equal(record.words[3], 441);
	assert_int_equal(record.words[4], 1 | AW_TOLD_YES << 1);
	assert_int_equal(record.words[5], 1);
	assert_int_equal(record.words[6], 0);
	assert_int_equal(record.words[7], 0);
	assert_true(own_load(&f->control->format) == (UINT64_C(44100) << 32 | 441));
	aw_render_end(f->engine);
	aw_render_record(f->engine, 441, AW_WAKE_UNKNOWN, 1000, 0);
	assert_int_equal(own_load(&f->control->head), 4); /* the same mode: no further MODE */

	/* told and taken back between two begins: nothing was found changed */
	aw_engine_active(f->engine, false);
	aw_engine_active(f->engine, true);
	aw_engine_format(f->engine, 44100, 441);
	aw_render_record(f->engine, 441, AW_WAKE_UNKNOWN, 1000, 0);
	assert_int_equal(own_load(&f->control->head), 5);
}

static void a_format_told_during_a_render_holds_from_the_next_begin(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_format(f->engine, 48000, 256);
	aw_render_begin(f->engine, 256);
	aw_engine_format(f->engine, 48000, 1024);
	aw_engine_freewheel(f->engine, true);
	aw_render_end(f->engine);
	assert_int_equal(rt_last_record(f->engine).words[7], 5333333);
	assert_int_equal(rt_last_record(f->engine).words[0] >> 8 & AW_RENDER_FREEWHEEL, 0);
	assert_true(own_load(&f->control->format) == (UINT64_C(48000) << 32 | 256));
	aw_render_begin(f->engine, 256);
	assert_true(own_load(&f->control->format) == (UINT64_C(48000) << 32 | 1024));
	assert_int_equal(rt_last_record(f->engine).words[0] & 0xFF, AW_MODE);
	aw_render_end(f->engine);
	assert_int_equal(own_load(&f->control->freewheel_blocks), 1);
}

static void a_freewheeling_block_is_counted_and_timed_nowhere(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_record record;

	aw_engine_format(f->engine, 48000, 256);
	aw_engine_freewheel(f->engine, true);
	aw_render_record(f->engine, 256, 5000, MS(900), 7);
	aw_render_begin_late(f->engine, 256, 5000);
	aw_render_end(f->engine);
	assert_int_equal(own_load(&f->control->freewheel_blocks), 2);
	assert_int_equal(rt_sum(f->totals->render, AW_TIME_CELLS), 0);
	assert_int_equal(rt_sum(f->totals->load, AW_LOAD_CELLS), 0);
	assert_int_equal(rt_sum(f->totals->wake, AW_WAKE_CELLS), 0);
	assert_int_equal(own_load(&f->control->render_sum_ns), 0);
	assert_int_equal(own_load(&f->control->wake_sum_ns), 0);
	assert_int_equal(own_load(&f->control->misses), 0);
	record = rt_engine_record(f->engine, 1);
	assert_true(record.words[0] == word0(f->engine, AW_RENDER, AW_RENDER_FREEWHEEL));
	assert_int_equal(record.words[2], MS(900));
	assert_int_equal(record.words[4], 0);
	assert_true(record.words[5] == (256 | UINT64_C(7) << 32));
	assert_int_equal(record.words[6], 0);
	assert_int_equal(record.words[7], 0);
	assert_int_equal(rt_last_record(f->engine).words[4], 1);
}

/* ---- pending ---- */

static void pending_sets_the_begin_word_back_by_its_age_and_zero_clears_it(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t before, after;

	before = aw_ticks(&f->engine->clock);
	aw_render_pending(f->engine, MS(3));
	after = aw_ticks(&f->engine->clock);
	assert_in_range(own_load(&f->control->begin), before - ticks(f, MS(3)),
			after - ticks(f, MS(3)));
	aw_render_pending(f->engine, UINT64_MAX);
	assert_int_equal(own_load(&f->control->begin),
			 1); /* older than the clock: as old as can be */
	aw_render_pending(f->engine, 0);
	assert_int_equal(own_load(&f->control->begin), 0);
	assert_int_equal(own_load(&f->control->head), 0);
}

static void a_record_leaves_the_pending_word_alone(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t pending;

	aw_render_pending(f->engine, MS(3));
	pending = own_load(&f->control->begin);
	aw_engine_format(f->engine, 48000, 256); /* with a MODE record too */
	aw_render_record(f->engine, 256, AW_WAKE_UNKNOWN, MS(1), 0);
	aw_render_record(f->engine, 256, AW_WAKE_UNKNOWN, MS(1), 0);
	assert_true(own_load(&f->control->begin) == pending);
}

struct beside {
	struct aw_engine *engine;
	_Atomic bool stop;
};

static void *pend(void *context)
{
	struct beside *beside = context;

	while (!atomic_load_explicit(&beside->stop, memory_order_relaxed)) {
		aw_render_pending(beside->engine, 1000);
		aw_render_pending(beside->engine, 0);
	}
	aw_render_pending(beside->engine, MS(1));
	return NULL;
}

static void pending_may_run_beside_records(void **state)
{
	const struct rt_fixture *f = *state;
	struct beside beside = { .engine = f->engine };
	pthread_t thread;

	aw_engine_format(f->engine, 48000, 256);
	assert_int_equal(pthread_create(&thread, NULL, pend, &beside), 0);
	for (unsigned i = 0; i < 20000; i++)
		aw_render_record(f->engine, 256, AW_WAKE_UNKNOWN, MS(1), 0);
	atomic_store_explicit(&beside.stop, true, memory_order_relaxed);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(rt_sum(f->totals->render, AW_TIME_CELLS), 20000);
	assert_int_equal(own_load(&f->control->head), 20001);
	assert_true(own_load(&f->control->begin) != 0);
}

/* ---- all of it at random ---- */

struct model {
	uint64_t format, mode, wanted_format, wanted_mode;
	uint64_t head, block, sum, wake_sum, misses, freewheel_blocks, cycle_ns, cycle_frames;
	uint64_t flags; /* of the newest record */
	uint64_t render[AW_TIME_CELLS], load[AW_LOAD_CELLS], wake[AW_WAKE_CELLS];
};

/* The specification in prose order; durations are short enough never to leave a gap. */
static void model_record(struct model *m, uint32_t frames, uint64_t late, uint64_t ns,
			 uint32_t missed)
{
	const uint64_t period = m->wanted_format & UINT32_MAX, rate = m->wanted_format >> 32;

	if (m->format != m->wanted_format || (m->mode & 1) != (m->wanted_mode & 1))
		m->cycle_ns = m->cycle_frames = 0;
	m->head += m->format != m->wanted_format || m->mode != m->wanted_mode;
	m->format = m->wanted_format;
	m->mode = m->wanted_mode;
	m->head++;
	m->block++;
	m->flags = 0;
	if (m->mode & 1) {
		m->flags = AW_RENDER_FREEWHEEL;
		m->freewheel_blocks++;
		return;
	}
	m->sum += ns;
	m->render[rt_time_cell(ns)]++;
	if (late != AW_WAKE_UNKNOWN) {
		m->wake_sum += late;
		m->wake[rt_wake_cell(late)]++;
	}
	m->misses += missed;
	m->load[41] += missed;
	m->cycle_ns += ns;
	m->cycle_frames += frames;
	if (!m->format) {
		m->load[0]++;
	} else if (m->cycle_frames >= period) {
		const unsigned cell = rt_load_cell(m->cycle_ns, m->cycle_frames, rate);

		m->load[cell]++;
		m->misses += cell > 20;
		m->flags = cell > 20 ? AW_RENDER_MISS : 0;
	} else {
		return;
	}
	m->flags |= AW_RENDER_CLOSES;
	m->cycle_ns = m->cycle_frames = 0;
}

static void model_compare(const struct model *m, const struct rt_fixture *f)
{
	assert_int_equal(own_load(&f->control->head), m->head);
	assert_int_equal(own_load(&f->control->misses), m->misses);
	assert_int_equal(own_load(&f->control->freewheel_blocks), m->freewheel_blocks);
	assert_int_equal(own_load(&f->control->render_sum_ns), m->sum);
	assert_int_equal(own_load(&f->control->wake_sum_ns), m->wake_sum);
	assert_true(own_load(&f->control->format) == m->format);
	assert_int_equal(rt_last_record(f->engine).words[0] >> 8 & 0xFF, m->flags);
	assert_int_equal(rt_last_record(f->engine).words[4], m->block - 1);
	assert_memory_equal(f->totals->render, m->render, sizeof m->render);
	assert_memory_equal(f->totals->load, m->load, sizeof m->load);
	assert_memory_equal(f->totals->wake, m->wake, sizeof m->wake);
}

static void step(struct random *random, const struct rt_fixture *f, struct model *m)
{
	/* slow rates, so that no gap is seen however slow the machine */
	static const uint32_t rates[] = { 0, 3, 5, 7 }, periods[] = { 64, 100, 256 };
	const uint64_t r = random_next(random);
	const uint32_t rate = rates[r >> 8 & 3], period = periods[(r >> 10) % 3];
	const uint64_t late = r >> 20 & 1 ? AW_WAKE_UNKNOWN : (r >> 32) >> (r >> 21 & 31);
	const uint64_t ns = (random_next(random) & ((UINT64_C(1) << 37) - 1)) >> (r >> 26 & 31);
	const uint32_t frames =
		r >> 6 & 1 ? (uint32_t)m->wanted_format : (uint32_t)((r >> 42) % period);
	const uint32_t missed = (r & 31) == 3 ? 2 : 0;
	const bool on = r >> 40 & 1, spans = r >> 5 & 1 && !missed;

	switch (r & 31) {
	case 0:
		aw_engine_format(f->engine, rate, period);
		m->wanted_format = rate ? (uint64_t)rate << 32 | period : 0;
		break;
	case 1:
		aw_engine_freewheel(f->engine, on);
		m->wanted_mode = (m->wanted_mode & ~UINT64_C(1)) | on;
		break;
	case 2:
		aw_engine_active(f->engine, on);
		m->wanted_mode = (m->wanted_mode & 1) | (on ? 4 : 2);
		break;
	default:
		if (spans)
			span(f, frames, late, ns);
		else
			aw_render_record(f->engine, frames, late, ns, missed);
		model_record(m, frames, late, rt_last_record(f->engine).words[2], missed);
		model_compare(m, f);
	}
}

static void walk(const struct rt_fixture *f)
{
	struct random random = random_seeded("random walk");
	static struct model model;

	memset(&model, 0, sizeof model);
	for (unsigned i = 0; i < 20000; i++)
		step(&random, f, &model);
	assert_true(model.misses > 0 && model.freewheel_blocks > 0 && model.load[0] > 0);
}

static void a_random_walk_agrees_with_a_plain_model(void **state)
{
	walk(*state);
}

static void a_random_walk_on_the_slow_clock_agrees_as_well(void **state)
{
	const struct rt_fixture *f = *state;

	f->engine->clock = (struct aw_clock){ UINT64_C(1) << 32, UINT64_C(1) << 32, 1 };
	walk(f);
}

/* ---- inert ---- */

static void every_function_accepts_null_and_does_nothing(void **state)
{
	(void)state;
	aw_close(NULL);
	aw_engine_free(NULL);
	aw_channel_free(NULL);
	aw_engine_format(NULL, 48000, 256);
	aw_engine_freewheel(NULL, true);
	aw_engine_active(NULL, true);
	aw_engine_host_load(NULL, 1);
	aw_render_begin(NULL, 1);
	aw_render_begin_late(NULL, 1, 1);
	aw_render_end(NULL);
	aw_render_record(NULL, 1, 1, 1, 1);
	aw_render_pending(NULL, 1);
	aw_channel_begin(NULL);
	aw_channel_end(NULL);
	aw_xrun(NULL, AW_XRUN_JACK, 1);
}

static void a_freed_engine_is_inert(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *engine = f->engine;

	aw_render_begin(engine, 64);
	aw_engine_free(engine);
	assert_int_equal(own_load(&f->control->begin), 0);
	aw_engine_format(engine, 48000, 256);
	aw_engine_freewheel(engine, true);
	aw_engine_active(engine, true);
	aw_engine_host_load(engine, 1);
	aw_render_begin(engine, 1);
	aw_render_begin_late(engine, 1, 1);
	aw_render_end(engine);
	aw_render_record(engine, 1, 1, 1, 1);
	aw_render_pending(engine, 1);
	aw_xrun(engine, AW_XRUN_JACK, 1);
	aw_channel_begin(f->channel);
	aw_channel_end(f->channel);
	assert_int_equal(own_load(&f->control->head), 0);
	assert_int_equal(own_load(&f->control->begin), 0);
	assert_int_equal(own_load(&f->any->format), 0);
	assert_int_equal(own_load(&f->any->active), 0);
	assert_int_equal(own_load(&f->totals->misuse_end), 0);
	assert_int_equal(own_load(&f->channel_totals->misuse), 0);
	assert_int_equal(rt_sum(f->any->xrun_reports, 3), 0);
	assert_int_equal(rt_shared_heads(f->session), 0);
}

static void an_engine_writes_into_its_own_words_alone(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *third, *second;

	assert_int_equal(aw_engine_new(f->session, "second", &second), 0);
	assert_int_equal(aw_engine_new(f->session, "third", &third), 0);
	aw_engine_format(second, 48000, 256);
	aw_render_record(second, 256, 5, MS(6), 1);
	aw_render_begin(second, 5);
	assert_int_equal(own_load(&f->control[1].head), 2);
	assert_int_equal(own_load(&f->control[1].misses), 2);
	assert_true(rt_last_record(second).words[0] ==
		    word0(second, AW_RENDER, AW_RENDER_CLOSES | AW_RENDER_MISS));
	for (unsigned e = 0; e < 4; e += 2) {
		assert_int_equal(own_load(&f->control[e].head), 0);
		assert_int_equal(own_load(&f->control[e].begin), 0);
		assert_int_equal(
			rt_sum((const _Atomic uint64_t *)&f->totals[e], sizeof *f->totals / 8), 0);
		assert_int_equal(rt_sum((const _Atomic uint64_t *)&f->any[e], sizeof *f->any / 8),
				 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rt_open, rt_close)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(begin_and_end_publish_one_record_word_by_word),
		TEST(a_thousand_renders_are_a_thousand_blocks_in_order),
		TEST(misused_begin_and_end_are_counted_and_publish_nothing),
		TEST(a_clock_that_went_back_is_no_time_and_is_counted),
		TEST(begin_word_is_set_while_a_render_runs_and_cleared_after),
		TEST(a_record_measured_elsewhere_is_published_word_by_word),
		TEST(a_cycle_at_its_budget_is_no_miss_and_a_nanosecond_more_is_one),
		TEST(the_budget_of_a_record_is_the_whole_nanoseconds_of_its_frames),
		TEST(each_edge_of_each_load_cell_falls_where_the_fraction_says),
		TEST(each_time_falls_into_the_cell_its_bounds_say),
		TEST(wake_up_delays_fall_between_powers_of_two_and_unknown_is_not_counted),
		TEST(cycle_of_three_calls_is_judged_once),
		TEST(sub_blocks_of_a_light_load_never_miss_in_3000_cycles),
		TEST(one_cycle_over_its_budget_among_a_thousand_is_one_miss),
		TEST(a_call_longer_than_a_period_closes_a_cycle_with_the_budget_of_its_frames),
		TEST(calls_that_overshoot_the_period_are_judged_by_all_their_frames),
		TEST(a_duration_beyond_three_days_is_three_days_and_the_sum_goes_on),
		TEST(an_unknown_format_has_cells_of_its_own_and_no_misses),
		TEST(a_gap_of_more_than_two_periods_drops_a_partial_cycle),
		TEST(a_gap_of_less_than_two_periods_keeps_a_partial_cycle),
		TEST(a_call_without_frames_is_part_of_the_cycle_that_follows),
		TEST(being_told_active_keeps_a_partial_cycle),
		TEST(a_change_of_format_drops_a_partial_cycle),
		TEST(freewheel_drops_a_partial_cycle),
		TEST(what_is_told_stands_in_the_segment_at_once),
		TEST(each_change_found_is_one_mode_record),
		TEST(a_format_told_during_a_render_holds_from_the_next_begin),
		TEST(a_freewheeling_block_is_counted_and_timed_nowhere),
		TEST(pending_sets_the_begin_word_back_by_its_age_and_zero_clears_it),
		TEST(a_record_leaves_the_pending_word_alone),
		TEST(pending_may_run_beside_records),
		TEST(a_random_walk_agrees_with_a_plain_model),
		TEST(a_random_walk_on_the_slow_clock_agrees_as_well),
		TEST(every_function_accepts_null_and_does_nothing),
		TEST(a_freed_engine_is_inert),
		TEST(an_engine_writes_into_its_own_words_alone),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
