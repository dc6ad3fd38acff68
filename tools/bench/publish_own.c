/* SPDX-License-Identifier: MIT */
/* Our own calls as contenders, each in a session of its own. Main thread, and the second of ffi-apart and ffi-same. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt/session.h"
#include "tools/bench/publish_contender.h"

enum { RATE_HZ = 48000, FRAMES = 256, DEFAULT_RING = 0 };

/* What a half of a call needs; one a thread, a line of its own. */
struct own {
	_Alignas(128) struct aw_engine *engine;
	struct aw_channel *channel;
	struct aw_function *function;
	struct aw_ffi_call call;
};

struct room {
	struct own threads[2];
	struct aw_session *session;
};

/* ---- opening ---- */

static void range_add(struct publish_subject *subject, const void *from, uint64_t size_bytes)
{
	subject->ranges[subject->range_count++] = (struct publish_range){ from, size_bytes };
}

/* Segment, handles and tables: all that a call may touch but its own code. */
static void ranges_fill(struct publish_subject *subject, const struct room *room)
{
	range_add(subject, room->session->segment, room->session->layout.size);
	range_add(subject, room->session, room->session->private_bytes);
	range_add(subject, aw_time_bounds, sizeof aw_time_bounds);
	range_add(subject, aw_time_guess, sizeof aw_time_guess);
	range_add(subject, room->threads, sizeof room->threads);
}

static int handles_open(struct room *room)
{
	struct own *own = room->threads;
	int rc = aw_engine_new(room->session, "publish", &own->engine);

	rc = rc ? rc : aw_channel_new(own->engine, NULL, "publish", &own->channel);
	rc = rc ? rc : aw_function_new(room->session, "first", &own->function);
	own[1] = own[0];
	rc = rc ? rc : aw_function_new(room->session, "second", &own[1].function);
	aw_engine_format(own->engine, RATE_HZ, FRAMES);
	aw_engine_active(own->engine, true);
	return rc;
}

static void own_close(struct publish_subject *subject)
{
	struct room *room = subject->room;

	if (room)
		aw_close(room->session);
	free(room);
	subject->room = NULL;
}

static int own_open(struct publish_subject *subject, uint32_t ring_records, const char *instance)
{
	struct room *room = aligned_alloc(_Alignof(struct room), sizeof *room);
	struct aw_options options = AW_OPTIONS_INIT;
	int rc = room ? 0 : -ENOMEM;

	subject->room = room;
	options.name = "audiowatch-bench";
	options.version = AW_VERSION_STRING;
	options.instance = instance;
	options.ring_records = ring_records;
	if (room)
		memset(room, 0, sizeof *room);
	rc = rc ? rc : aw_open(&options, &room->session);
	rc = rc ? rc : handles_open(room);
	if (rc < 0) {
		(void)snprintf(subject->note, sizeof subject->note, "no session: %s",
			       rc == -ECANCELED ? "AUDIOWATCH_DISABLE is set" : strerror(-rc));
		own_close(subject);
		return rc;
	}
	subject->self = &room->threads[0];
	subject->watched = true;
	ranges_fill(subject, room);
	return 0;
}

static int alone_open(struct publish_subject *subject)
{
	return own_open(subject, DEFAULT_RING, subject->contender->name);
}

int publish_render_open(struct publish_subject *subject, uint32_t ring_records, const char *instance)
{
	subject->contender = &publish_render;
	return own_open(subject, ring_records, instance);
}

static int apart_open(struct publish_subject *subject)
{
	const int rc = alone_open(subject);

	if (rc == 0)
		subject->beside = &((struct room *)subject->room)->threads[1];
	return rc;
}

static int same_open(struct publish_subject *subject)
{
	const int rc = apart_open(subject);

	if (rc == 0)
		((struct own *)subject->beside)->function = ((struct own *)subject->self)->function;
	return rc;
}

/* ---- the calls ---- */

AW_INLINE void render_begin(void *self)
{
	aw_render_begin(((struct own *)self)->engine, FRAMES);
}

AW_INLINE void render_end(void *self)
{
	aw_render_end(((struct own *)self)->engine);
}

AW_INLINE void channel_begin(void *self)
{
	aw_channel_begin(((struct own *)self)->channel);
}

AW_INLINE void channel_end(void *self)
{
	aw_channel_end(((struct own *)self)->channel);
}

AW_INLINE void xrun_begin(void *self)
{
	(void)self;
}

AW_INLINE void xrun_end(void *self)
{
	aw_xrun(((struct own *)self)->engine, AW_XRUN_HOST, 1000);
}

AW_INLINE void ffi_begin(void *self)
{
	struct own *own = self;

	own->call = aw_ffi_begin(own->function);
}

AW_INLINE void ffi_end(void *self)
{
	aw_ffi_end(((struct own *)self)->call, true);
}

#define RUN(noun) \
	static void noun##_run(void *self, struct publish_loop *loop) \
	{ \
		publish_loop(self, loop, noun##_begin, noun##_end); \
	}
RUN(render)
RUN(channel)
RUN(xrun)
RUN(ffi)
#undef RUN

const struct publish_contender publish_render = { "render", alone_open, own_close, NULL,
						  render_run };
const struct publish_contender publish_channel = { "channel", alone_open, own_close, NULL,
						   channel_run };
const struct publish_contender publish_xrun = { "xrun", alone_open, own_close, NULL, xrun_run };
const struct publish_contender publish_ffi = { "ffi", alone_open, own_close, NULL, ffi_run };
const struct publish_contender publish_ffi_apart = { "ffi-apart", apart_open, own_close, NULL,
						     ffi_run };
const struct publish_contender publish_ffi_same = { "ffi-same", same_open, own_close, NULL,
						    ffi_run };
