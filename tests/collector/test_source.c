/* SPDX-License-Identifier: MIT */
/* Tests of collector/source*.c against a segment made by hand: what its words and records come
 * to in the ledger, and how it ends. Time is injected; the segment's clock is CLOCK_MONOTONIC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/source.h"
#include "tests/support/segment_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS NS_A_MS
#define S NS_A_SECOND
#define FORMAT (UINT64_C(48000) << 32 | 480) /* periods of 10 ms */

enum { LIMIT = 32 };

struct fixture {
	struct model model;
	struct ledger_book book;
	struct ledger *ledger;
	struct source *source;
	struct instant at;
	struct model_lane engine_lane, shared_lane;
};

static void open_source(struct fixture *f)
{
	const struct ledger_identity who = { .app = "model",
					     .id = "0123456789abcdef0123456789abcdef" };

	f->ledger = ledger_open(&f->book, &who, LIMIT);
	f->source = source_new(model_reader(&f->model), f->ledger, &f->at);
	assert_non_null(f->source);
}

/* Two engines of which the first is named and has a format, two channels, two functions. */
static int make_fixture(void **state)
{
	const struct aw_counts counts = { 2, 2, 2, 64 };
	struct fixture *f = calloc(1, sizeof *f);

	model_in_memory(&f->model, counts, 0);
	model_name(&f->model, AW_KIND_ENGINE, 0, "main");
	model_any(&f->model, 0)->format = FORMAT;
	f->engine_lane = model_lane(&f->model, 0);
	f->shared_lane = model_lane(&f->model, 2);
	f->at = instant_next(&(struct instant){ 0 });
	f->at.now_ns += 1000 * S; /* so that nothing lies before the machine's start */
	f->at.boot_ns += 1000 * S;
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

static void pass(struct fixture *f, uint64_t ns)
{
	f->at.now_ns += ns;
	f->at.boot_ns += ns;
	f->at.real_ns += ns;
}

/* One beat and the totals, which must go on. */
static void look(struct fixture *f)
{
	const enum source_step step = source_beat(f->source, &f->at);

	assert_true(step == SOURCE_GOES_ON || step == SOURCE_CHANGED);
	assert_int_equal(source_totals(f->source, &f->at, true), SOURCE_GOES_ON);
}

static struct series *series_of(const struct fixture *f, enum aw_kind kind, const char *name)
{
	for (unsigned i = 0; i < f->ledger->series_count; i++)
		if (f->ledger->series[i]->kind == kind &&
		    strcmp(f->ledger->series[i]->name, name) == 0)
			return f->ledger->series[i];
	return NULL;
}

static const struct engine_counts *counts_of(const struct fixture *f, const char *engine)
{
	return series_of(f, AW_KIND_ENGINE, engine)->value;
}

static const struct engine_present *present(const struct fixture *f)
{
	return &series_of(f, AW_KIND_ENGINE, "main")->engine_now;
}

static uint64_t ticks(void)
{
	return instant_clock_ns(CLOCK_MONOTONIC);
}

static void put_render(struct fixture *f, uint64_t ago_ns, uint64_t ns, uint64_t flags)
{
	const uint64_t identity = model_entry(&f->model, AW_KIND_ENGINE, 0)->generation << 32;

	model_put(&f->engine_lane,
		  &(struct aw_record){ { AW_RENDER | flags << 8 | identity, ticks() - ago_ns, ns,
					 AW_WAKE_UNKNOWN, 0, 480, ns, 10 * MS } });
}

/* ---- totals ---- */

static void totals_reach_the_series_of_their_names(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_CHANNEL, 0, "left");
	model_name(&f->model, AW_KIND_FUNCTION, 1, "decode");
	model_engine(&f->model, 0)->render[aw_time_cell(25 * MS)] = 4;
	model_engine(&f->model, 0)->load[10] = 4;
	model_control(&f->model, 0)->render_sum_ns = 100 * MS;
	model_control(&f->model, 0)->freewheel_blocks = 3;
	model_channel(&f->model, 0)->sum_ns = 7;
	model_function(&f->model, 1)->cells[0] = 5;
	model_function(&f->model, 1)->begun = 8;
	open_source(f);
	look(f);
	assert_int_equal(counts_of(f, "main")->render[7], 4);
	assert_int_equal(counts_of(f, "main")->blocks, 7);
	assert_int_equal(counts_of(f, "main")->cycles, 4);
	assert_int_equal(counts_of(f, "main")->render_sum_ns, 100 * MS);
	assert_string_equal(series_of(f, AW_KIND_CHANNEL, "left")->engine, "main");
	assert_int_equal(
		((struct channel_counts *)series_of(f, AW_KIND_CHANNEL, "left")->value)->sum_ns, 7);
	assert_int_equal(
		((struct function_counts *)series_of(f, AW_KIND_FUNCTION, "decode")->value)->calls,
		5);
	assert_int_equal(series_of(f, AW_KIND_FUNCTION, "decode")->function_now.in_flight, 3);
}

