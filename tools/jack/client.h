/* SPDX-License-Identifier: MIT */
/* Our JACK clients, head and tails: connecting them to a server, and letting go of one that is gone. On the link
 * thread, but for the callbacks; those wake it through wake_fd. */
#ifndef AUDIOWATCH_JACK_CLIENT_H
#define AUDIOWATCH_JACK_CLIENT_H

#include "tools/jack/options.h"
#include "tools/jack/watch.h"

struct client {
	/* set once */
	const struct options *options;
	struct aw_engine *engine; /* jack */
	struct watch watches[OPTIONS_WATCHES];
	unsigned watch_count;
	int wake_fd; /* an eventfd: something changed */
	bool is_pipewire; /* which libjack this is */
	bool unknown_said; /* that the server's mode is not known */
	_Atomic bool muted; /* W: main, at a forced end: no callback publishes any more */
	/* of this connection */
	jack_client_t *head; /* NULL = none */
	struct cycle_ring ring;
	uint64_t seen; /* the newest cycle at the last tick */
	unsigned uncalled_ticks,
		called_ticks; /* since head was called last; in a row, in which it was */
	bool is_in; /* once it was called for a while: a server that stalls later is not left for that */
	_Atomic bool freewheeling; /* W: callbacks */
	_Atomic bool gone; /* W: any callback: the server is, or has dropped one of us */
	_Atomic uint32_t rate_hz, frames; /* W: callbacks */
};

enum client_outcome {
	CLIENT_CONNECTED,
	CLIENT_NO_SERVER,
	CLIENT_TAKEN, /* there is a client of that name */
	CLIENT_SYNCHRONOUS, /* and --sync-ok was not given */
	CLIENT_FAILED, /* the server would not, or died meanwhile */
};

/* Of a client's name, its NUL included, as this libjack accepts it. */
size_t client_name_size(void);
/* Engines and wake_fd are set by the caller. Tells libjack to be silent and never to start a server. */
void client_init(struct client *client, const struct options *options);

/* One try; `taken` (of options->name_size bytes) then is the name that was. All or nothing. */
enum client_outcome client_connect(struct client *client, char *taken);
/* Whether the server that we were connected to is gone. */
bool client_is_gone(const struct client *client);
/* Whether head has had no cycle for seconds. JACK2 1.9.21 does that to a client that was activated while the server freewheeled. */
bool client_is_left_out(const struct client *client);
/* Nothing of the clients runs afterwards; the engines stay. */
void client_disconnect(struct client *client);

/* Follows the watched clients; is_tick: also reads the load. */
void client_look(struct client *client, bool is_tick);

#endif
