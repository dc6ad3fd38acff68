/* SPDX-License-Identifier: MIT */
/* Where the sections lie, in literal numbers: a change here breaks every engine and collector of
 * another version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shm/layout.h"

static const struct aw_layout layouts[] = {
	{ .counts = { 1, 16, 8, 1024 },
	  .control = 4096,
	  .lanes = 4224,
	  .contended = 4736,
	  .flight = 4864,
	  .directory = 8192,
	  .titles = 11392,
	  .engine_rings = 12288,
	  .engine_ring_bytes = 65536,
	  .shared_rings = 77824,
	  .totals = 143360,
	  .any = 151552,
	  .channels = 155648,
	  .functions = 159744,
	  .size = 217088 },
	{ .counts = { 1, 64, 64, 1024 },
	  .control = 4096,
	  .lanes = 4224,
	  .contended = 4736,
	  .flight = 4864,
	  .directory = 8192,
	  .titles = 24704,
	  .engine_rings = 28672,
	  .engine_ring_bytes = 65536,
	  .shared_rings = 94208,
	  .totals = 159744,
	  .any = 167936,
	  .channels = 172032,
	  .functions = 188416,
	  .size = 647168 },
	{ .counts = { 64, 1024, 256, 65536 },
	  .control = 4096,
	  .lanes = 12288,
	  .contended = 12800,
	  .flight = 12928,
	  .directory = 16384,
	  .titles = 188416,
	  .engine_rings = 196608,
	  .engine_ring_bytes = 4194304,
	  .shared_rings = 268632064,
	  .totals = 268697600,
	  .any = 269180928,
	  .channels = 269189120,
	  .functions = 269451264,
	  .size = 271286272 },
};

static void sections_lie_where_they_always_lay(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		const struct aw_layout *want = &layouts[i], got = aw_layout_of(want->counts);

		assert_int_equal(got.control, want->control);
		assert_int_equal(got.lanes, want->lanes);
		assert_int_equal(got.contended, want->contended);
		assert_int_equal(got.flight, want->flight);
		assert_int_equal(got.directory, want->directory);
		assert_int_equal(got.titles, want->titles);
		assert_int_equal(got.engine_rings, want->engine_rings);
		assert_int_equal(got.engine_ring_bytes, want->engine_ring_bytes);
		assert_int_equal(got.shared_rings, want->shared_rings);
		assert_int_equal(got.totals, want->totals);
		assert_int_equal(got.any, want->any);
		assert_int_equal(got.channels, want->channels);
		assert_int_equal(got.functions, want->functions);
		assert_int_equal(got.size, want->size);
		assert_int_equal(got.size % 4096, 0);
	}
}

static void a_default_segment_takes_212_kib(void **state)
{
	(void)state;
	assert_int_equal(aw_layout_of((struct aw_counts){ 1, 16, 8, 1024 }).size, 212 * 1024);
	assert_int_equal(aw_layout_of((struct aw_counts){ 1, 64, 64, 1024 }).size, 632 * 1024);
}

static void the_control_section_fits_one_page_up_to_25_engines(void **state)
{
	const uint64_t flights = 16 * 16;

	(void)state;
	assert_true(aw_layout_of((struct aw_counts){ 25, 0, 0, 64 }).flight + flights <= 8192);
	assert_true(aw_layout_of((struct aw_counts){ 26, 0, 0, 64 }).flight + flights > 8192);
}

static void a_directory_holds_engines_then_channels_then_functions(void **state)
{
	const struct aw_counts n = { 3, 5, 7, 64 };

	(void)state;
	assert_int_equal(aw_entry_index(&n, AW_KIND_ENGINE, 0), 0);
	assert_int_equal(aw_entry_index(&n, AW_KIND_ENGINE, 2), 2);
	assert_int_equal(aw_entry_index(&n, AW_KIND_CHANNEL, 0), 3);
	assert_int_equal(aw_entry_index(&n, AW_KIND_CHANNEL, 4), 7);
	assert_int_equal(aw_entry_index(&n, AW_KIND_FUNCTION, 0), 8);
	assert_int_equal(aw_entry_index(&n, AW_KIND_FUNCTION, 6), 14);
}

static void counts_are_bounded_on_both_sides(void **state)
{
	static const struct {
		struct aw_counts counts;
		int valid;
	} cases[] = {
		{ { 1, 0, 0, 64 }, 1 },		 { { 64, 1024, 256, 65536 }, 1 },
		{ { 0, 0, 0, 64 }, 0 },		 { { 65, 0, 0, 64 }, 0 },
		{ { 1, 1025, 0, 64 }, 0 },	 { { 1, 0, 257, 64 }, 0 },
		{ { 1, 0, 0, 0 }, 0 },		 { { 1, 0, 0, 32 }, 0 },
		{ { 1, 0, 0, 96 }, 0 },		 { { 1, 0, 0, 131072 }, 0 },
		{ { UINT32_MAX, 0, 0, 64 }, 0 }, { { 1, UINT32_MAX, 0, 64 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(!!aw_counts_valid(&cases[i].counts), cases[i].valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_lie_where_they_always_lay),
		cmocka_unit_test(a_default_segment_takes_212_kib),
		cmocka_unit_test(the_control_section_fits_one_page_up_to_25_engines),
		cmocka_unit_test(a_directory_holds_engines_then_channels_then_functions),
		cmocka_unit_test(counts_are_bounded_on_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
