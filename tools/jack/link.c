/* SPDX-License-Identifier: MIT */
/* The link thread: connects, follows, lets go, twice a second and whenever a callback wakes it. */
#include "tools/jack/link.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>

#include "tools/cli/cli.h"

enum { TICK_MS = 500, STUCK_MS = 5000 };

uint64_t link_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void say(const struct link *link, enum client_outcome outcome, const char *name)
{
	const struct options *options = link->client.options;

	switch (outcome) {
	case CLIENT_CONNECTED:
		cli_say("connected %sto the JACK server \"%s\" as \"%s\"",
			link->was_connected ? "again " : "", options->server, options->name);
		break;
	case CLIENT_NO_SERVER:
		cli_say("waiting for the JACK server \"%s\"; none is started", options->server);
		break;
	case CLIENT_TAKEN:
		cli_say("--name: the JACK server \"%s\" has a client \"%s\" already (try --name "
			"%s2)",
			options->server, name, options->name);
		break;
	case CLIENT_SYNCHRONOUS:
		cli_say("the JACK server \"%s\" is synchronous (jackd -S): it would wait for this "
			"program "
			"whenever this is stopped (try jackd without -S, or --sync-ok)",
			options->server);
		break;
	case CLIENT_FAILED:
		cli_say("the JACK server \"%s\" refuses a client (try --verbose, which tells what "
			"libjack says)",
			options->server);
		break;
	}
}

/* Those that a person at the command line can mend are an end at the start; later the engines go on waiting. */
static bool is_final(const struct link *link, enum client_outcome outcome)
{
	return !link->was_connected && (outcome == CLIENT_TAKEN || outcome == CLIENT_SYNCHRONOUS);
}

/* False: this is the end, and was said. */
static bool try_connect(struct link *link)
{
	char name[LINK_NAME_SIZE];
	const enum client_outcome outcome = client_connect(&link->client, name);

	if (outcome != link->said || (outcome == CLIENT_CONNECTED && !link->was_connected))
		say(link, outcome, name);
	link->said = outcome;
	if (is_final(link, outcome))
		return false;
	if (outcome == CLIENT_CONNECTED) {
		link->connected = link->was_connected = true;
		client_look(&link->client, true);
	}
	return true;
}

static void lose(struct link *link)
{
	cli_say("the JACK server \"%s\" is gone", link->client.options->server);
	link->said = CLIENT_NO_SERVER;
	link->connected = false;
	link->closing = true;
	client_disconnect(&link->client);
	link->closing = false;
}

/* Said once: until the server's freewheeling ends it may be in vain, and not only once. */
static void rejoin(struct link *link)
{
	if (!link->rejoin_said)
		cli_say("the JACK server \"%s\" gives this client no cycle, as it does when joined "
			"while it freewheels; connecting again until it does",
			link->client.options->server);
	link->rejoin_said = true;
	link->connected = false;
	client_disconnect(&link->client);
}

/* False: the end. */
static bool step(struct link *link, bool is_tick)
{
	if (link->client.head && client_is_gone(&link->client))
		lose(link);
	else if (link->client.head && client_is_left_out(&link->client))
		rejoin(link);
	else if (link->client.head)
		client_look(&link->client, is_tick);
	else if (is_tick)
		return try_connect(link);
	return true;
}

static void pause_until(const struct link *link, uint64_t until_ms)
{
	struct pollfd woken = { .fd = link->client.wake_fd, .events = POLLIN };
	const uint64_t now_ms = link_now_ms();
	eventfd_t count;

	if (poll(&woken, 1, until_ms > now_ms ? (int)(until_ms - now_ms) : 0) > 0)
		(void)eventfd_read(woken.fd, &count);
}

static void *run(void *context)
{
	struct link *link = context;
	uint64_t tick_ms = 0;
	bool goes_on = true;

	while (goes_on && !link->ending) {
		const uint64_t now_ms = link_now_ms();
		const bool is_tick = now_ms >= tick_ms;

		tick_ms = is_tick ? now_ms + TICK_MS : tick_ms;
		link->busy_ms = now_ms;
		goes_on = step(link, is_tick);
		link->busy_ms = 0;
		if (goes_on)
			pause_until(link, tick_ms);
	}
	if (link->client.head)
		client_disconnect(&link->client);
	(void)eventfd_write(link->ended_fd, 1);
	return NULL;
}

int link_start(struct link *link)
{
	link->said = CLIENT_CONNECTED;
	link->client.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	link->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (link->client.wake_fd < 0 || link->ended_fd < 0)
		return -errno;
	return -pthread_create(&link->thread, NULL, run, link);
}

int link_end(struct link *link)
{
	struct timespec deadline;

	link->ending = true;
	(void)eventfd_write(link->client.wake_fd, 1);
	(void)clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += STUCK_MS / 1000;
	return -pthread_timedjoin_np(link->thread, NULL, &deadline);
}

bool link_is_stuck(const struct link *link, uint64_t now_ms)
{
	const uint64_t busy_ms = link->busy_ms;

	return busy_ms && now_ms > busy_ms + STUCK_MS;
}
