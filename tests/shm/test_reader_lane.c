/* SPDX-License-Identifier: MIT */
/* Lanes as the reader sees them, against a plain queue: what was delivered must be what was
 * written, in order, and every record delivered or counted as lost. The writer is the model's;
 * it moves between any two words copied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/random.h"
#include "tests/support/segment_model.h"

enum { ENGINES = 2, LANES = ENGINES + AW_SHARED_LANES, RING = 64, FUNCTIONS = 3 };

static const struct aw_counts small = { ENGINES, 4, FUNCTIONS, RING };

/* Indices that wrap soon, in the low half, in the sign, in all of it. */
static const uint64_t bases[] = {
	0,
	(UINT64_C(1) << 32) - 100,
	(UINT64_C(1) << 63) - 100,
	UINT64_MAX - 99,
};
enum { BASES = sizeof bases / sizeof *bases };

static bool is_shared(unsigned lane)
{
	return lane >= ENGINES;
}

/* The queue needs no memory: what stands at an index follows from it. */
static struct aw_record record_at(unsigned lane, uint64_t index)
{
	struct random words = { index ^ (uint64_t)lane << 56 };
	const uint64_t type = is_shared(lane) ? AW_FFI : AW_RENDER;
	const uint64_t about = is_shared(lane) ? index % FUNCTIONS : lane;
	struct aw_record record = { { type | about << 16 | index << 32, index } };

	for (unsigned w = 2; w < AW_RECORD_WORDS; w++)
		record.words[w] = random_next(&words);
	return record;
}

/* What the reader delivered. */
struct sink {
	uint64_t next[LANES], delivered[LANES], all;
	unsigned torn, disorder;
};

static void sink_record(void *context, unsigned lane, const struct aw_record *record)
{
	const uint64_t index = record->words[1];
	const struct aw_record want = record_at(lane, index);
	struct sink *sink = context;

	sink->torn += memcmp(record, &want, sizeof want) != 0;
	sink->disorder += (int64_t)(index - sink->next[lane]) < 0;
	sink->next[lane] = index + 1;
	sink->delivered[lane]++;
	sink->all++;
}

static struct sink sink_from(uint64_t base)
{
	struct sink sink = { .all = 0 };

	for (unsigned l = 0; l < LANES; l++)
		sink.next[l] = base;
	return sink;
}

static void assert_balanced(const struct aw_reader *reader, const struct sink *sink)
{
	const struct aw_account a = aw_reader_account(reader);

	assert_int_equal(sink->torn, 0);
	assert_int_equal(sink->disorder, 0);
	assert_int_equal(a.delivered, sink->all);
	assert_int_equal(a.published,
			 a.delivered + a.lapped + a.contended + a.invalid + a.unwatched);
}

/* One poll that must be believed. */
static void poll_all(struct aw_reader *reader, struct sink *sink)
{
	assert_int_equal(aw_reader_control(reader), 0);
	for (unsigned l = 0; l < aw_reader_lanes(reader); l++)
		assert_int_equal(aw_reader_lane(reader, l, sink_record, sink), 0);
	assert_balanced(reader, sink);
}

static void put_n(struct model_lane *lane, unsigned l, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		const struct aw_record record = record_at(l, lane->next);

		model_put(lane, &record);
	}
}

/* ---- one lane, step by step ---- */

static void a_fresh_lane_delivers_all_of_its_first_ring(void **state)
{
	(void)state;
	for (unsigned b = 0; b < BASES; b++) {
		struct sink sink = sink_from(bases[b]);
		struct aw_reader *reader;
		struct model_lane lane;
		struct model model;

		model_in_memory(&model, small, bases[b]);
		lane = model_lane(&model, 0);
		reader = model_reader(&model);
		poll_all(reader, &sink);
		put_n(&lane, 0, RING);
		poll_all(reader, &sink);
		assert_int_equal(sink.all, RING);
		assert_int_equal(aw_reader_account(reader).lapped, 0);
		aw_reader_close(reader);
		model_deinit(&model);
	}
}

static void one_record_too_many_is_one_lapped(void **state)
{
	struct sink sink = sink_from(0);
	struct aw_reader *reader;
	struct model_lane lane;
	struct model model;

	(void)state;
	model_in_memory(&model, small, 0);
	lane = model_lane(&model, 1);
	reader = model_reader(&model);
	poll_all(reader, &sink);
	put_n(&lane, 1, RING + 1);
	poll_all(reader, &sink);
	assert_int_equal(sink.delivered[1], RING);
	assert_int_equal(aw_reader_account(reader).lapped, 1);
	assert_int_equal(aw_reader_lost_engine(reader, 1), 1);
	assert_int_equal(aw_reader_lost_engine(reader, 0), 0);
	aw_reader_close(reader);
	model_deinit(&model);
}

