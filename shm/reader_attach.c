/* SPDX-License-Identifier: MIT */
/* The header's checks and the memory that follows from its counts. The poll thread. */
#include "shm/reader_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static enum aw_attach check_byte_order(struct aw_reader *reader)
{
	if (reader->header.byte_order == AW_BYTE_ORDER)
		return AW_ATTACHED;
	snprintf(reader->error, sizeof reader->error, "written in another byte order");
	return AW_REFUSED_BYTE_ORDER;
}

static enum aw_attach check_abi(struct aw_reader *reader)
{
	const struct aw_segment_header *h = &reader->header;

	if (h->abi_major == AW_ABI_MAJOR)
		return AW_ATTACHED;
	snprintf(reader->error, sizeof reader->error,
		 "ABI %" PRIu32 ".%" PRIu32 ", this collector reads %u.x: upgrade %s", h->abi_major,
		 h->abi_minor, AW_ABI_MAJOR,
		 h->abi_major > AW_ABI_MAJOR ? "audiowatchd"
					     : "the application, which embeds libaudiowatch");
	return AW_REFUSED_ABI;
}

/* An in-process model has no name. */
static enum aw_attach check_name(struct aw_reader *reader)
{
	if (reader->fd < 0 || memcmp(reader->header.id, reader->id, sizeof reader->id) == 0)
		return AW_ATTACHED;
	snprintf(reader->error, sizeof reader->error, "its name is not the id in its header");
	return AW_REFUSED_NAME;
}

static enum aw_attach check_counts(struct aw_reader *reader)
{
	const struct aw_segment_header *h = &reader->header;
	const struct aw_counts counts = { h->engines, h->channels, h->functions, h->ring_records };

	if (aw_counts_valid(&counts) && h->lanes == AW_SHARED_LANES &&
	    h->lane_records == AW_SHARED_RECORDS) {
		reader->layout = aw_layout_of(counts);
		return AW_ATTACHED;
	}
	snprintf(reader->error, sizeof reader->error,
		 "impossible counts: %" PRIu32 " engines, %" PRIu32 " channels, %" PRIu32
		 " functions, rings of %" PRIu32 ", %" PRIu32 " lanes of %" PRIu32,
		 h->engines, h->channels, h->functions, h->ring_records, h->lanes, h->lane_records);
	return AW_REFUSED_COUNTS;
}

static enum aw_attach check_size(struct aw_reader *reader)
{
	if (reader->header.size == reader->layout.size && reader->size == reader->layout.size)
		return AW_ATTACHED;
	snprintf(reader->error, sizeof reader->error,
		 "%" PRIu64 " bytes long, %" PRIu64 " in its header, %" PRIu64 " by its counts",
		 reader->size, reader->header.size, reader->layout.size);
	return AW_REFUSED_SIZE;
}

static const char *wrong_field(const struct aw_segment_header *h)
{
	if (h->clock_kind != AW_CLOCK_TICKS && h->clock_kind != AW_CLOCK_MONOTONIC)
		return "clock_kind";
	if (!h->mult)
		return "mult";
	if (h->state != AW_STATE_OPEN && h->state != AW_STATE_CLOSED)
		return "state";
	if (!is_terminated(h->app, sizeof h->app))
		return "app";
	if (!is_terminated(h->version, sizeof h->version))
		return "version";
	return is_terminated(h->instance, sizeof h->instance) ? NULL : "instance";
}

static enum aw_attach check_fields(struct aw_reader *reader)
{
	const char *wrong = wrong_field(&reader->header);

	if (!wrong)
		return AW_ATTACHED;
	snprintf(reader->error, sizeof reader->error, "impossible %s in its header", wrong);
	return AW_REFUSED_HEADER;
}

/* In this order: each may rely on those before it. */
static enum aw_attach (*const checks[])(struct aw_reader *) = {
	check_byte_order, check_abi, check_name, check_counts, check_size, check_fields,
};

/* Between create and fallocate the object is empty, and until the magic is stored it reads 0. */
static enum aw_attach check_magic(struct aw_reader *reader)
{
	uint64_t magic = 0;

