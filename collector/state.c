/* SPDX-License-Identifier: MIT */
/* The conditions of the eight states, one a row, first come first served. Pure. */
#include "collector/state.h"

#include "shm/hist.h"

#define SECOND UINT64_C(1000000000)
#define UNKNOWN_PATIENCE_NS (5 * SECOND)

const char *const state_names[STATES] = {
	[STATE_CLOSED] = "closed",   [STATE_DEAD] = "dead",	      [STATE_STALE] = "stale",
	[STATE_STALLED] = "stalled", [STATE_FREEWHEEL] = "freewheel", [STATE_STARVED] = "starved",
	[STATE_LIVE] = "live",	     [STATE_IDLE] = "idle",
};

uint64_t state_patience_ns(uint32_t rate_hz, uint32_t frames)
{
	const uint64_t ten = aw_format_known(rate_hz, frames) ? 10 * SECOND * frames / rate_hz : 0;

	return ten > SECOND ? ten : SECOND;
}

static uint64_t since(uint64_t at_ns, uint64_t now_ns)
{
	return now_ns > at_ns ? now_ns - at_ns : 0;
}

static uint64_t later(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}

static bool is_closed(const struct state_facts *f, uint64_t now_ns)
{
	(void)now_ns;
	return f->closed;
}

static bool is_dead(const struct state_facts *f, uint64_t now_ns)
{
	(void)now_ns;
	return f->dead;
}

static bool is_stale(const struct state_facts *f, uint64_t now_ns)
{
	return f->stopped || (f->life_unknown && since(f->moved_ns, now_ns) >= UNKNOWN_PATIENCE_NS);
}

static bool is_stalled(const struct state_facts *f, uint64_t now_ns)
{
	(void)now_ns;
	return f->in_flight && !f->flight_freewheel &&
	       f->flight_age_ns > state_patience_ns(f->rate_hz, f->frames);
}

static bool is_freewheel(const struct state_facts *f, uint64_t now_ns)
{
	(void)now_ns;
	return f->freewheel;
}

static bool is_starved(const struct state_facts *f, uint64_t now_ns)
{
	const uint64_t from_ns =
		later(f->called ? f->call_ns : 0, later(f->active_ns, f->opened_ns));

	return f->active && since(from_ns, now_ns) > state_patience_ns(f->rate_hz, f->frames);
}

static bool is_live(const struct state_facts *f, uint64_t now_ns)
{
	return f->called && since(f->call_ns, now_ns) <= state_patience_ns(f->rate_hz, f->frames);
}

static bool (*const holds[STATE_IDLE])(const struct state_facts *facts, uint64_t now_ns) = {
	[STATE_CLOSED] = is_closed,	  [STATE_DEAD] = is_dead,
	[STATE_STALE] = is_stale,	  [STATE_STALLED] = is_stalled,
	[STATE_FREEWHEEL] = is_freewheel, [STATE_STARVED] = is_starved,
	[STATE_LIVE] = is_live,
};

enum engine_state state_of(const struct state_facts *facts, uint64_t now_ns)
{
	unsigned state = STATE_CLOSED;

	while (state < STATE_IDLE && !holds[state](facts, now_ns))
		state++;
	return (enum engine_state)state;
}
