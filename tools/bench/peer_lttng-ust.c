/* SPDX-License-Identifier: MIT */
/* LTTng-UST, two tracepoints into a live session: a flight recorder (it overwrites its oldest, as our rings do), of a
 * session daemon that runs already, else of one of our own. Main thread. Compiled in where lttng-ust is found. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "tools/bench/peer_lttng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tools/bench/publish_child.h"
#include "tools/bench/publish_contender.h"

enum { TRIES = 100, TRY_NS = 50000000, FRAMES = 256 };

struct peer_lttng {
	char name[32], folder[32];
	pid_t daemon; /* 0: another one's serves */
	bool created;
};

#define LTTNG(...) \
	(publish_child_run((const char *const[]){ "lttng", "-n", __VA_ARGS__, NULL }) == 0)

static bool again(int tried)
{
	const struct timespec pause = { .tv_nsec = TRY_NS };

	(void)nanosleep(&pause, NULL);
	return tried < TRIES;
}

static bool created(struct peer_lttng *peer)
{
	peer->created = LTTNG("create", peer->name, "--snapshot");
	return peer->created;
}

static const char *session_start(struct peer_lttng *peer)
{
	const char *const daemon[] = { "lttng-sessiond", "--no-kernel", NULL };

	if (publish_child_run((const char *const[]){ "lttng", "--version", NULL }) != 0)
		return "lttng-tools is not installed";
	if (!created(peer))
		peer->daemon = publish_child_start(daemon);
	for (int i = 0; !peer->created && again(i); i++)
		(void)created(peer);
	if (!peer->created)
		return "no session daemon answers (see lttng-sessiond)";
	if (!LTTNG("enable-event", "-u", "audiowatch_bench:*", "-s", peer->name) ||
	    !LTTNG("start", peer->name))
		return "the session does not start";
	for (int i = 0; again(i);)
		if (i++, lttng_ust_tracepoint_enabled(audiowatch_bench, render_end))
			return NULL;
	return "the session does not reach this process";
}

static void lttng_close(struct publish_subject *subject)
{
	struct peer_lttng *peer = subject->room;

	if (!peer)
		return;
	if (peer->created)
		(void)LTTNG("destroy", peer->name);
	if (peer->daemon > 0)
		publish_child_end(peer->daemon);
	(void)publish_child_run((const char *const[]){ "rm", "-rf", peer->folder, NULL });
	(void)unsetenv("LTTNG_HOME");
	free(peer);
	subject->room = NULL;
}

static int lttng_open(struct publish_subject *subject)
{
	struct peer_lttng *peer = calloc(1, sizeof *peer);
	const char *why;

	subject->self = subject->room = peer;
	if (!peer)
		return -ENOMEM;
	(void)snprintf(peer->name, sizeof peer->name, "awbench-%d", (int)getpid());
	(void)snprintf(peer->folder, sizeof peer->folder, "/tmp/awlttng-XXXXXX");
	if (!mkdtemp(peer->folder) || setenv("LTTNG_HOME", peer->folder, 1) < 0)
		return -errno;
	why = session_start(peer);
	(void)snprintf(subject->note, sizeof subject->note, "%s",
		       why ? why
			   : (peer->daemon ? "a live flight-recorder session, own lttng-sessiond"
					   : "a live flight-recorder session"));
	return why ? -ENOTCONN : 0;
}

AW_INLINE void lttng_begin(void *self)
{
	(void)self;
	lttng_ust_tracepoint(audiowatch_bench, render_begin, FRAMES);
}

AW_INLINE void lttng_end(void *self)
{
	(void)self;
	lttng_ust_tracepoint(audiowatch_bench, render_end, FRAMES);
}

static void lttng_run(void *self, struct publish_loop *loop)
{
	publish_loop(self, loop, lttng_begin, lttng_end);
}

const struct publish_contender publish_lttng = { "lttng", lttng_open, lttng_close, NULL, lttng_run };
