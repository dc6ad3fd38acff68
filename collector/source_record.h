/* SPDX-License-Identifier: MIT */
/* What the rooms of a source's recording share; nobody but collector/source_record*.c includes it. The poll thread.
 *
 * Totals decide: at the end of a slot the records that were drained become lines as long as the totals have them, and
 * what the totals have beyond them becomes lines of many calls alike. So the lines of a slot gain what the totals did. */
#ifndef AUDIOWATCH_COLLECTOR_SOURCE_RECORD_H
#define AUDIOWATCH_COLLECTOR_SOURCE_RECORD_H

#include "collector/budget.h"
#include "collector/record.h"
#include "collector/record_gain.h"
#include "collector/source_private.h"

enum {
	RECORDED_PENDING = 8192, /* records of a slot; those beyond are told by totals */
	RECORDED_WHO = RECORD_LINE_SIZE,
};

/* What the lines say so far, counted as the totals are. */
struct recorded_counts {
	uint64_t times[AW_TIME_CELLS], times_ns;
	uint64_t loads[AW_LOAD_CELLS], wakes[AW_WAKE_CELLS];
	uint64_t failed;
};

/* Of one slot of the segment. */
struct recorded {
	bool known; /* its owner has lines */
	uint64_t generation;
	char who[RECORDED_WHO]; /* its labels, as a line has them */
	struct recorded_counts counts;
	uint64_t line_ns; /* of its newest line: its lane is in order */
	uint64_t call_ns; /* of the newest begin or end that lines tell of */
	/* an engine's: */
	struct budget budget;
	uint32_t rate_hz, frames;
	bool active, freewheel;
	uint64_t active_ns; /* since when, where it is */
	uint64_t begin_ticks; /* of the render that is open in the trace; 0 = none */
};

struct recorded_record {
	uint64_t begin_ns;
	struct aw_record record;
};

struct recorded_call {
	uint64_t start_ticks, id;
	uint32_t function;
};

struct source_record {
	struct record *to;
	char who[RECORDED_WHO]; /* of the session */
	uint64_t floor_ns; /* no line is older: a predecessor's end is not to be its own */
	uint64_t now_ns; /* the tick's: of what is told at it */
	uint64_t latest_ns; /* no line is later */
	bool spoken; /* the session has lines */
	bool stopped; /* as the trace says */
	uint64_t lost;
	struct recorded *engines, *functions;
	struct recorded_record *pending;
	unsigned pending_count, pending_room;
	struct recorded_call calls[AW_FLIGHT_SLOTS]; /* open in the trace */
	unsigned call_count;
};

/* When a line of this owner may stand: in order, not before the session, not after the reading. Remembers it. */
uint64_t recorded_time(const struct source_record *mine, struct recorded *it, uint64_t at_ns);
/* Who it is: another label behind those of the session. */
void recorded_name(const struct source_record *mine, struct recorded *it, const char *label,
		   const char *name);
/* What the totals gained beyond the lines, which is theirs by then. False: they began anew, and so do the lines. */
bool recorded_gain(struct recorded_counts *counts, const struct recorded_counts *totals,
		   struct record_gain *gain);

/* An engine's lines of this slot, but for its records; read: totals are of this beat. */
void recorded_engine_open(struct source *source, uint32_t i, bool first);
void recorded_engine_close(struct source *source, uint32_t i, bool read);
/* False: the totals have no room for it, it is another slot's or was told before. */
bool recorded_engine_take(struct source *source, uint32_t i, const struct recorded_record *record);

void recorded_function_open(struct source *source, uint32_t i, bool first);
void recorded_function_close(struct source *source, uint32_t i, bool read);
bool recorded_function_take(struct source *source, uint32_t i, const struct recorded_record *record);

#endif