static void a_late_reader_starts_with_the_ring_and_counts_the_rest_as_unwatched(void **state)
{
	(void)state;
	for (unsigned b = 0; b < BASES; b++) {
		struct sink sink = sink_from(bases[b]);
		struct aw_reader *reader;
		struct model_lane lane, shared;
		struct model model;

		model_in_memory(&model, small, bases[b]);
		lane = model_lane(&model, 0);
		shared = model_lane(&model, ENGINES + 3);
		put_n(&lane, 0, 1000);
		put_n(&shared, ENGINES + 3, 10);
		reader = model_reader(&model);
		poll_all(reader, &sink);
		assert_int_equal(sink.delivered[0], RING);
		assert_int_equal(sink.delivered[ENGINES + 3], 10);
		assert_int_equal(aw_reader_account(reader).unwatched, 1000 - RING);
		assert_int_equal(aw_reader_account(reader).published, 1010);
		aw_reader_close(reader);
		model_deinit(&model);
	}
}

static void a_writer_killed_at_any_store_costs_its_own_record_at_most(void **state)
{
	(void)state;
	for (unsigned steps = 0; steps < MODEL_STEPS; steps++)
		for (unsigned before = 0; before <= 2 * RING; before += RING / 2) {
			struct sink sink = sink_from(UINT64_MAX - 9);
			struct aw_reader *reader;
			struct aw_record half;
			struct model_lane lane;
			struct model model;

			model_in_memory(&model, small, UINT64_MAX - 9);
			lane = model_lane(&model, 0);
			reader = model_reader(&model);
			poll_all(reader, &sink);
			put_n(&lane, 0, before);
			half = record_at(0, lane.next);
			for (unsigned s = 0; s < steps; s++)
				(void)model_step(&lane, &half);
			poll_all(reader, &sink);
			assert_in_range(sink.delivered[0] + (before >= RING && steps),
					before < RING ? before : RING,
					before < RING ? before : RING);
			assert_int_equal(aw_reader_account(reader).published, before);
			aw_reader_close(reader);
			model_deinit(&model);
		}
}

static void a_ring_larger_than_the_scratch_room_is_read_in_parts(void **state)
{
	static const struct aw_counts large = { 1, 0, 0, 8192 };
	struct aw_reader *reader;
	struct model_lane lane;
	struct sink sink = sink_from(UINT64_MAX - 5000);
	struct model model;

	(void)state;
	model_in_memory(&model, large, UINT64_MAX - 5000);
	lane = model_lane(&model, 0);
	reader = model_reader(&model);
	poll_all(reader, &sink);
	put_n(&lane, 0, 8192);
	poll_all(reader, &sink);
	put_n(&lane, 0, 5000);
	poll_all(reader, &sink);
	assert_int_equal(sink.all, 8192 + 5000);
	aw_reader_close(reader);
	model_deinit(&model);
}

/* ---- what a hostile or broken writer may try ---- */

