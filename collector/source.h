/* SPDX-License-Identifier: MIT */
/* One attached segment: its reader, what its records tell, and the ledger it feeds. The poll
 * thread.
 *
 * Life, one transition a line; the caller (collector/roster.c) ends a source when a step says
 * so:
 *	goes on -> closed    the producer said so: drained once more, then let go of
 *	goes on -> dead      the kernel granted the lease: drained, final totals; the caller unlinks it
 *	goes on -> dropped   it can no longer be believed or read */
#ifndef AUDIOWATCH_COLLECTOR_SOURCE_H
#define AUDIOWATCH_COLLECTOR_SOURCE_H

#include "collector/instant.h"
#include "collector/judge.h"
#include "collector/ledger.h"
#include "shm/reader.h"

struct source;

enum source_step {
	SOURCE_GOES_ON,
	SOURCE_CHANGED, /* goes on; an engine is in another state: tell it at once */
	SOURCE_CLOSED,
	SOURCE_DEAD,
	SOURCE_DROPPED,
};

/* Takes the reader over; the ledger stays the book's and must live as long. NULL: no memory, the
 * reader is the caller's still. */
struct source *source_new(struct aw_reader *reader, struct ledger *ledger, const struct instant *at);
/* After source_end(), or at the collector's own end. */
void source_free(struct source *source);

/* Every 20 ms: control section, directory if it changed, lanes, in-flight words, states. */
enum source_step source_beat(struct source *source, const struct instant *at);
/* Asks the kernel who has it mapped: at 1 Hz, and at once when somebody let go of it. */
enum source_step source_ask(struct source *source, const struct instant *at);
/* Every 500 ms, or when something is to be told at once: totals into the ledger. step: a full
 * half second is over, so that usage "over the last second" moves on. */
enum source_step source_totals(struct source *source, const struct instant *at, bool step);

/* Every second, after the totals of the same beat: what rules are judged by, between judge_begin() and judge_end(). Ages
 * are those of the tick's nominal time, now_ns. Looks at the in-flight words again, so that what ended in this beat counts
 * once, and at the records, so that what the totals have was called. */
void source_judge(struct source *source, struct judge *judge, uint64_t now_ns);

/* From now on its part of the trace is written; the record outlives it. False: no memory. */
struct record;
bool source_record_to(struct source *source, struct record *record, uint64_t now_ns);
/* Every second behind source_judge(): the slot's lines. first: of tick 0, which precedes all. */
void source_record_slot(struct source *source, const struct instant *at, bool first);
/* Behind source_end(): the last lines, and how it ended. */
void source_record_end(struct source *source, enum source_step how, uint64_t now_ns);

/* What is left in the lanes, the final totals, and the end in the ledger. how: CLOSED, DEAD or DROPPED. */
void source_end(struct source *source, enum source_step how, const struct instant *at);

struct aw_reader *source_reader(const struct source *source);
const struct ledger *source_ledger(const struct source *source);
/* Why it was dropped: "invalid", "truncated". */
const char *source_fault(const struct source *source);
uint64_t source_opened_ns(const struct source *source);
/* Changes of state that no engine can make, since the last call: how many, and the newest. */
struct source_refusals {
	uint64_t count;
	const char *engine; /* the ledger's text */
	enum engine_state from, to;
};
struct source_refusals source_take_refusals(struct source *source);
/* Nanoseconds of audio since the last call: cycles and their budgets, of engines that are not
 * graph times. */
uint64_t source_take_audio_ns(struct source *source);
bool source_is_session(const struct source *source, uid_t uid, const char *app);

#endif
