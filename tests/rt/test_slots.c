/* SPDX-License-Identifier: MIT */
/* Engines, channels, functions: names, slots and their reuse, titles, what the directory says of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

static const char *name_at(const struct rt_fixture *f, enum aw_kind kind, uint32_t index)
{
	return (const char *)rt_entry(f->session, kind, index)->name;
}

static uint64_t generation(const struct rt_fixture *f, enum aw_kind kind, uint32_t index)
{
	return own_load(&rt_entry(f->session, kind, index)->generation);
}

static uint64_t what(const struct rt_fixture *f, enum aw_kind kind, uint32_t index)
{
	return own_load(&rt_entry(f->session, kind, index)->what);
}

static struct aw_engine *engine_new(const struct rt_fixture *f, const char *name)
{
	struct aw_engine *engine;

	assert_int_equal(aw_engine_new(f->session, name, &engine), 0);
	assert_non_null(engine);
	return engine;
}

static struct aw_channel *channel_new(struct aw_engine *engine, struct aw_channel *parent,
				      const char *name)
{
	struct aw_channel *channel;

	assert_int_equal(aw_channel_new(engine, parent, name, &channel), 0);
	assert_non_null(channel);
	return channel;
}

static void run(struct aw_channel *channel)
{
	aw_channel_begin(channel);
	aw_channel_end(channel);
}

/* ---- Names ---- */

static void a_live_name_becomes_its_number_two_and_three(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *second = engine_new(f, "main");

	engine_new(f, "main");
	assert_string_equal(name_at(f, AW_KIND_ENGINE, 0), "main");
	assert_string_equal(name_at(f, AW_KIND_ENGINE, 1), "main#2");
	assert_string_equal(name_at(f, AW_KIND_ENGINE, 2), "main#3");
	channel_new(f->engine, NULL, "track");
	channel_new(second, NULL, "track"); /* another engine's: its own name */
	assert_string_equal(name_at(f, AW_KIND_CHANNEL, 0), "track");
	assert_string_equal(name_at(f, AW_KIND_CHANNEL, 1), "track#2");
	assert_string_equal(name_at(f, AW_KIND_CHANNEL, 2), "track");
	aw_engine_free(second);
	engine_new(f, "main"); /* number two is free again */
	assert_string_equal(name_at(f, AW_KIND_ENGINE, 1), "main#2");
	assert_int_equal(own_load(&f->used->engines), 3);
}

static void long_names_are_cut_at_111_bytes_and_before_a_number_at_100(void **state)
{
	const struct rt_fixture *f = *state;
	char name[300], want[AW_NAME_SIZE];

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = 0;
	engine_new(f, name);
	assert_int_equal(strlen(name_at(f, AW_KIND_ENGINE, 1)), 111);
	engine_new(f, name);
	memset(want, 'x', 100);
	snprintf(want + 100, sizeof want - 100, "#2");
	assert_string_equal(name_at(f, AW_KIND_ENGINE, 2), want);
	engine_new(f, name);
	snprintf(want + 100, sizeof want - 100, "#3");
	assert_string_equal(name_at(f, AW_KIND_ENGINE, 3), want);
}

static void names_are_cut_between_characters(void **state)
{
	const struct rt_fixture *f = *state;
	char name[300] = "";

	memset(name, 'x', 98);
	snprintf(name + 98, sizeof name - 98,
		 "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"); /* from 98: 3 bytes each */
	engine_new(f, name);
	assert_int_equal(strlen(name_at(f, AW_KIND_ENGINE, 1)), 110);
	engine_new(f, name);
	assert_int_equal(strlen(name_at(f, AW_KIND_ENGINE, 2)), 98 + 2);
	assert_string_equal(name_at(f, AW_KIND_ENGINE, 2) + 98, "#2");
	memset(name, '\x80', sizeof name - 1); /* no UTF-8 at all: cut anywhere */
	engine_new(f, name);
	assert_int_equal(strlen(name_at(f, AW_KIND_ENGINE, 3)), 111);
}

