/* SPDX-License-Identifier: MIT */
/* Objectives: what was good and what was bad in each minute, how fast the error budget burns, what is left of it.
 * Pure: the caller brings ticks and running totals, so a replay drives it as the poll loop does. Poll thread.
 *
 * A tick:
 *	slo_begin(book, tick, real_ns);               the minute that runs, a heartbeat, minutes without one
 *	slo_see(book, SLO_CYCLES, &seen, now) ...     each engine's and function's totals; slo_ledger.h does it for ledgers
 *	slo_judge(book, judge);                       facts of slo_burn, within judge_begin() and judge_end(): slo_judge.c
 *
 * Minutes are numbered from 1970 by the calendar of the first tick, and go on by ticks: no clock that is set, and no
 * suspend, makes or loses one. A minute is of the ticks that fall into it. One without events is no minute.
 *
 * A window is the running minute and those before it. The burn rate is the ratio of bad events in it over what the
 * objective allows, of the minutes there are. A pair burns when
 *	- its short window's burn rate is above the factor, and
 *	- its long window's is, and would be if every other minute of it, unseen or without events, had been a good one:
 *	  the share of the budget that the pair stands for (14.4 for an hour is 2 % of 30 days) was really spent.
 *
 * A day is kept. The seam for a store that keeps more: `closed` hands each minute out when it is over, slo_remember()
 * takes minutes in before the first tick. slo_save() and slo_restore() do the same with lines of text. */
#ifndef AUDIOWATCH_COLLECTOR_SLO_H
#define AUDIOWATCH_COLLECTOR_SLO_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	SLO_MINUTES = 1440,
	SLOS_MAX = 16,
	SLO_NAME_SIZE = 64,
	SLO_ALL = 1000000, /* objectives are in millionths */
};

/* What is counted. */
enum slo_indicator {
	SLO_CYCLES, /* of a known budget; bad: over it */
	SLO_FFI, /* ended calls; bad: above 100 ms */
	SLO_XRUNS, /* minutes with a cycle of the first; bad: with one over its budget */
	SLO_PRESENT, /* minutes; bad: without a tick, and not after a clean shutdown */
	SLO_INDICATORS
};
extern const char *const slo_indicator_names[SLO_INDICATORS];

struct slo {
	char name[SLO_NAME_SIZE];
	enum slo_indicator indicator;
	unsigned objective; /* above 0, below SLO_ALL */
	unsigned period_s; /* whole minutes */
	unsigned sla; /* what was promised to others: shown, judged by nobody; 0 = nothing */
};

/* Those that ship. */
extern const struct slo slo_defaults[];
extern const unsigned slo_default_count;

enum slo_window { SLO_5M, SLO_30M, SLO_1H, SLO_2H, SLO_6H, SLO_1D, SLO_3D, SLO_WINDOWS };
extern const struct slo_window_row {
	const char *name;
	unsigned minutes; /* beyond SLO_MINUTES those kept are all there are */
} slo_windows[SLO_WINDOWS];

/* SLOBurnFast, SLOBurnSlow. */
enum slo_speed { SLO_FAST, SLO_SLOW, SLO_SPEEDS };

extern const struct slo_pair {
	enum slo_speed speed;
	unsigned factor_tenths;
	enum slo_window long_window, short_window;
} slo_pairs[];
extern const unsigned slo_pair_count;

/* The first pair whose factor no ratio of bad events can reach at this objective; NULL: there is none. */
const struct slo_pair *slo_unreachable(unsigned objective);

struct slo_events {
	uint64_t total, bad;
};

struct slo_sum {
	struct slo_events events;
	unsigned minutes; /* those with events */
};

struct slo_track {
	struct slo_events minutes[SLO_MINUTES]; /* by number; the running one is among them */
	struct slo_events counts; /* of all that were ever seen: never falls */
	struct slo_sum closed[SLO_WINDOWS]; /* without the running one */
};

typedef void slo_closed_fn(void *context, uint64_t minute,
			   const struct slo_events of[SLO_INDICATORS]);

struct slo_options {
	const struct slo *slos; /* outlive the book */
	unsigned count;
	slo_closed_fn *closed; /* may be NULL */
	void *context;
};

struct slo_book {
	struct slo_options options;
	struct slo_track tracks[SLO_INDICATORS];
	struct slo_sum spent[SLOS_MAX]; /* in the period, or as much as is kept, without the running one */
	bool known, begun; /* there is a running minute; there was a tick */
	bool rested;
	uint64_t minute; /* the running one */
	uint64_t real_minute; /* the calendar's at the newest tick */
	uint64_t base_s; /* seconds since 1970 of tick 0 */
};

/* Forgets everything. */
void slo_init(struct slo_book *book, const struct slo_options *options);

/* True when another minute runs than before. real_ns: CLOCK_REALTIME, believed at the first tick alone. */
bool slo_begin(struct slo_book *book, uint64_t tick, uint64_t real_ns);
/* What one engine (SLO_CYCLES) or function (SLO_FFI) gained over `seen`, which the caller keeps beside it and which
 * becomes `now`; totals that fell began again at 0. */
void slo_see(struct slo_book *book, enum slo_indicator indicator, struct slo_events *seen,
	     struct slo_events now);
/* A clean shutdown: until the next tick nobody is missed. */
void slo_rest(struct slo_book *book);

/* Pure looks at the newest tick; i: an objective's place in the options. */
double slo_burn_rate(const struct slo_book *book, unsigned i, enum slo_window window);
/* 1 = nothing spent, 0 = all of it, below that more; over the period, or as much of it as is kept. */
double slo_budget_left(const struct slo_book *book, unsigned i);
bool slo_burns(const struct slo_book *book, unsigned i, enum slo_speed speed);

/* A minute of the past, before the first tick; minutes rise, and the last one goes on where it is still that minute.
 * False: it does not fit. */
bool slo_remember(struct slo_book *book, uint64_t minute,
		  const struct slo_events of[SLO_INDICATORS]);

/* All that slo_restore() needs, in lines that begin with "slo ". */
void slo_save(const struct slo_book *book, FILE *out);
/* One of these lines, before the first tick. False: it is none, and nothing was taken of it. */
bool slo_restore(struct slo_book *book, const char *line);

#endif
