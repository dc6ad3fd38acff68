/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's ring, one producer, one consumer, 64-byte records in place. Compiled in where libck is found. */
#include <ck_ring.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench/publish_contender.h"

enum { RECORDS = 1024 };

CK_RING_PROTOTYPE(publish, publish_record)

struct peer_ck {
	ck_ring_t ring;
	struct publish_record record, buffer[RECORDS];
};

static int ck_open(struct publish_subject *subject)
{
	struct peer_ck *peer =
		aligned_alloc(_Alignof(struct peer_ck), (sizeof *peer + 127) / 128 * 128);

	subject->self = subject->room = peer;
	if (!peer)
		return -ENOMEM;
	memset(peer, 0, sizeof *peer);
	ck_ring_init(&peer->ring, RECORDS);
	subject->ranges[subject->range_count++] = (struct publish_range){ peer, sizeof *peer };
	return 0;
}

static void ck_close(struct publish_subject *subject)
{
	free(subject->room);
	subject->room = NULL;
}

static void ck_rest(struct publish_subject *subject)
{
	struct peer_ck *peer = subject->room;
	struct publish_record record;

	while (CK_RING_DEQUEUE_SPSC(publish, &peer->ring, peer->buffer, &record))
		;
}

AW_INLINE void ck_begin(void *self)
{
	(void)self;
}

AW_INLINE void ck_end(void *self)
{
	struct peer_ck *peer = self;

	(void)CK_RING_ENQUEUE_SPSC(publish, &peer->ring, peer->buffer, &peer->record);
}

static void ck_run(void *self, struct publish_loop *loop)
{
	publish_loop(self, loop, ck_begin, ck_end);
}

const struct publish_contender publish_ck = { "ck-ring", ck_open, ck_close, ck_rest, ck_run };
