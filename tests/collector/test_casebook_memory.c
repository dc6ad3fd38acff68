/* SPDX-License-Identifier: MIT */
/* Tests of collector/casebook_memory.c: which firings the next collector lists, and what is left out of the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collector/casebook_memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { STALLED, SLOW, RULES };

static const struct rule some_rules[RULES] = {
	[STALLED] = { .name = "Stalled", .signal = SIGNAL_STALLED, .priority = PRIORITY_P0 },
	[SLOW] = { .name = "Slow",
		   .signal = SIGNAL_RENDER_TIME,
		   .statistic = STATISTIC_P99,
		   .priority = PRIORITY_P1,
		   .summary = "It is slow." },
};

static const struct judge_labels engine_labels = { LABEL_ENGINE, "daw", "0", "main" };

static int make_memory(void **state)
{
	struct casebook_memory *memory = calloc(1, sizeof *memory);

	*memory = (struct casebook_memory){ casebook_new(), some_rules, RULES, { NULL }, 0 };
	*state = memory;
	return memory->cases ? 0 : -1;
}

static int free_memory(void **state)
{
	struct casebook_memory *memory = *state;

	casebook_free(memory->cases);
	casebook_memory_free(memory);
	free(memory);
	return 0;
}

/* An open one has no time of its end. */
static struct firing firing_of(unsigned rule, uint64_t number, uint64_t resolved_real_ns)
{
	return (struct firing){
		.number = number,
		.rule = &some_rules[rule],
		.labels = engine_labels,
		.state = resolved_real_ns ? ALERT_INACTIVE : ALERT_FIRING,
		.judgement = { .n = 11250, .bad = 187, .value = 31, .threshold = 25 },
		.told = { .description = (char *)"It \"took\" long\xc3\xa4.",
			  .cause = (char *)"Reverb.",
			  .judgement = { .n = 11250, .bad = 187, .value = 31, .threshold = 25 },
			  .load = 5,
			  .budget_ns = 6,
			  .real_ns = 7 },
		.active_real_ns = 100 + number,
		.fired_real_ns = 200 + number,
		.resolved_real_ns = resolved_real_ns
	};
}

static void put(struct casebook_memory *memory, unsigned rule, uint64_t number,
		uint64_t resolved_real_ns)
{
	const struct firing firing = firing_of(rule, number, resolved_real_ns);

	assert_true(casebook_put_firing(memory->cases, &firing));
}

typedef void saver(void *context, FILE *out);

