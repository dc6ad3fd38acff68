/* SPDX-License-Identifier: MIT */
/* What a measuring thread counts. Pure. */
#include "tools/bench/latency_stat.h"

#include <errno.h>
#include <stdlib.h>

const struct latency_quantile latency_quantiles[LATENCY_QUANTILES] = {
	{ "P50", "p50_ns", 500000 },
	{ "P99", "p99_ns", 990000 },
	{ "P99.9", "p999_ns", 999000 },
	{ "P99.99", "p9999_ns", 999900 },
};

/* ---- the measuring thread ---- */

void latency_series_add(struct latency_series *series, uint64_t ns)
{
	if (!own_load(&series->count) || ns < own_load(&series->min_ns))
		own_store(&series->min_ns, ns);
	if (ns > own_load(&series->max_ns))
		own_store(&series->max_ns, ns);
	own_store(&series->last_ns, ns);
	own_add(&series->sum_ns, ns);
	own_add(&series->cells[aw_time_cell(ns)], 1);
	own_add(&series->count, 1);
}

void latency_histogram_add(struct latency_histogram *histogram, uint64_t ns, uint64_t cycle)
{
	const uint64_t us = ns / 1000, overflows = own_load(&histogram->overflows);

	if (!histogram->size_us)
		return;
	if (us < histogram->size_us) {
		own_add(&histogram->buckets[us], 1);
		return;
	}
	if (overflows < LATENCY_OUTLIERS)
		own_store(&histogram->outliers[overflows], cycle);
	own_store(&histogram->overflows, overflows + 1);
}

/* ---- everybody else ---- */

void latency_series_read(const struct latency_series *series, struct latency_view *view)
{
	view->count = own_load(&series->count);
	view->sum_ns = own_load(&series->sum_ns);
	view->min_ns = own_load(&series->min_ns);
	view->last_ns = own_load(&series->last_ns);
	view->max_ns = own_load(&series->max_ns);
	for (unsigned i = 0; i < AW_TIME_CELLS; i++)
		view->cells[i] = own_load(&series->cells[i]);
}

uint64_t latency_view_average(const struct latency_view *view)
{
	return view->count ? view->sum_ns / view->count : 0;
}

uint64_t latency_view_quantile(const struct latency_view *view, uint32_t q_per_million)
{
	const uint64_t bound_ns = aw_time_quantile(view->cells, q_per_million);

	return bound_ns < view->max_ns ? bound_ns : view->max_ns;
}

int latency_histogram_init(struct latency_histogram *histogram, size_t size_us)
{
	histogram->buckets = size_us ? calloc(size_us, sizeof *histogram->buckets) : NULL;
	if (size_us && !histogram->buckets)
		return -ENOMEM;
	histogram->size_us = size_us;
	for (size_t i = 0; i < size_us; i++) /* so that no page comes with a fault later */
		own_store(&histogram->buckets[i], 0);
	return 0;
}

void latency_histogram_deinit(struct latency_histogram *histogram)
{
	free(histogram->buckets);
	histogram->buckets = NULL;
	histogram->size_us = 0;
}
