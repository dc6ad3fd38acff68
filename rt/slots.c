/* SPDX-License-Identifier: MIT */
/* Engines, channels, functions: names, slots, reuse. Host control threads, serialised by the session's lock. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rt/session.h"
#include "rt/text.h"

enum { NAME_MAX_BYTES = AW_NAME_SIZE - 1, NAME_BASE_BYTES = 100 }; /* room for #4294967295 */

/* A handle array seen as slots, so that finding and naming is written once. */
struct slots {
	struct aw_session *session;
	enum aw_kind kind;
	uint32_t count;
	uint32_t engine; /* of channels */
	uint64_t parent; /* parent channel + 1 */
};

static struct aw_slot_life *life_of(const struct slots *slots, uint32_t i)
{
	struct aw_session *session = slots->session;

	return slots->kind == AW_KIND_ENGINE	? &session->engines[i].life
	       : slots->kind == AW_KIND_CHANNEL ? &session->channels[i].life
						: &session->functions[i].life;
}

static struct aw_entry *entry_of(const struct slots *slots, uint32_t i)
{
	const struct aw_layout *layout = &slots->session->layout;

	return AW_SECTION(slots->session, aw_entry, layout->directory) +
	       aw_entry_index(&layout->counts, slots->kind, i);
}

static uint64_t what_of(const struct slots *slots)
{
	return (uint64_t)slots->kind | (uint64_t)slots->engine << 16 | slots->parent << 32;
}

/* Names live in the segment alone; only we write there. */
static bool is_named(const struct slots *slots, uint32_t i, const char *name)
{
	const struct aw_entry *entry = entry_of(slots, i);
	const bool same_engine = slots->kind != AW_KIND_CHANNEL ||
				 (own_load(&entry->what) >> 16 & UINT16_MAX) == slots->engine;

	return same_engine && strncmp((const char *)entry->name, name, AW_NAME_SIZE) == 0;
}

static bool find(const struct slots *slots, enum aw_slot_state state, const char *name,
		 uint32_t *index)
{
	for (uint32_t i = 0; i < slots->count; i++)
		if (life_of(slots, i)->state == state && (!name || is_named(slots, i, name))) {
			*index = i;
			return true;
		}
	return false;
}

static bool find_longest_free(const struct slots *slots, uint32_t *index)
{
	uint64_t oldest = UINT64_MAX;

	for (uint32_t i = 0; i < slots->count; i++) {
		const struct aw_slot_life *life = life_of(slots, i);

		if (life->state == AW_SLOT_FREE && life->freed < oldest) {
			oldest = life->freed;
			*index = i;
		}
	}
	return oldest != UINT64_MAX;
}

/* The slot for a name: the same name's free one (its totals go on), a fresh one, the longest free. */
static int find_slot(const struct slots *slots, const char *name, uint32_t *index, bool *go_on)
{
	*go_on = find(slots, AW_SLOT_FREE, name, index);
	if (*go_on || find(slots, AW_SLOT_NEVER, NULL, index) || find_longest_free(slots, index))
		return 0;
	return -ENOSPC;
}

/* A live name becomes name#2, name#3, ... */
static void make_unique(const struct slots *slots, const char *wanted, char name[AW_NAME_SIZE])
{
	uint32_t ignored;

	aw_text_copy(name, AW_NAME_SIZE, wanted);
	for (unsigned n = 2; find(slots, AW_SLOT_LIVE, name, &ignored); n++)
		snprintf(name, AW_NAME_SIZE, "%.*s#%u", (int)aw_text_cut(wanted, NAME_BASE_BYTES),
			 wanted, n);
}

/* Directory and titles are published as a sequence that is odd while the rest changes. */
static void change_begin(_Atomic uint64_t *sequence)
{
	own_store(sequence, own_load(sequence) + 1);
	atomic_thread_fence(memory_order_release); /* pairs with the reader's fence after its copy */
}

