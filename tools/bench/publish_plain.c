/* SPDX-License-Identifier: MIT */
/* The contenders that need nothing that the build does not need: clocks, JACK's ring, a queue behind a mutex. Main
 * thread; the rings and the queue are emptied between runs, so none of them ever is full. */
#include <errno.h>
#include <jack/ringbuffer.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/bench/publish_contender.h"

enum { QUEUE_RECORDS = 1024 }; /* more than a batch, a power of two */

struct plain {
	struct aw_clock clock;
	jack_ringbuffer_t *ring;
	pthread_mutex_t lock;
	uint64_t head, tail;
	struct publish_record record, queue[QUEUE_RECORDS];
};

static int plain_open(struct publish_subject *subject)
{
	struct plain *plain = calloc(1, sizeof *plain);

	subject->room = subject->self = plain;
	if (!plain)
		return -ENOMEM;
	aw_clock_init(&plain->clock);
	(void)pthread_mutex_init(&plain->lock, NULL);
	subject->ranges[subject->range_count++] = (struct publish_range){ plain, sizeof *plain };
	return 0;
}

static void plain_close(struct publish_subject *subject)
{
	struct plain *plain = subject->room;

	if (plain && plain->ring)
		jack_ringbuffer_free(plain->ring);
	free(plain);
	subject->room = NULL;
}

static int jack_open(struct publish_subject *subject)
{
	const int rc = plain_open(subject);
	struct plain *plain = subject->room;

	if (rc == 0)
		plain->ring = jack_ringbuffer_create(QUEUE_RECORDS * sizeof plain->record);
	if (rc < 0 || !plain->ring)
		return -ENOMEM;
	memset(plain->ring->buf, 0, plain->ring->size); /* so that no page comes with a fault */
	subject->ranges[subject->range_count++] =
		(struct publish_range){ plain->ring, sizeof *plain->ring };
	subject->ranges[subject->range_count++] =
		(struct publish_range){ plain->ring->buf, plain->ring->size };
	return 0;
}

static void jack_rest(struct publish_subject *subject)
{
	struct plain *plain = subject->room;

	jack_ringbuffer_read_advance(plain->ring, jack_ringbuffer_read_space(plain->ring));
}

static void queue_rest(struct publish_subject *subject)
{
	struct plain *plain = subject->room;

	(void)pthread_mutex_lock(&plain->lock);
	plain->tail = plain->head;
	(void)pthread_mutex_unlock(&plain->lock);
}

/* ---- the calls ---- */

AW_INLINE void nothing_begin(void *self)
{
	(void)self;
}

AW_INLINE void nothing_end(void *self)
{
	(void)self;
}

AW_INLINE void bare_begin(void *self)
{
	const struct plain *plain = self;
	uint64_t now = aw_ticks(&plain->clock);

	__asm__ volatile("" : : "r"(now));
}

AW_INLINE void bare_end(void *self)
{
	bare_begin(self);
}

AW_INLINE void clock_begin(void *self)
{
	struct timespec now;

	(void)self;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	__asm__ volatile("" : : "r"(&now) : "memory");
}

AW_INLINE void clock_end(void *self)
{
	clock_begin(self);
}

AW_INLINE void jack_begin(void *self)
{
	(void)self;
}

AW_INLINE void jack_end(void *self)
{
	struct plain *plain = self;

	(void)jack_ringbuffer_write(plain->ring, (const char *)&plain->record, sizeof plain->record);
}

AW_INLINE void queue_begin(void *self)
{
	(void)self;
}

AW_INLINE void queue_end(void *self)
{
	struct plain *plain = self;

	(void)pthread_mutex_lock(&plain->lock);
	if (plain->head - plain->tail < QUEUE_RECORDS)
		plain->queue[plain->head++ % QUEUE_RECORDS] = plain->record;
	(void)pthread_mutex_unlock(&plain->lock);
}

AW_INLINE void span_begin(void *self)
{
	struct plain *plain = self;

	plain->record.words[0] = aw_ticks(&plain->clock);
}

AW_INLINE void span_end(void *self)
{
	struct plain *plain = self;

	plain->record.words[1] = aw_ticks(&plain->clock) - plain->record.words[0];
	queue_end(self);
}

#define RUN(noun) \
	static void noun##_run(void *self, struct publish_loop *loop) \
	{ \
		publish_loop(self, loop, noun##_begin, noun##_end); \
	}
RUN(nothing)
RUN(bare)
RUN(clock)
RUN(jack)
RUN(queue)
RUN(span)
#undef RUN

const struct publish_contender publish_nothing = { "nothing", plain_open, plain_close, NULL,
						   nothing_run };
const struct publish_contender publish_bare = { "bare", plain_open, plain_close, NULL, bare_run };
const struct publish_contender publish_clock = { "clock", plain_open, plain_close, NULL, clock_run };
const struct publish_contender publish_jack = { "jack-ring", jack_open, plain_close, jack_rest,
						jack_run };
const struct publish_contender publish_queue = { "mutex-queue", plain_open, plain_close, queue_rest,
						 queue_run };
const struct publish_contender publish_span = { "mutex-span", plain_open, plain_close, queue_rest,
						span_run };
