/* SPDX-License-Identifier: MIT */
/* Tests of collector/casebook.c and why_source.c: what is told of alerts while they come and go, and of firings after
 * that, from a book and a judge by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/casebook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS NS_A_MS
#define S NS_A_SECOND
#define REAL_NS (1000000 * S)

enum { STALLED, STARVED, DOWN, ALWAYS, RULES };

static const struct rule rules[RULES] = {
	[STALLED] = { .name = "Stalled", .enabled = true, .signal = SIGNAL_STALLED, .for_s = 2 },
	[STARVED] = { .name = "Starved", .enabled = true, .signal = SIGNAL_STARVED },
	[DOWN] = { .name = "Down", .enabled = true, .signal = SIGNAL_SOURCE_DOWN },
	[ALWAYS] = { .name = "Watchdog", .enabled = true, .signal = SIGNAL_ALWAYS },
};

struct world {
	struct ledger_book book;
	struct ledger *ledger;
	struct series *engine, *bus, *reverb, *drums, *other;
	struct judge *judge;
	struct casebook *cases;
	struct instant at;
	uint64_t tick;
	struct judge_fact session, fact;
	bool flaps, other_stays; /* another engine, starved at every other tick, or on and on */
	struct judge_alert seen;
};

static const struct judge_labels main_engine = { LABEL_ENGINE, "daw", "0", "main" };

static struct series *bind(struct world *w, enum aw_kind kind, uint32_t slot, const char *name)
{
	const struct series_key key = { kind, slot, kind == AW_KIND_CHANNEL ? "main" : "", name };
	struct series *series = ledger_bind(w->ledger, &key, w->at.now_ns);

	assert_non_null(series);
	return series;
}

static int make_world(void **state)
{
	const struct ledger_identity who = { .app = "daw", .id = "00ff", .pid = 42 };
	struct world *w = calloc(1, sizeof *w);

	w->at = (struct instant){ .now_ns = 1000 * S, .real_ns = REAL_NS };
	w->ledger = ledger_open(&w->book, &who, 16);
	assert_non_null(w->ledger);
	w->engine = bind(w, AW_KIND_ENGINE, 0, "main");
	w->bus = bind(w, AW_KIND_CHANNEL, 0, "bus");
	w->reverb = bind(w, AW_KIND_CHANNEL, 1, "Reverb");
	w->drums = bind(w, AW_KIND_CHANNEL, 2, "Drums");
	w->other = bind(w, AW_KIND_FUNCTION, 0, "load");
	w->bus->is_parent = true;
	w->engine->engine_now =
		(struct engine_present){ .state = STATE_LIVE, .rate_hz = 48000, .frames = 256 };
	w->session =
		(struct judge_fact){ .labels = { LABEL_SESSION, "daw", "0", "" }, .session = 1 };
	w->fact = (struct judge_fact){ .labels = main_engine, .session = 1, .state = STATE_LIVE };
	w->judge = judge_new(&(struct judge_options){ .rules = rules, .rule_count = RULES });
	w->cases = casebook_new();
	assert_non_null(w->judge);
	assert_non_null(w->cases);
	*state = w;
	return 0;
}

static int free_world(void **state)
{
	struct world *w = *state;

	casebook_free(w->cases);
	judge_free(w->judge);
	ledger_deinit(&w->book);
	free(w);
	return 0;
}

static uint64_t real_of(uint64_t tick)
{
	return REAL_NS + tick * S;
}

static void see_the_other(struct world *w)
{
	const struct judge_fact fact = { .labels = { LABEL_ENGINE, "daw", "0", "other" },
					 .session = 1,
					 .state = w->other_stays || w->tick % 2 ? STATE_STARVED
										: STATE_LIVE };

	judge_see(w->judge, &fact);
}

static void tick(struct world *w)
{
	w->tick++;
	w->at.now_ns += S;
	w->at.real_ns = real_of(w->tick);
	judge_begin(w->judge, w->tick, w->at.real_ns);
	judge_see(w->judge, &w->session);
	if (w->session.life == LIFE_LIVE)
		judge_see(w->judge, &w->fact);
	if (w->flaps || w->other_stays)
		see_the_other(w);
	(void)judge_end(w->judge);
	casebook_look(w->cases,
		      &(struct why_scene){ &w->book, w->judge, &w->at, w->tick, NULL, NULL });
}

static void be(struct world *w, enum engine_state state)
{
	w->fact.state = w->engine->engine_now.state = state;
	w->engine->engine_now.stalled_ns = state == STATE_STALLED ? 2 * S : 0;
}

static const struct case_told *told(const struct world *w, unsigned rule)
{
	return casebook_told(w->cases, &rules[rule],
			     rule == DOWN ? &w->session.labels : &main_engine);
}

