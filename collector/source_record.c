/* SPDX-License-Identifier: MIT */
/* A source's part of the trace: records between two ticks, the session's lines, and what is in flight. The poll thread. */
#include "collector/source_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/trace.h"

/* ---- life ---- */

bool source_record_to(struct source *source, struct record *record, uint64_t now_ns)
{
	struct source_record *mine = calloc(1, sizeof *mine);
	char app[TRACE_ENCODED_SIZE], instance_id[TRACE_ENCODED_SIZE];

	source->record = mine;
	if (!mine)
		return false;
	mine->engines = calloc(source->counts.engines, sizeof *mine->engines);
	mine->functions = calloc(source->counts.functions + 1, sizeof *mine->functions);
	if (!mine->engines || !mine->functions) {
		source_record_free(source);
		return false;
	}
	mine->to = record;
	mine->floor_ns = mine->now_ns = mine->latest_ns = now_ns;
	trace_encode(app, source->ledger->who.app);
	trace_encode(instance_id, source->ledger->instance_id);
	snprintf(mine->who, sizeof mine->who, "app=%.700s instance_id=%.700s", app, instance_id);
	return true;
}

void source_record_free(struct source *source)
{
	struct source_record *mine = source->record;

	source->record = NULL;
	if (!mine)
		return;
	free(mine->engines);
	free(mine->functions);
	free(mine->pending);
	free(mine);
}

/* ---- records ---- */

static bool make_room(struct source_record *mine)
{
	const unsigned room = mine->pending_room ? 2 * mine->pending_room : 256;
	struct recorded_record *grown;

	if (mine->pending_count < mine->pending_room)
		return true;
	if (room > RECORDED_PENDING)
		return false;
	grown = realloc(mine->pending, room * sizeof *grown);
	if (!grown)
		return false;
	mine->pending = grown;
	mine->pending_room = room;
	return true;
}

void source_record_take(struct source *source, const struct aw_record *record)
{
	struct source_record *mine = source->record;
	uint64_t begin_ns = source->moment.at.now_ns;

	if (!make_room(mine))
		return;
	(void)moment_of(&source->moment, record->words[1], &begin_ns);
	mine->pending[mine->pending_count++] = (struct recorded_record){ begin_ns, *record };
}

static bool take(struct source *source, const struct recorded_record *record)
{
	const uint64_t word = record->record.words[0];
	const uint32_t i = word >> 16 & UINT16_MAX;

	return (word & UINT8_MAX) == AW_FFI ? recorded_function_take(source, i, record)
					    : recorded_engine_take(source, i, record);
}

/* A record that the totals do not have yet is the next slot's; one that ended before they were read was told by them. */
static bool is_later(const struct source *source, const struct recorded_record *record)
{
	return record->begin_ns + record->record.words[2] > source->read_ns;
}

static void take_all(struct source *source)
{
	struct source_record *mine = source->record;
	unsigned kept = 0;

	for (unsigned i = 0; i < mine->pending_count; i++)
		if (!take(source, &mine->pending[i]) && is_later(source, &mine->pending[i]))
			mine->pending[kept++] = mine->pending[i];
	mine->pending_count = kept;
}

/* ---- what the rooms share ---- */

uint64_t recorded_time(const struct source_record *mine, struct recorded *it, uint64_t at_ns)
{
	if (at_ns > mine->latest_ns)
		at_ns = mine->latest_ns;
	if (at_ns < mine->floor_ns)
		at_ns = mine->floor_ns;
	if (at_ns < it->line_ns)
		at_ns = it->line_ns;
	it->line_ns = at_ns;
	return at_ns;
}

void recorded_name(const struct source_record *mine, struct recorded *it, const char *label,
		   const char *name)
{
	char encoded[TRACE_ENCODED_SIZE];

	trace_encode(encoded, name);
	snprintf(it->who, sizeof it->who, "%.1400s %s=%.600s", mine->who, label, encoded);
}

/* Whether the lines say more than there is. */
static bool fell(const uint64_t *counts, const uint64_t *totals, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (counts[i] > totals[i])
			return true;
	return false;
}

static void subtract(uint64_t *gain, const uint64_t *totals, const uint64_t *counts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		gain[i] = totals[i] > counts[i] ? totals[i] - counts[i] : 0;
}

bool recorded_gain(struct recorded_counts *counts, const struct recorded_counts *totals,
		   struct record_gain *gain)
{
	if (fell(counts->times, totals->times, AW_TIME_CELLS)) {
		*counts = *totals;
		return false;
	}
	subtract(gain->times, totals->times, counts->times, AW_TIME_CELLS);
	subtract(gain->loads, totals->loads, counts->loads, AW_LOAD_CELLS);
	subtract(gain->wakes, totals->wakes, counts->wakes, AW_WAKE_CELLS);
	subtract(&gain->times_ns, &totals->times_ns, &counts->times_ns, 1);
	subtract(&gain->failed, &totals->failed, &counts->failed, 1);
	return true;
}

