/* SPDX-License-Identifier: MIT */
/* G4: a producer is killed behind every single instruction of a publish, with an empty, a wrapping and a lapped ring.
 * Whoever reads it then finds no torn record, misses one at most, and repairs nothing; the totals are ahead of the
 * records by the one call in progress at most. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "shm/reader.h"
#include "tests/support/rt_fixture.h"

/* A sanitizer's instructions are many, and not what is shipped: some of them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STRIDE = 211, MOST_STEPS = 2000, WHOLE = 0 };
#else
enum { STRIDE = 1, MOST_STEPS = 2000, WHOLE = 1 };
#endif
enum { RING = 64, FRAMES = 64 };

/* ---- what is published, and before that ---- */

struct producer {
	struct aw_session *session;
	struct aw_engine *engine;
	struct aw_channel *channel;
	struct aw_function *function;
};

static void publish_render(const struct producer *p)
{
	aw_render_begin(p->engine, FRAMES);
	aw_render_end(p->engine);
}

static void publish_channel(const struct producer *p)
{
	aw_render_begin(p->engine, FRAMES);
	aw_channel_begin(p->channel);
	aw_channel_end(p->channel);
	aw_render_end(p->engine);
}

static void publish_mode(const struct producer *p)
{
	aw_engine_format(p->engine, 96000, FRAMES);
	publish_render(p);
}

static void publish_xrun(const struct producer *p)
{
	aw_xrun(p->engine, AW_XRUN_HOST, 1000000);
}

static void publish_call(const struct producer *p)
{
	aw_ffi_end(aw_ffi_begin(p->function), true);
}

struct op {
	const char *name;
	void (*publish)(const struct producer *p);
	unsigned ring; /* of the lane it goes to */
	unsigned records; /* that it puts, at most */
};

static const struct op ops[] = {
	{ "render", publish_render, RING, 1 },
	{ "channel", publish_channel, RING, 1 },
	{ "mode", publish_mode, RING, 2 },
	{ "xrun", publish_xrun, AW_SHARED_RECORDS, 1 },
	{ "call", publish_call, AW_SHARED_RECORDS, 1 },
};

/* How many rings were published before, and how many records more or less. */
struct filling {
	const char *name;
	unsigned rings;
	int more;
};

static const struct filling fillings[] = {
	{ "empty", 0, 0 },
	{ "wrapping", 1, 0 }, /* the next record is the first to overwrite one */
	{ "lapped", 3, 7 },
};

struct situation {
	const struct op *op;
	const struct filling *filling;
};

/* ---- the producer ---- */

enum told { TOLD_ID0, TOLD_ID1, TOLD_BLOCKS, TOLD_CALLS, TOLD_XRUNS, TOLD };

static void tell_where_it_stands(struct rt_child *parent, const struct producer *p)
{
	uint64_t id[2];

	memcpy(id, AW_SECTION(p->session, aw_segment_header, AW_HEADER_OFFSET)->id, sizeof id);
	rt_tell(parent, id[0]);
	rt_tell(parent, id[1]);
	rt_tell(parent, rt_sum(p->engine->totals->render, AW_TIME_CELLS));
	rt_tell(parent, rt_sum(p->function->totals->cells, AW_TIME_CELLS));
	rt_tell(parent, own_load(&p->engine->any->xrun_reports[AW_XRUN_HOST]));
}

/* Stops before and behind the publish; in between its parent counts instructions. */
static void publish_between_stops(struct rt_child *parent, void *context)
{
	const struct situation *now = context;
	const unsigned before = now->filling->rings * now->op->ring + (unsigned)now->filling->more;
	const struct aw_options options = { .size = sizeof options, .ring_records = RING };
	const pid_t self = getpid();
	struct producer p;

	RT_CHECK(aw_open(&options, &p.session) == 0 &&
		 aw_engine_new(p.session, "main", &p.engine) == 0 &&
		 aw_channel_new(p.engine, NULL, "bus", &p.channel) == 0 &&
		 aw_function_new(p.session, "load", &p.function) == 0);
	aw_engine_format(p.engine, 48000, FRAMES);
	for (unsigned i = 0; i < before; i++)
		(now->op->publish == publish_mode ? publish_render : now->op->publish)(&p);
	tell_where_it_stands(parent, &p);
	RT_CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	syscall(SYS_kill, self, SIGSTOP);
	now->op->publish(&p);
	syscall(SYS_kill, self, SIGSTOP);
	_exit(0);
}

static bool stopped_by(pid_t pid, int number)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	return WSTOPSIG(status) == number;
}

/* So many instructions behind the first stop, or none more than there are. False: the second stop came first. */
static bool step(pid_t pid, unsigned steps)
{
	assert_true(stopped_by(pid, SIGSTOP));
	for (unsigned i = 0; i < steps; i++) {
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		if (stopped_by(pid, SIGSTOP))
			return false;
	}
	return true;
}

/* ---- the reader ---- */

struct seen {
	uint64_t records[5]; /* by type */
	uint64_t block, begin_ticks;
};

