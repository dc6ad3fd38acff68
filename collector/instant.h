/* SPDX-License-Identifier: MIT */
/* One reading of the three clocks, taken by the poll loop at the start of a beat and handed to
 * everything it calls, so that nobody further down reads a clock. */
#ifndef AUDIOWATCH_COLLECTOR_INSTANT_H
#define AUDIOWATCH_COLLECTOR_INSTANT_H

#include <stdint.h>
#include <time.h>

#define NS_A_SECOND UINT64_C(1000000000)
#define NS_A_MS UINT64_C(1000000)

struct instant {
	uint64_t now_ns; /* CLOCK_MONOTONIC: what everything is judged by */
	uint64_t boot_ns; /* CLOCK_BOOTTIME: MONOTONIC and the time suspended */
	uint64_t real_ns; /* CLOCK_REALTIME: only to be shown, and to compare with a header's opened_ns */
	/* the last suspend seen: when it had ended, on CLOCK_BOOTTIME, and how long it was; 0 =
	 * none */
	uint64_t woken_boot_ns, slept_ns;
};

static inline uint64_t instant_clock_ns(clockid_t clock)
{
	struct timespec at = { 0 };

	clock_gettime(clock, &at);
	return (uint64_t)at.tv_sec * NS_A_SECOND + (uint64_t)at.tv_nsec;
}

/* The next reading after `before`, which remembers the last suspend. A little is only the time
 * between two reads. */
static inline struct instant instant_next(const struct instant *before)
{
	struct instant at = { .now_ns = instant_clock_ns(CLOCK_MONOTONIC),
			      .boot_ns = instant_clock_ns(CLOCK_BOOTTIME),
			      .real_ns = instant_clock_ns(CLOCK_REALTIME),
			      .woken_boot_ns = before->woken_boot_ns,
			      .slept_ns = before->slept_ns };
	const uint64_t gone = at.boot_ns - at.now_ns, gone_before = before->boot_ns - before->now_ns;

	if (before->now_ns && gone > gone_before + 10 * NS_A_MS) {
		at.slept_ns = gone - gone_before;
		at.woken_boot_ns = at.boot_ns;
	}
	return at;
}

#endif