static char *saved(struct casebook_memory *memory, saver *save)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	save(memory, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* Through a file into another book; how many lines were left out. Frees the text. */
static unsigned restore_lines(struct casebook_memory *to, char *text)
{
	unsigned refused = 0;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		refused += !casebook_restore_firing(to, NULL, line);
	free(text);
	return refused;
}

static void assert_same(const struct firing *is, const struct firing *was)
{
	assert_int_equal(is->number, was->number);
	assert_string_equal(is->rule->name, was->rule->name);
	assert_int_equal(is->labels.kind, was->labels.kind);
	assert_string_equal(is->labels.app, was->labels.app);
	assert_string_equal(is->labels.instance_id, was->labels.instance_id);
	assert_string_equal(is->labels.name, was->labels.name);
	assert_int_equal(is->state, was->state);
	assert_memory_equal(&is->judgement, &was->judgement, sizeof was->judgement);
	assert_string_equal(is->told.description, was->told.description);
	assert_string_equal(is->told.cause, was->told.cause);
	assert_int_equal(is->told.load, was->told.load);
	assert_int_equal(is->told.budget_ns, was->told.budget_ns);
	assert_int_equal(is->told.real_ns, was->told.real_ns);
	assert_int_equal(is->active_real_ns, was->active_real_ns);
	assert_int_equal(is->fired_real_ns, was->fired_real_ns);
	assert_int_equal(is->resolved_real_ns, was->resolved_real_ns);
}

static void firings_come_back_as_they_were(void **state)
{
	struct casebook_memory *memory = *state;
	void *other;
	struct casebook_memory *again;
	char *text, *same;

	put(memory, SLOW, 3, 500);
	put(memory, STALLED, 7, 600);
	put(memory, SLOW, 8, 0);
	assert_int_equal(make_memory(&other), 0);
	again = other;
	assert_int_equal(restore_lines(again, saved(memory, casebook_save_firings)), 0);
	assert_int_equal(casebook_firings(again->cases), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_same(casebook_firing(again->cases, i), casebook_firing(memory->cases, i));
	assert_ptr_equal(casebook_firing(again->cases, 0)->rule, &some_rules[SLOW]);
	text = saved(memory, casebook_save_firings);
	same = saved(again, casebook_save_firings);
	assert_string_equal(same, text);
	free(same);
	free(text);
	free_memory(&other);
}

static void a_firing_of_a_rule_that_is_gone_is_told_as_it_was(void **state)
{
	struct casebook_memory *memory = *state;
	void *other;
	struct casebook_memory *again;
	const struct rule *rule;

	put(memory, SLOW, 1, 500);
	put(memory, SLOW, 2, 600);
	assert_int_equal(make_memory(&other), 0);
	again = other;
	again->rule_count = STALLED + 1;
	assert_int_equal(restore_lines(again, saved(memory, casebook_save_firings)), 0);
	assert_int_equal(again->gone_count, 1);
	rule = casebook_firing(again->cases, 1)->rule;
	assert_ptr_equal(rule, casebook_firing(again->cases, 0)->rule);
	assert_string_equal(rule->name, "Slow");
	assert_string_equal(rule->summary, "It is slow.");
	assert_int_equal(rule->signal, SIGNAL_RENDER_TIME);
	assert_int_equal(rule->statistic, STATISTIC_P99);
	assert_int_equal(rule->priority, PRIORITY_P1);
	free_memory(&other);
}

static void only_the_last_firings_are_kept_and_their_numbers_go_on(void **state)
{
	struct casebook_memory *memory = *state;
	struct casebook_memory *again;
	unsigned lines = 0;
	void *other;
	char *text;

	for (unsigned i = 1; i <= FIRINGS_MAX + 10; i++)
		put(memory, STALLED, i, 500);
	text = saved(memory, casebook_save_firings);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, FIRINGS_MAX);
	assert_non_null(strstr(text, "\"number\":11,"));
	assert_null(strstr(text, "\"number\":10,"));
	assert_int_equal(make_memory(&other), 0);
	again = other;
	assert_int_equal(restore_lines(again, text), 0);
	assert_int_equal(casebook_firings(again->cases), FIRINGS_MAX);
	assert_int_equal(casebook_firing(again->cases, 0)->number, FIRINGS_MAX + 10);
	put(again, STALLED, FIRINGS_MAX + 11, 500);
	assert_int_equal(casebook_firing(again->cases, 0)->number, FIRINGS_MAX + 11);
	assert_int_equal(casebook_firing(again->cases, 1)->number, FIRINGS_MAX + 10);
	free_memory(&other);
}

/* A line is made once; a firing that has ended since has another one. */
static void an_end_is_saved_behind_the_firing(void **state)
{
	struct casebook_memory *memory = *state;
	struct ledger_book book = { 0 };
	const struct instant at = { .real_ns = 4321 };
	struct judge *judge =
		judge_new(&(struct judge_options){ .rules = some_rules, .rule_count = RULES });
	char *text;

	assert_non_null(judge);
	put(memory, STALLED, 1, 0);
	text = saved(memory, casebook_save_firings);
	assert_non_null(strstr(text, "\"resolved_real_ns\":0,"));
	free(text);
	/* its alert is not active any more */
	casebook_look(memory->cases, &(struct why_scene){ &book, judge, &at, 1, NULL, NULL });
	text = saved(memory, casebook_save_firings);
	assert_non_null(strstr(text, "\"resolved_real_ns\":4321,"));
	assert_non_null(strstr(text, "\"state\":\"inactive\""));
	free(text);
	judge_free(judge);
}

/* One word of a sound line is another one. */
static void a_line_that_makes_no_sense_is_left_out(void **state)
{
	static const struct {
		const char *sound, *damaged;
	} rows[] = {
		{ "\"number\":1,", "\"number\":0,   " },
		{ "\"number\":1,", "\"number\":-1," },
		{ "\"signal\":\"render_time\"", "\"signal\":\"render_tune\"" },
		{ "\"state\":\"inactive\"", "\"state\":\"pending\" " },
		{ "\"state\":\"inactive\"", "\"state\":\"firing\"  " }, /* and yet it is over */
		{ "\"statistic\":\"p99\"", "\"statistic\":\"p98\"" },
		{ "\"priority\":\"P1\"", "\"priority\":\"P4\"" },
		{ "\"fired_real_ns\":201", "\"fired_real_ns\":0  " },
		{ "\"app\":\"daw\"", "\"app\":12345" },
		{ "{", "[" },
	};
	struct casebook_memory *memory = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		void *from, *to;
		char line[2048], *text, *at;

		assert_int_equal(make_memory(&from), 0);
		assert_int_equal(make_memory(&to), 0);
		put(from, SLOW, 1, 500);
		text = saved(from, casebook_save_firings);
		at = strstr(text, rows[i].sound);
		assert_non_null(at);
		snprintf(line, sizeof line, "%.*s%s%s", (int)(at - text), text, rows[i].damaged,
			 at + strlen(rows[i].sound));
		assert_int_equal(restore_lines(to, strdup(line)), 1);
		assert_int_equal(casebook_firings(((struct casebook_memory *)to)->cases), 0);
		assert_int_equal(restore_lines(to, text), 0);
		free_memory(&from);
		free_memory(&to);
	}
	put(memory, SLOW, 5, 500);
	assert_int_equal(restore_lines(memory, saved(memory, casebook_save_firings)), 1); /* twice */
	assert_int_equal(casebook_firings(memory->cases), 1);
}

