/* SPDX-License-Identifier: MIT */
/* An engine's lines of a slot: its format and modes, its calls, and the render in flight. The poll thread. */
#include "collector/source_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/trace.h"

/* ---- what it is told ---- */

static void put_event(const struct source_record *mine, struct recorded *it, uint64_t at_ns,
		      enum trace_what what)
{
	record_line(mine->to, at_ns, "event %s what=%s", it->who, trace_word(TRACE_WHAT, what));
}

static void tell_freewheel(const struct source_record *mine, struct recorded *it, uint64_t at_ns,
			   bool freewheel)
{
	if (freewheel == it->freewheel)
		return;
	put_event(mine, it, at_ns, freewheel ? TRACE_FREEWHEEL_ON : TRACE_FREEWHEEL_OFF);
	it->freewheel = freewheel;
	budget_drop(&it->budget);
}

/* Since when it is, which may be long before anybody looked. */
static void tell_active(const struct source_record *mine, struct recorded *it, uint64_t since_ns,
			bool active)
{
	struct recorded none = { 0 }; /* in no order with its calls: only ticks look at it */

	if (active == it->active)
		return;
	record_begun(mine->to, recorded_time(mine, &none, since_ns), since_ns, "event %s what=%s",
		     it->who, trace_word(TRACE_WHAT, active ? TRACE_ACTIVE : TRACE_INACTIVE));
	it->active = active;
}

static void put_format(const struct source_record *mine, struct recorded *it, uint64_t at_ns,
		       uint64_t format)
{
	it->rate_hz = (uint32_t)(format >> 32);
	it->frames = (uint32_t)format;
	budget_format(&it->budget, it->rate_hz, it->frames);
	record_begun(mine->to, recorded_time(mine, it, at_ns), at_ns,
		     "engine %s rate=%" PRIu32 " frames=%" PRIu32, it->who, it->rate_hz, it->frames);
}

static void tell_format(const struct source_record *mine, struct recorded *it, uint64_t at_ns,
			uint64_t format)
{
	if (format != ((uint64_t)it->rate_hz << 32 | it->frames))
		put_format(mine, it, at_ns, format);
}

/* What is in flight is no more, and counts nowhere. */
static void put_no_end(const struct source_record *mine, const struct recorded *it)
{
	record_line(mine->to, it->line_ns, "render_end %s n=0", it->who);
}

/* ---- totals ---- */

static struct recorded_counts totals_of(const struct source *source, uint32_t i)
{
	const struct aw_engine_totals *totals = aw_reader_engine(source->reader, i);
	struct recorded_counts counts = {
		.times_ns = aw_reader_control_totals(source->reader, i).render_sum_ns
	};

	memcpy(counts.times, plain(totals->render), sizeof counts.times);
	memcpy(counts.loads, plain(totals->load), sizeof counts.loads);
	memcpy(counts.wakes, plain(totals->wake), sizeof counts.wakes);
	return counts;
}

/* What it had counted when its slot was filled, or is first looked at. */
static void lay_base(const struct source *source, uint32_t i, bool first)
{
	const struct slot_start *start = &source->engines[i].start;
	const struct engine_base *base = start->base;
	struct recorded_counts *counts = &source->record->engines[i].counts;

	if (first || !start->whole) {
		*counts = totals_of(source, i);
	} else if (base) {
		memcpy(counts->times, base->render, sizeof counts->times);
		memcpy(counts->loads, base->load, sizeof counts->loads);
		memcpy(counts->wakes, base->wake, sizeof counts->wakes);
		counts->times_ns = base->render_sum_ns;
	}
}

void recorded_engine_open(struct source *source, uint32_t i, bool first)
{
	struct source_record *mine = source->record;
	const struct engine_slot *engine = &source->engines[i];
	struct recorded *it = &mine->engines[i];

	if (it->known && engine->series && it->generation == engine->generation)
		return;
	if (it->known) { /* no line tells of an engine's end: it is nobody to wait for */
		tell_active(mine, it, it->line_ns, false);
		if (it->begin_ticks)
			put_no_end(mine, it);
	}
	*it = (struct recorded){ .known = engine->series, .generation = engine->generation };
	if (!engine->series)
		return;
	mine->spoken = true;
	recorded_name(mine, it, "engine", engine->series->name);
	lay_base(source, i, first);
	put_format(mine, it, engine->tracker.opened_ns, aw_reader_any(source->reader, i)->format);
}

