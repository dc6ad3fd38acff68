/* SPDX-License-Identifier: MIT */
/* The table of `audiowatch segments`: one row a column, with its title, its key in JSON and where its value is. */
#include "tools/audiowatch/columns.h"

#include <errno.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/words.h"

/* When a value is known; else it is null, and "-" for people. */
enum known { ALWAYS, STATED, ATTACHED, COUNTED };

struct column;
typedef json_t *value_fn(const struct object *object, const struct column *column);

struct column {
	const char *title; /* NULL: in JSON alone */
	const char *key;
	int width; /* at least; negative = to the left */
	enum known known;
	value_fn *value;
	size_t offset;
};

static json_t *number(const struct object *object, const struct column *column)
{
	return json_integer(*(const json_int_t *)((const char *)object + column->offset));
}

static json_t *text(const struct object *object, const struct column *column)
{
	return json_string((const char *)object + column->offset);
}

static json_t *state(const struct object *object, const struct column *column)
{
	(void)column;
	return json_string(object_state_name(object->state));
}

static json_t *reason(const struct object *object, const struct column *column)
{
	(void)column;
	return object->state == OBJECT_REFUSED ? json_string(aw_attach_name(object->outcome)) : NULL;
}

static json_t *error(const struct object *object, const struct column *column)
{
	(void)column;
	return *object->error ? json_string(object->error) : NULL;
}

/* Both, for people. */
static json_t *remark(const struct object *object, const struct column *column)
{
	(void)column;
	if (object->state != OBJECT_REFUSED)
		return NULL;
	return json_sprintf("%s%s%s", aw_attach_name(object->outcome), *object->error ? ": " : "",
			    object->error);
}

static json_t *dir(const struct object *object, const struct column *column)
{
	char clean[256];

	(void)column;
	words_clean(clean, sizeof clean, object->dir);
	return json_string(clean);
}

static json_t *owner(const struct object *object, const struct column *column)
{
	const struct passwd *user = getpwuid((uid_t)object->uid);

	return user ? json_string(user->pw_name) : number(object, column);
}

static json_t *abi(const struct object *object, const struct column *column)
{
	(void)column;
	return json_sprintf("%ju.%ju", (uintmax_t)object->abi_major, (uintmax_t)object->abi_minor);
}

#define AT(member) offsetof(struct object, member)

/* The columns for people come first. */
static const struct column columns[] = {
	{ "STATE", "state", -7, ALWAYS, state, 0 },
	{ "APP", "app", -12, ATTACHED, text, AT(app) },
	{ "INSTANCE", "instance", -8, ATTACHED, text, AT(instance) },
	{ "PID", "pid", 7, ATTACHED, number, AT(pid) },
	{ "OWNER", "owner", -8, STATED, owner, AT(uid) },
	{ "SIZE", "size", 8, STATED, number, AT(size) },
	{ "ENGINES", "engines", 7, COUNTED, number, AT(engines) },
	{ "CHANNELS", "channels", 8, COUNTED, number, AT(channels) },
	{ "FUNCTIONS", "functions", 9, COUNTED, number, AT(functions) },
	{ "BLOCKS", "blocks", 9, COUNTED, number, AT(sums.blocks) },
	{ "MISSES", "misses", 7, COUNTED, number, AT(sums.misses) },
	{ "CALLS", "calls", 8, COUNTED, number, AT(sums.calls) },
	{ "PUBLISHED", "published", 10, COUNTED, number, AT(account.published) },
	{ "UNWATCHED", "unwatched", 9, COUNTED, number, AT(account.unwatched) },
	{ "OBJECT", "object", -40, ALWAYS, text, AT(name) },
	{ "REASON", "remark", -1, ALWAYS, remark, 0 },
	{ NULL, "reason", 0, ALWAYS, reason, 0 },
	{ NULL, "error", 0, ALWAYS, error, 0 },
	{ NULL, "dir", 0, ALWAYS, dir, 0 },
	{ NULL, "uid", 0, STATED, number, AT(uid) },
	{ NULL, "version", 0, ATTACHED, text, AT(version) },
	{ NULL, "abi", 0, ATTACHED, abi, 0 },
	{ NULL, "opened_ns", 0, ATTACHED, number, AT(opened_ns) },
	{ NULL, "max_engines", 0, ATTACHED, number, AT(max_engines) },
	{ NULL, "max_channels", 0, ATTACHED, number, AT(max_channels) },
	{ NULL, "max_functions", 0, ATTACHED, number, AT(max_functions) },
	{ NULL, "ring_records", 0, ATTACHED, number, AT(ring_records) },
	{ NULL, "freewheel_blocks", 0, COUNTED, number, AT(sums.freewheel_blocks) },
	{ NULL, "errors", 0, COUNTED, number, AT(sums.errors) },
	{ NULL, "xrun_reports", 0, COUNTED, number, AT(sums.xrun_reports) },
	{ NULL, "delivered", 0, COUNTED, number, AT(account.delivered) },
	{ NULL, "lapped", 0, COUNTED, number, AT(account.lapped) },
	{ NULL, "contended", 0, COUNTED, number, AT(account.contended) },
	{ NULL, "invalid", 0, COUNTED, number, AT(account.invalid) },
};

