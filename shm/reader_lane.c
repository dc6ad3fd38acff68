/* SPDX-License-Identifier: MIT */
/* Reading the control section and the lanes, and accounting for every record. The poll thread. */
#include "shm/reader_private.h"

#include <errno.h>
#include <string.h>

enum { STATE_OFFSET = offsetof(struct aw_segment_header, state) };

/* Parts of a copy that is addressed like the segment. */
static const struct aw_used *used_in(const unsigned char *copy)
{
	return (const struct aw_used *)(const void *)(copy + AW_USED_OFFSET);
}

static const struct aw_segment_header *header_in(const unsigned char *copy)
{
	return (const struct aw_segment_header *)(const void *)copy;
}

static uint64_t contended_in(const struct aw_reader *reader, const unsigned char *copy)
{
	const void *at = copy + reader->layout.contended;

	return ((const struct aw_contended *)at)->count;
}

/* State, used marks and the whole control section lie together: one call. The copy lands where
 * the one before the last was. */
static int control_copy(struct aw_reader *reader)
{
	const uint64_t end = reader->layout.flight + sizeof(struct aw_flight) * AW_FLIGHT_SLOTS;

	return reader_copy(reader, reader->before + STATE_OFFSET, end - STATE_OFFSET, STATE_OFFSET);
}

static int control_take(struct aw_reader *reader)
{
	const unsigned char *copy = reader->before;
	const uint64_t state = header_in(copy)->state, contended = contended_in(reader, copy);

	if (state != AW_STATE_OPEN && state != AW_STATE_CLOSED)
		return -EAGAIN;
	if (contended - reader->contended >= READER_COUNT_LIMIT)
		return -EAGAIN;
	if (reader_used_take(reader, used_in(copy)))
		return -EAGAIN;
	reader->used.changes =
		used_in(copy)->changes; /* of this copy alone, so that it and the heads agree */
	reader->contended = contended;
	if (state == AW_STATE_CLOSED) /* for good */
		reader->header.state = state;
	reader->before = reader->control;
	reader->control = (unsigned char *)copy;
	reader->control_seen = true;
	return 0;
}

int aw_reader_control(struct aw_reader *reader)
{
	int error = control_copy(reader);

	if (!error && header_in(reader->before)->state == AW_STATE_CLOSED &&
	    !aw_reader_closed(reader)) {
		/* acquire: pairs with aw_close(), whose state says that these heads are the last */
		reader_fence();
		error = control_copy(reader);
	}
	/* acquire: the records and totals of these heads are visible to what is copied from here
	 * on */
	reader_fence();
	return reader_settle(&reader->control_strikes, error ? error : control_take(reader));
}

const struct aw_engine_control *aw_reader_engine_control(const struct aw_reader *reader,
							 unsigned engine)
{
	const void *at = reader->control + reader->layout.control;

	return (const struct aw_engine_control *)at + engine;
}

const struct aw_used *aw_reader_used(const struct aw_reader *reader)
{
	return &reader->used;
}

static const struct aw_flight *flights_in(const struct aw_reader *reader, const unsigned char *copy)
{
	return (const struct aw_flight *)(const void *)(copy + reader->layout.flight);
}

/* A slot that shows the same call twice held it all the time in between, so both words belong
 * together. */
unsigned aw_reader_flights(const struct aw_reader *reader, struct aw_flying flights[AW_FLIGHT_SLOTS])
{
	const struct aw_flight *now = flights_in(reader, reader->control);
	const struct aw_flight *then = flights_in(reader, reader->before);
	unsigned n = 0;

	for (unsigned i = 0; i < AW_FLIGHT_SLOTS; i++) {
		const uint64_t start = now[i].start, function = now[i].function;

		if (!start || start != then[i].start || function != then[i].function)
			continue;
		if (function - 1 < reader->layout.counts.functions)
			flights[n++] = (struct aw_flying){ start, (uint32_t)(function - 1) };
	}
	return n;
}

unsigned aw_reader_lanes(const struct aw_reader *reader)
{
	return reader->layout.counts.engines + AW_SHARED_LANES;
}

/* RENDER and MODE come from an engine's own lane, XRUN and FFI from the shared ones; indices
 * must exist. */
static bool is_valid(const struct aw_reader *reader, unsigned lane, const struct aw_record *record)
{
	const struct aw_counts *n = &reader->layout.counts;
	const uint64_t index = record->words[0] >> 16 & UINT16_MAX;
	const bool shared = lane >= n->engines;

	switch (record->words[0] & UINT8_MAX) {
	case AW_RENDER:
	case AW_MODE:
		return !shared && index == lane;
	case AW_XRUN:
		return shared && index < n->engines && record->words[3] < AW_XRUN_SOURCES;
	case AW_FFI:
		return shared && index < n->functions;
	default:
		return false;
	}
}

