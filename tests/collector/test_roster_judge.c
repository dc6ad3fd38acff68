/* SPDX-License-Identifier: MIT */
/* Tests of roster_judge() against real segments: what rules are told of sessions that came and went between two ticks.
 * Time is injected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/roster_fixture.h"

/* A rule about engines that fires at a block, and what became of its alert. */
struct court {
	struct rule rule;
	struct judge *judge;
	uint64_t tick;
	const char *end; /* the reason; "": none yet */
};

static void note_end(void *context, const struct judge_alert *alert,
		     const struct alert_change *change)
{
	struct court *court = context;

	(void)alert;
	if (change->to == ALERT_INACTIVE)
		court->end = alert_reason_names[change->reason];
}

static void court_open(struct court *court)
{
	*court = (struct court){ .rule = { .name = "Any",
					   .enabled = true,
					   .signal = SIGNAL_RENDER_TIME,
					   .statistic = STATISTIC_MAX,
					   .window_s = 60,
					   .above = 1000,
					   .clear_below = 1000 },
				 .end = "" };
	court->judge = judge_new(&(struct judge_options){
		.rules = &court->rule, .rule_count = 1, .changed = note_end, .context = court });
	assert_non_null(court->judge);
}

static void judge_turn(struct fixture *f, struct court *court)
{
	(void)turn(f);
	judge_begin(court->judge, court->tick++, f->at.real_ns);
	roster_judge(f->roster, court->judge, &f->at);
	(void)judge_end(court->judge);
}

enum order { RENDER, CLOSE };

static void run_engine(struct rt_child *parent, void *context)
{
	struct aw_options options = AW_OPTIONS_INIT;
	struct aw_session *session;
	struct aw_engine *engine;

	options.name = "app";
	RT_CHECK(aw_open(&options, &session) == 0);
	RT_CHECK(aw_engine_new(session, context, &engine) == 0);
	rt_tell(parent, 1);
	while (rt_hear(parent) == RENDER) {
		aw_render_record(engine, 256, UINT64_MAX, 1000000, 0);
		rt_tell(parent, 1);
	}
	aw_close(session);
	rt_tell(parent, 1);
}

static struct rt_child start(char *engine)
{
	struct rt_child child = rt_child_start(run_engine, engine);

	rt_hear(&child);
	return child;
}

static void tell(struct rt_child *child, enum order order)
{
	rt_tell(child, order);
	rt_hear(child);
}

static void end(struct rt_child *child, bool closes)
{
	if (!closes) {
		rt_child_kill(child);
		return;
	}
	tell(child, CLOSE);
	assert_int_equal(rt_child_join(child), 0);
}

/* Two successors within a tick, which lack the first one's engine. */
static const char *end_of_the_first(struct fixture *f, bool first_closes, bool second_closes)
{
	struct court court;
	struct rt_child child = start("main");

	court_open(&court);
	judge_turn(f, &court);
	tell(&child, RENDER);
	judge_turn(f, &court);
	assert_int_equal(judge_counts(court.judge).active, 1);
	end(&child, first_closes);
	child = start("other");
	(void)roster_hear(f->roster, &f->at);
	end(&child, second_closes);
	child = start("other");
	judge_turn(f, &court);
	assert_int_equal(ledger_of(f, "0")->life, LEDGER_LIVE);
	assert_null(ledger_of(f, "1"));
	end(&child, true);
	judge_turn(f, &court);
	judge_free(court.judge);
	return court.end;
}

static void an_engine_ends_as_its_own_session_did_and_not_as_a_successor(void **state)
{
	assert_string_equal(end_of_the_first(*state, true, true), "closed");
	assert_string_equal(end_of_the_first(*state, true, false), "closed");
	assert_string_equal(end_of_the_first(*state, false, true), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, free_fixture)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_engine_ends_as_its_own_session_did_and_not_as_a_successor),
	};

	return rt_status(
		cmocka_run_group_tests_name("roster_judge", tests, rt_place_enter, rt_place_leave));
}
