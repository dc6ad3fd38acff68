/* SPDX-License-Identifier: MIT */
/* Totals as the reader accepts them: by the step each word made, whole or not at all, and each
 * slot's for the name it is believed to have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shm/hist.h"
#include "tests/support/random.h"
#include "tests/support/segment_model.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const struct aw_counts counts = { 2, 4, 3, 64 };

/* A model whose slots are all named, and its reader. */
struct pair {
	struct model model;
	struct aw_reader *reader;
};

static void name_all(const struct model *model)
{
	char name[16];

	for (unsigned i = 0; i < counts.channels; i++) {
		snprintf(name, sizeof name, "n%u", i);
		model_name(model, AW_KIND_CHANNEL, i, name);
		if (i < counts.engines)
			model_name(model, AW_KIND_ENGINE, i, name);
		if (i < counts.functions)
			model_name(model, AW_KIND_FUNCTION, i, name);
	}
}

static int open_pair(void **state)
{
	static struct pair pair;

	model_in_memory(&pair.model, counts, 0);
	name_all(&pair.model);
	pair.reader = model_reader(&pair.model);
	*state = &pair;
	return 0;
}

static int close_pair(void **state)
{
	struct pair *pair = *state;

	aw_reader_close(pair->reader);
	model_deinit(&pair->model);
	return 0;
}

/* Control and directory, as the poll does before totals. */
static void look(struct pair *pair)
{
	const int error =
		aw_reader_control(pair->reader) ? -EPROTO : aw_reader_directory(pair->reader);

	assert_true(error == 0 || error == -EAGAIN);
}

static int totals(struct pair *pair)
{
	look(pair);
	return aw_reader_totals(pair->reader);
}

/* ---- every word, and the step it may make ---- */

enum word_kind { COUNT, SUM, PLAIN };

/* One word of the segment, where it stands and where the reader shows it. */
struct word {
	const char *what;
	enum word_kind kind;
	size_t member;
	void *(*stands)(const struct model *model);
	const void *(*shown)(const struct aw_reader *reader);
};

static void *stands_control(const struct model *model)
{
	return model_control(model, 1);
}
static const void *shown_control(const struct aw_reader *reader)
{
	static struct aw_engine_control shown; /* given by value: put back where they stand */
	const struct aw_control_totals t = aw_reader_control_totals(reader, 1);

	assert_int_equal(t.misses, aw_reader_misses(reader, 1));
	shown.render_sum_ns = t.render_sum_ns;
	shown.wake_sum_ns = t.wake_sum_ns;
	shown.misses = t.misses;
	shown.freewheel_blocks = t.freewheel_blocks;
	return &shown;
}
static void *stands_engine(const struct model *model)
{
	return model_engine(model, 1);
}
static const void *shown_engine(const struct aw_reader *reader)
{
	return aw_reader_engine(reader, 1);
}
static void *stands_any(const struct model *model)
{
	return model_any(model, 1);
}
static const void *shown_any(const struct aw_reader *reader)
{
	return aw_reader_any(reader, 1);
}
static void *stands_channel(const struct model *model)
{
	return model_channel(model, 3);
}
static const void *shown_channel(const struct aw_reader *reader)
{
	return aw_reader_channel(reader, 3);
}
static void *stands_function(const struct model *model)
{
	return model_function(model, 2);
}
static const void *shown_function(const struct aw_reader *reader)
{
	return aw_reader_function(reader, 2);
}

#define WORD(kind, where, type, member) \
	{ \
#type "." #member, kind, offsetof(struct type, member), stands_##where, \
			shown_##where \
	}

