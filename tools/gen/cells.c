/* SPDX-License-Identifier: MIT */
/* Prints shm/hist.h's two tables; runs on the build host. tests/shm/test_cells.c proves each number by integers. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST = -20 * 32, LAST = 7 * 32, MOST = 1000 };

static const uint64_t classic_ns[] = {
	500000,	  1000000,  2000000,   5000000,	  10000000,   15000000,	  20000000,    25000000,
	30000000, 50000000, 100000000, 250000000, 1000000000, 2500000000, 10000000000,
};

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* floor(10^9 * 2^(i/32)): 2^(1/32) by square roots, each correctly rounded. The error of the product is below
 * 2^-20 ns, and no exact value but the powers of two (which are exact) comes that close to an integer. */
static uint64_t exponential_bound(int i)
{
	const int octave = i >= 0 ? i / 32 : -((31 - i) / 32);
	long double root = 2.0L, value = 1.0L;

	for (int bit = 16; bit; bit /= 2) {
		root = sqrtl(root);
		if ((i - octave * 32) & bit)
			value *= root;
	}
	return (uint64_t)floorl(ldexpl(value * 1e9L, octave));
}

static unsigned collect(uint64_t bounds[MOST])
{
	unsigned n = 0, unique = 0;

	for (int i = FIRST; i <= LAST; i++)
		bounds[n++] = exponential_bound(i);
	for (size_t i = 0; i < sizeof classic_ns / sizeof *classic_ns; i++)
		bounds[n++] = classic_ns[i];
	qsort(bounds, n, sizeof *bounds, by_value);
	for (unsigned i = 0; i < n; i++)
		if (!unique || bounds[unique - 1] != bounds[i])
			bounds[unique++] = bounds[i];
	return unique;
}

int main(void)
{
	static uint64_t bounds[MOST];
	const unsigned n = collect(bounds);

	printf("static_assert(AW_TIME_BOUNDS == %u, \"the generator made another number of "
	       "bounds\");\n",
	       n);
	printf("const AW_RT_DATA uint64_t aw_time_bounds[AW_TIME_BOUNDS + 3] = {\n");
	for (unsigned i = 0; i < n; i++)
		printf("\tUINT64_C(%llu),\n", (unsigned long long)bounds[i]);
	printf("\tUINT64_MAX, UINT64_MAX, UINT64_MAX,\n};\nconst AW_RT_DATA uint16_t "
	       "aw_time_guess[AW_GUESSES] = {\n");
	for (unsigned bit = 0; bit < 64; bit++)
		for (unsigned m = 0; m < 64; m++) {
			const uint64_t low = bit > 6 ? (uint64_t)(64 + m) << (bit - 6)
						     : (uint64_t)(64 + m) >> (6 - bit);
			unsigned below = 0;

			while (below < n && bounds[below] < low)
				below++;
			printf("%u,%s", below, m % 16 == 15 ? "\n" : " ");
		}
	puts("};");
	return ferror(stdout) != 0;
}
