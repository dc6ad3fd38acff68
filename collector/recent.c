/* SPDX-License-Identifier: MIT */
/* A ring of what sums gained, step by step. Pure. */
#include "collector/recent.h"

#include <string.h>

static void begin_steps(struct recent *recent, uint64_t step)
{
	if (step - recent->step >= RECENT_STEPS)
		memset(recent->spent_us, 0, sizeof recent->spent_us);
	else
		while (recent->step < step)
			recent->spent_us[++recent->step % RECENT_STEPS] = 0;
	recent->step = step;
}

void recent_spend(struct recent *recent, uint64_t tick, uint64_t sum_ns)
{
	uint32_t *spent_us;
	uint64_t gain_us;

	begin_steps(recent, tick / RECENT_STEP_S);
	if (!recent->spends || sum_ns < recent->sum_ns)
		recent->sum_ns = sum_ns;
	recent->spends = true;
	spent_us = &recent->spent_us[recent->step % RECENT_STEPS];
	gain_us = (sum_ns - recent->sum_ns) / 1000;
	recent->sum_ns += gain_us * 1000; /* what is left counts next time */
	*spent_us = gain_us < UINT32_MAX - *spent_us ? *spent_us + (uint32_t)gain_us : UINT32_MAX;
}

/* An episode whose first miss lies behind a tick without one is counted from there; of one that follows another within
 * a second or two nobody knows which misses are whose. */
void recent_miss(struct recent *recent, uint64_t tick, uint64_t misses, uint64_t episodes)
{
	const uint64_t gain = misses > recent->misses ? misses - recent->misses : 0;
	const uint64_t began = episodes > recent->episodes ? episodes - recent->episodes : 0;
	const bool clean = !recent->miss_tick || tick > recent->miss_tick + 1;

	if (recent->misses_known && gain) {
		if (began)
			recent->episode_misses = clean && began == 1 ? gain : 0;
		else if (recent->episode_misses)
			recent->episode_misses += gain;
		recent->miss_tick = tick;
	}
	recent->misses = misses;
	recent->episodes = episodes;
	recent->misses_known = true;
}

uint64_t recent_spent_us(const struct recent *recent, unsigned span_s)
{
	const unsigned whole = span_s < RECENT_SPAN_S ? (span_s + RECENT_STEP_S - 1) / RECENT_STEP_S
						      : RECENT_SPAN_S / RECENT_STEP_S;
	uint64_t spent_us = 0;

	for (unsigned i = 0; i <= whole && i <= recent->step; i++)
		spent_us += recent->spent_us[(recent->step - i) % RECENT_STEPS];
	return spent_us;
}