static void no_name_is_refused(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *engine = f->engine;
	struct aw_channel *channel = f->channel;
	struct aw_function *function = f->function;

	assert_int_equal(aw_engine_new(f->session, NULL, &engine), -EINVAL);
	assert_int_equal(aw_channel_new(f->engine, NULL, NULL, &channel), -EINVAL);
	assert_int_equal(aw_function_new(f->session, NULL, &function), -EINVAL);
	assert_null(engine);
	assert_null(channel);
	assert_null(function);
	assert_int_equal(aw_engine_new(f->session, "", NULL), -EINVAL);
	assert_int_equal(aw_channel_new(f->engine, NULL, "", NULL), -EINVAL);
	assert_int_equal(aw_function_new(f->session, "", NULL), -EINVAL);
	assert_int_equal(own_load(&f->used->engines), 1);
}

static void a_function_of_the_same_name_is_the_same_function(void **state)
{
	const struct rt_fixture *f = *state;
	const uint64_t changes = own_load(&f->used->changes);
	struct aw_function *function, *other;

	assert_int_equal(aw_function_new(f->session, "call", &function), 0);
	assert_ptr_equal(function, f->function);
	assert_int_equal(own_load(&f->used->changes), changes);
	assert_int_equal(aw_function_new(f->session, "other", &other), 0);
	assert_ptr_not_equal(other, f->function);
	assert_int_equal(own_load(&f->used->functions), 2);
	assert_int_equal(what(f, AW_KIND_FUNCTION, 1), AW_KIND_FUNCTION);
}

/* ---- Slots ---- */

static void a_full_table_is_no_space_and_says_so_with_null(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *engine;
	struct aw_channel *channel;
	struct aw_function *function;
	char name[16];

	for (unsigned i = 1; i < 8; i++) {
		snprintf(name, sizeof name, "n%u", i);
		assert_int_equal(aw_engine_new(f->session, name, &engine), i < 4 ? 0 : -ENOSPC);
		assert_int_equal(aw_function_new(f->session, name, &function), i < 4 ? 0 : -ENOSPC);
		assert_int_equal(aw_channel_new(f->engine, NULL, name, &channel), 0);
	}
	assert_null(engine);
	assert_null(function);
	assert_int_equal(aw_channel_new(f->engine, NULL, "n8", &channel), -ENOSPC);
	assert_null(channel);
	assert_int_equal(aw_engine_new(f->session, "main", NULL), -ENOSPC);
	assert_int_equal(aw_function_new(f->session, "call", &function), 0); /* it exists */
	assert_ptr_equal(function, f->function);
	assert_int_equal(own_load(&f->used->engines), 4);
	assert_int_equal(own_load(&f->used->channels), 8);
	assert_int_equal(own_load(&f->used->functions), 4);
}

static void a_name_that_comes_again_goes_on_with_its_totals(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *again;

	aw_engine_format(f->engine, 48000, 256);
	aw_render_record(f->engine, 256, 5, 6000000, 1);
	aw_xrun(f->engine, AW_XRUN_JACK, 0);
	aw_engine_free(f->engine);
	again = engine_new(f, "main");
	assert_ptr_equal(again, f->engine);
	aw_render_record(again, 256, 5, 1000, 0);
	assert_int_equal(rt_sum(f->totals->render, AW_TIME_CELLS), 2);
	assert_int_equal(own_load(&f->control->misses), 2);
	assert_int_equal(own_load(&f->control->render_sum_ns), 6001000);
	assert_int_equal(own_load(&f->any->xrun_reports[0]), 1);
	assert_int_equal(own_load(&f->control->head), 3); /* MODE, two renders: the lane goes on */
	assert_int_equal(rt_last_record(again).words[4], 1);
}

static void a_slot_never_used_is_taken_before_one_that_was_freed(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_free(f->engine);
	assert_int_equal(engine_new(f, "b")->index, 1);
	assert_int_equal(engine_new(f, "c")->index, 2);
	assert_int_equal(engine_new(f, "main")->index, 0); /* the same name first */
	assert_int_equal(engine_new(f, "d")->index, 3);
}

