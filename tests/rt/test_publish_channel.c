/* SPDX-License-Identifier: MIT */
/* What channels publish: runs of a block, the last blocks, misuse, freewheel, free and close. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

#define MS(n) ((uint64_t)(n)*1000000u)

/* A run of about `ns`, whatever the machine does: its begin is moved back. What was measured is what the sum grew by. */
static uint64_t run(const struct rt_fixture *f, struct aw_channel *channel, uint64_t ns)
{
	const uint64_t before = own_load(&f->channel_totals[channel->index].sum_ns);
	uint64_t measured;

	aw_channel_begin(channel);
	channel->begin -= (uint64_t)((__uint128_t)ns * channel->clock.inverse >> 32) + 1;
	aw_channel_end(channel);
	measured = own_load(&f->channel_totals[channel->index].sum_ns) - before;
	assert_true(measured >= ns);
	return measured;
}

static void block(const struct rt_fixture *f)
{
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
}

static uint64_t cells(const struct rt_fixture *f)
{
	return rt_sum(f->channel_totals->cells, AW_CHANNEL_CELLS);
}

static void runs_of_one_block_add_up_and_are_one_cell_when_a_later_one_ends(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t ns, later;

	ns = run(f, f->channel, MS(3));
	assert_true(own_load(&f->channel_totals->last[0]) == ns);
	ns += run(f, f->channel, MS(2));
	assert_int_equal(own_load(&f->channel_totals->sum_ns), ns);
	assert_true(own_load(&f->channel_totals->last[0]) == ns);
	block(f);
	assert_int_equal(cells(f), 0);
	later = run(f, f->channel, MS(1));
	assert_int_equal(cells(f), 1);
	assert_int_equal(own_load(&f->channel_totals->cells[rt_channel_cell(ns)]), 1);
	assert_int_equal(own_load(&f->channel_totals->sum_ns), ns + later);
	assert_true(own_load(&f->channel_totals->last[1]) == (UINT64_C(1) << 32 | later));
	assert_true(own_load(&f->channel_totals->last[0]) == ns);
}

static void each_channel_cell_ends_at_its_bound(void **state)
{
	const struct rt_fixture *f = *state;

	for (unsigned b = 0; b < AW_CHANNEL_CELLS - 1; b++)
		for (uint64_t ns = aw_classic_ns[b] - 1; ns <= aw_classic_ns[b] + 1; ns++)
			assert_int_equal(aw_channel_cell(ns), rt_channel_cell(ns));
	assert_int_equal(aw_channel_cell(0), 0);
	assert_int_equal(aw_channel_cell(UINT64_MAX), AW_CHANNEL_CELLS - 1);
	for (unsigned b = 0; b < AW_CHANNEL_CELLS - 1; b++) {
		uint64_t ns = run(f, f->channel, aw_classic_ns[b] + 1), had;

		had = own_load(&f->channel_totals->cells[rt_channel_cell(ns)]);
		block(f);
		run(f, f->channel, 0);
		assert_int_equal(own_load(&f->channel_totals->cells[rt_channel_cell(ns)]), had + 1);
		block(f);
		run(f, f->channel, 0);
		block(f);
	}
}

static void an_end_after_the_end_of_the_render_belongs_to_the_next_block(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t late;

	aw_render_begin(f->engine, 64);
	aw_channel_begin(f->channel);
	aw_render_end(f->engine);
	aw_channel_end(f->channel);
	late = own_load(&f->channel_totals->sum_ns);
	assert_true(own_load(&f->channel_totals->last[1]) == (UINT64_C(1) << 32 | late));
	assert_int_equal(own_load(&f->channel_totals->last[0]), 0);
	aw_render_begin(f->engine, 64);
	late += run(f, f->channel, MS(1));
	aw_render_end(f->engine);
	assert_true(own_load(&f->channel_totals->last[1]) == (UINT64_C(1) << 32 | late));
	assert_int_equal(cells(f), 0);
}