/* One word of an older record in a newer one shows: blocks rise by one, and time does not go back. */
static void see(void *context, unsigned lane, const struct aw_record *record)
{
	struct seen *seen = context;
	const uint64_t type = record->words[0] & 0xff;

	(void)lane;
	assert_true(type >= AW_RENDER && type <= AW_FFI);
	assert_true(record->words[1] >=
		    seen->begin_ticks); /* a MODE has that of the render behind it */
	seen->begin_ticks = record->words[1];
	seen->records[type]++;
	if (type != AW_RENDER)
		return;
	assert_true(!seen->block || record->words[4] == seen->block + 1);
	seen->block = record->words[4];
	assert_int_equal(record->words[5], FRAMES);
	assert_true(record->words[2] < UINT64_C(60000000000));
	assert_true(record->words[7] == 0 || record->words[7] == UINT64_C(64) * 1000000000 / 48000 ||
		    record->words[7] == UINT64_C(64) * 1000000000 / 96000);
}

static void drain(struct aw_reader *reader, struct seen *seen)
{
	assert_int_equal(aw_reader_control(reader), 0);
	assert_int_equal(aw_reader_directory(reader), 0);
	for (unsigned lane = 0; lane < aw_reader_lanes(reader); lane++) {
		seen->begin_ticks = 0;
		assert_int_equal(aw_reader_lane(reader, lane, see, seen), 0);
	}
	assert_int_equal(aw_reader_totals(reader), 0);
}

static void expect_exact_account(const struct aw_reader *reader, const struct situation *now,
				 const struct seen *seen)
{
	const struct aw_account account = aw_reader_account(reader);
	const uint64_t lost = account.lapped + account.unwatched;
	uint64_t delivered = 0;

	for (unsigned type = 0; type < 5; type++)
		delivered += seen->records[type];
	assert_int_equal(delivered, account.delivered);
	assert_int_equal(account.published, delivered + lost + account.contended);
	assert_int_equal(account.invalid + account.contended, 0);
	/* the one that was being overwritten, and what the ring had lost already */
	assert_true(lost <=
		    1 + (account.published > now->op->ring ? account.published - now->op->ring : 0));
}

static void expect_totals_ahead(const struct aw_reader *reader, const uint64_t told[TOLD],
				const struct seen *seen)
{
	const struct aw_function_totals *function = aw_reader_function(reader, 0);
	const uint64_t blocks = rt_sum(aw_reader_engine(reader, 0)->render, AW_TIME_CELLS);
	const uint64_t calls = rt_sum(function->cells, AW_TIME_CELLS);
	const uint64_t xruns = own_load(&aw_reader_any(reader, 0)->xrun_reports[AW_XRUN_HOST]);

	assert_in_range(blocks, told[TOLD_BLOCKS], told[TOLD_BLOCKS] + 1);
	assert_in_range(calls, told[TOLD_CALLS], told[TOLD_CALLS] + 1);
	assert_in_range(xruns, told[TOLD_XRUNS], told[TOLD_XRUNS] + 1);
	assert_in_range(own_load(&function->begun), calls, calls + 1);
	assert_true(seen->records[AW_RENDER] <= blocks);
	assert_true(seen->records[AW_FFI] <= calls);
	assert_true(seen->records[AW_XRUN] <= xruns);
	if (seen->block) /* blocks count from 0, and what was drained is the newest there is */
		assert_in_range(seen->block + 1, blocks - 1, blocks);
}

static struct aw_reader *reader_of(const char *name)
{
	const uid_t uid = geteuid();
	const struct aw_reader_place place = { rt_dirfd, rt_prefix, &uid, 1 };
	struct aw_reader *reader;

	assert_int_equal(aw_reader_open(&place, name, &reader), AW_ATTACHED);
	return reader;
}

/* False: the publish has fewer instructions. */
static bool kill_behind(const struct situation *now, unsigned steps)
{
	struct rt_child child = rt_child_start(publish_between_stops, (void *)(uintptr_t)now);
	char name[AW_SEGMENT_NAME_SIZE];
	struct seen seen = { .block = 0 };
	struct aw_reader *reader;
	uint64_t told[TOLD];
	bool within;

	for (unsigned i = 0; i < TOLD; i++)
		told[i] = rt_hear(&child);
	within = step(child.pid, steps);
	rt_child_kill(&child);
	aw_segment_name(name, rt_prefix, geteuid(), (const uint8_t *)told);
	reader = reader_of(name);
	drain(reader, &seen);
	expect_exact_account(reader, now, &seen);
	expect_totals_ahead(reader, told, &seen);
	assert_int_equal(aw_reader_life(reader), AW_DEAD);
	assert_int_equal(aw_reader_reap(reader, time(NULL)), 0);
	aw_reader_close(reader);
	return within;
}

static void kill_behind_each(const struct situation *now)
{
	unsigned steps = 0;

	while (steps < MOST_STEPS && kill_behind(now, steps))
		steps += STRIDE;
	assert_true(steps < MOST_STEPS || !WHOLE);
	print_message("%s, %s: %u instructions\n", now->op->name, now->filling->name, steps);
	assert_true(steps > 20); /* a publish was among them */
}

static void a_kill_behind_any_instruction_leaves_nothing_to_repair(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		for (size_t k = 0; k < sizeof fillings / sizeof *fillings; k++)
			kill_behind_each(&(struct situation){ &ops[i], &fillings[k] });
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_behind_any_instruction_leaves_nothing_to_repair),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
