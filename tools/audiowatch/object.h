/* SPDX-License-Identifier: MIT */
/* One object of the shared memory directory, read once and let go: what it is, whose, and what it counted. */
#ifndef AUDIOWATCH_CLI_OBJECT_H
#define AUDIOWATCH_CLI_OBJECT_H

#include "shm/discover.h"
#include "shm/reader.h"

enum object_state {
	OBJECT_LIVE, /* somebody has it mapped */
	OBJECT_CLOSED, /* its session was closed */
	OBJECT_DEAD, /* nobody has it mapped, and nobody closed it */
	OBJECT_UNKNOWN, /* the kernel would not say: another user's */
	OBJECT_NEWBORN, /* not finished, or killed at birth */
	OBJECT_REFUSED,
};

/* What the totals hold; sums over the engines and functions. */
struct object_sums {
	uint64_t blocks, freewheel_blocks, misses, calls, errors, xrun_reports;
};

struct object {
	char name[256];
	const char *dir; /* borrowed */
	bool stated; /* uid and size are known */
	bool attached; /* all below is known */
	bool counted; /* sums and account are believed */
	enum object_state state;
	enum aw_attach outcome;
	uint64_t uid, size;
	char error[200];
	char app[AW_APP_SIZE], version[AW_VERSION_SIZE], instance[AW_INSTANCE_SIZE];
	uint64_t pid, abi_major, abi_minor, opened_ns;
	uint64_t engines, channels, functions; /* in use */
	uint64_t max_engines, max_channels, max_functions, ring_records;
	struct object_sums sums;
	struct aw_account account;
};

/* False when it is gone by now. Reads only: no unlink, no write, no mapping. */
bool object_read(struct object *object, const struct aw_reader_place *place, const char *dir,
		 const char *name);
/* Calls found with every name of the place's prefix. dir: the path of the place's dirfd. 0 or -errno. */
int object_scan(const struct aw_reader_place *place, const char *dir, aw_found_fn *found,
		void *context);
const char *object_state_name(enum object_state state);

#endif
