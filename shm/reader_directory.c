/* SPDX-License-Identifier: MIT */
/* Reading names: used marks, directory, titles. The poll thread.
 *
 * A slot is copied between two equal even generations; one that changes is left for the next
 * poll and is no offence, since a producer may be stopped or killed in the middle of a change. A
 * stable slot that makes no sense is one. */
#include "shm/reader_private.h"

#include <errno.h>
#include <string.h>

/* What became of one slot, the worst last. */
enum taken { TAKEN, UNSETTLED, SENSELESS, UNREADABLE };

static const int outcomes[] = {
	[TAKEN] = 0, [UNSETTLED] = -EAGAIN, [SENSELESS] = -EAGAIN, [UNREADABLE] = -EIO
};

static enum taken worse(enum taken a, enum taken b)
{
	return a > b ? a : b;
}

int reader_used_take(struct aw_reader *reader, const struct aw_used *used)
{
	const struct aw_counts *n = &reader->layout.counts;
	const uint64_t engines = used->engines, channels = used->channels,
		       functions = used->functions;

	if (engines > n->engines || channels > n->channels || functions > n->functions)
		return -EAGAIN;
	if (engines < reader->used.engines || channels < reader->used.channels ||
	    functions < reader->used.functions)
		return -EAGAIN;
	reader->used.engines = engines;
	reader->used.channels = channels;
	reader->used.functions = functions;
	return 0;
}

static int used_now(struct aw_reader *reader)
{
	struct aw_used used;
	const int error = reader_copy(reader, &used, sizeof used, AW_USED_OFFSET);

	return error ? error : reader_used_take(reader, &used);
}

uint32_t reader_used_count(const struct aw_reader *reader, enum aw_kind kind)
{
	return (uint32_t)(kind == AW_KIND_ENGINE    ? reader->used.engines
			  : kind == AW_KIND_CHANNEL ? reader->used.channels
						    : reader->used.functions);
}

static uint64_t entry_offset(const struct aw_reader *reader, uint32_t slot)
{
	return reader->layout.directory + sizeof(struct aw_entry) * slot;
}

/* The first words of n things of 128 bytes each. */
static int copy_sequences(struct aw_reader *reader, uint64_t *sequences, uint64_t offset, uint32_t n)
{
	enum { STRIDE = 128, ROOM = READER_SCRATCH_BYTES / STRIDE };

	for (uint32_t done = 0; done < n;) {
		const uint32_t some = n - done < ROOM ? n - done : ROOM;

		if (reader_copy(reader, reader->scratch, (uint64_t)some * STRIDE,
				offset + (uint64_t)done * STRIDE))
			return -EIO;
		for (uint32_t i = 0; i < some; i++)
			memcpy(&sequences[done + i], reader->scratch + i * STRIDE,
			       sizeof *sequences);
		done += some;
	}
	return 0;
}

int reader_generations(struct aw_reader *reader)
{
	int error = 0;

	for (enum aw_kind kind = AW_KIND_ENGINE; !error && kind <= AW_KIND_FUNCTION; kind++) {
		const uint32_t first = reader_slot_index(reader, kind, 0);

		error = copy_sequences(reader, reader->generations + first,
				       entry_offset(reader, first), reader_used_count(reader, kind));
	}
	return error;
}

/* A text of the segment: to the first NUL, which is made if there is none; the rest is NULs. */
static void take_text(char *to, const _Atomic uint64_t *words, size_t size)
{
	size_t length;

	memcpy(to, (const void *)words, size);
	length = strnlen(to, size - 1);
	memset(to + length, 0, size - length);
}

/* The same name in the same engine goes on with the slot's totals, any other starts at 0. A free
 * slot keeps its name, so that its totals go on when the name comes again; without one they never
 * will, and until then they are those of the name that was forgotten. */
static void take_owner(struct aw_reader *reader, const struct aw_slot *slot, enum aw_kind kind,
		       uint32_t i)
{
	struct reader_owner *owner = &reader->owners[reader_slot_index(reader, kind, i)];
	const bool forgotten = slot->kind == AW_KIND_FREE && !slot->name[0];

	if (!forgotten && (strcmp(owner->name, slot->name) != 0 || owner->engine != slot->engine))
		reader_totals_forget(reader, kind, i);
	memcpy(owner->name, slot->name, sizeof owner->name);
	owner->engine = slot->engine;
	owner->renewed = true;
}

static bool makes_sense(const struct aw_reader *reader, const struct aw_slot *slot,
			enum aw_kind kind, uint32_t i)
{
	const struct aw_counts *n = &reader->layout.counts;

	if (slot->engine >= n->engines || slot->parent > n->channels)
		return false;
	if (slot->kind == AW_KIND_FREE)
		return true;
	if (slot->kind != kind)
		return false;
	return kind == AW_KIND_CHANNEL ? slot->parent != i + 1 : !slot->parent;
}