static const struct word words[] = {
	WORD(SUM, control, aw_engine_control, render_sum_ns),
	WORD(SUM, control, aw_engine_control, wake_sum_ns),
	WORD(COUNT, control, aw_engine_control, misses),
	WORD(COUNT, control, aw_engine_control, freewheel_blocks),
	WORD(COUNT, engine, aw_engine_totals, render[0]),
	WORD(COUNT, engine, aw_engine_totals, render[AW_TIME_CELLS - 1]),
	WORD(COUNT, engine, aw_engine_totals, load[0]),
	WORD(COUNT, engine, aw_engine_totals, load[AW_LOAD_CELLS - 1]),
	WORD(COUNT, engine, aw_engine_totals, wake[0]),
	WORD(COUNT, engine, aw_engine_totals, wake[AW_WAKE_CELLS - 1]),
	WORD(COUNT, engine, aw_engine_totals, misuse_begin),
	WORD(COUNT, engine, aw_engine_totals, misuse_end),
	WORD(COUNT, engine, aw_engine_totals, clock_backwards),
	WORD(COUNT, any, aw_any_thread, xrun_reports[0]),
	WORD(COUNT, any, aw_any_thread, xrun_reports[2]),
	WORD(COUNT, any, aw_any_thread, refused_delays[0]),
	WORD(COUNT, any, aw_any_thread, refused_delays[2]),
	WORD(PLAIN, any, aw_any_thread, format),
	WORD(PLAIN, any, aw_any_thread, freewheel),
	WORD(PLAIN, any, aw_any_thread, active),
	WORD(PLAIN, any, aw_any_thread, host_load),
	WORD(COUNT, channel, aw_channel_totals, cells[0]),
	WORD(COUNT, channel, aw_channel_totals, cells[AW_CHANNEL_CELLS - 1]),
	WORD(SUM, channel, aw_channel_totals, sum_ns),
	WORD(COUNT, channel, aw_channel_totals, misuse),
	WORD(PLAIN, channel, aw_channel_totals, last[0]),
	WORD(PLAIN, channel, aw_channel_totals, last[AW_CHANNEL_LAST - 1]),
	WORD(COUNT, function, aw_function_totals, cells[0]),
	WORD(COUNT, function, aw_function_totals, cells[AW_TIME_CELLS - 1]),
	WORD(SUM, function, aw_function_totals, sum_ns),
	WORD(COUNT, function, aw_function_totals, errors),
	WORD(COUNT, function, aw_function_totals, begun),
};

static _Atomic uint64_t *stands(const struct pair *pair, const struct word *word)
{
	void *at = (char *)word->stands(&pair->model) + word->member;

	return at;
}

static uint64_t shown(const struct pair *pair, const struct word *word)
{
	const void *at = (const char *)word->shown(pair->reader) + word->member;

	return *(const uint64_t *)at;
}

static void assert_shown(const struct pair *pair, const struct word *word, uint64_t want)
{
	if (shown(pair, word) != want)
		fail_msg("%s: %llu, not %llu", word->what, (unsigned long long)shown(pair, word),
			 (unsigned long long)want);
}

static uint64_t limit_of(const struct word *word)
{
	return word->kind == SUM ? UINT64_C(1) << 62 : UINT64_C(1) << 48;
}

static void every_word_arrives_at_the_first_read(void **state)
{
	struct pair *pair = *state;

	for (size_t i = 0; i < COUNT_OF(words); i++)
		*stands(pair, &words[i]) = 100 + i;
	assert_int_equal(totals(pair), 0);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		assert_shown(pair, &words[i], 100 + i);
}

static void the_longest_step_is_taken_and_one_more_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		const uint64_t limit = limit_of(&words[i]);
		const bool plain = words[i].kind == PLAIN;
		struct pair *pair;
		void *own;

		open_pair(&own);
		pair = own;
		*stands(pair, &words[i]) = limit - 1;
		assert_int_equal(totals(pair), 0);
		assert_shown(pair, &words[i], limit - 1);
		*stands(pair, &words[i]) += limit - 1;
		assert_int_equal(totals(pair), 0);
		assert_shown(pair, &words[i], 2 * (limit - 1));
		*stands(pair, &words[i]) += limit;
		assert_int_equal(totals(pair), plain ? 0 : -EAGAIN);
		assert_shown(pair, &words[i], 2 * (limit - 1) + (plain ? limit : 0));
		close_pair(&own);
	}
}

