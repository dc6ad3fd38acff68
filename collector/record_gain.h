/* SPDX-License-Identifier: MIT */
/* What totals gained and no record tells, as calls that gain the same: for a ring that was lapped. Pure; the poll thread.
 *
 * Invariants: times fall into the same cells, and sum up to the same where the cells leave room for it; as many calls
 * failed; wake-up delays fall into the same cells. Loads do where each call is a cycle of its own. */
#ifndef AUDIOWATCH_COLLECTOR_RECORD_GAIN_H
#define AUDIOWATCH_COLLECTOR_RECORD_GAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/hist.h"

/* Of one engine or function; what a function does not have is 0. */
struct record_gain {
	uint64_t times[AW_TIME_CELLS], times_ns;
	uint64_t loads[AW_LOAD_CELLS], wakes[AW_WAKE_CELLS];
	uint64_t failed;
	uint32_t rate_hz, frames; /* of a period; 0 = unknown */
};

/* n calls alike. */
struct record_part {
	uint64_t end_ns; /* the caller's */
	uint64_t n, ns;
	bool late, failed;
	uint64_t late_ns, missed;
};

typedef void record_part_fn(void *context, const struct record_part *part);

void record_gain_split(const struct record_gain *gain, record_part_fn *fn, void *context);

#endif
