/* SPDX-License-Identifier: MIT */
/* Tests of collector/ledger.c: labels, succession, renaming, what is shown how long, and
 * counters that never fall. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S UINT64_C(1000000000)
#define NOW (1000 * S)
#define HOUR (3600 * S)

enum { LIMIT = 16 };

static int make_book(void **state)
{
	*state = calloc(1, sizeof(struct ledger_book));
	return !*state;
}

static int free_book(void **state)
{
	ledger_deinit(*state);
	free(*state);
	return 0;
}

/* An id whose digits tell which session it is: pid 0, then 8 times its number, then zeros. */
static struct ledger *open_as(struct ledger_book *book, uid_t uid, const char *app,
			      const char *instance, unsigned number)
{
	struct ledger_identity who = { .uid = uid, .pid = number };

	snprintf(who.app, sizeof who.app, "%s", app);
	snprintf(who.instance, sizeof who.instance, "%s", instance);
	snprintf(who.id, sizeof who.id, "00000000%08x%016x", number * 0x11111111u, 0);
	return ledger_open(book, &who, LIMIT);
}

static struct series *bind_at(struct ledger *ledger, enum aw_kind kind, const char *name,
			      uint64_t now_ns)
{
	const char *engine = kind == AW_KIND_CHANNEL ? "engine" : "";

	return ledger_bind(ledger, &(struct series_key){ kind, 0, engine, name }, now_ns);
}

static struct series *bind(struct ledger *ledger, enum aw_kind kind, uint32_t slot, const char *name)
{
	const char *engine = kind == AW_KIND_CHANNEL ? "engine" : "";

	return ledger_bind(ledger, &(struct series_key){ kind, slot, engine, name }, NOW);
}

static void feed_blocks(struct ledger *ledger, struct series *series, uint64_t blocks)
{
	const struct engine_counts counts = { .blocks = blocks, .render = { [3] = blocks } };

	ledger_feed(ledger, series, &counts);
}

static uint64_t blocks_of(const struct series *series)
{
	return ((const struct engine_counts *)series->value)->blocks;
}

/* ---- labels ---- */

static void sessions_of_an_app_get_the_lowest_free_number(void **state)
{
	struct ledger *a = open_as(*state, 1, "app", "", 1), *b = open_as(*state, 1, "app", "", 2);

	assert_string_equal(a->instance_id, "0");
	assert_string_equal(b->instance_id, "1");
	assert_string_equal(open_as(*state, 1, "other", "", 3)->instance_id, "0");
	ledger_end(a, LEDGER_CLOSED, NOW);
	assert_string_equal(open_as(*state, 1, "app", "", 4)->instance_id, "0");
	assert_string_equal(open_as(*state, 1, "app", "", 5)->instance_id, "2");
}

static void a_session_may_name_its_instance(void **state)
{
	assert_string_equal(open_as(*state, 1, "app", "left", 1)->instance_id, "left");
	assert_string_equal(open_as(*state, 1, "app", "0", 2)->instance_id, "0");
	assert_string_equal(open_as(*state, 1, "app", "", 3)->instance_id,
			    "1"); /* 0 is held by name */
}

static void a_live_duplicate_gets_digits_of_its_id(void **state)
{
	struct ledger *first = open_as(*state, 1, "app", "left", 1);

	assert_string_equal(open_as(*state, 1, "app", "left", 0xA)->instance_id, "left~aaaa");
	assert_string_equal(open_as(*state, 1, "app", "left", 0xA)->instance_id,
			    "left~aaa0"); /* the same digits again */
	ledger_end(first, LEDGER_DEAD, NOW);
	assert_ptr_equal(open_as(*state, 1, "app", "left", 3), first);
}

static void another_users_session_takes_nothing_over(void **state)
{
	struct ledger *mine = open_as(*state, 1, "app", "", 1);

	assert_string_equal(open_as(*state, 2, "app", "", 2)->instance_id, "0~2222");
	assert_string_equal(open_as(*state, 2, "app", "", 3)->instance_id,
			    "1"); /* its user's second */
	ledger_end(mine, LEDGER_CLOSED, NOW);
	assert_string_equal(open_as(*state, 3, "app", "", 4)->instance_id, "0~4444");
}

/* ---- succession ---- */

