/* SPDX-License-Identifier: MIT */
/* When a periodic thread is due, and how much of a cycle's work is left. Pure. */
#include "tools/bench/latency_schedule.h"

#include "tools/cli/number.h"

/* Without the overflow of frames * 10^9, which comes after four days. */
uint64_t latency_period_ns(uint64_t frames, uint32_t rate_hz)
{
	return frames / rate_hz * NS_A_SECOND + frames % rate_hz * NS_A_SECOND / rate_hz;
}

/* The first period that begins offset_ns after the origin or later. */
static uint64_t period_at(uint64_t offset_ns, uint32_t frames, uint32_t rate_hz)
{
	const __uint128_t one = (__uint128_t)frames * NS_A_SECOND;
	uint64_t period = (uint64_t)((__uint128_t)offset_ns * rate_hz / one);

	while (latency_period_ns(period * frames, rate_hz) < offset_ns)
		period++; /* at most once */
	return period;
}

uint64_t latency_periods(uint64_t duration_ns, uint32_t frames, uint32_t rate_hz)
{
	return duration_ns ? period_at(duration_ns, frames, rate_hz) : UINT64_MAX;
}

uint64_t latency_schedule_due(const struct latency_schedule *schedule)
{
	return schedule->origin_ns +
	       latency_period_ns(schedule->next * schedule->frames, schedule->rate_hz);
}

bool latency_schedule_ended(const struct latency_schedule *schedule)
{
	return schedule->next >= schedule->periods;
}

uint64_t latency_schedule_next(struct latency_schedule *schedule, uint64_t now_ns)
{
	const uint64_t expected = schedule->next + 1;

	schedule->next = expected;
	if (latency_schedule_due(schedule) < now_ns)
		schedule->next = period_at(now_ns - schedule->origin_ns, schedule->frames,
					   schedule->rate_hz);
	if (schedule->next > schedule->periods)
		schedule->next = schedule->periods;
	return schedule->next - expected;
}

uint64_t latency_look_limit(uint64_t cost_ns)
{
	return cost_ns > LATENCY_LOOK_NS / 2 ? 2 * cost_ns : LATENCY_LOOK_NS;
}

bool latency_work_step(struct latency_work *work, uint64_t now_ns)
{
	const uint64_t gone_ns = now_ns - work->seen_ns;
	const uint64_t done_ns = gone_ns < work->look_ns ? gone_ns : work->look_ns;

	work->seen_ns = now_ns;
	work->left_ns -= done_ns < work->left_ns ? done_ns : work->left_ns;
	return work->left_ns != 0;
}
