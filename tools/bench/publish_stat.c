/* SPDX-License-Identifier: MIT */
/* What rounds of figures come to. Pure. */
#include "tools/bench/publish_stat.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int by_ticks(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

struct publish_spread publish_spread(double *values, size_t all)
{
	struct publish_spread spread = { NAN, NAN, NAN };
	size_t count = 0;

	for (size_t i = 0; i < all; i++)
		if (!isnan(values[i]))
			values[count++] = values[i];
	if (!count)
		return spread;
	qsort(values, count, sizeof *values, by_value);
	spread.low = values[0];
	spread.high = values[count - 1];
	spread.median = (values[count / 2] + values[(count - 1) / 2]) / 2;
	return spread;
}

struct publish_spread publish_over(const double *mine, const double *theirs, size_t rounds)
{
	double values[PUBLISH_MAX_ROUNDS];

	for (size_t i = 0; i < rounds; i++)
		values[i] = mine[i] - theirs[i];
	return publish_spread(values, rounds);
}

struct publish_spread publish_by(const double *mine, const double *theirs, size_t rounds)
{
	double values[PUBLISH_MAX_ROUNDS];
	size_t count = 0;

	for (size_t i = 0; i < rounds; i++)
		if (theirs[i] >= PUBLISH_LEAST_NS)
			values[count++] = mine[i] / theirs[i];
	return publish_spread(values, count * 2 > rounds ? count : 0);
}

void publish_sort(uint32_t *samples, size_t count)
{
	qsort(samples, count, sizeof *samples, by_ticks);
}

uint32_t publish_quantile(const uint32_t *sorted, size_t count, uint32_t q_per_million)
{
	const uint64_t rank = ((uint64_t)count * q_per_million + 999999) / 1000000;

	return sorted[rank ? rank - 1 : 0];
}

size_t publish_turn(size_t round, size_t i, size_t count)
{
	const size_t at = (round + i) % count;

	return round % 2 ? count - 1 - at : at;
}

bool publish_noisy(const struct publish_spread *limit)
{
	return limit->low > 0 && limit->high / limit->low > PUBLISH_NOISY;
}
