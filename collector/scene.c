/* SPDX-License-Identifier: MIT */
/* Events of a trace into sessions, engines, functions and their totals. Pure but for malloc. */
#include "collector/scene_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/labels.h"

/* ---- lists ---- */

/* Where it is, or would be. */
static unsigned place_of(const struct scene_list *list, const struct judge_labels *labels)
{
	unsigned low = 0, high = list->count;

	while (low < high) {
		const unsigned middle = low + (high - low) / 2;

		if (labels_compare(&list->items[middle]->labels, labels) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct scene_item *find(const struct scene_list *list, const struct judge_labels *labels)
{
	const unsigned i = place_of(list, labels);

	return i < list->count && !labels_compare(&list->items[i]->labels, labels) ? list->items[i]
										   : NULL;
}

static void free_item(struct scene_item *item)
{
	if (!item)
		return;
	labels_free(&item->labels);
	free(item);
}

static struct scene_item *make_item(const struct judge_labels *labels)
{
	struct scene_item *item = calloc(1, sizeof *item);

	if (!item)
		return NULL;
	if (labels_copy(&item->labels, labels))
		return item;
	free_item(item);
	return NULL;
}

static bool make_room(struct scene_list *list)
{
	const unsigned room = list->room ? 2 * list->room : 8;
	struct scene_item **grown;

	if (list->count < list->room)
		return true;
	grown = realloc(list->items, room * sizeof(struct scene_item *));
	if (!grown)
		return false;
	list->items = grown;
	list->room = room;
	return true;
}

struct scene_item *scene_item(struct scene *scene, const struct judge_labels *labels)
{
	struct scene_list *list = &scene->lists[labels->kind];
	struct scene_item *item = find(list, labels);
	unsigned i;

	if (item)
		return item;
	scene->full |= list->count == SCENE_NAMES_MAX;
	item = !scene->full && make_room(list) ? make_item(labels) : NULL;
	if (!item)
		return NULL;
	i = place_of(list, labels);
	memmove(&list->items[i + 1], &list->items[i],
		(list->count - i) * sizeof(struct scene_item *));
	list->items[i] = item;
	list->count++;
	return item;
}

void scene_deinit(struct scene *scene)
{
	for (unsigned i = 0; i < scene->lists[LABEL_FUNCTION].count; i++)
		scene_call_drop_all(&scene->calls, scene->lists[LABEL_FUNCTION].items[i]);
	for (unsigned kind = 0; kind < SIGNAL_LABELS; kind++) {
		for (unsigned i = 0; i < scene->lists[kind].count; i++)
			free_item(scene->lists[kind].items[i]);
		free(scene->lists[kind].items);
	}
	free(scene->calls.buckets);
	*scene = (struct scene){ 0 };
}

/* ---- sessions, and what is in them ---- */

static struct judge_labels labels_of(const struct trace_event *event, enum signal_label kind)
{
	const char *name = kind == LABEL_ENGINE	    ? event->texts[TRACE_ENGINE]
			   : kind == LABEL_FUNCTION ? event->texts[TRACE_FUNCTION]
						    : "";

	return (struct judge_labels){ kind, event->texts[TRACE_APP],
				      event->texts[TRACE_INSTANCE_ID], name };
}

static void begin_item(struct scene_item *item, uint64_t number)
{
	item->number = number;
	item->life = LIFE_LIVE;
	item->stopped = false;
	item->engine = (struct scene_engine){ 0 };
	memset(&item->totals, 0, sizeof item->totals);
}

/* The live session of the event's labels; opened where there is none. NULL: no memory. */
static struct scene_item *open_session(struct scene *scene, const struct trace_event *event)
{
	const struct judge_labels labels = labels_of(event, LABEL_SESSION);
	struct scene_item *session = scene_item(scene, &labels);

	if (session && (!session->number || session->life != LIFE_LIVE))
		begin_item(session, ++scene->sessions);
	return session;
}

/* The event's engine or function, which begins in its session where it was not yet. NULL: no memory. */
static struct scene_item *open_item(struct scene *scene, const struct trace_event *event,
				    enum signal_label kind)
{
	const struct judge_labels labels = labels_of(event, kind);
	struct scene_item *session = open_session(scene, event);
	struct scene_item *item = session ? scene_item(scene, &labels) : NULL;

	if (item && item->number != session->number) {
		begin_item(item, session->number);
		item->session = session;
		item->engine.opened_ns = scene_time(event);
	}
	return item;
}

static void end_session(struct scene *scene, struct scene_item *session, enum signal_life life)
{
	const struct scene_list *functions = &scene->lists[LABEL_FUNCTION];

	session->life = life;
	for (unsigned i = 0; i < functions->count; i++)
		if (functions->items[i]->number == session->number)
			scene_call_drop_all(&scene->calls, functions->items[i]);
	for (unsigned kind = LABEL_ENGINE; kind <= LABEL_FUNCTION; kind++)
		for (unsigned i = 0; i < scene->lists[kind].count; i++)
			if (scene->lists[kind].items[i]->number == session->number)
				scene->lists[kind].items[i]->life = life;
}

/* ---- calls ---- */

static void count_call(struct scene_item *item, const struct trace_event *event, uint64_t ns)
{
	const uint64_t n = event->values[TRACE_N];

	item->totals.times[aw_time_cell(ns)] += n;
	item->totals.times_ns = scene_sum(item->totals.times_ns, n * ns);
	item->totals.flags[!event->values[TRACE_OK]] += n;
}

static void take_call(struct scene_item *item, const struct trace_event *event)
{
	count_call(item, event, scene_duration(event->values[TRACE_NS]));
}

/* Of a call that is not open, or ended with its session, there is nothing to tell. */
static int end_call(struct scene *scene, const struct trace_event *event)
{
	struct scene_call *call = scene_call_find(&scene->calls, event->values[TRACE_ID]);

	if (!call)
		return 0;
	count_call(call->function, event, scene_duration(scene_age(call->begin_ns, event->at_ns)));
	scene_call_drop(&scene->calls, call);
	return 0;
}

static int take_call_begin(struct scene *scene, const struct trace_event *event)
{
	struct scene_item *function = open_item(scene, event, LABEL_FUNCTION);

	return function ? scene_call_begin(&scene->calls, function, event->values[TRACE_ID],
					   scene_time(event))
			: -ENOMEM;
}

/* ---- what happens to an engine or a session ---- */

/* Which rules do not look at `unwatched`: nobody read while there was no collector. */
static int take_lost(struct scene *scene, const struct trace_event *event)
{
	struct scene_item *session = open_session(scene, event);

	if (!session)
		return -ENOMEM;
	if (strcmp(trace_word(TRACE_REASON, event->values[TRACE_REASON]), "unwatched") != 0)
		session->totals.flags[1] += event->values[TRACE_N];
	return 0;
}

/* Who is stopped or goes on is there; what ended before ends no more. */
static struct scene_item *session_told(struct scene *scene, const struct trace_event *event)
{
	const struct judge_labels labels = labels_of(event, LABEL_SESSION);
	struct scene_item *session = scene_item(scene, &labels);
	const bool ends = event->values[TRACE_WHAT] >= TRACE_DEAD;

	return session && session->number && ends ? session : open_session(scene, event);
}

static int tell_session(struct scene *scene, const struct trace_event *event)
{
	static const enum signal_life lives[] = {
		[TRACE_DEAD] = LIFE_DEAD, [TRACE_CLOSED] = LIFE_CLOSED, [TRACE_GONE] = LIFE_GONE
	};
	struct scene_item *session = session_told(scene, event);

	if (!session)
		return -ENOMEM;
	if (event->values[TRACE_WHAT] < TRACE_DEAD)
		session->stopped = event->values[TRACE_WHAT] == TRACE_STOP;
	else if (session->life == LIFE_LIVE)
		end_session(scene, session, lives[event->values[TRACE_WHAT]]);
	return 0;
}

/* A line that names an engine is one of its lines, whatever it says. */
static int take_event(struct scene *scene, const struct trace_event *event)
{
	struct scene_item *item = NULL;

	if (trace_says(event, TRACE_ENGINE)) {
		item = open_item(scene, event, LABEL_ENGINE);
		if (!item)
			return -ENOMEM;
	}
	if (event->values[TRACE_WHAT] >= TRACE_STOP)
		return tell_session(scene, event);
	if (item) /* the trace was checked: it is there */
		scene_told(item, event);
	return 0;
}

static int take_component(struct scene *scene, const struct trace_event *event)
{
	const struct judge_labels labels = { LABEL_COMPONENT, "", "", event->texts[TRACE_NAME] };
	struct scene_item *item = scene_item(scene, &labels);

	if (!item)
		return -ENOMEM;
	item->down = event->values[TRACE_DOWN];
	return 0;
}

static int take_no_source(struct scene *scene, const struct trace_event *event)
{
	(void)scene;
	(void)event;
	return 0;
}

/* `take`, or what `tell`, if anything, does to the engine or function, which is then there. */
static const struct {
	int (*take)(struct scene *scene, const struct trace_event *event);
	enum signal_label kind;
	void (*tell)(struct scene_item *item, const struct trace_event *event);
} handlers[TRACE_KINDS] = {
	[TRACE_ENGINE_IS] = { NULL, LABEL_ENGINE, scene_format },
	[TRACE_RENDER] = { NULL, LABEL_ENGINE, scene_render },
	[TRACE_RENDER_BEGIN] = { NULL, LABEL_ENGINE, scene_render_begin },
	[TRACE_RENDER_END] = { NULL, LABEL_ENGINE, scene_render_end },
	[TRACE_XRUN] = { NULL, LABEL_ENGINE, NULL }, /* reports enter no rule */
	[TRACE_FFI] = { NULL, LABEL_FUNCTION, take_call },
	[TRACE_FFI_BEGIN] = { take_call_begin },
	[TRACE_FFI_END] = { end_call },
	[TRACE_LOST] = { take_lost },
	[TRACE_EVENT] = { take_event },
	[TRACE_COMPONENT] = { take_component },
	[TRACE_COLLECTOR] = { take_no_source },
	[TRACE_TICK] = { take_no_source },
	[TRACE_END] = { take_no_source },
};

int scene_take(struct scene *scene, const struct trace_event *event)
{
	struct scene_item *item;

	if (handlers[event->kind].take)
		return handlers[event->kind].take(scene, event);
	item = open_item(scene, event, handlers[event->kind].kind);
	if (!item)
		return -ENOMEM;
	if (handlers[event->kind].tell)
		handlers[event->kind].tell(item, event);
	return 0;
}
