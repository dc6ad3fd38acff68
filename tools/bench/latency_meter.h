/* SPDX-License-Identifier: MIT */
/* One measuring thread's record, and what all of them share while they run. The main thread makes and frees it.
 *
 * latency_meter_cycle() runs on the measuring thread (periodic, or JACK's): real-time safe, no system call. */
#ifndef AUDIOWATCH_BENCH_LATENCY_METER_H
#define AUDIOWATCH_BENCH_LATENCY_METER_H

#include <stdbool.h>

#include "rt/audiowatch.h"
#include "tools/bench/latency_stat.h"

#define LATENCY_UNKNOWN UINT64_MAX /* of a delay */

/* Whoever sets `stop` ends the measurement: main, or the thread that saw a delay beyond the limit. */
struct latency_control {
	uint64_t limit_ns; /* 0 = none */
	uint64_t look_ns; /* of the work of a load */
	_Atomic bool stop;
	_Atomic uint64_t broken_by; /* number of the first meter beyond the limit, plus 1; 0 = none */
	_Atomic uint64_t broken_ns; /* its delay; read once all threads have ended */
};

struct latency_meter {
	unsigned number;
	int cpu; /* which it is pinned to; -1 = none */
	char name[24]; /* of the engine */
	struct aw_engine *engine; /* NULL: not published */
	struct latency_control *control;
	_Atomic int tid,
		priority; /* W: the measuring thread, at its start; priority 0 = SCHED_OTHER */

	/* W: the measuring thread. */
	struct latency_series wakeup, render, jitter;
	struct latency_histogram histogram; /* of wake-up delays */
	_Atomic uint64_t cycles, skipped;
	_Atomic uint64_t misses; /* cycles that ended after their period */
};

struct latency_cycle {
	uint64_t delay_ns; /* LATENCY_UNKNOWN: in no series */
	uint64_t render_ns; /* from the wake-up on */
	uint64_t told_ns; /* what the render was told to take */
	uint64_t period_ns;
};

/* Of a JACK cycle, as audiowatch-jack has it: from its start to the entry; 0 where the entry lies less than a period
 * before, and LATENCY_UNKNOWN a period or more off: after an overload JACK's filter is hundreds of ms off. */
uint64_t latency_entry_delay(uint64_t entry_ns, uint64_t start_ns, uint64_t period_ns);

int latency_meter_init(struct latency_meter *meter, struct latency_control *control,
		       size_t histogram_us);
void latency_meter_deinit(struct latency_meter *meter);
void latency_meter_cycle(struct latency_meter *meter, const struct latency_cycle *cycle);

/* Ends the measurement; any thread. */
void latency_control_stop(struct latency_control *control);
bool latency_control_stopped(const struct latency_control *control);

/* CLOCK_MONOTONIC, by the vDSO where the clock source allows. */
uint64_t latency_clock_ns(void);
/* What reading it costs when nothing interrupts. */
uint64_t latency_clock_cost_ns(void);
/* Works for told_ns from now on, and for as long as it is interrupted (latency_schedule.h: look_ns); any thread. */
void latency_spend(uint64_t told_ns, uint64_t look_ns);

#endif
