/* SPDX-License-Identifier: MIT */
/* The facts of one label set with one window, fed by hand, for the tests of signals. Whatever fails here aborts the
 * test. */
#ifndef AUDIOWATCH_TESTS_BENCH_H
#define AUDIOWATCH_TESTS_BENCH_H

#include "collector/signal.h"

enum { BENCH_TICK = 400 }; /* when it begins; covered since tick 0 */

struct bench {
	struct window_purse purse;
	struct window_cuts cuts;
	struct window window;
	uint64_t cells[WINDOW_CELLS_MAX], sum;
	struct signal_facts facts; /* of a live engine, or beside one */
};

/* The window that a rule looks at, cut at its thresholds and its guard's. */
struct bench *bench_new(const struct rule *rule);
void bench_free(struct bench *bench);

/* So many samples of a value. */
void bench_put(struct bench *bench, unsigned n, uint64_t value);
/* So many ticks, the first with what was put. */
void bench_pass(struct bench *bench, unsigned ticks);
/* Something in flight for so long. */
void bench_fly(struct bench *bench, uint64_t age_ns);
/* Empty, and covered from now on. */
void bench_restart(struct bench *bench);

void bench_says(const struct bench *bench, const struct rule *rule, const char *verdict);
void bench_is_silent(const struct bench *bench, const struct rule *rule, const char *why);

#endif