static void the_longest_free_slot_is_taken_then_and_zeroed(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *b = engine_new(f, "b"), *c = engine_new(f, "c"), *d = engine_new(f, "d"),
			 *e;

	aw_engine_format(c, 48000, 256);
	aw_engine_freewheel(c, true);
	aw_render_record(c, 256, 9, 6000000, 1);
	aw_engine_freewheel(c, false);
	aw_engine_active(c, true);
	aw_engine_host_load(c, 5);
	aw_render_record(c, 256, 9, 6000000, 1);
	aw_xrun(c, AW_XRUN_HOST, UINT64_MAX);
	aw_render_end(c);
	aw_render_pending(c, 5);
	aw_engine_free(c);
	aw_engine_free(b);
	aw_engine_free(d);
	e = engine_new(f, "e");
	assert_ptr_equal(e, c);
	assert_int_equal(rt_sum((const _Atomic uint64_t *)&f->totals[2], sizeof *f->totals / 8), 0);
	assert_int_equal(rt_sum((const _Atomic uint64_t *)&f->any[2], sizeof *f->any / 8), 0);
	assert_int_equal(own_load(&f->control[2].head), 4);
	assert_int_equal(own_load(&f->control[2].intent), 3);
	assert_int_equal(rt_sum(&f->control[2].begin, 6),
			 0); /* begin, sums, misses, freewheel, format */
	aw_render_record(e, 64, AW_WAKE_UNKNOWN, 1000, 0);
	assert_int_equal(own_load(&f->control[2].head), 5); /* no MODE: nobody told it anything */
	assert_int_equal(own_load(&f->totals[2].load[0]), 1);
	assert_int_equal(rt_last_record(e).words[4], 2); /* blocks go on */
	assert_ptr_equal(engine_new(f, "g"), b);
	assert_ptr_equal(engine_new(f, "h"), d);
}

static void the_records_of_a_renewed_slot_carry_its_new_generation(void **state)
{
	const struct rt_fixture *f = *state;
	const uint64_t first = generation(f, AW_KIND_ENGINE, 0);

	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
	assert_int_equal(rt_last_record(f->engine).words[0] >> 32, first);
	aw_engine_free(f->engine);
	engine_new(f, "main");
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
	assert_int_equal(rt_last_record(f->engine).words[0] >> 32, generation(f, AW_KIND_ENGINE, 0));
	assert_true(generation(f, AW_KIND_ENGINE, 0) > first);
}

/* Whatever is done, once it is done: every generation and sequence is even, none ever falls, changes rises. */
static void generations_are_even_and_rise_and_so_does_changes(void **state)
{
	const struct rt_fixture *f = *state;
	const struct aw_title *titles = AW_SECTION(f->session, aw_title, f->session->layout.titles);
	struct random random = random_seeded("generations");
	uint64_t last[16] = { 0 }, changes = 0, moved = 0;
	struct aw_engine *engines[4] = { f->engine };
	struct aw_channel *channels[8] = { f->channel };
	const char letters[][2] = { "a", "b", "c", "d", "e", "f" };

	for (unsigned n = 0; n < 3000; n++) {
		const uint64_t r = random_next(&random);
		struct aw_engine **e = &engines[r >> 8 & 3];
		struct aw_channel **c = &channels[r >> 10 & 7];
		const char *name = letters[(r >> 16) % 6];

		switch (r & 3) {
		case 0:
			aw_engine_free(*e);
			for (unsigned i = 0; i < 8; i++)
				if (channels[i] && !channels[i]->segment)
					channels[i] = NULL;
			*e = NULL;
			break;
		case 1:
			if (!*e)
				(void)aw_engine_new(f->session, name, e);
			(void)aw_engine_title(*e, name);
			break;
		case 2:
			aw_channel_free(*c);
			*c = NULL;
			break;
		default:
			if (!*c)
				(void)aw_channel_new(*e, NULL, name, c);
			run(*c);
			aw_render_record(*e, 64, 1, 1, 0);
		}
		for (unsigned i = 0; i < 16; i++) {
			const uint64_t now =
				own_load(&rt_entry(f->session, AW_KIND_ENGINE, 0)[i].generation);

			assert_true(now % 2 == 0 && now >= last[i]);
			moved += now != last[i];
			assert_true(now == last[i] || own_load(&f->used->changes) > changes);
			last[i] = now;
		}
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(own_load(&titles[i].sequence) % 2, 0);
		assert_true(own_load(&f->used->changes) >= changes);
		changes = own_load(&f->used->changes);
	}
	assert_true(moved > 100);
}

