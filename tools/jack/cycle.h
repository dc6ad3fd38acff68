/* SPDX-License-Identifier: MIT */
/* What head and tail make of a JACK cycle: when it began, how late they are, what was skipped. Pure: every time comes
 * with the call and is on JACK's own clock.
 *
 * head stands at the front of the graph and begins the cycles: it numbers them and notes their starts in a ring. Those
 * that it was not called for, as the frame count tells, have numbers too: on one processor a client that computes for
 * too long keeps head from running as well.
 * tail stands behind the watched client and finishes them: its time is its entry minus the start of the first cycle
 * that it had not finished. ("Minus the newest start" reads 3 ms for a client that takes 30, since an asynchronous
 * server begins new cycles meanwhile.)
 *
 * Who may run together: cycle_begin() and cycle_pending() on head's thread; cycle_finish() on each tail's;
 * cycle_reset() while none of them runs. All are wait-free. */
#ifndef AUDIOWATCH_JACK_CYCLE_H
#define AUDIOWATCH_JACK_CYCLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { CYCLE_RING = 1024 }; /* a power of two; 5 s of 256 frames at 48 kHz */

#define CYCLE_UNKNOWN UINT64_MAX

/* What a process callback knows at its entry. */
struct cycle_entry {
	uint64_t entry_ns;
	uint64_t start_ns,
		period_ns; /* of the newest cycle, as JACK filters them; period 0 = it does not tell */
	uint32_t frame; /* JACK's frame count at that start; wraps */
	uint32_t frames; /* of one period */
};

/* W: head. A tail reads a slot after newest has named it. */
struct cycle_slot {
	_Atomic uint64_t start_ns, frame;
};

struct cycle_ring {
	struct cycle_slot slots[CYCLE_RING];
	_Atomic uint64_t newest; /* W: head, with release: the slot of that number is visible with it */
	uint64_t base; /* newest before the first cycle */
	/* head's own: the last entry; period 0 = none yet, or JACK did not tell */
	struct cycle_entry last;
	bool surplus; /* it was called late and then again in one cycle, the other being counted as missed */
};

struct cycle_tail {
	_Atomic uint64_t done; /* W: tail: the last cycle it finished */
	_Atomic uint64_t joined; /* W: tail: 1: done means something */
	_Atomic uint64_t connected; /* W: link: 1: it stands behind the watched client */
	/* W: head: the cycle that tail was found behind with, and its start, which the ring may have lost since */
	_Atomic uint64_t waiting_ns, waiting;
};

/* Between two connections, and before the first. base is 0 but in tests. */
void cycle_reset(struct cycle_ring *ring, uint64_t base);
void cycle_reset_tail(struct cycle_tail *tail);

struct cycle_wake {
	uint64_t start_ns; /* of this cycle: JACK's where entry lies within a period after it, else entry */
	uint64_t delay_ns; /* entry minus JACK's start; woken early is 0, more than a period off CYCLE_UNKNOWN */
	uint32_t missed; /* cycles since the last entry that head was not called for */
};

/* At each of head's entries. */
struct cycle_wake cycle_begin(struct cycle_ring *ring, const struct cycle_entry *entry);

struct cycle_time {
	bool measured;
	uint64_t ns; /* entry minus the start of the first cycle not finished before */
	uint32_t missed; /* cycles after that one that were skipped */
};

/* At each of a tail's entries. Not measured: without a connection, before head's first cycle, or woken twice. */
struct cycle_time cycle_finish(const struct cycle_ring *ring, struct cycle_tail *tail,
			       const struct cycle_entry *entry);

/* At head's entry, after cycle_begin(): the age of the first cycle before this one that tail has not finished, 0 for
 * none. */
uint64_t cycle_pending(const struct cycle_ring *ring, struct cycle_tail *tail, uint64_t now_ns);

#endif
