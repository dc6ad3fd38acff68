/* SPDX-License-Identifier: MIT */
/*
 * The private handles of one session: one anonymous mapping with MADV_WIPEONFORK, so that in a forked child every
 * field reads 0. `segment` is 0 in a handle that is free or inherited: the one test that makes all of them
 * inert. No field may be harmful as 0.
 *
 * Who writes what:
 *	session, slot states, names in the segment   host control, under `lock`
 *	engine: span, cycle, format, next            the engine's audio thread (set-up while no render runs)
 *	engine: block, mode                          the audio thread; channels on workers read them
 *	channel: span, run                           one thread at a time
 *	lanes, flights_claimed                       any thread, by exchange
 */
#ifndef AUDIOWATCH_RT_SESSION_H
#define AUDIOWATCH_RT_SESSION_H

#include <pthread.h>

#include "rt/audiowatch.h"
#include "rt/clock.h"
#include "shm/hist.h"
#include "shm/layout.h"

/* A slot's life, one legal transition a line (any handle array):
 *	never -> live    first use
 *	live  -> free    *_free
 *	free  -> live    the same name again, or the longest free one
 */
enum aw_slot_state { AW_SLOT_NEVER, AW_SLOT_LIVE, AW_SLOT_FREE };

struct aw_slot_life {
	enum aw_slot_state state;
	uint64_t freed; /* session's count of frees, to find the longest free */
};

/* A single-writer lane: its control words, its ring, and the next index (private: the truth is here). */
struct aw_lane {
	_Atomic uint64_t *intent, *head;
	_Atomic uint64_t *words;
	uint64_t mask, next;
};

struct aw_engine {
	unsigned char *segment;
	struct aw_clock clock;
	struct aw_lane lane;
	struct aw_engine_control *control;
	struct aw_engine_totals *totals;
	struct aw_any_thread *any;
	/* the open span */
	uint64_t begin, late_ns;
	uint32_t frames;
	/* format as the last begin or record found it, and what follows from it */
	uint32_t rate_hz, period_frames; /* both 0 when unknown */
	uint64_t format;
	uint64_t frame_ns; /* nanoseconds a frame, 32.32, rounded up */
	uint64_t gap_ticks; /* two periods */
	uint64_t period_ns;
	struct aw_load_scale load; /* of a period */
	_Atomic uint64_t mode; /* freewheel | active << 1 */
	_Atomic uint64_t block;
	/* the unfinished cycle; 0 calls = none, and they may all be without time or frames */
	uint64_t cycle_ns, cycle_frames, cycle_calls, last_end;
	uint64_t identity; /* index << 16 | generation << 32: word 0 of each record */
	/* host control's */
	struct aw_session *session;
	struct aw_slot_life life;
	uint32_t index;
};

struct aw_channel {
	unsigned char *segment;
	struct aw_clock clock;
	struct aw_engine *engine;
	struct aw_channel_totals *totals;
	uint64_t begin;
	uint64_t run_block, run_ns,
		running; /* the block last ended in, its time so far; 0 = none yet */
	struct aw_session *session;
	struct aw_slot_life life;
	uint32_t index;
};

struct aw_function {
	unsigned char *segment;
	struct aw_clock clock;
	struct aw_function_totals *totals;
	uint64_t identity;
	struct aw_session *session;
	struct aw_slot_life life;
	uint32_t index;
};

/* Flags of the shared lanes and in-flight slots. Here and not in the segment: an exchange on them is then nobody
 * else's business, and a killed thread loses one lane of a process that is dying anyway. Each has a line of its own: two
 * threads on two of them else take the line from each other, at five times the cost. */
struct aw_claimed_lane {
	_Atomic uint32_t busy;
	struct aw_lane lane; /* its holder's */
} __attribute__((aligned(AW_LINE)));

struct aw_claimed_flight {
	_Atomic uint32_t busy;
} __attribute__((aligned(AW_LINE)));

struct aw_session {
	unsigned char *segment;
	struct aw_layout layout;
	struct aw_claimed_lane lanes[AW_SHARED_LANES];
	struct aw_claimed_flight flights_claimed[AW_FLIGHT_SLOTS];
	struct aw_flight *flights;
	struct aw_contended *contended;
	pthread_mutex_t lock;
	uint64_t private_bytes, frees;
	struct aw_engine *engines; /* these three lie in the same mapping */
	struct aw_channel *channels;
	struct aw_function *functions;
	char path[4096]; /* of the object, to unlink it: no descriptor is kept */
};

#define AW_SECTION(session, type, offset) ((struct type *)(void *)((session)->segment + (offset)))

/*
 * Puts one record into a lane that nobody else writes. The reader believes a record only while its index is above
 * intent - capacity, so intent rises before the payload and head after it: a writer killed at any instruction in
 * between leaves at most one record, and no reader believes it.
 */
AW_INLINE void aw_lane_put(struct aw_lane *lane, const struct aw_record *record)
{
	const uint64_t index = lane->next;
	_Atomic uint64_t *slot = lane->words + (index & lane->mask) * AW_RECORD_WORDS;

	lane->next = index + 1;
	own_store(lane->intent, index);
	atomic_thread_fence(
		memory_order_release); /* pairs with the acquire fence after the copy in aw_reader_lane() */
#pragma GCC unroll 8 /* left as a loop it would be the cycle that G1 forbids */
	for (unsigned w = 0; w < AW_RECORD_WORDS; w++)
		own_store(&slot[w], record->words[w]);
	/* release: pairs with the first read of head in aw_reader_lane(); payload and totals are visible with it */
	atomic_store_explicit(lane->head, index + 1, memory_order_release);
}

/* Backward ticks (a migration between unsynchronised counters) are no time at all. */
AW_INLINE uint64_t aw_elapsed_ns(const struct aw_clock *clock, uint64_t begin, uint64_t end)
{
	return end > begin ? aw_scaled(end - begin, clock->mult) : 0;
}

/* A channel's finished run of one block goes into its cell. */
AW_INLINE void aw_channel_settle(struct aw_channel *channel)
{
	if (channel->running)
		own_add(&channel->totals->cells[aw_channel_cell(channel->run_ns)], 1);
	channel->running = 0;
	channel->run_ns = 0;
}

/* What set-up functions answer on a handle that is NULL, closed or inherited by fork: -EBADF; -ECANCELED where
 * AUDIOWATCH_DISABLE is the reason. */
int aw_inert_error(void);

/* rt/reap.c: with no collector for this user, keeps the newest four dead segments and unlinks older ones. */
void aw_reap_dead(int dirfd, const char *prefix);

#endif
