/* SPDX-License-Identifier: MIT */
/* Random numbers that a failed run can be repeated with: the seed is printed, AW_SEED gives it. */
#ifndef AUDIOWATCH_TESTS_RANDOM_H
#define AUDIOWATCH_TESTS_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

/* From AW_SEED, else from the clock; printed under the name of what draws. */
struct random random_seeded(const char *who);

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* 0..n-1 */
static inline uint64_t random_below(struct random *random, uint64_t n)
{
	return (uint64_t)((__uint128_t)random_next(random) * n >> 64);
}

#endif
