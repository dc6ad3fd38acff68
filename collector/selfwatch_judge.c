/* SPDX-License-Identifier: MIT */
/* Facts of the collector: levels, requests, components. Pure; the poll thread. */
#include "collector/selfwatch_judge.h"

enum { MILLION = 1000000, OWN_BYTES = 16 << 20, SOURCE_BYTES = 8 << 20 };

/* Rounded up, so that it is above a threshold exactly when the true one is. No limit: 0. */
static uint64_t ratio(uint64_t part, uint64_t whole)
{
	return whole ? (uint64_t)(((__uint128_t)part * MILLION + whole - 1) / whole) : 0;
}

uint64_t selfwatch_memory_ratio(const struct selfwatch_counts *self)
{
	const uint64_t own =
		ratio(self->process.anonymous_bytes, OWN_BYTES + self->sources_most * SOURCE_BYTES);
	const uint64_t all = ratio(self->process.resident_bytes, self->process.limit_bytes);

	return own > all ? own : all;
}

uint64_t selfwatch_series_ratio(const struct selfwatch_counts *self)
{
	return ratio(self->series, self->max_series);
}

/* Whoever was refused for who they are: unknown, or not allowed. */
static void count_requests(const struct selfwatch_counts *self, uint64_t flags[2])
{
	for (unsigned h = 0; h < SELFWATCH_HANDLERS; h++)
		for (unsigned c = 0; c < SELFWATCH_CODES; c++)
			flags[selfwatch_codes[c] == 401 || selfwatch_codes[c] == 403] +=
				self->requests[h][c];
}

void selfwatch_judge(const struct selfwatch_counts *self, struct judge *judge)
{
	uint64_t requests[2] = { 0 };
	struct judge_fact fact = { .labels = { LABEL_COLLECTOR, "", "", "" }, .whole = true };

	count_requests(self, requests);
	fact.series[COLLECTOR_AUTH].cells = requests;
	fact.values[COLLECTOR_MEMORY] = selfwatch_memory_ratio(self);
	fact.values[COLLECTOR_SERIES] = selfwatch_series_ratio(self);
	judge_see(judge, &fact);
	for (unsigned i = 0; i < SELFWATCH_COMPONENTS && self->components[i].name; i++) {
		fact = (struct judge_fact){
			.labels = { LABEL_COMPONENT, "", "", self->components[i].name },
			.values[COMPONENT_DOWN] = self->components[i].down != 0
		};
		judge_see(judge, &fact);
	}
}
