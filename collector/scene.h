/* SPDX-License-Identifier: MIT */
/* The sessions, engines and functions of a trace as they are now, in memory: what a live collector reads from segments,
 * and hands on as facts. Pure but for malloc; its owner's thread.
 *
 * Life of a session, by its labels:
 *	-            -> live          its first line
 *	live         -> dead, closed  told; its engines, functions and open calls end with it
 *	dead, closed -> live          any other line of it: another session, with totals of 0
 *
 * Invariant: an item is never removed, so whatever was seen can be shown to the end. */
#ifndef AUDIOWATCH_COLLECTOR_SCENE_H
#define AUDIOWATCH_COLLECTOR_SCENE_H

#include "collector/budget.h"
#include "collector/judge.h"
#include "collector/slo.h"
#include "collector/trace.h"

/* Running totals of one item; what its kind does not have stays 0. */
struct scene_totals {
	uint64_t times[AW_TIME_CELLS], times_ns; /* of renders or calls */
	uint64_t loads[AW_LOAD_CELLS];
	uint64_t wakes[AW_WAKE_CELLS], wakes_ns;
	uint64_t flags[2]; /* good ones and bad ones: seconds, calls; records that were lost are bad */
};

struct scene_engine {
	struct budget budget; /* of the format that the newest begin or record found */
	uint32_t rate_hz, frames; /* as told */
	bool active, freewheel, adopted_freewheel;
	/* times below 0 are before the trace */
	int64_t active_ns, opened_ns;
	bool called;
	int64_t call_ns; /* the later of the last begin and the last end */
	bool in_flight, begin_freewheel;
	int64_t begin_ns;
	uint64_t finished, missed; /* 0: no cycle in this second */
};

/* Of a rule: what its newest judgement was. */
struct scene_verdict {
	bool known;
	uint64_t tick;
	struct judgement judgement;
};

struct scene_call {
	uint64_t id;
	int64_t begin_ns;
	struct scene_item *function;
	struct scene_call *older, *newer; /* of the same function */
	struct scene_call *beside; /* in its bucket */
};

/* A function's, in the order in which they began. */
struct scene_open {
	struct scene_call *oldest, *newest;
	uint64_t count;
};

/* Open ones, by id. */
struct scene_calls {
	struct scene_call **buckets;
	size_t count, room;
};

struct scene_item {
	struct judge_labels labels; /* its own texts */
	struct scene_item *session; /* NULL: it is one */
	uint64_t number; /* of its session, counted from 1 */
	enum signal_life life;
	bool stopped; /* a session's */
	struct scene_verdict verdicts[RULES_MAX]; /* the owner's */
	bool down; /* a component's */
	struct scene_engine engine;
	struct scene_open open; /* a function's */
	struct scene_totals totals;
	struct slo_events slo_seen; /* what objectives have of them */
};

/* Sorted by labels. */
struct scene_list {
	struct scene_item **items;
	unsigned count, room;
};

/* Of one kind; with its windows each takes some 16 KiB. */
enum { SCENE_NAMES_MAX = 65536 };

/* All 0 is an empty one. */
struct scene {
	struct scene_list lists[SIGNAL_LABELS]; /* by kind */
	struct scene_calls calls;
	uint64_t sessions;
	bool full; /* of names */
};

void scene_deinit(struct scene *scene);
/* By labels; made where there is none. NULL: no memory. */
struct scene_item *scene_item(struct scene *scene, const struct judge_labels *labels);
/* An event of a source, in the order of time. 0 or -ENOMEM. */
int scene_take(struct scene *scene, const struct trace_event *event);
/* A second is over: it counts among those with a finished cycle, or with a miss. */
void scene_second(struct scene *scene);

/* How the collector looks at it. */
struct scene_look {
	uint64_t now_ns;
	bool first; /* of this collector: what was counted before is the base */
	bool blank; /* before anything was counted */
	uint32_t collector; /* its number: windows of another one are empty */
};

void scene_judge(const struct scene *scene, struct judge *judge, const struct scene_look *look);
/* What engines and functions gained, for objectives; first: what was counted before is none of it. */
void scene_slo(struct scene *scene, struct slo_book *slo, bool first);

#endif