static void a_freed_engine_frees_its_channels_alone(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *other = engine_new(f, "other");
	struct aw_channel *second = channel_new(f->engine, f->channel, "second");
	struct aw_channel *others = channel_new(other, NULL, "others");
	uint64_t changes;

	aw_engine_free(f->engine);
	assert_null(f->channel->segment);
	assert_null(second->segment);
	assert_non_null(others->segment);
	assert_int_equal(what(f, AW_KIND_CHANNEL, 0) & 0xFFFF, AW_KIND_FREE);
	assert_int_equal(what(f, AW_KIND_CHANNEL, 1) & 0xFFFF, AW_KIND_FREE);
	assert_int_equal(what(f, AW_KIND_CHANNEL, 2), AW_KIND_CHANNEL | UINT64_C(1) << 16);
	assert_int_equal(what(f, AW_KIND_ENGINE, 0) & 0xFFFF, AW_KIND_FREE);
	assert_string_equal(name_at(f, AW_KIND_CHANNEL, 0), "track"); /* so that it can come again */
	run(f->channel);
	assert_int_equal(own_load(&f->channel_totals->sum_ns), 0);
	assert_int_equal(own_load(&f->channel_totals->misuse), 0);
	assert_int_equal(aw_channel_new(f->engine, NULL, "x", NULL), -EBADF);
	assert_int_equal(aw_engine_title(f->engine, "x"), -EBADF);
	changes = own_load(&f->used->changes);
	aw_channel_free(second); /* a second time: nothing */
	aw_engine_free(f->engine);
	assert_int_equal(own_load(&f->used->changes), changes);
}

static void a_channel_that_comes_again_goes_on_and_a_stranger_starts_at_zero(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t sum;

	run(f->channel);
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
	run(f->channel);
	aw_channel_free(f->channel);
	sum = own_load(&f->channel_totals->sum_ns);
	assert_int_equal(rt_sum(f->channel_totals->cells, AW_CHANNEL_CELLS), 2);
	assert_ptr_equal(channel_new(f->engine, NULL, "track"), f->channel);
	assert_int_equal(rt_sum(f->channel_totals->cells, AW_CHANNEL_CELLS), 2);
	assert_int_equal(own_load(&f->channel_totals->sum_ns), sum);
	run(f->channel);
	assert_int_equal(rt_sum(f->channel_totals->cells, AW_CHANNEL_CELLS), 2);

	for (char name[2] = "a"; own_load(&f->used->channels) < 8; name[0]++)
		channel_new(f->engine, NULL, name);
	aw_channel_free(f->channel);
	assert_ptr_equal(channel_new(f->engine, NULL, "stranger"), f->channel);
	assert_int_equal(
		rt_sum((const _Atomic uint64_t *)f->channel_totals, sizeof *f->channel_totals / 8),
		0);
}

