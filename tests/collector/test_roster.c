/* SPDX-License-Identifier: MIT */
/* Tests of collector/roster.c and finder.c against real segments: sessions that open, close and
 * are killed, successors, what is refused, and the collector's lock. Time is injected; each step
 * of the poll loop is called by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/roster_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t blocks_of(const struct ledger *ledger)
{
	return ((const struct engine_counts *)ledger->series[0]->value)->blocks;
}

static void assert_balanced(const struct ledger *ledger, uint64_t published)
{
	const struct session_counts *counts = &ledger->counts;

	assert_int_equal(counts->published, published);
	assert_int_equal(counts->published, counts->delivered + counts->lost[LOSS_LAPPED] +
						    counts->lost[LOSS_CONTENDED] +
						    counts->lost[LOSS_INVALID] +
						    counts->lost[LOSS_UNWATCHED]);
}

static struct aw_session *open_session(struct aw_engine **engine)
{
	struct aw_options options = AW_OPTIONS_INIT;
	struct aw_session *session;

	options.name = "app";
	assert_int_equal(aw_open(&options, &session), 0);
	assert_int_equal(aw_engine_new(session, "main", engine), 0);
	return session;
}

static void render(struct aw_engine *engine, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		aw_render_record(engine, 256, UINT64_MAX, 1000000, 0);
}

/* ---- life ---- */

static void a_session_is_found_read_and_let_go_of_when_it_closes(void **state)
{
	struct fixture *f = *state;
	struct aw_engine *engine;
	struct aw_session *session = open_session(&engine);

	assert_true(turn(f));
	assert_int_equal(f->self.counts.sources, 1);
	assert_int_equal(f->self.counts.sessions_started, 1);
	render(engine, 5);
	assert_true(turn(f)); /* it lives now */
	assert_int_equal(blocks_of(ledger_of(f, "0")), 5);
	assert_int_equal(ledger_of(f, "0")->life, LEDGER_LIVE);
	render(engine, 2);
	aw_close(session);
	assert_true(turn(f));
	assert_int_equal(f->self.counts.sources, 0);
	assert_int_equal(ledger_of(f, "0")->life, LEDGER_CLOSED);
	assert_int_equal(blocks_of(ledger_of(f, "0")), 7);
	assert_balanced(ledger_of(f, "0"), 7);
	assert_false(turn(f));
}

static void inotify_alone_is_enough_to_know(void **state)
{
	struct fixture *f = *state;
	struct aw_engine *engine;
	struct aw_session *session;

	assert_false(roster_scan(f->roster, &f->at));
	session = open_session(&engine);
	assert_true(roster_hear(f->roster, &f->at));
	assert_int_equal(f->self.counts.sources, 1);
	aw_close(session);
	assert_true(roster_hear(f->roster, &f->at)); /* it let go */
	assert_int_equal(f->self.counts.sources, 0);
	assert_int_equal(ledger_of(f, "0")->life, LEDGER_CLOSED);
}

static void run_session(struct rt_child *parent, void *context)
{
	const uint64_t *blocks = context;
	struct aw_engine *engine;

	(void)open_session(&engine);
	render(engine, (unsigned)*blocks);
	rt_tell(parent, 1);
	rt_hear(parent);
}

static void a_killed_session_is_read_to_the_end_removed_and_succeeded(void **state)
{
	struct fixture *f = *state;
	uint64_t blocks = 10;
	struct rt_child child = rt_child_start(run_session, &blocks);
	struct series *series;

	rt_hear(&child);
	turn(f);
	rt_child_kill(&child);
	assert_true(roster_hear(f->roster, &f->at)); /* at once, by inotify */
	assert_int_equal(rt_segments(NULL), 0);
	assert_int_equal(ledger_of(f, "0")->life, LEDGER_DEAD);
	series = ledger_of(f, "0")->series[0];
	assert_true(series_stated(series, f->at.now_ns));

	blocks = 3;
	child = rt_child_start(run_session, &blocks);
	rt_hear(&child);
	turn(f);
	assert_int_equal(ledger_of(f, "0")->life, LEDGER_LIVE);
	assert_null(ledger_of(f, "1"));
	assert_int_equal(blocks_of(ledger_of(f, "0")), 13);
	assert_balanced(ledger_of(f, "0"), 13);
	rt_child_kill(&child);
	turn(f);
}

