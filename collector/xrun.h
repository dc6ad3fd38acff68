/* SPDX-License-Identifier: MIT */
/*
 * Cycles with an xrun, each once, whoever noticed: an engine's own deadline misses are counted
 * exactly in the segment, so what is worked out here is which reports (JACK's callback, a host)
 * name a cycle that no miss names; and misses grouped in episodes. Pure; owned by the poll
 * thread, one an engine.
 *
 * A report within two periods of a miss belongs to it, whichever comes first; reports within two
 * periods of the first of them are one cycle (every late client sends one). A report waits until
 * no miss can claim it any more:
 *	waiting -> joined     a miss covers it, or another report already stands for its cycle
 *	waiting -> counted    two periods have passed, and no render that began before that still runs
 */
#ifndef AUDIOWATCH_COLLECTOR_XRUN_H
#define AUDIOWATCH_COLLECTOR_XRUN_H

#include <stdbool.h>
#include <stdint.h>

enum { XRUN_WAITING = 32, XRUN_MISSES = 32 };

struct xrun {
	uint64_t cycles, episodes, seconds; /* cycles: named by reports alone */
	/* oldest first; more than this many cycles within one poll are counted as they fall out */
	uint64_t waiting_ns[XRUN_WAITING];
	unsigned waiting;
	uint64_t counted_ns; /* the last one counted, 0 = none */
	/* the last misses, from the begin of the render to its end, those without a break as one; a ring */
	struct xrun_span {
		uint64_t from_ns, to_ns; /* to_ns 0 = unused */
	} misses[XRUN_MISSES];
	unsigned next_miss;
	uint64_t last_miss_ns, last_second; /* 0 = none; the second + 1 */
};

/* A cycle missed its deadline; its render ran from..to. period_ns 0 = unknown, then 20 ms stand
 * for it. */
void xrun_miss(struct xrun *xrun, uint64_t from_ns, uint64_t to_ns, uint64_t period_ns);
void xrun_report(struct xrun *xrun, uint64_t at_ns, uint64_t period_ns);
/* horizon_ns: every render that may yet be reported missed begins after it. */
void xrun_settle(struct xrun *xrun, uint64_t horizon_ns, uint64_t period_ns);

#endif
