/* SPDX-License-Identifier: MIT */
/* Connects head and tails to a JACK server and lets go of them again, on the link thread (link.c). head_process() runs
 * on JACK's real-time thread; the other callbacks on whichever thread libjack calls them from (JACK2: its notification
 * thread; PipeWire: some of them the real-time thread), so they store, publish and wake, and ask nothing of JACK. */
#include "tools/jack/client.h"

#include <jack/statistics.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "shm/order.h"
#include "tools/cli/cli.h"
#include "tools/jack/server.h"

/* Ticks of half a second. */
enum { JACK2_NAME_SIZE = 64, UNCALLED_TICKS = 6, CALLED_TICKS = 4 };

/* ---- callbacks ---- */

static int head_process(jack_nframes_t frames, void *context)
{
	struct client *client = context;
	const struct cycle_entry entry = watch_entry(client->head, frames);
	const struct cycle_wake wake = cycle_begin(&client->ring, &entry);

	if (client->muted)
		return 0;
	for (unsigned i = 0; i < client->watch_count; i++)
		watch_pending(&client->watches[i], entry.entry_ns);
	aw_render_record(client->engine, frames, wake.delay_ns,
			 jack_get_time() * 1000 - wake.start_ns, wake.missed);
	return 0;
}

static void wake(struct client *client)
{
	(void)eventfd_write(client->wake_fd, 1);
}

static void tell_format(struct client *client)
{
	const uint32_t rate_hz = client->rate_hz, frames = client->frames;

	if (client->muted)
		return;
	aw_engine_format(client->engine, rate_hz, frames);
	for (unsigned i = 0; i < client->watch_count; i++)
		aw_engine_format(client->watches[i].engine, rate_hz, frames);
}

static int frames_changed(jack_nframes_t frames, void *context)
{
	struct client *client = context;

	client->frames = frames;
	tell_format(client);
	return 0;
}

static int rate_changed(jack_nframes_t rate_hz, void *context)
{
	struct client *client = context;

	client->rate_hz = rate_hz;
	tell_format(client);
	return 0;
}

static void freewheel_changed(int on, void *context)
{
	struct client *client = context;

	client->freewheeling = on != 0;
	if (client->muted)
		return;
	aw_engine_freewheel(client->engine, on != 0);
	for (unsigned i = 0; i < client->watch_count; i++)
		aw_engine_freewheel(client->watches[i].engine, on != 0);
}

/* PipeWire gives seconds where JACK gives microseconds, so its delay is unknown. */
static int xrun_reported(void *context)
{
	struct client *client = context;
	const float delay_us = client->is_pipewire ? 0 : jack_get_xrun_delayed_usecs(client->head);

	if (!client->muted)
		aw_xrun(client->engine, AW_XRUN_JACK,
			delay_us > 0 ? (uint64_t)(delay_us * 1000) : 0);
	return 0;
}

static void server_gone(void *context)
{
	struct client *client = context;

	client->gone = true;
	wake(client);
}

static void client_changed(const char *name, int registered, void *context)
{
	(void)name, (void)registered;
	wake(context);
}

static void port_changed(jack_port_id_t port, int registered, void *context)
{
	(void)port, (void)registered;
	wake(context);
}

static void connection_changed(jack_port_id_t a, jack_port_id_t b, int connected, void *context)
{
	(void)a, (void)b, (void)connected;
	wake(context);
}

/* ---- connecting ---- */

static void say_nothing(const char *message)
{
	(void)message;
}

static bool is_pipewire(void)
{
	return strstr(jack_get_version_string(), "PipeWire") != NULL;
}

/* JACK2 says 65 and refuses more than 63 bytes. */
size_t client_name_size(void)
{
	const size_t size = (size_t)jack_client_name_size();

	return is_pipewire() || size < JACK2_NAME_SIZE ? size : JACK2_NAME_SIZE;
}

void client_init(struct client *client, const struct options *options)
{
	client->options = options;
	client->watch_count = options->watch_count;
	client->is_pipewire = is_pipewire();
	for (unsigned i = 0; i < client->watch_count; i++) {
		client->watches[i].client = options->watches[i];
		client->watches[i].ring = &client->ring;
		client->watches[i].muted = &client->muted;
	}
	/* libjack may be told otherwise by an environment that starts servers */
	(void)setenv("JACK_NO_START_SERVER", "1", 1);
	if (!options->verbose) {
		jack_set_error_function(say_nothing);
		jack_set_info_function(say_nothing);
	}
}

static jack_client_t *open_as(const struct client *client, const char *name, jack_options_t exact,
			      jack_status_t *status)
{
	*status = 0;
	return jack_client_open(name, JackNoStartServer | JackServerName | exact, status,
				client->options->server);
}

/* libjack 1.9.21 loses JackNameNotUnique on the way; asked for any name like it, it tells. */
static bool is_taken(const struct client *client, const char *name)
{
	jack_status_t status;
	jack_client_t *other = open_as(client, name, JackNullOption, &status);

	if (other)
		(void)jack_client_close(other);
	return (status & JackNameNotUnique) != 0;
}

static enum client_outcome open_client(const struct client *client, const char *name,
				       jack_client_t **opened)
{
	jack_status_t status;

	*opened = open_as(client, name, JackUseExactName, &status);
	if (*opened)
		return CLIENT_CONNECTED;
	if (status & JackServerFailed)
		return CLIENT_NO_SERVER;
	return (status & JackNameNotUnique) || is_taken(client, name) ? CLIENT_TAKEN : CLIENT_FAILED;
}

