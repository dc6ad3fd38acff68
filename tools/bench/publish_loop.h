/* SPDX-License-Identifier: MIT */
/* The loops that time a contender: generated around its two halves, so that nothing stands between the clock and them.
 * On the measuring thread, and on the second one where a contender has one. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_LOOP_H
#define AUDIOWATCH_BENCH_PUBLISH_LOOP_H

#include "rt/clock.h"

/* How it is called. */
enum publish_manner {
	PUBLISH_BACK, /* back to back */
	PUBLISH_WORK, /* with work inside and after it */
	PUBLISH_FLUSHED, /* each call finds its memory gone from the caches */
	PUBLISH_MANNERS,
	PUBLISH_EACH = PUBLISH_MANNERS /* each call between two clock reads */
};

enum { PUBLISH_RANGES = 8 };

/* What PUBLISH_FLUSHED takes out of the caches. */
struct publish_range {
	const void *from;
	uint64_t size_bytes;
};

/* One run. Owned by the thread that runs it. */
struct publish_loop {
	enum publish_manner manner;
	uint32_t calls;
	struct aw_clock clock;
	uint32_t work; /* steps of the work inside and after */
	uint32_t gap; /* steps between two calls of PUBLISH_EACH */
	const struct publish_range *ranges;
	unsigned range_count;
	uint32_t *samples; /* ticks of each call; of the other manners without FLUSHED not written */
	uint64_t ticks; /* out: of all calls together, BACK and WORK */
};

enum { PUBLISH_STEP = 16 };

/* So many steps of multiplications, each waiting for the one before, and the first for x; the compiler can leave none
 * out. Steps are long and few, so that how often the loop goes round is always foreseen. */
AW_INLINE uint64_t publish_work(uint64_t x, uint32_t steps)
{
	for (uint32_t i = 0; i < steps; i++) {
#pragma GCC unroll 16
		for (unsigned k = 0; k < PUBLISH_STEP; k++) {
			x = x * UINT64_C(6364136223846793005) + 1;
			__asm__ volatile("" : "+r"(x));
		}
	}
	return x;
}

/* Out of all caches; or, where a program may not say so, so much else into them that nothing of it is left. */
void publish_flush(const struct publish_range *ranges, unsigned count);

AW_INLINE uint32_t publish_lasted(uint64_t ticks)
{
	return ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

/* A contender's run() is this with its own two halves, which the compiler takes in. */
AW_INLINE void publish_loop(void *self, struct publish_loop *loop, void (*begin)(void *),
			    void (*end)(void *))
{
	const struct aw_clock clock = loop->clock;
	const uint64_t from = aw_ticks(&clock);
	uint64_t at, x = 0;

	if (loop->manner == PUBLISH_BACK)
		for (uint32_t i = 0; i < loop->calls; i++) {
			begin(self);
			end(self);
		}
	else if (loop->manner == PUBLISH_WORK)
		for (uint32_t i = 0; i < loop->calls; i++) {
			begin(self);
			x = publish_work(x, loop->work);
			end(self);
			x = publish_work(x, loop->work);
		}
	else
		for (uint32_t i = 0; i < loop->calls; i++) {
			if (loop->manner == PUBLISH_FLUSHED)
				publish_flush(loop->ranges, loop->range_count);
			x = publish_work(x, loop->gap);
			at = aw_ticks(&clock);
			begin(self);
			end(self);
			loop->samples[i] = publish_lasted(aw_ticks(&clock) - at);
		}
	loop->ticks = aw_ticks(&clock) - from;
}

#endif