static void names_are_cleaned_and_titles_follow(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_ENGINE, 1, "b\xFFs");
	open_source(f);
	look(f);
	assert_non_null(series_of(f, AW_KIND_ENGINE, "b\xEF\xBF\xBDs"));
	assert_string_equal(series_of(f, AW_KIND_ENGINE, "main")->title, "");
	model_change_begin(&model_title(&f->model, 0)->sequence);
	model_text(model_title(&f->model, 0)->text, AW_TITLE_SIZE / 8, "Drums");
	model_change_end(&f->model, &model_title(&f->model, 0)->sequence);
	look(f);
	assert_string_equal(series_of(f, AW_KIND_ENGINE, "main")->title, "Drums");
}

static void names_that_are_written_alike_make_no_second_series(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_ENGINE, 0, "b\xFF");
	model_name(&f->model, AW_KIND_ENGINE, 1, "b\xFE");
	open_source(f);
	look(f);
	assert_int_equal(f->ledger->series_count, 1);
}

static void a_renamed_slot_feeds_another_series_from_then_on(void **state)
{
	struct fixture *f = *state;

	model_engine(&f->model, 0)->render[100] = 10;
	open_source(f);
	look(f);
	model_change_begin(&model_entry(&f->model, AW_KIND_ENGINE, 0)->generation);
	model_engine(&f->model, 0)->render[100] = 2;
	model_text(model_entry(&f->model, AW_KIND_ENGINE, 0)->name, AW_NAME_SIZE / 8, "other");
	model_change_end(&f->model, &model_entry(&f->model, AW_KIND_ENGINE, 0)->generation);
	look(f);
	look(f);
	assert_int_equal(counts_of(f, "main")->blocks, 10);
	assert_int_equal(counts_of(f, "other")->blocks, 2);
	assert_int_equal(series_of(f, AW_KIND_ENGINE, "main")->life, LEDGER_CLOSED);
}

static void a_name_that_moves_to_a_lower_slot_is_bound_there(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_ENGINE, 1, "second");
	model_name(&f->model, AW_KIND_CHANNEL, 0, "left");
	model_name(&f->model, AW_KIND_CHANNEL, 1, "right");
	model_engine(&f->model, 1)->render[100] = 20;
	model_channel(&f->model, 1)->sum_ns = 7;
	open_source(f);
	look(f);
	model_name(&f->model, AW_KIND_ENGINE, 1, "third");
	model_name(&f->model, AW_KIND_ENGINE, 0, "second");
	model_name(&f->model, AW_KIND_CHANNEL, 1, "middle");
	model_name(&f->model, AW_KIND_CHANNEL, 0, "right");
	model_engine(&f->model, 1)->render[100] = 1;
	model_engine(&f->model, 0)->render[100] = 3;
	look(f);
	assert_int_equal(counts_of(f, "second")->blocks, 23);
	assert_int_equal(series_of(f, AW_KIND_ENGINE, "second")->life, LEDGER_LIVE);
	assert_int_equal(counts_of(f, "third")->blocks, 1);
	assert_int_equal(series_of(f, AW_KIND_ENGINE, "main")->life, LEDGER_CLOSED);
}

