/* SPDX-License-Identifier: MIT */
/* The clock of the real-time side: raw ticks where one instruction reads them, else CLOCK_MONOTONIC in ns. Only
 * durations leave the process, so ticks need no origin and no agreement between processes. */
#ifndef AUDIOWATCH_RT_CLOCK_H
#define AUDIOWATCH_RT_CLOCK_H

#include "shm/order.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* Real-time functions live in a section of their own, which aw_open() touches: not even the first call faults. */
#define AW_RT __attribute__((section("aw_rt_text")))
/* A rare way on of one, never inlined: the compiler jumps there, and the gate sees to it that nothing comes back. */
#define AW_TAIL static __attribute__((section("aw_rt_text"), noinline, cold))

/* Whatever an end must know of the clock; mult and inverse are 32.32 fixed point. */
struct aw_clock {
	uint64_t mult; /* nanoseconds a tick */
	uint64_t inverse; /* ticks a nanosecond */
	uint64_t slow; /* 1: ticks are CLOCK_MONOTONIC's nanoseconds, read through the vDSO */
};

/* The one call that leaves the real-time functions; never taken with the fast clock. Thread: any. */
uint64_t aw_ticks_slow(void);

AW_INLINE uint64_t aw_ticks(const struct aw_clock *clock)
{
	if (__builtin_expect(clock->slow != 0, 0))
		return aw_ticks_slow();
#if defined(__x86_64__)
	return __rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return aw_ticks_slow();
#endif
}

/* Three days in ns: what is longer is no duration of audio. A host's underflow or a forgotten call then reads as
 * absurdly long, and no sum runs over. */
#define AW_LONGEST (UINT64_C(1) << 48)

/* a * b with b in 32.32, at most AW_LONGEST. */
AW_INLINE uint64_t aw_scaled(uint64_t a, uint64_t b)
{
	const __uint128_t product = (__uint128_t)a * b >> 32;

	return product < AW_LONGEST ? (uint64_t)product : AW_LONGEST;
}

/* Fills the clock: kind, and its rate from one 2 ms sleep. Thread: C. Blocks 2 ms (fast clock alone). */
void aw_clock_init(struct aw_clock *clock);

#endif
