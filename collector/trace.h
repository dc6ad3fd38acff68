/* SPDX-License-Identifier: MIT */
/* The text of a trace: what engines did and when, a line an event, as --record-trace writes and --replay reads it. Pure;
 * any thread.
 *
 *	audiowatch-trace 1
 *	0      engine app=a engine=e rate=48000 frames=256
 *	0.005  render app=a engine=e ns=3000000
 *
 * Times are seconds with at most nine decimals, read to whole nanoseconds, and never fall; `#` opens a comment at the
 * start of a line or after a blank; values are percent-encoded outside [A-Za-z0-9_.:/#-]. An event and a field is a row
 * of the tables in trace.c. */
#ifndef AUDIOWATCH_COLLECTOR_TRACE_H
#define AUDIOWATCH_COLLECTOR_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/text.h"

#define TRACE_HEADER "audiowatch-trace 1"

enum {
	TRACE_ERROR_SIZE = 1024,
	TRACE_ENCODED_SIZE = 3 * TEXT_LABEL_SIZE, /* of one value */
	TRACE_TIME_SIZE = 32,
};

enum trace_kind {
	TRACE_ENGINE_IS, /* it exists, or has another format */
	TRACE_RENDER, /* a finished call, or n alike */
	TRACE_RENDER_BEGIN,
	TRACE_RENDER_END,
	TRACE_FFI,
	TRACE_FFI_BEGIN,
	TRACE_FFI_END,
	TRACE_XRUN,
	TRACE_LOST,
	TRACE_EVENT,
	TRACE_COMPONENT, /* a part of the collector, well or down */
	TRACE_COLLECTOR,
	TRACE_TICK, /* the collector's number n is read here, and none by itself */
	TRACE_END,
	TRACE_KINDS
};

enum trace_field {
	TRACE_APP,
	TRACE_INSTANCE_ID,
	TRACE_ENGINE,
	TRACE_FUNCTION,
	TRACE_NAME,
	TRACE_TEXTS, /* those above are texts, those below numbers */
	TRACE_RATE = TRACE_TEXTS,
	TRACE_FRAMES,
	TRACE_NS,
	TRACE_LATE_NS,
	TRACE_MISSED,
	TRACE_N,
	TRACE_OK,
	TRACE_DOWN,
	TRACE_ID,
	TRACE_DELAY_NS,
	TRACE_AGO_NS,
	TRACE_SOURCE, /* enum aw_xrun_source */
	TRACE_REASON, /* enum counts_loss */
	TRACE_WHAT, /* enum trace_what */
	TRACE_RUN, /* enum trace_run */
	TRACE_FIELDS
};

/* From STOP on of a whole session, before it of one engine. */
enum trace_what {
	TRACE_ACTIVE,
	TRACE_INACTIVE,
	TRACE_FREEWHEEL_ON,
	TRACE_FREEWHEEL_OFF,
	TRACE_STOP,
	TRACE_CONT,
	TRACE_DEAD,
	TRACE_CLOSED,
	TRACE_GONE,
};

enum trace_run { TRACE_RUN_STOP, TRACE_RUN_START };

/* What a line does not say is its default: instance_id "0", n 1, all else 0 or "". */
struct trace_event {
	uint64_t at_ns;
	enum trace_kind kind;
	uint32_t given; /* a bit an enum trace_field: the line says it */
	uint64_t values[TRACE_FIELDS];
	char texts[TRACE_TEXTS][TEXT_LABEL_SIZE];
};

static inline bool trace_says(const struct trace_event *event, enum trace_field field)
{
	return event->given >> field & 1;
}

/* A place in a text, which is the caller's and outlives it. name: the file's, for complaints. */
struct trace {
	const char *name, *next, *end;
	unsigned line;
	uint64_t at_ns; /* of the newest event */
	uint64_t tick; /* the newest that a line told; 0 = none */
	bool headed, ended;
};

struct trace trace_of(const char *name, const char *text, size_t length);
/* 1 and the next event; 0: there is none; -EINVAL and one line: place, value, cure, without program name and newline. */
int trace_next(struct trace *trace, struct trace_event *event, char error[TRACE_ERROR_SIZE]);

/* For who writes one. */
/* The word of a value, where the field's values are words; else NULL. */
const char *trace_word(enum trace_field field, uint64_t value);
void trace_encode(char out[TRACE_ENCODED_SIZE], const char *text);
/* Seconds, without needless zeros. */
void trace_put_time(char out[TRACE_TIME_SIZE], uint64_t at_ns);

#endif
