/* SPDX-License-Identifier: MIT */
/* What a measuring thread counts: of each quantity the count, extremes, sum and cells of shm/hist.h, and where asked
 * for a histogram of whole microseconds as cyclictest keeps it. Pure.
 *
 * Threads: *_add() is the measuring thread's, real-time safe; *_read() any other's. Every word has one writer and is
 * read relaxed (shm/order.h), so a reading while it runs may mix two cycles; after the thread has ended it is exact. */
#ifndef AUDIOWATCH_BENCH_LATENCY_STAT_H
#define AUDIOWATCH_BENCH_LATENCY_STAT_H

#include <stddef.h>

#include "shm/hist.h"

/* W: the measuring thread. */
struct latency_series {
	_Atomic uint64_t count, sum_ns, min_ns, last_ns, max_ns;
	_Atomic uint64_t cells[AW_TIME_CELLS];
};

/* A reading of it. */
struct latency_view {
	uint64_t count, sum_ns, min_ns, last_ns, max_ns;
	uint64_t cells[AW_TIME_CELLS];
};

void latency_series_add(struct latency_series *series, uint64_t ns);
void latency_series_read(const struct latency_series *series, struct latency_view *view);
uint64_t latency_view_average(const struct latency_view *view);
/* The upper bound of the quantile's cell, hence at most LATENCY_CELL_ERROR above it (below the first bound, 954 ns, that
 * bound), and never above the maximum; 0 for no values. */
uint64_t latency_view_quantile(const struct latency_view *view, uint32_t q_per_million);

#define LATENCY_CELL_ERROR 0.0219 /* 2^(1/32) - 1 */

/* The quantiles that are told, and what they are called. */
enum { LATENCY_QUANTILES = 4 };
struct latency_quantile {
	const char *name, *key; /* of the text, of the JSON */
	uint32_t per_million;
};
extern const struct latency_quantile latency_quantiles[LATENCY_QUANTILES];

enum { LATENCY_OUTLIERS = 128 }; /* as many cycle numbers of overflows are kept */

/* Bucket i holds what is in [i, i + 1) us; what is size_us or more is an overflow. W: the measuring thread. */
struct latency_histogram {
	_Atomic uint64_t *buckets;
	size_t size_us; /* 0 = none is kept */
	_Atomic uint64_t overflows;
	_Atomic uint64_t outliers[LATENCY_OUTLIERS]; /* the first overflows' cycles, counted from 0 */
};

/* 0, or -ENOMEM. */
int latency_histogram_init(struct latency_histogram *histogram, size_t size_us);
void latency_histogram_deinit(struct latency_histogram *histogram);
void latency_histogram_add(struct latency_histogram *histogram, uint64_t ns, uint64_t cycle);

#endif
