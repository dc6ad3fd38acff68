/* SPDX-License-Identifier: MIT */
/* The sources that are attached, from adoption to their end, and the book of ledgers they feed.
 * The poll thread. Every step takes the instant of its beat; those that return bool say whether
 * there is something to tell at once: an engine in another state, a session that came or went. */
#ifndef AUDIOWATCH_COLLECTOR_ROSTER_H
#define AUDIOWATCH_COLLECTOR_ROSTER_H

#include "collector/finder.h"
#include "collector/judge.h"
#include "collector/ledger.h"
#include "collector/selfwatch.h"

enum { ROSTER_SOURCES_MAX = 512 };

struct roster;

/* options->sink is the roster's to fill. 0, or -errno and one line as finder_open() has it. */
int roster_open(struct roster **roster, const struct finder_options *options,
		struct selfwatch *self, char error[FINDER_ERROR_SIZE]);
void roster_close(struct roster *roster);

unsigned roster_fds(const struct roster *roster, struct pollfd *fds);
/* What inotify said: newcomers are adopted, those let go of are asked for. */
bool roster_hear(struct roster *roster, const struct instant *at);
/* 20 ms: newborns, and the lanes of every source. */
bool roster_beat(struct roster *roster, const struct instant *at);
/* 1 s: names that inotify lost, life of every source, what has expired. */
bool roster_scan(struct roster *roster, const struct instant *at);
/* Totals of every source into the book; step as in source_totals(). */
void roster_totals(struct roster *roster, const struct instant *at, bool step);

/* 1 s, after the totals of the same beat: every session that is known, live or ended. */
void roster_judge(struct roster *roster, struct judge *judge, const struct instant *at);

/* Writes what it sees as a trace, from tick 0 on; the record outlives it. */
struct record;
void roster_record_to(struct roster *roster, struct record *record);
/* 1 s, behind roster_judge(); self: what rules were judged by. */
void roster_record(struct roster *roster, const struct instant *at, uint64_t tick,
		   const struct selfwatch_counts *self);

/* As ledger_forget(). */
bool roster_forget(struct roster *roster, const char *app, const char *instance_id);

const struct ledger_book *roster_book(const struct roster *roster);

#endif