static void a_successor_goes_on_from_its_predecessors_values(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *series = bind(ledger, AW_KIND_ENGINE, 0, "main");

	feed_blocks(ledger, series, 100);
	feed_blocks(ledger, series, 150);
	ledger_end(ledger, LEDGER_DEAD, NOW);
	assert_ptr_equal(open_as(*state, 1, "app", "", 2), ledger);
	assert_int_equal(ledger->who.pid, 2);
	assert_ptr_equal(bind(ledger, AW_KIND_ENGINE, 0, "main"), series);
	assert_int_equal(blocks_of(series), 150);
	feed_blocks(ledger, series, 7);
	assert_int_equal(blocks_of(series), 157);
	feed_blocks(ledger, series, 200);
	assert_int_equal(blocks_of(series), 350);
	assert_int_equal(((const struct engine_counts *)series->value)->render[3], 350);
	ledger_end(ledger, LEDGER_DEAD, NOW);
	open_as(*state, 1, "app", "", 3);
	bind(ledger, AW_KIND_ENGINE, 0, "main");
	feed_blocks(ledger, series, 1000); /* more at once than its predecessor ever had */
	assert_int_equal(blocks_of(series), 1350);
}

static void the_accounting_is_carried_and_stays_balanced(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);

	ledger_account(ledger, &(struct session_counts){ 100, 90, { 6, 3, 1, 0 } });
	ledger_account(ledger, &(struct session_counts){ 110, 100, { 6, 3, 1, 0 } });
	ledger_end(ledger, LEDGER_CLOSED, NOW);
	ledger = open_as(*state, 1, "app", "", 2);
	ledger_account(ledger, &(struct session_counts){ 500, 498, { 0, 0, 0, 2 } });
	assert_int_equal(ledger->counts.published, 610);
	assert_int_equal(ledger->counts.delivered, 598);
	assert_int_equal(ledger->counts.lost[LOSS_LAPPED], 6);
	assert_int_equal(ledger->counts.lost[LOSS_UNWATCHED], 2);
}

static void what_the_successor_does_not_have_is_no_longer_dead_and_not_back(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *kept = bind(ledger, AW_KIND_ENGINE, 0, "kept"),
		      *left = bind(ledger, AW_KIND_ENGINE, 1, "left");

	ledger_end(ledger, LEDGER_DEAD, NOW);
	open_as(*state, 1, "app", "", 2);
	bind(ledger, AW_KIND_ENGINE, 0, "kept");
	assert_true(series_stated(kept, NOW));
	assert_false(series_stated(left, NOW));
	assert_true(series_counted(left, NOW));
}

/* ---- names and slots ---- */

static void a_renamed_slot_leaves_its_counts_with_the_old_name(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *a = bind(ledger, AW_KIND_ENGINE, 0, "a"), *b;

	feed_blocks(ledger, a, 10);
	b = bind(ledger, AW_KIND_ENGINE, 0, "b");
	feed_blocks(ledger, b, 3);
	assert_int_equal(a->life, LEDGER_CLOSED);
	assert_int_equal(blocks_of(a), 10);
	assert_int_equal(blocks_of(b), 3);
	assert_ptr_equal(bind(ledger, AW_KIND_ENGINE, 0, "a"), a);
	feed_blocks(ledger, a, 4); /* the slot began again at 0 */
	assert_int_equal(blocks_of(a), 14);
	assert_int_equal(b->life, LEDGER_CLOSED);
}

static void a_name_that_returns_to_its_slot_counts_nothing_twice(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *a = bind(ledger, AW_KIND_ENGINE, 0, "a");

	feed_blocks(ledger, a, 10);
	ledger_unbind(ledger, AW_KIND_ENGINE, 0, NOW);
	assert_int_equal(a->life, LEDGER_CLOSED);
	assert_ptr_equal(bind(ledger, AW_KIND_ENGINE, 0, "a"), a);
	assert_int_equal(a->life, LEDGER_LIVE);
	feed_blocks(ledger, a, 12); /* the segment's totals went on */
	assert_int_equal(blocks_of(a), 12);
}

static void a_name_that_moves_to_another_slot_adds_its_counts(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *a = bind(ledger, AW_KIND_ENGINE, 0, "a");

	feed_blocks(ledger, a, 10);
	ledger_unbind(ledger, AW_KIND_ENGINE, 0, NOW);
	assert_ptr_equal(bind(ledger, AW_KIND_ENGINE, 1, "a"), a);
	feed_blocks(ledger, a, 10);
	assert_int_equal(blocks_of(a), 20);
}

