/* SPDX-License-Identifier: MIT */
/* The link to the JACK server, on a thread of its own that makes all calls of libjack: any of them may take as long as
 * a server that is stopped or stuck likes, and the main thread has signals to answer. */
#ifndef AUDIOWATCH_JACK_LINK_H
#define AUDIOWATCH_JACK_LINK_H

#include <pthread.h>

#include "tools/jack/client.h"

enum { LINK_NAME_SIZE = 512 };

struct link {
	struct client client;
	pthread_t thread;
	int ended_fd; /* an eventfd: the thread has come to its end */
	_Atomic bool ending; /* W: main */
	_Atomic bool connected; /* W: link */
	_Atomic bool closing; /* W: link: it lets go of a server that is gone */
	_Atomic uint64_t busy_ms; /* W: link: since when it is with libjack; 0 = it is not */
	/* the link thread's own */
	bool was_connected, rejoin_said;
	enum client_outcome said; /* of the tries since the last connection */
};

/* The client is ready (client_init). 0 or -errno. */
int link_start(struct link *link);
/* 0, or -ETIMEDOUT when the thread does not come back from libjack for some seconds. */
int link_end(struct link *link);
/* Whether libjack has kept the link for longer than it should. */
bool link_is_stuck(const struct link *link, uint64_t now_ms);

/* CLOCK_MONOTONIC. */
uint64_t link_now_ms(void);

#endif
