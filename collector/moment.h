/* SPDX-License-Identifier: MIT */
/* When a segment's ticks were, on CLOCK_MONOTONIC: only durations cross from its clock to ours,
 * so a time is "now minus so long ago". Pure. */
#ifndef AUDIOWATCH_COLLECTOR_MOMENT_H
#define AUDIOWATCH_COLLECTOR_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/instant.h"

/* Both clocks, read one right after the other. */
struct moment {
	struct instant at;
	uint64_t ticks; /* the segment's clock; 0 = it cannot be read here */
	uint64_t ticks_boot_ns; /* CLOCK_BOOTTIME, read right behind it */
	uint64_t mult; /* nanoseconds a tick, 32.32 */
	bool runs_on; /* through a suspend: a hardware counter does, CLOCK_MONOTONIC does not */
};

/* CLOCK_MONOTONIC when the ticks were read, which is some time behind `at`, the begin of the turn. */
uint64_t moment_read_ns(const struct moment *moment);

/* It may lie behind `at`, up to the reading of the ticks. False when it cannot be told: no clock, a time to come (another
 * time namespace), or one before the machine started. What the machine slept since then is taken off. */
bool moment_of(const struct moment *moment, uint64_t ticks, uint64_t *at_ns);

/* How much faster the source believes its clock to tick than it does: 0.001 makes 100 ms of 100.1. False while it
 * cannot be told: no counter of its own, or less than ten seconds between the two. */
bool moment_drift(const struct moment *first, const struct moment *now, double *ratio);

#endif