static void three_polls_of_an_impossible_lane_drop_the_source(void **state)
{
	static const struct {
		uint64_t intent_after_head, head_after_cursor;
	} odd[] = {
		{ UINT64_MAX - 1, 1 }, /* intent two behind its head */
		{ UINT64_C(1) << 48, 1 }, /* far ahead of it */
		{ UINT64_MAX, UINT64_MAX }, /* head fell */
		{ UINT64_MAX, UINT64_C(1) << 48 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct sink sink = sink_from(0);
		struct aw_reader *reader;
		struct model_lane lane;
		struct model model;

		model_in_memory(&model, small, 0);
		lane = model_lane(&model, 0);
		reader = model_reader(&model);
		put_n(&lane, 0, 5);
		poll_all(reader, &sink);
		*lane.head = 5 + odd[i].head_after_cursor;
		*lane.intent = *lane.head + odd[i].intent_after_head;
		for (unsigned poll = 1; poll <= 3; poll++) {
			assert_int_equal(aw_reader_control(reader), 0);
			assert_int_equal(aw_reader_lane(reader, 0, sink_record, &sink),
					 poll < 3 ? -EAGAIN : -EPROTO);
		}
		assert_int_equal(sink.all, 5);
		assert_balanced(reader, &sink);
		aw_reader_close(reader);
		model_deinit(&model);
	}
}

static void a_believed_poll_forgives_the_two_before_it(void **state)
{
	struct sink sink = sink_from(0);
	struct aw_reader *reader;
	struct model_lane lane;
	struct model model;

	(void)state;
	model_in_memory(&model, small, 0);
	lane = model_lane(&model, 0);
	reader = model_reader(&model);
	poll_all(reader, &sink);
	for (unsigned round = 0; round < 3; round++) {
		put_n(&lane, 0, 3);
		*lane.intent = *lane.head + (UINT64_C(1) << 50);
		for (unsigned poll = 0; poll < 2; poll++) {
			assert_int_equal(aw_reader_control(reader), 0);
			assert_int_equal(aw_reader_lane(reader, 0, sink_record, &sink), -EAGAIN);
		}
		*lane.intent = *lane.head - 1;
		poll_all(reader, &sink);
	}
	assert_int_equal(sink.all, 9);
	aw_reader_close(reader);
	model_deinit(&model);
}

static void a_base_beyond_its_head_is_refused(void **state)
{
	struct sink sink = sink_from(0);
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_memory(&model, small, 0);
	model_header(&model)->base = 7; /* after the lanes were laid at 0 */
	reader = model_reader(&model);
	assert_int_equal(aw_reader_control(reader), 0);
	assert_int_equal(aw_reader_lane(reader, 0, sink_record, &sink), -EAGAIN);
	assert_int_equal(aw_reader_account(reader).published, 0);
	aw_reader_close(reader);
	model_deinit(&model);
}

/* Word 0 and word 3 of one record, and whether its lane may carry it. */
struct claim {
	unsigned lane;
	uint64_t type, index, word3;
	bool valid;
};

static const struct claim claims[] = {
	{ 0, AW_RENDER, 0, 0, true },
	{ 1, AW_RENDER, 1, 0, true },
	{ 1, AW_RENDER, 0, 0, false }, /* another engine's */
	{ 0, AW_RENDER, ENGINES, 0, false },
	{ 0, AW_MODE, 0, 0, true },
	{ 0, AW_MODE, 1, 0, false },
	{ 0, AW_XRUN, 0, 0, false },
	{ 0, AW_FFI, 0, 0, false },
	{ 0, 0, 0, 0, false },
	{ 0, 5, 0, 0, false },
	{ 0, 255, 0, 0, false },
	{ ENGINES, AW_FFI, 0, 0, true },
	{ ENGINES, AW_FFI, FUNCTIONS - 1, 0, true },
	{ ENGINES, AW_FFI, FUNCTIONS, 0, false },
	{ ENGINES, AW_FFI, 65535, 0, false },
	{ ENGINES, AW_XRUN, ENGINES - 1, 2, true },
	{ ENGINES, AW_XRUN, ENGINES, 2, false },
	{ ENGINES, AW_XRUN, 0, 3, false },
	{ ENGINES, AW_XRUN, 0, UINT64_MAX, false },
	{ ENGINES, AW_RENDER, 0, 0, false },
	{ ENGINES, AW_MODE, 0, 0, false },
	{ ENGINES + 3, 0, 0, 0, false },
};

static void count_record(void *context, unsigned lane, const struct aw_record *record)
{
	(void)lane;
	(void)record;
	++*(unsigned *)context;
}

static void a_record_that_its_lane_cannot_carry_is_invalid(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		const struct claim *c = &claims[i];
		const struct aw_record record = { { c->type | c->index << 16, 0, 0, c->word3 } };
		struct aw_reader *reader;
		struct model_lane lane;
		struct model model;
		unsigned delivered = 0;

		model_in_memory(&model, small, 0);
		lane = model_lane(&model, c->lane);
		reader = model_reader(&model);
		model_put(&lane, &record);
		assert_int_equal(aw_reader_control(reader), 0);
		assert_int_equal(aw_reader_lane(reader, c->lane, count_record, &delivered), 0);
		assert_int_equal(delivered, c->valid);
		assert_int_equal(aw_reader_account(reader).invalid, !c->valid);
		assert_int_equal(aw_reader_account(reader).published, 1);
		aw_reader_close(reader);
		model_deinit(&model);
	}
}

static void contended_records_are_published_and_lost(void **state)
{
	struct sink sink = sink_from(0);
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_memory(&model, small, 0);
	model_contended(&model)->count = 41;
	reader = model_reader(&model);
	poll_all(reader, &sink);
	assert_int_equal(aw_reader_account(reader).contended, 41);
	assert_int_equal(aw_reader_account(reader).published, 41);
	model_contended(&model)->count = 40;
	assert_int_equal(aw_reader_control(reader), -EAGAIN);
	assert_int_equal(aw_reader_account(reader).contended, 41);
	aw_reader_close(reader);
	model_deinit(&model);
}

