/* SPDX-License-Identifier: MIT */
/* One reading of the three clocks, taken by the poll loop at the start of a beat and handed to
 * everything it calls, so that nobody further down reads a clock. */
#ifndef AUDIOWATCH_COLLECTOR_INSTANT_H
#define AUDIOWATCH_COLLECTOR_INSTANT_H

#include <stdint.h>
#include <time.h>

#define NS_A_SECOND UINT64_C(1000000000)
#define NS_A_MS UINT64_C(1000000)

enum { INSTANT_SLEEPS = 8 };

struct instant {
	uint64_t now_ns; /* CLOCK_MONOTONIC: what everything is judged by */
	uint64_t boot_ns; /* CLOCK_BOOTTIME: MONOTONIC and the time suspended */
	uint64_t real_ns; /* CLOCK_REALTIME: only to be shown, and to compare with a header's opened_ns */
	/* The last suspends seen, the newest first; those before them are added to the oldest. */
	struct instant_sleep {
		uint64_t woken_boot_ns, slept_ns; /* its end, on CLOCK_BOOTTIME; 0 = none */
	} sleeps[INSTANT_SLEEPS];
};

static inline uint64_t instant_clock_ns(clockid_t clock)
{
	struct timespec at = { 0 };

	clock_gettime(clock, &at);
	return (uint64_t)at.tv_sec * NS_A_SECOND + (uint64_t)at.tv_nsec;
}

/* Pure: the reading after `before`, whose sleeps it remembers; at: the clocks alone. */
struct instant instant_after(const struct instant *before, const struct instant *at);

/* The same of the clocks as they are. */
struct instant instant_next(const struct instant *before);

#endif
