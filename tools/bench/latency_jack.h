/* SPDX-License-Identifier: MIT */
/* The measurement inside a JACK client's process callback: a client without ports, which runs in every cycle. Opened,
 * started, stopped and closed by the main thread; never starts a server. */
#ifndef AUDIOWATCH_BENCH_LATENCY_JACK_H
#define AUDIOWATCH_BENCH_LATENCY_JACK_H

#include <jack/jack.h>
#include <jack/thread.h>

#include "tools/bench/latency_meter.h"

struct latency_jack {
	jack_client_t *client;
	struct latency_meter *meter;
	double load;
	_Atomic uint32_t rate_hz, frames; /* W: JACK's notification thread */
	_Atomic uint64_t format_changes; /* W: the same: of either */
	_Atomic bool freewheel, gone; /* W: the same; gone: the server has left us */

	/* The process thread's. */
	_Atomic bool inside; /* it may count and publish */
	jack_nframes_t expected; /* frame time at which the next cycle begins */
	bool running; /* expected is known */
};

/* 0, or -ECONNREFUSED and one line. server: NULL = the default one. */
int latency_jack_open(struct latency_jack *jack, const char *server);
/* From here on the callback runs. 0, or -EIO and one line. */
int latency_jack_start(struct latency_jack *jack);
/* Ends the measurement: nobody counts any more, also where the server hangs. Waits at most 2 s for a cycle that runs. */
void latency_jack_stop(struct latency_jack *jack);
/* After it no callback runs any more. 0, or below and one line after 5 s: libjack waits for the server without end, and
 * the process can only leave by _exit(). */
int latency_jack_close(struct latency_jack *jack);

#endif
