/* SPDX-License-Identifier: MIT */
/* A trace against the rules: the judge of the live collector, driven by events instead of segments. Pure but for malloc
 * and what `out` is; its owner's thread.
 *
 * Tick k is at k s, from 1 to the whole seconds of the end; an event at exactly k s comes before it. The reading of tick
 * 0 precedes all events, so who is there at 0 is covered from 0 on.
 *
 * `collector stop`: the ticks up to `collector start` are not evaluated. The first one behind a start is what tick 0 is
 * to a collector that starts: windows are empty at it and cover begins with it, while alerts go on by their labels. A
 * minute without a tick is one in which the collector was missed.
 *
 * Objectives have minutes of their own: the first begins with the trace, and nothing is known of what was before. */
#ifndef AUDIOWATCH_COLLECTOR_REPLAY_H
#define AUDIOWATCH_COLLECTOR_REPLAY_H

#include <stdio.h>

#include "collector/rule.h"
#include "collector/slo.h"
#include "collector/trace.h"

struct replay_options {
	const struct rule *rules; /* outlive the replay */
	unsigned rule_count;
	bool verdicts; /* not transitions alone */
	FILE *out; /* a JSON object a line */
	const struct slo *slos; /* outlive the replay */
	unsigned slo_count;
	/* told of each tick, and of the last one there is; may be NULL */
	void (*progress)(void *context, uint64_t tick, uint64_t last);
	void *context;
};

/* The whole of a trace. 0; -EINVAL and one line, of a bad line of the trace, and then nothing was written; -ENOMEM. */
int replay_text(const struct replay_options *options, struct trace trace,
		char error[TRACE_ERROR_SIZE]);
/* The same of a file, "-" is standard input; or another -errno and one line, when it cannot be read or written. */
int replay_file(const struct replay_options *options, const char *path,
		char error[TRACE_ERROR_SIZE]);

#endif
