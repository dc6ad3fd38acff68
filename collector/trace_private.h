/* SPDX-License-Identifier: MIT */
/* What the rooms of the parser share; nobody but collector/trace*.c includes it. Pure. */
#ifndef AUDIOWATCH_COLLECTOR_TRACE_PRIVATE_H
#define AUDIOWATCH_COLLECTOR_TRACE_PRIVATE_H

#include "collector/trace.h"

/* A name of at most max bytes (what was no text takes three each), one of some words, or a count from min to max. */
struct trace_row {
	const char *name, *cure;
	const char *const *words;
	uint64_t min, max;
};
extern const struct trace_row trace_rows[TRACE_FIELDS];

/* A line being read. */
struct trace_reading {
	const struct trace *trace;
	struct trace_event *event;
	char *error;
};

/* What a person sees of a word that makes no sense. */
struct trace_shown {
	char text[64];
};

struct trace_shown trace_show(const char *word, size_t length);
/* One line: the place, and what is wrong there. */
__attribute__((format(printf, 2, 3))) int trace_refuse(const struct trace_reading *reading,
						       const char *format, ...);
/* All digits, and no more than fit. */
bool trace_digits(const char *word, size_t length, uint64_t *value);
/* Into the event; 0 or -EINVAL. */
int trace_read_value(const struct trace_reading *reading, enum trace_field field, const char *word,
		     size_t length);

#endif
