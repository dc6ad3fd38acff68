/* SPDX-License-Identifier: MIT */
/* A writer that scribbles over its whole segment while it is read: whatever it does, the reader
 * stays within its buffers (the sanitizers judge), ends each poll, and keeps its account; what
 * it shows is within the layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/support/random.h"
#include "tests/support/segment_model.h"

enum { ROUNDS = 600, POLLS = 20 };

static const struct aw_counts counts = { 2, 4, 3, 64 };

struct scribbler {
	struct model model;
	struct random random;
	uint64_t first, words; /* where it scribbles */
	uint64_t one_in; /* words read */
};

/* Values that break arithmetic more often than random ones do. */
static uint64_t nasty(struct random *random, uint64_t old)
{
	static const uint64_t values[] = { 0,
					   1,
					   UINT64_MAX,
					   UINT64_C(1) << 47,
					   UINT64_C(1) << 48,
					   UINT64_C(1) << 62,
					   UINT64_C(1) << 63,
					   UINT32_MAX };
	const uint64_t pick = random_below(random, 14);

	if (pick < sizeof values / sizeof *values)
		return values[pick];
	if (pick < 10) /* what a directory entry or a record may begin with, or nearly */
		return random_below(random, 5) | random_below(random, 4) << 16 |
		       random_below(random, 7) << 32;
	if (pick < 12)
		return old + (UINT64_C(1) << random_below(random, 64));
	return pick < 13 ? old + random_below(random, 200) - 100 : random_next(random);
}

static void scribble(struct scribbler *s)
{
	_Atomic uint64_t *words = (_Atomic uint64_t *)(void *)s->model.at;
	const uint64_t at = s->first + random_below(&s->random, s->words);

	words[at] = nasty(&s->random, words[at]);
}

static void scribble_while_read(void *context, uint64_t word)
{
	struct scribbler *s = context;

	(void)word;
	if (s->one_in && random_below(&s->random, s->one_in) == 0)
		scribble(s);
}

/* All of it, the control section, the directory, or the header. */
static void choose_target(struct scribbler *s)
{
	const struct aw_layout *l = &s->model.layout;
	const struct {
		uint64_t from, to;
	} targets[] = {
		{ 0, l->size },
		{ AW_USED_OFFSET, AW_USED_OFFSET + sizeof(struct aw_used) },
		{ l->control, l->flight + 256 },
		{ l->directory, l->engine_rings },
		{ l->engine_rings, l->totals },
		{ l->totals, l->size },
		{ 0, sizeof(struct aw_segment_header) },
	};
	const uint64_t t = random_below(&s->random, sizeof targets / sizeof *targets);
	static const uint64_t eagerness[] = { 0, 3, 100, 5000 };

	s->first = targets[t].from / 8;
	s->words = (targets[t].to - targets[t].from) / 8;
	s->one_in = eagerness[random_below(&s->random, 4)];
	s->model.descending = random_below(&s->random, 2);
}

/* Other counts may make the same size; then they are the truth. */
struct sight {
	const struct aw_counts *counts;
	uint64_t records;
};

static void check_record(void *context, unsigned lane, const struct aw_record *record)
{
	const uint64_t index = record->words[0] >> 16 & UINT16_MAX;
	struct sight *sight = context;

	assert_true(lane < sight->counts->engines + AW_SHARED_LANES);
	assert_true((record->words[0] & UINT8_MAX) == AW_FFI ? index < sight->counts->functions
							     : index < sight->counts->engines);
	sight->records++;
}

static void assert_outcome(int outcome)
{
	assert_true(outcome == 0 || outcome == -EAGAIN || outcome == -EPROTO);
}

static void check_names(const struct aw_reader *reader, const struct aw_counts *n)
{
	for (unsigned i = 0; i < n->channels; i++) {
		const struct aw_slot *slot = aw_reader_slot(reader, AW_KIND_CHANNEL, i);

		assert_true(slot->kind == AW_KIND_FREE || slot->kind == AW_KIND_CHANNEL);
		assert_non_null(memchr(slot->name, '\0', sizeof slot->name));
		if (slot->kind == AW_KIND_CHANNEL)
			assert_true(slot->engine < n->engines && slot->parent <= n->channels);
	}
	assert_true(aw_reader_used(reader)->functions <= n->functions);
}

static uint64_t poll_once(struct aw_reader *reader)
{
	struct sight sight = { &aw_reader_layout(reader)->counts, 0 };
	struct aw_flying flights[AW_FLIGHT_SLOTS];
	struct aw_account a;

	assert_outcome(aw_reader_control(reader));
	assert_outcome(aw_reader_directory(reader));
	for (unsigned l = 0; l < aw_reader_lanes(reader); l++)
		assert_outcome(aw_reader_lane(reader, l, check_record, &sight));
	assert_outcome(aw_reader_totals(reader));
	for (unsigned n = aw_reader_flights(reader, flights); n--;)
		assert_true(flights[n].function < sight.counts->functions);
	a = aw_reader_account(reader);
	assert_true(a.published == a.delivered + a.lapped + a.contended + a.invalid + a.unwatched);
	check_names(reader, sight.counts);
	return sight.records;
}

/* Between the scribbles it works as it should, so that they fall on something believed. */
static void work(struct scribbler *s)
{
	const unsigned lane_index = (unsigned)random_below(&s->random, counts.engines + 1);
	const bool shared = lane_index == counts.engines;
	struct model_lane lane = model_lane(&s->model, lane_index);
	char name[8] = "a";

	lane.next = *lane.head;
	for (uint64_t n = random_below(&s->random, 100); n; n--) {
		const uint64_t index = shared ? random_below(&s->random, 5) : lane_index;
		const struct aw_record record = { { (shared ? AW_FFI : AW_RENDER) | index << 16 } };

		model_put(&lane, &record);
	}
	name[0] = (char)('a' + random_below(&s->random, 3));
	model_name(&s->model, AW_KIND_CHANNEL, 2, name);
	model_entry(&s->model, AW_KIND_CHANNEL, 2)->what = nasty(&s->random, 0);
	model_channel(&s->model, 2)->misuse++;
}

static void attach_and_poll(struct scribbler *s, uint64_t *attached, uint64_t *records)
{
	struct aw_reader *reader;

	choose_target(s);
	for (uint64_t n = random_below(&s->random, 3); n; n--)
		scribble(s);
	if (aw_reader_over(model_read_at, &s->model, s->model.layout.size, &reader) == AW_ATTACHED) {
		assert_int_equal(aw_reader_layout(reader)->size, s->model.layout.size);
		for (unsigned poll = 0; poll < POLLS; poll++) {
			choose_target(s);
			work(s);
			*records += poll_once(reader);
		}
		++*attached;
	}
	aw_reader_close(reader);
}

static void a_scribbling_writer_never_hurts_its_reader(void **state)
{
	struct scribbler s = { .random = random_seeded(__func__) };
	uint64_t attached = 0, records = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		model_in_memory(&s.model, counts, random_next(&s.random));
		s.model.on_read = scribble_while_read;
		s.model.on_read_context = &s;
		attach_and_poll(&s, &attached, &records);
		model_deinit(&s.model);
	}
	print_message("%u attached, %u records\n", (unsigned)attached, (unsigned)records);
	assert_true(attached > ROUNDS / 4 && records > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scribbling_writer_never_hurts_its_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