static void a_free_channel_under_a_renewed_engine_is_a_strangers(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *renewed;
	struct aw_channel *track;

	run(f->channel);
	engine_new(f, "b");
	engine_new(f, "c");
	engine_new(f, "d");
	aw_engine_free(f->engine);
	renewed = engine_new(f, "stranger"); /* the slot of "main" */
	assert_ptr_equal(renewed, f->engine);
	assert_string_equal(name_at(f, AW_KIND_CHANNEL, 0), "");
	track = channel_new(renewed, NULL, "track");
	assert_int_not_equal(track->index, 0);
	assert_int_equal(own_load(&f->channel_totals[track->index].sum_ns), 0);
	assert_int_equal(rt_sum(f->channel_totals[track->index].cells, AW_CHANNEL_CELLS), 0);
}

static void a_free_channel_under_its_own_engine_come_again_goes_on(void **state)
{
	const struct rt_fixture *f = *state;

	run(f->channel);
	aw_engine_free(f->engine);
	assert_ptr_equal(channel_new(engine_new(f, "main"), NULL, "track"), f->channel);
	assert_int_equal(rt_sum(f->channel_totals->cells, AW_CHANNEL_CELLS), 1);
}

/* ---- Parents ---- */

static void a_parent_is_a_live_channel_of_the_same_engine(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_engine *other = engine_new(f, "other");
	struct aw_channel *child, *refused = f->channel;

	child = channel_new(f->engine, f->channel, "child");
	assert_true(what(f, AW_KIND_CHANNEL, child->index) == (AW_KIND_CHANNEL | UINT64_C(1) << 32));
	assert_int_equal(what(f, AW_KIND_CHANNEL, 0), AW_KIND_CHANNEL);
	child = channel_new(f->engine, child, "grandchild");
	assert_true(what(f, AW_KIND_CHANNEL, child->index) == (AW_KIND_CHANNEL | UINT64_C(2) << 32));
	assert_int_equal(aw_channel_new(other, f->channel, "stranger", &refused), -EINVAL);
	assert_null(refused);
	aw_channel_free(child);
	assert_int_equal(aw_channel_new(f->engine, child, "late", &refused), -EINVAL);
	assert_null(refused);
}

static void children_of_a_freed_channel_have_no_parent_rather_than_a_strangers_slot(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_channel *child = channel_new(f->engine, f->channel, "child");
	struct aw_channel *grandchild = channel_new(f->engine, child, "grandchild");
	const uint64_t before = generation(f, AW_KIND_CHANNEL, child->index);

	aw_channel_free(f->channel);
	assert_int_equal(what(f, AW_KIND_CHANNEL, child->index), AW_KIND_CHANNEL);
	assert_true(generation(f, AW_KIND_CHANNEL, child->index) > before);
	assert_true(what(f, AW_KIND_CHANNEL, grandchild->index) ==
		    (AW_KIND_CHANNEL | UINT64_C(2) << 32));
	/* its own child's child: no circle comes of it */
	assert_ptr_equal(channel_new(f->engine, grandchild, "track"), f->channel);
	assert_int_equal(what(f, AW_KIND_CHANNEL, child->index) >> 32, 0);
}

/* ---- Titles ---- */

static void a_title_may_change_and_go_and_is_cut_between_characters(void **state)
{
	const struct rt_fixture *f = *state;
	const struct aw_title *title = AW_SECTION(f->session, aw_title, f->session->layout.titles);
	const char *text = (const char *)title->text;
	char long_one[200] = "";
	uint64_t sequence = own_load(&title->sequence), changes = own_load(&f->used->changes);

	assert_string_equal(text, "");
	assert_int_equal(aw_engine_title(f->engine, "Lead vocals"), 0);
	assert_string_equal(text, "Lead vocals");
	assert_int_equal(own_load(&title->sequence), sequence + 2);
	assert_int_equal(own_load(&f->used->changes), changes + 1);
	memset(long_one, 'x', 118);
	snprintf(long_one + 118, sizeof long_one - 118, "\xc3\xa9!");
	assert_int_equal(aw_engine_title(f->engine, long_one), 0);
	assert_int_equal(strlen(text), 118);
	long_one[117] = 0;
	snprintf(long_one + 117, sizeof long_one - 117, "\xc3\xa9");
	assert_int_equal(aw_engine_title(f->engine, long_one), 0);
	assert_int_equal(strlen(text), 119);
	assert_int_equal(aw_engine_title(f->engine, NULL), -EINVAL);
	assert_int_equal(strlen(text), 119);
	assert_int_equal(aw_engine_title(f->engine, ""), 0);
	for (unsigned i = 0; i < AW_TITLE_SIZE / 8; i++)
		assert_int_equal(own_load(&title->text[i]), 0);
	assert_int_equal(aw_engine_title(NULL, "x"), -EBADF);
}