static void a_name_that_was_another_slots_is_tried_again(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_ENGINE, 0, "b\xFF");
	model_name(&f->model, AW_KIND_ENGINE, 1, "b\xFE");
	model_engine(&f->model, 0)->render[100] = 2;
	model_engine(&f->model, 1)->render[100] = 5;
	open_source(f);
	look(f);
	model_name(&f->model, AW_KIND_ENGINE, 0, "other");
	look(f);
	assert_int_equal(f->ledger->series_count, 2);
	assert_int_equal(counts_of(f, "b\xEF\xBF\xBD")->blocks, 7);
}

static void a_name_without_room_is_bound_when_there_is_some(void **state)
{
	struct fixture *f = *state;
	char name[16];

	open_source(f);
	look(f);
	for (unsigned i = 0; i < LIMIT; i++) {
		snprintf(name, sizeof name, "name%u", i);
		model_name(&f->model, AW_KIND_ENGINE, 1, name);
		model_engine(&f->model, 1)->render[100]++;
		look(f);
	}
	assert_null(series_of(f, AW_KIND_ENGINE, name));
	pass(f, 300 * S);
	look(f);
	assert_non_null(series_of(f, AW_KIND_ENGINE, name));
	assert_int_equal(counts_of(f, name)->blocks, LIMIT);
}

static void names_that_came_and_went_between_two_looks_are_counted(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	look(f);
	model_name(&f->model, AW_KIND_ENGINE, 1, "brief");
	model_name(&f->model, AW_KIND_CHANNEL, 0, "left");
	model_engine(&f->model, 1)->render[100] = 4;
	model_channel(&f->model, 0)->sum_ns = 7;
	model_name(&f->model, AW_KIND_CHANNEL, 0, NULL);
	model_name(&f->model, AW_KIND_ENGINE, 1, NULL);
	for (unsigned i = 0; i < 3; i++) {
		look(f);
		pass(f, S);
	}
	assert_int_equal(counts_of(f, "brief")->blocks, 4);
	assert_int_equal(series_of(f, AW_KIND_ENGINE, "brief")->life, LEDGER_CLOSED);
	assert_int_equal(series_of(f, AW_KIND_ENGINE, "brief")->ended_ns, f->at.now_ns - 3 * S);
	assert_int_equal(
		((struct channel_counts *)series_of(f, AW_KIND_CHANNEL, "left")->value)->sum_ns, 7);
	assert_int_equal(series_of(f, AW_KIND_CHANNEL, "left")->life, LEDGER_CLOSED);
}

static void a_slot_that_was_another_names_and_is_free_again_feeds_that_name(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_ENGINE, 1, "first");
	model_engine(&f->model, 1)->render[100] = 10;
	open_source(f);
	look(f);
	model_name(&f->model, AW_KIND_ENGINE, 1, NULL);
	model_name(&f->model, AW_KIND_ENGINE, 1, "brief");
	model_engine(&f->model, 1)->render[100] = 4;
	model_name(&f->model, AW_KIND_ENGINE, 1, NULL);
	for (unsigned i = 0; i < 5; i++)
		look(f);
	assert_int_equal(counts_of(f, "first")->blocks, 10);
	assert_int_equal(counts_of(f, "brief")->blocks, 4);
	model_name(&f->model, AW_KIND_ENGINE, 1, "brief");
	model_engine(&f->model, 1)->render[100] = 6;
	look(f);
	assert_int_equal(counts_of(f, "brief")->blocks, 6);
	assert_int_equal(series_of(f, AW_KIND_ENGINE, "first")->life, LEDGER_CLOSED);
}

