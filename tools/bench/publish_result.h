/* SPDX-License-Identifier: MIT */
/* A measurement, as reports read it. Made by publish.c and publish_measure.c; the main thread alone. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_RESULT_H
#define AUDIOWATCH_BENCH_PUBLISH_RESULT_H

#include <time.h>

#include "tools/bench/publish_options.h"
#include "tools/machine/machine.h"

/* What is told of a call's distribution. */
enum { PUBLISH_FIGURES = 6, PUBLISH_FIGURE_P9999 = 4 };
struct publish_figure {
	const char *name, *key; /* of the text, of the JSON */
	uint32_t per_million;
};
extern const struct publish_figure publish_figures[PUBLISH_FIGURES];

extern const char *const publish_manner_names[PUBLISH_MANNERS],
	*const publish_manner_keys[PUBLISH_MANNERS];

/* One contender, or one state. */
struct publish_measured {
	const char *name, *what;
	bool wanted, present;
	char reason[224]; /* why it is not present */
	struct publish_subject subject;
	double ns[PUBLISH_MANNERS][PUBLISH_MAX_ROUNDS]; /* a call, an empty loop's cost taken off */
	double call[PUBLISH_FIGURES][PUBLISH_MAX_ROUNDS]; /* with the timer's own cost */
};

enum publish_state {
	PUBLISH_LIVE,
	PUBLISH_ABSENT,
	PUBLISH_STOPPED,
	PUBLISH_KILLED,
	PUBLISH_LAPPED,
	PUBLISH_STATES
};

/* Who is held against whom besides, back to back: by the places in publish_entries. */
struct publish_pair {
	const char *of, *by;
};
enum { PUBLISH_PAIRS = 7 };
extern const struct publish_pair publish_pairs[PUBLISH_PAIRS];

struct publish_result {
	const struct publish_options *options;
	struct machine machine;
	time_t started;
	uint32_t rounds; /* whole ones */
	bool signalled;
	const char *collector; /* its program; "" = none was found */
	struct publish_measured contenders[PUBLISH_CONTENDERS], nothing, states[PUBLISH_STATES];
};

/* By its name; there is one. */
const struct publish_measured *publish_named(const struct publish_result *result, const char *name);
/* Whether the flushed manner has figures: its memory is known. */
bool publish_has_manner(const struct publish_measured *measured, enum publish_manner manner);
/* Of the rounds there are. */
struct publish_spread publish_ns(const struct publish_result *result,
				 const struct publish_measured *measured,
				 enum publish_manner manner);
struct publish_spread publish_call(const struct publish_result *result,
				   const struct publish_measured *measured, unsigned figure);
/* Two bare clock reads, back to back. */
struct publish_spread publish_limit(const struct publish_result *result);

#endif
