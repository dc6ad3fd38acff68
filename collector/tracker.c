/* SPDX-License-Identifier: MIT */
/* Records and plain words to the facts of one engine. Pure. */
#include "collector/tracker.h"

#include "shm/hist.h"

/* Records of one render and of a report of it may be drained this far apart. */
#define LANES_APART_NS (40 * NS_A_MS)

void tracker_init(struct tracker *tracker, uint64_t opened_ns)
{
	*tracker = (struct tracker){ .opened_ns = opened_ns };
}

uint64_t tracker_period_ns(const struct tracker *tracker)
{
	return tracker->rate_hz ? NS_A_SECOND * tracker->frames / tracker->rate_hz : 0;
}

static void call_at(struct tracker *tracker, uint64_t at_ns)
{
	if (!tracker->called || at_ns > tracker->call_ns)
		tracker->call_ns = at_ns;
	tracker->called = true;
}

/* A time that cannot be told is now: the record was just drained. */
static uint64_t time_of(const struct moment *moment, uint64_t ticks)
{
	uint64_t at_ns = moment->at.now_ns;

	(void)moment_of(moment, ticks, &at_ns);
	return at_ns;
}

static uint64_t end_of(const struct moment *moment, uint64_t begin_ns, uint64_t length_ns)
{
	const uint64_t now_ns = moment->at.now_ns;

	return length_ns < now_ns && begin_ns < now_ns - length_ns ? begin_ns + length_ns : now_ns;
}

static void see_render(struct tracker *tracker, const struct aw_record *record,
		       const struct moment *moment)
{
	const unsigned flags = record->words[0] >> 8 & 0xFF;
	const uint64_t begin_ns = time_of(moment, record->words[1]), length_ns = record->words[2];
	const uint64_t end_ns = end_of(moment, begin_ns, length_ns), missed = record->words[5] >> 32;
	const uint64_t period_ns = tracker_period_ns(tracker), before_ns = missed * period_ns;

	call_at(tracker, end_ns);
	tracker->next_block = record->words[4] + 1;
	tracker->mode_freewheel = flags & AW_RENDER_FREEWHEEL;
	if (tracker->mode_freewheel)
		return;
	tracker->has_last = true;
	tracker->last_ns = length_ns;
	peak_put(&tracker->worst, end_ns, length_ns);
	if (missed || flags & AW_RENDER_MISS)
		xrun_miss(&tracker->xrun, begin_ns > before_ns ? begin_ns - before_ns : 0, end_ns,
			  period_ns);
}

void tracker_record(struct tracker *tracker, const struct aw_record *record,
		    const struct moment *moment)
{
	switch (record->words[0] & 0xFF) {
	case AW_RENDER:
		see_render(tracker, record, moment);
		break;
	case AW_MODE:
		tracker->mode_freewheel = record->words[4] & 1;
		break;
	case AW_XRUN:
		xrun_report(&tracker->xrun, time_of(moment, record->words[1]),
			    tracker_period_ns(tracker));
		break;
	default:
		break;
	}
}

/* Timed once, when it is first seen: from then on CLOCK_MONOTONIC tells its age, which leaves
 * out later sleep. */
void tracker_flight(struct tracker *tracker, uint64_t begin_ticks, const struct moment *moment)
{
	if (begin_ticks == tracker->begin_ticks)
		return;
	tracker->begin_ticks = begin_ticks;
	if (!begin_ticks)
		return;
	tracker->begin_ns = time_of(moment, begin_ticks);
	tracker->begin_freewheel = tracker->mode_freewheel;
	call_at(tracker, tracker->begin_ns);
}

void tracker_told(struct tracker *tracker, const struct aw_any_thread *any, uint64_t now_ns)
{
	const uint32_t rate_hz = (uint32_t)(any->format >> 32), frames = (uint32_t)any->format;
	const bool known = aw_format_known(rate_hz, frames);
	const bool active = any->active == AW_TOLD_YES;

	if (active && !tracker->active && !tracker->told_before)
		tracker->active_ns = now_ns;
	tracker->told_before = false;
	tracker->active = active;
	tracker->freewheel = any->freewheel != 0;
	tracker->rate_hz = known ? rate_hz : 0;
	tracker->frames = known ? frames : 0;
	tracker->host_load = any->host_load;
}

void tracker_settle(struct tracker *tracker, uint64_t now_ns, bool last)
{
	uint64_t horizon_ns = now_ns > LANES_APART_NS ? now_ns - LANES_APART_NS : 0;

	if (tracker->begin_ticks && tracker->begin_ns < horizon_ns)
		horizon_ns = tracker->begin_ns;
	xrun_settle(&tracker->xrun, last ? UINT64_MAX : horizon_ns, tracker_period_ns(tracker));
}

void tracker_facts(const struct tracker *tracker, struct state_facts *facts, uint64_t now_ns)
{
	facts->in_flight = tracker->begin_ticks;
	facts->flight_age_ns = now_ns > tracker->begin_ns ? now_ns - tracker->begin_ns : 0;
	facts->flight_freewheel = tracker->begin_freewheel;
	facts->freewheel = tracker->freewheel;
	facts->active = tracker->active;
	facts->active_ns = tracker->active_ns;
	facts->opened_ns = tracker->opened_ns;
	facts->called = tracker->called;
	facts->call_ns = tracker->call_ns;
	facts->rate_hz = tracker->rate_hz;
	facts->frames = tracker->frames;
}
