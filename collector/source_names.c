/* SPDX-License-Identifier: MIT */
/* Which series each slot of a segment feeds. The poll thread.
 *
 * Changes are taken in three steps: every slot that changed lets go of its series, unless the name
 * in it is the same; what is free and was not fed since is fed now; then what is live is bound. So
 * a name may move to any slot, and one that came and went between two looks is counted. */
#include "collector/source_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_NS (100 * NS_A_MS)

/* A change of a slot adds two to its generation; records carry that of the live slot. */
enum { CHANGE = 2 };

/* A slot and what its series is called. */
struct labelled {
	enum aw_kind kind;
	uint32_t i;
	const struct aw_slot *slot;
	char name[TEXT_LABEL_SIZE];
	char engine[TEXT_LABEL_SIZE]; /* of a channel; "" when not known */
};

static struct labelled label(const struct source *source, enum aw_kind kind, uint32_t i)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, kind, i);
	const struct aw_slot *engine = aw_reader_slot(source->reader, AW_KIND_ENGINE, slot->engine);
	struct labelled it = { .kind = kind, .i = i, .slot = slot };

	text_clean(it.name, sizeof it.name, slot->name, sizeof slot->name);
	if (kind == AW_KIND_CHANNEL)
		text_clean(it.engine, sizeof it.engine, engine->name, sizeof engine->name);
	return it;
}

static struct series *bind(struct source *source, const struct labelled *it, uint64_t now_ns)
{
	return ledger_bind(source->ledger,
			   &(struct series_key){ it->kind, it->i, it->engine, it->name }, now_ns);
}

static bool is_free(const struct labelled *it)
{
	return it->slot->kind == AW_KIND_FREE;
}

/* ---- letting go ---- */

/* Whether a slot that changed holds what its series counts. A free one that forgot its name was
 * nobody else's when there was no time for it: to be freed, taken, freed and forgotten. */
static bool goes_on(const struct labelled *it, const struct series *series, uint64_t generation)
{
	if (is_free(it) && !*it->name)
		return it->slot->generation - generation < 4 * CHANGE;
	return strcmp(it->name, series->name) == 0 && strcmp(it->engine, series->engine) == 0;
}

/* A live slot that goes on keeps its series, which is found again when it is bound. */
static void end_series(struct source *source, const struct labelled *it, bool on, uint64_t now_ns)
{
	if (!on)
		ledger_let_go(source->ledger, it->kind, it->i, now_ns);
	else if (is_free(it))
		ledger_unbind(source->ledger, it->kind, it->i, now_ns);
}

static void leave_engine(struct source *source, uint32_t i, uint64_t now_ns)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, AW_KIND_ENGINE, i);
	struct engine_slot *engine = &source->engines[i];
	const bool before = !source->whole; /* whoever it is, it was there before we looked */
	const bool first = before || (!source->usage_step && source->began_ns == now_ns);
	struct labelled it;
	bool on;

	if (slot->generation == engine->generation)
		return;
	it = label(source, AW_KIND_ENGINE, i);
	on = engine->series && goes_on(&it, engine->series, engine->generation);
	if (on && is_free(&it))
		source_feed_engine(source, i, now_ns);
	if (engine->series) {
		source_past_keep(source, i, engine->generation, now_ns);
		end_series(source, &it, on, now_ns);
	}
	free(engine->start.base);
	*engine = (struct engine_slot){ .generation = slot->generation,
					.unread = is_free(&it) && !on && *it.name,
					.start.whole = source->whole };
	state_machine_init(&engine->machine);
	tracker_init(&engine->tracker, first ? source->opened_ns : now_ns);
	engine->tracker.told_before = before;
}

/* A live channel's labels hold its engine's name, so it changes when that slot does. Which engine
 * a free one was of is told by a whole directory alone: a new owner of the engine's slot has its
 * name forgotten. */