static void a_word_that_falls_stops_all_and_drops_the_source_at_the_third_poll(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		const struct word *other = &words[i ? 0 : 1], *last = &words[COUNT_OF(words) - 1];
		const bool plain = words[i].kind == PLAIN;
		struct pair *pair;
		void *own;

		open_pair(&own);
		pair = own;
		*stands(pair, &words[i]) = 10;
		assert_int_equal(totals(pair), 0);
		*stands(pair, &words[i]) = 9;
		*stands(pair, other) += 5;
		if (last != &words[i])
			*stands(pair, last) += 5;
		for (unsigned poll = 1; poll <= 3; poll++)
			assert_int_equal(totals(pair), plain ? 0 : poll < 3 ? -EAGAIN : -EPROTO);
		assert_shown(pair, &words[i], plain ? 9 : 10);
		assert_shown(pair, other, plain ? 5 : 0); /* nothing of a refused reading shows */
		close_pair(&own);
	}
}

static void a_believed_reading_forgives_two_that_were_not(void **state)
{
	struct pair *pair = *state;
	_Atomic uint64_t *misuse = &model_channel(&pair->model, 0)->misuse;

	*misuse = 10;
	assert_int_equal(totals(pair), 0);
	for (unsigned round = 0; round < 4; round++) {
		*misuse -= 1;
		assert_int_equal(totals(pair), -EAGAIN);
		assert_int_equal(totals(pair), -EAGAIN);
		*misuse += 2;
		assert_int_equal(totals(pair), 0);
		assert_int_equal(aw_reader_channel(pair->reader, 0)->misuse, 11 + round);
	}
}

/* Shows an absurd word for its first so many looks. */
struct flicker {
	_Atomic uint64_t *word;
	uint64_t offset, right;
	unsigned left;
};

static void flicker_read(void *context, uint64_t word)
{
	struct flicker *flicker = context;

	if (word != flicker->offset / 8)
		return;
	*flicker->word = flicker->left ? UINT64_MAX : flicker->right;
	flicker->left -= flicker->left > 0;
}

static void an_absurd_word_is_looked_at_eight_times_more(void **state)
{
	(void)state;
	for (unsigned absurd = 7; absurd <= 10; absurd++) {
		struct flicker flicker = { .left = absurd, .right = 77 };
		struct pair *pair;
		void *own;

		open_pair(&own);
		pair = own;
		flicker.word = &model_channel(&pair->model, 1)->sum_ns;
		flicker.offset = (uint64_t)((unsigned char *)flicker.word - pair->model.at);
		pair->model.on_read = flicker_read;
		pair->model.on_read_context = &flicker;
		assert_int_equal(totals(pair), absurd <= 8 ? 0 : -EAGAIN);
		assert_int_equal(aw_reader_channel(pair->reader, 1)->sum_ns, absurd <= 8 ? 77 : 0);
		close_pair(&own);
	}
}

static void slots_that_were_never_used_are_not_read(void **state)
{
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_memory(&model, counts, 0);
	model_name(&model, AW_KIND_FUNCTION, 0, "first");
	model_function(&model, 0)->errors = 1;
	model_function(&model, 1)->errors = UINT64_MAX;
	reader = model_reader(&model);
	assert_int_equal(aw_reader_control(reader), 0);
	assert_int_equal(aw_reader_directory(reader), 0);
	assert_int_equal(aw_reader_totals(reader), 0);
	assert_int_equal(aw_reader_function(reader, 0)->errors, 1);
	assert_int_equal(aw_reader_function(reader, 1)->errors, 0);
	aw_reader_close(reader);
	model_deinit(&model);
}

