/* SPDX-License-Identifier: MIT */
/* Calls into cycles, and a cycle's time against its budget: as the library counts them (rt/publish.c), from times in
 * nanoseconds, and of many calls alike at once. Pure; one an engine. */
#ifndef AUDIOWATCH_COLLECTOR_BUDGET_H
#define AUDIOWATCH_COLLECTOR_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/hist.h"

/* All 0 is an engine that nobody called, of a format that is not known. */
struct budget {
	uint32_t rate_hz, frames; /* of a period; 0 = unknown */
	uint64_t cycle_ns, cycle_frames; /* the unfinished cycle */
	bool called;
	int64_t end_ns; /* of the newest call */
};

struct budget_call {
	int64_t begin_ns, end_ns; /* before 0 where the trace begins within it */
	uint64_t ns;
	uint32_t frames;
	uint64_t n; /* that many alike, one right behind the other */
};

/* Drops the unfinished cycle where it is another format. */
void budget_format(struct budget *budget, uint32_t rate_hz, uint32_t frames);
void budget_drop(struct budget *budget);
/* Adds the cycles that the calls finished to their cells, those of no known budget to cell 0; above cell 20 each is a
 * miss. */
void budget_call(struct budget *budget, const struct budget_call *call,
		 uint64_t loads[AW_LOAD_CELLS]);
/* A call that counts in no cycle, in freewheel: only when it ended. */
void budget_pass(struct budget *budget, int64_t end_ns);

#endif
