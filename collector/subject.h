/* SPDX-License-Identifier: MIT */
/* What rules are judged of: the collector, its components, SLOs, sessions, engines, functions, each known by its labels.
 * Pure but for malloc; collector/judge.c alone owns them.
 *
 * Life:
 *	-               -> live            first seen; from another session or slot: again, with an empty window
 *	live            -> closed          not named, and it has no session, or that goes on; or told
 *	live            -> dead, gone      told, or with its session; gone: or not named, and its session is another by now
 *	the other three -> live            named again
 *	the other three -> -               not named, and no alert is active */
#ifndef AUDIOWATCH_COLLECTOR_SUBJECT_H
#define AUDIOWATCH_COLLECTOR_SUBJECT_H

#include "collector/judge.h"

/* One alert, and what the newest tick saw. */
struct subject_alert {
	struct alert alert;
	struct judgement judgement;
	uint64_t active_real_ns, fired_real_ns;
};

struct subject {
	struct judge_labels labels; /* its own texts */
	struct subject *session; /* NULL: it is one, or of no session */
	unsigned children; /* of a session */
	bool known; /* a live fact was taken once */
	bool seen; /* named in this tick; of engines and functions: as live ones */
	bool whole; /* counted from its first sample on, which came after the tick before */
	bool based[JUDGE_SERIES]; /* the window knows where it counts from */
	bool engine_live; /* a session's */
	uint64_t number, incarnation;
	uint64_t cover; /* the tick that saw it first; a session's: or the end of the newest gap */
	struct window_purse purse; /* of whatever has no session */
	struct window *windows[JUDGE_SERIES]; /* NULL: none */
	struct signal_facts facts;
	struct subject_alert alerts[]; /* by rule of its kind, as collector/judge.c places them */
};

/* Sorted by labels; of each kind its own. */
struct subject_list {
	struct subject **items;
	unsigned count, room;
};

struct subject *subject_find(const struct subject_list *list, const struct judge_labels *labels);
/* NULL: no memory. There is none with these labels yet. */
struct subject *subject_add(struct subject_list *list, const struct judge_labels *labels,
			    unsigned alerts);
/* Frees the i-th. */
void subject_remove(struct subject_list *list, unsigned i);
void subject_list_deinit(struct subject_list *list);

/* A fact of this tick. cuts: of each window of its kind. False: no memory for one of them. */
bool subject_see(struct subject *subject, const struct judge_fact *fact,
		 const struct window_cuts cuts[JUDGE_SERIES], uint64_t tick);
/* None this time. */
void subject_miss(struct subject *subject);

#endif
