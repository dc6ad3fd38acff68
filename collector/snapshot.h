/* SPDX-License-Identifier: MIT */
/*
 * The immutable picture that http threads read: labels and values of one poll instant, so that
 * they agree with one another. The poll thread builds and publishes; readers on any thread hold
 * it inside one read section, in which they touch memory only and never wait. What a section
 * returned is gone after its unlock.
 *
 *	                 snapshot_publish   snapshot_read_lock..unlock   snapshot_board_free
 *	publish          never (P alone)    any time                     never
 *	read section     any time           any time, also nested        never
 */
#ifndef AUDIOWATCH_COLLECTOR_SNAPSHOT_H
#define AUDIOWATCH_COLLECTOR_SNAPSHOT_H

#include "collector/casebook.h"
#include "collector/instant.h"
#include "collector/judge.h"
#include "collector/ledger.h"
#include "collector/selfwatch.h"
#include "collector/silence.h"
#include "collector/slo.h"

struct snapshot_engine {
	const char *name, *title;
	bool counted, present,
		stated; /* what may be shown: counters, gauges of the present, the state */
	enum engine_state state;
	uint64_t since_ns; /* it is in it; CLOCK_MONOTONIC, as at.now_ns */
	struct engine_counts counts;
	struct engine_present now;
	uint64_t p99_ns; /* render time, 60 s; 0 = there was none */
};

struct snapshot_channel {
	const char *engine, *name;
	bool counted, present;
	struct channel_counts counts;
	struct channel_present now;
};

struct snapshot_function {
	const char *name;
	bool counted, present;
	struct function_counts counts;
	struct function_present now;
	uint64_t p99_ns; /* call duration, 5 min; 0 = there was none */
};

struct snapshot_session {
	const char *app, *instance_id, *id, *version;
	bool counted, present;
	uint64_t pid;
	uint32_t abi_major, abi_minor;
	bool locked, fast_clock, has_drift;
	double clock_drift;
	struct session_counts counts;
	uint64_t misuse[MISUSES], clock_backwards;
	const struct snapshot_engine *engines;
	const struct snapshot_channel *channels;
	const struct snapshot_function *functions;
	unsigned engine_count, channel_count, function_count;
};

/* One rule and label set at the newest tick, inactive ones too, in the order of judgement. */
struct snapshot_alert {
	const struct rule *rule; /* the configuration's, which outlives every picture */
	enum signal_label kind;
	const char *app, *instance_id,
		*name; /* name: the engine's or the function's; "" where the kind has none */
	enum alert_state state;
	bool nodata; /* firing, and its source says nothing */
	bool silenced; /* nobody is to be told of it */
	struct judgement judgement;
	uint64_t active_real_ns,
		fired_real_ns; /* CLOCK_REALTIME; of an active one; fired 0 = not yet */
	/* of an active one, as of its newest yes: CLOCK_REALTIME, 0 = not told; texts "" and figures 0 where not known */
	uint64_t told_real_ns;
	const char *description, *cause;
	struct judgement told;
	uint64_t load, budget_ns; /* P99 of a render by its budget, in millionths */
};

/* An alert as it was when it fired; its state and times are those of now. */
struct snapshot_firing {
	struct snapshot_alert alert;
	uint64_t number; /* from 1 */
	uint64_t resolved_real_ns; /* 0 = not yet */
};

struct snapshot_slo {
	const struct slo *slo; /* the configuration's */
	struct slo_events counts;
	double objective, budget_left, burn_rates[SLO_WINDOWS];
};

struct snapshot {
	uint64_t generation; /* 1, 2, 3... */
	struct instant at;
	const struct snapshot_session *sessions;
	unsigned session_count;
	const struct snapshot_alert *alerts;
	unsigned alert_count;
	const struct silencing *silences; /* in the order of their making */
	unsigned silence_count;
	const struct snapshot_firing *firings; /* newest first */
	unsigned firing_count;
	struct judge_counts judged;
	struct snapshot_slo slos[SLOS_MAX];
	unsigned slo_count;
	uint64_t evaluated_real_ns; /* the newest tick; CLOCK_REALTIME, 0 = none yet */
	struct selfwatch_counts self;
};

/* What a picture is of. */
struct snapshot_subject {
	const struct ledger_book *book;
	const struct judge *judge; /* NULL: no alerts, no quantiles */
	const struct selfwatch_counts *self;
	const struct instant *at;
	uint64_t evaluated_real_ns; /* 0 = not yet */
	const struct slo_book *slo; /* NULL: no objectives */
	const struct silence_list *silences; /* NULL: none */
	const struct casebook *cases; /* NULL: no explanations, no firings */
};

/* A picture, generation 0, in one piece of memory of *size bytes; NULL: no memory. */
struct snapshot *snapshot_new(const struct snapshot_subject *of, size_t *size);
/* Only of one that was never published. */
void snapshot_free(struct snapshot *snapshot);

/* Where the newest one hangs. */
struct snapshot_board;
struct snapshot_board *snapshot_board_new(void);
/* After the last reader is gone: waits for what is still to be freed. */
void snapshot_board_free(struct snapshot_board *board);

/* Takes it over and gives it the next generation. */
void snapshot_publish(struct snapshot_board *board, struct snapshot *snapshot);

/* NULL before the first one; the unlock belongs to every lock. */
const struct snapshot *snapshot_read_lock(const struct snapshot_board *board);
void snapshot_read_unlock(const struct snapshot_board *board);

#endif