static void a_slot_first_named_after_the_directory_was_read_waits_for_it(void **state)
{
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_memory(&model, counts, 0);
	reader = model_reader(&model);
	assert_int_equal(aw_reader_control(reader), 0);
	assert_int_equal(aw_reader_directory(reader), 0);
	model_name(&model, AW_KIND_FUNCTION, 1, "late");
	model_function(&model, 1)->errors = 2;
	assert_int_equal(aw_reader_totals(reader), 0);
	assert_int_equal(aw_reader_function(reader, 1)->errors, 0);
	assert_int_equal(aw_reader_control(reader), 0);
	assert_int_equal(aw_reader_directory(reader), 0);
	assert_int_equal(aw_reader_totals(reader), 0);
	assert_int_equal(aw_reader_function(reader, 1)->errors, 2);
	aw_reader_close(reader);
	model_deinit(&model);
}

static void who_never_asks_for_names_gets_totals_all_the_same(void **state)
{
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_memory(&model, counts, 0);
	reader = model_reader(&model);
	for (unsigned i = 0; i < counts.functions; i++) {
		model_name(&model, AW_KIND_FUNCTION, i, "f");
		model_function(&model, i)->errors = i + 1;
		assert_int_equal(aw_reader_control(reader), 0);
		assert_int_equal(aw_reader_totals(reader), 0);
		assert_int_equal(aw_reader_function(reader, i)->errors, i + 1);
	}
	aw_reader_close(reader);
	model_deinit(&model);
}

/* ---- slots that change hands ---- */

static void zero(void *at, size_t bytes)
{
	memset(at, 0, bytes);
}

/* Another name for channel 1, as a producer does it: zeroed while the generation is odd. */
static void renew(const struct pair *pair, const char *name, bool zeroed)
{
	struct aw_entry *entry = model_entry(&pair->model, AW_KIND_CHANNEL, 1);

	model_change_begin(&entry->generation);
	if (zeroed)
		zero(model_channel(&pair->model, 1), sizeof(struct aw_channel_totals));
	entry->what = model_what(AW_KIND_CHANNEL, 0, 0);
	model_text(entry->name, AW_NAME_SIZE / 8, name);
	model_change_end(&pair->model, &entry->generation);
}

static uint64_t misuse_shown(const struct pair *pair)
{
	return aw_reader_channel(pair->reader, 1)->misuse;
}

static void another_name_starts_again_at_zero(void **state)
{
	struct pair *pair = *state;

	model_channel(&pair->model, 1)->misuse = 50;
	assert_int_equal(totals(pair), 0);
	model_name(&pair->model, AW_KIND_CHANNEL, 1, NULL);
	assert_int_equal(totals(pair), 0);
	assert_int_equal(misuse_shown(pair), 50); /* free, and not yet anybody else's */
	renew(pair, "other", true);
	model_channel(&pair->model, 1)->misuse = 3;
	look(pair);
	assert_int_equal(misuse_shown(pair), 0);
	assert_int_equal(aw_reader_totals(pair->reader), 0);
	assert_int_equal(misuse_shown(pair), 3);
}

static bool is_engines(const struct word *word)
{
	return word->stands == stands_control || word->stands == stands_engine ||
	       word->stands == stands_any;
}

static void an_engines_name_carries_all_three_of_its_sections(void **state)
{
	struct pair *pair = *state;
	struct aw_entry *entry = model_entry(&pair->model, AW_KIND_ENGINE, 1);

	for (size_t i = 0; i < COUNT_OF(words); i++)
		*stands(pair, &words[i]) = 1000;
	assert_int_equal(totals(pair), 0);
	model_change_begin(&entry->generation);
	model_text(entry->name, AW_NAME_SIZE / 8, "other");
	model_control(&pair->model, 1)->render_sum_ns = 1;
	model_control(&pair->model, 1)->wake_sum_ns = 1;
	model_control(&pair->model, 1)->misses = 1;
	model_control(&pair->model, 1)->freewheel_blocks = 1;
	zero(model_engine(&pair->model, 1), sizeof(struct aw_engine_totals));
	zero(model_any(&pair->model, 1), sizeof(struct aw_any_thread));
	model_change_end(&pair->model, &entry->generation);
	look(pair);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		assert_shown(pair, &words[i], is_engines(&words[i]) ? 0 : 1000);
	assert_int_equal(aw_reader_totals(pair->reader), 0);
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		const bool control = words[i].stands == stands_control;

		assert_shown(pair, &words[i], control ? 1 : is_engines(&words[i]) ? 0 : 1000);
	}
}

