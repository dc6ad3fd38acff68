/* SPDX-License-Identifier: MIT */
/* The log: one line an event, text for a terminal, JSON for machines. Any thread: each line is one write(2), and the
 * struct never changes once opened. What comes from segments is cleaned on its way out. */
#ifndef AUDIOWATCH_COLLECTOR_LOG_H
#define AUDIOWATCH_COLLECTOR_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_AUTO, LOG_JSON, LOG_TEXT };

struct log {
	int fd;
	bool json;
	uint64_t (*realtime_ns)(void);
};

/* A named value of the event; a list of them ends with key NULL. text NULL: the number is meant. */
struct log_field {
	const char *key, *text;
	uint64_t number;
};

/* AUTO is text where fd is a terminal. */
void log_open(struct log *log, int fd, enum log_format format);
/* Recognises auto, json, text. */
bool log_format_parse(const char *text, enum log_format *format);

/* fields may be NULL; the message is a short sentence without values. log NULL: nothing is written. */
void log_event(const struct log *log, enum log_level level, const char *component,
	       const char *message, const struct log_field *fields);

#endif
