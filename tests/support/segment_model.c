/* SPDX-License-Identifier: MIT */
/* A segment made by hand; the test's threads. */
#include "tests/support/segment_model.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void need(bool fine, const char *what)
{
	if (fine)
		return;
	perror(what);
	abort();
}

static void write_header(const struct model *model, uint64_t base)
{
	struct aw_segment_header *h = model_header(model);
	const struct aw_counts *n = &model->layout.counts;

	h->abi_major = AW_ABI_MAJOR;
	h->abi_minor = AW_ABI_MINOR;
	h->byte_order = AW_BYTE_ORDER;
	memcpy(h->id, model->id, sizeof h->id);
	h->size = model->layout.size;
	h->engines = n->engines;
	h->channels = n->channels;
	h->functions = n->functions;
	h->ring_records = n->ring_records;
	h->lanes = AW_SHARED_LANES;
	h->lane_records = AW_SHARED_RECORDS;
	h->pid = (uint64_t)getpid();
	h->clock_kind = AW_CLOCK_MONOTONIC;
	h->mult = UINT64_C(1) << 32;
	h->base = base;
	h->state = AW_STATE_OPEN;
	memcpy(h->app, "model", 6);
	memcpy(h->version, "1.2", 4);
	for (unsigned l = 0; l < n->engines + AW_SHARED_LANES; l++) {
		struct model_lane lane = model_lane(model, l);

		*lane.intent = base - 1;
		*lane.head = base;
	}
	atomic_store_explicit(&h->magic, AW_MAGIC, memory_order_release);
}

static void init(struct model *model, struct aw_counts counts)
{
	memset(model, 0, sizeof *model);
	model->layout = aw_layout_of(counts);
	model->size = model->layout.size;
	model->dirfd = -1;
	need(aw_segment_id(model->id) == 0, "aw_segment_id");
}

void model_in_memory(struct model *model, struct aw_counts counts, uint64_t base)
{
	init(model, counts);
	model->at = aligned_alloc(AW_PAGE, model->layout.size);
	need(model->at != NULL, "aligned_alloc");
	memset(model->at, 0, model->layout.size);
	write_header(model, base);
}

