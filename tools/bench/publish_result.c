/* SPDX-License-Identifier: MIT */
/* What reports ask of a measurement. Main thread. */
#include "tools/bench/publish_result.h"

#include <string.h>

const struct publish_figure publish_figures[PUBLISH_FIGURES] = {
	{ "Min", "min_ns", 0 },		  { "P50", "p50_ns", 500000 },
	{ "P99", "p99_ns", 990000 },	  { "P99.9", "p999_ns", 999000 },
	{ "P99.99", "p9999_ns", 999900 }, { "Max", "max_ns", 1000000 },
};

const char *const publish_manner_names[PUBLISH_MANNERS] = {
	[PUBLISH_BACK] = "back to back",
	[PUBLISH_WORK] = "with about 100 ns of work inside and after",
#if defined(__x86_64__)
	[PUBLISH_FLUSHED] = "flushed: segment, handle and tables out of the caches (clflush)",
#else
	[PUBLISH_FLUSHED] = "evicted: by a walk through 32 MiB, for clean-by-address is privileged",
#endif
};

const char *const publish_manner_keys[PUBLISH_MANNERS] = {
	[PUBLISH_BACK] = "back_to_back",
	[PUBLISH_WORK] = "with_work",
	[PUBLISH_FLUSHED] = "flushed",
};

const struct publish_pair publish_pairs[PUBLISH_PAIRS] = {
	{ "render", "lttng" },	     { "render", "prometheus-histogram" },
	{ "render", "mutex-queue" }, { "render", "prometheus-gauge" },
	{ "render", "mutex-span" },  { "ffi-apart", "ffi" },
	{ "ffi-same", "ffi" },
};

const struct publish_measured *publish_named(const struct publish_result *result, const char *name)
{
	size_t i = 0;

	while (strcmp(result->contenders[i].name, name) != 0)
		i++;
	return &result->contenders[i];
}

bool publish_has_manner(const struct publish_measured *measured, enum publish_manner manner)
{
	return measured->present && (manner != PUBLISH_FLUSHED || measured->subject.range_count > 0);
}

static struct publish_spread spread(const double *rounds, size_t count)
{
	double values[PUBLISH_MAX_ROUNDS];

	memcpy(values, rounds, count * sizeof *values);
	return publish_spread(values, count);
}

struct publish_spread publish_ns(const struct publish_result *result,
				 const struct publish_measured *measured, enum publish_manner manner)
{
	return spread(measured->ns[manner], result->rounds);
}

struct publish_spread publish_call(const struct publish_result *result,
				   const struct publish_measured *measured, unsigned figure)
{
	return spread(measured->call[figure], result->rounds);
}

struct publish_spread publish_limit(const struct publish_result *result)
{
	return publish_ns(result, publish_named(result, "bare"), PUBLISH_BACK);
}