static void spend(struct world *w, uint64_t engine_ms, uint64_t reverb_ms, uint64_t drums_ms)
{
	((struct engine_counts *)w->engine->value)->render_sum_ns += engine_ms * MS;
	((struct channel_counts *)w->bus->value)->sum_ns += (reverb_ms + drums_ms) * MS;
	((struct channel_counts *)w->reverb->value)->sum_ns += reverb_ms * MS;
	((struct channel_counts *)w->drums->value)->sum_ns += drums_ms * MS;
}

static void catch_stalled(void *context, const struct judge_alert *alert)
{
	struct world *w = context;

	if (alert->rule == &rules[STALLED])
		w->seen = *alert;
}

static struct why_facts gather(struct world *w)
{
	struct why_facts facts;

	judge_each(w->judge, catch_stalled, w);
	assert_non_null(w->seen.rule);
	why_gather(&facts, &(struct why_scene){ &w->book, w->judge, &w->at, w->tick, NULL, NULL },
		   &w->seen);
	return facts;
}

static void leaf_channels_are_blamed_by_their_share_of_the_window(void **state)
{
	struct world *w = *state;
	struct why_facts facts;

	spend(w, 900, 100, 700); /* before anybody looked */
	tick(w);
	for (unsigned i = 0; i < 60; i++) {
		spend(w, 100, 62, 11);
		tick(w);
	}
	facts = gather(w);
	assert_int_equal(facts.part_count, 2); /* the bus is both of them */
	assert_string_equal(facts.parts[0].name, "Reverb");
	assert_int_equal(facts.parts[0].share, 620000);
	assert_string_equal(facts.parts[1].name, "Drums");
	assert_int_equal(facts.parts[1].share, 110000);
	assert_int_equal(facts.parts_share, 730000);
	assert_int_equal(facts.budget_ns, 5333333);
	for (unsigned i = 0; i < 70; i++) { /* the window forgets */
		spend(w, 100, 10, 80);
		tick(w);
	}
	assert_string_equal(gather(w).parts[0].name, "Drums");
	assert_int_equal(gather(w).parts[0].share, 800000);
}

static void the_worst_three_of_many_are_kept_in_order(void **state)
{
	static const unsigned ms[] = { 3, 40, 5, 30, 2, 10 };
	struct world *w = *state;
	struct why_facts facts;

	tick(w);
	for (unsigned i = 0; i < sizeof ms / sizeof *ms; i++) {
		char name[8];

		snprintf(name, sizeof name, "c%u", ms[i]);
		(void)bind(w, AW_KIND_CHANNEL, 3 + i, name);
	}
	tick(w);
	spend(w, 100, 0, 0);
	for (unsigned i = 0; i < sizeof ms / sizeof *ms; i++) {
		char name[8];

		snprintf(name, sizeof name, "c%u", ms[i]);
		((struct channel_counts *)bind(w, AW_KIND_CHANNEL, 3 + i, name)->value)->sum_ns =
			ms[i] * MS;
	}
	tick(w);
	facts = gather(w);
	assert_int_equal(facts.part_count, 3);
	assert_string_equal(facts.parts[0].name, "c40");
	assert_string_equal(facts.parts[1].name, "c30");
	assert_string_equal(facts.parts[2].name, "c10");
	assert_int_equal(facts.parts_share, 900000);
}

static void a_hang_names_the_channel_and_the_call_that_have_not_ended(void **state)
{
	struct world *w = *state;
	const struct case_told *it;

	tick(w);
	be(w, STATE_STALLED);
	w->drums->channel_now.hangs = true;
	w->other->function_now = (struct function_present){ 1, 5 * S };
	tick(w);
	it = told(w, STALLED);
	assert_non_null(it);
	assert_int_equal(strncmp(it->description,
				 "A block has been rendering for 2 s and has not ended.", 53),
			 0);
	assert_non_null(strstr(it->cause, "channel Drums."));
	assert_non_null(strstr(it->cause, "The call load began 5 s ago"));
	assert_int_equal(it->budget_ns, 5333333);
	assert_int_equal(it->real_ns, real_of(w->tick));
}

static void texts_stand_when_the_rule_says_nothing_new(void **state)
{
	struct world *w = *state;
	uint64_t newest;

	tick(w);
	be(w, STATE_STALLED);
	for (unsigned i = 0; i < 4; i++)
		tick(w);
	newest = w->tick;
	w->session.life = LIFE_DEAD;
	w->ledger->ended_ns = w->at.now_ns;
	ledger_end(w->ledger, LEDGER_DEAD, w->at.now_ns);
	tick(w);
	tick(w);
	assert_int_equal(told(w, STALLED)->real_ns, real_of(newest));
	assert_int_equal(told(w, STALLED)->judgement.verdict, VERDICT_YES);
	assert_int_equal(told(w, STALLED)->judgement.n, 1);
	assert_non_null(strstr(told(w, STALLED)->description, "rendering for 2 s"));
	assert_non_null(strstr(told(w, DOWN)->description, "daw (pid 42) ended without closing"));
	assert_non_null(strstr(told(w, DOWN)->description, " 2 s ago"));
	assert_int_equal(told(w, DOWN)->real_ns, real_of(w->tick));
}

