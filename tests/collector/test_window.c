/* SPDX-License-Identifier: MIT */
/* Tests of collector/window.c: against a plain list of samples, folded or not; cover, gaps, minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/random.h"
#include "tests/support/window_fixture.h"

/* ---- the model: every sample, with its slot ---- */

struct sample {
	uint64_t tick, ns;
};

struct model {
	struct sample *samples;
	unsigned count, room;
	uint64_t newest, read, cover;
};

static void model_put(struct model *model, uint64_t tick, uint64_t ns)
{
	if (model->count == model->room) {
		model->room = model->room ? 2 * model->room : 1024;
		model->samples = realloc(model->samples, model->room * sizeof *model->samples);
		assert_non_null(model->samples);
	}
	model->samples[model->count++] = (struct sample){ tick, ns };
}

/* The first slot of a span. */
static uint64_t model_first(const struct model *model, unsigned span_s)
{
	if (span_s > WINDOW_SECONDS) {
		const uint64_t minute = (model->newest - 1) / 60, before = span_s / 60 - 1;

		return minute > before ? (minute - before) * 60 + 1 : 1;
	}
	return model->newest > span_s ? model->newest - span_s + 1 : 1;
}

static bool is_in(const struct model *model, const struct sample *sample, unsigned span_s)
{
	return sample->tick > model->cover && sample->tick >= model_first(model, span_s);
}

struct answer {
	uint64_t n, above, sum_ns, ranked_ns;
};