/* Intent and head of a lane in the last copy of the control section. */
static uint64_t head_of(const struct aw_reader *reader, const struct reader_lane *lane)
{
	uint64_t words[2];

	memcpy(words, reader->control + lane->control, sizeof words);
	return words[1];
}

/* The lane's first sight: its ring holds the newest; what came before nobody watched. */
static int lane_meet(struct aw_reader *reader, struct reader_lane *lane, uint64_t head)
{
	const uint64_t published = head - reader->header.base;
	const uint64_t held = published < lane->capacity ? published : lane->capacity;

	if (published >> 63)
		return -EAGAIN;
	lane->cursor = head - held;
	reader->account.unwatched += published - held;
	lane->seen = true;
	return 0;
}

static void lose_lapped(struct aw_reader *reader, struct reader_lane *lane, uint64_t n)
{
	lane->lost += n;
	reader->account.lapped += n;
}

/* Copies the next n records into the scratch room, in two calls where they wrap. */
static int copy_records(struct aw_reader *reader, const struct reader_lane *lane, uint64_t n)
{
	const uint64_t record = sizeof(struct aw_record);
	const uint64_t slot = lane->cursor & (lane->capacity - 1);
	const uint64_t first = n < lane->capacity - slot ? n : lane->capacity - slot;
	int error = reader_copy(reader, reader->scratch, first * record, lane->ring + slot * record);

	if (!error && n > first)
		error = reader_copy(reader, reader->scratch + first * record, (n - first) * record,
				    lane->ring);
	return error;
}

/* A record is believed while its index is above intent - capacity: then nobody had begun to
 * write over it when its copy was finished. Signed: in a fresh lane intent - capacity lies below
 * every index. */
static void deliver(struct aw_reader *reader, unsigned l, uint64_t n, uint64_t intent,
		    aw_record_fn *record, void *context)
{
	struct reader_lane *lane = &reader->lanes[l];
	const struct aw_record *copy = (const struct aw_record *)(const void *)reader->scratch;

	for (uint64_t i = 0; i < n; i++, lane->cursor++) {
		if ((int64_t)(lane->cursor - (intent - lane->capacity)) <= 0) {
			lose_lapped(reader, lane, 1);
		} else if (!is_valid(reader, l, &copy[i])) {
			lane->lost++;
			reader->account.invalid++;
		} else {
			reader->account.delivered++;
			record(context, l, &copy[i]);
		}
	}
}

/* Three copies in this order: head (the caller's), records, intent. One copy of all three
 * delivers torn records. */
static int lane_batch(struct aw_reader *reader, unsigned l, uint64_t head, aw_record_fn *record,
		      void *context)
{
	const struct reader_lane *lane = &reader->lanes[l];
	const uint64_t left = head - lane->cursor;
	const uint64_t n = left < READER_SCRATCH_RECORDS ? left : READER_SCRATCH_RECORDS;
	uint64_t intent;
	int error = copy_records(reader, lane, n);

	if (error)
		return error;
	/* acquire: pairs with the fence between intent and payload; a copied word of record i
	 * shows intent >= i */
	reader_fence();
	error = reader_copy(reader, &intent, sizeof intent, lane->control);
	if (error)
		return error;
	if (intent - head + 1 >= READER_COUNT_LIMIT)
		return -EAGAIN;
	deliver(reader, l, n, intent, record, context);
	return 0;
}

static int lane_drain(struct aw_reader *reader, unsigned l, aw_record_fn *record, void *context)
{
	struct reader_lane *lane = &reader->lanes[l];
	const uint64_t head = head_of(reader, lane);
	int error = lane->seen ? 0 : lane_meet(reader, lane, head);

	if (error)
		return error;
	if (head - lane->cursor >= READER_COUNT_LIMIT)
		return -EAGAIN;
	if (head - lane->cursor > lane->capacity) {
		lose_lapped(reader, lane, head - lane->cursor - lane->capacity);
		lane->cursor = head - lane->capacity;
	}
	while (!error && lane->cursor != head)
		error = lane_batch(reader, l, head, record, context);
	return error;
}

int aw_reader_lane(struct aw_reader *reader, unsigned lane, aw_record_fn *record, void *context)
{
	if (!reader->control_seen)
		return -EAGAIN;
	return reader_settle(&reader->lanes[lane].strikes,
			     lane_drain(reader, lane, record, context));
}

struct aw_account aw_reader_account(const struct aw_reader *reader)
{
	struct aw_account account = reader->account;

	account.contended = account.published = reader->contended;
	for (unsigned l = 0; l < aw_reader_lanes(reader); l++)
		if (reader->lanes[l].seen)
			account.published += reader->lanes[l].cursor - reader->header.base;
	return account;
}

uint64_t aw_reader_lost_engine(const struct aw_reader *reader, unsigned engine)
{
	return reader->lanes[engine].lost;
}