static enum taken slot_adopt(struct aw_reader *reader, struct aw_slot *slot, enum aw_kind kind,
			     uint32_t i)
{
	struct aw_slot *old = &reader->slots[reader_slot_index(reader, kind, i)];

	if (!makes_sense(reader, slot, kind, i))
		return SENSELESS;
	take_owner(reader, slot, kind, i);
	memcpy(slot->title, old->title, sizeof slot->title);
	*old = *slot;
	return TAKEN;
}

/* The slot's generation was read already; content, and the generation again. */
static enum taken slot_take(struct aw_reader *reader, enum aw_kind kind, uint32_t i)
{
	const uint32_t at = reader_slot_index(reader, kind, i);
	const uint64_t generation = reader->generations[at];
	struct aw_slot slot = { .generation = generation };
	struct aw_entry entry;
	uint64_t again, what;

	if (generation & 1)
		return UNSETTLED;
	if (reader_copy(reader, &entry, sizeof entry, entry_offset(reader, at)))
		return UNREADABLE;
	reader_fence(); /* a copied word of a change shows that change's odd generation */
	if (reader_copy(reader, &again, sizeof again, entry_offset(reader, at)))
		return UNREADABLE;
	if (again != generation)
		return UNSETTLED;
	what = entry.what;
	slot.kind = (enum aw_kind)(what & UINT16_MAX);
	slot.engine = what >> 16 & UINT16_MAX;
	slot.parent = (uint32_t)(what >> 32);
	take_text(slot.name, entry.name, sizeof slot.name);
	return slot_adopt(reader, &slot, kind, i);
}

static enum taken take_slots(struct aw_reader *reader, enum aw_kind kind)
{
	const uint32_t n = reader_used_count(reader, kind);
	enum taken all = TAKEN;

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t at = reader_slot_index(reader, kind, i);

		if (reader->generations[at] != reader->slots[at].generation)
			all = worse(all, slot_take(reader, kind, i));
	}
	return all;
}

static enum taken title_take(struct aw_reader *reader, uint32_t engine, uint64_t sequence)
{
	const uint64_t offset = reader->layout.titles + sizeof(struct aw_title) * engine;
	struct aw_title title;
	uint64_t again;

	if (sequence & 1)
		return UNSETTLED;
	if (reader_copy(reader, &title, sizeof title, offset))
		return UNREADABLE;
	reader_fence(); /* as in slot_take() */
	if (reader_copy(reader, &again, sizeof again, offset))
		return UNREADABLE;
	if (again != sequence)
		return UNSETTLED;
	take_text(reader->slots[engine].title, title.text, AW_TITLE_SIZE);
	reader->title_sequences[engine] = sequence;
	return TAKEN;
}

static enum taken take_titles(struct aw_reader *reader)
{
	const uint32_t n = reader_used_count(reader, AW_KIND_ENGINE);
	uint64_t sequences[AW_MAX_ENGINES];
	enum taken all = TAKEN;

	if (copy_sequences(reader, sequences, reader->layout.titles, n))
		return UNREADABLE;
	reader_fence();
	for (uint32_t e = 0; e < n; e++)
		if (sequences[e] != reader->title_sequences[e])
			all = worse(all, title_take(reader, e, sequences[e]));
	return all;
}

/* Used marks first: they were raised before `changes` was, which the caller saw. */
static enum taken take_all(struct aw_reader *reader)
{
	const int error = used_now(reader);
	enum taken all = TAKEN;

	if (error)
		return error == -EIO ? UNREADABLE : SENSELESS;
	if (reader_generations(reader))
		return UNREADABLE;
	reader_fence(); /* the content is not older than the generation it is believed by */
	for (enum aw_kind kind = AW_KIND_ENGINE; kind <= AW_KIND_FUNCTION; kind++)
		all = worse(all, take_slots(reader, kind));
	return worse(all, take_titles(reader));
}

int reader_directory(struct aw_reader *reader)
{
	const void *control = reader->control + AW_USED_OFFSET;
	const uint64_t changes = ((const struct aw_used *)control)->changes;
	enum taken taken;

	if (reader->directory_seen && changes == reader->changes)
		return 0;
	taken = take_all(reader);
	if (taken == UNSETTLED)
		return -EAGAIN;
	if (taken == TAKEN) {
		reader->changes = changes;
		reader->directory_seen = true;
	}
	return reader_settle(&reader->directory_strikes, outcomes[taken]);
}

int aw_reader_directory(struct aw_reader *reader)
{
	reader->directory_asked = true;
	return reader_directory(reader);
}

const struct aw_slot *aw_reader_slot(const struct aw_reader *reader, enum aw_kind kind,
				     unsigned index)
{
	return &reader->slots[reader_slot_index(reader, kind, index)];
}
