/* SPDX-License-Identifier: MIT */
/* The collector's core around a segment made by hand. The test's thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/watch.h"

#include <stdlib.h>
#include <string.h>

#define YEAR_NS (UINT64_C(8766) * 3600 * NS_A_SECOND)

static void note_change(void *context, const struct judge_alert *alert,
			const struct alert_change *change)
{
	struct watch *watch = context;
	const struct watch_change seen = { alert->rule->name, alert->tick, *change };

	if (alert->labels.kind < LABEL_SESSION)
		return;
	if (watch->change_count < WATCH_CHANGES)
		watch->changes[watch->change_count] = seen;
	watch->change_count++;
}

int watch_setup(void **state)
{
	struct watch *watch = calloc(1, sizeof *watch);

	model_in_memory(&watch->model, (struct aw_counts){ 1, 0, 1, 64 }, 0);
	model_name(&watch->model, AW_KIND_ENGINE, 0, "main");
	model_name(&watch->model, AW_KIND_FUNCTION, 0, "decode");
	watch->judge = judge_new(&(struct judge_options){ .rules = rule_defaults,
							  .rule_count = rule_default_count,
							  .changed = note_change,
							  .context = watch });
	assert_non_null(watch->judge);
	watch->at = (struct instant){ .now_ns = 86400 * NS_A_SECOND,
				      .boot_ns = 86400 * NS_A_SECOND,
				      .real_ns = 50 * YEAR_NS };
	watch->lane = model_lane(&watch->model, 0);
	*state = watch;
	return 0;
}

int watch_teardown(void **state)
{
	struct watch *watch = *state;

	judge_free(watch->judge);
	source_free(watch->source);
	ledger_deinit(&watch->book);
	model_deinit(&watch->model);
	free(watch);
	return 0;
}

void watch_open(struct watch *watch)
{
	const struct ledger_identity who = { .app = "model", .id = "0123456789abcdef" };

	watch->ledger = ledger_open(&watch->book, &who, 32);
	watch->source = source_new(model_reader(&watch->model), watch->ledger, &watch->at);
	assert_non_null(watch->source);
}

static void pass(struct watch *watch, uint64_t awake_ns, uint64_t asleep_ns)
{
	struct instant clocks = watch->at;

	clocks.now_ns += awake_ns;
	clocks.boot_ns += awake_ns + asleep_ns;
	clocks.real_ns += awake_ns + asleep_ns;
	watch->at = instant_after(&watch->at, &clocks);
}

void watch_tick(struct watch *watch)
{
	judge_begin(watch->judge, watch->tick, watch->at.real_ns);
	if (watch->source)
		source_judge(watch->source, watch->judge, watch->at.now_ns);
	(void)judge_end(watch->judge);
	watch->tick++;
}

void watch_look(struct watch *watch, unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		pass(watch, NS_A_SECOND, 0);
		(void)source_beat(watch->source, &watch->at);
		assert_int_equal(source_totals(watch->source, &watch->at, true), SOURCE_GOES_ON);
		watch_tick(watch);
	}
}

void watch_render(struct watch *watch, uint64_t ns, unsigned blocks)
{
	model_engine(&watch->model, 0)->render[aw_time_cell(ns)] += blocks;
	watch_put(watch, AW_RENDER, AW_RENDER_CLOSES, 0);
	watch_look(watch, 1);
}

void watch_pause(struct watch *watch, unsigned seconds)
{
	pass(watch, seconds * NS_A_SECOND, 0);
	watch->tick += seconds;
}

void watch_suspend(struct watch *watch, uint64_t ns)
{
	pass(watch, 0, ns);
}

uint64_t watch_ticks(void)
{
	return instant_clock_ns(CLOCK_MONOTONIC);
}

void watch_put(struct watch *watch, enum aw_record_type type, uint64_t flags, uint64_t word4)
{
	const uint64_t identity = model_entry(&watch->model, AW_KIND_ENGINE, 0)->generation << 32;

	model_put(&watch->lane,
		  &(struct aw_record){ { type | flags << 8 | identity, watch_ticks(), NS_A_MS,
					 AW_WAKE_UNKNOWN, word4, 480, NS_A_MS, 10 * NS_A_MS } });
}

const struct engine_present *watch_engine(const struct watch *watch)
{
	return &watch->ledger->series[0]->engine_now;
}

struct wanted {
	const char *rule;
	struct judge_alert alert;
};

static void find_rule(void *context, const struct judge_alert *alert)
{
	struct wanted *wanted = context;

	if (strcmp(alert->rule->name, wanted->rule) == 0)
		wanted->alert = *alert;
}

struct judge_alert watch_alert(const struct watch *watch, const char *rule)
{
	struct wanted wanted = { .rule = rule };

	judge_each(watch->judge, find_rule, &wanted);
	assert_non_null(wanted.alert.alert);
	return wanted.alert;
}