static void leave_channel(struct source *source, uint32_t i, bool whole, uint64_t now_ns)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, AW_KIND_CHANNEL, i);
	const uint64_t engine_generation = source->engines[slot->engine].generation;
	struct channel_slot *channel = &source->channels[i];
	struct labelled it;
	bool on, unread;

	if (slot->generation == channel->generation &&
	    (slot->kind == AW_KIND_FREE || engine_generation == channel->engine_generation))
		return;
	it = label(source, AW_KIND_CHANNEL, i);
	on = channel->series && goes_on(&it, channel->series, channel->generation);
	unread = is_free(&it) && !on && *it.name;
	if (on && is_free(&it))
		source_feed_channel(source, i);
	if (channel->series)
		end_series(source, &it, on, now_ns);
	channel->series = NULL;
	if (unread && !whole)
		return;
	*channel = (struct channel_slot){ .generation = slot->generation,
					  .engine_generation = engine_generation,
					  .unread = unread && *it.engine,
					  .engine = slot->engine };
}

static void leave_function(struct source *source, uint32_t i, uint64_t now_ns)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, AW_KIND_FUNCTION, i);
	struct function_slot *function = &source->functions[i];
	struct labelled it;

	if (slot->generation == function->generation)
		return;
	it = label(source, AW_KIND_FUNCTION, i);
	if (function->series)
		end_series(source, &it, goes_on(&it, function->series, function->generation),
			   now_ns);
	free(function->start.base);
	*function = (struct function_slot){ .generation = slot->generation,
					    .start.whole = source->whole };
}

/* ---- free, and not fed since it was live ---- */

static struct series *bind_engine_series(struct source *source, const struct labelled *it,
					 uint64_t now_ns)
{
	struct series *series = bind(source, it, now_ns);
	struct engine_counts *last;

	if (!series)
		return NULL;
	last = series->last; /* these come from a tracker that began at 0 */
	last->reported_cycles = last->episodes = last->xrun_seconds = 0;
	return series;
}

static void set_title(struct series *series, const struct aw_slot *slot)
{
	char title[TEXT_LABEL_SIZE];

	text_clean(title, sizeof title, slot->title, sizeof slot->title);
	(void)series_title(series, title);
}

static void read_engine(struct source *source, uint32_t i, uint64_t now_ns)
{
	struct engine_slot *engine = &source->engines[i];
	struct labelled it;

	if (!engine->unread)
		return;
	engine->unread = false;
	it = label(source, AW_KIND_ENGINE, i);
	engine->series = bind_engine_series(source, &it, now_ns);
	if (!engine->series)
		return;
	set_title(engine->series, it.slot);
	source_feed_engine(source, i, now_ns);
	source_past_keep(source, i, it.slot->generation - CHANGE, now_ns);
	ledger_unbind(source->ledger, AW_KIND_ENGINE, i, now_ns);
	engine->series = NULL;
}

static void read_channel(struct source *source, uint32_t i, uint64_t now_ns)
{
	struct channel_slot *channel = &source->channels[i];
	struct labelled it;

	if (!channel->unread)
		return;
	channel->unread = false;
	it = label(source, AW_KIND_CHANNEL, i);
	channel->series = bind(source, &it, now_ns);
	if (!channel->series)
		return;
	source_feed_channel(source, i);
	ledger_unbind(source->ledger, AW_KIND_CHANNEL, i, now_ns);
	channel->series = NULL;
}

/* ---- live ---- */

static bool bind_engine(struct source *source, uint32_t i, uint64_t now_ns)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, AW_KIND_ENGINE, i);
	struct engine_slot *engine = &source->engines[i];
	struct labelled it;

	if (slot->kind == AW_KIND_FREE)
		return true;
	it = label(source, AW_KIND_ENGINE, i);
	if (!engine->series) {
		engine->series = bind_engine_series(source, &it, now_ns);
		if (engine->series)
			source_start_engine(source, i);
	}
	if (engine->series)
		set_title(engine->series, slot);
	return engine->series;
}

