/* SPDX-License-Identifier: MIT */
/* Which states a source's engines are in, and whether its process is stopped, which is looked at before anybody is said to
 * hang. The poll thread. */
#include "collector/source_private.h"

#include "collector/process.h"

#define QUIET_NS NS_A_SECOND /* nothing moved: is the process stopped? */
#define ASK_AGAIN_NS NS_A_SECOND
#define ASK_SOON_NS (100 * NS_A_MS)

static void ask_process(struct source *source, uint64_t now_ns)
{
	const struct aw_segment_header *header = aw_reader_header(source->reader);

	source->asked_ns = now_ns;
	source->stopped = process_is_stopped(header->pid, header->pid_start);
}

/* What is so of all its engines. */
static struct state_facts facts_in(const struct source *source)
{
	return (struct state_facts){ .life_unknown = source->life_unknown,
				     .stopped = source->stopped,
				     .moved_ns = source->moved_ns };
}

bool source_is_stale(const struct source *source, uint64_t now_ns)
{
	const struct state_facts facts = facts_in(source);

	return state_of(&facts, now_ns) == STATE_STALE;
}

static struct state_facts facts_of(const struct source *source, const struct engine_slot *engine,
				   uint64_t now_ns)
{
	struct state_facts facts = facts_in(source);

	tracker_facts(&engine->tracker, &facts, now_ns);
	return facts;
}

static enum engine_state judge(const struct source *source, const struct engine_slot *engine,
			       uint64_t now_ns)
{
	struct state_facts facts = facts_of(source, engine, now_ns);

	facts.closed = aw_reader_closed(source->reader);
	return state_of(&facts, now_ns);
}

enum engine_state source_state_at(const struct source *source, uint32_t i, uint64_t now_ns)
{
	struct state_facts facts = facts_of(source, &source->engines[i], now_ns);

	facts.in_flight = source_is_flying(source, i);
	return state_of(&facts, now_ns);
}

/* Before an engine is called stalled or starved its process is looked at: a stopped one is stale. */
static bool someone_fails(const struct source *source, uint64_t now_ns)
{
	for (uint32_t i = 0; i < source->counts.engines; i++) {
		const struct engine_slot *engine = &source->engines[i];
		const enum engine_state state = judge(source, engine, now_ns);

		if (engine->series && engine->machine.state != state &&
		    (state == STATE_STALLED || state == STATE_STARVED))
			return true;
	}
	return false;
}

bool source_judge_states(struct source *source, uint64_t now_ns)
{
	const bool quiet = now_ns - source->moved_ns >= QUIET_NS;
	bool changed = false;

	if (quiet && now_ns - source->asked_ns >= ASK_AGAIN_NS)
		ask_process(source, now_ns);
	else if (now_ns - source->asked_ns >= ASK_SOON_NS && someone_fails(source, now_ns))
		ask_process(source, now_ns);
	for (uint32_t i = 0; i < source->counts.engines; i++) {
		struct engine_slot *engine = &source->engines[i];
		const enum engine_state state = judge(source, engine, now_ns);

		tracker_settle(&engine->tracker, now_ns, false);
		changed |= state_machine_step(&engine->machine, state, now_ns) == STATE_MOVED &&
			   engine->series;
	}
	return changed;
}

static bool something_flies(const struct source *source)
{
	struct aw_flying flights[AW_FLIGHT_SLOTS];

	for (uint32_t i = 0; i < source->counts.engines; i++)
		if (source->engines[i].tracker.begin_ticks)
			return true;
	return aw_reader_flights(source->reader, flights);
}

void source_look_for_stop(struct source *source, uint64_t now_ns)
{
	if (source->stopped || now_ns - source->asked_ns < ASK_SOON_NS || !something_flies(source))
		return;
	ask_process(source, now_ns);
	if (source->stopped)
		(void)source_judge_states(source, now_ns);
}
