/* SPDX-License-Identifier: MIT */
/* The collector's own parts in a trace. The poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_RECORD_SELF_H
#define AUDIOWATCH_COLLECTOR_RECORD_SELF_H

#include "collector/record.h"
#include "collector/selfwatch.h"

/* What lines say so far; all 0: nothing. */
struct record_self {
	struct record_self_part {
		bool known, down;
	} parts[SELFWATCH_COMPONENTS];
};

/* A line for each part that is new, or well or unwell since: of the numbers that rules were judged by. */
void record_self(struct record *record, struct record_self *told,
		 const struct selfwatch_counts *self, uint64_t at_ns);

#endif
