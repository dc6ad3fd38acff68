/* SPDX-License-Identifier: MIT */
/* What a rule may look at, and what it says of one label set at one tick. Pure; owned by the poll thread.
 *
 * The verdict is the first that holds:
 *	dead, closed   the source ended
 *	silent         an engine neither live nor stalled, with no finished sample in the last 5 slots; or no sample at all,
 *	               but for what is said below
 *	yes            a stalled render older than the threshold; or too many samples above it, and at least min_above, and
 *	               a recent one where `recent` asks; and the guard
 *	band           the same against clear_below
 *	no             the window is covered
 *	silent         it is not
 * A function without calls is "no" while an engine of its session is live; so is the collector without requests, which
 * is always there. Instant signals know yes, no, dead and closed alone; levels, one value each, have a band too. */
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
	LABEL_SLO, /* slo */
	LABEL_SESSION, /* app, instance_id; those below have them too */
	LABEL_ENGINE, /* and engine */
	LABEL_FUNCTION, /* and function */
	SIGNAL_LABELS
};
/* Of the label that is the kind's own; "" where it has none. */
extern const char *const signal_label_names[SIGNAL_LABELS];

/* INSTANT: 0 or 1 now; LEVEL: a value now; OPEN: calls in flight now; WINDOWED: samples of the last window_s. */
enum signal_pace { PACE_INSTANT, PACE_LEVEL, PACE_OPEN, PACE_WINDOWED };

enum { SIGNAL_RECENT_SLOTS = 5, SIGNAL_LOST_S = 300, SIGNAL_FLIGHTS = AW_FLIGHT_SLOTS };

/* The windows of each label kind, by what they are fed. */
enum judge_series_id {
	ENGINE_RENDER = 0, /* times of render calls */
	ENGINE_LOAD, /* of cycles */
	ENGINE_WAKE, /* delays */
	ENGINE_SECONDS, /* flags: seconds with a finished cycle of a known budget, bad with a miss */
	FUNCTION_DURATION = 0, /* times of ended calls */
	FUNCTION_OUTCOME, /* flags: ended calls, bad as they failed */
	SESSION_LOST = 0, /* flags: bad are records lost in engine lanes, other than unwatched */
	COLLECTOR_AUTH = 0, /* flags: requests, bad when refused for who asks */
	JUDGE_SERIES = 4
};

/* The levels and states of each label kind. */
enum judge_value_id {
	COLLECTOR_MEMORY = 0, /* millionths of what it may take */
	COLLECTOR_SERIES, /* millionths of metrics.max_series */
	COMPONENT_DOWN = 0, /* 0, 1 */
	SLO_BURNS_FAST = 0, /* 0, 1: the pair of burn rates holds */
	SLO_BURNS_SLOW,
	JUDGE_VALUES = 2
};

/* How an alert's source is. GONE: dropped, nobody says how it ended. */
enum signal_life { LIFE_LIVE, LIFE_CLOSED, LIFE_DEAD, LIFE_GONE };

/* Of one label set at one tick. What its label kind does not have is 0. */
struct signal_facts {
	uint64_t tick;
	enum signal_life life;
	bool stale; /* its process is stopped, or nobody can tell */
	const struct window *windows[JUDGE_SERIES]; /* NULL = none yet */
	uint64_t values[JUDGE_VALUES];
	/* an engine */
	enum engine_state state, held_state; /* held: the newest that was not stale */
	uint32_t rate_hz, frames; /* its period; either 0 = unknown */
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

struct signal_row;

/* What is counted for a rule or a guard. */
struct signal_query {
	const struct signal_row *row;
	const struct signal_facts *facts;
	enum rule_statistic statistic;
	unsigned window_s;
	uint64_t threshold;
	enum rule_burn burn;
};

struct signal_sample {
	uint64_t n, bad;
	uint64_t flying; /* of both: those in flight, older than the threshold */
	bool covered;
	bool above; /* what the statistic says of the threshold */
	bool hangs; /* a stalled render is older than it: yes, whatever the rest says */
};

/* What is in flight is one more sample: never, by its age, or by its age against the period. */
enum signal_flight { FLIGHT_NONE, FLIGHT_AGE, FLIGHT_LOAD };

/* Adding a signal is a row. */
struct signal_row {
	const char *name;
	enum signal_unit unit;
	unsigned statistics; /* 1 << enum rule_statistic, one bit each; of a single one it is the default */
	enum signal_label label;
	enum signal_pace pace;
	enum window_table_id table; /* of what is windowed */
	unsigned series; /* enum judge_series_id of what is windowed, else enum judge_value_id */
	enum signal_flight flight;
	struct signal_sample (*sample)(const struct signal_query *query);
	uint64_t (*value)(const struct signal_query *query, const struct signal_sample *sample);
};
extern const struct signal_row signal_rows[SIGNALS];
extern const char *const statistic_names[STATISTICS];

/* SIGNALS: there is none of that name. */
enum signal_id signal_named(const char *name);
bool signal_takes(enum signal_id signal, enum rule_statistic statistic);
/* A guard uses the rule's window and label set. */
bool signal_guards(enum signal_id rule, enum signal_id guard);
/* What decides for a threshold in the signal's unit: itself, or the next bucket's bound above it; that of a mean, a ratio
 * or a sum is itself. */
uint64_t signal_effective(enum signal_id signal, enum rule_statistic statistic, uint64_t threshold);
/* Above what a sample is bad, and so where its window is cut: flags have a threshold of their own. */
uint64_t signal_cut(enum window_table_id table, uint64_t threshold);
/* The highest threshold that something can be seen above; UINT64_MAX: no limit of its own. */
uint64_t signal_most(enum signal_id signal);
/* Of a quantile, in per million; 0 for other statistics. */
uint32_t signal_quantile(enum rule_statistic statistic);

/* The rule is valid: its signal takes the statistic, and the guard, if any, goes with it. */
struct judgement signal_judge(const struct rule *rule, const struct signal_facts *facts);

#endif
