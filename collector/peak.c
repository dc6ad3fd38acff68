/* SPDX-License-Identifier: MIT */
/* The worst of the last 60 s. Pure. */
#include "collector/peak.h"

void peak_put(struct peak *peak, uint64_t at_ns, uint64_t value)
{
	const uint64_t second = at_ns / 1000000000u;
	struct peak_slot *slot = &peak->slots[second % PEAK_SECONDS];

	if (slot->second > second + 1)
		return; /* older than what the slot holds by a minute or more */
	if (slot->second != second + 1)
		*slot = (struct peak_slot){ second + 1, 0 };
	if (value > slot->worst)
		slot->worst = value;
}

uint64_t peak_worst(const struct peak *peak, uint64_t now_ns)
{
	const uint64_t second = now_ns / 1000000000u;
	uint64_t worst = 0;

	for (unsigned i = 0; i < PEAK_SECONDS; i++) {
		const struct peak_slot *slot = &peak->slots[i];

		if (slot->second && slot->second + PEAK_SECONDS > second + 1 && slot->worst > worst)
			worst = slot->worst;
	}
	return worst;
}