static void an_inactive_alert_has_no_case(void **state)
{
	struct world *w = *state;

	tick(w);
	assert_null(told(w, STALLED));
	be(w, STATE_STALLED);
	tick(w);
	assert_non_null(told(w, STALLED)); /* pending */
	be(w, STATE_LIVE);
	tick(w);
	assert_null(told(w, STALLED));
	assert_int_equal(casebook_firings(w->cases), 0);
}

static void a_firing_is_told_as_it_was_until_and_after_it_ends(void **state)
{
	struct world *w = *state;
	const struct firing *firing;

	tick(w);
	be(w, STATE_STALLED);
	for (unsigned i = 0; i < 3; i++)
		tick(w);
	assert_int_equal(casebook_firings(w->cases), 1);
	firing = casebook_firing(w->cases, 0);
	assert_int_equal(firing->state, ALERT_FIRING);
	assert_int_equal(firing->active_real_ns, real_of(2));
	assert_int_equal(firing->fired_real_ns, real_of(4));
	assert_int_equal(firing->resolved_real_ns, 0);
	w->engine->engine_now.stalled_ns = 9 * S;
	tick(w);
	assert_non_null(strstr(told(w, STALLED)->description, "9 s"));
	assert_non_null(strstr(firing->told.description, "2 s"));
	be(w, STATE_LIVE);
	tick(w);
	assert_int_equal(firing->state, ALERT_INACTIVE);
	assert_int_equal(firing->resolved_real_ns, real_of(6));
	assert_string_equal(firing->labels.name, "main");
	assert_int_equal(firing->number, 1);
}

static void only_so_many_firings_are_remembered_and_the_newest_is_first(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < FIRINGS_MAX + 3; i++) {
		be(w, STATE_STARVED);
		tick(w);
		be(w, STATE_LIVE);
		tick(w);
	}
	assert_int_equal(casebook_firings(w->cases), FIRINGS_MAX);
	assert_int_equal(casebook_firing(w->cases, 0)->number, FIRINGS_MAX + 3);
	assert_int_equal(casebook_firing(w->cases, FIRINGS_MAX - 1)->number, 4);
}

/* It lasts longer than it is remembered, and another has its place: its end is nobody else's. */
static void the_end_of_a_forgotten_firing_ends_no_other(void **state)
{
	struct world *w = *state;
	uint64_t number;

	be(w, STATE_STALLED);
	for (unsigned i = 0; i < 3; i++)
		tick(w);
	w->flaps = true;
	assert_int_equal(casebook_firings(w->cases), 1);
	assert_ptr_equal(casebook_firing(w->cases, 0)->rule, &rules[STALLED]);
	number = casebook_firing(w->cases, 0)->number;
	for (unsigned i = 0; i < 2 * FIRINGS_MAX; i++)
		if (casebook_firing(w->cases, 0)->number < number + FIRINGS_MAX)
			tick(w);
	assert_int_equal(casebook_firing(w->cases, 0)->number, number + FIRINGS_MAX);
	w->flaps = false;
	w->other_stays = true;
	be(w, STATE_LIVE);
	tick(w);
	assert_null(told(w, STALLED));
	assert_int_equal(casebook_firing(w->cases, 0)->state, ALERT_FIRING);
}

static void the_watchdog_is_explained_and_no_firing(void **state)
{
	static const struct judge_labels none = { LABEL_COLLECTOR, "", "", "" };
	struct world *w = *state;

	tick(w);
	assert_non_null(casebook_told(w->cases, &rules[ALWAYS], &none));
	assert_int_equal(casebook_firings(w->cases), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, free_world)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(leaf_channels_are_blamed_by_their_share_of_the_window),
		TEST(the_worst_three_of_many_are_kept_in_order),
		TEST(a_hang_names_the_channel_and_the_call_that_have_not_ended),
		TEST(texts_stand_when_the_rule_says_nothing_new),
		TEST(an_inactive_alert_has_no_case),
		TEST(a_firing_is_told_as_it_was_until_and_after_it_ends),
		TEST(only_so_many_firings_are_remembered_and_the_newest_is_first),
		TEST(the_end_of_a_forgotten_firing_ends_no_other),
		TEST(the_watchdog_is_explained_and_no_firing),
	};

	return cmocka_run_group_tests_name("casebook", tests, NULL, NULL);
}