static void a_predecessor_that_nobody_saw_die_is_asked_before_its_successor_is_named(void **state)
{
	struct fixture *f = *state;
	uint64_t blocks = 10;
	struct rt_child first = rt_child_start(run_session, &blocks), second;

	rt_hear(&first);
	turn(f);
	rt_child_kill(&first);
	second = rt_child_start(run_session, &blocks);
	rt_hear(&second);
	roster_scan(f->roster, &f->at); /* names alone: what inotify has to say is not heard */
	assert_string_equal(roster_book(f->roster)->ledgers[0]->instance_id, "0");
	assert_int_equal(roster_book(f->roster)->count, 1);
	rt_child_kill(&second);
	turn(f);
}

static void sessions_found_at_the_start_are_numbered_by_age(void **state)
{
	struct fixture *f = *state;
	struct aw_engine *engine;
	struct aw_session *sessions[5];
	char wanted[2];

	roster_close(f->roster);
	for (unsigned i = 0; i < 5; i++)
		sessions[i] = open_session(&engine);
	assert_int_equal(open_roster(f, &f->roster), 0);
	turn(f);
	for (unsigned i = 0; i < 5; i++) {
		const uint64_t age = AW_SECTION(sessions[i], aw_segment_header, 0)->opened_ns;
		unsigned older = 0;

		for (unsigned j = 0; j < 5; j++)
			older += AW_SECTION(sessions[j], aw_segment_header, 0)->opened_ns < age;
		snprintf(wanted, sizeof wanted, "%u", older);
		assert_non_null(ledger_of(f, wanted));
		assert_non_null(strstr(sessions[i]->path, ledger_of(f, wanted)->who.id));
	}
	for (unsigned i = 0; i < 5; i++)
		aw_close(sessions[i]);
	turn(f);
}

static void a_dead_segment_found_at_the_start_is_counted_and_removed(void **state)
{
	struct fixture *f = *state;
	uint64_t blocks = 10;
	struct rt_child child = rt_child_start(run_session, &blocks);

	rt_hear(&child);
	roster_close(f->roster);
	rt_child_kill(&child);
	assert_int_equal(rt_segments(NULL), 1);
	assert_int_equal(open_roster(f, &f->roster), 0);
	turn(f);
	assert_int_equal(rt_segments(NULL), 0);
	assert_int_equal(ledger_of(f, "0")->life, LEDGER_DEAD);
	assert_int_equal(blocks_of(ledger_of(f, "0")), 10);
}

static void a_session_that_was_being_born_is_numbered_before_a_younger_one(void **state)
{
	struct fixture *f = *state;
	struct aw_engine *engine;
	struct aw_session *first = open_session(&engine), *second;
	struct aw_segment_header *header = AW_SECTION(first, aw_segment_header, 0);
	const uint64_t magic = header->magic;

	header->magic = 0;
	assert_false(roster_hear(f->roster, &f->at));
	header->magic = magic;
	render(engine, 5);
	aw_close(first);
	second = open_session(&engine);
	assert_true(roster_hear(f->roster, &f->at));
	render(engine, 2);
	turn(f);
	assert_int_equal(roster_book(f->roster)->count, 1);
	assert_int_equal(blocks_of(ledger_of(f, "0")), 7);
	assert_non_null(strstr(second->path, ledger_of(f, "0")->who.id));
	aw_close(second);
	turn(f);
}

/* ---- names that change between two looks ---- */

static const struct series *series_of(const struct fixture *f, const char *name)
{
	const struct ledger *ledger = ledger_of(f, "0");

	for (unsigned i = 0; i < ledger->series_count; i++)
		if (strcmp(ledger->series[i]->name, name) == 0)
			return ledger->series[i];
	fail_msg("no series %s", name);
	return NULL;
}

static const struct engine_counts *counts_of(const struct fixture *f, const char *engine)
{
	return series_of(f, engine)->value;
}

static struct aw_engine *new_engine(struct aw_session *session, const char *name)
{
	struct aw_engine *engine;

	assert_int_equal(aw_engine_new(session, name, &engine), 0);
	aw_engine_format(engine, 48000, 256);
	return engine;
}

static struct aw_session *open_session_of_two(void)
{
	struct aw_options options = AW_OPTIONS_INIT;
	struct aw_session *session;

	options.name = "app";
	options.max_engines = 2;
	assert_int_equal(aw_open(&options, &session), 0);
	return session;
}

