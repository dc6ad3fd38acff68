/* SPDX-License-Identifier: MIT */
/* One round: everything once. Main thread, and a second one while a contender has two. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_MEASURE_H
#define AUDIOWATCH_BENCH_PUBLISH_MEASURE_H

#include <sched.h>

#include "tools/bench/publish_collector.h"
#include "tools/bench/publish_result.h"

enum { PUBLISH_CALLS = 40000 }; /* whose distribution is taken, a round */

struct publish_bench {
	struct publish_result *result;
	struct publish_collector collector;
	struct aw_clock clock;
	cpu_set_t cpus; /* all that we may run on */
	uint32_t work_steps, gap_steps;
	uint32_t *samples; /* PUBLISH_CALLS */
};

/* 0 or -errno. */
int publish_bench_init(struct publish_bench *bench, struct publish_result *result);
void publish_bench_deinit(struct publish_bench *bench);

/* Figures of round result->rounds, which counts only when the caller says so. True: a signal came, and the round is not
 * whole. */
bool publish_round(struct publish_bench *bench);

#endif
