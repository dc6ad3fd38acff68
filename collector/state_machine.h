/* SPDX-License-Identifier: MIT */
/*
 * One engine's state over time: what state.c found at this beat is taken where an engine can get there from the state
 * before, and refused where it cannot. Pure; owned by the poll thread, one an incarnation: a slot, and who has it.
 *
 * Legal transitions, one a line; what each means is told by the table in state_machine.c:
 *	-                         -> any               the first look at an incarnation
 *	any of the six in between -> any other         a look may come late, so that what lay between was not seen
 *	closed, dead              -> -                 final: who comes after is another incarnation
 */
#ifndef AUDIOWATCH_COLLECTOR_STATE_MACHINE_H
#define AUDIOWATCH_COLLECTOR_STATE_MACHINE_H

#include "collector/state.h"

struct state_machine {
	enum engine_state state; /* STATES: not judged yet */
	uint64_t since_ns; /* CLOCK_MONOTONIC: of the look that saw it first */
	uint64_t refused; /* looks that found a state it cannot be in */
	enum engine_state refused_state; /* the newest of them */
};

enum state_move { STATE_STAYS, STATE_MOVED, STATE_REFUSED };

/* A new incarnation. */
void state_machine_init(struct state_machine *machine);
enum state_move state_machine_step(struct state_machine *machine, enum engine_state found,
				   uint64_t now_ns);

/* What happened to an engine that went from one to the other: a clause for people. NULL: none goes there. */
const char *state_meaning(enum engine_state from, enum engine_state to);

#endif
