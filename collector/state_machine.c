/* SPDX-License-Identifier: MIT */
/* The transitions of an engine, one a row. Pure. */
#include "collector/state_machine.h"

#include <stddef.h>

#define CLOSES [STATE_CLOSED] = "closed by its program"
#define DIES [STATE_DEAD] = "its program ended without closing"
#define STOPS [STATE_STALE] = "its program is stopped, or gives no sign of life"

/* What is missing is illegal. clang-format off */
static const char *const meanings[STATES][STATES] = {
	[STATE_CLOSED] = { NULL },
	[STATE_DEAD] = { NULL },
	[STATE_STALE] = {
		CLOSES, DIES,
		[STATE_STALLED] = "its program goes on, and a render call has not returned",
		[STATE_FREEWHEEL] = "its program goes on, and renders off line",
		[STATE_STARVED] = "its program goes on, and nobody calls the active engine",
		[STATE_LIVE] = "its program goes on",
		[STATE_IDLE] = "its program goes on, and nobody calls the engine",
	},
	[STATE_STALLED] = {
		CLOSES, DIES, STOPS,
		[STATE_FREEWHEEL] = "the render call returned, and the host renders off line",
		[STATE_STARVED] = "the render call returned, and nobody calls the active engine since",
		[STATE_LIVE] = "the render call returned",
		[STATE_IDLE] = "the render call returned, and nobody calls the engine since",
	},
	[STATE_FREEWHEEL] = {
		CLOSES, DIES, STOPS,
		[STATE_STALLED] = "a render call has not returned that began before freewheel or after it",
		[STATE_STARVED] = "freewheel ended, and nobody calls the active engine",
		[STATE_LIVE] = "freewheel ended",
		[STATE_IDLE] = "freewheel ended, and nobody calls the engine",
	},
	[STATE_STARVED] = {
		CLOSES, DIES, STOPS,
		[STATE_STALLED] = "a render call came, and has not returned",
		[STATE_FREEWHEEL] = "the host renders off line",
		[STATE_LIVE] = "called again",
		[STATE_IDLE] = "told inactive, and nobody calls it",
	},
	[STATE_LIVE] = {
		CLOSES, DIES, STOPS,
		[STATE_STALLED] = "a render call has not returned",
		[STATE_FREEWHEEL] = "the host renders off line",
		[STATE_STARVED] = "active, and nobody calls it any more",
		[STATE_IDLE] = "nobody calls it any more: bypassed or asleep",
	},
	[STATE_IDLE] = {
		CLOSES, DIES, STOPS,
		[STATE_STALLED] = "a render call came, and has not returned",
		[STATE_FREEWHEEL] = "the host renders off line",
		[STATE_STARVED] = "told active, and nobody calls it",
		[STATE_LIVE] = "called",
	},
};
/* clang-format on */

void state_machine_init(struct state_machine *machine)
{
	*machine = (struct state_machine){ .state = STATES };
}

const char *state_meaning(enum engine_state from, enum engine_state to)
{
	return from < STATES && to < STATES ? meanings[from][to] : NULL;
}

enum state_move state_machine_step(struct state_machine *machine, enum engine_state found,
				   uint64_t now_ns)
{
	if (found == machine->state)
		return STATE_STAYS;
	if (machine->state != STATES && !state_meaning(machine->state, found)) {
		machine->refused++;
		machine->refused_state = found;
		return STATE_REFUSED;
	}
	machine->state = found;
	machine->since_ns = now_ns;
	return STATE_MOVED;
}
