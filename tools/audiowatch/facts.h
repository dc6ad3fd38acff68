/* SPDX-License-Identifier: MIT */
/* What a doctor looks at: the machine, and what audiowatch has on it. Gathered once; nothing is changed. */
#ifndef AUDIOWATCH_CLI_FACTS_H
#define AUDIOWATCH_CLI_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/audiowatch/client.h"
#include "tools/machine/logind.h"
#include "tools/machine/machine.h"

enum facts_collector {
	COLLECTOR_UNKNOWN, /* there is no place where its lock could be */
	COLLECTOR_NONE,
	COLLECTOR_REACHED,
	COLLECTOR_ELSEWHERE, /* it holds the lock, and nobody listens below the state directory */
	COLLECTOR_SQUATTED, /* the lock's name belongs to somebody else */
};

enum { FACTS_LINE = 400 };

struct facts {
	struct machine machine;
	struct logind logind;
	uint32_t uid;

	char prefix[FACTS_LINE], dir[FACTS_LINE], disable[32]; /* as the environment says */
	bool prefix_valid;
	int dir_error; /* of the directory for segments: 0 or -errno */
	bool dir_writable;

	enum facts_collector collector;
	char state_dir[CLIENT_PATH_SIZE]; /* where its socket is looked for */
	enum machine_answer config_valid; /* as audiowatchd says */
	char config_complaint[FACTS_LINE];

	int scan_error; /* 0, or -errno: the counts are unknown */
	unsigned live, dead, refused;
	uint64_t dead_bytes;
};

/* root: see machine_read(). */
void facts_read(struct facts *facts, const char *root, const struct client *client);

#endif
