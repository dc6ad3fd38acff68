/* SPDX-License-Identifier: MIT */
/* When a periodic thread is due, and how much of a cycle's work is left. Pure: the caller brings the time.
 *
 * Period k begins at origin + k * frames / rate, rounded down to nanoseconds, without drift. A period whose beginning
 * went by while the one before it still ran is skipped and counted, as a sound card's is, and as cyclictest does it. */
#ifndef AUDIOWATCH_BENCH_LATENCY_SCHEDULE_H
#define AUDIOWATCH_BENCH_LATENCY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* Owned by the measuring thread. */
struct latency_schedule {
	uint64_t origin_ns;
	uint32_t rate_hz, frames; /* neither is 0 */
	uint64_t next; /* the period that is waited for */
	uint64_t periods; /* how many there are; UINT64_MAX = without end */
};

uint64_t latency_period_ns(uint64_t frames, uint32_t rate_hz);
/* How many periods begin within a duration, at least 1; 0 = without end. */
uint64_t latency_periods(uint64_t duration_ns, uint32_t frames, uint32_t rate_hz);

uint64_t latency_schedule_due(const struct latency_schedule *schedule);
bool latency_schedule_ended(const struct latency_schedule *schedule);
/* After a cycle that ended at now_ns: moves to the next period that begins at now_ns or later; how many it left out.
 * Periods beyond the last are none. */
uint64_t latency_schedule_next(struct latency_schedule *schedule, uint64_t now_ns);

/* Work of a given length that does not count what was taken away from it: of the time between two looks at the clock
 * at most look_ns is work, the rest is an interruption. So the work takes as long as it was told to, and interruptions
 * come on top: that is the jitter. */
enum { LATENCY_LOOK_NS = 2000 };

struct latency_work {
	uint64_t left_ns, seen_ns, look_ns;
};

/* look_ns where reading the clock costs so much: no look that nothing interrupted may count as an interruption. */
uint64_t latency_look_limit(uint64_t cost_ns);

/* Whether there is more to do. */
bool latency_work_step(struct latency_work *work, uint64_t now_ns);

#endif
