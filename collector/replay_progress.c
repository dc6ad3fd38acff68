/* SPDX-License-Identifier: MIT */
/* A line on a terminal that is written over, by ours or by what the replay tells. Main thread. */
#include "collector/replay_progress.h"

#include <inttypes.h>
#include <stdio.h>

#include "collector/instant.h"

#define AGAIN_NS (500 * NS_A_MS)

struct replay_progress replay_progress_begin(void)
{
	return (struct replay_progress){ .next_ns =
						 instant_clock_ns(CLOCK_MONOTONIC) + NS_A_SECOND };
}

void replay_progress_tell(void *context, uint64_t tick, uint64_t last)
{
	struct replay_progress *progress = context;
	const uint64_t now_ns = instant_clock_ns(CLOCK_MONOTONIC);

	if (now_ns < progress->next_ns)
		return;
	fprintf(stderr,
		"audiowatchd: --replay: second %" PRIu64 " of %" PRIu64 " (%" PRIu64 " %%)\r", tick,
		last, last ? tick * 100 / last : 100);
	fflush(stderr);
	progress->next_ns = now_ns + AGAIN_NS;
	progress->shown = true;
}

void replay_progress_end(const struct replay_progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
}