static void the_same_name_goes_on_where_it_was(void **state)
{
	struct pair *pair = *state;

	model_channel(&pair->model, 1)->misuse = 50;
	assert_int_equal(totals(pair), 0);
	model_name(&pair->model, AW_KIND_CHANNEL, 1, NULL);
	look(pair);
	renew(pair, "n1", false);
	model_channel(&pair->model, 1)->misuse = 51;
	look(pair);
	assert_int_equal(misuse_shown(pair), 50);
	assert_int_equal(aw_reader_totals(pair->reader), 0);
	assert_int_equal(misuse_shown(pair), 51);
}

static void the_same_name_under_another_engine_starts_again(void **state)
{
	struct pair *pair = *state;
	struct aw_entry *entry = model_entry(&pair->model, AW_KIND_CHANNEL, 1);

	model_channel(&pair->model, 1)->misuse = 50;
	assert_int_equal(totals(pair), 0);
	model_change_begin(&entry->generation);
	zero(model_channel(&pair->model, 1), sizeof(struct aw_channel_totals));
	entry->what = model_what(AW_KIND_CHANNEL, 1, 0);
	model_change_end(&pair->model, &entry->generation);
	look(pair);
	assert_int_equal(misuse_shown(pair), 0);
	assert_int_equal(aw_reader_totals(pair->reader), 0);
}

static void a_free_slot_whose_name_was_taken_away_belongs_to_nobody(void **state)
{
	struct pair *pair = *state;
	struct aw_entry *entry = model_entry(&pair->model, AW_KIND_CHANNEL, 1);

	model_channel(&pair->model, 1)->misuse = 50;
	assert_int_equal(totals(pair), 0);
	model_name(&pair->model, AW_KIND_CHANNEL, 1, NULL);
	model_change_begin(&entry->generation);
	model_text(entry->name, AW_NAME_SIZE / 8, "");
	model_change_end(&pair->model, &entry->generation);
	assert_int_equal(totals(pair), 0);
	renew(pair, "n1", true);
	model_channel(&pair->model, 1)->misuse = 60;
	look(pair);
	assert_int_equal(misuse_shown(pair), 0); /* so that 60 is a step from 0, not from 50 */
	assert_int_equal(aw_reader_totals(pair->reader), 0);
	assert_int_equal(misuse_shown(pair), 60);
}

static void a_name_that_came_back_after_another_may_start_again(void **state)
{
	struct pair *pair = *state;

	model_channel(&pair->model, 1)->misuse = 50;
	assert_int_equal(totals(pair), 0);
	renew(pair, "other", true); /* never seen */
	renew(pair, "n1", true);
	model_channel(&pair->model, 1)->misuse = 2;
	assert_int_equal(totals(pair), 0);
	assert_int_equal(misuse_shown(pair), 2);
	model_channel(&pair->model, 1)->misuse = 1; /* only once */
	assert_int_equal(totals(pair), -EAGAIN);
}

static void a_slot_renamed_since_the_directory_was_read_keeps_its_older_totals(void **state)
{
	struct pair *pair = *state;

	model_channel(&pair->model, 1)->misuse = 50;
	assert_int_equal(totals(pair), 0);
	for (unsigned poll = 0; poll < 5; poll++) { /* however often: it is no offence */
		look(pair);
		renew(pair, poll % 2 ? "a" : "b", true);
		model_channel(&pair->model, 1)->misuse = 1000;
		model_channel(&pair->model, 2)->misuse = poll;
		assert_int_equal(aw_reader_totals(pair->reader), 0);
		assert_int_equal(misuse_shown(pair), poll ? 0 : 50);
		assert_int_equal(aw_reader_channel(pair->reader, 2)->misuse, poll);
	}
	assert_int_equal(totals(pair), 0);
	assert_int_equal(misuse_shown(pair), 1000);
}

/* The n-th name counts in cell n % 14 alone, so whatever else a name is shown was somebody
 * else's. */