static void a_name_that_was_away_within_one_look_keeps_sums_and_cells_together(void **state)
{
	struct fixture *f = *state;

	model_engine(&f->model, 0)->render[100] = 10;
	model_control(&f->model, 0)->render_sum_ns = 10 * MS;
	open_source(f);
	look(f);
	model_name(&f->model, AW_KIND_ENGINE, 0, "other");
	model_name(&f->model, AW_KIND_ENGINE, 0, "main"); /* and all began at 0 again */
	model_engine(&f->model, 0)->render[100] = 2;
	model_control(&f->model, 0)->render_sum_ns = 40 * MS;
	look(f);
	assert_int_equal(counts_of(f, "main")->blocks, 12);
	assert_int_equal(counts_of(f, "main")->render_sum_ns, 50 * MS);
}

static void a_channel_follows_its_engine_to_another_name(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_CHANNEL, 0, "left");
	open_source(f);
	look(f);
	model_name(&f->model, AW_KIND_ENGINE, 0, "other");
	look(f);
	assert_int_equal(series_of(f, AW_KIND_CHANNEL, "left")->life, LEDGER_CLOSED);
	assert_int_equal(f->ledger->series_count, 4);
	assert_string_equal(f->ledger->series[3]->engine, "other");
}

static void a_freed_slot_ends_its_series_and_no_other(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_ENGINE, 1, "second");
	open_source(f);
	look(f);
	model_name(&f->model, AW_KIND_ENGINE, 1, NULL);
	look(f);
	assert_int_equal(series_of(f, AW_KIND_ENGINE, "second")->life, LEDGER_CLOSED);
	assert_int_equal(series_of(f, AW_KIND_ENGINE, "main")->life, LEDGER_LIVE);
}

/* ---- records ---- */

static void records_tell_the_last_and_the_worst_block(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	put_render(f, 40 * MS, 9 * MS, AW_RENDER_CLOSES);
	put_render(f, 20 * MS, 3 * MS, AW_RENDER_CLOSES);
	look(f);
	assert_int_equal(present(f)->last_ns, 3 * MS);
	assert_int_equal(present(f)->max_ns, 9 * MS);
	pass(f, 61 * S);
	look(f);
	assert_int_equal(present(f)->max_ns, 0);
}

static void records_of_a_slots_former_owner_count_for_nobody(void **state)
{
	struct fixture *f = *state;

	put_render(f, 40 * MS, 9 * MS, AW_RENDER_CLOSES | AW_RENDER_MISS);
	model_name(&f->model, AW_KIND_ENGINE, 0, "other");
	open_source(f);
	look(f);
	assert_false(series_of(f, AW_KIND_ENGINE, "other")->engine_now.has_last);
	assert_int_equal(f->ledger->counts.delivered, 1);
}

static void the_account_is_whole_at_every_look(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	for (unsigned i = 0; i < 200; i++) { /* rings of 64 are lapped on the way */
		for (unsigned n = 0; n < i; n++)
			put_render(f, 0, MS, AW_RENDER_CLOSES);
		model_contended(&f->model)->count += i % 3;
		look(f);
		assert_int_equal(f->ledger->counts.published,
				 f->ledger->counts.delivered + f->ledger->counts.lost[LOSS_LAPPED] +
					 f->ledger->counts.lost[LOSS_CONTENDED] +
					 f->ledger->counts.lost[LOSS_INVALID] +
					 f->ledger->counts.lost[LOSS_UNWATCHED]);
	}
	assert_true(f->ledger->counts.lost[LOSS_LAPPED] > 0);
	assert_int_equal(f->ledger->counts.lost[LOSS_CONTENDED], 199);
}