static void of_two_live_slots_with_one_name_the_first_has_it(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *a = bind(ledger, AW_KIND_ENGINE, 0, "a");

	assert_null(bind(ledger, AW_KIND_ENGINE, 1, "a"));
	assert_int_equal(a->slot, 0);
	assert_ptr_equal(bind(ledger, AW_KIND_ENGINE, 0, "a"), a);
}

static void channels_of_two_engines_may_share_a_name(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *a =
		ledger_bind(ledger, &(struct series_key){ AW_KIND_CHANNEL, 0, "e1", "left" }, NOW);
	struct series *b =
		ledger_bind(ledger, &(struct series_key){ AW_KIND_CHANNEL, 1, "e2", "left" }, NOW);

	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	assert_ptr_not_equal(bind(ledger, AW_KIND_FUNCTION, 0, "left"), a);
}

static void a_value_never_goes_down_whatever_the_segment_says(void **state)
{
	static const uint64_t told[] = { 5, 9, 2, 2, 0, 1, UINT64_MAX, 3 };
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *series = bind(ledger, AW_KIND_ENGINE, 0, "a");
	uint64_t before = 0;

	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		feed_blocks(ledger, series, told[i]);
		assert_true(blocks_of(series) >= before);
		before = blocks_of(series);
	}
	assert_int_equal(before, UINT64_MAX);
}

static void misuse_outlasts_the_series_it_came_from(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *engine = bind(ledger, AW_KIND_ENGINE, 0, "engine"),
		      *channel = bind(ledger, AW_KIND_CHANNEL, 0, "c");

	ledger_feed(
		ledger, engine,
		&(struct engine_counts){ .misuse_begin = 2, .misuse_end = 3, .clock_backwards = 4 });
	ledger_feed(ledger, channel, &(struct channel_counts){ .misuse = 5 });
	for (unsigned i = 0; i < 3 * LIMIT; i++) {
		char name[16];

		snprintf(name, sizeof name, "c%u", i);
		assert_non_null(bind_at(ledger, AW_KIND_CHANNEL, name, NOW + i * HOUR));
		ledger_unbind(ledger, AW_KIND_CHANNEL, 0, NOW + i * HOUR);
	}
	assert_int_equal(ledger->misuse[MISUSE_RENDER_BEGIN], 2);
	assert_int_equal(ledger->misuse[MISUSE_RENDER_END], 3);
	assert_int_equal(ledger->misuse[MISUSE_CHANNEL], 5);
	assert_int_equal(ledger->clock_backwards, 4);
}

/* ---- bounds ---- */

static void series_are_bounded_at_any_number_of_names(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *live = bind(ledger, AW_KIND_ENGINE, 7, "live");

	for (unsigned i = 0; i < 10 * LIMIT; i++) {
		char name[16];

		snprintf(name, sizeof name, "name%u", i);
		assert_non_null(bind_at(ledger, AW_KIND_ENGINE, name, NOW + i * HOUR));
	}
	ledger_let_go(ledger, AW_KIND_ENGINE, 0, NOW);
	assert_int_equal(ledger->series_count, LIMIT);
	assert_ptr_equal(bind(ledger, AW_KIND_ENGINE, 7, "live"), live);
	for (unsigned i = 8; i < 8 + LIMIT; i++) { /* and all of them live */
		char name[16];

		snprintf(name, sizeof name, "live%u", i);
		(void)ledger_bind(ledger, &(struct series_key){ AW_KIND_ENGINE, i, "", name },
				  NOW + 1000 * HOUR);
	}
	assert_int_equal(ledger->series_count, LIMIT);
	assert_null(bind(ledger, AW_KIND_ENGINE, 100, "one too many"));
}

