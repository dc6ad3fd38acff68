/* SPDX-License-Identifier: MIT */
/* Where a test's seed comes from. */
#include "tests/support/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct random random_seeded(const char *who)
{
	const char *given = getenv("AW_SEED");
	struct timespec now;
	struct random random;

	clock_gettime(CLOCK_REALTIME, &now);
	random.state = given ? strtoull(given, NULL, 0)
			     : (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	printf("%s: AW_SEED=%" PRIu64 "\n", who, random.state);
	fflush(stdout);
	return random;
}
