/* SPDX-License-Identifier: MIT */
/* Reading the totals: monotonic words, each accepted by the step it made. The poll thread.
 *
 * All is copied first, then the generations of the slots are looked at: what was copied before
 * an unchanged generation belongs to the name believed. A slot that changed meanwhile keeps its
 * older totals and is read by the next poll, after the directory. */
#include "shm/reader_private.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Words first, first + 1, ... of one kind; the last run of a slot has n = 0. Words in no run are
 * plain: format, freewheel, the last blocks of a channel. */
struct run {
	unsigned first, n;
	uint64_t limit;
};

static const struct run control_runs[] = {
	{ offsetof(struct aw_engine_control, render_sum_ns) / 8, 2, READER_SUM_LIMIT },
	{ offsetof(struct aw_engine_control, misses) / 8, 2, READER_COUNT_LIMIT },
	{ 0, 0, 0 },
};
static const struct run engine_runs[] = {
	{ 0, AW_TIME_CELLS + AW_LOAD_CELLS + AW_WAKE_CELLS + 3, READER_COUNT_LIMIT },
	{ 0, 0, 0 },
};
static const struct run any_runs[] = {
	{ 0, 2 * AW_XRUN_SOURCES, READER_COUNT_LIMIT },
	{ 0, 0, 0 },
};
static const struct run channel_runs[] = {
	{ 0, AW_CHANNEL_CELLS, READER_COUNT_LIMIT },
	{ offsetof(struct aw_channel_totals, sum_ns) / 8, 1, READER_SUM_LIMIT },
	{ offsetof(struct aw_channel_totals, misuse) / 8, 1, READER_COUNT_LIMIT },
	{ 0, 0, 0 },
};
static const struct run function_runs[] = {
	{ 0, AW_TIME_CELLS, READER_COUNT_LIMIT },
	{ offsetof(struct aw_function_totals, sum_ns) / 8, 1, READER_SUM_LIMIT },
	{ offsetof(struct aw_function_totals, errors) / 8, 2, READER_COUNT_LIMIT },
	{ 0, 0, 0 },
};

/* One array of totals, whose elements follow the slots of one kind. */
struct section {
	enum aw_kind kind;
	size_t bytes; /* of an element */
	const struct run *runs;
};

enum { CONTROL, ENGINE, ANY, CHANNEL, FUNCTION, SECTIONS };
static const struct section sections[SECTIONS] = {
	[CONTROL] = { AW_KIND_ENGINE, sizeof(struct aw_engine_control), control_runs },
	[ENGINE] = { AW_KIND_ENGINE, sizeof(struct aw_engine_totals), engine_runs },
	[ANY] = { AW_KIND_ENGINE, sizeof(struct aw_any_thread), any_runs },
	[CHANNEL] = { AW_KIND_CHANNEL, sizeof(struct aw_channel_totals), channel_runs },
	[FUNCTION] = { AW_KIND_FUNCTION, sizeof(struct aw_function_totals), function_runs },
};

static uint64_t offset_of(const struct aw_reader *reader, unsigned s, uint32_t i)
{
	const struct aw_layout *l = &reader->layout;
	const uint64_t starts[SECTIONS] = { l->control, l->totals, l->any, l->channels,
					    l->functions };

	return starts[s] + sections[s].bytes * i;
}

/* Where an element stands in a copy of the totals: the control lines come first, then all from
 * the engine totals. */
static void *at(const struct aw_reader *reader, unsigned char *copy, unsigned s, uint32_t i)
{
	const uint64_t offset = offset_of(reader, s, i);

	if (s == CONTROL)
		return copy + (offset - reader->layout.control);
	return copy + sizeof(struct aw_engine_control) * reader->layout.counts.engines +
	       (offset - reader->layout.totals);
}

void reader_totals_forget(struct aw_reader *reader, enum aw_kind kind, uint32_t i)
{
	for (unsigned s = 0; s < SECTIONS; s++)
		if (sections[s].kind == kind)
			memset(at(reader, reader->totals, s, i), 0, sections[s].bytes);
}

/* Calls in flight are begun minus the cells, so begun is copied after them: then it is never the
 * smaller one. */
static int copy_function_again(struct aw_reader *reader, uint32_t i)
{
	struct aw_function_totals *f = at(reader, reader->incoming, FUNCTION, i);
	const uint64_t offset = offset_of(reader, FUNCTION, i);
	int error = reader_copy(reader, f, sizeof *f, offset);

	reader_fence(); /* nothing orders begun and the cells in the writer but the call itself */
	if (!error)
		error = reader_copy(reader, &f->begun, sizeof f->begun,
				    offset + offsetof(struct aw_function_totals, begun));
	return error;
}

/* Most functions rest; those that do not are copied once more, each with its begun close behind
 * its cells. */
static int copy_busy_functions(struct aw_reader *reader)
{
	int error = 0;

	for (uint32_t i = 0; !error && i < reader_used_count(reader, AW_KIND_FUNCTION); i++)
		if (memcmp(at(reader, reader->incoming, FUNCTION, i),
			   at(reader, reader->totals, FUNCTION, i),
			   sizeof(struct aw_function_totals)) != 0)
			error = copy_function_again(reader, i);
	return error;
}