struct tenants {
	struct pair *pair;
	struct random random;
	unsigned step, n, one_in;
};

enum { CLEARING = AW_CHANNEL_CELLS, NAMING = CLEARING + 1, LIVING = 40 };

static void tenant_step(struct tenants *tenants)
{
	const struct model *model = &tenants->pair->model;
	struct aw_entry *entry = model_entry(model, AW_KIND_CHANNEL, 1);
	struct aw_channel_totals *totals = model_channel(model, 1);
	const unsigned step = tenants->step++;
	char name[16];

	if (step == 0) {
		model_change_begin(&entry->generation);
	} else if (step <= CLEARING) {
		totals->cells[step - 1] = 0;
	} else if (step == NAMING) {
		snprintf(name, sizeof name, "%u", ++tenants->n);
		model_text(entry->name, AW_NAME_SIZE / 8, name);
	} else if (step == NAMING + 1) {
		model_change_end(model, &entry->generation);
	} else {
		totals->cells[tenants->n % AW_CHANNEL_CELLS]++;
		tenants->step = step < NAMING + LIVING ? tenants->step : 0;
	}
}

static void tenants_read(void *context, uint64_t word)
{
	struct tenants *tenants = context;

	(void)word;
	while (tenants->one_in && random_below(&tenants->random, tenants->one_in) == 0)
		tenant_step(tenants);
}

static uint64_t assert_own_cells(const struct pair *pair)
{
	const unsigned n = (unsigned)atoi(aw_reader_slot(pair->reader, AW_KIND_CHANNEL, 1)->name);
	const struct aw_channel_totals *totals = aw_reader_channel(pair->reader, 1);

	for (unsigned c = 0; c < AW_CHANNEL_CELLS; c++)
		if (c != n % AW_CHANNEL_CELLS)
			assert_int_equal(totals->cells[c], 0);
	return totals->cells[n % AW_CHANNEL_CELLS];
}

static void nobody_is_shown_what_another_name_counted(void **state)
{
	static const unsigned eagerness[] = { 0, 200, 2000 };
	struct pair *pair = *state;
	struct tenants tenants = { .pair = pair, .random = random_seeded(__func__) };
	uint64_t seen = 0;

	renew(pair, "0", true);
	pair->model.on_read = tenants_read;
	pair->model.on_read_context = &tenants;
	for (unsigned poll = 0; poll < 1000; poll++) {
		tenants.one_in = eagerness[random_below(&tenants.random, COUNT_OF(eagerness))];
		pair->model.descending = random_below(&tenants.random, 2);
		for (uint64_t s = random_below(&tenants.random, 2 * LIVING); s; s--)
			tenant_step(&tenants);
		assert_int_equal(totals(pair), 0);
		seen += assert_own_cells(pair);
	}
	assert_true(seen > 1000 && tenants.n > 300);
}

/* ---- totals, records, calls in flight ---- */

/* One engine that counts and then records, one function whose calls begin and end. */
struct traffic {
	struct pair *pair;
	struct random random;
	struct model_lane lane;
	uint64_t open, counted;
	unsigned one_in;
	bool half; /* counted, its record not yet finished */
};

static void render_step(struct traffic *traffic)
{
	const struct aw_record record = { { AW_RENDER } };

	if (!traffic->half) {
		model_engine(&traffic->pair->model, 0)
			->render[random_below(&traffic->random, AW_TIME_CELLS)]++;
		traffic->half = true;
	} else if (model_step(&traffic->lane, &record)) {
		traffic->half = false;
	}
}

static void call_step(struct traffic *traffic)
{
	struct aw_function_totals *f = model_function(&traffic->pair->model, 2);
	const bool begins = random_below(&traffic->random, 2);

	if (begins)
		f->begun++;
	else if (traffic->open)
		f->cells[random_below(&traffic->random, AW_TIME_CELLS)]++;
	traffic->open += begins ? 1 : 0;
	traffic->open -= !begins && traffic->open;
}

