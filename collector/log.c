/* SPDX-License-Identifier: MIT */
/* Writes log lines, text or JSON, into a buffer and from there with one write(2). Any thread. */
#include "collector/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/instant.h"
#include "collector/text.h"

enum { VALUE_SIZE = 512, LONGEST_VALUE = 6 * VALUE_SIZE + 64, LINE_SIZE = 4 * LONGEST_VALUE };

static const char *const level_names[] = { "ERROR", "WARN", "INFO", "DEBUG" };

/* Room is kept for what must close the line. */
struct line {
	char text[LINE_SIZE];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void line_put(struct line *line, const char *format,
							   ...)
{
	const size_t room = sizeof line->text - line->used;
	va_list arguments;
	int wrote;

	va_start(arguments, format);
	wrote = vsnprintf(line->text + line->used, room, format, arguments);
	va_end(arguments);
	if (wrote > 0)
		line->used += (size_t)wrote < room ? (size_t)wrote : room - 1;
}

/* A terminal must not be told what to do by a segment's name. */
static void line_put_plain(struct line *line, const char *value)
{
	char clean[VALUE_SIZE];

	text_clean(clean, sizeof clean, value, sizeof clean);
	for (char *at = clean; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7F)
			*at = '?';
	line_put(line, "%s", clean);
}

static void line_put_json(struct line *line, const char *value)
{
	char clean[VALUE_SIZE];

	text_clean(clean, sizeof clean, value, sizeof clean);
	line_put(line, "\"");
	for (const char *at = clean; *at; at++) {
		if (*at == '"' || *at == '\\')
			line_put(line, "\\%c", *at);
		else if ((unsigned char)*at < 0x20 || *at == 0x7F)
			line_put(line, "\\u%04x", (unsigned)*at);
		else
			line_put(line, "%c", *at);
	}
	line_put(line, "\"");
}

static void put_json_fields(struct line *line, const struct log_field *field)
{
	const char *between = "";

	line_put(line, ",\"metadata\":{");
	/* one field and what closes the object always fit: a line that would be cut is no JSON */
	for (; field->key && sizeof line->text - line->used > LONGEST_VALUE; field++, between = ",") {
		line_put(line, "%s\"%s\":", between, field->key);
		if (field->text)
			line_put_json(line, field->text);
		else
			line_put(line, "%llu", (unsigned long long)field->number);
	}
	line_put(line, "}");
}

static void put_text_fields(struct line *line, const struct log_field *field)
{
	for (; field->key; field++) {
		line_put(line, " %s=", field->key);
		if (field->text)
			line_put_plain(line, field->text);
		else
			line_put(line, "%llu", (unsigned long long)field->number);
	}
}

static uint64_t realtime_ns(void)
{
	return instant_clock_ns(CLOCK_REALTIME);
}

void log_open(struct log *log, int fd, enum log_format format)
{
	log->fd = fd;
	log->json = format == LOG_JSON || (format == LOG_AUTO && !isatty(fd));
	log->realtime_ns = realtime_ns;
}

bool log_format_parse(const char *text, enum log_format *format)
{
	static const char *const names[] = {
		[LOG_AUTO] = "auto", [LOG_JSON] = "json", [LOG_TEXT] = "text"
	};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(text, names[i]) == 0) {
			*format = (enum log_format)i;
			return true;
		}
	return false;
}

void log_event(const struct log *log, enum log_level level, const char *component,
	       const char *message, const struct log_field *fields)
{
	struct line line = { .used = 0 };
	char at[TEXT_TIME_SIZE];
	ssize_t ignored;

	if (!log)
		return;
	text_time(at, log->realtime_ns());
	if (log->json) {
		line_put(&line,
			 "{\"timestamp\":\"%s\",\"level\":\"%s\",\"service\":\"audiowatchd\","
			 "\"component\":\"%s\",\"message\":",
			 at, level_names[level], component);
		line_put_json(&line, message);
		if (fields)
			put_json_fields(&line, fields);
		line_put(&line, "}");
	} else {
		line_put(&line, "%s %-5s %s: ", at, level_names[level], component);
		line_put_plain(&line, message);
		if (fields)
			put_text_fields(&line, fields);
	}
	if (line.used == sizeof line.text - 1)
		line.used--;
	line.text[line.used++] = '\n';
	ignored = write(log->fd, line.text, line.used);
	(void)ignored;
}
