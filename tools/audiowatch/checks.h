/* SPDX-License-Identifier: MIT */
/* What hurts audio, or audiowatch, on a machine: a table of checks that judge facts. Pure. */
#ifndef AUDIOWATCH_CLI_CHECKS_H
#define AUDIOWATCH_CLI_CHECKS_H

#include <stddef.h>

#include "tools/audiowatch/facts.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_BAD, VERDICT_UNKNOWN, VERDICTS };

enum { FINDING_FOUND = 640, FINDING_CURE = 400 };

struct finding {
	enum verdict verdict;
	char found[FINDING_FOUND];
	char cure[FINDING_CURE]; /* "" with VERDICT_OK and VERDICT_UNKNOWN */
};

struct check {
	const char *name, *looks_at;
	enum verdict (*judge)(const struct facts *facts, struct finding *finding);
	const char *means; /* what it does to audio, or to audiowatch */
	const char *cure; /* unless the judge knows a better one */
	const char *in_container; /* instead of it, in one; NULL = the same */
};

extern const struct check checks[];
extern const size_t check_count;

const char *verdict_name(enum verdict verdict);
void check_judge(const struct check *check, const struct facts *facts, struct finding *finding);

#endif
