/* SPDX-License-Identifier: MIT */
/* Tests of collector/ledger_judge.c: of whose end the judge is told, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "collector/ledger_judge.h"

#define S UINT64_C(1000000000)

/* Engine main stalls and a call of function scan is stuck: two alerts. A channel is called scan, too. */
struct desk {
	struct rule rules[2];
	struct ledger_book book;
	struct ledger *ledger;
	struct judge *judge;
	uint64_t session; /* which one is live */
	unsigned closed; /* alerts that ended so */
};

static void count_closed(void *context, const struct judge_alert *alert,
			 const struct alert_change *change)
{
	struct desk *desk = context;

	(void)alert;
	desk->closed += change->reason == REASON_CLOSED;
}

static void open_session(struct desk *desk)
{
	static const struct ledger_identity who = { .app = "daw", .id = "0" };

	desk->ledger = ledger_open(&desk->book, &who, 16);
	assert_non_null(desk->ledger);
	desk->session++;
}

static int make_desk(void **state)
{
	static const struct series_key keys[] = { { AW_KIND_ENGINE, 0, "", "main" },
						  { AW_KIND_FUNCTION, 0, "", "scan" },
						  { AW_KIND_CHANNEL, 0, "main", "scan" } };
	struct desk *desk = calloc(1, sizeof *desk);

	*state = desk;
	desk->rules[0] =
		(struct rule){ .name = "Stalled", .enabled = true, .signal = SIGNAL_STALLED };
	desk->rules[1] = (struct rule){ .name = "Stuck",
					.enabled = true,
					.signal = SIGNAL_FFI_IN_FLIGHT,
					.above = S,
					.clear_below = S };
	desk->judge = judge_new(&(struct judge_options){
		.rules = desk->rules, .rule_count = 2, .changed = count_closed, .context = desk });
	assert_non_null(desk->judge);
	open_session(desk);
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
		assert_non_null(ledger_bind(desk->ledger, &keys[i], S));
	return 0;
}

static int free_desk(void **state)
{
	struct desk *desk = *state;

	judge_free(desk->judge);
	ledger_deinit(&desk->book);
	free(desk);
	return 0;
}

static void see(struct desk *desk, enum signal_label kind, const char *name)
{
	const struct judge_fact fact = { .labels = { kind, "daw", "0", name },
					 .session = desk->session,
					 .state = STATE_STALLED,
					 .open = 1,
					 .flight_count = 1,
					 .flights_ns = { 60 * S } };

	judge_see(desk->judge, &fact);
}

/* Rules at so many seconds, a second after the tick before; how many alerts are active behind them. */
static unsigned judge_at(struct desk *desk, uint64_t now_s)
{
	judge_begin(desk->judge, now_s, now_s * S);
	if (desk->ledger->life == LEDGER_LIVE)
		see(desk, LABEL_SESSION, "");
	if (desk->ledger->life == LEDGER_LIVE && desk->session == 1) {
		see(desk, LABEL_ENGINE, "main");
		see(desk, LABEL_FUNCTION, "scan");
	}
	ledger_judge(desk->ledger, desk->judge, (now_s - 1) * S);
	(void)judge_end(desk->judge);
	return judge_counts(desk->judge).active;
}

static void names_of_a_session_that_closed_are_told_over_its_successor(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(judge_at(desk, 5), 2);
	ledger_end(desk->ledger, LEDGER_CLOSED, 5 * S); /* at the very tick */
	open_session(desk);
	assert_int_equal(judge_at(desk, 6), 0);
	assert_int_equal(desk->closed, 2);
}

static void names_of_one_that_died_are_held_over_a_successor_that_closed(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(judge_at(desk, 5), 2);
	ledger_end(desk->ledger, LEDGER_DEAD, 5 * S + 1);
	open_session(desk);
	ledger_end(desk->ledger, LEDGER_CLOSED, 5 * S + 2);
	assert_int_equal(judge_at(desk, 6), 2);
	assert_int_equal(judge_at(desk, 7), 2);
}

static void what_ended_before_the_tick_before_is_told_no_more(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(judge_at(desk, 5), 2);
	ledger_end(desk->ledger, LEDGER_CLOSED, 5 * S - 1);
	open_session(desk);
	assert_int_equal(judge_at(desk, 6), 2);
}

static void a_channel_ends_for_itself(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(judge_at(desk, 5), 2);
	ledger_let_go(desk->ledger, AW_KIND_CHANNEL, 0, 5 * S);
	assert_int_equal(judge_at(desk, 6), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_desk, free_desk)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(names_of_a_session_that_closed_are_told_over_its_successor),
		TEST(names_of_one_that_died_are_held_over_a_successor_that_closed),
		TEST(what_ended_before_the_tick_before_is_told_no_more),
		TEST(a_channel_ends_for_itself),
	};

	return cmocka_run_group_tests_name("ledger_judge", tests, NULL, NULL);
}
