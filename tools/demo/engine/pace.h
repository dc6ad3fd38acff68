/* SPDX-License-Identifier: MIT */
/* Time as the demo's threads spend it: until a deadline, asleep or busy, or until the run stops. Any thread. */
#ifndef AUDIOWATCH_DEMO_PACE_H
#define AUDIOWATCH_DEMO_PACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The run's own time: ns since pace_start(). */
struct pace {
	uint64_t zero_ns; /* CLOCK_MONOTONIC */
	_Atomic bool stopping; /* set once by main; every thread leaves what it does */
};

void pace_start(struct pace *pace);
void pace_stop(struct pace *pace);
bool pace_stopping(const struct pace *pace);
uint64_t pace_now(const struct pace *pace);
/* Both return false when the run stops meanwhile. */
bool pace_sleep_until(const struct pace *pace, uint64_t until_ns);
bool pace_spin_until(const struct pace *pace, uint64_t until_ns);

#endif
