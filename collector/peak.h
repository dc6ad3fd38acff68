/* SPDX-License-Identifier: MIT */
/* The worst of the last 60 s, by one slot a second. Pure; owned by the poll thread.
 * Invariant: a slot holds the worst value of the one second it is stamped with. */
#ifndef AUDIOWATCH_COLLECTOR_PEAK_H
#define AUDIOWATCH_COLLECTOR_PEAK_H

#include <stdint.h>

enum { PEAK_SECONDS = 60 };

struct peak {
	struct peak_slot {
		uint64_t second, worst; /* second + 1; 0 = unused */
	} slots[PEAK_SECONDS];
};

void peak_put(struct peak *peak, uint64_t at_ns, uint64_t value);
/* 0 when there was none. */
uint64_t peak_worst(const struct peak *peak, uint64_t now_ns);

#endif
