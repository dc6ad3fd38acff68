/* SPDX-License-Identifier: MIT */
/* G5: published == delivered + lost, and no record is believed that is not the one that was published, at any mix of
 * speeds, laps, stops and kills. AW_RECORDS in the environment is how many (10^9: tests/stress/account.sh). */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "shm/reader.h"
#include "tests/support/rt_fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { RECORDS = 300000 };
#else
enum { RECORDS = 10000000 };
#endif
enum { RING = 64, FRAMES = 64, LONGEST_LIFE = RECORDS / 40, BURST = 400, TYPES = AW_FFI + 1 };

/* ---- the producer: what a record says follows from its number ---- */

struct producer {
	struct aw_session *session;
	struct aw_engine *engine;
	struct aw_function *function;
	uint64_t blocks, xruns, calls;
};

static uint64_t duration_of(uint64_t block)
{
	return block * 7919 % 1000000;
}

static uint64_t delay_of(uint64_t block)
{
	return block * 104729 % 1000000007;
}

static void publish_one(struct producer *p, unsigned dice)
{
	if (dice == 0)
		aw_xrun(p->engine, AW_XRUN_HOST, delay_of(p->xruns++));
	else if (dice == 1)
		aw_ffi_end(aw_ffi_begin(p->function), p->calls++ & 1);
	else {
		aw_render_record(p->engine, FRAMES, delay_of(p->blocks), duration_of(p->blocks), 0);
		p->blocks++;
	}
}

/* Chance, not synchronisation. */
static void pause_at_random(struct random *random)
{
	const uint64_t r = random_next(random);
	const struct timespec nap = { 0, (long)(r % 50000) };

	if ((r >> 32) % 8 == 0)
		nanosleep(&nap, NULL);
}

struct life {
	uint64_t seed, records;
};

static void publish_a_life(struct rt_child *parent, void *context)
{
	const struct life *life = context;
	const struct aw_options options = { .size = sizeof options, .ring_records = RING };
	struct random random = { life->seed };
	struct producer p = { .blocks = 0 };
	uint64_t id[2], left = life->records;

	RT_CHECK(aw_open(&options, &p.session) == 0 &&
		 aw_engine_new(p.session, "main", &p.engine) == 0 &&
		 aw_function_new(p.session, "load", &p.function) == 0);
	memcpy(id, AW_SECTION(p.session, aw_segment_header, AW_HEADER_OFFSET)->id, sizeof id);
	rt_tell(parent, id[0]);
	rt_tell(parent, id[1]);
	rt_hear(parent); /* a short life would be over before anybody looked */
	while (left) {
		uint64_t burst = 1 + random_next(&random) % BURST;

		for (left -= burst = burst < left ? burst : left; burst; burst--)
			publish_one(&p, (unsigned)(random_next(&random) >> 40) % 16);
		pause_at_random(&random);
	}
	aw_close(p.session);
}

/* ---- the reader ---- */

struct seen {
	uint64_t records[TYPES];
	uint64_t next_block; /* at least */
};

static void see(void *context, unsigned lane, const struct aw_record *record)
{
	const uint64_t *w = record->words;
	struct seen *seen = context;
	const unsigned type = (unsigned)(w[0] & 0xff);

	(void)lane;
	assert_in_range(type, AW_RENDER, AW_FFI);
	seen->records[type]++;
	if (type == AW_XRUN)
		assert_true(w[3] == AW_XRUN_HOST && w[2] < UINT64_C(1000000007));
	if (type != AW_RENDER)
		return;
	assert_true(w[4] >= seen->next_block);
	assert_int_equal(w[2], duration_of(w[4]));
	assert_int_equal(w[3], delay_of(w[4]));
	assert_int_equal(w[5], FRAMES);
	seen->next_block = w[4] + 1;
}

static void poll_once(struct aw_reader *reader, struct seen *seen)
{
	struct aw_account account;
	uint64_t delivered = 0;

	if (aw_reader_control(reader) || aw_reader_directory(reader))
		return; /* caught in a change; the next poll sees it */
	for (unsigned lane = 0; lane < aw_reader_lanes(reader); lane++)
		assert_int_equal(aw_reader_lane(reader, lane, see, seen), 0);
	account = aw_reader_account(reader);
	for (unsigned type = 0; type < TYPES; type++)
		delivered += seen->records[type];
	assert_int_equal(account.delivered, delivered);
	assert_int_equal(account.invalid, 0);
	assert_int_equal(account.published, account.delivered + account.lapped + account.contended +
						    account.unwatched);
}

