/* SPDX-License-Identifier: MIT */
/* A collector of the measurement's own: the audiowatchd beside this program, on a private prefix. Main thread. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_COLLECTOR_H
#define AUDIOWATCH_BENCH_PUBLISH_COLLECTOR_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* absent -> live: start; live -> stopped: stop; stopped -> live: start; live, stopped -> absent: end, kill */
struct publish_collector {
	char program[PATH_MAX], folder[64], socket[96]; /* program "": there is none */
	const char *instance; /* it is live when it shows this one; NULL: nobody needs it */
	pid_t pid; /* 0 = absent */
	bool stopped;
};

/* Chooses the prefix, for this process too; before any session is opened. */
int publish_collector_init(struct publish_collector *collector);
void publish_collector_deinit(struct publish_collector *collector);

/* Returns when it reads the instance; 0 or -errno. */
int publish_collector_start(struct publish_collector *collector);
/* Returns when it stands still. */
int publish_collector_stop(struct publish_collector *collector);
/* SIGKILL, at once; the next call of another one cleans up. */
void publish_collector_kill(const struct publish_collector *collector);
void publish_collector_end(struct publish_collector *collector);

#endif
