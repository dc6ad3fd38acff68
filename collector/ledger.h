/* SPDX-License-Identifier: MIT */
/* The series and what they are worth, beyond the life of one segment: a restarted host goes on
 * from its predecessor's final values, a renamed slot leaves its old name's behind. Pure; owned
 * by the poll thread.
 *
 * A book holds ledgers, one for each (app, instance_id); a ledger holds series, one for each
 * engine, channel and function by name. Invariants: no two ledgers of a book and no two series
 * of a ledger have the same labels; a value never goes down while its series is held.
 *
 * Life of a ledger:
 *	-               -> live             a session opened, and no ledger has its labels
 *	live            -> closed, dead, dropped
 *	dead            -> dropped          it is to be forgotten
 *	closed and the other two -> live    a session with the same labels opened: its counts are added on top
 *	closed and the other two -> -       24 h later, or when the book is full and this one ended first
 * Life of a series is the same, by its slot; a freed slot's series keeps its slot, because the
 * segment keeps the totals for the name's return. */
#ifndef AUDIOWATCH_COLLECTOR_LEDGER_H
#define AUDIOWATCH_COLLECTOR_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "collector/counts.h"
#include "collector/slo.h"
#include "collector/recent.h"
#include "collector/state.h"
#include "collector/text.h"

#define LEDGER_SHOWN_NS (300 * UINT64_C(1000000000)) /* counters of what ended */
#define LEDGER_KEPT_NS \
	(86400 * UINT64_C(1000000000)) /* for a successor; and a death is told that long */
#define LEDGER_NO_SLOT UINT32_MAX

enum {
	LEDGERS_MAX = 1024,
	LEDGER_ID_SIZE = 2 * AW_ID_SIZE + 1,
	LEDGER_INSTANCE_SIZE = TEXT_LABEL_SIZE + 8
};

/* DROPPED: we can no longer read it, or somebody else has its labels now, or its death is to be forgotten; what it is
 * nobody says. */
enum ledger_life { LEDGER_LIVE, LEDGER_CLOSED, LEDGER_DEAD, LEDGER_DROPPED };

/* The present, as gauges show it; meaningless once a series has ended. */
struct engine_present {
	enum engine_state state;
	uint64_t since_ns; /* it is in it; CLOCK_MONOTONIC */
	bool has_last, freewheel;
	uint64_t last_ns, max_ns, stalled_ns;
	uint64_t host_load; /* per million + 1; 0 = never told */
	uint32_t rate_hz, frames;
};

struct channel_present {
	bool has_usage;
	double usage;
	bool hangs; /* ended in the block before the one that hangs, and not in that */
};

struct function_present {
	uint64_t in_flight, oldest_ns;
};

struct series {
	enum aw_kind kind;
	enum ledger_life life;
	uint64_t ended_ns;
	uint32_t slot, hash;
	char *name, *engine,
		*title; /* engine: of a channel, else ""; title: of an engine, else NULL */
	bool is_parent; /* a channel with others within it */
	struct recent recent;
	void *value, *last; /* by kind: struct engine_counts, channel_counts, function_counts */
	struct slo_events seen; /* what objectives have of its value */
	union {
		struct engine_present engine_now;
		struct channel_present channel_now;
		struct function_present function_now;
	};
};

struct ledger_identity {
	uid_t uid;
	char app[TEXT_LABEL_SIZE],
		instance[TEXT_LABEL_SIZE]; /* clean; instance "" = take a number */
	char version[TEXT_LABEL_SIZE];
	char id[LEDGER_ID_SIZE];
	uint64_t pid;
	uint32_t abi_major, abi_minor;
	bool locked, fast_clock;
};

struct ledger {
	struct ledger_identity who; /* the session that is live or was last */
	char wanted[TEXT_LABEL_SIZE]; /* the instance it asked for, or its number */
	char instance_id[LEDGER_INSTANCE_SIZE]; /* the same, or with digits behind it */
	enum ledger_life life;
	uint64_t ended_ns;
	struct session_counts counts, last;
	uint64_t misuse[MISUSES], clock_backwards;
	bool has_drift; /* of the live session */
	double clock_drift;
	struct series **series;
	unsigned series_count, series_limit;
};

struct ledger_book {
	struct ledger **ledgers;
	unsigned count;
};

/* The ledger for a session that opens, with its predecessor's values if it has one. limit: how
 * many series it may hold, ended ones included. NULL: no memory, or LEDGERS_MAX live ones. */
struct ledger *ledger_open(struct ledger_book *book, const struct ledger_identity *who,
			   unsigned limit);
/* All of its series end with it. */
void ledger_end(struct ledger *ledger, enum ledger_life how, uint64_t now_ns);
/* That it is dead, nobody says any more; its counts are shown and kept as ever. False: it lives. */
bool ledger_forget(struct ledger_book *book, const char *app, const char *instance_id);
/* Forgets what ended LEDGER_KEPT_NS ago. */
void ledger_expire(struct ledger_book *book, uint64_t now_ns);
void ledger_deinit(struct ledger_book *book);

void ledger_account(struct ledger *ledger, const struct session_counts *now);

/* What a slot is called, clean; engine: "" but for a channel. */
struct series_key {
	enum aw_kind kind;
	uint32_t slot;
	const char *engine, *name;
};

/* The series that a slot feeds from now on. NULL: another live slot has that name, or there is
 * no room: of what ended, the counters are shown LEDGER_SHOWN_NS long, and nothing shown makes
 * room. */
struct series *ledger_bind(struct ledger *ledger, const struct series_key *key, uint64_t now_ns);
/* The slot was freed; its name may return to it. */
void ledger_unbind(struct ledger *ledger, enum aw_kind kind, uint32_t slot, uint64_t now_ns);

/* The slot is another name's by now, or will be: its series ends, and may be bound to any slot. */
void ledger_let_go(struct ledger *ledger, enum aw_kind kind, uint32_t slot, uint64_t now_ns);

/* The segment's totals as of now, in the struct of the series' kind. */
void ledger_feed(struct ledger *ledger, struct series *series, const void *now);
/* False when there was no memory: the old title stands. */
bool series_title(struct series *series, const char *title);

/* An engine that is a graph seen from outside: in no sum over engines. */
static inline bool ledger_is_graph(const char *engine)
{
	return strncmp(engine, "graph:", 6) == 0;
}

/* What may be shown of a series now. */
bool series_counted(const struct series *series, uint64_t now_ns); /* counters and histograms */
bool series_stated(const struct series *series, uint64_t now_ns); /* which state it is in */
bool ledger_counted(const struct ledger *ledger, uint64_t now_ns);

#endif
