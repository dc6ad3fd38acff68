/* SPDX-License-Identifier: MIT */
/* Orders to forget, read and compared with a picture of what is dead. Any thread. */
#include "collector/forget.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/json.h"
#include "collector/nearest.h"
#include "collector/snapshot.h"

/* ---- reading ---- */

#define EXAMPLE "(try {\"app\": \"daw\", \"instance_id\": \"0\"})"

/* A text of the order. */
static const struct key {
	const char *name, *example;
	size_t offset, size;
} keys[] = {
	{ "app", "daw", offsetof(struct forget_order, app), TEXT_LABEL_SIZE },
	{ "instance_id", "0", offsetof(struct forget_order, instance_id), LEDGER_INSTANCE_SIZE },
};

enum { KEYS = sizeof keys / sizeof *keys };

__attribute__((format(printf, 2, 3))) static bool refuse(char error[FORGET_ERROR_SIZE],
							 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* clang-tidy 14 forgets what va_start is from one file to the next */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(error, FORGET_ERROR_SIZE, format, arguments);
	va_end(arguments);
	return false;
}

static bool take_text(const struct key *key, const json_t *value, struct forget_order *order,
		      char *error)
{
	const char *text = json_string_value(value);

	if (!text)
		return refuse(error, "%s: not a text (try \"%s\")", key->name, key->example);
	if (strlen(text) >= key->size)
		return refuse(error, "%s: more than %zu bytes (try a shorter one)", key->name,
			      key->size - 1);
	text_clean((char *)order + key->offset, key->size, text, strlen(text));
	return true;
}

static bool take_key(const char *name, const json_t *value, struct forget_order *order, char *error)
{
	const char *near;

	for (unsigned i = 0; i < KEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return take_text(&keys[i], value, order, error);
	near = nearest_word(name, &keys[0].name, KEYS, sizeof *keys);
	return refuse(error, "\"%.64s\" is no key (try %s)", name, near ? near : keys[0].name);
}

static bool take_keys(json_t *object, struct forget_order *order, char *error)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return refuse(error, "the body is no object " EXAMPLE);
	json_object_foreach(object, name,
			    value) if (!take_key(name, value, order, error)) return false;
	order->named = json_object_get(object, "instance_id");
	return json_object_get(object, "app") || refuse(error, "app: is missing " EXAMPLE);
}

bool forget_read(struct forget_order *order, const char *body, size_t length,
		 char error[FORGET_ERROR_SIZE])
{
	json_error_t fault;
	json_t *object = json_loadb(body, length, JSON_REJECT_DUPLICATES, &fault);
	bool good;

	*order = (struct forget_order){ 0 };
	if (!object)
		return refuse(error, "the body is no JSON: line %d, column %d: %s " EXAMPLE,
			      fault.line, fault.column, fault.text);
	good = take_keys(object, order, error);
	json_decref(object);
	return good;
}

/* ---- what is dead ---- */

struct dead {
	const char *app, *instance_id;
};

struct deads {
	struct dead *items;
	unsigned count;
};

static const struct snapshot_session *session_of(const struct snapshot *snapshot, const char *app,
						 const char *instance_id)
{
	for (unsigned i = 0; i < snapshot->session_count; i++)
		if (strcmp(snapshot->sessions[i].app, app) == 0 &&
		    strcmp(snapshot->sessions[i].instance_id, instance_id) == 0)
			return &snapshot->sessions[i];
	return NULL;
}

static bool is_shown_dead(const struct snapshot_session *session)
{
	for (unsigned i = 0; i < session->engine_count; i++)
		if (session->engines[i].stated && session->engines[i].state == STATE_DEAD)
			return true;
	return false;
}

/* An alert may be all that is left of it: it outlives the collector, the book does not. */
static bool is_told_dead(const struct snapshot *snapshot, const struct snapshot_alert *alert)
{
	const struct snapshot_session *session;

	if (alert->rule->signal != SIGNAL_SOURCE_DOWN || alert->state == ALERT_INACTIVE)
		return false;
	session = session_of(snapshot, alert->app, alert->instance_id);
	return !session || (!session->present && !is_shown_dead(session));
}

static void add(struct deads *deads, const char *app, const char *instance_id)
{
	for (unsigned i = 0; i < deads->count; i++)
		if (strcmp(deads->items[i].app, app) == 0 &&
		    strcmp(deads->items[i].instance_id, instance_id) == 0)
			return; /* two rules tell it */
	deads->items[deads->count++] = (struct dead){ app, instance_id };
}