/* What it counted before is no usage of its last second. */
static void begin_usage(struct channel_slot *channel)
{
	const struct channel_counts *value = channel->series->value;

	for (unsigned step = 0; step < USAGE_STEPS; step++)
		channel->sums_ns[step] = value->sum_ns;
}

static bool bind_channel(struct source *source, uint32_t i, uint64_t now_ns)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, AW_KIND_CHANNEL, i);
	struct channel_slot *channel = &source->channels[i];
	struct labelled it;

	if (slot->kind == AW_KIND_FREE || channel->series)
		return true;
	it = label(source, AW_KIND_CHANNEL, i);
	if (source->engines[slot->engine].series)
		channel->series = bind(source, &it, now_ns);
	else
		ledger_unbind(source->ledger, AW_KIND_CHANNEL, i, now_ns);
	if (channel->series)
		begin_usage(channel);
	return channel->series;
}

static bool bind_function(struct source *source, uint32_t i, uint64_t now_ns)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, AW_KIND_FUNCTION, i);
	struct function_slot *function = &source->functions[i];
	struct labelled it;

	if (slot->kind == AW_KIND_FREE || function->series)
		return true;
	it = label(source, AW_KIND_FUNCTION, i);
	function->series = bind(source, &it, now_ns);
	if (function->series)
		source_start_function(source, i);
	return function->series;
}

/* ---- all ---- */

static bool is_unread(const struct source *source, enum aw_kind kind, uint32_t i,
		      uint64_t generation)
{
	const struct aw_slot *slot = aw_reader_slot(source->reader, kind, i);

	return slot->kind == AW_KIND_FREE && slot->generation != generation;
}

/* Whether totals are to be read that may soon be another name's. */
static bool someone_is_unread(const struct source *source)
{
	for (uint32_t i = 0; i < source->counts.engines; i++)
		if (is_unread(source, AW_KIND_ENGINE, i, source->engines[i].generation))
			return true;
	for (uint32_t i = 0; i < source->counts.channels; i++)
		if (is_unread(source, AW_KIND_CHANNEL, i, source->channels[i].generation))
			return true;
	return false;
}

static void leave_all(struct source *source, bool whole, uint64_t now_ns)
{
	for (uint32_t i = 0; i < source->counts.engines; i++)
		leave_engine(source, i, now_ns);
	for (uint32_t i = 0; i < source->counts.channels; i++)
		leave_channel(source, i, whole, now_ns);
	for (uint32_t i = 0; i < source->counts.functions; i++)
		leave_function(source, i, now_ns);
	for (uint32_t i = 0; i < source->counts.engines; i++)
		read_engine(source, i, now_ns);
	for (uint32_t i = 0; i < source->counts.channels; i++)
		read_channel(source, i, now_ns);
}

/* Whether each live slot has a series. */
static bool bind_all(struct source *source, uint64_t now_ns)
{
	bool all = true;

	for (uint32_t i = 0; i < source->counts.engines; i++)
		all &= bind_engine(source, i, now_ns);
	for (uint32_t i = 0; i < source->counts.channels; i++)
		all &= bind_channel(source, i, now_ns);
	for (uint32_t i = 0; i < source->counts.functions; i++)
		all &= bind_function(source, i, now_ns);
	return all;
}

/* Slots that the directory left for the next poll are bound then; those for which there was no
 * series, a little later. */
void source_bind(struct source *source, bool whole, uint64_t now_ns)
{
	const uint64_t changes = aw_reader_used(source->reader)->changes;

	if (source->changes == changes && (source->bound || now_ns < source->again_ns))
		return;
	/* what was counted up to the free is read while the totals are still that name's */
	if (someone_is_unread(source) && aw_reader_totals(source->reader) == -EAGAIN)
		return;
	leave_all(source, whole, now_ns);
	source->bound = bind_all(source, now_ns) && whole;
	source_mark_parents(source);
	source->changes = changes;
	source->again_ns = whole ? now_ns + AGAIN_NS : 0;
	source->whole |= whole;
}