static void traffic_read(void *context, uint64_t word)
{
	struct traffic *traffic = context;

	(void)word;
	while (traffic->one_in && random_below(&traffic->random, traffic->one_in) == 0) {
		render_step(traffic);
		call_step(traffic);
	}
}

static void ignore_record(void *context, unsigned lane, const struct aw_record *record)
{
	(void)context;
	(void)lane;
	(void)record;
}

static void drain(struct pair *pair)
{
	for (unsigned l = 0; l < aw_reader_lanes(pair->reader); l++)
		assert_int_equal(aw_reader_lane(pair->reader, l, ignore_record, NULL), 0);
}

static void totals_are_at_least_the_records_and_begun_at_least_the_cells(void **state)
{
	static const unsigned eagerness[] = { 0, 2, 50, 1000 };
	struct pair *pair = *state;
	struct traffic traffic = { .pair = pair, .random = random_seeded(__func__) };
	uint64_t in_flight = 0;

	traffic.lane = model_lane(&pair->model, 0);
	pair->model.on_read = traffic_read;
	pair->model.on_read_context = &traffic;
	for (unsigned poll = 0; poll < 300; poll++) {
		const struct aw_function_totals *f;
		uint64_t renders, ended;

		traffic.one_in = eagerness[random_below(&traffic.random, COUNT_OF(eagerness))];
		pair->model.descending = random_below(&traffic.random, 2);
		look(pair);
		drain(pair);
		assert_int_equal(aw_reader_totals(pair->reader), 0);
		f = aw_reader_function(pair->reader, 2);
		renders = aw_cells_count(
			(const uint64_t *)aw_reader_engine(pair->reader, 0)->render, AW_TIME_CELLS);
		ended = aw_cells_count((const uint64_t *)f->cells, AW_TIME_CELLS);
		assert_true(renders >= aw_reader_account(pair->reader).published);
		assert_true(f->begun >= ended);
		in_flight += f->begun - ended;
	}
	assert_true(aw_reader_account(pair->reader).delivered > 1000 && in_flight > 0);
}

static void flight(const struct pair *pair, unsigned slot, uint64_t start, uint64_t function)
{
	model_flight(&pair->model, slot)->start = start;
	model_flight(&pair->model, slot)->function = function;
}

static void a_call_in_flight_is_believed_when_two_copies_show_it(void **state)
{
	struct pair *pair = *state;
	struct aw_flying flights[AW_FLIGHT_SLOTS];

	flight(pair, 0, 1000, 1);
	flight(pair, 15, 2000, 3);
	look(pair);
	assert_int_equal(aw_reader_flights(pair->reader, flights), 0);
	look(pair);
	assert_int_equal(aw_reader_flights(pair->reader, flights), 2);
	assert_int_equal(flights[0].start_ticks, 1000);
	assert_int_equal(flights[0].function, 0);
	assert_int_equal(flights[1].start_ticks, 2000);
	assert_int_equal(flights[1].function, 2);
	flight(pair, 0, 1001, 1); /* another call */
	flight(pair, 15, 0, 3); /* landed */
	look(pair);
	assert_int_equal(aw_reader_flights(pair->reader, flights), 0);
	look(pair);
	assert_int_equal(aw_reader_flights(pair->reader, flights), 1);
	assert_int_equal(flights[0].start_ticks, 1001);
}

static void a_flight_of_no_function_is_not_believed(void **state)
{
	static const uint64_t odd[] = { 0, 4, UINT64_C(1) << 32, UINT64_MAX };
	struct pair *pair = *state;
	struct aw_flying flights[AW_FLIGHT_SLOTS];

	for (unsigned i = 0; i < COUNT_OF(odd); i++)
		flight(pair, i, 1000, odd[i]);
	look(pair);
	look(pair);
	assert_int_equal(aw_reader_flights(pair->reader, flights), 0);
}

/* ---- objects that somebody tampers with while they are read ---- */

enum tampering { CUT, STRETCHED, PUNCHED };