static void a_cut_object_is_unreadable_and_not_delivered(void **state)
{
	struct sink sink = sink_from(0);
	struct aw_reader *reader;
	struct model_lane lane;
	struct model model;

	(void)state;
	model_in_memory(&model, small, 0);
	lane = model_lane(&model, 0);
	reader = model_reader(&model);
	poll_all(reader, &sink);
	put_n(&lane, 0, 8);
	assert_int_equal(aw_reader_control(reader), 0);
	model.size = AW_PAGE;
	assert_int_equal(aw_reader_lane(reader, 0, sink_record, &sink), -EIO);
	assert_int_equal(aw_reader_control(reader), -EIO);
	assert_int_equal(sink.all, 0);
	aw_reader_close(reader);
	model_deinit(&model);
}

/* The producer publishes and closes after the heads were copied and before the state is. */
struct closing {
	struct model *model;
	struct model_lane lane;
};

static void close_late(void *context, uint64_t word)
{
	struct closing *closing = context;
	struct aw_segment_header *header = model_header(closing->model);

	if (word != offsetof(struct aw_segment_header, state) / 8 ||
	    header->state == AW_STATE_CLOSED)
		return;
	put_n(&closing->lane, 0, 5);
	header->state = AW_STATE_CLOSED;
}

static void the_poll_that_sees_closed_has_the_last_records(void **state)
{
	struct closing closing;
	struct sink sink = sink_from(0);
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_memory(&model, small, 0);
	closing = (struct closing){ &model, model_lane(&model, 0) };
	reader = model_reader(&model);
	model.on_read = close_late;
	model.on_read_context = &closing;
	model.descending = true;
	poll_all(reader, &sink);
	assert_true(aw_reader_closed(reader));
	assert_int_equal(sink.all, 5);
	aw_reader_close(reader);
	model_deinit(&model);
}

/* ---- random interleavings: the writers move while the reader copies ---- */

struct world {
	struct model model;
	struct model_lane lanes[LANES];
	struct random random;
	uint64_t eagerness; /* steps a word read, in 1/64 */
	unsigned focus; /* the lane that moves, LANES: any */
	uint64_t halves; /* polls that began with an unfinished record */
};

static void world_step(struct world *world)
{
	const unsigned l =
		world->focus < LANES ? world->focus : (unsigned)random_below(&world->random, LANES);
	struct model_lane *lane = &world->lanes[l];
	const struct aw_record record = record_at(l, lane->next);

	(void)model_step(lane, &record);
}

static void world_move(void *context, uint64_t word)
{
	struct world *world = context;
	const uint64_t steps = world->eagerness + random_below(&world->random, 64);

	(void)word;
	for (uint64_t i = 0; i < steps / 64; i++)
		world_step(world);
}

static void world_settle(struct world *world)
{
	for (unsigned l = 0; l < LANES; l++) {
		const struct aw_record record = record_at(l, world->lanes[l].next);

		while (world->lanes[l].step && !model_step(&world->lanes[l], &record))
			;
	}
}

static void world_choose(struct world *world)
{
	static const uint64_t eagerness[] = { 0, 2, 30, 200 };
	const uint64_t between = random_below(&world->random, 2000);

	world->eagerness = eagerness[random_below(&world->random, 4)];
	world->focus = (unsigned)random_below(&world->random, 2 * LANES);
	world->model.descending = random_below(&world->random, 2);
	for (uint64_t i = 0; i < between; i++)
		world_step(world);
	for (unsigned l = 0; l < LANES; l++)
		world->halves += world->lanes[l].step != 0;
}

static uint64_t world_published(const struct world *world, uint64_t base)
{
	uint64_t published = 0;

	for (unsigned l = 0; l < LANES; l++)
		published += world->lanes[l].next - base;
	return published;
}

static void walk(struct random random, uint64_t base)
{
	struct world world = { .random = random, .focus = LANES };
	struct sink sink = sink_from(base);
	struct aw_reader *reader;
	struct aw_account account;

	model_in_memory(&world.model, small, base);
	world.model.on_read = world_move;
	world.model.on_read_context = &world;
	for (unsigned l = 0; l < LANES; l++)
		world.lanes[l] = model_lane(&world.model, l);
	reader = model_reader(&world.model);
	for (unsigned poll = 0; poll < 200; poll++) {
		world_choose(&world);
		poll_all(reader, &sink);
	}
	world_settle(&world);
	world.model.on_read = NULL;
	poll_all(reader, &sink);
	account = aw_reader_account(reader);
	assert_int_equal(account.published, world_published(&world, base));
	assert_int_equal(account.invalid, 0);
	assert_true(sink.all > 10000 && account.lapped > 1000 && world.halves > 100);
	aw_reader_close(reader);
	model_deinit(&world.model);
}

