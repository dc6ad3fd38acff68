/* SPDX-License-Identifier: MIT */
/* Which channels are parts of others, and which have not ended in a block that hangs: for who explains an alert. The
 * poll thread. */
#include "collector/source_private.h"

/* Its time is that of the channels within it, too. */
void source_mark_parents(struct source *source)
{
	for (uint32_t i = 0; i < source->counts.channels; i++)
		if (source->channels[i].series)
			source->channels[i].series->is_parent = false;
	for (uint32_t i = 0; i < source->counts.channels; i++) {
		const struct aw_slot *slot = aw_reader_slot(source->reader, AW_KIND_CHANNEL, i);
		const bool within = slot->kind == AW_KIND_CHANNEL && slot->parent &&
				    slot->parent <= source->counts.channels;

		if (within && source->channels[slot->parent - 1].series)
			source->channels[slot->parent - 1].series->is_parent = true;
	}
}

/* Of blocks modulo 2^32: whether it ended in the one before and not in this one. */
static bool ended_before(const struct aw_channel_totals *totals, uint32_t block)
{
	bool before = false;

	for (unsigned i = 0; i < AW_CHANNEL_LAST; i++) {
		const uint64_t word = totals->last[i];

		if (word && (uint32_t)(word >> 32) == block)
			return false;
		before |= word && (uint32_t)(word >> 32) == block - 1;
	}
	return before;
}

static bool is_hung(const struct engine_slot *engine)
{
	return engine->series && engine->series->engine_now.state == STATE_STALLED &&
	       engine->tracker.next_block;
}

/* A channel that ended in the block before the one in flight, and not yet in that. */
void source_show_hangs(struct source *source)
{
	for (uint32_t i = 0; i < source->counts.channels; i++) {
		const struct channel_slot *channel = &source->channels[i];
		const struct engine_slot *engine = &source->engines[channel->engine];

		if (channel->series)
			channel->series->channel_now.hangs =
				is_hung(engine) &&
				ended_before(aw_reader_channel(source->reader, i),
					     (uint32_t)engine->tracker.next_block);
	}
}
