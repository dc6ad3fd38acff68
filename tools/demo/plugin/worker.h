/* SPDX-License-Identifier: MIT */
/*
 * A thread beside the audio thread, with a beat of ten a second. It makes the calls at the simulated FFI boundary and
 * creates the channels that the audio thread asks for, since creating one is not real-time safe.
 *
 * Functions: `ping` returns at once and `load` after the control `ffi`, both once a beat while that is not 0;
 * `hang` is begun when the control of that name rises, and comes back, failed, when it falls or the plugin goes.
 */
#ifndef AUDIOWATCH_DEMO_WORKER_H
#define AUDIOWATCH_DEMO_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "rt/audiowatch.h"

enum { MAX_PARTS = 16 };

/* What the audio thread wishes. W: audio thread, relaxed: each is a word by itself. */
struct wishes {
	_Atomic uint32_t ffi_ms, hang, parts;
};

struct worker {
	struct wishes wishes;
	struct aw_engine *engine; /* set before worker_start(); NULL does no harm */
	struct aw_function *ping, *load, *hang; /* as engine */

	/* W: worker. A part is there once part_count says so; it stays until the session is closed. */
	struct aw_channel *parts[MAX_PARTS];
	_Atomic unsigned part_count;

	/* The worker's alone. */
	struct aw_ffi_call hanging;
	bool hangs;

	/* The control thread's alone. */
	pthread_t thread;
	int stop_fd; /* an eventfd, written once */
	bool started;
};

/* Control thread. Without a thread (no memory, no descriptor) the plugin plays on and makes no calls. */
void worker_start(struct worker *worker);
void worker_stop(struct worker *worker);

/* Audio thread, wait-free: how many of `wanted` parts are there by now. */
unsigned worker_parts(const struct worker *worker, unsigned wanted);

#endif