static void the_last_sixteen_blocks_are_told_with_their_numbers(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t want[AW_CHANNEL_LAST];

	for (uint64_t i = 0; i < 40; i++) {
		want[i % AW_CHANNEL_LAST] = i << 32 | run(f, f->channel, i * 1000);
		block(f);
	}
	assert_memory_equal(f->channel_totals->last, want, sizeof want);
	assert_int_equal(cells(f), 39);
}

static void a_run_too_long_for_its_half_word_is_cut_there_and_whole_in_the_sum(void **state)
{
	const struct rt_fixture *f = *state;
	const uint64_t ns = run(f, f->channel, UINT64_C(5000000000));

	assert_true(ns >= UINT64_C(5000000000));
	assert_true(own_load(&f->channel_totals->last[0]) == UINT32_MAX);
	block(f);
	run(f, f->channel, 0);
	assert_int_equal(own_load(&f->channel_totals->cells[AW_CHANNEL_CELLS - 1]), 1);
}

static void a_block_number_beyond_its_half_word_wraps_there(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t ns;

	own_store(&f->engine->block, (UINT64_C(1) << 32) + 5);
	ns = run(f, f->channel, MS(1));
	assert_true(own_load(&f->channel_totals->last[5]) == (UINT64_C(5) << 32 | ns));
}

static void channel_misuse_is_counted(void **state)
{
	const struct rt_fixture *f = *state;

	aw_channel_end(f->channel);
	assert_int_equal(own_load(&f->channel_totals->misuse), 1);
	aw_channel_begin(f->channel);
	f->channel->begin -= UINT64_C(1) << 40;
	aw_channel_begin(f->channel); /* the open span is dropped */
	assert_int_equal(own_load(&f->channel_totals->misuse), 2);
	aw_channel_end(f->channel);
	assert_true(own_load(&f->channel_totals->sum_ns) <
		    (uint64_t)((__uint128_t)(UINT64_C(1) << 40) * f->header->mult >> 32));
	aw_channel_end(f->channel);
	assert_int_equal(own_load(&f->channel_totals->misuse), 3);
}

static void a_clock_that_went_back_is_no_time_for_a_channel(void **state)
{
	const struct rt_fixture *f = *state;

	aw_channel_begin(f->channel);
	f->channel->begin += UINT64_C(1) << 40;
	aw_channel_end(f->channel);
	assert_int_equal(own_load(&f->channel_totals->sum_ns), 0);
	assert_int_equal(own_load(&f->channel_totals->last[0]), 0);
	block(f);
	run(f, f->channel, 0);
	assert_int_equal(own_load(&f->channel_totals->cells[0]), 1); /* it ran, and took no time */
}

static void a_freewheeling_engine_times_no_channel(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t ns;

	ns = run(f, f->channel, MS(3));
	aw_engine_freewheel(f->engine, true);
	block(f);
	aw_channel_begin(f->channel);
	aw_channel_end(f->channel);
	aw_engine_freewheel(f->engine, false); /* told, but the render that runs still freewheels */
	aw_channel_begin(f->channel);
	aw_channel_end(f->channel);
	assert_int_equal(own_load(&f->channel_totals->sum_ns), ns);
	assert_int_equal(own_load(&f->channel_totals->last[1]), 0);
	assert_int_equal(own_load(&f->channel_totals->misuse), 0);
	assert_int_equal(cells(f), 0);
	block(f);
	run(f, f->channel, 0);
	assert_int_equal(cells(f), 1);
	assert_int_equal(own_load(&f->channel_totals->cells[rt_channel_cell(ns)]), 1);
}

static void the_unfinished_run_is_counted_at_free(void **state)
{
	const struct rt_fixture *f = *state;
	const uint64_t ns = run(f, f->channel, MS(3));

	aw_channel_free(f->channel);
	assert_int_equal(own_load(&f->channel_totals->cells[rt_channel_cell(ns)]), 1);
	assert_int_equal(cells(f), 1);
}

