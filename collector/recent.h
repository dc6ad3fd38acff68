/* SPDX-License-Identifier: MIT */
/* What a series spent in each of the last steps of five seconds, and an engine's newest episode of misses: what explains
 * an alert, and decides none. Pure; owned by the poll thread, one a series (320 bytes, whatever it counts). */
#ifndef AUDIOWATCH_COLLECTOR_RECENT_H
#define AUDIOWATCH_COLLECTOR_RECENT_H

#include <stdbool.h>
#include <stdint.h>

enum { RECENT_STEP_S = 5, RECENT_STEPS = 61, RECENT_SPAN_S = RECENT_STEP_S * (RECENT_STEPS - 1) };

struct recent {
	bool spends, misses_known; /* there were totals before */
	uint64_t step; /* of the newest tick */
	uint64_t sum_ns;
	uint32_t spent_us[RECENT_STEPS]; /* by step modulo RECENT_STEPS */
	/* an engine's */
	uint64_t misses, episodes;
	uint64_t miss_tick; /* the newest with a miss; 0 = none */
	uint64_t episode_misses; /* of the newest episode; 0 = where it began is not known */
};

/* A tick's totals; ticks rise. The first ones are where it counts from. */
void recent_spend(struct recent *recent, uint64_t tick, uint64_t sum_ns);
/* Behind recent_spend() of the same tick, for an engine. */
void recent_miss(struct recent *recent, uint64_t tick, uint64_t misses, uint64_t episodes);

/* Spent in the last span_s (at most RECENT_SPAN_S), and in up to one step before it. */
uint64_t recent_spent_us(const struct recent *recent, unsigned span_s);

#endif
