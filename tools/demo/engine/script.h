/* SPDX-License-Identifier: MIT */
/* What happens when: the events of a script file and of the --...-at flags, in the order of their times.
 *
 * Read before any thread starts, only read afterwards. Owned by the options; script_deinit() frees it. */
#ifndef AUDIOWATCH_DEMO_SCRIPT_H
#define AUDIOWATCH_DEMO_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cli/number.h"

enum { EVENT_NAME_SIZE = 112 };

enum event_kind {
	/* done by the engines' threads */
	EVENT_BURN,
	EVENT_STALL,
	EVENT_PAUSE,
	EVENT_XRUN,
	EVENT_FREEWHEEL,
	EVENT_ACTIVE,
	EVENT_FORMAT,
	EVENT_CRASH,
	EVENT_CLOSE,
	/* done by the control thread */
	EVENT_FFI,
	EVENT_FFI_END,
	EVENT_CHANNEL,
	EVENT_FLOOD,
	EVENT_KINDS
};

struct event {
	uint64_t at_ns; /* since the start */
	enum event_kind kind;
	unsigned engine; /* 1..., 0 = each */
	uint64_t length_ns; /* burn, stall, pause, ffi; an xrun's delay */
	unsigned source; /* xrun: enum aw_xrun_source */
	bool on; /* freewheel, active; ffi: the call succeeds */
	uint32_t rate_hz, frames;
	uint64_t reports; /* flood */
	size_t call; /* ffi: which call it begins or ends */
	char name[EVENT_NAME_SIZE];
};

struct script {
	struct event *events;
	size_t count, room;
	size_t calls; /* scripted FFI calls */
	bool closes; /* there is a close event */
};

/* Adds one event: words = verb and arguments, e.g. at "1.5", words { "burn", "30", "on", "2" }. 0 or -EINVAL. */
int script_say(struct script *script, const char *at, char **words, struct complaint *complaint);
/* Adds a file's events. 0 or -EINVAL. */
int script_read(struct script *script, const char *path, struct complaint *complaint);
/* Once all are in: by time, and those of one time in the order they were said. */
void script_sort(struct script *script);
void script_deinit(struct script *script);
/* The verbs, a line each, for --help. */
void script_help(void);

#endif
