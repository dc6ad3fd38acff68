/* SPDX-License-Identifier: MIT */
/* Facts made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/bench.h"

static void cut(struct bench *bench, uint64_t threshold)
{
	const struct window_table *table = bench->cuts.table;

	assert_true(window_cuts_add(&bench->cuts,
				    table == &window_tables[WINDOW_FLAGS] ? 0 : threshold));
}

struct bench *bench_new(const struct rule *rule)
{
	const struct signal_row *row = &signal_rows[rule->signal];
	struct bench *bench = calloc(1, sizeof *bench);

	assert_non_null(bench);
	bench->purse = WINDOW_PURSE;
	bench->cuts.table = &window_tables[row->table];
	bench->cuts.summed = true;
	cut(bench, rule->above);
	cut(bench, rule->clear_below);
	cut(bench, rule->guard.above);
	assert_true(window_init(&bench->window, &bench->purse, &bench->cuts));
	window_start(&bench->window, 0, BENCH_TICK);
	bench->facts = (struct signal_facts){ .tick = BENCH_TICK,
					      .state = STATE_LIVE,
					      .held_state = STATE_LIVE,
					      .engine_live = true };
	bench->facts.windows[row->series] = &bench->window;
	return bench;
}

void bench_free(struct bench *bench)
{
	window_deinit(&bench->window);
	free(bench);
}

void bench_put(struct bench *bench, unsigned n, uint64_t value)
{
	bench->cells[bench->cuts.table->cell(value)] += n;
	bench->sum += n * value;
}

void bench_pass(struct bench *bench, unsigned ticks)
{
	for (unsigned i = 0; i < ticks; i++)
		assert_true(
			window_read(&bench->window, ++bench->facts.tick, bench->cells, bench->sum));
}

void bench_fly(struct bench *bench, uint64_t age_ns)
{
	bench->facts.flights_ns[bench->facts.flight_count++] = age_ns;
}

void bench_restart(struct bench *bench)
{
	window_start(&bench->window, bench->facts.tick, bench->facts.tick);
}

void bench_says(const struct bench *bench, const struct rule *rule, const char *verdict)
{
	const struct judgement got = signal_judge(rule, &bench->facts);

	assert_string_equal(verdict_names[got.verdict], verdict);
	assert_string_equal(silence_names[got.silence], "");
}

void bench_is_silent(const struct bench *bench, const struct rule *rule, const char *why)
{
	const struct judgement got = signal_judge(rule, &bench->facts);

	assert_string_equal(verdict_names[got.verdict], "silent");
	assert_string_equal(silence_names[got.silence], why);
}