static enum client_outcome open_tails(struct client *client, char *name)
{
	enum client_outcome outcome = CLIENT_CONNECTED;

	for (unsigned i = 0; i < client->watch_count && outcome == CLIENT_CONNECTED; i++) {
		struct watch *watch = &client->watches[i];

		outcome = open_client(client, options_tail(client->options, i, name), &watch->tail);
		if (outcome == CLIENT_CONNECTED)
			jack_on_shutdown(watch->tail, server_gone, client);
	}
	return outcome;
}

static int set_callbacks(struct client *client)
{
	jack_client_t *head = client->head;

	jack_on_shutdown(head, server_gone, client);
	return jack_set_process_callback(head, head_process, client) |
	       jack_set_buffer_size_callback(head, frames_changed, client) |
	       jack_set_sample_rate_callback(head, rate_changed, client) |
	       jack_set_freewheel_callback(head, freewheel_changed, client) |
	       jack_set_xrun_callback(head, xrun_reported, client) |
	       jack_set_client_registration_callback(head, client_changed, client) |
	       jack_set_port_registration_callback(head, port_changed, client) |
	       jack_set_port_connect_callback(head, connection_changed, client);
}

static enum client_outcome start(struct client *client)
{
	cycle_reset(&client->ring, 0);
	client->uncalled_ticks = client->called_ticks = 0;
	client->is_in = false;
	client->seen = 0;
	for (unsigned i = 0; i < client->watch_count; i++)
		watch_reset(&client->watches[i]);
	client->rate_hz = jack_get_sample_rate(client->head);
	client->frames = jack_get_buffer_size(client->head);
	tell_format(client);
	freewheel_changed(0, client);
	if (set_callbacks(client) != 0 || jack_activate(client->head) != 0)
		return CLIENT_FAILED;
	for (unsigned i = 0; i < client->watch_count; i++)
		if (watch_start(&client->watches[i]) < 0)
			return CLIENT_FAILED;
	return CLIENT_CONNECTED;
}

/* Once: it is found at each try. */
static void say_unknown(struct client *client)
{
	if (!client->unknown_said)
		cli_say("no jackd of the name \"%s\" is among this user's processes, so whether "
			"the server is synchronous is unknown; if it is, it waits for this program "
			"when this is stopped (--sync-ok: so be it)",
			client->options->server);
	client->unknown_said = true;
}

/* Whether we may join. */
static enum client_outcome look_at_server(struct client *client)
{
	const char *server = client->options->server;

	if (client->is_pipewire)
		return CLIENT_CONNECTED; /* it is found and judged by its own library */
	if (!server_listens(server))
		return CLIENT_NO_SERVER;
	if (client->options->sync_ok)
		return CLIENT_CONNECTED;
	switch (server_mode(server)) {
	case SERVER_SYNCHRONOUS:
		return CLIENT_SYNCHRONOUS;
	case SERVER_UNKNOWN:
		say_unknown(client);
		return CLIENT_CONNECTED;
	default:
		return CLIENT_CONNECTED;
	}
}

enum client_outcome client_connect(struct client *client, char *taken)
{
	enum client_outcome outcome = look_at_server(client);

	client->gone = false;
	(void)strcpy(taken, client->options->name);
	if (outcome == CLIENT_CONNECTED)
		outcome = open_client(client, client->options->name, &client->head);
	if (outcome == CLIENT_CONNECTED)
		outcome = open_tails(client, taken);
	if (outcome == CLIENT_CONNECTED)
		outcome = start(client);
	if (outcome != CLIENT_CONNECTED && client->head)
		client_disconnect(client);
	return outcome;
}

bool client_is_gone(const struct client *client)
{
	return client->gone;
}

/* head is stopped first: while it runs it looks at the tails. */
void client_disconnect(struct client *client)
{
	(void)jack_deactivate(client->head);
	for (unsigned i = 0; i < client->watch_count; i++)
		watch_close(&client->watches[i]);
	(void)jack_client_close(client->head);
	client->head = NULL;
}

/* ---- connected ---- */

static uint32_t per_million(float percent)
{
	return percent > 0 && percent < 400000 ? (uint32_t)(percent * 10000) : 0;
}

static void count_uncalled(struct client *client)
{
	const uint64_t newest = own_load(&client->ring.newest);

	client->uncalled_ticks = newest != client->seen ? 0 : client->uncalled_ticks + 1;
	client->called_ticks = newest != client->seen ? client->called_ticks + 1 : 0;
	client->is_in |= client->called_ticks >= CALLED_TICKS;
	client->seen = newest;
	if (newest)
		aw_engine_active(client->engine, true);
}

bool client_is_left_out(const struct client *client)
{
	return !client->is_pipewire && !client->freewheeling && !client->is_in &&
	       client->uncalled_ticks >= UNCALLED_TICKS;
}

void client_look(struct client *client, bool is_tick)
{
	if (is_tick)
		count_uncalled(client);
	if (is_tick)
		aw_engine_host_load(client->engine, per_million(jack_cpu_load(client->head)));
	for (unsigned i = 0; i < client->watch_count; i++)
		watch_look(&client->watches[i], client->head, is_tick);
}
