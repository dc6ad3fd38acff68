/* SPDX-License-Identifier: MIT */
/*
 * Which of eight states an engine is in. Pure: facts in, state out; who gathers the facts is
 * collector/source.c.
 *
 * The state follows from the facts alone and keeps no memory, so that a poll that came late
 * judges as one in time:
 *	live, idle, starved  <->  each other       a call came; none for max(1 s, 10 periods); told active or inactive
 *	live, starved        ->   stalled          a render in flight for longer than max(1 s, 10 periods)
 *	stalled              ->   live             that render ended
 *	any of these         <->  freewheel        the host said so (stalled goes before: that render began outside it)
 *	any of these         <->  stale            the process was stopped and goes on; or nobody can tell, and all is still
 *	any                  ->   dead, closed     final: the source is let go of
 */
#ifndef AUDIOWATCH_COLLECTOR_STATE_H
#define AUDIOWATCH_COLLECTOR_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of precedence: where several hold, the first. */
enum engine_state {
	STATE_CLOSED,
	STATE_DEAD,
	STATE_STALE,
	STATE_STALLED,
	STATE_FREEWHEEL,
	STATE_STARVED,
	STATE_LIVE,
	STATE_IDLE,
	STATES
};
extern const char *const state_names[STATES];

/* Times are CLOCK_MONOTONIC, ages exclude what the machine was suspended. */
struct state_facts {
	bool closed; /* the producer said so */
	bool dead; /* the kernel granted the lease */
	bool life_unknown; /* the kernel would not say */
	bool stopped; /* its process is in state T or t */
	uint64_t moved_ns; /* when anything of the source last moved */
	bool in_flight; /* a render runs, and how long is known: */
	uint64_t flight_age_ns;
	bool flight_freewheel; /* it began in freewheel */
	bool freewheel; /* what the host says now */
	bool active; /* told active, since: */
	uint64_t active_ns;
	uint64_t opened_ns; /* the engine */
	bool called; /* a begin or an end is known; the later of the last ones: */
	uint64_t call_ns;
	uint32_t rate_hz, frames; /* of a period; 0 = unknown */
};

/* max(1 s, 10 periods), in whole nanoseconds: an age is strictly longer where it is above this. Of a format that the library
 * takes for unknown: 1 s. */
uint64_t state_patience_ns(uint32_t rate_hz, uint32_t frames);

enum engine_state state_of(const struct state_facts *facts, uint64_t now_ns);

#endif
