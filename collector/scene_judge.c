/* SPDX-License-Identifier: MIT */
/* What a scene looks like at a tick, as facts for the judge: collector/source_judge.c of a trace. Pure. */
#include "collector/scene_private.h"

static const struct scene_totals nothing;

static struct judge_fact fact_of(const struct scene_item *item, const struct scene_look *look)
{
	return (struct judge_fact){
		.labels = item->labels,
		.life = item->life,
		.session = (uint64_t)look->collector << 32 | item->number,
		.whole = !look->first,
	};
}

/* States know no time below 0. */
static uint64_t shifted(int64_t ns)
{
	return (uint64_t)ns + (UINT64_C(1) << 62);
}

static enum engine_state state_at(const struct scene_item *item, uint64_t now_ns)
{
	const struct scene_engine *engine = &item->engine;
	const bool known = aw_format_known(engine->rate_hz, engine->frames);
	const struct state_facts facts = {
		.stopped = item->session->stopped,
		.in_flight = engine->in_flight,
		.flight_age_ns = scene_age(engine->begin_ns, now_ns),
		.flight_freewheel = engine->begin_freewheel,
		.freewheel = engine->freewheel,
		.active = engine->active,
		.active_ns = shifted(engine->active_ns),
		.opened_ns = shifted(engine->opened_ns),
		.called = engine->called,
		.call_ns = shifted(engine->call_ns),
		.rate_hz = known ? engine->rate_hz : 0,
		.frames = known ? engine->frames : 0,
	};

	return state_of(&facts, shifted((int64_t)now_ns));
}

static struct judge_series series_of(const uint64_t *cells, uint64_t sum)
{
	return (struct judge_series){ .cells = cells, .sum = sum };
}

static const struct scene_totals *totals_of(const struct scene_item *item,
					    const struct scene_look *look)
{
	return look->blank ? &nothing : &item->totals;
}

static void judge_component(const struct scene_item *item, struct judge *judge)
{
	const struct judge_fact fact = { .labels = item->labels,
					 .values[COMPONENT_DOWN] = item->down };

	judge_see(judge, &fact);
}

static void judge_session(const struct scene_item *item, struct judge *judge,
			  const struct scene_look *look)
{
	struct judge_fact fact = fact_of(item, look);

	fact.series[SESSION_LOST] = series_of(totals_of(item, look)->flags, 0);
	judge_see(judge, &fact);
}

static void judge_engine(const struct scene_item *item, struct judge *judge,
			 const struct scene_look *look)
{
	const struct scene_totals *totals = totals_of(item, look);
	const struct scene_engine *engine = &item->engine;
	struct judge_fact fact = fact_of(item, look);

	fact.state = state_at(item, look->now_ns);
	if (aw_format_known(engine->rate_hz, engine->frames)) {
		fact.rate_hz = engine->rate_hz;
		fact.frames = engine->frames;
	}
	fact.series[ENGINE_RENDER] = series_of(totals->times, totals->times_ns);
	fact.series[ENGINE_LOAD] = series_of(totals->loads, 0);
	fact.series[ENGINE_WAKE] = series_of(totals->wakes, totals->wakes_ns);
	fact.series[ENGINE_SECONDS] = series_of(totals->flags, 0);
	if (engine->in_flight && !engine->begin_freewheel &&
	    scene_age(engine->begin_ns, look->now_ns))
		fact.flights_ns[fact.flight_count++] = scene_age(engine->begin_ns, look->now_ns);
	judge_see(judge, &fact);
}

static void judge_function(const struct scene_item *item, struct judge *judge,
			   const struct scene_look *look)
{
	const struct scene_totals *totals = totals_of(item, look);
	struct judge_fact fact = fact_of(item, look);

	fact.stale = item->session->stopped;
	fact.series[FUNCTION_DURATION] = series_of(totals->times, totals->times_ns);
	fact.series[FUNCTION_OUTCOME] = series_of(totals->flags, 0);
	fact.open = item->open.count;
	for (const struct scene_call *call = item->open.oldest;
	     call && fact.flight_count < SIGNAL_FLIGHTS; call = call->newer)
		fact.flights_ns[fact.flight_count++] = scene_age(call->begin_ns, look->now_ns);
	judge_see(judge, &fact);
}

static void judge_ended(const struct scene_item *item, struct judge *judge)
{
	const struct judge_fact fact = { .labels = item->labels, .life = item->life };

	judge_see(judge, &fact);
}

void scene_judge(const struct scene *scene, struct judge *judge, const struct scene_look *look)
{
	const struct scene_list *lists = scene->lists;

	for (unsigned i = 0; i < lists[LABEL_COMPONENT].count; i++)
		judge_component(lists[LABEL_COMPONENT].items[i], judge);
	for (unsigned i = 0; i < lists[LABEL_SESSION].count; i++)
		judge_session(lists[LABEL_SESSION].items[i], judge, look);
	for (unsigned i = 0; i < lists[LABEL_ENGINE].count; i++)
		if (lists[LABEL_ENGINE].items[i]->life == LIFE_LIVE)
			judge_engine(lists[LABEL_ENGINE].items[i], judge, look);
		else
			judge_ended(lists[LABEL_ENGINE].items[i], judge);
	for (unsigned i = 0; i < lists[LABEL_FUNCTION].count; i++)
		if (lists[LABEL_FUNCTION].items[i]->life == LIFE_LIVE)
			judge_function(lists[LABEL_FUNCTION].items[i], judge, look);
		else
			judge_ended(lists[LABEL_FUNCTION].items[i], judge);
}
