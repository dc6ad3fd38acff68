/* SPDX-License-Identifier: MIT */
/* Tests of collector/slo_ledger.c: what of a series is an event, and over which ends it is counted once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/slo_ledger.h"

#define S UINT64_C(1000000000)
#define NOW (1000 * S)

static struct ledger_book book;
static struct slo_book slo;

static int begin(void **state)
{
	(void)state;
	slo_init(&slo, &(struct slo_options){ .slos = slo_defaults, .count = slo_default_count });
	(void)slo_begin(&slo, 0, NOW);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ledger_deinit(&book);
	return 0;
}

static struct ledger *open_session(unsigned number)
{
	struct ledger_identity who = { .app = "app", .pid = number };

	snprintf(who.id, sizeof who.id, "%032x", number);
	return ledger_open(&book, &who, 16);
}

static struct series *bind_to(struct ledger *ledger, enum aw_kind kind, const char *name)
{
	struct series *series = ledger_bind(ledger, &(struct series_key){ kind, 0, "", name }, NOW);

	assert_non_null(series);
	return series;
}

static void feed_engine(struct ledger *ledger, struct series *series, uint64_t cycles,
			uint64_t misses)
{
	/* those without a budget are no events, freewheel is in blocks alone */
	const struct engine_counts now = {
		.budgeted = cycles, .misses = misses, .cycles = cycles + 5, .blocks = 9 * cycles
	};

	ledger_feed(ledger, series, &now);
	slo_see_ledgers(&slo, &book);
}

static void assert_counts(enum slo_indicator indicator, uint64_t total, uint64_t bad)
{
	assert_int_equal(slo.tracks[indicator].counts.total, total);
	assert_int_equal(slo.tracks[indicator].counts.bad, bad);
}

static void cycles_of_a_known_budget_are_events_and_misses_are_bad(void **state)
{
	struct ledger *ledger = open_session(1);
	struct series *series = bind_to(ledger, AW_KIND_ENGINE, "main");

	(void)state;
	feed_engine(ledger, series, 100, 1);
	assert_counts(SLO_CYCLES, 100, 1);
	feed_engine(ledger, series, 150, 3);
	slo_see_ledgers(&slo, &book);
	assert_counts(SLO_CYCLES, 150, 3);
	assert_counts(SLO_XRUNS, 1, 1);
}

static void a_graph_seen_from_outside_is_in_no_sum(void **state)
{
	struct ledger *ledger = open_session(1);

	(void)state;
	feed_engine(ledger, bind_to(ledger, AW_KIND_ENGINE, "graph:synth"), 100, 100);
	assert_counts(SLO_CYCLES, 0, 0);
	assert_counts(SLO_XRUNS, 0, 0);
}

static void a_session_that_ends_and_one_that_goes_on_from_it_are_counted_once(void **state)
{
	struct ledger *ledger = open_session(1);
	struct series *series = bind_to(ledger, AW_KIND_ENGINE, "main");

	(void)state;
	feed_engine(ledger, series, 100, 1);
	ledger_end(ledger, LEDGER_DEAD, NOW);
	slo_see_ledgers(&slo, &book);
	assert_ptr_equal(open_session(2), ledger);
	assert_ptr_equal(bind_to(ledger, AW_KIND_ENGINE, "main"), series);
	feed_engine(ledger, series, 30, 2);
	assert_counts(SLO_CYCLES, 130, 3);
	ledger_end(ledger, LEDGER_CLOSED, NOW);
	ledger_expire(&book, NOW + LEDGER_KEPT_NS);
	assert_int_equal(book.count, 0);
	slo_see_ledgers(&slo, &book);
	assert_counts(SLO_CYCLES, 130, 3);
}

static void what_was_counted_before_anybody_looked_is_no_event(void **state)
{
	struct ledger *ledger = open_session(1);
	struct series *series = bind_to(ledger, AW_KIND_ENGINE, "main");
	const struct engine_counts then = { .budgeted = 100000, .misses = 900 };

	(void)state;
	slo_feed_unseen(ledger, series, &then);
	slo_see_ledgers(&slo, &book);
	assert_counts(SLO_CYCLES, 0, 0);
	feed_engine(ledger, series, 100010, 901);
	assert_counts(SLO_CYCLES, 10, 1);
}

/* The predecessor's last gain, which nobody has seen, stays one. */
static void only_what_was_counted_before_is_left_out(void **state)
{
	struct ledger *ledger = open_session(1);
	struct series *series = bind_to(ledger, AW_KIND_ENGINE, "main");
	const struct engine_counts mine = { .budgeted = 7, .misses = 1 };
	const struct engine_counts then = { .budgeted = 500, .misses = 50 };

	(void)state;
	ledger_feed(ledger, series, &mine);
	ledger_end(ledger, LEDGER_DEAD, NOW);
	(void)open_session(2);
	assert_ptr_equal(bind_to(ledger, AW_KIND_ENGINE, "main"), series);
	slo_feed_unseen(ledger, series, &then);
	slo_see_ledgers(&slo, &book);
	assert_counts(SLO_CYCLES, 7, 1);
}

static void a_call_of_100_ms_is_good_and_one_above_is_bad(void **state)
{
	struct ledger *ledger = open_session(1);
	struct series *series = bind_to(ledger, AW_KIND_FUNCTION, "load");
	uint64_t cells[AW_TIME_CELLS] = { 0 };
	struct function_counts now = { .calls = 7, .errors = 4 };

	(void)state;
	cells[aw_time_cell(20)] += 1;
	cells[aw_time_cell(100000000)] += 3;
	cells[aw_time_cell(100000001)] += 2;
	cells[aw_time_cell(UINT64_C(20000000000))] += 1;
	aw_time_classic(cells, COUNTS_FFI - 1, now.cells);
	ledger_feed(ledger, series, &now);
	slo_see_ledgers(&slo, &book);
	assert_counts(SLO_FFI, 7, 3);
	assert_counts(SLO_CYCLES, 0, 0);
}

static void channels_are_no_events(void **state)
{
	struct ledger *ledger = open_session(1);
	const struct channel_counts now = { .cells = { 5 } };
	struct series *series =
		ledger_bind(ledger, &(struct series_key){ AW_KIND_CHANNEL, 0, "main", "c" }, NOW);

	(void)state;
	slo_feed_unseen(ledger, series, &now);
	slo_see_ledgers(&slo, &book);
	for (unsigned i = 0; i < SLO_PRESENT; i++)
		assert_counts(i, 0, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			cycles_of_a_known_budget_are_events_and_misses_are_bad, begin, end),
		cmocka_unit_test_setup_teardown(a_graph_seen_from_outside_is_in_no_sum, begin, end),
		cmocka_unit_test_setup_teardown(
			a_session_that_ends_and_one_that_goes_on_from_it_are_counted_once, begin,
			end),
		cmocka_unit_test_setup_teardown(what_was_counted_before_anybody_looked_is_no_event,
						begin, end),
		cmocka_unit_test_setup_teardown(only_what_was_counted_before_is_left_out, begin, end),
		cmocka_unit_test_setup_teardown(a_call_of_100_ms_is_good_and_one_above_is_bad,
						begin, end),
		cmocka_unit_test_setup_teardown(channels_are_no_events, begin, end),
	};

	return cmocka_run_group_tests_name("slo_ledger", tests, NULL, NULL);
}
