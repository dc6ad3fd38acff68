/* SPDX-License-Identifier: MIT */
/* The log: one line an event, text for a terminal, JSON for machines. What comes from segments
 * is cleaned on its way out. Any thread: each line is one write(2) of at most PIPE_BUF bytes,
 * and none waits: where nobody reads, lines are lost, and the next one that is not says how
 * many. */
#ifndef AUDIOWATCH_COLLECTOR_LOG_H
#define AUDIOWATCH_COLLECTOR_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_AUTO, LOG_JSON, LOG_TEXT };

struct log {
	int fd;
	bool json;
	enum log_level quiet_above; /* events of a higher level are not written; log_open() sets DEBUG */
	uint64_t (*realtime_ns)(void);
	_Atomic uint64_t lost; /* W: any thread; lines since the last one written */
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
/* Recognises error, warn, info, debug. */
bool log_level_parse(const char *text, enum log_level *level);

/* fields may be NULL; the message is a short sentence without values. log NULL: nothing is
 * written. */
void log_event(struct log *log, enum log_level level, const char *component, const char *message,
	       const struct log_field *fields);

#endif
