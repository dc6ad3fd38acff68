/* SPDX-License-Identifier: MIT */
/* What rounds of figures come to: medians, ranges, quantiles, ratios, and in which order a round goes. Pure. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_STAT_H
#define AUDIOWATCH_BENCH_PUBLISH_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The middle of the rounds, and the least and most of them: the spread. No rounds: all are NAN. */
struct publish_spread {
	double median, low, high;
};

/* Leaves out what is NAN, and sorts the values. */
struct publish_spread publish_spread(double *values, size_t all);
/* Of as many rounds a value each: mine - theirs, mine / theirs, round by round, so that what slows a whole round down
 * falls out. What is shorter than PUBLISH_LEAST_NS divides nothing: such a round is left out, and where they are not the
 * fewer there is no ratio. At most PUBLISH_MAX_ROUNDS. */
enum { PUBLISH_MAX_ROUNDS = 1000, PUBLISH_LEAST_NS = 1 };
struct publish_spread publish_over(const double *mine, const double *theirs, size_t rounds);
struct publish_spread publish_by(const double *mine, const double *theirs, size_t rounds);

/* Sorts. */
void publish_sort(uint32_t *samples, size_t count);
/* The smallest sample that at least q of them do not exceed; the samples are sorted and not none. */
uint32_t publish_quantile(const uint32_t *sorted, size_t count, uint32_t q_per_million);

/* Which of count things is the i-th of a round: each round begins one further, every second one goes backwards. */
size_t publish_turn(size_t round, size_t i, size_t count);

/* The limit itself moved more over the rounds than a judgement of it can bear. */
#define PUBLISH_NOISY 1.25
bool publish_noisy(const struct publish_spread *limit);

#endif