static void tamper(const struct model *model, enum tampering how)
{
	const int fd = openat(model->dirfd, model->name, O_RDWR | O_CLOEXEC);
	const off_t size = (off_t)model->layout.size;
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	assert_true(fd >= 0);
	assert_int_equal(how == CUT	    ? ftruncate(fd, size - (off_t)AW_PAGE)
			 : how == STRETCHED ? ftruncate(fd, size + (off_t)AW_PAGE)
					    : fallocate(fd, punch, (off_t)model->layout.totals,
							size - (off_t)model->layout.totals),
			 0);
	close(fd);
}

static void a_tampered_object_is_given_up(void **state)
{
	static const int want[] = { [CUT] = -EIO, [STRETCHED] = -EIO, [PUNCHED] = -EPROTO };

	(void)state;
	for (enum tampering how = CUT; how <= PUNCHED; how++) {
		struct pair pair;

		model_in_file(&pair.model, counts, 0);
		name_all(&pair.model);
		model_channel(&pair.model, 2)->misuse = 5;
		pair.reader = model_reader(&pair.model);
		assert_int_equal(totals(&pair), 0);
		tamper(&pair.model, how);
		for (unsigned poll = 1; poll <= 3; poll++)
			assert_int_equal(totals(&pair),
					 how == PUNCHED && poll < 3 ? -EAGAIN : want[how]);
		assert_int_equal(aw_reader_channel(pair.reader, 2)->misuse, 5);
		aw_reader_close(pair.reader);
		model_deinit(&pair.model);
	}
}

static void a_reader_of_64_channels_and_64_functions_takes_at_most_1200_kib(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	(void)state;
	skip(); /* their allocator does not tell */
#else
	const struct mallinfo2 before = mallinfo2();
	struct mallinfo2 after;
	struct aw_reader *reader;
	struct model model;
	size_t bytes;

	(void)state;
	model_in_file(&model, (struct aw_counts){ 1, 64, 64, 1024 }, 0);
	reader = model_reader(&model);
	after = mallinfo2();
	bytes = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
	print_message("%zu bytes\n", bytes);
	assert_in_range(bytes, 1, 1200 * 1024);
	aw_reader_close(reader);
	model_deinit(&model);
#endif
}

int main(void)
{
#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, open_pair, close_pair)
	const struct CMUnitTest tests[] = {
		WITH_PAIR(every_word_arrives_at_the_first_read),
		cmocka_unit_test(the_longest_step_is_taken_and_one_more_is_not),
		cmocka_unit_test(a_word_that_falls_stops_all_and_drops_the_source_at_the_third_poll),
		WITH_PAIR(a_believed_reading_forgives_two_that_were_not),
		cmocka_unit_test(an_absurd_word_is_looked_at_eight_times_more),
		cmocka_unit_test(slots_that_were_never_used_are_not_read),
		cmocka_unit_test(a_slot_first_named_after_the_directory_was_read_waits_for_it),
		cmocka_unit_test(who_never_asks_for_names_gets_totals_all_the_same),
		WITH_PAIR(another_name_starts_again_at_zero),
		WITH_PAIR(an_engines_name_carries_all_three_of_its_sections),
		WITH_PAIR(the_same_name_goes_on_where_it_was),
		WITH_PAIR(the_same_name_under_another_engine_starts_again),
		WITH_PAIR(a_free_slot_whose_name_was_taken_away_belongs_to_nobody),
		WITH_PAIR(a_name_that_came_back_after_another_may_start_again),
		WITH_PAIR(a_slot_renamed_since_the_directory_was_read_keeps_its_older_totals),
		WITH_PAIR(nobody_is_shown_what_another_name_counted),
		WITH_PAIR(totals_are_at_least_the_records_and_begun_at_least_the_cells),
		WITH_PAIR(a_call_in_flight_is_believed_when_two_copies_show_it),
		WITH_PAIR(a_flight_of_no_function_is_not_believed),
		cmocka_unit_test(a_tampered_object_is_given_up),
		cmocka_unit_test(a_reader_of_64_channels_and_64_functions_takes_at_most_1200_kib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
