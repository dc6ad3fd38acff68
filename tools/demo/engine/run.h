/* SPDX-License-Identifier: MIT */
/* A run: the session with its engines and functions, from aw_open() to aw_close(). All of it runs on the control
 * thread; the threads it starts are in engine.c and ffi.c. */
#ifndef AUDIOWATCH_DEMO_RUN_H
#define AUDIOWATCH_DEMO_RUN_H

#include "tools/demo/engine/engine.h"
#include "tools/demo/engine/ffi.h"

struct run {
	const struct options *options;
	struct pace pace;
	struct aw_session *session;
	struct engine engines[MAX_ENGINES];
	struct function_table functions;
	struct aw_ffi_call *calls; /* the script's, by event.call */
	size_t next_event; /* of the control thread's */
	int signal_fd, done_fd;
	unsigned workers, done; /* threads to wait for; threads that came to their end */
};

/* Session, engines, channels, functions. 0, -EINVAL or what aw_open() and aw_*_new() said; a complaint each. Call
 * before any other thread: it blocks the signals that end the run. */
int run_open(struct run *run, const struct options *options, struct complaint *complaint);
/* Renders until the options' end or a signal; every thread is gone afterwards. 0 or -errno. */
int run_render(struct run *run);
/* Waits for a signal or the end of standard input. */
void run_hold(struct run *run);
/* aw_close(), unless told not to; also after a failed run_open(). */
void run_close(struct run *run);

#endif
