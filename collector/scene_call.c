/* SPDX-License-Identifier: MIT */
/* Calls in flight: by id, and of each function in the order in which they began. Pure but for malloc. */
#include "collector/scene_private.h"

#include <errno.h>
#include <stdlib.h>

static struct scene_call **bucket_of(const struct scene_calls *calls, uint64_t id)
{
	const uint64_t mixed =
		id * UINT64_C(0x9E3779B97F4A7C15); /* ids may be multiples of anything */

	return &calls->buckets[mixed >> 32 & (calls->room - 1)];
}

struct scene_call *scene_call_find(const struct scene_calls *calls, uint64_t id)
{
	struct scene_call *call = calls->room ? *bucket_of(calls, id) : NULL;

	while (call && call->id != id)
		call = call->beside;
	return call;
}

static void put(const struct scene_calls *calls, struct scene_call *call)
{
	struct scene_call **bucket = bucket_of(calls, call->id);

	call->beside = *bucket;
	*bucket = call;
}

/* As many buckets as calls, a power of two; false: no memory. */
static bool make_room(struct scene_calls *calls)
{
	const struct scene_calls old = *calls;

	if (calls->count < calls->room)
		return true;
	calls->room = old.room ? 2 * old.room : 16;
	calls->buckets = calloc(calls->room, sizeof(struct scene_call *));
	if (!calls->buckets) {
		*calls = old;
		return false;
	}
	for (size_t i = 0; i < old.room; i++)
		for (struct scene_call *call = old.buckets[i], *next; call; call = next) {
			next = call->beside;
			put(calls, call);
		}
	free(old.buckets);
	return true;
}

static void link_newest(struct scene_call *call)
{
	struct scene_open *open = &call->function->open;

	call->older = open->newest;
	*(open->newest ? &open->newest->newer : &open->oldest) = call;
	open->newest = call;
	open->count++;
}

static void unlink_call(struct scene_call *call)
{
	struct scene_open *open = &call->function->open;

	*(call->older ? &call->older->newer : &open->oldest) = call->newer;
	*(call->newer ? &call->newer->older : &open->newest) = call->older;
	open->count--;
}

void scene_call_drop(struct scene_calls *calls, struct scene_call *call)
{
	struct scene_call **at = bucket_of(calls, call->id);

	while (*at != call)
		at = &(*at)->beside;
	*at = call->beside;
	unlink_call(call);
	free(call);
	calls->count--;
}

int scene_call_begin(struct scene_calls *calls, struct scene_item *function, uint64_t id,
		     int64_t begin_ns)
{
	struct scene_call *call = scene_call_find(calls, id);

	if (call)
		scene_call_drop(calls, call);
	call = make_room(calls) ? calloc(1, sizeof *call) : NULL;
	if (!call)
		return -ENOMEM;
	*call = (struct scene_call){ .id = id, .begin_ns = begin_ns, .function = function };
	put(calls, call);
	link_newest(call);
	calls->count++;
	return 0;
}

void scene_call_drop_all(struct scene_calls *calls, struct scene_item *function)
{
	while (function->open.oldest)
		scene_call_drop(calls, function->open.oldest);
}
