/* SPDX-License-Identifier: MIT */
/* What the rooms of a scene share; nobody but collector/scene*.c includes it. Pure. */
#ifndef AUDIOWATCH_COLLECTOR_SCENE_PRIVATE_H
#define AUDIOWATCH_COLLECTOR_SCENE_PRIVATE_H

#include "collector/scene.h"

/* Three days and more are three days, as in the library. */
static inline uint64_t scene_duration(uint64_t ns)
{
	return ns < UINT64_C(1) << 48 ? ns : UINT64_C(1) << 48;
}

/* When it was: lines may stand later. Below 0 is before the trace. */
static inline int64_t scene_time(const struct trace_event *event)
{
	return (int64_t)event->at_ns - (int64_t)event->values[TRACE_AGO_NS];
}

/* How old what began then is. */
static inline uint64_t scene_age(int64_t begin_ns, uint64_t now_ns)
{
	return (int64_t)now_ns > begin_ns ? now_ns - (uint64_t)begin_ns : 0;
}

/* NULL: it is not open. */
struct scene_call *scene_call_find(const struct scene_calls *calls, uint64_t id);
/* One of this id that is open is dropped. 0 or -ENOMEM. */
int scene_call_begin(struct scene_calls *calls, struct scene_item *function, uint64_t id,
		     int64_t begin_ns);
void scene_call_drop(struct scene_calls *calls, struct scene_call *call);
void scene_call_drop_all(struct scene_calls *calls, struct scene_item *function);

/* Sums that say "as much as can be said" rather than begin anew. */
static inline uint64_t scene_sum(uint64_t sum, uint64_t more)
{
	return more > UINT64_MAX - sum ? UINT64_MAX : sum + more;
}

/* Lines of an engine. */
void scene_format(struct scene_item *item, const struct trace_event *event);
void scene_render(struct scene_item *item, const struct trace_event *event);
void scene_render_begin(struct scene_item *item, const struct trace_event *event);
void scene_render_end(struct scene_item *item, const struct trace_event *event);
/* active, inactive, freewheel_on, freewheel_off */
void scene_told(struct scene_item *item, const struct trace_event *event);

#endif
