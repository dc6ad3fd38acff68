/* SPDX-License-Identifier: MIT */
/* Tests of collector/window_table.c: each table's bounds against the cells that the producer counts in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/window_table.h"

#define MS UINT64_C(1000000)

/* A load of so many millionths, at a period of a second: as the producer has it. */
static unsigned cell_of_load(uint64_t value)
{
	return aw_load_cell(value * 1000, 48000, 48000);
}

static unsigned cell_of_time(uint64_t value)
{
	return aw_time_cell(value);
}

static unsigned cell_of_wake(uint64_t value)
{
	return aw_wake_cell(value);
}

static const struct {
	enum window_table_id table;
	unsigned (*cell)(uint64_t value);
} counted[] = {
	{ WINDOW_TIME, cell_of_time },
	{ WINDOW_LOAD, cell_of_load },
	{ WINDOW_WAKE, cell_of_wake },
};

static void a_value_is_in_the_cell_that_its_producer_counts_it_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
		const struct window_table *table = &window_tables[counted[i].table];

		for (unsigned cell = table->first; cell < table->cells - 1; cell++) {
			const uint64_t bound = table->bound(cell);

			assert_int_equal(table->cell(bound), cell);
			assert_int_equal(table->cell(bound + 1), cell + 1);
			assert_int_equal(counted[i].cell(bound), cell);
			assert_int_equal(counted[i].cell(bound + 1), cell + 1);
		}
	}
}

static void a_threshold_that_is_a_bound_is_decided_where_it_is_written(void **state)
{
	static const struct {
		enum window_table_id table;
		uint64_t written, decided;
	} rows[] = {
		{ WINDOW_TIME, 25 * MS, 25 * MS },
		{ WINDOW_TIME, 25 * MS + 1, 25163911 },
		{ WINDOW_LOAD, 900000, 900000 },
		{ WINDOW_LOAD, 900001, 950000 },
		{ WINDOW_LOAD, 0, 50000 },
		{ WINDOW_LOAD, 2000000, 2000000 },
		{ WINDOW_LOAD, 2000001, UINT64_MAX },
		{ WINDOW_WAKE, 1953125, 1953125 },
		{ WINDOW_WAKE, 2 * MS, 3906250 },
		{ WINDOW_WAKE, 62500000, 62500000 },
		{ WINDOW_FLAGS, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(window_effective(&window_tables[rows[i].table], rows[i].written),
				 rows[i].decided);
}

static bool is_within(enum window_table_id table, uint64_t shown, uint64_t value)
{
	const uint64_t off = shown > value ? shown - value : value - shown;

	switch (table) {
	case WINDOW_TIME:
		return off * 1000 <= value * 11 + 1000;
	case WINDOW_LOAD:
		return off <= 25000;
	default:
		return off * 1000 <= value * 334 + 1000;
	}
}

static void what_is_shown_of_a_cell_is_as_near_as_its_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
		const enum window_table_id id = counted[i].table;
		const struct window_table *table = &window_tables[id];

		for (unsigned cell = table->first + 1; cell < table->cells - 1; cell++) {
			assert_true(is_within(id, window_shown(table, cell), table->bound(cell)));
			assert_true(is_within(id, window_shown(table, cell),
					      table->bound(cell - 1) + 1));
		}
	}
}

static void above_the_last_bound_there_is_one_figure(void **state)
{
	(void)state;
	assert_int_equal(window_beyond(&window_tables[WINDOW_TIME]), UINT64_C(128000000001));
	assert_int_equal(window_beyond(&window_tables[WINDOW_LOAD]), 2000001);
	assert_int_equal(window_beyond(&window_tables[WINDOW_WAKE]), 62500001);
	for (unsigned i = 0; i < WINDOW_TABLES; i++)
		assert_int_equal(window_shown(&window_tables[i], window_tables[i].cells - 1),
				 window_beyond(&window_tables[i]));
}

static void cuts_tell_apart_one_kind_of_values_more_than_there_are_of_them(void **state)
{
	struct window_cuts flags = { .table = &window_tables[WINDOW_FLAGS] },
			   loads = { .table = &window_tables[WINDOW_LOAD] },
			   times = { .table = &window_tables[WINDOW_TIME] };

	(void)state;
	assert_int_equal(window_cuts_groups(&flags), 1);
	assert_true(window_cuts_add(&flags, 0));
	assert_true(window_cuts_add(&flags, 5));
	assert_int_equal(window_cuts_groups(&flags), 2);
	for (uint64_t load = 0; load <= 2100000; load += 10000)
		assert_true(window_cuts_add(&loads, load));
	assert_int_equal(window_cuts_groups(&loads), AW_LOAD_CELLS - 1);
	for (unsigned i = 0; i < WINDOW_CUTS_MAX; i++)
		assert_true(window_cuts_add(&times, aw_time_bounds[i]));
	assert_false(window_cuts_add(&times, aw_time_bounds[WINDOW_CUTS_MAX]));
	assert_int_equal(window_cuts_groups(&times), WINDOW_CUTS_MAX + 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_in_the_cell_that_its_producer_counts_it_in),
		cmocka_unit_test(a_threshold_that_is_a_bound_is_decided_where_it_is_written),
		cmocka_unit_test(what_is_shown_of_a_cell_is_as_near_as_its_table_says),
		cmocka_unit_test(above_the_last_bound_there_is_one_figure),
		cmocka_unit_test(cuts_tell_apart_one_kind_of_values_more_than_there_are_of_them),
	};

	return cmocka_run_group_tests_name("window_table", tests, NULL, NULL);
}