static void engines_that_change_places_keep_their_counts(void **state)
{
	struct fixture *f = *state;
	struct aw_session *session = open_session_of_two();
	struct aw_engine *x, *y, *z;

	x = new_engine(session, "X");
	y = new_engine(session, "Y");
	render(x, 10);
	render(y, 20);
	turn(f);
	aw_engine_free(y);
	aw_engine_free(x);
	z = new_engine(session, "Z");
	y = new_engine(session, "Y");
	render(z, 3);
	render(y, 7);
	turn(f);
	assert_int_equal(counts_of(f, "X")->blocks, 10);
	assert_int_equal(counts_of(f, "Y")->blocks, 27);
	assert_int_equal(counts_of(f, "Z")->blocks, 3);
	assert_int_equal(series_of(f, "Y")->life, LEDGER_LIVE);
	aw_close(session);
	turn(f);
}

static void an_engine_that_came_and_went_between_two_looks_is_counted(void **state)
{
	struct fixture *f = *state;
	struct aw_session *session = open_session_of_two();
	struct aw_engine *engine;
	struct aw_channel *channel;

	turn(f);
	engine = new_engine(session, "brief");
	assert_int_equal(aw_channel_new(engine, NULL, "left", &channel), 0);
	aw_render_begin(engine, 256);
	aw_channel_begin(channel);
	aw_channel_end(channel);
	aw_render_end(engine);
	render(engine, 4);
	aw_engine_free(engine);
	turn(f);
	turn(f);
	assert_int_equal(counts_of(f, "brief")->blocks, 5);
	assert_int_equal(series_of(f, "brief")->life, LEDGER_CLOSED);
	assert_string_equal(series_of(f, "left")->engine, "brief");
	assert_int_equal(series_of(f, "left")->life, LEDGER_CLOSED);
	aw_close(session);
	turn(f);
}

static void xruns_of_an_engines_last_beat_and_of_its_next_life_are_counted(void **state)
{
	struct fixture *f = *state;
	struct aw_session *session = open_session_of_two();
	struct aw_engine *engine;

	engine = new_engine(session, "again");
	aw_render_record(engine, 256, UINT64_MAX, 1000, 1);
	turn(f);
	assert_int_equal(counts_of(f, "again")->episodes, 1);
	aw_engine_free(engine);
	engine = new_engine(session, "again");
	aw_render_record(engine, 256, UINT64_MAX, 1000, 1);
	turn(f);
	assert_int_equal(counts_of(f, "again")->episodes, 2);
	aw_engine_free(engine);
	engine = new_engine(session, "reported");
	turn(f);
	aw_xrun(engine, AW_XRUN_JACK, 0);
	aw_engine_free(engine);
	turn(f);
	turn(f);
	assert_int_equal(counts_of(f, "reported")->reported_cycles, 1);
	assert_int_equal(counts_of(f, "again")->episodes, 2);
	aw_close(session);
	turn(f);
}

/* ---- another user's session ---- */

enum { STRANGER = 4711 };

static void run_shared_session(struct rt_child *parent, void *context)
{
	struct aw_options options = AW_OPTIONS_INIT;
	struct aw_session *session;
	struct aw_engine *engine;

	(void)context;
	options.group = "4711";
	RT_CHECK(aw_open(&options, &session) == 0 && aw_engine_new(session, "main", &engine) == 0);
	render(engine, 5);
	rt_tell(parent, 1);
	rt_hear(parent);
}

/* A collector that is not root: it may read the segment, and the kernel does not tell it who has
 * it mapped. */
static void watch_as_stranger(struct rt_child *parent, void *context)
{
	struct fixture f = { .uids = { STRANGER, 0 },
			     .dirs = { "/dev/shm" },
			     .at = instant_next(&(struct instant){ 0 }) };
	struct ledger *ledger;

	(void)context;
	RT_CHECK(!setgroups(0, NULL) && !setresgid(STRANGER, STRANGER, STRANGER) &&
		 !setresuid(STRANGER, STRANGER, STRANGER));
	RT_CHECK(open_roster(&f, &f.roster) == 0);
	turn(&f);
	ledger = ledger_of(&f, "0");
	RT_CHECK(ledger && blocks_of(ledger) == 5);
	rt_tell(parent, 1);
	rt_hear(parent); /* it was killed */
	for (unsigned i = 0; i < 10; i++)
		turn(&f);
	RT_CHECK(f.self.counts.sources == 1 && ledger->series[0]->engine_now.state == STATE_STALE);
	rt_tell(parent, 1);
	rt_hear(parent); /* and removed by its own collector */
	turn(&f);
	RT_CHECK(f.self.counts.sources == 0 && ledger->life == LEDGER_DEAD && blocks_of(ledger) == 5);
	rt_tell(parent, 1);
	roster_close(f.roster);
}

