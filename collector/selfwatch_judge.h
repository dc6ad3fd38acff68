/* SPDX-License-Identifier: MIT */
/* What rules about the watchdog itself are judged by. Pure; the poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_SELFWATCH_JUDGE_H
#define AUDIOWATCH_COLLECTOR_SELFWATCH_JUDGE_H

#include "collector/judge.h"
#include "collector/selfwatch.h"

/* The collector and its components, between judge_begin() and judge_end(). */
void selfwatch_judge(const struct selfwatch_counts *self, struct judge *judge);

/* Millionths of what it may take, whichever is used up more: memory of its own against 16 MiB and 8 MiB for each of the
 * most sources it ever had at once, which is a multiple of what it needs, or all that is resident against the limit of its cgroup, if there is one. */
uint64_t selfwatch_memory_ratio(const struct selfwatch_counts *self);
/* Millionths: series of the newest page of metrics against metrics.max_series; 0 before the first. */
uint64_t selfwatch_series_ratio(const struct selfwatch_counts *self);

#endif