	if (!reader->size)
		return AW_NEWBORN;
	if (reader->size < sizeof reader->header) {
		snprintf(reader->error, sizeof reader->error, "%" PRIu64 " bytes hold no header",
			 reader->size);
		return AW_REFUSED_SIZE;
	}
	if (reader_copy(reader, &magic, sizeof magic, AW_HEADER_OFFSET)) {
		snprintf(reader->error, sizeof reader->error, "its header cannot be read");
		return AW_REFUSED_ACCESS;
	}
	if (!magic)
		return AW_NEWBORN;
	if (magic == AW_MAGIC)
		return AW_ATTACHED;
	snprintf(reader->error, sizeof reader->error, "no segment: its magic is %#" PRIx64, magic);
	return magic == __builtin_bswap64(AW_MAGIC) ? AW_REFUSED_BYTE_ORDER : AW_REFUSED_HEADER;
}

enum aw_attach reader_check_header(struct aw_reader *reader)
{
	enum aw_attach why = check_magic(reader);

	if (why != AW_ATTACHED)
		return why;
	reader_fence(); /* the header is older than its magic, and is copied after it was seen */
	if (reader_copy(reader, &reader->header, sizeof reader->header, AW_HEADER_OFFSET)) {
		snprintf(reader->error, sizeof reader->error, "its header cannot be read");
		return AW_REFUSED_ACCESS;
	}
	for (size_t i = 0; i < sizeof checks / sizeof *checks && why == AW_ATTACHED; i++)
		why = checks[i](reader);
	return why;
}

static void arm_lanes(struct aw_reader *reader)
{
	const struct aw_layout *l = &reader->layout;
	const uint32_t engines = l->counts.engines;

	for (uint32_t e = 0; e < engines; e++)
		reader->lanes[e] = (struct reader_lane){
			.control = l->control + sizeof(struct aw_engine_control) * e,
			.ring = l->engine_rings + l->engine_ring_bytes * e,
			.capacity = l->counts.ring_records,
		};
	for (uint32_t k = 0; k < AW_SHARED_LANES; k++)
		reader->lanes[engines + k] = (struct reader_lane){
			.control = l->lanes + sizeof(struct aw_shared_lane) * k,
			.ring = l->shared_rings + sizeof(struct aw_record) * AW_SHARED_RECORDS * k,
			.capacity = AW_SHARED_RECORDS,
		};
}

int reader_arm(struct aw_reader *reader)
{
	const struct aw_layout *l = &reader->layout;
	const uint64_t control = l->flight + sizeof(struct aw_flight) * AW_FLIGHT_SLOTS;
	const size_t totals = reader_totals_bytes(l);
	const size_t slots = l->counts.engines + l->counts.channels + l->counts.functions;

	arm_lanes(reader);
	reader->control = calloc(1, control);
	reader->before = calloc(1, control);
	reader->totals = calloc(1, totals);
	reader->incoming = calloc(1, totals);
	reader->scratch = malloc(READER_SCRATCH_BYTES);
	reader->slots = calloc(slots, sizeof *reader->slots);
	reader->owners = calloc(slots, sizeof *reader->owners);
	reader->generations = calloc(slots, sizeof *reader->generations);
	reader->title_sequences = calloc(l->counts.engines, sizeof *reader->title_sequences);
	if (reader->control && reader->before && reader->totals && reader->incoming &&
	    reader->scratch && reader->slots && reader->owners && reader->generations &&
	    reader->title_sequences)
		return 0;
	reader_disarm(reader);
	return -ENOMEM;
}

void reader_disarm(struct aw_reader *reader)
{
	free(reader->control);
	free(reader->before);
	free(reader->totals);
	free(reader->incoming);
	free(reader->scratch);
	free(reader->slots);
	free(reader->owners);
	free(reader->generations);
	free(reader->title_sequences);
	reader->control = reader->before = reader->totals = reader->incoming = NULL;
	reader->scratch = NULL;
	reader->slots = NULL;
	reader->owners = NULL;
	reader->generations = reader->title_sequences = NULL;
}
