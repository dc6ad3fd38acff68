/* SPDX-License-Identifier: MIT */
/* A rule as configuration gives it, and the alert machine that one rule runs for each label set. Pure; owned by the
 * poll thread; time is nominal ticks of whole seconds.
 *
 * The machine's table (docs/rules.md has it with every reason):
 *	inactive -> pending, firing     yes (firing at once where `for` is 0)
 *	pending  -> firing              yes, at the tick when it was pending for `for`, held ticks not counted
 *	pending  -> inactive            no, band (resolved); 60 s silent (nodata); dead; closed
 *	firing   -> keeping             no, with keep_firing_for; else -> inactive (resolved)
 *	firing   -> inactive            dead for 300 s (source_gone); closed
 *	keeping  -> firing              yes, band
 *	keeping  -> inactive            no for keep_firing_for (resolved); dead for 300 s (source_gone); closed */
#ifndef AUDIOWATCH_COLLECTOR_RULE_H
#define AUDIOWATCH_COLLECTOR_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RULE_NAME_SIZE = 64,
	RULE_TEXT_SIZE = 512,
	RULE_LABEL_SIZE = 128,
	RULES_MAX = 128,
	RULE_LIMIT = 50, /* label sets of one rule that may be active at once */
};

/* What a rule looks at; signal.h has a row for each: its unit, its statistics, its label kind, its source. */
enum signal_id {
	SIGNAL_RENDER_TIME,
	SIGNAL_RENDER_LOAD,
	SIGNAL_WAKEUP_DELAY,
	SIGNAL_FFI_DURATION,
	SIGNAL_FFI_ERROR_RATIO,
	SIGNAL_FFI_IN_FLIGHT,
	SIGNAL_XRUN_SECONDS,
	SIGNAL_STALLED,
	SIGNAL_STARVED,
	SIGNAL_SOURCE_DOWN,
	SIGNAL_RECORDS_LOST,
	SIGNAL_COMPONENT_DOWN,
	SIGNAL_ALWAYS,
	SIGNAL_MEMORY_RATIO,
	SIGNAL_SERIES_RATIO,
	SIGNAL_AUTH_FAILURES,
	SIGNAL_SLO_BURN,
	SIGNALS
};

enum rule_statistic {
	STATISTIC_NONE, /* instant signals */
	STATISTIC_P50,
	STATISTIC_P95,
	STATISTIC_P99,
	STATISTIC_P999,
	STATISTIC_MAX,
	STATISTIC_MEAN,
	STATISTIC_RATIO,
	STATISTIC_SUM,
	STATISTICS
};

/* Which pair of burn rates a rule of slo_burn looks at. */
enum rule_burn { BURN_FAST, BURN_SLOW, RULE_BURNS };

enum rule_priority { PRIORITY_P0, PRIORITY_P1, PRIORITY_P2, PRIORITY_P3 };

/* Thresholds are integers in the signal's unit: nanoseconds for times, millionths for ratios and loads, plain counts
 * for sums. */
struct rule_guard {
	bool set;
	enum signal_id signal;
	enum rule_statistic statistic;
	uint64_t above;
};

struct rule {
	char name[RULE_NAME_SIZE]; /* alertname */
	bool enabled;
	enum signal_id signal;
	enum rule_statistic statistic;
	unsigned window_s; /* 1..300, or a multiple of 60 up to 3600; 0 for signals without a window */
	uint64_t above, clear_below; /* equal: no band */
	unsigned for_s, keep_firing_for_s;
	uint64_t min_above;
	unsigned recent_s; /* 0 = not asked */
	struct rule_guard guard;
	enum rule_burn burn;
	char match_app[RULE_LABEL_SIZE], match_engine[RULE_LABEL_SIZE],
		match_function[RULE_LABEL_SIZE], match_component[RULE_LABEL_SIZE]; /* "" = any */
	enum rule_priority priority;
	unsigned limit; /* 0 = none */
	char summary[RULE_TEXT_SIZE], description[RULE_TEXT_SIZE], runbook_url[RULE_TEXT_SIZE];
};

/* The rules that ship, in their order; what a configuration names changes only what it names. */
extern const struct rule rule_defaults[];
extern const unsigned rule_default_count;

extern const char *const priority_names[]; /* by enum rule_priority: "P0"... */
extern const char *const priority_severities[]; /* critical, warning, info */
extern const char *const priority_response_times[]; /* how soon somebody should look */

/* ---- the alert machine ---- */

/* What signal.h says of one label set at one tick. */
enum verdict {
	VERDICT_YES,
	VERDICT_BAND,
	VERDICT_NO,
	VERDICT_SILENT,
	VERDICT_DEAD,
	VERDICT_CLOSED,
	VERDICTS
};
extern const char *const verdict_names[VERDICTS];

enum alert_state { ALERT_INACTIVE, ALERT_PENDING, ALERT_FIRING, ALERT_KEEPING, ALERT_STATES };
extern const char *const alert_state_names[ALERT_STATES];

/* Why an alert went inactive; every other transition has none. */
enum alert_reason {
	REASON_NONE,
	REASON_RESOLVED,
	REASON_NODATA,
	REASON_DEAD,
	REASON_CLOSED,
	REASON_SOURCE_GONE,
	REASON_FORGOTTEN,
	REASON_CONFIG,
	ALERT_REASONS
};
extern const char *const alert_reason_names[ALERT_REASONS]; /* none: "" */

enum {
	ALERT_SILENT_S = 60, /* a pending alert waits that long for data */
	ALERT_GONE_S = 300, /* a firing one outlives its source that long */
	ALERT_DOWN_S = 86400, /* and a dead engine is told that long */
	ALERT_OUTAGE_S =
		3600, /* ticks between two evaluations, from which on nothing is believed any more */
};

/* Of one rule and label set; all 0 is inactive, and nothing is to be freed. Ticks. */
struct alert {
	enum alert_state state;
	bool nodata; /* firing, and its source says nothing */
	bool judged; /* input is known */
	enum verdict input; /* the newest verdict, unbroken since (ticks not evaluated left out): */
	uint64_t since;
	uint64_t active_at, fired_at, changed_at; /* the first yes; when it fired; the state's */
	uint64_t held; /* ticks since active_at that do not count */
	uint64_t keep_at; /* keeping: the first no, later by each tick that does not count */
};

/* from == to: nothing changed. */
struct alert_change {
	enum alert_state from, to;
	enum alert_reason reason;
};

/* One evaluated tick; ticks rise. */
struct alert_change alert_step(struct alert *alert, const struct rule *rule, enum verdict verdict,
			       uint64_t tick);
/* One at which its rule's limit keeps it inactive: the input's timers run. */
void alert_wait(struct alert *alert, enum verdict verdict, uint64_t tick);
/* Before the step of `tick`, when the tick evaluated before it was `before`, and not the one just before: the ticks in
 * between count for no timer. From ALERT_OUTAGE_S on it is inactive; EngineDown holds. */
struct alert_change alert_miss(struct alert *alert, const struct rule *rule, uint64_t before,
			       uint64_t tick);
/* Its rule is another one now; where `for` was raised, firing may be pending again. */
struct alert_change alert_reload(struct alert *alert, const struct rule *rule, uint64_t tick);
/* Inactive, for a reason that lies outside the table: FORGOTTEN, CONFIG, or a source that is gone. */
struct alert_change alert_end(struct alert *alert, enum alert_reason reason, uint64_t tick);

#endif
