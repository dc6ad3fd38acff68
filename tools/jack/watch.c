/* SPDX-License-Identifier: MIT */
/* Tails and their connections. tail_process() and watch_pending() run on JACK's real-time threads, all else on the
 * link thread: JACK may not be asked for anything from within a callback. */
#include "tools/jack/watch.h"

#include <errno.h>
#include <jack/uuid.h>
#include <string.h>

#include "shm/order.h"
#include "tools/cli/cli.h"

/* Ticks of half a second: a client that is just starting has no ports for a moment. */
enum { LASTING_TICKS = 3 };

/* ---- real-time threads ---- */

struct cycle_entry watch_entry(const jack_client_t *client, jack_nframes_t frames)
{
	struct cycle_entry entry = { .entry_ns = jack_get_time() * 1000, .frames = frames };
	jack_time_t start_us, next_us;
	jack_nframes_t frame;
	float period_us;

	if (jack_get_cycle_times(client, &frame, &start_us, &next_us, &period_us) != 0 ||
	    !(period_us > 0 && period_us < 1e9f))
		return entry;
	entry.start_ns = start_us * 1000;
	entry.period_ns = (uint64_t)(period_us * 1000);
	entry.frame = frame;
	return entry;
}

static int tail_process(jack_nframes_t frames, void *context)
{
	struct watch *watch = context;
	const struct cycle_entry entry = watch_entry(watch->tail, frames);
	const struct cycle_time time = cycle_finish(watch->ring, &watch->cycle, &entry);

	if (time.measured && !*watch->muted)
		aw_render_record(watch->engine, frames, UINT64_MAX, time.ns, time.missed);
	return 0;
}

void watch_pending(struct watch *watch, uint64_t now_ns)
{
	const uint64_t age_ns = cycle_pending(watch->ring, &watch->cycle, now_ns);

	if (age_ns || watch->pending)
		aw_render_pending(watch->engine, age_ns);
	watch->pending = age_ns != 0;
}

/* ---- link thread ---- */

void watch_reset(struct watch *watch)
{
	cycle_reset_tail(&watch->cycle);
	watch->pending = false;
	watch->state = watch->said = WATCH_UNKNOWN;
}

int watch_start(struct watch *watch)
{
	watch->audio = jack_port_register(watch->tail, "audio", JACK_DEFAULT_AUDIO_TYPE,
					  JackPortIsInput, 0);
	watch->midi =
		jack_port_register(watch->tail, "midi", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
	if (!watch->audio || !watch->midi ||
	    jack_set_process_callback(watch->tail, tail_process, watch) != 0 ||
	    jack_activate(watch->tail) != 0)
		return -EIO;
	return 0;
}

void watch_close(struct watch *watch)
{
	if (watch->tail)
		(void)jack_client_close(watch->tail);
	watch->tail = NULL;
	watch->state = WATCH_UNKNOWN;
	aw_render_pending(watch->engine, 0);
	aw_engine_active(watch->engine, false);
}

static bool is_there(const struct watch *watch, jack_client_t *caller)
{
	char *uuid = jack_get_uuid_for_client_name(caller, watch->client);
	const bool there = uuid != NULL;

	jack_free(uuid);
	return there;
}

static bool is_port_of(const char *port, const char *client)
{
	const size_t length = strlen(client);

	return !strncmp(port, client, length) && port[length] == ':';
}

struct connections {
	unsigned found, connected;
};

/* Connects the client's output ports of one type that are not connected. */
static void connect_ports(const struct watch *watch, jack_client_t *caller, jack_port_t *to,
			  struct connections *connections)
{
	const char **ports = jack_get_ports(caller, NULL, jack_port_type(to), JackPortIsOutput);

	for (size_t i = 0; ports && ports[i]; i++) {
		int rc = 0;

		if (!is_port_of(ports[i], watch->client))
			continue;
		connections->found++;
		if (!jack_port_connected_to(to, ports[i]))
			rc = jack_connect(caller, ports[i], jack_port_name(to));
		connections->connected += rc == 0 || rc == EEXIST;
	}
	jack_free(ports);
}

static enum watch_state connect_all(const struct watch *watch, jack_client_t *caller)
{
	struct connections connections = { 0 };

	/* JACK2 lets a client be called a:b, and its ports then look like those of a client a */
	if (!is_there(watch, caller))
		return WATCH_ABSENT;
	connect_ports(watch, caller, watch->audio, &connections);
	connect_ports(watch, caller, watch->midi, &connections);
	if (connections.connected)
		return WATCH_CONNECTED;
	return connections.found ? WATCH_REFUSED : WATCH_BARE;
}

/* passing: it is said only once it lasts. */
static const struct {
	bool passing;
	const char *text;
} words[] = {
	[WATCH_UNKNOWN] = { true, "" },
	[WATCH_ABSENT] = { false, "does not exist (yet): waiting for it" },
	[WATCH_BARE] = { true, "has no output ports: nothing in the graph runs behind it, so it "
			       "cannot be "
			       "watched (try the client that plays its sound)" },
	[WATCH_REFUSED] = { true, "has output ports that cannot be connected: waiting until it is "
				  "active" },
	[WATCH_CONNECTED] = { false, "is watched" },
};

static void say(struct watch *watch)
{
	if (watch->said == watch->state ||
	    (words[watch->state].passing && watch->ticks < LASTING_TICKS))
		return;
	watch->said = watch->state;
	cli_say("client \"%s\" %s", watch->client, words[watch->state].text);
}

void watch_look(struct watch *watch, jack_client_t *caller, bool is_tick)
{
	const enum watch_state before = watch->state;

	watch->state = connect_all(watch, caller);
	watch->ticks = watch->state == before ? watch->ticks + is_tick : 0;
	own_store(&watch->cycle.connected, watch->state == WATCH_CONNECTED);
	aw_engine_active(watch->engine, watch->state == WATCH_CONNECTED);
	say(watch);
}
