/* SPDX-License-Identifier: MIT */
/* The histograms' cells: which cell a value falls into (real-time safe, no loop, no division, no call), and what
 * a reader does with an array of cells. Pure.
 *
 * Time: base-2 exponential buckets of Prometheus' schema 5 (32 an octave) from 2^-20 s to 2^7 s, and the classic
 * bounds, each of which splits the bucket it falls into: 878 bounds, 879 cells. Cell k holds the values v with
 * bound[k-1] < v <= bound[k], in whole nanoseconds. A threshold that is a bound is therefore counted exactly. */
#ifndef AUDIOWATCH_SHM_HIST_H
#define AUDIOWATCH_SHM_HIST_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/layout.h"
#include "shm/order.h"

#define AW_HIDDEN __attribute__((visibility("hidden")))

enum { AW_TIME_BOUNDS = AW_TIME_CELLS - 1, AW_GUESSES = 64 * 64, AW_CLASSIC_BOUNDS = 15 };

/* Generated at build time (tools/gen/cells.c); three bounds of UINT64_MAX at the end spare a range check. */
extern AW_HIDDEN const uint64_t aw_time_bounds[AW_TIME_BOUNDS + 3];
/* How many bounds lie below the smallest value with this highest bit and these six bits after it. */
extern AW_HIDDEN const uint16_t aw_time_guess[AW_GUESSES];

/* Six mantissa bits are finer than a bucket, so at most two bounds lie within one guess: two compares settle it. */
AW_INLINE unsigned aw_time_cell(uint64_t ns)
{
	const unsigned bit = 63u - (unsigned)__builtin_clzll(ns | 1);
	const unsigned mantissa = (unsigned)((ns << (63u - bit)) >> 57) & 63u;
	const unsigned guess = aw_time_guess[bit * 64 + mantissa];

	return guess + (ns > aw_time_bounds[guess]) + (ns > aw_time_bounds[guess + 1]);
}

/* v <= 2^j * 10^9 / 2^20 is v * 2^11 <= 2^j * 5^9 in integers, so j is the bit length of (v * 2^11 - 1) / 5^9;
 * the division by a constant is a multiplication. */
AW_INLINE unsigned aw_wake_cell(uint64_t ns)
{
	const uint64_t clamped = ns > (UINT64_C(1) << 32) ? UINT64_C(1) << 32 : ns | !ns;
	const uint64_t q = (clamped * 2048 - 1) / 1953125;
	const unsigned bits = 63u - (unsigned)__builtin_clzll(q * 2 | 1);

	return bits > AW_WAKE_CELLS - 1 ? AW_WAKE_CELLS - 1 : bits;
}

/* A format's limits; beyond them it is unknown (audiowatch.h). Within them the products below fit: 20 * 2^39 ns * 2^20 Hz
 * < 2^64, and twice the longest budget is under 2^39 ns. */
enum { AW_MAX_RATE_HZ = 1 << 20, AW_MAX_FRAMES = 1 << 20, AW_MAX_PERIOD_S = 100 };

AW_INLINE bool aw_format_known(uint32_t rate_hz, uint32_t frames)
{
	return rate_hz && frames && rate_hz <= AW_MAX_RATE_HZ && frames <= AW_MAX_FRAMES &&
	       frames <= (uint64_t)AW_MAX_PERIOD_S * rate_hz;
}

/* The cell of time / budget with budget = frames / rate: the smallest k in 1..40 with 20 * ns * rate <= k * frames
 * * 10^9, else 41. A bisection with additions: exact, and no division. frames and rate are not 0. */
AW_INLINE unsigned aw_load_cell(uint64_t ns, uint64_t frames, uint64_t rate_hz)
{
	const uint64_t longest = UINT64_C(1) << 39;
	const uint64_t load = 20 * rate_hz * (ns < longest ? ns : longest);
	const uint64_t unit = frames * 1000000000u;
	uint64_t below = 0; /* load > below, or below is 0 */
	unsigned k = 0;

#define AW_STEP(n) \
	do { \
		const bool more = load > below + (n)*unit && k + (n) <= 40; \
		below += more ? (n)*unit : 0; \
		k += more ? (n) : 0; \
	} while (0)
	AW_STEP(32);
	AW_STEP(16);
	AW_STEP(8);
	AW_STEP(4);
	AW_STEP(2);
	AW_STEP(1);
#undef AW_STEP
	return k + 1;
}

/* What a format's loads are reckoned with, so that a cycle of just its period needs no search: 20 * rate, the budget in
 * the same unit, and their quotient in 19.45. The two divisions are for a change of format. */
struct aw_load_scale {
	uint64_t rate, unit, quotient;
};

AW_INLINE struct aw_load_scale aw_load_scale_of(uint64_t frames, uint64_t rate_hz)
{
	const uint64_t rate = 20 * rate_hz, unit = frames * 1000000000u;
	struct aw_load_scale scale = { rate, unit, (rate << 32) / unit };

	scale.quotient = scale.quotient << 13 | ((rate << 32) % unit << 13) / unit; /* unit < 2^50 */
	return scale;
}

/* aw_load_cell() for those frames. The product is below the true ratio by less than 2^39 / 2^45, so its whole part is
 * the ratio's or one less, and two exact compares settle it. */
AW_INLINE unsigned aw_load_cell_of(const struct aw_load_scale *scale, uint64_t ns)
{
	const uint64_t longest = UINT64_C(1) << 39, time = ns < longest ? ns : longest;
	const uint64_t whole = (uint64_t)((__uint128_t)time * scale->quotient >> 45);
	const uint64_t guess = whole < 40 ? whole : 40;
	const uint64_t load = scale->rate * time, below = guess * scale->unit;
	const unsigned cell =
		(unsigned)guess + (load > below) + (load > below + scale->unit) + (load == 0);

	return cell < 41 ? cell : 41;
}

/* The thirteen classic bounds of a channel. */
AW_INLINE unsigned aw_channel_cell(uint64_t ns)
{
	return (unsigned)((ns > 500000u) + (ns > 1000000u) + (ns > 2000000u) + (ns > 5000000u) +
			  (ns > 10000000u) + (ns > 15000000u) + (ns > 20000000u) +
			  (ns > 25000000u) + (ns > 30000000u) + (ns > 50000000u) +
			  (ns > 100000000u) + (ns > 250000000u) + (ns > 1000000000u));
}

/* Everything below is for readers. */

/* The classic bounds in nanoseconds, ascending: those of a render time (the first 13) and of an FFI call (all). */
extern const uint64_t aw_classic_ns[AW_CLASSIC_BOUNDS];

uint64_t aw_cells_count(const uint64_t *cells, unsigned n);
/* How many values are above a threshold; exact where it is a bound, else at the next bound above it, which
 * *effective_ns (may be NULL) tells. */
uint64_t aw_time_above(const uint64_t cells[AW_TIME_CELLS], uint64_t threshold_ns,
		       uint64_t *effective_ns);
/* The bound below which the nearest rank ceil(q * n) lies, q in per million; 0 for no values. The overflow cell
 * has no bound: UINT64_MAX. */
uint64_t aw_time_quantile(const uint64_t cells[AW_TIME_CELLS], uint32_t q_per_million);
/* Folds the cells into `bounds` + 1 classic buckets, not cumulative. */
void aw_time_classic(const uint64_t cells[AW_TIME_CELLS], unsigned bounds, uint64_t *classic);

#endif