static void change_end(struct aw_session *session, _Atomic uint64_t *sequence)
{
	struct aw_used *used = AW_SECTION(session, aw_used, AW_USED_OFFSET);

	/* release twice: the content is visible with the even sequence, the sequence with `changes` */
	atomic_store_explicit(sequence, own_load(sequence) + 1, memory_order_release);
	atomic_store_explicit(&used->changes, own_load(&used->changes) + 1, memory_order_release);
}

static void store_text(_Atomic uint64_t *words, size_t count, const char *text)
{
	char room[AW_TITLE_SIZE > AW_NAME_SIZE ? AW_TITLE_SIZE : AW_NAME_SIZE] = "";

	aw_text_copy(room, count * 8, text);
	for (size_t i = 0; i < count; i++) {
		uint64_t word;

		memcpy(&word, room + i * 8, 8);
		own_store(&words[i], word);
	}
}

static void zero_words(void *at, size_t bytes)
{
	for (size_t i = 0; i < bytes / 8; i++)
		own_store((_Atomic uint64_t *)at + i, 0);
}

static void raise_mark(const struct slots *slots, uint32_t index)
{
	struct aw_used *used = AW_SECTION(slots->session, aw_used, AW_USED_OFFSET);
	_Atomic uint64_t *mark = slots->kind == AW_KIND_ENGINE	  ? &used->engines
				 : slots->kind == AW_KIND_CHANNEL ? &used->channels
								  : &used->functions;

	if (own_load(mark) <= index)
		own_store(mark, index + 1);
}

static void set_title(struct aw_session *session, uint32_t engine, const char *text)
{
	struct aw_title *title = AW_SECTION(session, aw_title, session->layout.titles) + engine;

	change_begin(&title->sequence);
	store_text(title->text, AW_TITLE_SIZE / 8, text);
	change_end(session, &title->sequence);
}

/* Totals of another name start at 0; indices of the lane go on for ever. */
static void zero_engine(struct aw_engine *engine)
{
	zero_words(engine->totals, sizeof *engine->totals);
	zero_words(engine->any, sizeof *engine->any);
	own_store(&engine->control->render_sum_ns, 0);
	own_store(&engine->control->wake_sum_ns, 0);
	own_store(&engine->control->misses, 0);
	own_store(&engine->control->freewheel_blocks, 0);
}

/* A free channel keeps its name so that it can come again; under another engine it is a stranger's. */
static void forget_channels(struct aw_session *session, uint32_t engine)
{
	const struct slots slots = { session, AW_KIND_CHANNEL, session->layout.counts.channels,
				     engine, 0 };

	for (uint32_t i = 0; i < slots.count; i++) {
		struct aw_entry *entry = entry_of(&slots, i);

		if (life_of(&slots, i)->state != AW_SLOT_FREE ||
		    (own_load(&entry->what) >> 16 & UINT16_MAX) != engine)
			continue;
		change_begin(&entry->generation);
		zero_words(entry->name, sizeof entry->name);
		change_end(session, &entry->generation);
	}
}

static void zero_totals(const struct slots *slots, uint32_t i)
{
	struct aw_session *session = slots->session;

	if (slots->kind == AW_KIND_ENGINE) {
		zero_engine(&session->engines[i]);
		forget_channels(session, i);
	} else if (slots->kind == AW_KIND_CHANNEL) {
		zero_words(session->channels[i].totals, sizeof *session->channels[i].totals);
	} else {
		zero_words(session->functions[i].totals, sizeof *session->functions[i].totals);
	}
}

/* A free engine's words of the present: nobody told this one anything yet. */
static void engine_reset(struct aw_engine *engine)
{
	own_store(&engine->any->format, 0);
	own_store(&engine->any->freewheel, 0);
	own_store(&engine->any->active, 0);
	own_store(&engine->any->host_load, 0);
	own_store(&engine->control->format, 0);
	own_store(&engine->control->begin, 0);
	engine->begin = engine->format = 0;
	engine->rate_hz = engine->period_frames = 0;
	engine->cycle_ns = engine->cycle_frames = engine->cycle_calls = engine->last_end = 0;
	own_store(&engine->mode, 0);
}

