/* SPDX-License-Identifier: MIT */
/* The sections of the collector's memory that hold the last firings and what was told of the active alerts, a JSON object a
 * line. Pure but for malloc; main at start, then the poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_CASEBOOK_MEMORY_H
#define AUDIOWATCH_COLLECTOR_CASEBOOK_MEMORY_H

#include "collector/casebook.h"
#include "collector/memory.h"

/* The context of all. A firing whose rule is gone, or about another signal now, has one made of what its line says. */
struct casebook_memory {
	struct casebook *cases;
	const struct rule *rules; /* the configuration's */
	unsigned rule_count;
	struct rule *gone[FIRINGS_MAX]; /* outlives every picture */
	unsigned gone_count;
};

void casebook_memory_free(struct casebook_memory *memory);

/* As struct memory_section has them. */
void casebook_save_told(void *context, FILE *out);
bool casebook_restore_told(void *context, const struct memory_gap *gap, const char *line);
void casebook_save_firings(void *context, FILE *out);
bool casebook_restore_firing(void *context, const struct memory_gap *gap, const char *line);

#endif
