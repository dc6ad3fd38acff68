/* SPDX-License-Identifier: MIT */
/* A function's lines of a slot: its ended calls. The poll thread. */
#include "collector/source_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/trace.h"

static struct recorded_counts totals_of(const struct source *source, uint32_t i)
{
	const struct aw_function_totals *totals = aw_reader_function(source->reader, i);
	struct recorded_counts counts = { .times_ns = totals->sum_ns, .failed = totals->errors };

	memcpy(counts.times, plain(totals->cells), sizeof counts.times);
	return counts;
}

static void lay_base(const struct source *source, uint32_t i, bool first)
{
	const struct slot_start *start = &source->functions[i].start;
	const struct function_base *base = start->base;
	struct recorded_counts *counts = &source->record->functions[i].counts;

	if (first || !start->whole) {
		*counts = totals_of(source, i);
	} else if (base) {
		memcpy(counts->times, base->cells, sizeof counts->times);
		counts->times_ns = base->sum_ns;
		counts->failed = base->errors;
	}
}

/* Rules know of it from now on, called or not: a call that counts nowhere. */
static void put_presence(struct source_record *mine, const struct recorded *it)
{
	const uint64_t id = record_id(mine->to), at_ns = mine->now_ns;

	record_line(mine->to, at_ns, "ffi_begin %s id=%" PRIu64, it->who, id);
	record_line(mine->to, at_ns, "ffi_end id=%" PRIu64 " ok=1 n=0", id);
	mine->spoken = true;
}

void recorded_function_open(struct source *source, uint32_t i, bool first)
{
	struct source_record *mine = source->record;
	const struct function_slot *function = &source->functions[i];
	struct recorded *it = &mine->functions[i];

	if (it->known && function->series && it->generation == function->generation)
		return;
	*it = (struct recorded){ .known = function->series, .generation = function->generation };
	if (!function->series)
		return;
	recorded_name(mine, it, "function", function->series->name);
	lay_base(source, i, first);
	put_presence(mine, it);
}

static void put_call(struct source_record *mine, struct recorded *it, uint64_t at_ns,
		     const struct record_part *part)
{
	char n[32] = "";

	if (part->n != 1)
		snprintf(n, sizeof n, " n=%" PRIu64, part->n);
	record_line(mine->to, at_ns, "ffi %s ns=%" PRIu64 " ok=%d%s", it->who, part->ns,
		    !part->failed, n);
	mine->spoken = true;
	it->counts.times[aw_time_cell(part->ns)] += part->n;
	it->counts.times_ns += part->n * part->ns;
	it->counts.failed += part->failed ? part->n : 0;
}

/* Its lanes are four, so its lines are in no order of their own. */
static uint64_t time_of(const struct source_record *mine, uint64_t at_ns)
{
	struct recorded none = { 0 };

	return recorded_time(mine, &none, at_ns);
}

bool recorded_function_take(struct source *source, uint32_t i, const struct recorded_record *record)
{
	struct source_record *mine = source->record;
	struct recorded *it = &mine->functions[i];
	const struct aw_function_totals *totals = aw_reader_function(source->reader, i);
	const uint64_t *words = record->record.words;
	const struct record_part part = { .n = 1,
					  .ns = words[2],
					  .failed = !(words[0] >> 8 & AW_FFI_OK) };
	const unsigned cell = aw_time_cell(part.ns);

	if (!it->known || (uint32_t)it->generation != words[0] >> 32 ||
	    it->counts.times[cell] >= plain(totals->cells)[cell] ||
	    (part.failed && it->counts.failed >= totals->errors))
		return false;
	put_call(mine, it, time_of(mine, record->begin_ns + part.ns), &part);
	return true;
}

/* What no record tells. */
struct rest {
	struct source_record *mine;
	struct recorded *it;
};

static void put_part(void *context, const struct record_part *part)
{
	const struct rest *rest = context;

	put_call(rest->mine, rest->it, rest->mine->now_ns, part);
}

void recorded_function_close(struct source *source, uint32_t i, bool read)
{
	struct source_record *mine = source->record;
	struct recorded *it = &mine->functions[i];
	struct rest rest = { mine, it };
	struct record_gain gain = { 0 };
	struct recorded_counts totals;

	if (!it->known || !read)
		return;
	totals = totals_of(source, i);
	if (recorded_gain(&it->counts, &totals, &gain))
		record_gain_split(&gain, put_part, &rest);
}