/* What a slot's next owner finds: a stranger's totals are zeroed, the same name's go on. */
static void prepare_slot(const struct slots *slots, uint32_t index, bool go_on)
{
	if (!go_on && life_of(slots, index)->state == AW_SLOT_FREE)
		zero_totals(slots, index);
	if (slots->kind != AW_KIND_ENGINE)
		return;
	engine_reset(&slots->session->engines[index]);
	set_title(slots->session, index, "");
}

/* Takes a slot for a name; the lock is held. Returns word 0's identity for records in *identity. */
static int slot_take(const struct slots *slots, const char *name, uint32_t *index,
		     uint64_t *identity)
{
	struct aw_entry *entry;
	bool go_on;
	const int error = find_slot(slots, name, index, &go_on);

	if (error)
		return error;
	entry = entry_of(slots, *index);
	change_begin(&entry->generation);
	prepare_slot(slots, *index, go_on);
	own_store(&entry->what, what_of(slots));
	store_text(entry->name, AW_NAME_SIZE / 8, name);
	raise_mark(slots, *index);
	life_of(slots, *index)->state = AW_SLOT_LIVE;
	change_end(slots->session, &entry->generation);
	*identity = (uint64_t)*index << 16 | own_load(&entry->generation) << 32;
	return 0;
}

static void slot_free(const struct slots *slots, uint32_t index)
{
	struct aw_entry *entry = entry_of(slots, index);
	struct aw_slot_life *life = life_of(slots, index);

	change_begin(&entry->generation);
	own_store(&entry->what,
		  own_load(&entry->what) & ~UINT64_C(0xFFFF)); /* kind free; engine stays */
	life->state = AW_SLOT_FREE;
	life->freed = ++slots->session->frees;
	change_end(slots->session, &entry->generation);
}

/* A live channel within one that is freed has no parent any more: the slot may soon be a stranger's, or its own
 * child's child. */
static void orphan_children(const struct slots *slots, uint32_t parent)
{
	for (uint32_t i = 0; i < slots->count; i++) {
		struct aw_entry *entry = entry_of(slots, i);
		const uint64_t what = own_load(&entry->what);

		if (life_of(slots, i)->state != AW_SLOT_LIVE || what >> 32 != (uint64_t)parent + 1)
			continue;
		change_begin(&entry->generation);
		own_store(&entry->what, what & UINT32_MAX);
		change_end(slots->session, &entry->generation);
	}
}

static struct slots engine_slots(struct aw_session *session)
{
	const struct slots slots = { session, AW_KIND_ENGINE, session->layout.counts.engines, 0, 0 };

	return slots;
}

static struct slots channel_slots(struct aw_engine *engine)
{
	struct aw_session *session = engine->session;
	const struct slots slots = { session, AW_KIND_CHANNEL, session->layout.counts.channels,
				     engine->index, 0 };

	return slots;
}

static int engine_new(struct aw_session *session, const char *wanted, struct aw_engine **engine)
{
	const struct slots slots = engine_slots(session);
	char name[AW_NAME_SIZE];
	uint64_t identity;
	uint32_t index;
	int error;

	make_unique(&slots, wanted, name);
	error = slot_take(&slots, name, &index, &identity);
	if (error)
		return error;
	session->engines[index].identity = identity;
	session->engines[index].segment = session->segment; /* last: from here on it publishes */
	*engine = &session->engines[index];
	return 0;
}

int aw_engine_new(struct aw_session *session, const char *name, struct aw_engine **engine)
{
	struct aw_engine *ignored;
	int error;

	if (!engine)
		engine = &ignored;
	*engine = NULL;
	if (!session || !session->segment)
		return aw_inert_error();
	if (!name || !*name)
		return -EINVAL;
	pthread_mutex_lock(&session->lock);
	error = engine_new(session, name, engine);
	pthread_mutex_unlock(&session->lock);
	return error;
}