static void a_report_becomes_a_cycle_when_no_miss_claims_it(void **state)
{
	struct fixture *f = *state;
	const uint64_t identity = model_entry(&f->model, AW_KIND_ENGINE, 0)->generation << 32;

	open_source(f);
	model_any(&f->model, 0)->xrun_reports[0] = 1;
	model_put(&f->shared_lane,
		  &(struct aw_record){ { AW_XRUN | identity, ticks(), 0, 0, 0, 0, 0, 0 } });
	look(f);
	assert_int_equal(counts_of(f, "main")->reports[0], 1);
	assert_int_equal(counts_of(f, "main")->reported_cycles, 0);
	pass(f, 100 * MS);
	look(f);
	assert_int_equal(counts_of(f, "main")->reported_cycles, 1);
}

static void put_report(struct fixture *f, uint64_t generation, uint64_t ago_ns)
{
	model_put(&f->shared_lane, &(struct aw_record){ { AW_XRUN | generation << 32,
							  ticks() - ago_ns, 0, 0, 0, 0, 0, 0 } });
}

static void reports_of_an_engines_last_beat_are_its_own(void **state)
{
	struct fixture *f = *state;
	struct aw_entry *entry = model_entry(&f->model, AW_KIND_ENGINE, 0);
	const uint64_t generation = entry->generation;

	open_source(f);
	put_report(f, generation, 900 * MS);
	look(f);
	put_report(f, generation, 500 * MS);
	model_name(&f->model, AW_KIND_ENGINE, 0, NULL);
	model_name(&f->model, AW_KIND_ENGINE, 0, "main");
	look(f);
	put_report(f, generation, 100 * MS); /* behind the heads of that look */
	look(f);
	assert_int_equal(counts_of(f, "main")->reported_cycles, 3);
	put_report(f, entry->generation, 0);
	put_report(f, generation, 0); /* and this one is nobody's any more */
	look(f);
	pass(f, S);
	look(f);
	look(f);
	assert_int_equal(counts_of(f, "main")->reported_cycles, 4);
}

static void misses_of_an_engine_that_came_and_went_are_an_episode(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_ENGINE, 0, NULL);
	model_name(&f->model, AW_KIND_ENGINE, 0, "brief");
	put_render(f, 40 * MS, 19 * MS, AW_RENDER_CLOSES | AW_RENDER_MISS);
	model_name(&f->model, AW_KIND_ENGINE, 0, NULL);
	open_source(f);
	look(f);
	source_end(f->source, SOURCE_CLOSED, &f->at);
	assert_int_equal(counts_of(f, "brief")->episodes, 1);
	assert_int_equal(counts_of(f, "brief")->xrun_seconds, 1);
}

/* ---- states ---- */

static void an_engine_lives_while_it_is_called_and_then_is_idle(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	put_render(f, 0, MS, AW_RENDER_CLOSES);
	assert_int_equal(source_beat(f->source, &f->at), SOURCE_CHANGED);
	look(f);
	assert_int_equal(present(f)->state, STATE_LIVE);
	assert_int_equal(source_beat(f->source, &f->at), SOURCE_GOES_ON);
	pass(f, 1100 * MS);
	assert_int_equal(source_beat(f->source, &f->at), SOURCE_CHANGED);
	look(f);
	assert_int_equal(present(f)->state, STATE_IDLE);
}

static void a_render_that_hangs_is_stalled_and_told_by_its_age(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	model_control(&f->model, 0)->begin = ticks();
	look(f);
	assert_int_equal(present(f)->stalled_ns, 0);
	pass(f, 900 * MS);
	look(f);
	assert_int_equal(present(f)->state, STATE_LIVE);
	pass(f, 2000 * MS);
	look(f);
	assert_int_equal(present(f)->state, STATE_STALLED);
	assert_in_range(present(f)->stalled_ns, 2900 * MS, 2950 * MS);
	model_control(&f->model, 0)->begin = 0;
	put_render(f, 0, 3 * S, AW_RENDER_CLOSES);
	look(f);
	assert_int_equal(present(f)->state, STATE_LIVE);
	assert_int_equal(present(f)->stalled_ns, 0);
}

