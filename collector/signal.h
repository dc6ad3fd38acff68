/* SPDX-License-Identifier: MIT */
/* What a rule may look at, and what it says of one label set at one tick. Pure; owned by the poll thread.
 *
 * The verdict is the first that holds:
 *	dead, closed   the source ended
 *	silent         an engine neither live nor stalled, with no finished sample in the last 5 slots; or no sample at all,
 *	               but for a function while an engine of its session is live
 *	yes            a stalled render older than the threshold; or too many samples above it, and at least min_above, and
 *	               a recent one where `recent` asks; and the guard
 *	band           the same against clear_below
 *	no             the window is covered
 *	silent         it is not
 * Instant signals know yes, no, dead and closed alone. */
#ifndef AUDIOWATCH_COLLECTOR_SIGNAL_H
#define AUDIOWATCH_COLLECTOR_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/rule.h"
#include "collector/state.h"
#include "collector/window.h"

enum signal_unit { UNIT_NANOSECONDS, UNIT_MILLIONTHS, UNIT_COUNT };

/* What there is one verdict of each of, and so its labels. */
enum signal_label {
	LABEL_COLLECTOR, /* none */
	LABEL_COMPONENT, /* component */
	LABEL_SESSION, /* app, instance_id */
	LABEL_ENGINE, /* and engine */
	LABEL_FUNCTION, /* and function */
	SIGNAL_LABELS
};

/* INSTANT: 0 or 1 now; OPEN: calls in flight now; WINDOWED: samples of the last window_s. */
enum signal_pace { PACE_INSTANT, PACE_OPEN, PACE_WINDOWED };

enum { SIGNAL_RECENT_SLOTS = 5, SIGNAL_FLIGHTS = AW_FLIGHT_SLOTS };

/* How an alert's source is. GONE: dropped, nobody says how it ended. */
enum signal_life { LIFE_LIVE, LIFE_CLOSED, LIFE_DEAD, LIFE_GONE };

/* Of one label set at one tick. What its label kind does not have is 0. */
struct signal_facts {
	uint64_t tick;
	enum signal_life life;
	bool stale; /* its process is stopped, or nobody can tell */
	const struct window *window; /* of render or call times; NULL = none yet */
	/* an engine */
	enum engine_state state, held_state; /* held: the newest that was not stale */
	uint64_t period_ns; /* 0 = unknown */
	/* a function */
	bool engine_live; /* one of its session */
	uint64_t open; /* calls in flight, at least flight_count */
	/* renders and calls in flight that began outside freewheel: their ages */
	unsigned flight_count;
	uint64_t flights_ns[SIGNAL_FLIGHTS];
};

/* Why it is silent. */
enum silence { SILENCE_NONE, SILENCE_IDLE, SILENCE_NODATA, SILENCE_COVER, SILENCE_STALE, SILENCES };
extern const char *const silence_names[SILENCES];

struct judgement {
	enum verdict verdict;
	enum silence silence;
	uint64_t n,
		bad; /* samples, and those above the effective threshold; in-flight ones among them */
	uint64_t value,
		threshold; /* in the signal's unit, threshold as it decides; at n = 0 value is no present */
};

/* What is counted for a rule or a guard. */
struct signal_query {
	const struct signal_facts *facts;
	enum rule_statistic statistic;
	unsigned window_s;
	uint64_t threshold;
};

struct signal_sample {
	uint64_t n, bad;
	uint64_t flying; /* of both: those in flight, older than the threshold */
	bool covered;
	bool above; /* what the statistic says of the threshold */
	bool hangs; /* a stalled render is older than it: yes, whatever the rest says */
};

/* Adding a signal is a row. One that is not available says why not, and has no functions. */
struct signal_row {
	const char *name;
	enum signal_unit unit;
	unsigned statistics; /* 1 << enum rule_statistic, one bit each; of a single one it is the default */
	enum signal_label label;
	enum signal_pace pace;
	bool available;
	const char *missing; /* why not: a clause for people */
	struct signal_sample (*sample)(const struct signal_query *query);
	uint64_t (*value)(const struct signal_query *query, const struct signal_sample *sample);
	uint64_t (*effective)(uint64_t threshold); /* NULL: decided as it is written */
};
extern const struct signal_row signal_rows[SIGNALS];
extern const char *const statistic_names[STATISTICS];

/* SIGNALS: there is none of that name. */
enum signal_id signal_named(const char *name);
bool signal_takes(enum signal_id signal, enum rule_statistic statistic);
/* A guard uses the rule's window and label set. */
bool signal_guards(enum signal_id rule, enum signal_id guard);
/* What decides for a threshold in the signal's unit: itself, or the next bucket's bound above it; a mean's itself. */
uint64_t signal_effective(enum signal_id signal, enum rule_statistic statistic, uint64_t threshold);
/* Of a quantile, in per million; 0 for other statistics. */
uint32_t signal_quantile(enum rule_statistic statistic);

/* The rule is valid: its signal is available, takes the statistic, and the guard, if any, goes with it. */
struct judgement signal_judge(const struct rule *rule, const struct signal_facts *facts);

#endif
