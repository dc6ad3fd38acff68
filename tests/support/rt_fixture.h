/* SPDX-License-Identifier: MIT */
/* What the tests of the library share: a prefix of their own in /dev/shm, a session with one of everything, views of
 * the segment's words, and children that take turns with their parent over pipes. One thread, that of the test. */
#ifndef AUDIOWATCH_TESTS_SUPPORT_RT_FIXTURE_H
#define AUDIOWATCH_TESTS_SUPPORT_RT_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "rt/session.h"
#include "shm/segment.h"
#include "tests/support/random.h"

/* ---- A place of its own ---- */

extern const char *rt_prefix; /* aw-test-<pid> */
extern int rt_dirfd; /* of /dev/shm */

/* Group set-up and teardown: sets AUDIOWATCH_PREFIX, clears what else steers aw_open(); afterwards nothing of the
 * prefix may be left, which fails the group, and is removed. */
int rt_place_enter(void **state);
int rt_place_leave(void **state);

/* How many names of segments under our prefix stand in /dev/shm; the last one seen in name (may be NULL). */
unsigned rt_segments(char name[AW_SEGMENT_NAME_SIZE]);
/* Unlinks whatever carries our prefix. */
void rt_sweep(void);

/* This test cannot run here: remembers why, for rt_status(). */
#define rt_skip(why) \
	do { \
		rt_skipped = (why); \
		skip(); \
	} while (0)
extern const char *rt_skipped;
/* What main returns for what cmocka returned: 1, or 77 with the reason of a skip as the last line, or 0. */
int rt_status(int failed);

/* ---- A session with one of everything ---- */

struct rt_fixture {
	struct aw_session *session;
	struct aw_engine *engine;
	struct aw_channel *channel;
	struct aw_function *function;
	/* their words in the segment */
	struct aw_segment_header *header;
	struct aw_used *used;
	struct aw_engine_control *control;
	struct aw_engine_totals *totals;
	struct aw_any_thread *any;
	struct aw_channel_totals *channel_totals;
	struct aw_function_totals *function_totals;
};

/* Test set-up and teardown: 4 engines, 8 channels, 4 functions, rings of 64. */
int rt_open(void **state);
int rt_close(void **state);

/* The record of an index in an engine's lane, or in one of the shared lanes. */
struct aw_record rt_engine_record(const struct aw_engine *engine, uint64_t index);
struct aw_record rt_shared_record(const struct aw_session *session, unsigned lane, uint64_t index);
/* The newest of the engine's lane. */
struct aw_record rt_last_record(const struct aw_engine *engine);
/* Heads of the shared lanes, added up. */
uint64_t rt_shared_heads(const struct aw_session *session);
/* The only record in the shared lanes since heads were `before`. */
struct aw_record rt_shared_only(const struct aw_session *session,
				const uint64_t before[AW_SHARED_LANES]);
void rt_shared_mark(const struct aw_session *session, uint64_t heads[AW_SHARED_LANES]);

uint64_t rt_sum(const _Atomic uint64_t *words, size_t count);
/* The cells as plainly as they can be said, from the bounds alone. */
unsigned rt_time_cell(uint64_t ns);
unsigned rt_load_cell(uint64_t ns, uint64_t frames, uint64_t rate_hz);
unsigned rt_wake_cell(uint64_t ns);
unsigned rt_channel_cell(uint64_t ns);

struct aw_entry *rt_entry(const struct aw_session *session, enum aw_kind kind, uint32_t index);

/* ---- Children ---- */

struct rt_child {
	pid_t pid;
	int to, from; /* of whoever holds this struct, child or parent */
};

typedef void rt_child_body(struct rt_child *parent, void *context);

/* Forks; the child runs the body and leaves by _exit(0). */
struct rt_child rt_child_start(rt_child_body *body, void *context);
/* A word to the other side, and the next word from it; a peer that is gone ends a child and fails a parent. */
void rt_tell(const struct rt_child *peer, uint64_t word);
uint64_t rt_hear(const struct rt_child *peer);
/* SIGKILL, and wait until it is gone. */
void rt_child_kill(struct rt_child *child);
/* Waits for its own end; 0 when it left with 0. */
int rt_child_join(struct rt_child *child);

/* In a child cmocka cannot fail: says where and leaves with 1. */
#define RT_CHECK(condition) \
	do { \
		if (!(condition)) { \
			dprintf(2, "%s:%d: in a child: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1); \
		} \
	} while (0)

#endif
