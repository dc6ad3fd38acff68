/* SPDX-License-Identifier: MIT */
/* Which series each slot of a segment feeds. The poll thread. */
#include "collector/source_private.h"

#include <errno.h>

static struct series *bind(struct source *source, enum aw_kind kind, uint32_t i, const char *engine,
			   uint64_t now_ns)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, kind, i);
	char name[TEXT_LABEL_SIZE];

	if (slot->kind == AW_KIND_FREE || !engine) {
		ledger_unbind(source->ledger, kind, i, now_ns);
		return NULL;
	}
	text_clean(name, sizeof name, slot->name, sizeof slot->name);
	return ledger_bind(source->ledger, &(struct series_key){ kind, i, engine, name }, now_ns);
}

/* Bound still, and free by now. */
static bool is_leaving(const struct source *source, enum aw_kind kind, uint32_t i,
		       const struct series *series)
{
	return series && aw_reader_slot(source->reader, kind, i)->kind == AW_KIND_FREE;
}

static bool someone_leaves(const struct source *source)
{
	for (uint32_t i = 0; i < source->counts.engines; i++)
		if (is_leaving(source, AW_KIND_ENGINE, i, source->engines[i].series))
			return true;
	for (uint32_t i = 0; i < source->counts.channels; i++)
		if (is_leaving(source, AW_KIND_CHANNEL, i, source->channels[i].series))
			return true;
	return false;
}

static void bind_engine(struct source *source, uint32_t i, uint64_t now_ns)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, AW_KIND_ENGINE, i);
	struct engine_slot *engine = &source->engines[i];
	char title[TEXT_LABEL_SIZE];

	if (slot->generation != engine->generation) {
		const bool first = !source->usage_step && source->began_ns == now_ns;

		if (is_leaving(source, AW_KIND_ENGINE, i, engine->series))
			source_feed_engine(source, i, now_ns);
		*engine = (struct engine_slot){ .generation = slot->generation, .state = STATES };
		engine->series = bind(source, AW_KIND_ENGINE, i, "", now_ns);
		tracker_init(&engine->tracker, first ? source->opened_ns : now_ns);
	}
	text_clean(title, sizeof title, slot->title, sizeof slot->title);
	if (engine->series)
		(void)series_title(engine->series, title);
}

/* A channel's labels hold its engine's name, so it is bound anew when that slot changes too. */
static void bind_channel(struct source *source, uint32_t i, uint64_t now_ns)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, AW_KIND_CHANNEL, i);
	const uint32_t e = slot->kind == AW_KIND_FREE ? 0 : slot->engine;
	const struct engine_slot *engine = &source->engines[e];
	struct channel_slot *channel = &source->channels[i];

	if (slot->generation == channel->generation &&
	    engine->generation == channel->engine_generation)
		return;
	if (is_leaving(source, AW_KIND_CHANNEL, i, channel->series))
		source_feed_channel(source, i);
	*channel = (struct channel_slot){ .generation = slot->generation,
					  .engine_generation = engine->generation,
					  .engine = e };
	channel->series = bind(source, AW_KIND_CHANNEL, i,
			       engine->series ? engine->series->name : NULL, now_ns);
}

static void bind_function(struct source *source, uint32_t i, uint64_t now_ns)
{
	struct function_slot *function = &source->functions[i];
	const uint64_t generation = aw_reader_slot(source->reader, AW_KIND_FUNCTION, i)->generation;

	if (generation == function->generation)
		return;
	*function = (struct function_slot){ .generation = generation };
	function->series = bind(source, AW_KIND_FUNCTION, i, "", now_ns);
}

/* Slots that the directory left for the next poll are bound then. */
void source_bind(struct source *source, bool whole, uint64_t now_ns)
{
	const struct aw_used *used = aw_reader_used(source->reader);

	if (source->bound && source->changes == used->changes)
		return;
	/* what was counted up to the free is read while the totals are still that name's */
	if (someone_leaves(source) && aw_reader_totals(source->reader) == -EAGAIN)
		return;
	source->bound = whole;
	source->changes = used->changes;
	for (uint32_t i = 0; i < used->engines; i++)
		bind_engine(source, i, now_ns);
	for (uint32_t i = 0; i < used->channels; i++)
		bind_channel(source, i, now_ns);
	for (uint32_t i = 0; i < used->functions; i++)
		bind_function(source, i, now_ns);
}
