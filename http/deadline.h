/* SPDX-License-Identifier: MIT */
/* An absolute deadline for every request. libmicrohttpd's own time-out starts anew with each
 * byte, so that a sender of one byte a second holds a connection for ever; here a connection is
 * shut down unless an answer was finished on it within the limit since it came, or since the
 * answer before. The next request's idle wait counts.
 *
 * Threads: add, renew and remove on the H threads; sweep on a thread of its own between start
 * and stop. One mutex, never held while waiting. Invariant: the list is in order of since_ns, so
 * a sweep ends at the first that is young. A descriptor is known here only while it is open:
 * libmicrohttpd tells of a close before it closes. */
#ifndef AUDIOWATCH_HTTP_DEADLINE_H
#define AUDIOWATCH_HTTP_DEADLINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct deadline_entry {
	TAILQ_ENTRY(deadline_entry) link;
	uint64_t since_ns;
	int fd; /* -1 = was shut down */
};

struct deadline {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t sweeper;
	TAILQ_HEAD(deadline_list, deadline_entry)
	list; /* under lock, as are stop and the entries */
	uint64_t limit_ns;
	bool stop;
};

void deadline_init(struct deadline *deadline, uint64_t limit_ns);
void deadline_deinit(struct deadline *deadline); /* no entry may be left */

/* Starts and joins the sweeping thread: 0 or -errno. */
int deadline_start(struct deadline *deadline);
void deadline_stop(struct deadline *deadline);

/* Watches a connection from now on; NULL without memory. remove frees the entry; NULL is fine. */
struct deadline_entry *deadline_add(struct deadline *deadline, int fd, uint64_t now_ns);
void deadline_renew(struct deadline *deadline, struct deadline_entry *entry, uint64_t now_ns);
void deadline_remove(struct deadline *deadline, struct deadline_entry *entry);

/* Shuts down what is overdue and returns how many; needs no thread. */
size_t deadline_sweep(struct deadline *deadline, uint64_t now_ns);

/* CLOCK_MONOTONIC */
uint64_t deadline_now_ns(void);

#endif