static void what_is_shown_makes_no_room_for_another_name(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *first = bind(ledger, AW_KIND_ENGINE, 0, "first");

	feed_blocks(ledger, first, 10);
	for (unsigned i = 1; i < LIMIT; i++) {
		char name[16];

		snprintf(name, sizeof name, "name%u", i);
		assert_non_null(bind_at(ledger, AW_KIND_ENGINE, name, NOW + i));
	}
	assert_null(bind_at(ledger, AW_KIND_ENGINE, "one too many", NOW + 300 * S));
	assert_ptr_equal(bind_at(ledger, AW_KIND_ENGINE, "first", NOW + 300 * S), first);
	assert_int_equal(blocks_of(first), 10);
	/* the next two ended 2 ns and 3 ns after NOW */
	assert_non_null(bind_at(ledger, AW_KIND_ENGINE, "now there is", NOW + 300 * S + 2));
	assert_non_null(bind_at(ledger, AW_KIND_ENGINE, "first", NOW + 300 * S + 2));
	assert_null(bind_at(ledger, AW_KIND_ENGINE, "and now not", NOW + 300 * S + 2));
	assert_int_equal(ledger->series_count, LIMIT);
}

static void a_forgotten_death_is_stated_no_more_and_its_counts_go_on(void **state)
{
	struct ledger_book *book = *state;
	struct ledger *ledger = open_as(book, 1, "app", "", 1);
	struct series *series = bind(ledger, AW_KIND_ENGINE, 0, "e");

	feed_blocks(ledger, series, 10);
	assert_false(ledger_forget(book, "app", "0"));
	assert_true(series_stated(series, NOW));
	ledger_end(ledger, LEDGER_DEAD, NOW);
	assert_true(ledger_forget(book, "ap", "0")); /* nothing to do */
	assert_true(series_stated(series, NOW + HOUR));
	assert_true(ledger_forget(book, "app", "0"));
	assert_int_equal(ledger->life, LEDGER_DROPPED);
	assert_false(series_stated(series, NOW));
	assert_true(series_counted(series, NOW + 299 * S));
	assert_ptr_equal(open_as(book, 1, "app", "", 2), ledger);
	assert_ptr_equal(bind(ledger, AW_KIND_ENGINE, 3, "e"), series);
	feed_blocks(ledger, series, 5);
	assert_int_equal(blocks_of(series), 15);
	assert_true(series_stated(series, NOW));
}

static void a_full_book_forgets_what_ended_first_and_nothing_live(void **state)
{
	struct ledger_book *book = *state;
	struct ledger *ended_first = NULL, *live = open_as(book, 1, "live", "", 1);

	for (unsigned i = 0; i < LEDGERS_MAX - 1; i++) {
		char app[16];
		struct ledger *ledger;

		snprintf(app, sizeof app, "app%u", i);
		ledger = open_as(book, 1, app, "", 1);
		ledger_end(ledger, LEDGER_DEAD, i == 500 ? NOW - S : NOW);
		ended_first = i == 500 ? ledger : ended_first;
	}
	assert_non_null(open_as(book, 1, "new", "", 1));
	assert_int_equal(book->count, LEDGERS_MAX);
	for (unsigned i = 0; i < book->count; i++)
		assert_string_not_equal(book->ledgers[i]->who.app, "app500");
	assert_non_null(ended_first);
	assert_int_equal(live->life, LEDGER_LIVE);
}

static void a_book_full_of_live_sessions_takes_no_more(void **state)
{
	for (unsigned i = 0; i < LEDGERS_MAX; i++) {
		char app[16];

		snprintf(app, sizeof app, "app%u", i);
		assert_non_null(open_as(*state, 1, app, "", 1));
	}
	assert_null(open_as(*state, 1, "new", "", 1));
}

/* ---- how long things are shown ---- */

static void counters_of_what_ended_are_shown_for_five_minutes(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *series = bind(ledger, AW_KIND_ENGINE, 0, "a");

	assert_true(series_counted(series, NOW + 100 * HOUR));
	assert_true(ledger_counted(ledger, NOW + 100 * HOUR));
	ledger_end(ledger, LEDGER_CLOSED, NOW);
	assert_true(series_counted(series, NOW + 300 * S - 1));
	assert_true(ledger_counted(ledger, NOW + 300 * S - 1));
	assert_false(series_counted(series, NOW + 300 * S));
	assert_false(ledger_counted(ledger, NOW + 300 * S));
}