static int by_length(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static struct answer ask_model(const struct model *model, unsigned span_s, uint64_t threshold_ns)
{
	const uint64_t effective_ns = window_effective(&window_tables[WINDOW_TIME], threshold_ns);
	uint64_t *all = malloc((model->count + 1) * sizeof *all);
	struct answer answer = { 0 };

	assert_non_null(all);
	for (unsigned i = 0; i < model->count; i++) {
		const struct sample *sample = &model->samples[i];

		if (!is_in(model, sample, span_s))
			continue;
		all[answer.n++] = sample->ns;
		answer.above += sample->ns > effective_ns;
		answer.sum_ns += sample->ns;
	}
	qsort(all, answer.n, sizeof *all, by_length);
	answer.ranked_ns = answer.n ? all[(answer.n * 99 + 99) / 100 - 1] : 0;
	free(all);
	return answer;
}

/* How a run is done, and what it found. */
struct run {
	unsigned used; /* thresholds */
	ptrdiff_t spare_bytes;
	bool folds, forgets; /* for want of memory */
	unsigned compared, forgot;
};

/* What was forgotten is not covered, and what is left of it is no more than there was. */
static bool is_forgotten(struct run *run, const struct answer *want, const struct window_counts *got)
{
	if (!run->forgets || got->n == want->n)
		return false;
	assert_int_not_equal(got->cover, WINDOW_COVERED);
	assert_true(got->n < want->n && got->above <= want->above);
	run->forgot++;
	return true;
}

static void compare_one(const struct bench *bench, const struct model *model, unsigned span_s,
			struct run *run)
{
	const uint64_t quantile_ns = window_quantile(&bench->window, span_s, 990000);

	for (unsigned i = 0; i < run->used; i++) {
		const struct answer want = ask_model(model, span_s, used_ns[i]);
		const struct window_counts got = window_count(&bench->window, span_s, used_ns[i]);
		const bool covered = model->newest >= bench->window.cover + span_s;

		if (is_forgotten(run, &want, &got))
			continue;
		assert_int_equal(bench->window.cover >= model->cover, true);
		assert_int_equal(got.n, want.n);
		assert_int_equal(got.above, want.above);
		assert_int_equal(got.cover, covered  ? WINDOW_COVERED
					    : want.n ? WINDOW_PARTIAL
						     : WINDOW_EMPTY);
		assert_int_equal(window_sum(&bench->window, span_s), want.sum_ns);
		assert_true(quantile_ns * 1000 >= want.ranked_ns * 989);
		assert_true(run->folds || quantile_ns * 1000 <= want.ranked_ns * 1011 + 1000);
	}
}

static void compare_all(const struct bench *bench, const struct model *model, struct run *run)
{
	static const unsigned spans[] = { 1, 5, 59, 60, 61, 299, 300, 360, 600, 3600 };

	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
		compare_one(bench, model, spans[i], run);
	assert_true(run->forgets || bench->window.cover == model->cover);
	run->compared++;
}

/* Mostly one tick on; sometimes unread ones in between, sometimes a gap. */
static void step_tick(struct random *random, struct bench *bench, struct model *model)
{
	const uint64_t dice = random_below(random, 400);
	const uint64_t jump = dice == 0	 ? 7 + random_below(random, 20)
			      : dice < 8 ? 2 + random_below(random, 5)
					 : 1;

	bench->tick += jump - 1;
	if (jump > 1 && random_below(random, 2))
		window_pass(&bench->window, bench->tick);
	model->newest = bench->tick + 1;
}

static uint64_t some_ns(struct random *random)
{
	const uint64_t wide = random_next(random) >> (28 + random_below(random, 20));

	return random_below(random, 8)
		       ? 1000 + wide
		       : used_ns[random_below(random, USED)] + random_below(random, 2);
}

static void model_run(struct random *random, struct run *run)
{
	struct bench *bench = bench_of(run->used, run->spare_bytes);
	struct model model = { 0 };

	for (unsigned i = 0; i < 2500; i++) {
		step_tick(random, bench, &model);
		for (uint64_t n = random_below(random, 30); n-- > 0;) {
			const uint64_t ns = some_ns(random);

			put(bench, ns);
			model_put(&model, model.newest, ns);
		}
		assert_int_equal(read_next(bench), model.newest - model.read <= 6);
		if (model.newest - model.read > 6)
			model.cover = model.newest;
		model.read = model.newest;
		if (random_below(random, 70) == 0)
			compare_all(bench, &model, run);
	}
	bench_free(bench);
	free(model.samples);
}

static void run_twice(const char *name, struct run run)
{
	struct random random = random_seeded(name);

	for (unsigned i = 0; i < 2; i++)
		model_run(&random, &run);
	assert_true(run.compared > 20);
	assert_int_equal(run.forgot > 0, run.forgets);
}

static void it_counts_as_a_list_of_samples_does(void **state)
{
	(void)state;
	run_twice("it_counts_as_a_list_of_samples_does",
		  (struct run){ .used = FEW, .spare_bytes = PLENTY });
}

static void without_memory_the_reserve_keeps_two_thresholds_exact(void **state)
{
	(void)state;
	run_twice("without_memory_the_reserve_keeps_two_thresholds_exact",
		  (struct run){ .used = RESERVED, .folds = true });
}

static void what_neither_memory_nor_folds_can_hold_is_not_covered_any_more(void **state)
{
	(void)state;
	run_twice("what_neither_memory_nor_folds_can_hold_is_not_covered_any_more",
		  (struct run){ .used = USED, .folds = true, .forgets = true });
}

/* ---- by hand ---- */

static void a_slot_is_what_the_totals_gained(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	put(bench, 30 * MS);
	put(bench, 30 * MS);
	put(bench, 10 * MS);
	assert_true(read_next(bench));
	assert_true(read_next(bench));
	assert_int_equal(count_n(bench, 2), 3);
	assert_int_equal(window_count(&bench->window, 2, 25 * MS).above, 2);
	assert_int_equal(count_n(bench, 1), 0);
	memset(bench->cells, 0, sizeof bench->cells); /* it began again */
	put(bench, 30 * MS);
	assert_true(read_next(bench));
	assert_int_equal(count_n(bench, 1), 1);
	bench_free(bench);
}

static void it_is_covered_when_its_whole_span_was_seen(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->tick = 100;
	window_start(&bench->window, 100, 100);
	for (unsigned i = 0; i < 59; i++)
		assert_true(read_next(bench));
	assert_int_equal(window_count(&bench->window, 60, 0).cover, WINDOW_EMPTY);
	put(bench, 1);
	assert_true(read_next(bench));
	assert_int_equal(window_count(&bench->window, 60, 0).cover, WINDOW_COVERED);
	assert_int_equal(window_count(&bench->window, 61, 0).cover, WINDOW_PARTIAL);
	bench_free(bench);
}

static void a_reading_five_seconds_late_counts_and_a_later_one_is_a_gap(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	put(bench, MS);
	assert_true(read_next(bench));
	put(bench, MS);
	bench->tick += 5;
	assert_true(read_next(bench));
	assert_int_equal(count_n(bench, 60), 2);
	put(bench, MS);
	bench->tick += 6;
	assert_false(read_next(bench));
	assert_int_equal(count_n(bench, 60), 0);
	assert_int_equal(bench->window.cover, bench->tick);
	put(bench, MS);
	assert_true(read_next(bench));
	assert_int_equal(count_n(bench, 60), 1);
	window_pass(&bench->window, bench->tick + 6);
	assert_int_equal(count_n(bench, 60), 1);
	window_pass(&bench->window, bench->tick + 7);
	assert_int_equal(count_n(bench, 60), 0);
	bench_free(bench);
}

static void beyond_five_minutes_whole_minutes_count(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	while (bench->tick < 720) {
		put(bench, MS);
		assert_true(read_next(bench));
	}
	assert_int_equal(count_n(bench, 300), 300);
	assert_int_equal(count_n(bench, 360),
			 360); /* the minute that just ended is the running one */
	put(bench, MS);
	assert_true(read_next(bench));
	assert_int_equal(count_n(bench, 300), 300);
	assert_int_equal(count_n(bench, 360), 301);
	bench_free(bench);
}

static void the_highest_and_the_ranked_are_told_by_their_cells(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	assert_int_equal(window_max(&bench->window, 60), 0);
	assert_int_equal(window_quantile(&bench->window, 60, 990000), 0);
	for (unsigned i = 0; i < 99; i++)
		put(bench, 3 * MS);
	put(bench, 25 * MS);
	assert_true(read_next(bench));
	assert_int_equal(window_max(&bench->window, 60), 25 * MS);
	assert_in_range(window_quantile(&bench->window, 60, 990000), 2967000, 3033000);
	put(bench, UINT64_MAX);
	assert_true(read_next(bench));
	assert_int_equal(BEYOND_NS, aw_time_bounds[AW_TIME_BOUNDS - 1] + 1);
	assert_int_equal(window_max(&bench->window, 60), BEYOND_NS);
	assert_int_equal(window_max(&bench->window, 1), BEYOND_NS);
	assert_int_equal(window_quantile(&bench->window, 1, 990000), BEYOND_NS);
	bench_free(bench);
}

static void loads_of_an_unknown_budget_are_no_samples_and_sums_are_of_middles(void **state)
{
	struct window_purse purse = { PLENTY, PLENTY };
	struct window_cuts cuts = { .table = &window_tables[WINDOW_LOAD], .summed = true };
	uint64_t cells[AW_LOAD_CELLS] = { [0] = 7, [1] = 2, [18] = 3, [19] = 1, [41] = 1 };
	struct window window;

	(void)state;
	assert_true(window_cuts_add(&cuts, 900000));
	assert_true(window_init(&window, &purse, &cuts));
	window_start(&window, 0, 0);
	assert_true(window_read(&window, 1, cells, 0));
	assert_int_equal(window_count(&window, 60, 900000).n, 7);
	assert_int_equal(window_count(&window, 60, 900000).above, 2);
	assert_int_equal(window_sum(&window, 60), 2 * 25000 + 3 * 875000 + 925000 + 2000001);
	assert_int_equal(window_quantile(&window, 60, 500000), 875000);
	assert_int_equal(window_max(&window, 60), 2000001);
	window_deinit(&window);
	assert_int_equal(purse.left_bytes, PLENTY);
}

static void a_sum_of_loads_beyond_all_numbers_is_the_greatest(void **state)
{
	struct window_purse purse = { PLENTY, PLENTY };
	struct window_cuts cuts = { .table = &window_tables[WINDOW_LOAD], .summed = true };
	uint64_t cells[AW_LOAD_CELLS] = { [40] = (UINT64_C(1) << 48) - 1 };
	struct window window;

	(void)state;
	assert_true(window_init(&window, &purse, &cuts));
	window_start(&window, 0, 0);
	assert_true(window_read(&window, 1, cells, 0));
	assert_true(window_sum(&window, 60) == UINT64_MAX);
	window_deinit(&window);
}

static void flags_count_good_and_bad_and_sum_up_the_bad(void **state)
{
	struct window_purse purse = { PLENTY, PLENTY };
	struct window_cuts cuts = { .table = &window_tables[WINDOW_FLAGS] };
	uint64_t cells[2] = { 0 };
	struct window window;

	(void)state;
	assert_true(window_cuts_add(&cuts, 0));
	assert_true(window_init(&window, &purse, &cuts));
	window_start(&window, 0, 0);
	for (uint64_t tick = 1; tick <= 400; tick++) {
		cells[tick % 4 == 0]++;
		assert_true(window_read(&window, tick, cells, 0));
	}
	assert_int_equal(window_count(&window, 300, 0).n, 300);
	assert_int_equal(window_count(&window, 300, 0).above, 75);
	assert_int_equal(window_sum(&window, 300), 75);
	assert_int_equal(window_count(&window, 360, 0).above,
			 85); /* six minutes, one of them running */
	window_deinit(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_counts_as_a_list_of_samples_does),
		cmocka_unit_test(without_memory_the_reserve_keeps_two_thresholds_exact),
		cmocka_unit_test(what_neither_memory_nor_folds_can_hold_is_not_covered_any_more),
		cmocka_unit_test(a_slot_is_what_the_totals_gained),
		cmocka_unit_test(it_is_covered_when_its_whole_span_was_seen),
		cmocka_unit_test(a_reading_five_seconds_late_counts_and_a_later_one_is_a_gap),
		cmocka_unit_test(beyond_five_minutes_whole_minutes_count),
		cmocka_unit_test(the_highest_and_the_ranked_are_told_by_their_cells),
		cmocka_unit_test(loads_of_an_unknown_budget_are_no_samples_and_sums_are_of_middles),
		cmocka_unit_test(a_sum_of_loads_beyond_all_numbers_is_the_greatest),
		cmocka_unit_test(flags_count_good_and_bad_and_sum_up_the_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