static bool list_dead(struct deads *deads, const struct snapshot *snapshot)
{
	deads->items =
		calloc(snapshot->session_count + snapshot->alert_count + 1, sizeof *deads->items);
	if (!deads->items)
		return false;
	for (unsigned i = 0; i < snapshot->session_count; i++)
		if (is_shown_dead(&snapshot->sessions[i]))
			add(deads, snapshot->sessions[i].app, snapshot->sessions[i].instance_id);
	for (unsigned i = 0; i < snapshot->alert_count; i++)
		if (is_told_dead(snapshot, &snapshot->alerts[i]))
			add(deads, snapshot->alerts[i].app, snapshot->alerts[i].instance_id);
	return true;
}

/* ---- which one ---- */

/* Those of this app to the front; how many. */
static unsigned sort_out(const struct deads *deads, const char *app)
{
	unsigned count = 0;

	for (unsigned i = 0; i < deads->count; i++)
		if (strcmp(deads->items[i].app, app) == 0) {
			const struct dead found = deads->items[i];

			deads->items[i] = deads->items[count];
			deads->items[count++] = found;
		}
	return count;
}

static bool lives(const struct forget_order *order, const struct snapshot *snapshot)
{
	for (unsigned i = 0; i < snapshot->session_count; i++) {
		const struct snapshot_session *session = &snapshot->sessions[i];

		if (session->present && strcmp(session->app, order->app) == 0 &&
		    (!order->named || strcmp(session->instance_id, order->instance_id) == 0))
			return true;
	}
	return false;
}

/* None of that app is dead. */
static int refuse_app(const struct forget_order *order, const struct deads *deads, char *error)
{
	const char *near =
		nearest_word(order->app, &deads->items[0].app, deads->count, sizeof *deads->items);

	if (!deads->count)
		snprintf(error, FORGET_ERROR_SIZE,
			 "app: no engine of \"%s\" is dead, nor of anybody (audiowatch status)",
			 order->app);
	else
		snprintf(error, FORGET_ERROR_SIZE, "app: no engine of \"%s\" is dead (%s %s%s)",
			 order->app, near ? "did you mean" : "try",
			 near ? near : deads->items[0].app, near ? "?" : "");
	return -ENOENT;
}

/* Of that app these are dead, and it is none of them, or which one is not said. */
static int refuse_instance(const struct forget_order *order, const struct deads *deads,
			   unsigned count, char *error)
{
	size_t used = 0;
	char list[160] = "";

	for (unsigned i = 0; i < count && used < sizeof list; i++)
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "",
					 deads->items[i].instance_id);
	if (order->named)
		snprintf(error, FORGET_ERROR_SIZE,
			 "instance_id: \"%s\" is none that is dead (try %s)", order->instance_id,
			 list);
	else
		snprintf(error, FORGET_ERROR_SIZE,
			 "instance_id: several are dead (name one of them: %s)", list);
	return order->named ? -ENOENT : -ENOTUNIQ;
}

static int choose(struct forget_order *order, const struct snapshot *snapshot,
		  const struct deads *deads, char *error)
{
	const unsigned count = sort_out(deads, order->app);

	if (count == 1 && !order->named) {
		snprintf(order->instance_id, sizeof order->instance_id, "%s",
			 deads->items[0].instance_id);
		return 0;
	}
	for (unsigned i = 0; order->named && i < count; i++)
		if (strcmp(deads->items[i].instance_id, order->instance_id) == 0)
			return 0;
	if ((order->named || !count) && lives(order, snapshot)) {
		snprintf(error, FORGET_ERROR_SIZE,
			 "app: \"%s\" lives (only what is dead is forgotten; end it first)",
			 order->app);
		return -EBUSY;
	}
	return count ? refuse_instance(order, deads, count, error) : refuse_app(order, deads, error);
}

int forget_find(struct forget_order *order, const struct snapshot *snapshot,
		char error[FORGET_ERROR_SIZE])
{
	struct deads deads = { 0 };
	int status;

	if (!list_dead(&deads, snapshot)) {
		snprintf(error, FORGET_ERROR_SIZE, "no memory");
		return -ENOMEM;
	}
	status = choose(order, snapshot, &deads, error);
	free(deads.items);
	return status;
}

/* ---- writing ---- */

char *forget_text(const struct forget_order *order, int fault, size_t *length)
{
	return json_line(json_kept(json_pack("{s:s, s:s, s:I, s:I}", "app", order->app,
					     "instance_id", order->instance_id, "uid",
					     (json_int_t)order->uid, "pid", (json_int_t)order->pid),
				   fault),
			 length);
}
