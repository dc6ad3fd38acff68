/* SPDX-License-Identifier: MIT */
/* Tests of collector/source_parts.c against a segment made by hand: which channels are parts of others, and which have
 * not ended in a render that hangs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/source.h"
#include "tests/support/segment_model.h"

#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 3 };

struct fixture {
	struct model model;
	struct ledger_book book;
	struct ledger *ledger;
	struct source *source;
	struct instant at;
};

static const char *const names[CHANNELS] = { "bus", "Reverb", "Drums" };

static int make_fixture(void **state)
{
	const struct ledger_identity who = { .app = "model", .id = "0123456789abcdef" };
	struct fixture *f = calloc(1, sizeof *f);

	model_in_memory(&f->model, (struct aw_counts){ 1, CHANNELS, 1, 64 }, 0);
	model_name(&f->model, AW_KIND_ENGINE, 0, "main");
	for (unsigned i = 0; i < CHANNELS; i++)
		model_name(&f->model, AW_KIND_CHANNEL, i, names[i]);
	f->at = instant_next(&(struct instant){ 0 });
	f->ledger = ledger_open(&f->book, &who, 32);
	f->source = source_new(model_reader(&f->model), f->ledger, &f->at);
	assert_non_null(f->source);
	*state = f;
	return 0;
}

static int free_fixture(void **state)
{
	struct fixture *f = *state;

	source_free(f->source);
	ledger_deinit(&f->book);
	model_deinit(&f->model);
	free(f);
	return 0;
}

static void look(struct fixture *f)
{
	f->at.now_ns += NS_A_SECOND;
	f->at.boot_ns += NS_A_SECOND;
	(void)source_beat(f->source, &f->at);
	assert_int_equal(source_totals(f->source, &f->at, true), SOURCE_GOES_ON);
}

static const struct series *channel(const struct fixture *f, const char *name)
{
	for (unsigned i = 0; i < f->ledger->series_count; i++)
		if (f->ledger->series[i]->kind == AW_KIND_CHANNEL &&
		    strcmp(f->ledger->series[i]->name, name) == 0)
			return f->ledger->series[i];
	fail_msg("no channel %s", name);
	return NULL;
}

static void put_into(const struct fixture *f, unsigned child, uint64_t parent_plus_1)
{
	struct aw_entry *entry = model_entry(&f->model, AW_KIND_CHANNEL, child);

	model_change_begin(&entry->generation);
	entry->what = model_what(AW_KIND_CHANNEL, 0, parent_plus_1);
	model_change_end(&f->model, &entry->generation);
}

static void who_has_others_within_is_no_leaf(void **state)
{
	struct fixture *f = *state;

	put_into(f, 1, 1);
	put_into(f, 2, 1);
	look(f);
	assert_true(channel(f, "bus")->is_parent);
	assert_false(channel(f, "Reverb")->is_parent);
	put_into(f, 1, 0);
	put_into(f, 2, 2);
	look(f);
	assert_false(channel(f, "bus")->is_parent);
	assert_true(channel(f, "Reverb")->is_parent);
	assert_false(channel(f, "Drums")->is_parent);
}

static void end_in(const struct fixture *f, unsigned i, uint64_t block)
{
	model_channel(&f->model, i)->last[block % AW_CHANNEL_LAST] = block << 32 | 1000;
}

/* A render record of this number, and then one that does not end. */
static void hang_after(const struct fixture *f, uint64_t block)
{
	struct model_lane lane = model_lane(&f->model, 0);
	const uint64_t generation = model_entry(&f->model, AW_KIND_ENGINE, 0)->generation;
	const struct aw_record record = { { AW_RENDER | generation << 32,
					    instant_clock_ns(CLOCK_MONOTONIC), 1000,
					    AW_WAKE_UNKNOWN, block, 256, 1000, 5333333 } };

	model_put(&lane, &record);
	model_control(&f->model, 0)->begin = instant_clock_ns(CLOCK_MONOTONIC);
}

static void only_who_ended_in_the_block_before_and_not_in_this_hangs(void **state)
{
	struct fixture *f = *state;

	end_in(f, 0, 41); /* has ended in the block in flight */
	end_in(f, 0, 40);
	end_in(f, 1, 40);
	end_in(f, 2, 12); /* is not called in every block */
	hang_after(f, 40);
	look(f);
	assert_false(channel(f, "Reverb")->channel_now.hangs); /* it may still be in time */
	for (unsigned i = 0; i < 3; i++)
		look(f);
	assert_false(channel(f, "bus")->channel_now.hangs);
	assert_true(channel(f, "Reverb")->channel_now.hangs);
	assert_false(channel(f, "Drums")->channel_now.hangs);
	model_control(&f->model, 0)->begin = 0;
	look(f);
	assert_false(channel(f, "Reverb")->channel_now.hangs);
}

/* Numbers of blocks are told in 32 bits. */
static void a_block_number_that_wraps_is_the_next_one(void **state)
{
	struct fixture *f = *state;

	end_in(f, 1, UINT32_MAX);
	hang_after(f, UINT32_MAX);
	for (unsigned i = 0; i < 3; i++)
		look(f);
	assert_true(channel(f, "Reverb")->channel_now.hangs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, free_fixture)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(who_has_others_within_is_no_leaf),
		TEST(only_who_ended_in_the_block_before_and_not_in_this_hangs),
		TEST(a_block_number_that_wraps_is_the_next_one),
	};

	return cmocka_run_group_tests_name("source_parts", tests, NULL, NULL);
}