static void the_unfinished_run_is_counted_when_its_engine_is_freed(void **state)
{
	const struct rt_fixture *f = *state;
	const uint64_t ns = run(f, f->channel, MS(3));

	aw_engine_free(f->engine);
	assert_int_equal(own_load(&f->channel_totals->cells[rt_channel_cell(ns)]), 1);
	assert_int_equal(cells(f), 1);
}

/* What a reader that kept its descriptor sees after the clean close. */
static void the_unfinished_run_is_counted_at_close(void **state)
{
	struct rt_fixture *f = *state;
	const uint64_t ns = run(f, f->channel, MS(3)), size = f->session->layout.size;
	const uint64_t at = f->session->layout.channels;
	char name[AW_SEGMENT_NAME_SIZE];
	const struct aw_channel_totals *totals;
	unsigned char *map;
	int fd;

	assert_int_equal(rt_segments(name), 1);
	fd = openat(rt_dirfd, name, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	close(fd);
	aw_close(f->session);
	f->session = NULL;
	totals = (const struct aw_channel_totals *)(const void *)(map + at);
	assert_int_equal(own_load(&totals->cells[rt_channel_cell(ns)]), 1);
	assert_int_equal(own_load(&((struct aw_segment_header *)(void *)map)->state),
			 AW_STATE_CLOSED);
	assert_int_equal(rt_segments(NULL), 0);
	munmap(map, size);
}

enum { WORKERS = 4, BLOCKS = 200 };

struct worker {
	struct aw_channel *channel;
	pthread_barrier_t *begin, *end;
};

static void *work(void *context)
{
	const struct worker *worker = context;

	for (unsigned i = 0; i < BLOCKS; i++) {
		pthread_barrier_wait(worker->begin);
		for (unsigned n = 0; n < 3; n++) {
			aw_channel_begin(worker->channel);
			aw_channel_end(worker->channel);
		}
		pthread_barrier_wait(worker->end);
	}
	return NULL;
}

static void channels_may_run_on_workers_of_their_own(void **state)
{
	const struct rt_fixture *f = *state;
	struct worker workers[WORKERS];
	pthread_barrier_t begin, end;
	pthread_t threads[WORKERS];

	pthread_barrier_init(&begin, NULL, WORKERS + 1);
	pthread_barrier_init(&end, NULL, WORKERS + 1);
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ NULL, &begin, &end };
		assert_int_equal(
			aw_channel_new(f->engine, f->channel, "worker", &workers[i].channel), 0);
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < BLOCKS; i++) {
		aw_render_begin(f->engine, 64);
		pthread_barrier_wait(&begin);
		pthread_barrier_wait(&end);
		aw_render_end(f->engine);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		const struct aw_channel_totals *totals =
			&f->channel_totals[workers[i].channel->index];

		assert_int_equal(rt_sum(totals->cells, AW_CHANNEL_CELLS), BLOCKS - 1);
		assert_int_equal(own_load(&totals->last[(BLOCKS - 1) % AW_CHANNEL_LAST]) >> 32,
				 BLOCKS - 1);
		assert_int_equal(own_load(&totals->misuse), 0);
	}
	pthread_barrier_destroy(&begin);
	pthread_barrier_destroy(&end);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rt_open, rt_close)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(runs_of_one_block_add_up_and_are_one_cell_when_a_later_one_ends),
		TEST(each_channel_cell_ends_at_its_bound),
		TEST(an_end_after_the_end_of_the_render_belongs_to_the_next_block),
		TEST(the_last_sixteen_blocks_are_told_with_their_numbers),
		TEST(a_run_too_long_for_its_half_word_is_cut_there_and_whole_in_the_sum),
		TEST(a_block_number_beyond_its_half_word_wraps_there),
		TEST(channel_misuse_is_counted),
		TEST(a_clock_that_went_back_is_no_time_for_a_channel),
		TEST(a_freewheeling_engine_times_no_channel),
		TEST(the_unfinished_run_is_counted_at_free),
		TEST(the_unfinished_run_is_counted_when_its_engine_is_freed),
		TEST(the_unfinished_run_is_counted_at_close),
		TEST(channels_may_run_on_workers_of_their_own),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