static struct aw_reader *reader_of(const struct rt_child *child)
{
	const uint64_t id[2] = { rt_hear(child), rt_hear(child) };
	const uid_t uid = geteuid();
	const struct aw_reader_place place = { rt_dirfd, rt_prefix, &uid, 1 };
	char name[AW_SEGMENT_NAME_SIZE];
	struct aw_reader *reader;

	aw_segment_name(name, rt_prefix, geteuid(), (const uint8_t *)id);
	assert_int_equal(aw_reader_open(&place, name, &reader), AW_ATTACHED);
	return reader;
}

/* The totals of a producer that is gone, against all that it can have published. */
static void settle(struct aw_reader *reader, const struct seen *seen)
{
	const struct aw_function_totals *function;
	const uint64_t published = aw_reader_account(reader).published;
	uint64_t blocks, calls, xruns;

	assert_int_equal(aw_reader_totals(reader), 0);
	function = aw_reader_function(reader, 0);
	blocks = rt_sum(aw_reader_engine(reader, 0)->render, AW_TIME_CELLS);
	calls = rt_sum(function->cells, AW_TIME_CELLS);
	xruns = own_load(&aw_reader_any(reader, 0)->xrun_reports[AW_XRUN_HOST]);
	assert_in_range(blocks + calls + xruns - published, 0, aw_reader_closed(reader) ? 0 : 1);
	assert_in_range(own_load(&function->begun) - calls, 0, aw_reader_closed(reader) ? 0 : 1);
	assert_true(seen->records[AW_RENDER] <= blocks && seen->next_block <= blocks);
}

/* False once it has ended by itself. */
static bool disturb(struct rt_child *child, struct random *random)
{
	const uint64_t r = random_next(random);

	if (r % 64 == 0)
		kill(child->pid, SIGSTOP);
	else if (r % 8 == 1)
		kill(child->pid, SIGCONT);
	pause_at_random(random);
	return waitpid(child->pid, NULL, WNOHANG) == 0;
}

struct tally {
	unsigned killed, closed;
	uint64_t published, delivered, lapped;
};

static void add_up(struct tally *tally, const struct aw_reader *reader)
{
	const struct aw_account account = aw_reader_account(reader);

	tally->published += account.published;
	tally->delivered += account.delivered;
	tally->lapped += account.lapped;
	if (aw_reader_closed(reader))
		tally->closed++;
	else
		tally->killed++;
}

static void watch_a_life(struct random *random, struct tally *tally)
{
	struct life life = { random_next(random), 1 + random_below(random, LONGEST_LIFE) };
	struct rt_child child = rt_child_start(publish_a_life, &life);
	/* every other life is cut short */
	const uint64_t polls = random_below(random, 2) ? random_below(random, 60) : UINT64_MAX;
	struct aw_reader *reader = reader_of(&child);
	struct seen seen = { .next_block = 0 };
	bool runs = true;

	rt_tell(&child, 0);
	for (uint64_t i = 0; runs && i < polls; i++) {
		poll_once(reader, &seen);
		runs = disturb(&child, random);
	}
	if (runs)
		rt_child_kill(&child);
	else
		close(child.to), close(child.from);
	poll_once(reader, &seen);
	settle(reader, &seen);
	add_up(tally, reader);
	assert_int_equal(aw_reader_life(reader), AW_DEAD);
	assert_int_equal(aw_reader_reap(reader, time(NULL)), 0);
	aw_reader_close(reader);
}

static void every_record_is_delivered_or_counted_as_lost(void **state)
{
	const char *wanted = getenv("AW_RECORDS");
	const uint64_t records = wanted ? strtoull(wanted, NULL, 10) : RECORDS;
	struct random random = random_seeded("accounts");
	struct tally tally = { .killed = 0 };

	(void)state;
	for (unsigned lives = 1; tally.published < records; lives++) {
		watch_a_life(&random, &tally);
		if (wanted && lives % 200 == 0)
			print_message("%.0f million records\n", (double)tally.published / 1e6);
	}
	print_message("%u lives ended, %u were killed; of %.0f records %.0f were delivered, %.0f "
		      "lapped\n",
		      tally.closed, tally.killed, (double)tally.published, (double)tally.delivered,
		      (double)tally.lapped);
	assert_true(tally.killed && tally.closed && tally.delivered && tally.lapped);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_is_delivered_or_counted_as_lost),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
