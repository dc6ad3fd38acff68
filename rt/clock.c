/* SPDX-License-Identifier: MIT */
/* Which clock this machine has and how fast it ticks; aw_ticks_slow() may run on the audio thread, the rest is
 * set-up. */
#include "rt/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum { PAIRS = 16, CALIBRATE_NS = 2000000, NAPS = 1000 };

AW_RT uint64_t aw_ticks_slow(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Invariant by CPUID 8000_0007h EDX bit 8 (Intel SDM vol. 3B 18.17, AMD APM vol. 3); CNTVCT always is. */
static bool counter_is_invariant(void)
{
#if defined(__x86_64__)
	unsigned a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
#elif defined(__aarch64__)
	return true;
#else
	return false;
#endif
}

/* The kernel watches its clock source and drops one that drifts between cores: what it trusts, we trust. */
static bool kernel_uses_counter(void)
{
#if defined(__aarch64__)
	static const char wanted[] = "arch_sys_counter";
#else
	static const char wanted[] = "tsc";
#endif
	const int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
			    O_RDONLY | O_CLOEXEC);
	char name[32] = "";
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, name, sizeof name - 1);
	close(fd);
	if (got > 0 && name[got - 1] == '\n')
		name[got - 1] = 0;
	return got > 0 && strcmp(name, wanted) == 0;
}

struct pair {
	uint64_t ticks, ns;
};

/* The pair whose two tick readings lie closest together: least was in between. */
static struct pair read_pair(const struct aw_clock *clock)
{
	struct pair best = { 0, 0 };
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < PAIRS; i++) {
		const uint64_t before = aw_ticks(clock), ns = aw_ticks_slow(),
			       after = aw_ticks(clock);

		if (after - before < least) {
			least = after - before;
			best.ticks = before + (after - before) / 2;
			best.ns = ns;
		}
	}
	return best;
}

static void calibrate(struct aw_clock *clock)
{
	struct timespec nap = { 0, CALIBRATE_NS };
	const struct pair first = read_pair(clock);
	struct pair last;

	/* cut short by a signal it would be wrong by per cents: the rest of it, too */
	for (unsigned i = 0; i < NAPS && nanosleep(&nap, &nap) && errno == EINTR; i++)
		;
	last = read_pair(clock);
	if (last.ticks <= first.ticks || last.ns <= first.ns)
		return;
	clock->slow = 0;
	clock->mult =
		(uint64_t)(((__uint128_t)(last.ns - first.ns) << 32) / (last.ticks - first.ticks));
	clock->inverse =
		(uint64_t)(((__uint128_t)(last.ticks - first.ticks) << 32) / (last.ns - first.ns));
}

void aw_clock_init(struct aw_clock *clock)
{
	const struct aw_clock slow = { UINT64_C(1) << 32, UINT64_C(1) << 32, 1 };
	struct aw_clock fast = { 0, 0, 0 };

	if (counter_is_invariant() && kernel_uses_counter())
		calibrate(&fast);
	*clock = fast.mult && fast.inverse ? fast : slow;
}