/* ---- calls in flight ---- */

static bool is_among(const struct recorded_call *call, const struct aw_flying *flights, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (flights[i].start_ticks == call->start_ticks &&
		    flights[i].function == call->function)
			return true;
	return false;
}

/* Those that ended have lines of their own. */
static void end_calls(struct source_record *mine, const struct aw_flying *flights, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < mine->call_count; i++)
		if (is_among(&mine->calls[i], flights, n))
			mine->calls[kept++] = mine->calls[i];
		else
			record_line(mine->to, mine->now_ns, "ffi_end id=%" PRIu64 " ok=1 n=0",
				    mine->calls[i].id);
	mine->call_count = kept;
}

static bool is_open(const struct source_record *mine, const struct aw_flying *flight)
{
	for (unsigned i = 0; i < mine->call_count; i++)
		if (mine->calls[i].start_ticks == flight->start_ticks &&
		    mine->calls[i].function == flight->function)
			return true;
	return false;
}

static void begin_call(struct source *source, const struct aw_flying *flight)
{
	struct source_record *mine = source->record;
	struct recorded *function = &mine->functions[flight->function];
	struct recorded_call *call = &mine->calls[mine->call_count];
	uint64_t begin_ns;

	if (mine->call_count == AW_FLIGHT_SLOTS || !function->known || is_open(mine, flight) ||
	    !moment_of(&source->moment, flight->start_ticks, &begin_ns))
		return;
	*call = (struct recorded_call){ flight->start_ticks, record_id(mine->to), flight->function };
	mine->call_count++;
	record_begun(mine->to, begin_ns > mine->floor_ns ? begin_ns : mine->floor_ns, begin_ns,
		     "ffi_begin %s id=%" PRIu64, function->who, call->id);
}

static void record_calls(struct source *source)
{
	struct aw_flying flights[AW_FLIGHT_SLOTS];
	const unsigned n = aw_reader_flights(source->reader, flights);

	end_calls(source->record, flights, n);
	for (unsigned i = 0; i < n; i++)
		begin_call(source, &flights[i]);
}

/* ---- slots ---- */

static void record_lost(struct source *source)
{
	struct source_record *mine = source->record;
	uint64_t lost = 0;

	for (uint32_t i = 0; i < source->counts.engines; i++)
		lost += aw_reader_lost_engine(source->reader, i);
	if (lost > mine->lost)
		record_line(mine->to, mine->now_ns, "lost %s reason=lapped n=%" PRIu64, mine->who,
			    lost - mine->lost);
	mine->lost = lost;
}

/* It is there, with nothing in it. */
static void record_presence(struct source_record *mine)
{
	if (!mine->spoken)
		record_line(mine->to, mine->floor_ns, "event %s what=cont", mine->who);
	mine->spoken = true;
}

static void record_session(struct source *source)
{
	struct source_record *mine = source->record;
	const bool stopped = source_is_stale(source, mine->now_ns);

	record_presence(mine);
	record_lost(source);
	if (stopped != mine->stopped) {
		record_line(mine->to, mine->now_ns, "event %s what=%s", mine->who,
			    trace_word(TRACE_WHAT, stopped ? TRACE_STOP : TRACE_CONT));
		mine->stopped = stopped;
	}
}

static void open_all(struct source *source, bool first)
{
	for (uint32_t i = 0; i < source->counts.engines; i++)
		recorded_engine_open(source, i, first);
	for (uint32_t i = 0; i < source->counts.functions; i++)
		recorded_function_open(source, i, first);
}

static void close_all(struct source *source, bool read)
{
	for (uint32_t i = 0; i < source->counts.engines; i++)
		recorded_engine_close(source, i, read);
	for (uint32_t i = 0; i < source->counts.functions; i++)
		recorded_function_close(source, i, read);
}

void source_record_slot(struct source *source, const struct instant *at, bool first)
{
	struct source_record *mine = source->record;
	const bool read = source->read_ns == at->now_ns;

	if (!mine)
		return;
	mine->now_ns = source->judged_ns;
	mine->latest_ns = moment_read_ns(&source->moment);
	open_all(source, first && read);
	if (read)
		take_all(source);
	close_all(source, read);
	record_calls(source);
	record_session(source);
}

void source_record_end(struct source *source, enum source_step how, uint64_t now_ns)
{
	static const enum trace_what ends[] = {
		[SOURCE_CLOSED] = TRACE_CLOSED, [SOURCE_DEAD] = TRACE_DEAD, [SOURCE_DROPPED] = TRACE_GONE
	};
	struct source_record *mine = source->record;

	if (!mine)
		return;
	mine->now_ns = mine->latest_ns = now_ns;
	open_all(source, false);
	take_all(source);
	close_all(source, true);
	record_presence(mine);
	record_lost(source);
	record_line(mine->to, now_ns, "event %s what=%s", mine->who,
		    trace_word(TRACE_WHAT, ends[how]));
}