static void a_closed_state_is_told_for_five_minutes_and_a_dead_one_for_a_day(void **state)
{
	struct ledger *closed = open_as(*state, 1, "closed", "", 1),
		      *dead = open_as(*state, 1, "dead", "", 2);
	struct ledger *dropped = open_as(*state, 1, "dropped", "", 3);
	struct series *c = bind(closed, AW_KIND_ENGINE, 0, "e"),
		      *d = bind(dead, AW_KIND_ENGINE, 0, "e");
	struct series *x = bind(dropped, AW_KIND_ENGINE, 0, "e");

	ledger_end(closed, LEDGER_CLOSED, NOW);
	ledger_end(dead, LEDGER_DEAD, NOW);
	ledger_end(dropped, LEDGER_DROPPED, NOW);
	assert_true(series_stated(c, NOW + 300 * S - 1));
	assert_false(series_stated(c, NOW + 300 * S));
	assert_true(series_stated(d, NOW + 24 * HOUR - 1));
	assert_false(series_stated(d, NOW + 24 * HOUR));
	assert_false(series_stated(x, NOW));
}

static void an_engine_freed_before_its_session_died_was_closed(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *freed = bind(ledger, AW_KIND_ENGINE, 0, "freed");

	ledger_unbind(ledger, AW_KIND_ENGINE, 0, NOW);
	ledger_end(ledger, LEDGER_DEAD, NOW + S);
	assert_int_equal(freed->life, LEDGER_CLOSED);
	assert_int_equal(freed->ended_ns, NOW);
}

static void ledgers_are_kept_a_day_for_a_successor(void **state)
{
	struct ledger_book *book = *state;
	struct ledger *ledger = open_as(book, 1, "app", "", 1);

	ledger_expire(book, NOW + 100 * HOUR);
	assert_int_equal(book->count, 1);
	feed_blocks(ledger, bind(ledger, AW_KIND_ENGINE, 0, "a"), 10);
	ledger_end(ledger, LEDGER_CLOSED, NOW);
	ledger_expire(book, NOW + 24 * HOUR - 1);
	ledger = open_as(book, 1, "app", "", 2);
	assert_int_equal(blocks_of(bind(ledger, AW_KIND_ENGINE, 0, "a")), 10);
	ledger_end(ledger, LEDGER_CLOSED, NOW);
	ledger_expire(book, NOW + 24 * HOUR);
	assert_int_equal(book->count, 0);
}

static void a_title_may_change(void **state)
{
	struct ledger *ledger = open_as(*state, 1, "app", "", 1);
	struct series *series = bind(ledger, AW_KIND_ENGINE, 0, "a");

	assert_true(series_title(series, "one"));
	assert_true(series_title(series, "one"));
	assert_string_equal(series->title, "one");
	assert_true(series_title(series, ""));
	assert_string_equal(series->title, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_book, free_book)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(sessions_of_an_app_get_the_lowest_free_number),
		TEST(a_session_may_name_its_instance),
		TEST(a_live_duplicate_gets_digits_of_its_id),
		TEST(another_users_session_takes_nothing_over),
		TEST(a_successor_goes_on_from_its_predecessors_values),
		TEST(the_accounting_is_carried_and_stays_balanced),
		TEST(what_the_successor_does_not_have_is_no_longer_dead_and_not_back),
		TEST(a_renamed_slot_leaves_its_counts_with_the_old_name),
		TEST(a_name_that_returns_to_its_slot_counts_nothing_twice),
		TEST(a_name_that_moves_to_another_slot_adds_its_counts),
		TEST(of_two_live_slots_with_one_name_the_first_has_it),
		TEST(channels_of_two_engines_may_share_a_name),
		TEST(a_value_never_goes_down_whatever_the_segment_says),
		TEST(misuse_outlasts_the_series_it_came_from),
		TEST(series_are_bounded_at_any_number_of_names),
		TEST(what_is_shown_makes_no_room_for_another_name),
		TEST(a_forgotten_death_is_stated_no_more_and_its_counts_go_on),
		TEST(a_full_book_forgets_what_ended_first_and_nothing_live),
		TEST(a_book_full_of_live_sessions_takes_no_more),
		TEST(counters_of_what_ended_are_shown_for_five_minutes),
		TEST(a_closed_state_is_told_for_five_minutes_and_a_dead_one_for_a_day),
		TEST(an_engine_freed_before_its_session_died_was_closed),
		TEST(ledgers_are_kept_a_day_for_a_successor),
		TEST(a_title_may_change),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
