/* SPDX-License-Identifier: MIT */
/* Time as the demo's threads spend it: until a deadline, asleep or busy, or until the run stops. Any thread. */
#include "tools/demo/engine/pace.h"

#include <time.h>

#include "tools/cli/number.h"

enum { SLICE_NS = 50000000 }; /* how late a stop may be noticed */

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_A_SECOND + (uint64_t)now.tv_nsec;
}

void pace_start(struct pace *pace)
{
	pace->zero_ns = monotonic_ns();
}

void pace_stop(struct pace *pace)
{
	atomic_store(&pace->stopping, true);
}

bool pace_stopping(const struct pace *pace)
{
	return atomic_load(&pace->stopping);
}

uint64_t pace_now(const struct pace *pace)
{
	return monotonic_ns() - pace->zero_ns;
}

static void sleep_slice(const struct pace *pace, uint64_t now_ns, uint64_t until_ns)
{
	const uint64_t slice_ns = until_ns - now_ns < SLICE_NS ? until_ns : now_ns + SLICE_NS;
	const uint64_t deadline_ns = pace->zero_ns + slice_ns;
	const struct timespec deadline = { .tv_sec = (time_t)(deadline_ns / NS_A_SECOND),
					   .tv_nsec = (long)(deadline_ns % NS_A_SECOND) };

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
}

bool pace_sleep_until(const struct pace *pace, uint64_t until_ns)
{
	uint64_t now_ns;

	while (!pace_stopping(pace) && (now_ns = pace_now(pace)) < until_ns)
		sleep_slice(pace, now_ns, until_ns);
	return !pace_stopping(pace);
}

bool pace_spin_until(const struct pace *pace, uint64_t until_ns)
{
	while (!pace_stopping(pace) && pace_now(pace) < until_ns)
		;
	return !pace_stopping(pace);
}
