/* SPDX-License-Identifier: MIT */
/* prometheus-cpp as a render thread would use it: a clock read at the beginning and at the end, then a histogram's
 * Observe, or the gauge of the render time as the White Room guide has it. Compiled in where it is found. */
#include <errno.h>
#include <stdlib.h>

#include "tools/bench/peer_prometheus.h"
#include "tools/bench/publish_contender.h"

struct timed {
	struct peer_prometheus *peer;
	struct aw_clock clock;
	double seconds_a_tick;
	uint64_t begin;
};

static int timed_open(struct publish_subject *subject)
{
	struct timed *timed = calloc(1, sizeof *timed);

	subject->self = subject->room = timed;
	if (!timed)
		return -ENOMEM;
	aw_clock_init(&timed->clock);
	timed->seconds_a_tick = (double)timed->clock.mult / 4294967296.0 / 1e9;
	timed->peer = peer_prometheus_new();
	return timed->peer ? 0 : -ENOMEM;
}

static void timed_close(struct publish_subject *subject)
{
	struct timed *timed = subject->room;

	if (timed && timed->peer)
		peer_prometheus_free(timed->peer);
	free(timed);
	subject->room = NULL;
}

AW_INLINE void timed_begin(void *self)
{
	struct timed *timed = self;

	timed->begin = aw_ticks(&timed->clock);
}

AW_INLINE double timed_s(const struct timed *timed)
{
	return (double)(aw_ticks(&timed->clock) - timed->begin) * timed->seconds_a_tick;
}

AW_INLINE void histogram_end(void *self)
{
	struct timed *timed = self;

	peer_prometheus_observe(timed->peer, timed_s(timed));
}

AW_INLINE void gauge_end(void *self)
{
	struct timed *timed = self;

	peer_prometheus_set(timed->peer, timed_s(timed));
}

static void histogram_run(void *self, struct publish_loop *loop)
{
	publish_loop(self, loop, timed_begin, histogram_end);
}

static void gauge_run(void *self, struct publish_loop *loop)
{
	publish_loop(self, loop, timed_begin, gauge_end);
}

const struct publish_contender publish_histogram = { "prometheus-histogram", timed_open,
						     timed_close, NULL, histogram_run };
const struct publish_contender publish_gauge = { "prometheus-gauge", timed_open, timed_close, NULL,
						 gauge_run };
