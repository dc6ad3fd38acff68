/* SPDX-License-Identifier: MIT */
/* What the records and the in-flight word of one engine tell: its last calls, its worst block,
 * its xruns, and the facts its state follows from. Pure; owned by the poll thread, one an engine
 * slot. */
#ifndef AUDIOWATCH_COLLECTOR_TRACKER_H
#define AUDIOWATCH_COLLECTOR_TRACKER_H

#include "collector/moment.h"
#include "collector/peak.h"
#include "collector/state.h"
#include "collector/xrun.h"
#include "shm/layout.h"

struct tracker {
	struct peak worst;
	struct xrun xrun;
	bool has_last;
	uint64_t last_ns; /* of the last block outside freewheel */
	uint64_t next_block; /* the number of the render after the last one; 0 = not known */
	bool called;
	uint64_t call_ns; /* the later of the last begin and the last end */
	bool mode_freewheel; /* as the records say: what a render that begins now begins in */
	/* the render in flight */
	uint64_t begin_ticks, begin_ns; /* ticks 0 = none */
	bool begin_freewheel;
	/* what the host told, as plain words */
	bool freewheel, active;
	bool told_before; /* what it says first was said before anybody looked, nobody knows when */
	uint64_t active_ns, opened_ns, host_load;
	uint32_t rate_hz, frames;
};

/* A new engine in the slot, known to be open since opened_ns. */
void tracker_init(struct tracker *tracker, uint64_t opened_ns);
/* One believed record of this engine: RENDER, MODE or XRUN; others are ignored. */
void tracker_record(struct tracker *tracker, const struct aw_record *record,
		    const struct moment *moment);
/* The in-flight word, after the records of the same reading. */
void tracker_flight(struct tracker *tracker, uint64_t begin_ticks, const struct moment *moment);
/* The any-thread line. */
void tracker_told(struct tracker *tracker, const struct aw_any_thread *any, uint64_t now_ns);
/* Decides which reports stand for themselves; `last` = nothing follows any more. */
void tracker_settle(struct tracker *tracker, uint64_t now_ns, bool last);

uint64_t tracker_period_ns(const struct tracker *tracker); /* 0 = unknown */
/* Adds the engine's facts to those of its source. */
void tracker_facts(const struct tracker *tracker, struct state_facts *facts, uint64_t now_ns);

#endif
