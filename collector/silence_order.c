/* SPDX-License-Identifier: MIT */
/* Orders about silences, read by a table of keys. Any thread. */
#include "collector/silence_order.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/json.h"
#include "collector/nearest.h"

/* ---- reading ---- */

struct reading {
	struct silence_order *order;
	const struct silence_names *names;
	char *error;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reading *reading,
							 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* clang-tidy 14 forgets what va_start is from one file to the next */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(reading->error, SILENCE_ERROR_SIZE, format, arguments);
	va_end(arguments);
	return false;
}

/* As labels are: valid UTF-8. */
static bool take_text(const struct reading *reading, const char *key, const json_t *value,
		      char *out, size_t size)
{
	const char *text = json_string_value(value);

	if (!text)
		return refuse(reading, "%s: not a text (try \"\")", key);
	if (strlen(text) >= size)
		return refuse(reading, "%s: more than %zu bytes (try a shorter one)", key, size - 1);
	text_clean(out, size, text, strlen(text));
	return true;
}

static bool take_alert(struct reading *reading, const json_t *value)
{
	const struct silence_names *names = reading->names;
	char *alert = reading->order->wanted.alert;
	const char *words[RULES_MAX], *near;

	if (!take_text(reading, "alert", value, alert, RULE_NAME_SIZE))
		return false;
	for (unsigned i = 0; i < names->count; i++) {
		words[i] = names->rules[i].name;
		if (!*alert || strcmp(alert, words[i]) == 0)
			return true;
	}
	near = nearest_word(alert, words, names->count, sizeof *words);
	if (near)
		return refuse(reading, "alert: \"%s\" is no alert (did you mean %s?)", alert, near);
	return refuse(reading, "alert: \"%s\" is no alert (audiowatchd --check-config lists them)",
		      alert);
}

static bool take_app(struct reading *reading, const json_t *value)
{
	return take_text(reading, "app", value, reading->order->wanted.app, SILENCE_APP_SIZE);
}

static bool take_comment(struct reading *reading, const json_t *value)
{
	return take_text(reading, "comment", value, reading->order->wanted.comment,
			 SILENCE_COMMENT_SIZE);
}

static bool take_for(struct reading *reading, const json_t *value)
{
	const json_int_t seconds = json_integer_value(value);

	if (!json_is_integer(value))
		return refuse(reading, "for_seconds: not a whole number (try 1800)");
	if (seconds < SILENCE_LEAST_S || seconds > SILENCE_MOST_S)
		return refuse(reading,
			      "for_seconds: %" JSON_INTEGER_FORMAT
			      " is not within %d to %d (try 1800)",
			      seconds, SILENCE_LEAST_S, SILENCE_MOST_S);
	reading->order->for_s = (uint64_t)seconds;
	return true;
}

static bool take_all(struct reading *reading, const json_t *value)
{
	reading->order->all = json_is_true(value);
	return json_is_boolean(value) || refuse(reading, "all: not true or false (try true)");
}

static bool take_end(struct reading *reading, const json_t *value)
{
	const json_int_t id = json_integer_value(value);

	if (id < 1)
		return refuse(reading, "end: not the id of a silence (try 1)");
	reading->order->end = (uint64_t)id;
	return true;
}

static const struct key {
	const char *name;
	bool (*take)(struct reading *reading, const json_t *value);
} keys[] = {
	{ "alert", take_alert },     { "app", take_app }, { "for_seconds", take_for },
	{ "comment", take_comment }, { "all", take_all }, { "end", take_end },
};

enum { KEYS = sizeof keys / sizeof *keys };

static bool take_key(struct reading *reading, const char *name, const json_t *value)
{
	const char *near;

	for (unsigned i = 0; i < KEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].take(reading, value);
	near = nearest_word(name, &keys[0].name, KEYS, sizeof *keys);
	return refuse(reading, "\"%.64s\" is no key (try %s)", name, near ? near : keys[0].name);
}

static bool take_keys(struct reading *reading, json_t *object)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return refuse(reading, "the body is no object (try {\"alert\": \"EngineDown\", "
				       "\"for_seconds\": 1800})");
	json_object_foreach(object, name, value) if (!take_key(reading, name, value)) return false;
	return true;
}

/* ---- what goes together ---- */

static bool is_whole(struct reading *reading)
{
	const struct silence_order *order = reading->order;
	const bool named = *order->wanted.alert || *order->wanted.app;

	if (order->end)
		return (!named && !order->for_s && !order->all) ||
		       refuse(reading, "end: goes with no other key (try {\"end\": %" PRIu64 "})",
			      order->end);
	if (!order->for_s)
		return refuse(reading, "for_seconds: is missing (try 1800)");
	if (named && order->all)
		return refuse(reading, "all: not with alert or app (leave one out)");
	if (!named && !order->all)
		return refuse(reading,
			      "alert, app: neither is named (name one, or silence everything "
			      "by \"all\": true)");
	return true;
}

bool silence_order_read(struct silence_order *order, const char *body, size_t length,
			const struct silence_names *names, char error[SILENCE_ERROR_SIZE])
{
	struct reading reading = { order, names, error };
	json_error_t fault;
	json_t *object = json_loadb(body, length, JSON_REJECT_DUPLICATES, &fault);
	bool good;

	*order = (struct silence_order){ 0 };
	if (!object)
		return refuse(&reading,
			      "the body is no JSON: line %d, column %d: %s (try {\"end\": 1})",
			      fault.line, fault.column, fault.text);
	good = take_keys(&reading, object) && is_whole(&reading);
	json_decref(object);
	return good;
}

/* ---- writing ---- */

struct json_t *silence_json(const struct silencing *silence)
{
	char from[TEXT_TIME_SIZE], until[TEXT_TIME_SIZE];

	text_time(from, silence->from_real_ns);
	text_time(until, silence->until_real_ns);
	return json_pack("{s:I, s:s, s:s, s:s, s:I, s:I, s:s, s:s}", "id", (json_int_t)silence->id,
			 "alert", silence->alert, "app", silence->app, "comment", silence->comment,
			 "uid", (json_int_t)silence->uid, "pid", (json_int_t)silence->pid, "from",
			 from, "until", until);
}

/* Any alert is known. */
static bool is_known(const char *alert, const struct silence_names *names)
{
	for (unsigned i = 0; *alert && i < names->count; i++)
		if (strcmp(names->rules[i].name, alert) == 0)
			return true;
	return !*alert;
}

/* NULL: no memory. */
static json_t *entry_of(const struct silencing *silence, const struct silence_names *names)
{
	json_t *entry = silence_json(silence);
	const bool known = is_known(silence->alert, names);

	if (json_object_set_new(entry, "alert_known", json_boolean(known)) == 0)
		return entry;
	json_decref(entry);
	return NULL;
}

char *silence_list_text(const struct silence_list *list, const struct silence_names *names,
			size_t *length)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < list->count; i++)
		if (json_array_append_new(array, entry_of(&list->items[i], names))) {
			json_decref(array);
			array = NULL;
		}
	return json_line(array, length);
}

char *silence_text(const struct silencing *silence, int fault, size_t *length)
{
	return json_line(json_kept(silence_json(silence), fault), length);
}