void model_in_file(struct model *model, struct aw_counts counts, uint64_t base)
{
	int fd;

	init(model, counts);
	snprintf(model->dir, sizeof model->dir, "/dev/shm/aw-test-XXXXXX");
	need(mkdtemp(model->dir) != NULL, "mkdtemp");
	model->dirfd = open(model->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(model->dirfd >= 0, model->dir);
	aw_segment_name(model->name, AW_DEFAULT_PREFIX, geteuid(), model->id);
	fd = openat(model->dirfd, model->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	need(fd >= 0 && !fchmod(fd, 0600) && !ftruncate(fd, (off_t)model->layout.size), model->name);
	model->at = mmap(NULL, model->layout.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(model->at != MAP_FAILED, "mmap");
	close(fd);
	write_header(model, base);
}

void model_deinit(struct model *model)
{
	if (model->dirfd < 0) {
		free(model->at);
		return;
	}
	if (model->at)
		munmap(model->at, model->layout.size);
	unlinkat(model->dirfd, model->name, 0);
	close(model->dirfd);
	need(!rmdir(model->dir), model->dir);
}

struct aw_reader_place model_place(const struct model *model)
{
	static uid_t own;

	own = geteuid();
	return (struct aw_reader_place){ model->dirfd, AW_DEFAULT_PREFIX, &own, 1 };
}

struct aw_reader *model_reader(struct model *model)
{
	const struct aw_reader_place place = model_place(model);
	struct aw_reader *reader;
	const enum aw_attach why =
		model->dirfd < 0 ? aw_reader_over(model_read_at, model, model->layout.size, &reader)
				 : aw_reader_open(&place, model->name, &reader);

	if (why == AW_ATTACHED)
		return reader;
	fprintf(stderr, "refused: %s: %s\n", aw_attach_name(why),
		reader ? aw_reader_error(reader) : "");
	abort();
}

/* Word by word and atomically, as a kernel's copy of aligned words is; so a race detector can
 * judge the rest. */
int64_t model_read_at(void *context, void *buffer, uint64_t size, uint64_t offset)
{
	const struct model *model = context;
	const uint64_t first = offset / 8, n = size / 8;
	_Atomic uint64_t *from = (_Atomic uint64_t *)(void *)model->at;
	uint64_t *to = buffer;

	need(offset % 8 == 0 && size % 8 == 0 && (uintptr_t)buffer % 8 == 0, "unaligned read");
	if (offset >= model->size)
		return 0;
	if (offset + size > model->size)
		return (int64_t)(model->size - offset);
	for (uint64_t i = 0; i < n; i++) {
		const uint64_t w = model->descending ? n - 1 - i : i;

		if (model->on_read)
			model->on_read(model->on_read_context, first + w);
		to[w] = atomic_load_explicit(&from[first + w], memory_order_relaxed);
	}
	return (int64_t)size;
}

static void *at(const struct model *model, uint64_t offset, uint64_t stride, unsigned index)
{
	return model->at + offset + stride * index;
}

struct aw_segment_header *model_header(const struct model *model)
{
	return at(model, AW_HEADER_OFFSET, 0, 0);
}

struct aw_used *model_used(const struct model *model)
{
	return at(model, AW_USED_OFFSET, 0, 0);
}

struct aw_engine_control *model_control(const struct model *model, unsigned engine)
{
	return at(model, model->layout.control, sizeof(struct aw_engine_control), engine);
}

struct aw_engine_totals *model_engine(const struct model *model, unsigned engine)
{
	return at(model, model->layout.totals, sizeof(struct aw_engine_totals), engine);
}

struct aw_any_thread *model_any(const struct model *model, unsigned engine)
{
	return at(model, model->layout.any, sizeof(struct aw_any_thread), engine);
}

struct aw_channel_totals *model_channel(const struct model *model, unsigned channel)
{
	return at(model, model->layout.channels, sizeof(struct aw_channel_totals), channel);
}

struct aw_function_totals *model_function(const struct model *model, unsigned function)
{
	return at(model, model->layout.functions, sizeof(struct aw_function_totals), function);
}

struct aw_flight *model_flight(const struct model *model, unsigned slot)
{
	return at(model, model->layout.flight, sizeof(struct aw_flight), slot);
}

struct aw_contended *model_contended(const struct model *model)
{
	return at(model, model->layout.contended, 0, 0);
}

struct aw_entry *model_entry(const struct model *model, enum aw_kind kind, unsigned index)
{
	return at(model, model->layout.directory, sizeof(struct aw_entry),
		  aw_entry_index(&model->layout.counts, kind, index));
}

struct aw_title *model_title(const struct model *model, unsigned engine)
{
	return at(model, model->layout.titles, sizeof(struct aw_title), engine);
}

void model_change_begin(_Atomic uint64_t *sequence)
{
	atomic_fetch_add(sequence, 1);
}

void model_change_end(const struct model *model, _Atomic uint64_t *sequence)
{
	atomic_fetch_add(sequence, 1);
	atomic_fetch_add(&model_used(model)->changes, 1);
}

void model_text(_Atomic uint64_t *words, unsigned count, const char *text)
{
	uint64_t room[AW_TITLE_SIZE / 8] = { 0 };

	memcpy(room, text, strnlen(text, count * 8));
	for (unsigned i = 0; i < count; i++)
		atomic_store(&words[i], room[i]);
}

uint64_t model_what(enum aw_kind kind, uint64_t engine, uint64_t parent_plus_1)
{
	return (uint64_t)kind | engine << 16 | parent_plus_1 << 32;
}

static void raise_mark(const struct model *model, enum aw_kind kind, unsigned index)
{
	struct aw_used *used = model_used(model);
	_Atomic uint64_t *mark = kind == AW_KIND_ENGINE	   ? &used->engines
				 : kind == AW_KIND_CHANNEL ? &used->channels
							   : &used->functions;

	if (*mark <= index)
		*mark = index + 1;
}

void model_name(const struct model *model, enum aw_kind kind, unsigned index, const char *name)
{
	struct aw_entry *entry = model_entry(model, kind, index);

	model_change_begin(&entry->generation);
	if (name) {
		entry->what = model_what(kind, 0, 0);
		model_text(entry->name, AW_NAME_SIZE / 8, name);
		raise_mark(model, kind, index);
	} else {
		entry->what &= ~(uint64_t)UINT16_MAX;
	}
	model_change_end(model, &entry->generation);
}

struct model_lane model_lane(const struct model *model, unsigned lane)
{
	const struct aw_layout *l = &model->layout;
	const unsigned engines = l->counts.engines, shared = lane - engines;
	_Atomic uint64_t *words;
	struct aw_shared_lane *control;

	if (lane < engines) {
		words = at(model, l->engine_rings, l->engine_ring_bytes, lane);
		return (struct model_lane){ &model_control(model, lane)->intent,
					    &model_control(model, lane)->head,
					    words,
					    l->counts.ring_records - 1,
					    model_header(model)->base,
					    0 };
	}
	words = at(model, l->shared_rings, AW_SHARED_RECORDS * sizeof(struct aw_record), shared);
	control = at(model, l->lanes, sizeof *control, shared);
	return (struct model_lane){ &control->intent,
				    &control->head,
				    words,
				    AW_SHARED_RECORDS - 1,
				    model_header(model)->base,
				    0 };
}

/* Section 3 of the transport: intent, release fence, the words, head with release. */
bool model_step(struct model_lane *lane, const struct aw_record *record)
{
	_Atomic uint64_t *slot = lane->words + (lane->next & lane->mask) * AW_RECORD_WORDS;
	const unsigned step = lane->step++;

	if (step == 0) {
		atomic_store_explicit(lane->intent, lane->next, memory_order_relaxed);
		atomic_thread_fence(memory_order_release);
	} else if (step <= AW_RECORD_WORDS) {
		atomic_store_explicit(&slot[step - 1], record->words[step - 1],
				      memory_order_relaxed);
	} else {
		atomic_store_explicit(lane->head, ++lane->next, memory_order_release);
		lane->step = 0;
	}
	return lane->step == 0;
}

void model_put(struct model_lane *lane, const struct aw_record *record)
{
	while (!model_step(lane, record))
		;
}
