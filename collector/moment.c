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

/* More is no turn's, but clocks that the caller made up: then both were read at once. */
#define LATEST_NS (10 * NS_A_SECOND)

static uint64_t late_ns(const struct moment *moment)
{
	const uint64_t late_ns = moment->ticks_boot_ns - moment->at.boot_ns;

	return late_ns < LATEST_NS ? late_ns : 0;
}

uint64_t moment_read_ns(const struct moment *moment)
{
	return moment->at.now_ns + late_ns(moment);
}

bool moment_of(const struct moment *moment, uint64_t ticks, uint64_t *at_ns)
{
	const uint64_t gone = moment->ticks - ticks;
	const uint64_t boot_ns = moment->at.boot_ns + late_ns(moment);
	wide ago_ns = (wide)gone * moment->mult >> 32;

	if (!moment->ticks || gone > UINT64_MAX / 2 || ago_ns > boot_ns)
		return false;
	if (moment->runs_on)
		ago_ns -= slept_since(&moment->at, boot_ns - (uint64_t)ago_ns);
	if (ago_ns > moment_read_ns(moment))
		return false;
	*at_ns = moment_read_ns(moment) - (uint64_t)ago_ns;
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