static void what_was_told_comes_back_once(void **state)
{
	static const struct case_told told = { .description = (char *)"What it was.",
					       .cause = (char *)"Why.",
					       .judgement = { .n = 4, .bad = 3 },
					       .load = 1,
					       .budget_ns = 2,
					       .real_ns = 3 };
	struct casebook_memory *memory = *state;
	const struct case_told *is;
	void *other;
	struct casebook_memory *again;
	char *text;

	assert_true(casebook_put_told(memory->cases, &some_rules[SLOW], &engine_labels, &told));
	text = saved(memory, casebook_save_told);
	assert_int_equal(make_memory(&other), 0);
	again = other;
	text[strcspn(text, "\n")] = '\0';
	assert_true(casebook_restore_told(again, NULL, text));
	assert_false(casebook_restore_told(again, NULL, text));
	assert_false(casebook_restore_told(again, NULL, "{\"rule\": \"Slow\"}"));
	is = casebook_told(again->cases, &some_rules[SLOW], &engine_labels);
	assert_non_null(is);
	assert_string_equal(is->description, told.description);
	assert_string_equal(is->cause, told.cause);
	assert_int_equal(is->real_ns, told.real_ns);
	assert_int_equal(is->budget_ns, told.budget_ns);
	assert_int_equal(is->judgement.n, told.judgement.n);
	assert_int_equal(is->judgement.bad, told.judgement.bad);
	free(text);
	free_memory(&other);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(firings_come_back_as_they_were, make_memory,
						free_memory),
		cmocka_unit_test_setup_teardown(a_firing_of_a_rule_that_is_gone_is_told_as_it_was,
						make_memory, free_memory),
		cmocka_unit_test_setup_teardown(
			only_the_last_firings_are_kept_and_their_numbers_go_on, make_memory,
			free_memory),
		cmocka_unit_test_setup_teardown(an_end_is_saved_behind_the_firing, make_memory,
						free_memory),
		cmocka_unit_test_setup_teardown(a_line_that_makes_no_sense_is_left_out, make_memory,
						free_memory),
		cmocka_unit_test_setup_teardown(what_was_told_comes_back_once, make_memory,
						free_memory),
	};

	return cmocka_run_group_tests_name("casebook_memory", tests, NULL, NULL);
}
