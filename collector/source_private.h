/* SPDX-License-Identifier: MIT */
/* What the rooms of a source share; nobody but collector/source*.c includes it. The poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_SOURCE_PRIVATE_H
#define AUDIOWATCH_COLLECTOR_SOURCE_PRIVATE_H

#include "collector/source.h"
#include "collector/state_machine.h"
#include "collector/tracker.h"

enum {
	USAGE_STEPS = 3, /* now, half a second ago, a second ago */
	PASTS = 2, /* former owners of an engine slot whose records may yet come */
};

/* Who had an engine slot before: its last records are drained after the directory told of its
 * end. */
struct engine_past {
	struct series *series; /* NULL: nobody */
	uint64_t generation;
	struct tracker tracker;
	struct engine_xruns {
		uint64_t cycles, episodes, seconds;
	} fed; /* what the series has of the tracker */
	bool drained; /* once since: to heads that may be older than its end */
};

/* From where a slot's owner counts. */
struct slot_start {
	bool whole; /* the slot was filled while we looked: what is above `base` is all of it */
	bool fed; /* its totals were taken once */
	void *base; /* what was counted before it had its series; NULL = 0 */
};

/* The bases, as the totals are. */
struct engine_base {
	uint64_t render[AW_TIME_CELLS], load[AW_LOAD_CELLS], wake[AW_WAKE_CELLS];
	uint64_t render_sum_ns, wake_sum_ns;
};

struct function_base {
	uint64_t cells[AW_TIME_CELLS], sum_ns, errors;
};

/* Running totals of yes and no, made of two words that are not written at once: good ones, bad ones. */
struct slot_flags {
	bool begun;
	uint64_t cells[2];
	uint64_t all, bad; /* what they were made of */
};

struct engine_slot {
	struct series *series; /* NULL: free, or another slot has its name */
	uint64_t generation;
	bool unread; /* free, and what it counted since a series was fed is not taken yet */
	struct state_machine machine;
	struct tracker tracker;
	bool fed; /* totals were taken once */
	struct slot_start start; /* engine_base */
	struct slot_flags seconds; /* of cycles and misses */
	uint64_t budgeted; /* cycles of a known budget */
	uint64_t budget_ns; /* their budgets, added up since the engine was first seen */
	uint64_t budgets_ns[USAGE_STEPS];
};

struct channel_slot {
	struct series *series;
	uint64_t generation, engine_generation;
	bool unread;
	uint32_t engine;
	uint64_t sums_ns[USAGE_STEPS];
};

struct function_slot {
	struct series *series;
	uint64_t generation;
	uint64_t oldest_ns;
	struct slot_start start; /* function_base */
	struct slot_flags outcome; /* of calls and errors */
};

struct source {
	struct aw_reader *reader;
	struct ledger *ledger;
	struct aw_counts counts;
	struct engine_slot *engines;
	struct engine_past *pasts; /* PASTS an engine slot, the older one first */
	struct channel_slot *channels;
	struct function_slot *functions;
	struct moment moment, first_moment;
	bool bound; /* every slot as of `changes` */
	bool whole; /* it opened just before we saw it, or every slot was bound once: new ones are seen from their first */
	uint64_t changes, again_ns; /* when those without a series are tried again */
	bool blind; /* its clock cannot be read here */
	uint64_t opened_ns, began_ns; /* as the header says; as this collector saw it */
	uint64_t read_ns; /* when totals were last believed */
	uint64_t judged_ns; /* the nominal time of the newest tick */
	uint64_t print, moved_ns; /* of what moves; when it last did */
	bool life_unknown, stopped;
	uint64_t asked_ns;
	unsigned usage_step; /* how many steps were taken */
	uint64_t audio_ns;
	const char *fault;
	struct source_record *record; /* NULL: no trace is written */
};

/* The reader's copies are private memory: nobody else writes them, so they are plain words by now. */
static inline const uint64_t *plain(const _Atomic uint64_t *words)
{
	return (const uint64_t *)(const void *)words;
}

/* Both clocks again, and the lanes to the heads of the newest control section. 0, or why it must be dropped. */
int source_drain(struct source *source, const struct instant *at);
/* A render whose in-flight word stood before the totals were read and stands behind them; what ended in between is in
 * them, but for the moment in which a producer has counted it and not yet cleared the word. */
bool source_is_flying(const struct source *source, uint32_t i);
/* Of all engines, after each look at what they follow from; true when one changed. */
bool source_judge_states(struct source *source, uint64_t now_ns);
/* Before rules look at the age of what is in flight: a stopped process keeps nobody waiting. */
void source_look_for_stop(struct source *source, uint64_t now_ns);
/* What rules are told at a tick: as of the totals and words just read, and of its nominal time, so that neither a beat that
 * came before them nor a late one moves an edge. That it closed is told by its life, at its end. */
enum engine_state source_state_at(const struct source *source, uint32_t i, uint64_t now_ns);
/* Its process is stopped, or quiet where the kernel does not tell who lives: as state.c has it for an engine. */
bool source_is_stale(const struct source *source, uint64_t now_ns);

/* A believed record of any lane, for the trace. */
void source_record_take(struct source *source, const struct aw_record *record);
void source_record_free(struct source *source);

/* Binds every slot to the series of its name, when the directory changed. whole: all of it was
 * believed. */
void source_bind(struct source *source, bool whole, uint64_t now_ns);

/* The owner of an engine slot, which has a series, becomes past; its records carry this
 * generation. */
void source_past_keep(struct source *source, uint32_t i, uint64_t generation, uint64_t now_ns);
/* By generation, as a record carries it; NULL: nobody's any more. */
struct tracker *source_tracker(struct source *source, uint32_t i, uint32_t generation);
/* After each drain; last: nothing follows any more. */
void source_pasts_settle(struct source *source, uint64_t now_ns, bool last);

/* A slot has its series: what its accepted totals say was counted before. */
void source_start_engine(struct source *source, uint32_t i);
void source_start_function(struct source *source, uint32_t i);

/* After binding: which channels have others within them. */
void source_mark_parents(struct source *source);
/* After the totals: which channels have not ended in a render that hangs. */
void source_show_hangs(struct source *source);

/* The accepted totals into the ledger, all of one reading. */
void source_feed(struct source *source, uint64_t now_ns);
/* One slot of it, which has a series. */
void source_feed_engine(struct source *source, uint32_t i, uint64_t now_ns);
void source_feed_channel(struct source *source, uint32_t i);
/* Remembers why. */
enum source_step source_drop(struct source *source, int error);

#endif
