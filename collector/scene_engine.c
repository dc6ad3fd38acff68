/* SPDX-License-Identifier: MIT */
/* Renders of a trace into an engine's totals, and what the host told of it. Pure. */
#include "collector/scene_private.h"

static void call_at(struct scene_engine *engine, int64_t at_ns)
{
	if (!engine->called || at_ns > engine->call_ns)
		engine->call_ns = at_ns;
	engine->called = true;
}

/* What was told holds from the next begin or record on. */
static void adopt(struct scene_engine *engine)
{
	budget_format(&engine->budget, engine->rate_hz, engine->frames);
	if (engine->adopted_freewheel != engine->freewheel)
		budget_drop(&engine->budget);
	engine->adopted_freewheel = engine->freewheel;
}

enum { ABOVE = 21 }; /* the first cell above the budget */

static void count_cycles(struct scene_item *item, const struct budget_call *call, uint64_t missed)
{
	uint64_t loads[AW_LOAD_CELLS] = { 0 };

	budget_call(&item->engine.budget, call, loads);
	loads[AW_LOAD_CELLS - 1] = scene_sum(loads[AW_LOAD_CELLS - 1], missed);
	for (unsigned i = 0; i < AW_LOAD_CELLS; i++)
		item->totals.loads[i] = scene_sum(item->totals.loads[i], loads[i]);
	item->engine.finished |= aw_cells_count(loads + 1, AW_LOAD_CELLS - 1);
	item->engine.missed |= aw_cells_count(loads + ABOVE, AW_LOAD_CELLS - ABOVE);
}

static void count_render(struct scene_item *item, const struct trace_event *event,
			 const struct budget_call *call)
{
	struct scene_totals *totals = &item->totals;

	totals->times[aw_time_cell(call->ns)] += call->n;
	totals->times_ns = scene_sum(totals->times_ns, call->n * call->ns);
	if (trace_says(event, TRACE_LATE_NS)) {
		totals->wakes[aw_wake_cell(event->values[TRACE_LATE_NS])] += call->n;
		totals->wakes_ns = scene_sum(
			totals->wakes_ns, call->n * scene_duration(event->values[TRACE_LATE_NS]));
	}
	count_cycles(item, call, call->n * event->values[TRACE_MISSED]);
}

static void finish(struct scene_item *item, const struct trace_event *event, uint64_t ns,
		   bool freewheel)
{
	struct scene_engine *engine = &item->engine;
	const int64_t end_ns = scene_time(event);
	const struct budget_call call = { end_ns - (int64_t)ns, end_ns, ns,
					  trace_says(event, TRACE_FRAMES)
						  ? (uint32_t)event->values[TRACE_FRAMES]
						  : engine->budget.frames,
					  event->values[TRACE_N] };

	engine->in_flight = false;
	call_at(engine, end_ns);
	if (freewheel)
		budget_pass(&engine->budget, call.end_ns);
	else
		count_render(item, event, &call);
}

void scene_render(struct scene_item *item, const struct trace_event *event)
{
	adopt(&item->engine);
	finish(item, event, scene_duration(event->values[TRACE_NS]), item->engine.adopted_freewheel);
}

void scene_render_begin(struct scene_item *item, const struct trace_event *event)
{
	struct scene_engine *engine = &item->engine;

	adopt(engine);
	engine->in_flight = true;
	engine->begin_ns = scene_time(event);
	engine->begin_freewheel = engine->adopted_freewheel;
	call_at(engine, engine->begin_ns);
}

/* An end without a begin is none. */
void scene_render_end(struct scene_item *item, const struct trace_event *event)
{
	struct scene_engine *engine = &item->engine;

	if (engine->in_flight && !event->values[TRACE_N])
		engine->in_flight = false;
	else if (engine->in_flight)
		finish(item, event, scene_duration(scene_age(engine->begin_ns, event->at_ns)),
		       engine->begin_freewheel);
}

void scene_format(struct scene_item *item, const struct trace_event *event)
{
	item->engine.rate_hz = (uint32_t)event->values[TRACE_RATE];
	item->engine.frames = (uint32_t)event->values[TRACE_FRAMES];
}

void scene_told(struct scene_item *item, const struct trace_event *event)
{
	struct scene_engine *engine = &item->engine;

	switch (event->values[TRACE_WHAT]) {
	case TRACE_ACTIVE:
		if (!engine->active)
			engine->active_ns = scene_time(event);
		engine->active = true;
		break;
	case TRACE_INACTIVE:
		engine->active = false;
		break;
	case TRACE_FREEWHEEL_ON:
		engine->freewheel = true;
		break;
	case TRACE_FREEWHEEL_OFF:
		engine->freewheel = false;
		break;
	default:
		break;
	}
}

void scene_second(struct scene *scene)
{
	const struct scene_list *engines = &scene->lists[LABEL_ENGINE];

	for (unsigned i = 0; i < engines->count; i++) {
		struct scene_item *item = engines->items[i];

		item->totals.flags[1] += item->engine.missed > 0;
		item->totals.flags[0] += !item->engine.missed && item->engine.finished;
		item->engine.missed = item->engine.finished = 0;
	}
}