static void a_renewed_engine_has_no_title_and_nothing_told(void **state)
{
	const struct rt_fixture *f = *state;
	const struct aw_title *title = AW_SECTION(f->session, aw_title, f->session->layout.titles);

	assert_int_equal(aw_engine_title(f->engine, "Lead vocals"), 0);
	aw_engine_format(f->engine, 48000, 256);
	aw_engine_active(f->engine, true);
	aw_engine_freewheel(f->engine, true);
	aw_engine_host_load(f->engine, 7);
	aw_render_begin(f->engine, 64);
	aw_engine_free(f->engine);
	engine_new(f, "main");
	assert_string_equal((const char *)title->text, "");
	assert_int_equal(own_load(&f->any->format), 0);
	assert_int_equal(own_load(&f->any->active), AW_NEVER_TOLD);
	assert_int_equal(own_load(&f->any->freewheel), 0);
	assert_int_equal(own_load(&f->any->host_load), 0);
	assert_int_equal(own_load(&f->control->begin), 0);
	assert_int_equal(own_load(&f->control->format), 0);
	aw_render_end(f->engine); /* the render of before is not this one's */
	assert_int_equal(own_load(&f->totals->misuse_end), 1);
}

/* ---- Threads ---- */

struct maker {
	const struct rt_fixture *f;
	pthread_barrier_t *barrier;
	unsigned engines, channels, no_space;
	struct aw_function *function;
};

static void *make(void *context)
{
	struct maker *maker = context;

	pthread_barrier_wait(maker->barrier);
	for (unsigned i = 0; i < 3; i++) {
		struct aw_engine *engine;
		struct aw_channel *channel;
		const int error = aw_engine_new(maker->f->session, "e", &engine);

		maker->engines += error == 0;
		maker->no_space += error == -ENOSPC;
		maker->channels +=
			aw_channel_new(maker->f->engine, maker->f->channel, "c", &channel) == 0;
		run(channel);
		(void)aw_engine_title(engine, "title");
		aw_render_record(engine, 64, 1, 1, 0);
	}
	(void)aw_function_new(maker->f->session, "shared", &maker->function);
	aw_ffi_end(aw_ffi_begin(maker->function), true);
	return NULL;
}

