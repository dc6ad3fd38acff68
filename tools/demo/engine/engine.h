/* SPDX-License-Identifier: MIT */
/* One engine: a thread that renders period after period as the options and the script say, and keeps the tally of
 * what it published. The control thread makes and frees it, and may add channels while it renders. */
#ifndef AUDIOWATCH_DEMO_ENGINE_H
#define AUDIOWATCH_DEMO_ENGINE_H

#include <pthread.h>

#include "rt/audiowatch.h"
#include "tools/demo/engine/options.h"
#include "tools/demo/engine/pace.h"

/* W: the engine's thread; read by the control thread while it runs. */
struct tally {
	_Atomic uint64_t blocks, freewheel_blocks; /* the former contains the latter */
	_Atomic uint64_t cycles; /* whole ones, outside freewheel */
	_Atomic uint64_t misses; /* cycles told to take longer than their period: exact with --fast */
	_Atomic uint64_t render_ns; /* outside freewheel, as told: exact with --fast */
	_Atomic uint64_t xruns[3]; /* W: the engine's thread and floods, by adding */
};

struct engine {
	const struct options *options;
	const struct pace *pace;
	struct aw_engine *handle;
	unsigned number;
	char name[20];
	struct aw_channel *channels[MAX_CHANNELS];
	_Atomic unsigned channel_count; /* W: control; release: the channel before it is there */
	struct tally tally;
	pthread_t thread;
	bool started;
	int done_fd; /* an eventfd that counts the engines that came to their end */

	/* The engine's thread alone. */
	uint32_t rate_hz, frames, parts[MAX_PARTS], part_count;
	uint64_t epoch_ns,
		epoch_frames; /* the period after epoch_frames begins that long after epoch_ns */
	uint64_t due_ns, late_ns; /* of this period: when it begins, how late it did */
	size_t next_event;
	uint64_t burn_ns, stall_ns; /* of this period's first call */
	bool freewheel, ended;
};

/* Registers engine and channels; 0 or what aw_*_new() said. */
int engine_open(struct engine *engine, struct aw_session *session);
int engine_add_channel(struct engine *engine, const char *name);
int engine_start(struct engine *engine);
void engine_join(struct engine *engine);

#endif
