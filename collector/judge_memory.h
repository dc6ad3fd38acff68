/* SPDX-License-Identifier: MIT */
/* The section of the collector's memory that holds the active alerts, a JSON object a line. Ticks are kept as ages, so
 * that they mean the same in the next life's numbers, where the first tick is 0: what lay between was not evaluated. Pure
 * but for malloc; the poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_JUDGE_MEMORY_H
#define AUDIOWATCH_COLLECTOR_JUDGE_MEMORY_H

#include "collector/judge.h"
#include "collector/memory.h"

/* The context of both. */
struct judge_memory {
	struct judge *judge;
	judge_change_fn *changed; /* told of alerts whose rule is gone (config) */
	void *context;
	unsigned timed; /* saved ones whose timers run: pending and keeping */
	unsigned restored, ended; /* that live on, and whose rule is gone */
};

/* As struct memory_section has them. */
void judge_save(void *context, FILE *out);
bool judge_restore(void *context, const struct memory_gap *gap, const char *line);

#endif
