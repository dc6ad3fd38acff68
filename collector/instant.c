/* SPDX-License-Identifier: MIT */
/* Which suspends lie between two readings of the clocks. Pure but for instant_next(); the poll thread. */
#include "collector/instant.h"

#include <string.h>

/* Between two reads of one reading the clocks run on. */
#define APART_NS (10 * NS_A_MS)

/* One more than are kept: an age that holds both of the oldest loses what it should, one that ends between them is told
 * too short rather than too long. */
static void keep(struct instant *at, uint64_t slept_ns)
{
	const uint64_t dropped_ns = at->sleeps[INSTANT_SLEEPS - 1].slept_ns;

	memmove(&at->sleeps[1], &at->sleeps[0], (INSTANT_SLEEPS - 1) * sizeof *at->sleeps);
	at->sleeps[INSTANT_SLEEPS - 1].slept_ns += dropped_ns;
	at->sleeps[0] = (struct instant_sleep){ at->boot_ns, slept_ns };
}

struct instant instant_after(const struct instant *before, const struct instant *at)
{
	struct instant next = *at;
	/* signed: a time namespace may set either clock before the other */
	const int64_t slept_ns =
		(int64_t)((at->boot_ns - at->now_ns) - (before->boot_ns - before->now_ns));

	memcpy(next.sleeps, before->sleeps, sizeof next.sleeps);
	if (before->now_ns && slept_ns > (int64_t)APART_NS)
		keep(&next, (uint64_t)slept_ns);
	return next;
}

struct instant instant_next(const struct instant *before)
{
	const struct instant at = { .now_ns = instant_clock_ns(CLOCK_MONOTONIC),
				    .boot_ns = instant_clock_ns(CLOCK_BOOTTIME),
				    .real_ns = instant_clock_ns(CLOCK_REALTIME) };

	return instant_after(before, &at);
}
