/* SPDX-License-Identifier: MIT */
/* Writes log lines, text or JSON, into a buffer and from there with one write(2). Any thread. */
#include "collector/log.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/instant.h"
#include "collector/text.h"

enum { VALUE_SIZE = 256, LONGEST_VALUE = 6 * VALUE_SIZE + 64, LINE_SIZE = PIPE_BUF };

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

/* Bytes of a character that tells a terminal what to do: C0, DEL, C1, breaks of lines, directions of writing; else 0. */
static size_t steering(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	if (*at < 0x20 || *at == 0x7F)
		return 1;
	if (at[0] == 0xC2 && at[1] < 0xA0)
		return 2;
	if (at[0] != 0xE2)
		return 0;
	if (at[1] == 0x80 && ((at[2] & 0xFE) == 0x8E || (at[2] >= 0xA8 && at[2] <= 0xAE)))
		return 3;
	return at[1] == 0x81 && at[2] >= 0xA6 && at[2] <= 0xA9 ? 3 : 0;
}

/* A terminal must not be told what to do by a segment's name. */
static void line_put_plain(struct line *line, const char *value)
{
	char clean[VALUE_SIZE];

	text_clean(clean, sizeof clean, value, sizeof clean);
	for (const char *at = clean; *at;) {
		const size_t steers = steering(at);

		line_put(line, "%c", steers ? '?' : *at);
		at += steers ? steers : 1;
	}
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

struct log_event {
	const char *component, *message;
	const struct log_field *fields;
};

static uint64_t realtime_ns(void)
{
	return instant_clock_ns(CLOCK_REALTIME);
}

void log_open(struct log *log, int fd, enum log_format format)
{
	log->fd = fd;
	log->quiet_above = LOG_DEBUG;
	log->lost = 0;
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

bool log_level_parse(const char *text, enum log_level *level)
{
	static const char *const names[] = {
		[LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"
	};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(text, names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	return false;
}

static void put_event(struct line *line, const struct log *log, enum log_level level,
		      const struct log_event *event)
{
	char at[TEXT_TIME_SIZE];

	text_time(at, log->realtime_ns());
	if (log->json) {
		line_put(line,
			 "{\"timestamp\":\"%s\",\"level\":\"%s\",\"service\":\"audiowatchd\","
			 "\"component\":\"%s\",\"message\":",
			 at, level_names[level], event->component);
		line_put_json(line, event->message);
		if (event->fields)
			put_json_fields(line, event->fields);
		line_put(line, "}");
	} else {
		line_put(line, "%s %-5s %s: ", at, level_names[level], event->component);
		line_put_plain(line, event->message);
		if (event->fields)
			put_text_fields(line, event->fields);
	}
}

/* False: nobody reads, and the poll thread must not wait for them. */
static bool write_event(const struct log *log, enum log_level level, const struct log_event *event)
{
	struct pollfd ready = { .fd = log->fd, .events = POLLOUT };
	struct line line = { .used = 0 };

	if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
		return false;
	put_event(&line, log, level, event);
	if (line.used == sizeof line.text - 1)
		line.used--;
	line.text[line.used++] = '\n';
	return write(log->fd, line.text, line.used) >= 0;
}

static bool write_lost(const struct log *log, uint64_t lost)
{
	const struct log_field fields[] = { { "lines", NULL, lost }, { NULL, NULL, 0 } };

	return write_event(log, LOG_WARN, &(struct log_event){ "log", "lines were lost", fields });
}

void log_event(struct log *log, enum log_level level, const char *component, const char *message,
	       const struct log_field *fields)
{
	uint64_t lost;

	if (!log || level > log->quiet_above)
		return;
	lost = atomic_exchange_explicit(&log->lost, 0, memory_order_relaxed);
	if (lost && write_lost(log, lost))
		lost = 0;
	if (lost || !write_event(log, level, &(struct log_event){ component, message, fields }))
		atomic_fetch_add_explicit(&log->lost, lost + 1, memory_order_relaxed);
}