static int copy_all(struct aw_reader *reader)
{
	int error = 0;

	for (unsigned s = 0; !error && s < SECTIONS; s++) {
		const uint64_t n = reader_used_count(reader, sections[s].kind);

		if (n)
			error = reader_copy(reader, at(reader, reader->incoming, s, 0),
					    sections[s].bytes * n, offset_of(reader, s, 0));
	}
	return error ? error : copy_busy_functions(reader);
}

/* old is NULL when the slot may have begun again at 0. */
static bool step_fits(const struct run *run, unsigned w, const uint64_t *now, const uint64_t *old)
{
	return now[w] - (old ? old[w] : 0) < run->limit;
}

static bool steps_fit(const struct run *runs, const uint64_t *now, const uint64_t *old)
{
	for (const struct run *run = runs; run->n; run++)
		for (unsigned w = run->first; w < run->first + run->n; w++)
			if (!step_fits(run, w, now, old))
				return false;
	return true;
}

/* Looks again at each word that made no believable step. */
static int accept_words(struct aw_reader *reader, const struct run *runs, uint64_t *now,
			const uint64_t *old, uint64_t offset)
{
	for (const struct run *run = runs; run->n; run++)
		for (unsigned w = run->first; w < run->first + run->n; w++) {
			for (unsigned tries = 0;
			     tries < READER_TRIES && !step_fits(run, w, now, old); tries++)
				if (reader_copy(reader, &now[w], sizeof *now, offset + w * 8))
					return -EIO;
			if (!step_fits(run, w, now, old))
				return -EAGAIN;
		}
	return 0;
}

static int accept_element(struct aw_reader *reader, unsigned s, uint32_t i)
{
	const uint32_t slot = reader_slot_index(reader, sections[s].kind, i);
	const uint64_t believed = reader->slots[slot].generation;
	uint64_t *now = at(reader, reader->incoming, s, i);
	const uint64_t *old = at(reader, reader->totals, s, i);

	if (believed != reader->generations[slot]) {
		memcpy(now, old, sections[s].bytes);
		return 0;
	}
	if (steps_fit(sections[s].runs, now, old))
		return 0;
	if (reader->owners[slot].renewed && steps_fit(sections[s].runs, now, NULL))
		return 0;
	return accept_words(reader, sections[s].runs, now, old, offset_of(reader, s, i));
}

static int accept_all(struct aw_reader *reader)
{
	int error = 0;

	for (unsigned s = 0; !error && s < SECTIONS; s++)
		for (uint32_t i = 0; !error && i < reader_used_count(reader, sections[s].kind); i++)
			error = accept_element(reader, s, i);
	return error;
}

/* What was accepted before is asked for no more, and is as much again as all that is: its whole pages go back until the
 * next reading. Where the kernel keeps them nothing is lost but memory. */
static void let_go(struct aw_reader *reader, unsigned char *copy)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t begin = ((uintptr_t)copy + page - 1) & ~(page - 1);
	const uintptr_t end = ((uintptr_t)copy + reader_totals_bytes(&reader->layout)) & ~(page - 1);

	if (end > begin)
		(void)madvise(copy + (begin - (uintptr_t)copy), end - begin, MADV_DONTNEED);
}

static void swap_copies(struct aw_reader *reader)
{
	const struct aw_counts *n = &reader->layout.counts;
	unsigned char *accepted = reader->incoming;

	reader->incoming = reader->totals;
	reader->totals = accepted;
	let_go(reader, reader->incoming);
	for (uint32_t i = 0; i < n->engines + n->channels + n->functions; i++)
		if (reader->slots[i].generation == reader->generations[i])
			reader->owners[i].renewed = false;
}

static int read_totals(struct aw_reader *reader)
{
	int error = copy_all(reader);

	if (error)
		return error;
	reader_fence(); /* a copied word of a slot that is being zeroed shows its odd generation */
	error = reader_generations(reader);
	if (!error)
		error = accept_all(reader);
	if (!error)
		swap_copies(reader);
	return error;
}

int aw_reader_totals(struct aw_reader *reader)
{
	/* who never asks for names has them read here: totals without an owner are not believed */
	const int error = reader->directory_asked ? 0 : reader_directory(reader);

	if (error && error != -EAGAIN)
		return error;
	if (!reader_intact(reader))
		return -EIO;
	return reader_settle(&reader->totals_strikes, read_totals(reader));
}

static const void *accepted(const struct aw_reader *reader, unsigned s, uint32_t i)
{
	return at(reader, reader->totals, s, i);
}

const struct aw_engine_totals *aw_reader_engine(const struct aw_reader *reader, unsigned engine)
{
	return accepted(reader, ENGINE, engine);
}

const struct aw_any_thread *aw_reader_any(const struct aw_reader *reader, unsigned engine)
{
	return accepted(reader, ANY, engine);
}

const struct aw_channel_totals *aw_reader_channel(const struct aw_reader *reader, unsigned channel)
{
	return accepted(reader, CHANNEL, channel);
}

const struct aw_function_totals *aw_reader_function(const struct aw_reader *reader,
						    unsigned function)
{
	return accepted(reader, FUNCTION, function);
}

struct aw_control_totals aw_reader_control_totals(const struct aw_reader *reader, unsigned engine)
{
	const struct aw_engine_control *c = accepted(reader, CONTROL, engine);

	return (struct aw_control_totals){ c->render_sum_ns, c->wake_sum_ns, c->misses,
					   c->freewheel_blocks };
}

uint64_t aw_reader_misses(const struct aw_reader *reader, unsigned engine)
{
	return aw_reader_control_totals(reader, engine).misses;
}
