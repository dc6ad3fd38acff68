/* SPDX-License-Identifier: MIT */
/* The tails: for each watched client a JACK client of ours behind its output ports. All but its process callback runs
 * on the link thread (link.c). */
#ifndef AUDIOWATCH_JACK_WATCH_H
#define AUDIOWATCH_JACK_WATCH_H

#include <jack/jack.h>

#include "rt/audiowatch.h"
#include "tools/jack/cycle.h"

/* What is known of the watched client, and was said of it. */
enum watch_state {
	WATCH_UNKNOWN, /* nothing yet on this connection */
	WATCH_ABSENT,
	WATCH_BARE, /* it has no output ports */
	WATCH_REFUSED, /* it has, and none can be connected: it is not active */
	WATCH_CONNECTED,
};

struct watch {
	/* set once */
	const char *client; /* the watched one */
	struct aw_engine *engine;
	const struct cycle_ring *ring;
	const _Atomic bool *muted;
	/* of this connection */
	jack_client_t *tail;
	jack_port_t *audio, *midi;
	struct cycle_tail cycle;
	bool pending; /* W: head: it told the engine so */
	enum watch_state state, said; /* said: the last that was put in words */
	unsigned ticks; /* for how many looks in a row of watch_tick() state has held */
};

/* Between two connections, while neither head nor this tail runs: head looks at all tails from its first cycle on. */
void watch_reset(struct watch *watch);
/* Ports, callbacks, activation of a tail that was opened. 0 or -EIO; on failure the tail is closed by watch_close(). */
int watch_start(struct watch *watch);
/* Connects what there is of the watched client, by calls of `caller`, any active client of ours. is_tick: a look of
 * the clock, not of a notification; only such looks make a passing state a lasting one. */
void watch_look(struct watch *watch, jack_client_t *caller, bool is_tick);
/* After a lost server too; nothing of it runs afterwards, and its engine is idle. */
void watch_close(struct watch *watch);

/* At head's entry. */
void watch_pending(struct watch *watch, uint64_t now_ns);

/* What a process callback knows at its entry; used by head too. Real-time safe. */
struct cycle_entry watch_entry(const jack_client_t *client, jack_nframes_t frames);

#endif