/* ---- calls ---- */

/* A line of n calls that ended then, and what it says. */
static void put_render(const struct source_record *mine, struct recorded *it,
		       const struct record_part *part, uint32_t frames)
{
	const struct budget_call call = { (int64_t)(part->end_ns - part->ns), (int64_t)part->end_ns,
					  part->ns, frames, part->n };
	char n[32] = "", late[48] = "", missed[48] = "", of[32] = "";

	if (part->n != 1)
		snprintf(n, sizeof n, " n=%" PRIu64, part->n);
	if (frames != it->frames)
		snprintf(of, sizeof of, " frames=%" PRIu32, frames);
	if (part->late)
		snprintf(late, sizeof late, " late_ns=%" PRIu64, part->late_ns);
	if (part->missed)
		snprintf(missed, sizeof missed, " missed=%" PRIu64, part->missed);
	record_begun(mine->to, recorded_time(mine, it, part->end_ns), part->end_ns,
		     "render %s ns=%" PRIu64 "%s%s%s%s", it->who, part->ns, n, of, late, missed);
	it->call_ns = part->end_ns;
	it->begin_ticks = 0;
	if (it->freewheel)
		return;
	it->counts.times[aw_time_cell(part->ns)] += part->n;
	it->counts.times_ns += part->n * part->ns;
	if (part->late)
		it->counts.wakes[aw_wake_cell(part->late_ns)] += part->n;
	budget_call(&it->budget, &call, it->counts.loads);
	it->counts.loads[AW_LOAD_CELLS - 1] += part->n * part->missed;
}

static bool take_render(const struct source *source, uint32_t i,
			const struct recorded_record *record)
{
	const struct source_record *mine = source->record;
	const uint64_t *words = record->record.words;
	const bool freewheel = words[0] >> 8 & AW_RENDER_FREEWHEEL;
	const uint64_t end_ns = record->begin_ns + words[2];
	const struct record_part part = { .n = 1,
					  .ns = words[2],
					  .end_ns = end_ns < mine->latest_ns ? end_ns
									     : mine->latest_ns,
					  .late = words[3] != AW_WAKE_UNKNOWN,
					  .late_ns = words[3],
					  .missed = words[5] >> 32 };
	const unsigned cell = aw_time_cell(part.ns);
	struct recorded *it = &mine->engines[i];

	if (!freewheel &&
	    it->counts.times[cell] >= plain(aw_reader_engine(source->reader, i)->render)[cell])
		return false;
	tell_freewheel(mine, it, recorded_time(mine, it, part.end_ns), freewheel);
	put_render(mine, it, &part, (uint32_t)words[5]);
	return true;
}

/* That it is active is told as rules know it: by the totals. */
static void take_mode(const struct source_record *mine, struct recorded *it,
		      const struct recorded_record *record)
{
	const uint64_t *words = record->record.words;
	const uint64_t at_ns = recorded_time(mine, it, record->begin_ns);

	tell_format(mine, it, at_ns, words[2] << 32 | (uint32_t)words[3]);
	tell_freewheel(mine, it, at_ns, words[4] & 1);
}

/* Reports come through other lanes, so their order among the calls is theirs. */
static void take_xrun(const struct source_record *mine, const struct recorded *it,
		      const struct recorded_record *record)
{
	const uint64_t at_ns = record->begin_ns > mine->floor_ns ? record->begin_ns : mine->floor_ns;

	record_line(mine->to, at_ns, "xrun %s source=%s delay_ns=%" PRIu64, it->who,
		    trace_word(TRACE_SOURCE, record->record.words[3]), record->record.words[2]);
}