static void any_interleaving_delivers_the_queue_or_counts_the_loss(void **state)
{
	struct random random = random_seeded(__func__);

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned b = 0; b < BASES; b++)
			walk((struct random){ random_next(&random) }, bases[b]);
		walk((struct random){ random_next(&random) }, random_next(&random));
	}
}

/* ---- two threads ---- */

struct race {
	struct model model;
	struct random random;
	uint64_t records;
	_Atomic uint64_t polls;
	_Atomic int done;
};

/* Bursts from nothing to a few rings; after half of them it lets a poll pass, so that both fates
 * occur. */
static void *race_writer(void *context)
{
	struct race *race = context;
	struct model_lane lanes[2] = { model_lane(&race->model, 0),
				       model_lane(&race->model, ENGINES) };

	for (uint64_t left = race->records; left;) {
		const uint64_t burst = 1 + random_below(&race->random, 4 * RING);
		const unsigned l = random_below(&race->random, 4) == 0;
		const uint64_t n = burst < left ? burst : left;
		const uint64_t polls = race->polls;

		put_n(&lanes[l], l ? ENGINES : 0, n);
		left -= n;
		while (random_below(&race->random, 2) && race->polls == polls)
			sched_yield();
	}
	race->done = 1;
	return NULL;
}

static void run_race(struct race *race, uint64_t base)
{
	struct aw_reader *reader = model_reader(&race->model);
	struct sink sink = sink_from(base);
	struct aw_account account;
	pthread_t writer;
	bool last = false;

	assert_int_equal(pthread_create(&writer, NULL, race_writer, race), 0);
	while (!last) {
		last = race->done;
		poll_all(reader, &sink);
		race->polls++;
	}
	pthread_join(writer, NULL);
	account = aw_reader_account(reader);
	print_message("%llu delivered, %llu lapped in %llu polls\n",
		      (unsigned long long)account.delivered, (unsigned long long)account.lapped,
		      (unsigned long long)race->polls);
	assert_int_equal(account.published, race->records);
	assert_int_equal(account.invalid + account.contended, 0);
	assert_true(sink.delivered[0] > 0 && sink.delivered[ENGINES] > 0 && account.lapped > 0);
	aw_reader_close(reader);
	model_deinit(&race->model);
}

static void two_threads_over_the_seam_agree_on_every_record(void **state)
{
	static struct race race; /* outlives a failed test, whose writer is not joined */

	(void)state;
	race.random = random_seeded(__func__);
	race.records = 200000;
	model_in_memory(&race.model, small, UINT64_MAX - 70000);
	run_race(&race, UINT64_MAX - 70000);
}

static void two_threads_over_a_real_object_agree_on_every_record(void **state)
{
	static struct race race;

	(void)state;
	race.random = random_seeded(__func__);
	race.records = 1000000;
	model_in_file(&race.model, small, (UINT64_C(1) << 32) - 300000);
	run_race(&race, (UINT64_C(1) << 32) - 300000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_lane_delivers_all_of_its_first_ring),
		cmocka_unit_test(one_record_too_many_is_one_lapped),
		cmocka_unit_test(a_late_reader_starts_with_the_ring_and_counts_the_rest_as_unwatched),
		cmocka_unit_test(a_writer_killed_at_any_store_costs_its_own_record_at_most),
		cmocka_unit_test(a_ring_larger_than_the_scratch_room_is_read_in_parts),
		cmocka_unit_test(three_polls_of_an_impossible_lane_drop_the_source),
		cmocka_unit_test(a_believed_poll_forgives_the_two_before_it),
		cmocka_unit_test(a_base_beyond_its_head_is_refused),
		cmocka_unit_test(a_record_that_its_lane_cannot_carry_is_invalid),
		cmocka_unit_test(contended_records_are_published_and_lost),
		cmocka_unit_test(a_cut_object_is_unreadable_and_not_delivered),
		cmocka_unit_test(the_poll_that_sees_closed_has_the_last_records),
		cmocka_unit_test(any_interleaving_delivers_the_queue_or_counts_the_loss),
		cmocka_unit_test(two_threads_over_the_seam_agree_on_every_record),
		cmocka_unit_test(two_threads_over_a_real_object_agree_on_every_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