static void another_users_dead_session_is_stale_and_never_removed(void **state)
{
	struct rt_child producer, stranger;
	char name[AW_SEGMENT_NAME_SIZE];

	(void)state;
	if (geteuid() != 0)
		rt_skip("only root can be two users");
	producer = rt_child_start(run_shared_session, NULL);
	rt_hear(&producer);
	stranger = rt_child_start(watch_as_stranger, NULL);
	rt_hear(&stranger);
	rt_child_kill(&producer);
	rt_tell(&stranger, 1);
	rt_hear(&stranger);
	assert_int_equal(rt_segments(name), 1);
	assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
	rt_tell(&stranger, 1);
	rt_hear(&stranger);
	assert_int_equal(rt_child_join(&stranger), 0);
	snprintf(name, sizeof name, "%s-%d-collector", rt_prefix, STRANGER);
	assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
}

/* ---- objects that are no sessions ---- */

static void make_object(const struct fixture *f, const char *name, mode_t mode, size_t size)
{
	const int fd = openat(rt_dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	(void)f;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void name_object(char name[AW_SEGMENT_NAME_SIZE], uid_t uid, uint8_t number)
{
	const uint8_t id[AW_ID_SIZE] = { [AW_ID_SIZE - 1] = number };

	aw_segment_name(name, rt_prefix, uid, id);
}

static void a_refused_object_is_counted_once_and_again_when_it_is_another(void **state)
{
	struct fixture *f = *state;
	char name[AW_SEGMENT_NAME_SIZE];

	name_object(name, geteuid(), 1);
	make_object(f, name, 0644, 0);
	for (unsigned i = 0; i < 5; i++)
		turn(f);
	assert_int_equal(f->self.counts.refused[AW_REFUSED_MODE], 1);
	assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
	turn(f);
	make_object(f, name, 0600, 100);
	for (unsigned i = 0; i < 5; i++)
		turn(f);
	assert_int_equal(f->self.counts.refused[AW_REFUSED_MODE], 1);
	assert_int_equal(f->self.counts.refused[AW_REFUSED_SIZE], 1);
	assert_int_equal(f->self.counts.sources, 0);
	assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
}

static void a_users_segments_are_read_only_when_asked_for(void **state)
{
	struct fixture *f = *state;
	char name[AW_SEGMENT_NAME_SIZE];

	name_object(name, 815, 1);
	make_object(f, name, 0600, 0);
	turn(f);
	assert_int_equal(f->self.counts.refused[AW_REFUSED_OWNER],
			 0); /* not asked for, not looked at */
	assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
	name_object(name, 4711, 1); /* asked for, but its owner is another */
	make_object(f, name, 0600, 0);
	turn(f);
	assert_int_equal(f->self.counts.refused[AW_REFUSED_OWNER], geteuid() == 4711 ? 0 : 1);
	assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
}

static void what_was_killed_at_birth_is_removed_after_ten_seconds(void **state)
{
	struct fixture *f = *state;
	char name[AW_SEGMENT_NAME_SIZE];
	struct stat st;

	name_object(name, geteuid(), 1);
	make_object(f, name, 0600, 0);
	for (unsigned i = 0; i < 5; i++)
		turn(f);
	assert_int_equal(fstatat(rt_dirfd, name, &st, 0), 0);
	for (unsigned i = 0; i < 10; i++)
		turn(f);
	assert_int_not_equal(fstatat(rt_dirfd, name, &st, 0), 0);
	assert_int_equal(f->self.counts.refused[AW_REFUSED_SIZE], 0);
}

/* The real segment's bytes under its own name, but in another object. */
static void replace_object(const struct aw_session *session)
{
	const int fd = open(session->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, session->segment, session->layout.size), session->layout.size);
	close(fd);
}

static void a_replaced_object_drops_that_source_alone(void **state)
{
	struct fixture *f = *state;
	struct aw_engine *engines[2];
	struct aw_session *first = open_session(&engines[0]), *second = open_session(&engines[1]);

	turn(f);
	assert_int_equal(f->self.counts.sources, 2);
	assert_int_equal(unlink(second->path), 0);
	turn(f);
	assert_int_equal(f->self.counts.sources, 2); /* a name that is gone ends nothing */
	replace_object(second);
	turn(f);
	assert_int_equal(f->self.counts.dropped[2], 1);
	turn(f);
	assert_int_equal(f->self.counts.sources, 1); /* nobody has the copy mapped: it was dead */
	render(engines[0], 3);
	turn(f);
	assert_int_equal(blocks_of(ledger_of(f, "0")), 3);
	aw_close(first);
	aw_close(second);
	turn(f);
}

static void a_truncated_source_is_dropped_once_and_not_tried_again(void **state)
{
	struct fixture *f = *state;
	struct aw_engine *engine;
	struct aw_session *session = open_session(&engine);

	turn(f);
	assert_int_equal(truncate(session->path, AW_PAGE), 0);
	for (unsigned i = 0; i < 5; i++)
		turn(f);
	assert_int_equal(f->self.counts.sources, 0);
	assert_int_equal(f->self.counts.dropped[1], 1);
	assert_int_equal(f->self.counts.sessions_started, 1);
	assert_int_equal(f->self.counts.refused[AW_REFUSED_SIZE], 0);
	assert_int_equal(ledger_of(f, "0")->life, LEDGER_DROPPED);
	assert_int_equal(
		ftruncate(open(session->path, O_RDWR | O_CLOEXEC), (off_t)session->layout.size), 0);
	aw_close(session);
	turn(f);
}

/* ---- the lock ---- */

static void a_second_collector_is_told_who_was_first(void **state)
{
	struct fixture *f = *state;
	struct roster *second;
	char wanted[FINDER_ERROR_SIZE];

	assert_int_equal(open_roster(f, &second), -EWOULDBLOCK);
	assert_null(second);
	snprintf(wanted, sizeof wanted,
		 "\"/dev/shm\" is watched by another audiowatchd already (user %u, prefix "
		 "\"%s\", pid %d): stop it, or "
		 "try another --prefix",
		 (unsigned)geteuid(), rt_prefix, (int)getpid());
	assert_string_equal(f->error, wanted);
	roster_close(f->roster);
	assert_int_equal(open_roster(f, &f->roster), 0);
}

static void a_squatted_lock_is_done_without(void **state)
{
	struct fixture *f = *state;
	char name[AW_SEGMENT_NAME_SIZE];

	if (geteuid() != 0)
		rt_skip("only root can make another user's file");
	roster_close(f->roster);
	name_lock(name);
	assert_int_equal(fchownat(rt_dirfd, name, 4711, (gid_t)-1, 0), 0);
	assert_int_equal(open_roster(f, &f->roster), 0);
	assert_int_equal(fchownat(rt_dirfd, name, 0, (gid_t)-1, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, free_fixture)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_session_is_found_read_and_let_go_of_when_it_closes),
		TEST(inotify_alone_is_enough_to_know),
		TEST(a_killed_session_is_read_to_the_end_removed_and_succeeded),
		TEST(a_predecessor_that_nobody_saw_die_is_asked_before_its_successor_is_named),
		TEST(sessions_found_at_the_start_are_numbered_by_age),
		TEST(a_dead_segment_found_at_the_start_is_counted_and_removed),
		TEST(a_session_that_was_being_born_is_numbered_before_a_younger_one),
		TEST(engines_that_change_places_keep_their_counts),
		TEST(an_engine_that_came_and_went_between_two_looks_is_counted),
		TEST(xruns_of_an_engines_last_beat_and_of_its_next_life_are_counted),
		TEST(another_users_dead_session_is_stale_and_never_removed),
		TEST(a_refused_object_is_counted_once_and_again_when_it_is_another),
		TEST(a_users_segments_are_read_only_when_asked_for),
		TEST(what_was_killed_at_birth_is_removed_after_ten_seconds),
		TEST(a_replaced_object_drops_that_source_alone),
		TEST(a_truncated_source_is_dropped_once_and_not_tried_again),
		TEST(a_second_collector_is_told_who_was_first),
		TEST(a_squatted_lock_is_done_without),
	};

	return rt_status(
		cmocka_run_group_tests_name("roster", tests, rt_place_enter, rt_place_leave));
}
