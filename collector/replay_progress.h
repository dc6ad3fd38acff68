/* SPDX-License-Identifier: MIT */
/* How far a replay is, for a person who waits. Main thread. */
#ifndef AUDIOWATCH_COLLECTOR_REPLAY_PROGRESS_H
#define AUDIOWATCH_COLLECTOR_REPLAY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct replay_progress {
	uint64_t next_ns; /* when it is shown again */
	bool shown;
};

/* Nothing is shown of what takes less than a second. */
struct replay_progress replay_progress_begin(void);
/* context: the progress. On standard error, as a line that is written over. */
void replay_progress_tell(void *context, uint64_t tick, uint64_t last);
void replay_progress_end(const struct replay_progress *progress);

#endif
