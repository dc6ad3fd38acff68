/* SPDX-License-Identifier: MIT */
/* A roster over a prefix of its own in /dev/shm, whose clocks a test turns. For tests of collector/roster.c; one thread,
 * that of the test. */
#ifndef AUDIOWATCH_TESTS_ROSTER_FIXTURE_H
#define AUDIOWATCH_TESTS_ROSTER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/roster.h"
#include "tests/support/rt_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
	struct roster *roster;
	struct selfwatch self;
	struct instant at;
	uid_t uids[2];
	const char *dirs[1];
	char error[FINDER_ERROR_SIZE];
};

static inline int open_roster(struct fixture *f, struct roster **roster)
{
	const struct finder_options options = {
		.dirs = f->dirs, .dir_count = 1, .prefix = rt_prefix, .uids = f->uids, .uid_count = 2
	};

	return roster_open(roster, &options, &f->self, f->error);
}

static inline int make_fixture(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*f = (struct fixture){ .uids = { geteuid(), 4711 },
			       .dirs = { "/dev/shm" },
			       .at = instant_next(&(struct instant){ 0 }) };
	*state = f;
	return open_roster(f, &f->roster);
}

static inline void name_lock(char name[AW_SEGMENT_NAME_SIZE])
{
	snprintf(name, AW_SEGMENT_NAME_SIZE, "%s-%u-collector", rt_prefix, (unsigned)geteuid());
}

static inline int free_fixture(void **state)
{
	struct fixture *f = *state;
	char lock[AW_SEGMENT_NAME_SIZE];

	roster_close(f->roster);
	free(f);
	name_lock(lock);
	rt_sweep();
	return unlinkat(rt_dirfd, lock, 0); /* a collector leaves it, as it must; a test does not */
}

/* A second later all three clocks have beaten. */
static inline bool turn(struct fixture *f)
{
	bool tell;

	f->at.now_ns += NS_A_SECOND;
	f->at.boot_ns += NS_A_SECOND;
	f->at.real_ns += NS_A_SECOND;
	tell = roster_hear(f->roster, &f->at);
	tell |= roster_beat(f->roster, &f->at);
	tell |= roster_scan(f->roster, &f->at);
	roster_totals(f->roster, &f->at, true);
	return tell;
}

static inline struct ledger *ledger_of(const struct fixture *f, const char *instance_id)
{
	const struct ledger_book *book = roster_book(f->roster);

	for (unsigned i = 0; i < book->count; i++)
		if (strcmp(book->ledgers[i]->instance_id, instance_id) == 0)
			return book->ledgers[i];
	return NULL;
}

#endif