enum { COLUMNS = sizeof columns / sizeof *columns };

static bool is_known(const struct object *object, enum known known)
{
	return known == ALWAYS || (known == STATED && object->stated) ||
	       (known == ATTACHED && object->attached) || (known == COUNTED && object->counted);
}

/* A new reference; null where the value is unknown. */
static json_t *value_of(const struct object *object, const struct column *column)
{
	json_t *value = is_known(object, column->known) ? column->value(object, column) : NULL;

	return value ? value : json_null();
}

enum { CELL_SIZE = 512 };

static void cell(char text_of[CELL_SIZE], const struct object *object, const struct column *column)
{
	json_t *value = value_of(object, column);
	const char *string = json_string_value(value); /* NULL for others */

	if (json_is_integer(value))
		(void)snprintf(text_of, CELL_SIZE, "%" JSON_INTEGER_FORMAT,
			       json_integer_value(value));
	else
		(void)snprintf(text_of, CELL_SIZE, "%s", string && *string ? string : "-");
	json_decref(value);
}

static int wider(int width, const char *of)
{
	const int needed = words_columns(of);

	return needed > width ? needed : width;
}

static int width_of(const struct column *column, const struct object *objects, size_t count)
{
	int width = wider(column->width < 0 ? -column->width : column->width, column->title);
	char of[CELL_SIZE];

	for (size_t i = 0; i < count; i++) {
		cell(of, &objects[i], column);
		width = wider(width, of);
	}
	return width;
}

static void print_cell(const char *of, int width, const struct column *column)
{
	const int blank = width - words_columns(of);

	if (column->width > 0)
		(void)printf("%*s", blank, "");
	(void)fputs(of, stdout);
	if (column->width < 0 && column + 1 < columns + COLUMNS && column[1].title)
		(void)printf("%*s", blank, "");
	(void)fputs(column + 1 < columns + COLUMNS && column[1].title ? "  " : "\n", stdout);
}

void columns_print(const struct object *objects, size_t count)
{
	int widths[COLUMNS];
	char of[CELL_SIZE];

	for (size_t k = 0; k < COLUMNS && columns[k].title; k++) {
		widths[k] = width_of(&columns[k], objects, count);
		print_cell(columns[k].title, widths[k], &columns[k]);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < COLUMNS && columns[k].title; k++) {
			cell(of, &objects[i], &columns[k]);
			print_cell(of, widths[k], &columns[k]);
		}
}

int columns_print_json(const struct object *objects, size_t count)
{
	json_t *list = json_array();
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		json_t *row = json_object();

		for (size_t k = 0; k < COLUMNS; k++)
			rc |= json_object_set_new(row, columns[k].key,
						  value_of(&objects[i], &columns[k]));
		rc |= json_array_append_new(list, row);
	}
	rc |= json_dumpf(list, stdout, JSON_INDENT(2));
	rc |= putchar('\n') == EOF;
	json_decref(list);
	return rc ? -ENOMEM : 0;
}
