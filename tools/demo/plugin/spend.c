/* SPDX-License-Identifier: MIT */
/* Time, read and spent on purpose. Any thread. */
#include "tools/demo/plugin/spend.h"

#include <errno.h>
#include <time.h>

uint64_t spend_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_A_SECOND + (uint64_t)now.tv_nsec;
}

void spend_busy(uint64_t duration_ns)
{
	const uint64_t begin_ns = spend_now_ns();

	while (spend_now_ns() - begin_ns < duration_ns)
		;
}

void spend_asleep(uint64_t duration_ns)
{
	const uint64_t until_ns = spend_now_ns() + duration_ns;
	const struct timespec until = { .tv_sec = (time_t)(until_ns / NS_A_SECOND),
					.tv_nsec = (long)(until_ns % NS_A_SECOND) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}