static void an_active_engine_that_nobody_calls_is_starved(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	model_any(&f->model, 0)->active = AW_TOLD_YES;
	look(f);
	pass(f, 1100 * MS);
	look(f);
	assert_int_equal(present(f)->state, STATE_STARVED);
}

static void freewheel_is_what_the_host_says(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	model_any(&f->model, 0)->freewheel = 1;
	look(f);
	look(f);
	assert_int_equal(present(f)->state, STATE_FREEWHEEL);
	assert_true(present(f)->freewheel);
}

static void without_the_kernels_word_a_still_source_is_stale_until_it_moves(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	assert_int_equal(source_ask(f->source, &f->at),
			 SOURCE_GOES_ON); /* memory has no descriptor to ask about */
	look(f);
	pass(f, 5 * S);
	look(f);
	assert_int_equal(present(f)->state, STATE_STALE);
	put_render(f, 0, MS, AW_RENDER_CLOSES);
	look(f);
	assert_int_equal(present(f)->state, STATE_LIVE);
}

/* ---- usage ---- */

static void a_channels_usage_is_its_time_over_the_budget_of_the_last_second(void **state)
{
	struct fixture *f = *state;
	const struct channel_present *usage;

	model_name(&f->model, AW_KIND_CHANNEL, 0, "left");
	model_control(&f->model, 0)->format = FORMAT;
	open_source(f);
	for (unsigned half = 0; half < 3; half++) {
		look(f);
		usage = &series_of(f, AW_KIND_CHANNEL, "left")->channel_now;
		assert_int_equal(usage->has_usage, half == 2);
		model_engine(&f->model, 0)->load[10] += 50; /* half a second of 10 ms cycles */
		model_channel(&f->model, 0)->sum_ns += 125 * MS;
		pass(f, 500 * MS);
	}
	look(f);
	assert_true(usage->usage > 0.2499 && usage->usage < 0.2501);
	assert_int_equal(source_take_audio_ns(f->source), 1500 * MS);
	assert_int_equal(source_take_audio_ns(f->source), 0);
	look(f);
	look(f); /* a second in which nothing ran */
	assert_true(usage->has_usage);
	assert_true(usage->usage == 0);
	model_any(&f->model, 0)->format = 0;
	look(f);
	assert_false(usage->has_usage);
}

static void a_channel_that_comes_back_has_the_usage_of_its_last_second_alone(void **state)
{
	struct fixture *f = *state;
	const struct channel_present *usage;

	model_name(&f->model, AW_KIND_CHANNEL, 0, "left");
	open_source(f);
	for (unsigned half = 0; half < 10; half++) {
		look(f);
		model_engine(&f->model, 0)->load[10] += 50;
		model_channel(&f->model, 0)->sum_ns += 125 * MS;
		pass(f, 500 * MS);
	}
	model_name(&f->model, AW_KIND_CHANNEL, 0, NULL);
	model_name(&f->model, AW_KIND_CHANNEL, 0, "left");
	look(f);
	usage = &series_of(f, AW_KIND_CHANNEL, "left")->channel_now;
	assert_true(usage->has_usage);
	assert_true(usage->usage < 0.2501);
}

/* ---- the end ---- */

static void a_closed_source_is_read_to_its_last_word(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	look(f);
	put_render(f, 0, MS, AW_RENDER_CLOSES);
	model_engine(&f->model, 0)->render[100] = 1;
	model_header(&f->model)->state = AW_STATE_CLOSED;
	assert_int_equal(source_beat(f->source, &f->at), SOURCE_CLOSED);
	put_render(f, 0, MS, AW_RENDER_CLOSES); /* between that look and the last one */
	model_engine(&f->model, 0)->render[100] = 2;
	source_end(f->source, SOURCE_CLOSED, &f->at);
	assert_int_equal(f->ledger->life, LEDGER_CLOSED);
	assert_int_equal(counts_of(f, "main")->blocks, 2);
	assert_int_equal(f->ledger->counts.delivered, 2);
	assert_int_equal(f->ledger->counts.published, 2);
}