static void channel_free(struct aw_channel *channel)
{
	const struct slots slots = channel_slots(channel->engine);

	aw_channel_settle(channel);
	channel->segment = NULL;
	channel->begin = 0;
	orphan_children(&slots, channel->index);
	slot_free(&slots, channel->index);
}

void aw_channel_free(struct aw_channel *channel)
{
	struct aw_session *session;

	if (!channel || !channel->segment)
		return;
	session = channel->session;
	pthread_mutex_lock(&session->lock);
	channel_free(channel);
	pthread_mutex_unlock(&session->lock);
}

void aw_engine_free(struct aw_engine *engine)
{
	struct aw_session *session;
	struct slots slots;

	if (!engine || !engine->segment)
		return;
	session = engine->session;
	slots = engine_slots(session);
	pthread_mutex_lock(&session->lock);
	for (uint32_t i = 0; i < session->layout.counts.channels; i++)
		if (session->channels[i].segment && session->channels[i].engine == engine)
			channel_free(&session->channels[i]);
	engine->segment = NULL;
	engine->begin = 0;
	own_store(&engine->control->begin, 0);
	slot_free(&slots, engine->index);
	pthread_mutex_unlock(&session->lock);
}

int aw_engine_title(struct aw_engine *engine, const char *title)
{
	if (!engine || !engine->segment)
		return aw_inert_error();
	if (!title)
		return -EINVAL;
	pthread_mutex_lock(&engine->session->lock);
	set_title(engine->session, engine->index, title);
	pthread_mutex_unlock(&engine->session->lock);
	return 0;
}

static int channel_new(struct slots slots, struct aw_engine *engine, const char *wanted,
		       struct aw_channel **channel)
{
	struct aw_session *session = slots.session;
	char name[AW_NAME_SIZE];
	uint64_t identity;
	uint32_t index;
	int error;

	make_unique(&slots, wanted, name);
	error = slot_take(&slots, name, &index, &identity);
	if (error)
		return error;
	*channel = &session->channels[index];
	(*channel)->engine = engine;
	(*channel)->begin = (*channel)->running = (*channel)->run_ns = 0;
	(*channel)->segment = session->segment;
	return 0;
}

int aw_channel_new(struct aw_engine *engine, struct aw_channel *parent, const char *name,
		   struct aw_channel **channel)
{
	struct aw_channel *ignored;
	struct slots slots;
	int error;

	if (!channel)
		channel = &ignored;
	*channel = NULL;
	if (!engine || !engine->segment)
		return aw_inert_error();
	if (!name || !*name || (parent && (!parent->segment || parent->engine != engine)))
		return -EINVAL;
	slots = channel_slots(engine);
	slots.parent = parent ? (uint64_t)parent->index + 1 : 0;
	pthread_mutex_lock(&engine->session->lock);
	error = channel_new(slots, engine, name, channel);
	pthread_mutex_unlock(&engine->session->lock);
	return error;
}

static int function_new(struct aw_session *session, const char *wanted,
			struct aw_function **function)
{
	const struct slots slots = { session, AW_KIND_FUNCTION, session->layout.counts.functions, 0,
				     0 };
	char name[AW_NAME_SIZE];
	uint64_t identity;
	uint32_t index;
	int error;

	aw_text_copy(name, sizeof name, wanted);
	if (!find(&slots, AW_SLOT_LIVE, name, &index)) {
		error = slot_take(&slots, name, &index, &identity);
		if (error)
			return error;
		session->functions[index].identity = identity;
		session->functions[index].segment = session->segment;
	}
	*function = &session->functions[index];
	return 0;
}

int aw_function_new(struct aw_session *session, const char *name, struct aw_function **function)
{
	struct aw_function *ignored;
	int error;

	if (!function)
		function = &ignored;
	*function = NULL;
	if (!session || !session->segment)
		return aw_inert_error();
	if (!name || !*name)
		return -EINVAL;
	pthread_mutex_lock(&session->lock);
	error = function_new(session, name, function);
	pthread_mutex_unlock(&session->lock);
	return error;
}
