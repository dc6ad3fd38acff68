/* SPDX-License-Identifier: MIT */
/* Windows of whatever is counted, and an alert of every rule and label set. Pure but for malloc: the caller
 * brings ticks and facts, so a replay drives it as the poll loop does. Owned by the poll thread.
 *
 * A tick, once a second after the totals of the same beat (poll.c, a clock of 1 s behind poll_totals):
 *
 *	static void poll_rules(struct poll_loop *loop)
 *	{
 *		const uint64_t tick = (loop->at.now_ns - loop->began_ns) / NS_A_SECOND;
 *
 *		judge_begin(loop->wiring.judge, tick, loop->at.real_ns);
 *		roster_judge(loop->wiring.roster, loop->wiring.judge, &loop->at);
 *		loop->tell |= judge_end(loop->wiring.judge);
 *	}
 *
 * roster_judge() says each live source by source_judge(), then by ledger_judge() each ended ledger, and the engines and
 * functions that ended since the tick before. For one session: its own fact, then those of its engines and functions. What
 * a tick does not name is taken to be closed where its session goes on, and to have gone where another has its labels or
 * it was not named either; what had ended before stays as it ended. So who ended is told, lest a successor of less than a
 * tick speaks for it. Facts of the collector, its components and the SLOs are live ones without session; the collector is
 * there even when it is not named.
 *
 * Invariants: labels are the identity, so alerts outlive sessions, windows do not: another session or another slot with
 * the same labels starts with empty ones. Rules are judged in their order, label sets by the bytes of their values.
 * Ticks rise; those left out count for no timer. */
#ifndef AUDIOWATCH_COLLECTOR_JUDGE_H
#define AUDIOWATCH_COLLECTOR_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/rule.h"
#include "collector/signal.h"
#include "collector/window.h"

/* "" where the label kind has none. */
struct judge_labels {
	enum signal_label kind;
	const char *app, *instance_id,
		*name; /* name: the engine's, function's, component's or SLO's */
};

/* Running totals, as many cells as the signal's table has (signal.h, window_table.h). base: what the owner of the slot
 * found there, where it is `whole`; NULL: 0. Sums are those of times and delays; others have none. */
struct judge_series {
	const uint64_t *cells; /* NULL: not believed this time */
	uint64_t sum;
	const uint64_t *base;
	uint64_t base_sum;
};

/* One label set, now. What its kind does not have is 0. */
struct judge_fact {
	struct judge_labels labels;
	enum signal_life life; /* ended: nothing below is looked at */
	uint64_t session; /* another number: another session */
	/* of engines and functions: */
	uint64_t incarnation; /* another number: another slot or owner, which begins with an empty window */
	bool whole; /* it began after the tick before, with totals of base; else what they say now is the base */
	bool stale;
	enum engine_state state;
	uint32_t rate_hz, frames; /* either 0 = unknown */
	uint64_t open; /* calls in flight */
	unsigned flight_count;
	uint64_t flights_ns[SIGNAL_FLIGHTS]; /* ages, none of renders begun in freewheel */
	struct judge_series series[JUDGE_SERIES]; /* by enum judge_series_id of the label kind */
	uint64_t values[JUDGE_VALUES]; /* by enum judge_value_id of the label kind */
};

/* A rule and a label set: what it is now, and what the newest tick saw. */
struct judge_alert {
	const struct rule *rule;
	struct judge_labels labels;
	const struct alert *alert;
	const struct judgement *judgement;
	uint64_t tick; /* the newest one */
	uint64_t active_real_ns,
		fired_real_ns; /* of its newest way through active_at and fired_at */
	enum signal_life life; /* of what it is about */
};

typedef void judge_alert_fn(void *context, const struct judge_alert *alert);
/* A transition, when it happens; alert shows what is after it. */
typedef void judge_change_fn(void *context, const struct judge_alert *alert,
			     const struct alert_change *change);

struct judge_options {
	const struct rule *rules; /* outlive the judge; disabled ones are skipped */
	unsigned rule_count;
	judge_change_fn *changed; /* may be NULL */
	void *context;
	judge_alert_fn *limited; /* a rule's limit keeps this one inactive, its first; may be NULL */
	struct window_purse purse; /* of each source; all 0: WINDOW_PURSE */
};

struct judge;

/* NULL: no memory. */
struct judge *judge_new(const struct judge_options *options);
void judge_free(struct judge *judge);

/* An alert as it outlived another judge, its ticks in the numbers of this one. */
struct judge_past {
	const char *rule;
	struct judge_labels labels;
	enum signal_life life;
	struct alert alert;
	struct judgement judgement;
	uint64_t active_real_ns, fired_real_ns;
};

/* Before the first tick: the newest one that was evaluated, by whomever; below 0, modulo 2^64. */
void judge_resume(struct judge *judge, uint64_t tick);
/* After that: puts an alert in; what it is about is as it was until a fact says otherwise. False: that rule is not judged,
 * or not of these labels; or no memory. */
bool judge_put(struct judge *judge, const struct judge_past *past);

/* real_ns: the calendar's time, kept with what happens at this tick, so that no clock that is set moves it later. */
void judge_begin(struct judge *judge, uint64_t tick, uint64_t real_ns);
void judge_see(struct judge *judge, const struct judge_fact *fact);
/* Judges all; true when an alert changed its state. */
bool judge_end(struct judge *judge);

/* Ends what is told of a dead session, whose facts say from then on that it has gone: another death is told. False: it is
 * not known, or lives. */
bool judge_forget(struct judge *judge, const char *app, const char *instance_id);

/* Every label set of every rule, inactive ones too, in the order of judgement. */
void judge_each(const struct judge *judge, judge_alert_fn *fn, void *context);
/* For gauges and explanations; NULL: it has none. Render times and call durations always have one, others while some rule
 * looks at them. */
const struct window *judge_window(const struct judge *judge, const struct judge_labels *labels,
				  enum judge_series_id series);

struct judge_counts {
	uint64_t limited; /* label sets kept inactive by a rule's limit, once a tick each */
	uint64_t refused; /* facts for which there was no memory, once a tick each */
	unsigned active; /* pending, firing, keeping */
	const struct rule *rules; /* the options' */
	unsigned rule_count;
	uint64_t transitions[RULES_MAX][ALERT_STATES]; /* of each rule, into each state */
};
struct judge_counts judge_counts(const struct judge *judge);

#endif