static void a_dead_writers_unfinished_change_does_not_hold_up_the_end(void **state)
{
	struct fixture *f = *state;

	model_name(&f->model, AW_KIND_ENGINE, 1, "second");
	open_source(f);
	look(f);
	model_engine(&f->model, 0)->render[100] = 5;
	model_change_begin(&model_entry(&f->model, AW_KIND_ENGINE, 1)->generation);
	model_used(&f->model)->changes++;
	source_end(f->source, SOURCE_DEAD, &f->at);
	assert_int_equal(f->ledger->life, LEDGER_DEAD);
	assert_int_equal(counts_of(f, "main")->blocks, 5);
}

static void a_source_that_lies_three_times_is_dropped_and_its_numbers_stand(void **state)
{
	struct fixture *f = *state;
	enum source_step step = SOURCE_GOES_ON;

	model_engine(&f->model, 0)->render[100] = 5;
	open_source(f);
	look(f);
	model_engine(&f->model, 0)->render[100] = 4;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(step, SOURCE_GOES_ON);
		step = source_totals(f->source, &f->at, true);
	}
	assert_int_equal(step, SOURCE_DROPPED);
	assert_string_equal(source_fault(f->source), "invalid");
	source_end(f->source, step, &f->at);
	assert_int_equal(f->ledger->life, LEDGER_DROPPED);
	assert_int_equal(counts_of(f, "main")->blocks, 5);
}

static void a_source_that_cannot_be_read_is_dropped_at_once(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	look(f);
	f->model.size = AW_PAGE;
	assert_int_equal(source_beat(f->source, &f->at), SOURCE_DROPPED);
	assert_string_equal(source_fault(f->source), "truncated");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, free_fixture)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(totals_reach_the_series_of_their_names),
		TEST(names_are_cleaned_and_titles_follow),
		TEST(names_that_are_written_alike_make_no_second_series),
		TEST(a_renamed_slot_feeds_another_series_from_then_on),
		TEST(a_name_that_moves_to_a_lower_slot_is_bound_there),
		TEST(a_name_that_was_another_slots_is_tried_again),
		TEST(a_name_without_room_is_bound_when_there_is_some),
		TEST(names_that_came_and_went_between_two_looks_are_counted),
		TEST(a_slot_that_was_another_names_and_is_free_again_feeds_that_name),
		TEST(a_name_that_was_away_within_one_look_keeps_sums_and_cells_together),
		TEST(a_channel_follows_its_engine_to_another_name),
		TEST(a_freed_slot_ends_its_series_and_no_other),
		TEST(records_tell_the_last_and_the_worst_block),
		TEST(records_of_a_slots_former_owner_count_for_nobody),
		TEST(the_account_is_whole_at_every_look),
		TEST(a_report_becomes_a_cycle_when_no_miss_claims_it),
		TEST(reports_of_an_engines_last_beat_are_its_own),
		TEST(misses_of_an_engine_that_came_and_went_are_an_episode),
		TEST(an_engine_lives_while_it_is_called_and_then_is_idle),
		TEST(a_render_that_hangs_is_stalled_and_told_by_its_age),
		TEST(an_active_engine_that_nobody_calls_is_starved),
		TEST(freewheel_is_what_the_host_says),
		TEST(without_the_kernels_word_a_still_source_is_stale_until_it_moves),
		TEST(a_channels_usage_is_its_time_over_the_budget_of_the_last_second),
		TEST(a_channel_that_comes_back_has_the_usage_of_its_last_second_alone),
		TEST(a_closed_source_is_read_to_its_last_word),
		TEST(a_dead_writers_unfinished_change_does_not_hold_up_the_end),
		TEST(a_source_that_lies_three_times_is_dropped_and_its_numbers_stand),
		TEST(a_source_that_cannot_be_read_is_dropped_at_once),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