bool recorded_engine_take(struct source *source, uint32_t i, const struct recorded_record *record)
{
	struct source_record *mine = source->record;
	struct recorded *it = &mine->engines[i];
	const uint64_t word = record->record.words[0];

	if (!it->known || (uint32_t)it->generation != word >> 32)
		return false;
	switch (word & UINT8_MAX) {
	case AW_RENDER:
		return take_render(source, i, record);
	case AW_MODE:
		take_mode(mine, it, record);
		return true;
	case AW_XRUN:
		take_xrun(mine, it, record);
		return true;
	default:
		return false;
	}
}

/* ---- the end of a slot ---- */

/* What no record tells. */
struct rest {
	const struct source_record *mine;
	struct recorded *it;
	uint64_t end_ns;
};

static void put_part(void *context, const struct record_part *part)
{
	const struct rest *rest = context;
	struct record_part ended = *part;

	ended.end_ns = rest->end_ns;
	put_render(rest->mine, rest->it, &ended, rest->it->frames);
}

static void put_rest(const struct source *source, uint32_t i)
{
	const struct source_record *mine = source->record;
	struct recorded *it = &mine->engines[i];
	const struct recorded_counts totals = totals_of(source, i);
	struct record_gain gain = { .rate_hz = it->budget.rate_hz, .frames = it->budget.frames };
	const struct tracker *tracker = &source->engines[i].tracker;
	struct rest rest = { mine, it, tracker->called ? tracker->call_ns : 1 };

	if (!recorded_gain(&it->counts, &totals, &gain) ||
	    !aw_cells_count(gain.times, AW_TIME_CELLS))
		return;
	tell_freewheel(mine, it, recorded_time(mine, it, rest.end_ns), false);
	record_gain_split(&gain, put_part, &rest);
}

static void put_begin(const struct source_record *mine, struct recorded *it, uint64_t begin_ns)
{
	record_begun(mine->to, recorded_time(mine, it, begin_ns), begin_ns, "render_begin %s",
		     it->who);
	it->call_ns = begin_ns;
}

static void put_flight(const struct source *source, uint32_t i)
{
	const struct source_record *mine = source->record;
	const struct tracker *tracker = &source->engines[i].tracker;
	struct recorded *it = &mine->engines[i];
	const uint64_t begin_ticks = source_is_flying(source, i) ? tracker->begin_ticks : 0;

	if (begin_ticks == it->begin_ticks)
		return;
	if (it->begin_ticks) /* it ended and no call was counted */
		put_no_end(mine, it);
	if (begin_ticks) {
		tell_freewheel(mine, it, recorded_time(mine, it, tracker->begin_ns),
			       tracker->begin_freewheel);
		put_begin(mine, it, tracker->begin_ns);
	}
	it->begin_ticks = begin_ticks;
}

/* A call that rules know of and no line: the totals do not have it, or were not believed. */
static void put_touch(const struct source_record *mine, struct recorded *it,
		      const struct tracker *tracker)
{
	if (!tracker->called || it->begin_ticks || tracker->call_ns <= it->call_ns)
		return;
	put_begin(mine, it, tracker->call_ns);
	put_no_end(mine, it);
}

/* Between two ticks it may have been inactive. */
static void put_active(const struct source_record *mine, struct recorded *it,
		       const struct tracker *tracker, bool active)
{
	const uint64_t since_ns =
		tracker->active_ns > tracker->opened_ns ? tracker->active_ns : tracker->opened_ns;

	if (active && it->active_ns != tracker->active_ns)
		tell_active(mine, it, since_ns, false);
	tell_active(mine, it, active ? since_ns : mine->now_ns, active);
	it->active_ns = tracker->active_ns;
}

void recorded_engine_close(struct source *source, uint32_t i, bool read)
{
	const struct source_record *mine = source->record;
	const struct tracker *tracker = &source->engines[i].tracker;
	const struct aw_any_thread *any = aw_reader_any(source->reader, i);
	struct recorded *it = &mine->engines[i];

	if (!it->known)
		return;
	if (read)
		put_rest(source, i);
	put_flight(source, i);
	put_touch(mine, it, tracker);
	put_active(mine, it, tracker, any->active == AW_TOLD_YES);
	tell_format(mine, it, recorded_time(mine, it, mine->now_ns), any->format);
	tell_freewheel(mine, it, recorded_time(mine, it, mine->now_ns), any->freewheel);
}
