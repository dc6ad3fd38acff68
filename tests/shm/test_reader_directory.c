/* SPDX-License-Identifier: MIT */
/* Names as the reader believes them: between two equal even generations, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/random.h"
#include "tests/support/segment_model.h"

static const struct aw_counts counts = { 2, 4, 3, 64 };

/* A model and its reader, from setup to teardown. */
struct pair {
	struct model model;
	struct aw_reader *reader;
};

static int open_pair(void **state)
{
	static struct pair pair;

	model_in_memory(&pair.model, counts, 0);
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

static int look(struct pair *pair)
{
	assert_int_equal(aw_reader_control(pair->reader), 0);
	return aw_reader_directory(pair->reader);
}

/* NULL: never named. */
static void assert_slot(const struct pair *pair, enum aw_kind kind, unsigned index, const char *name)
{
	const struct aw_slot *slot = aw_reader_slot(pair->reader, kind, index);

	assert_int_equal(slot->kind, name ? kind : AW_KIND_FREE);
	assert_string_equal(slot->name, name ? name : "");
}

static void slots_are_empty_until_somebody_names_them(void **state)
{
	struct pair *pair = *state;

	assert_int_equal(look(pair), 0);
	assert_slot(pair, AW_KIND_ENGINE, 0, NULL);
	assert_slot(pair, AW_KIND_CHANNEL, 3, NULL);
	assert_slot(pair, AW_KIND_FUNCTION, 2, NULL);
	assert_int_equal(aw_reader_slot(pair->reader, AW_KIND_ENGINE, 0)->generation, 0);
}

static void names_kinds_and_generations_arrive(void **state)
{
	struct pair *pair = *state;

	model_name(&pair->model, AW_KIND_ENGINE, 1, "second");
	model_name(&pair->model, AW_KIND_CHANNEL, 3, "drums");
	model_name(&pair->model, AW_KIND_FUNCTION, 0, "decode");
	assert_int_equal(look(pair), 0);
	assert_slot(pair, AW_KIND_ENGINE, 0, NULL);
	assert_slot(pair, AW_KIND_ENGINE, 1, "second");
	assert_slot(pair, AW_KIND_CHANNEL, 3, "drums");
	assert_slot(pair, AW_KIND_FUNCTION, 0, "decode");
	assert_int_equal(aw_reader_slot(pair->reader, AW_KIND_ENGINE, 1)->generation, 2);
	assert_int_equal(aw_reader_used(pair->reader)->engines, 2);
	assert_int_equal(aw_reader_used(pair->reader)->changes, 3);
	model_name(&pair->model, AW_KIND_CHANNEL, 3, NULL);
	assert_int_equal(look(pair), 0);
	assert_int_equal(aw_reader_slot(pair->reader, AW_KIND_CHANNEL, 3)->kind, AW_KIND_FREE);
	assert_string_equal(aw_reader_slot(pair->reader, AW_KIND_CHANNEL, 3)->name, "drums");
	assert_int_equal(aw_reader_slot(pair->reader, AW_KIND_CHANNEL, 3)->generation, 4);
}

static void a_channel_knows_its_engine_and_its_parent(void **state)
{
	struct pair *pair = *state;
	const struct aw_slot *slot;

	model_name(&pair->model, AW_KIND_CHANNEL, 2, "snare");
	model_entry(&pair->model, AW_KIND_CHANNEL, 2)->what = model_what(AW_KIND_CHANNEL, 1, 4);
	assert_int_equal(look(pair), 0);
	slot = aw_reader_slot(pair->reader, AW_KIND_CHANNEL, 2);
	assert_int_equal(slot->engine, 1);
	assert_int_equal(slot->parent, 4);
}

static void a_title_arrives_and_changes(void **state)
{
	struct pair *pair = *state;
	struct aw_title *title = model_title(&pair->model, 0);
	static const char *const texts[] = { "Song 1", "", "a longer name of a song" };

	model_name(&pair->model, AW_KIND_ENGINE, 0, "main");
	for (unsigned i = 0; i < 3; i++) {
		model_change_begin(&title->sequence);
		model_text(title->text, AW_TITLE_SIZE / 8, texts[i]);
		model_change_end(&pair->model, &title->sequence);
		assert_int_equal(look(pair), 0);
		assert_string_equal(aw_reader_slot(pair->reader, AW_KIND_ENGINE, 0)->title,
				    texts[i]);
		assert_slot(pair, AW_KIND_ENGINE, 0, "main");
	}
}

static void a_title_stays_when_its_engines_entry_is_read_again(void **state)
{
	struct pair *pair = *state;
	struct aw_title *title = model_title(&pair->model, 0);

	model_name(&pair->model, AW_KIND_ENGINE, 0, "main");
	model_change_begin(&title->sequence);
	model_text(title->text, AW_TITLE_SIZE / 8, "Song");
	model_change_end(&pair->model, &title->sequence);
	assert_int_equal(look(pair), 0);
	model_name(&pair->model, AW_KIND_ENGINE, 0, "other");
	assert_int_equal(look(pair), 0);
	assert_slot(pair, AW_KIND_ENGINE, 0, "other");
	assert_string_equal(aw_reader_slot(pair->reader, AW_KIND_ENGINE, 0)->title, "Song");
}

static void a_text_without_an_end_is_given_one(void **state)
{
	struct pair *pair = *state;
	const struct aw_slot *slot;
	char all[AW_TITLE_SIZE + 1];

	memset(all, 'x', sizeof all);
	model_name(&pair->model, AW_KIND_ENGINE, 0, "y");
	model_text(model_entry(&pair->model, AW_KIND_ENGINE, 0)->name, AW_NAME_SIZE / 8, all);
	model_title(&pair->model, 0)->sequence = 2;
	model_text(model_title(&pair->model, 0)->text, AW_TITLE_SIZE / 8, all);
	assert_int_equal(look(pair), 0);
	slot = aw_reader_slot(pair->reader, AW_KIND_ENGINE, 0);
	assert_int_equal(strnlen(slot->name, AW_NAME_SIZE), AW_NAME_SIZE - 1);
	assert_int_equal(strnlen(slot->title, AW_TITLE_SIZE), AW_TITLE_SIZE - 1);
}

static void what_stands_behind_a_texts_end_is_not_copied(void **state)
{
	struct pair *pair = *state;
	static const char zeros[AW_NAME_SIZE];
	const struct aw_slot *slot;

	model_name(&pair->model, AW_KIND_ENGINE, 0, "ab");
	model_entry(&pair->model, AW_KIND_ENGINE, 0)->name[5] = UINT64_MAX;
	assert_int_equal(look(pair), 0);
	slot = aw_reader_slot(pair->reader, AW_KIND_ENGINE, 0);
	assert_string_equal(slot->name, "ab");
	assert_memory_equal(slot->name + 2, zeros, AW_NAME_SIZE - 2);
}

static void nothing_is_read_again_until_changes_moves(void **state)
{
	struct pair *pair = *state;

	model_name(&pair->model, AW_KIND_ENGINE, 0, "main");
	assert_int_equal(look(pair), 0);
	model_change_begin(&model_entry(&pair->model, AW_KIND_ENGINE, 0)->generation);
	assert_int_equal(look(pair), 0); /* odd, but nobody was told to look */
	assert_slot(pair, AW_KIND_ENGINE, 0, "main");
}

static void a_slot_in_the_middle_of_a_change_waits_for_ever_and_holds_up_no_other(void **state)
{
	struct pair *pair = *state;
	struct aw_entry *entry = model_entry(&pair->model, AW_KIND_ENGINE, 0);

	model_name(&pair->model, AW_KIND_ENGINE, 0, "main");
	assert_int_equal(look(pair), 0);
	model_change_begin(&entry->generation);
	model_text(entry->name, AW_NAME_SIZE / 8, "half");
	model_name(&pair->model, AW_KIND_FUNCTION, 1, "decode");
	for (unsigned poll = 0; poll < 10; poll++) { /* a producer that was stopped there */
		assert_int_equal(look(pair), -EAGAIN);
		assert_slot(pair, AW_KIND_ENGINE, 0, "main");
		assert_slot(pair, AW_KIND_FUNCTION, 1, "decode");
	}
	model_change_end(&pair->model, &entry->generation);
	assert_int_equal(look(pair), 0);
	assert_slot(pair, AW_KIND_ENGINE, 0, "half");
}

static void a_title_in_the_middle_of_a_change_keeps_its_older_text(void **state)
{
	struct pair *pair = *state;
	struct aw_title *title = model_title(&pair->model, 0);

	model_name(&pair->model, AW_KIND_ENGINE, 0, "main");
	model_change_begin(&title->sequence);
	model_text(title->text, AW_TITLE_SIZE / 8, "half");
	assert_int_equal(look(pair), -EAGAIN);
	assert_slot(pair, AW_KIND_ENGINE, 0, "main");
	assert_string_equal(aw_reader_slot(pair->reader, AW_KIND_ENGINE, 0)->title, "");
	model_change_end(&pair->model, &title->sequence);
	assert_int_equal(look(pair), 0);
	assert_string_equal(aw_reader_slot(pair->reader, AW_KIND_ENGINE, 0)->title, "half");
}

/* ---- slots that make no sense ---- */

static void a_stable_slot_that_makes_no_sense_drops_the_source(void **state)
{
	static const struct {
		enum aw_kind kind;
		unsigned index;
		enum aw_kind claimed;
		uint64_t engine, parent;
	} odd[] = {
		{ AW_KIND_ENGINE, 0, AW_KIND_CHANNEL, 0, 0 },
		{ AW_KIND_ENGINE, 0, AW_KIND_FUNCTION, 0, 0 },
		{ AW_KIND_ENGINE, 0, (enum aw_kind)4, 0, 0 },
		{ AW_KIND_ENGINE, 0, AW_KIND_ENGINE, 2, 0 },
		{ AW_KIND_ENGINE, 0, AW_KIND_ENGINE, 0, 1 },
		{ AW_KIND_CHANNEL, 1, AW_KIND_ENGINE, 0, 0 },
		{ AW_KIND_CHANNEL, 1, AW_KIND_CHANNEL, 2, 0 },
		{ AW_KIND_CHANNEL, 1, AW_KIND_CHANNEL, 65535, 0 },
		{ AW_KIND_CHANNEL, 1, AW_KIND_CHANNEL, 0, 5 },
		{ AW_KIND_CHANNEL, 1, AW_KIND_CHANNEL, 0, UINT32_MAX },
		{ AW_KIND_CHANNEL, 1, AW_KIND_CHANNEL, 0, 2 }, /* its own parent */
		{ AW_KIND_FUNCTION, 2, AW_KIND_CHANNEL, 0, 0 },
		{ AW_KIND_FUNCTION, 2, AW_KIND_FUNCTION, 3, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		void *own;
		struct pair *pair;

		open_pair(&own);
		pair = own;
		model_name(&pair->model, odd[i].kind, odd[i].index, "odd");
		model_entry(&pair->model, odd[i].kind, odd[i].index)->what =
			model_what(odd[i].claimed, odd[i].engine, odd[i].parent);
		for (unsigned poll = 1; poll <= 3; poll++)
			assert_int_equal(look(pair), poll < 3 ? -EAGAIN : -EPROTO);
		assert_slot(pair, odd[i].kind, odd[i].index, NULL);
		close_pair(&own);
	}
}

static void used_marks_beyond_the_counts_or_falling_are_refused(void **state)
{
	(void)state;
	for (unsigned mark = 0; mark < 3; mark++)
		for (unsigned falls = 0; falls < 2; falls++) {
			_Atomic uint64_t *marks;
			struct pair *pair;
			void *own;

			open_pair(&own);
			pair = own;
			marks = &model_used(&pair->model)->engines;
			marks[mark] = falls ? 1 : 2;
			assert_int_equal(look(pair), 0);
			marks[mark] = falls ? 0 : 1000;
			for (unsigned poll = 1; poll <= 3; poll++)
				assert_int_equal(aw_reader_control(pair->reader),
						 poll < 3 ? -EAGAIN : -EPROTO);
			close_pair(&own);
		}
}

/* ---- changes while the reader copies ---- */

/* Changes one text whenever a word of the directory is read. All its words are the same, so that
 * a mixture shows. */
struct renamer {
	struct pair *pair;
	struct random random;
	_Atomic uint64_t *sequence, *text;
	unsigned words;
	unsigned step, n; /* step 0: at rest */
	unsigned one_in; /* words read let it move; 0: none does */
};

static struct renamer engine_renamer(struct pair *pair)
{
	struct aw_entry *entry = model_entry(&pair->model, AW_KIND_ENGINE, 0);

	return (struct renamer){ .pair = pair,
				 .sequence = &entry->generation,
				 .text = entry->name,
				 .words = AW_NAME_SIZE / 8 };
}

static struct renamer title_renamer(struct pair *pair)
{
	struct aw_title *title = model_title(&pair->model, 0);

	return (struct renamer){ .pair = pair,
				 .sequence = &title->sequence,
				 .text = title->text,
				 .words = AW_TITLE_SIZE / 8 };
}

/* No NUL before the text's last byte. */
static uint64_t word_of(unsigned n)
{
	char text[9];
	uint64_t word;

	snprintf(text, sizeof text, "%08u", n);
	memcpy(&word, text, sizeof word);
	return word;
}

static void rename_step(struct renamer *renamer)
{
	if (renamer->step == 0) {
		renamer->n++;
		model_change_begin(renamer->sequence);
	} else if (renamer->step <= renamer->words) {
		renamer->text[renamer->step - 1] = word_of(renamer->n);
	} else {
		model_change_end(&renamer->pair->model, renamer->sequence);
	}
	renamer->step = (renamer->step + 1) % (1 + renamer->words + 1);
}

static void rename_once(struct renamer *renamer)
{
	do
		rename_step(renamer);
	while (renamer->step);
}

static void rename_while_read(void *context, uint64_t word)
{
	struct renamer *renamer = context;
	const uint64_t first =
		(uint64_t)((unsigned char *)renamer->sequence - renamer->pair->model.at) / 8;

	if (word >= first && word < first + 16)
		while (renamer->one_in && random_below(&renamer->random, renamer->one_in) == 0)
			rename_step(renamer);
}

static void assert_whole(const char *text, unsigned words)
{
	for (unsigned w = 1; w < words; w++)
		assert_memory_equal(text + w * 8, text, w + 1 < words ? 8 : 7);
}

static void rename_and_look(struct renamer *renamer, const char *text)
{
	static const unsigned eagerness[] = { 0, 3, 30, 300 };
	struct pair *pair = renamer->pair;
	unsigned believed = 0, postponed = 0;

	pair->model.on_read = rename_while_read;
	pair->model.on_read_context = renamer;
	for (unsigned poll = 0; poll < 20000; poll++) {
		int outcome;

		pair->model.descending = random_below(&renamer->random, 2);
		renamer->one_in = eagerness[random_below(&renamer->random, 4)];
		for (uint64_t s = random_below(&renamer->random, 40); s; s--)
			rename_step(renamer);
		outcome = look(pair);
		assert_true(outcome == 0 || outcome == -EAGAIN);
		believed += outcome == 0;
		postponed += outcome == -EAGAIN;
		assert_whole(text, renamer->words);
	}
	print_message("%u believed, %u postponed\n", believed, postponed);
	assert_true(believed > 100 && postponed > 100);
}

static void a_name_that_changes_while_it_is_copied_is_never_a_mixture(void **state)
{
	struct pair *pair = *state;
	struct renamer renamer = engine_renamer(pair);

	renamer.random = random_seeded(__func__);
	model_name(&pair->model, AW_KIND_ENGINE, 0, "");
	rename_once(&renamer);
	rename_and_look(&renamer, aw_reader_slot(pair->reader, AW_KIND_ENGINE, 0)->name);
}

static void a_title_that_changes_while_it_is_copied_is_never_a_mixture(void **state)
{
	struct pair *pair = *state;
	struct renamer renamer = title_renamer(pair);

	renamer.random = random_seeded(__func__);
	model_name(&pair->model, AW_KIND_ENGINE, 0, "main");
	rename_once(&renamer);
	rename_and_look(&renamer, aw_reader_slot(pair->reader, AW_KIND_ENGINE, 0)->title);
}

static void used_marks_raised_after_the_control_copy_are_seen_by_the_directory(void **state)
{
	struct pair *pair = *state;

	model_name(&pair->model, AW_KIND_ENGINE, 0, "main");
	assert_int_equal(aw_reader_control(pair->reader), 0);
	model_name(&pair->model, AW_KIND_ENGINE, 1, "late");
	assert_int_equal(aw_reader_directory(pair->reader), 0);
	assert_slot(pair, AW_KIND_ENGINE, 1, "late");
	/* and whoever compares `changes` is still told of it by the next poll */
	assert_int_equal(aw_reader_used(pair->reader)->changes, 1);
	assert_int_equal(look(pair), 0);
	assert_int_equal(aw_reader_used(pair->reader)->changes, 2);
}

/* ---- two threads ---- */

struct race {
	struct pair *pair;
	_Atomic int done;
};

static void *rename_all_the_time(void *context)
{
	struct race *race = context;
	struct renamer renamer = engine_renamer(race->pair);

	while (!race->done) {
		rename_once(&renamer);
		if (renamer.n % 16 == 0)
			sched_yield();
	}
	return NULL;
}

static void a_thread_that_renames_is_never_caught_in_a_mixture(void **state)
{
	static struct race race;
	unsigned seen = 0;
	pthread_t thread;
	uint64_t last = 0;

	race.pair = *state;
	model_name(&race.pair->model, AW_KIND_ENGINE, 0, "");
	assert_int_equal(pthread_create(&thread, NULL, rename_all_the_time, &race), 0);
	while (seen < 1000) {
		const struct aw_slot *slot = aw_reader_slot(race.pair->reader, AW_KIND_ENGINE, 0);
		const int outcome = look(race.pair);

		assert_true(outcome == 0 || outcome == -EAGAIN);
		assert_whole(slot->name, AW_NAME_SIZE / 8);
		seen += slot->generation != last;
		last = slot->generation;
	}
	race.done = 1;
	pthread_join(thread, NULL);
}

int main(void)
{
#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, open_pair, close_pair)
	const struct CMUnitTest tests[] = {
		WITH_PAIR(slots_are_empty_until_somebody_names_them),
		WITH_PAIR(names_kinds_and_generations_arrive),
		WITH_PAIR(a_channel_knows_its_engine_and_its_parent),
		WITH_PAIR(a_title_arrives_and_changes),
		WITH_PAIR(a_title_stays_when_its_engines_entry_is_read_again),
		WITH_PAIR(a_text_without_an_end_is_given_one),
		WITH_PAIR(what_stands_behind_a_texts_end_is_not_copied),
		WITH_PAIR(nothing_is_read_again_until_changes_moves),
		WITH_PAIR(a_slot_in_the_middle_of_a_change_waits_for_ever_and_holds_up_no_other),
		WITH_PAIR(a_title_in_the_middle_of_a_change_keeps_its_older_text),
		cmocka_unit_test(a_stable_slot_that_makes_no_sense_drops_the_source),
		cmocka_unit_test(used_marks_beyond_the_counts_or_falling_are_refused),
		WITH_PAIR(a_name_that_changes_while_it_is_copied_is_never_a_mixture),
		WITH_PAIR(a_title_that_changes_while_it_is_copied_is_never_a_mixture),
		WITH_PAIR(used_marks_raised_after_the_control_copy_are_seen_by_the_directory),
		WITH_PAIR(a_thread_that_renames_is_never_caught_in_a_mixture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
