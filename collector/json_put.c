/* SPDX-License-Identifier: MIT */
/* JSON straight into a stream. Any thread. */
#include "collector/json_put.h"

#include <inttypes.h>
#include <string.h>

static void put_raw(FILE *out, const char *text, size_t length)
{
	(void)fwrite_unlocked(text, 1, length, out);
}

static bool is_plain(char c)
{
	return (unsigned char)c >= ' ' && c != '"' && c != '\\' && c != 0x7F;
}

static void put_escape(FILE *out, char c)
{
	if (c == '"' || c == '\\')
		put_raw(out, (const char[]){ '\\', c }, 2);
	else
		fprintf(out, "\\u%04x", (unsigned)(unsigned char)c);
}

void json_put_quoted(FILE *out, const char *text)
{
	put_raw(out, "\"", 1);
	for (const char *at = text; *at;) {
		const char *end = at;

		while (is_plain(*end))
			end++;
		put_raw(out, at, (size_t)(end - at));
		if (*end)
			put_escape(out, *end++);
		at = end;
	}
	put_raw(out, "\"", 1);
}

static void put_key(struct json_put *put, const char *key)
{
	put_raw(put->out, put->between, strlen(put->between));
	put_raw(put->out, "\"", 1);
	put_raw(put->out, key, strlen(key));
	put_raw(put->out, "\":", 2);
	put->between = ",";
}

struct json_put json_put_begin(FILE *out)
{
	return (struct json_put){ out, "{" };
}

void json_put_end(struct json_put *put)
{
	if (*put->between == '{')
		put_raw(put->out, "{", 1); /* it has no members */
	put_raw(put->out, "}", 1);
	put->between = ",";
}

void json_put_object(struct json_put *put, const char *key)
{
	put_key(put, key);
	put->between = "{";
}

void json_put_text(struct json_put *put, const char *key, const char *text)
{
	put_key(put, key);
	json_put_quoted(put->out, text ? text : "");
}

void json_put_number(struct json_put *put, const char *key, uint64_t number)
{
	put_key(put, key);
	fprintf(put->out, "%" PRId64, (int64_t)number);
}

void json_put_bool(struct json_put *put, const char *key, bool value)
{
	put_key(put, key);
	put_raw(put->out, value ? "true" : "false", value ? 4 : 5);
}