static void four_threads_may_make_things_at_once(void **state)
{
	const struct rt_fixture *f = *state;
	struct maker makers[4];
	pthread_barrier_t barrier;
	pthread_t threads[4];
	unsigned engines = 0, channels = 0, no_space = 0;

	pthread_barrier_init(&barrier, NULL, 4);
	for (unsigned i = 0; i < 4; i++) {
		makers[i] = (struct maker){ .f = f, .barrier = &barrier };
		assert_int_equal(pthread_create(&threads[i], NULL, make, &makers[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		engines += makers[i].engines;
		channels += makers[i].channels;
		no_space += makers[i].no_space;
		assert_ptr_equal(makers[i].function, makers[0].function);
	}
	pthread_barrier_destroy(&barrier);
	assert_int_equal(engines, 3);
	assert_int_equal(no_space, 9);
	assert_int_equal(channels, 7);
	for (unsigned i = 0; i < 8; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(name_at(f, AW_KIND_CHANNEL, i),
						name_at(f, AW_KIND_CHANNEL, k));
	assert_int_equal(own_load(&f->function_totals[makers[0].function->index].begun), 4);
}

struct watcher {
	const struct rt_fixture *f;
	_Atomic bool stop;
	_Atomic unsigned believed;
	unsigned torn;
};

/* A reader's protocol in miniature: what it believes is of one piece. */
static void *watch(void *context)
{
	struct watcher *watcher = context;
	const struct aw_entry *entry = rt_entry(watcher->f->session, AW_KIND_CHANNEL, 1);

	while (!atomic_load_explicit(&watcher->stop, memory_order_relaxed)) {
		const uint64_t before =
			atomic_load_explicit(&entry->generation, memory_order_acquire);
		const uint64_t seen = atomic_load_explicit(&entry->what, memory_order_acquire);
		uint64_t words[AW_NAME_SIZE / 8];

		for (unsigned i = 0; i < AW_NAME_SIZE / 8; i++)
			words[i] = atomic_load_explicit(&entry->name[i], memory_order_acquire);
		if (before % 2 ||
		    atomic_load_explicit(&entry->generation, memory_order_relaxed) != before)
			continue;
		atomic_fetch_add_explicit(&watcher->believed, 1, memory_order_relaxed);
		/* names are 111 times one letter; "a" is within the track, "b" is not */
		for (unsigned i = 1; i < AW_NAME_SIZE / 8 - 1; i++)
			watcher->torn += words[i] != words[0];
		watcher->torn += words[0] && seen & 0xFFFF &&
				 (seen >> 32 == 1) != ((words[0] & 0xFF) == 'a');
	}
	return NULL;
}

static void what_a_reader_believes_of_the_directory_is_of_one_piece(void **state)
{
	const struct rt_fixture *f = *state;
	struct watcher watcher = { .f = f };
	char a[AW_NAME_SIZE] = "", b[AW_NAME_SIZE] = "";
	pthread_t thread;

	memset(a, 'a', AW_NAME_SIZE - 1);
	memset(b, 'b', AW_NAME_SIZE - 1);
	/* one slot is left, so that the names must share it */
	for (unsigned i = 0; i < 6; i++)
		channel_new(f->engine, NULL, i ? "filler" : b);
	aw_channel_free(&f->session->channels[1]);
	channel_new(f->engine, NULL, "last");
	assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
	for (unsigned i = 0;
	     i < 20000 || atomic_load_explicit(&watcher.believed, memory_order_relaxed) < 100; i++)
		aw_channel_free(channel_new(f->engine, i % 2 ? NULL : f->channel, i % 2 ? b : a));
	atomic_store_explicit(&watcher.stop, true, memory_order_relaxed);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(watcher.torn, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rt_open, rt_close)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_live_name_becomes_its_number_two_and_three),
		TEST(long_names_are_cut_at_111_bytes_and_before_a_number_at_100),
		TEST(names_are_cut_between_characters),
		TEST(no_name_is_refused),
		TEST(a_function_of_the_same_name_is_the_same_function),
		TEST(a_full_table_is_no_space_and_says_so_with_null),
		TEST(a_name_that_comes_again_goes_on_with_its_totals),
		TEST(a_slot_never_used_is_taken_before_one_that_was_freed),
		TEST(the_longest_free_slot_is_taken_then_and_zeroed),
		TEST(the_records_of_a_renewed_slot_carry_its_new_generation),
		TEST(generations_are_even_and_rise_and_so_does_changes),
		TEST(a_freed_engine_frees_its_channels_alone),
		TEST(a_channel_that_comes_again_goes_on_and_a_stranger_starts_at_zero),
		TEST(a_free_channel_under_a_renewed_engine_is_a_strangers),
		TEST(a_free_channel_under_its_own_engine_come_again_goes_on),
		TEST(a_parent_is_a_live_channel_of_the_same_engine),
		TEST(children_of_a_freed_channel_have_no_parent_rather_than_a_strangers_slot),
		TEST(a_title_may_change_and_go_and_is_cut_between_characters),
		TEST(a_renewed_engine_has_no_title_and_nothing_told),
		TEST(four_threads_may_make_things_at_once),
		TEST(what_a_reader_believes_of_the_directory_is_of_one_piece),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
