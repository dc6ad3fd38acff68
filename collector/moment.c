/* SPDX-License-Identifier: MIT */
/* Ticks to times. Pure. */
#include "collector/moment.h"

__extension__ typedef unsigned __int128 wide;

/* How much of the sleeps lies between then (on CLOCK_BOOTTIME) and now. */
static uint64_t slept_since(const struct instant *at, uint64_t then_ns)
{
	uint64_t slept_ns = 0;

	for (unsigned i = 0; i < INSTANT_SLEEPS && then_ns < at->sleeps[i].woken_boot_ns; i++) {
		const struct instant_sleep *sleep = &at->sleeps[i];
		const uint64_t gone_ns = sleep->woken_boot_ns - then_ns;

		slept_ns += gone_ns < sleep->slept_ns ? gone_ns : sleep->slept_ns;
	}
	return slept_ns;
}

bool moment_of(const struct moment *moment, uint64_t ticks, uint64_t *at_ns)
{
	const uint64_t gone = moment->ticks - ticks;
	wide ago_ns = (wide)gone * moment->mult >> 32;

	if (!moment->ticks || gone > UINT64_MAX / 2 || ago_ns > moment->at.boot_ns)
		return false;
	if (moment->runs_on)
		ago_ns -= slept_since(&moment->at, moment->at.boot_ns - (uint64_t)ago_ns);
	if (ago_ns > moment->at.now_ns)
		return false;
	*at_ns = moment->at.now_ns - (uint64_t)ago_ns;
	return true;
}

bool moment_drift(const struct moment *first, const struct moment *now, double *ratio)
{
	const uint64_t gone_ns =
		now->ticks_boot_ns - first->ticks_boot_ns; /* both run on in a sleep */
	const wide claimed_ns = (wide)(now->ticks - first->ticks) * now->mult >> 32;

	if (!first->ticks || !now->ticks || !now->runs_on || gone_ns < 10 * NS_A_SECOND ||
	    gone_ns > UINT64_MAX / 2)
		return false;
	*ratio = (double)claimed_ns / (double)gone_ns - 1;
	return true;
}
