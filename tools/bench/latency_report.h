/* SPDX-License-Identifier: MIT */
/* A measurement as text, in cyclictest's words: a line a thread while it runs, then the summary and the histogram. Main
 * thread; what the measuring threads count is read while they count. */
#ifndef AUDIOWATCH_BENCH_LATENCY_REPORT_H
#define AUDIOWATCH_BENCH_LATENCY_REPORT_H

#include <stdio.h>

#include "tools/bench/latency_result.h"

/* Machine and settings, as comments. */
void latency_report_head(const struct latency_result *result);
/* T: P: I: C: Min: Act: Avg: Max:, a line a thread. */
void latency_report_lines(const struct latency_result *result);
/* Quantiles, misses, what was skipped, and what broke it. */
void latency_report_summary(const struct latency_result *result);
/* The microseconds, one column a thread. */
void latency_report_histogram(const struct latency_result *result, FILE *file);

#endif
