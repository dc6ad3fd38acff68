/* SPDX-License-Identifier: MIT */
/* The arithmetic of head and tail; runs in JACK's process callbacks. Wait-free, no call leaves this file. */
#include "tools/jack/cycle.h"

#include <string.h>

#include "shm/order.h"

/* A longer jump of the frame count is a new count, not a gap: another driver, another graph. */
#define LONGEST_GAP_NS UINT64_C(60000000000)

void cycle_reset(struct cycle_ring *ring, uint64_t base)
{
	memset(ring, 0, sizeof *ring);
	ring->base = base;
	own_store(&ring->newest, base);
}

void cycle_reset_tail(struct cycle_tail *tail)
{
	memset(tail, 0, sizeof *tail);
}

static const struct cycle_slot *slot_of(const struct cycle_ring *ring, uint64_t cycle)
{
	return &ring->slots[cycle % CYCLE_RING];
}

/* After an overload JACK's filter may be hundreds of milliseconds off, in either direction. */
static bool is_believed(const struct cycle_entry *entry)
{
	return entry->entry_ns >= entry->start_ns &&
	       entry->entry_ns - entry->start_ns < entry->period_ns;
}

static uint64_t start_of(const struct cycle_entry *entry)
{
	return is_believed(entry) ? entry->start_ns : entry->entry_ns;
}

static uint64_t delay_of(const struct cycle_entry *entry)
{
	if (is_believed(entry))
		return entry->entry_ns - entry->start_ns;
	return entry->start_ns - entry->entry_ns < entry->period_ns ? 0 : CYCLE_UNKNOWN;
}

/* How many cycles the server began since the last entry, by its frame count. */
static uint32_t cycles_since(const struct cycle_entry *last, const struct cycle_entry *entry)
{
	uint32_t cycles;

	if (!last->period_ns || !entry->period_ns || !entry->frames || last->frames != entry->frames)
		return 1;
	cycles = (entry->frame - last->frame) / entry->frames;
	return cycles > LONGEST_GAP_NS / entry->period_ns ? 1 : cycles;
}

static uint32_t skipped(struct cycle_ring *ring, const struct cycle_entry *entry)
{
	const uint32_t cycles = cycles_since(&ring->last, entry);
	uint32_t missed = cycles ? cycles - 1 : 0;

	if (missed && ring->surplus) {
		missed--;
		ring->surplus = false;
	}
	ring->surplus |= cycles == 0;
	return missed;
}

static void note(struct cycle_ring *ring, uint64_t cycle, uint64_t start_ns, uint32_t frame)
{
	struct cycle_slot *slot = &ring->slots[cycle % CYCLE_RING];

	own_store(&slot->start_ns, start_ns);
	own_store(&slot->frame, frame);
}

struct cycle_wake cycle_begin(struct cycle_ring *ring, const struct cycle_entry *entry)
{
	const struct cycle_wake wake = { .start_ns = start_of(entry),
					 .delay_ns = delay_of(entry),
					 .missed = skipped(ring, entry) };
	const uint64_t newest = own_load(&ring->newest) + wake.missed + 1;
	const uint32_t noted = wake.missed < CYCLE_RING ? wake.missed : CYCLE_RING - 1;

	for (uint32_t ago = noted; ago > 0; ago--)
		note(ring, newest - ago, wake.start_ns - ago * entry->period_ns,
		     entry->frame - ago * entry->frames);
	note(ring, newest, wake.start_ns, entry->frame);
	ring->last = *entry;
	/* release: pairs with newest_of(); the slots are visible with it */
	atomic_store_explicit(&ring->newest, newest, memory_order_release);
	return wake;
}

static uint64_t newest_of(const struct cycle_ring *ring)
{
	/* acquire: pairs with cycle_begin() */
	return atomic_load_explicit(&ring->newest, memory_order_acquire);
}

/* Of a cycle that head has begun. What the ring has lost since, head noted when it found tail behind. */
static uint64_t start_of_cycle(const struct cycle_ring *ring, const struct cycle_tail *tail,
			       uint64_t cycle, uint64_t newest)
{
	/* acquire: pairs with cycle_pending(); waiting_ns is that cycle's */
	if (atomic_load_explicit(&tail->waiting, memory_order_acquire) == cycle)
		return own_load(&tail->waiting_ns);
	/* half of the ring: head may go on while this reads */
	if (newest - cycle > CYCLE_RING / 2)
		cycle = newest - CYCLE_RING / 2;
	return own_load(&slot_of(ring, cycle)->start_ns);
}

static uint64_t since(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

/* tail's cycle is one that head has not come to: they begin together, on two processors. */
static bool is_ahead(const struct cycle_ring *ring, uint64_t newest, const struct cycle_entry *entry)
{
	return own_load(&slot_of(ring, newest)->frame) != entry->frame;
}

static struct cycle_time finish(const struct cycle_ring *ring, struct cycle_tail *tail,
				const struct cycle_entry *entry)
{
	const uint64_t newest = newest_of(ring);
	const uint64_t first = own_load(&tail->joined) ? own_load(&tail->done) + 1 : newest;
	const int64_t behind = (int64_t)(newest - first);
	struct cycle_time time = { .measured = true };

	if (newest == ring->base)
		return (struct cycle_time){ .measured = false };
	if (behind >= 0) {
		time.ns = since(start_of_cycle(ring, tail, first, newest), entry->entry_ns);
		time.missed = behind < UINT32_MAX ? (uint32_t)behind : UINT32_MAX;
		own_store(&tail->done, newest);
	} else if (behind == -1 && is_ahead(ring, newest, entry)) {
		time.ns = since(start_of(entry), entry->entry_ns);
		own_store(&tail->done, first);
	} else {
		time.measured = false;
	}
	own_store(&tail->joined, true);
	return time;
}

struct cycle_time cycle_finish(const struct cycle_ring *ring, struct cycle_tail *tail,
			       const struct cycle_entry *entry)
{
	struct cycle_time time = finish(ring, tail, entry); /* also unconnected: it keeps up */

	time.measured = time.measured && own_load(&tail->connected);
	return time;
}

/* Head's own look at a cycle that it began or skipped; one skip may be longer than the ring. */
static uint64_t start_for_head(const struct cycle_ring *ring, uint64_t cycle, uint64_t newest)
{
	const uint64_t ago = newest - cycle;

	if (ago < CYCLE_RING)
		return own_load(&slot_of(ring, cycle)->start_ns);
	return own_load(&slot_of(ring, newest)->start_ns) - ago * ring->last.period_ns;
}

uint64_t cycle_pending(const struct cycle_ring *ring, struct cycle_tail *tail, uint64_t now_ns)
{
	const uint64_t newest = own_load(&ring->newest), first = own_load(&tail->done) + 1;
	uint64_t age;

	if (!own_load(&tail->connected) || !own_load(&tail->joined) ||
	    (int64_t)(newest - first) <= 0)
		return 0;
	if (own_load(&tail->waiting) != first) {
		own_store(&tail->waiting_ns, start_for_head(ring, first, newest));
		/* release: pairs with start_of_cycle() */
		atomic_store_explicit(&tail->waiting, first, memory_order_release);
	}
	age = since(own_load(&tail->waiting_ns), now_ns);
	return age ? age : 1;
}
