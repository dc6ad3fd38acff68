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

/* Lines of an engine. */
void scene_format(struct scene_item *item, const struct trace_event *event);
void scene_render(struct scene_item *item, const struct trace_event *event);
void scene_render_begin(struct scene_item *item, const struct trace_event *event);
void scene_render_end(struct scene_item *item, const struct trace_event *event);
/* active, inactive, freewheel_on, freewheel_off */
void scene_told(struct scene_item *item, const struct trace_event *event);

#endif
