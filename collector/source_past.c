/* SPDX-License-Identifier: MIT */
/* Former owners of engine slots, until their last records are drained. The poll thread. */
#include "collector/source_private.h"

/* What the series still lacks of the tracker: no totals of the segment carry it any more. */
static void settle(struct engine_past *past, uint64_t now_ns)
{
	const struct xrun *xrun = &past->tracker.xrun;
	struct engine_counts *value;

	if (!past->series)
		return;
	value = past->series->value;
	tracker_settle(&past->tracker, now_ns, true);
	value->reported_cycles += xrun->cycles - past->fed.cycles;
	value->episodes += xrun->episodes - past->fed.episodes;
	value->xrun_seconds += xrun->seconds - past->fed.seconds;
	past->series = NULL;
}

void source_past_keep(struct source *source, uint32_t i, uint64_t generation, uint64_t now_ns)
{
	struct engine_past *pasts = &source->pasts[PASTS * i];
	const struct engine_slot *engine = &source->engines[i];
	const struct engine_counts *last = engine->series->last;

	settle(&pasts[0], now_ns);
	for (unsigned p = 1; p < PASTS; p++)
		pasts[p - 1] = pasts[p];
	pasts[PASTS - 1] = (struct engine_past){
		.series = engine->series,
		.generation = generation,
		.tracker = engine->tracker,
		.fed = { last->reported_cycles, last->episodes, last->xrun_seconds },
	};
}

struct tracker *source_tracker(struct source *source, uint32_t i, uint32_t generation)
{
	struct engine_past *pasts = &source->pasts[PASTS * i];

	if ((uint32_t)source->engines[i].generation == generation)
		return &source->engines[i].tracker;
	for (unsigned p = 0; p < PASTS; p++)
		if (pasts[p].series && (uint32_t)pasts[p].generation == generation)
			return &pasts[p].tracker;
	return NULL;
}

void source_pasts_settle(struct source *source, uint64_t now_ns, bool last)
{
	for (uint32_t i = 0; i < PASTS * source->counts.engines; i++) {
		struct engine_past *past = &source->pasts[i];

		if (past->drained || last)
			settle(past, now_ns);
		past->drained = true;
	}
}
