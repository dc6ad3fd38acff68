/* SPDX-License-Identifier: MIT */
/* A line of a trace into an event, by a table of events. Pure. */
#include "collector/trace_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/nearest.h"

#define NS_A_SECOND UINT64_C(1000000000)
#define LONGEST_S \
	UINT64_C(31622400) /* a leap year: what is beyond is a slip, and would be judged for hours */
#define MOST_NS (UINT64_C(1) << 62) /* of a line, over a century; sums stay what they are */
#define LONG_CALL_NS (UINT64_C(1) << 48) /* three days and more are three days */

#define HAS(field) (UINT32_C(1) << TRACE_##field)
#define OF_SESSION HAS(INSTANCE_ID)

/* Adding an event is a row. `word`: a field that stands without its name; 0 = none. */
static const struct event_row {
	const char *name;
	uint32_t needs, takes;
	enum trace_field word;
} rows[TRACE_KINDS] = {
	[TRACE_ENGINE_IS] = { "engine", HAS(APP) | HAS(ENGINE) | HAS(RATE) | HAS(FRAMES),
			      OF_SESSION | HAS(AGO_NS), 0 },
	[TRACE_RENDER] = { "render", HAS(APP) | HAS(ENGINE) | HAS(NS),
			   OF_SESSION | HAS(AGO_NS) | HAS(FRAMES) | HAS(LATE_NS) | HAS(MISSED) |
				   HAS(N),
			   0 },
	[TRACE_RENDER_BEGIN] = { "render_begin", HAS(APP) | HAS(ENGINE), OF_SESSION | HAS(AGO_NS),
				 0 },
	[TRACE_RENDER_END] = { "render_end", HAS(APP) | HAS(ENGINE), OF_SESSION | HAS(N), 0 },
	[TRACE_FFI] = { "ffi", HAS(APP) | HAS(FUNCTION) | HAS(NS) | HAS(OK), OF_SESSION | HAS(N), 0 },
	[TRACE_FFI_BEGIN] = { "ffi_begin", HAS(APP) | HAS(FUNCTION) | HAS(ID),
			      OF_SESSION | HAS(AGO_NS), 0 },
	[TRACE_FFI_END] = { "ffi_end", HAS(ID) | HAS(OK), HAS(N), 0 },
	[TRACE_XRUN] = { "xrun", HAS(APP) | HAS(ENGINE) | HAS(SOURCE), OF_SESSION | HAS(DELAY_NS),
			 0 },
	[TRACE_LOST] = { "lost", HAS(APP) | HAS(REASON) | HAS(N), OF_SESSION, 0 },
	[TRACE_EVENT] = { "event", HAS(APP) | HAS(WHAT), OF_SESSION | HAS(ENGINE) | HAS(AGO_NS), 0 },
	[TRACE_COMPONENT] = { "component", HAS(NAME) | HAS(DOWN), 0, 0 },
	[TRACE_COLLECTOR] = { "collector", HAS(RUN), 0, TRACE_RUN },
	[TRACE_TICK] = { "tick", HAS(N), 0, 0 },
	[TRACE_END] = { "end", 0, 0, 0 },
};

/* What ends one call, with n=0 without counting it. */
#define ENDS (UINT32_C(1) << TRACE_RENDER_END | UINT32_C(1) << TRACE_FFI_END)

/* "did you mean": of a table's names, the nearest one, else the first it might have. */
static int refuse_name(const struct trace_reading *reading, const char *what, const char *word,
		       const char *near)
{
	if (near)
		return trace_refuse(reading, "\"%s\" is no %s (did you mean %s?)", word, what, near);
	return trace_refuse(reading, "\"%s\" is no %s (see audiowatchd(1), TRACES)", word, what);
}

/* ---- lines ---- */

/* Whether this event's field stands without its name. */
static bool is_bare(enum trace_kind kind, unsigned field)
{
	return rows[kind].word && rows[kind].word == field;
}

/* The nearest name that this event has. */
static const char *near_field(enum trace_kind kind, const char *word)
{
	const uint32_t has = rows[kind].needs | rows[kind].takes;
	const char *names[TRACE_FIELDS];
	unsigned count = 0;

	for (unsigned f = 0; f < TRACE_FIELDS; f++)
		if (has >> f & 1 && !is_bare(kind, f))
			names[count++] = trace_rows[f].name;
	return nearest_word(word, names, count, sizeof *names);
}

static int read_field(const struct trace_reading *reading, const char *word, size_t length)
{
	const struct event_row *row = &rows[reading->event->kind];
	const uint32_t has = row->needs | row->takes;
	const char *equals = memchr(word, '=', length);
	const size_t name = equals ? (size_t)(equals - word) : length;
	const struct trace_shown shown = trace_show(word, name);

	if (!equals && row->word && !trace_says(reading->event, row->word))
		return trace_read_value(reading, row->word, word, length);
	for (unsigned f = 0; equals && f < TRACE_FIELDS; f++)
		if (has >> f & 1 && !is_bare(reading->event->kind, f) &&
		    strlen(trace_rows[f].name) == name &&
		    strncmp(trace_rows[f].name, word, name) == 0)
			return trace_read_value(reading, (enum trace_field)f, equals + 1,
						length - name - 1);
	if (!equals)
		return trace_refuse(reading, "\"%s\" is no field=value (try a # before a comment)",
				    shown.text);
	return refuse_name(reading, "field of this event", shown.text,
			   near_field(reading->event->kind, shown.text));
}

static int read_kind(const struct trace_reading *reading, const char *word, size_t length)
{
	const struct trace_shown shown = trace_show(word, length);

	for (unsigned kind = 0; kind < TRACE_KINDS; kind++)
		if (strcmp(rows[kind].name, shown.text) == 0) {
			reading->event->kind = (enum trace_kind)kind;
			return 0;
		}
	return refuse_name(reading, "event", shown.text,
			   nearest_word(shown.text, &rows[0].name, TRACE_KINDS, sizeof *rows));
}

static bool read_seconds(const char *word, size_t length, uint64_t *ns)
{
	const char *point = memchr(word, '.', length);
	const size_t whole = point ? (size_t)(point - word) : length;
	const size_t decimals = point ? length - whole - 1 : 0;
	uint64_t seconds, rest = 0;

	if (!trace_digits(word, whole, &seconds))
		return false;
	if (point && (decimals > 9 || !trace_digits(point + 1, decimals, &rest)))
		return false;
	for (size_t i = decimals; i < 9; i++)
		rest *= 10;
	*ns = seconds > LONGEST_S ? UINT64_MAX : seconds * NS_A_SECOND + rest;
	return true;
}

static int read_time(const struct trace_reading *reading, const char *word, size_t length)
{
	const struct trace_shown shown = trace_show(word, length);
	char before[TRACE_TIME_SIZE];

	trace_put_time(before, reading->trace->at_ns);
	if (!read_seconds(word, length, &reading->event->at_ns))
		return trace_refuse(
			reading, "\"%s\" is no time: seconds with at most nine decimals (try %s)",
			shown.text, before);
	if (reading->event->at_ns > LONGEST_S * NS_A_SECOND)
		return trace_refuse(
			reading, "\"%s\" is beyond 366 days, %" PRIu64 " s (try a shorter trace)",
			shown.text, LONGEST_S);
	if (reading->event->at_ns < reading->trace->at_ns)
		return trace_refuse(reading, "\"%s\" is before %s, the time above (try %s)",
				    shown.text, before, before);
	return 0;
}

/* They rise, and none is read before it is due. */
static int check_tick(const struct trace_reading *reading)
{
	const uint64_t n = reading->event->values[TRACE_N];
	const uint64_t due = reading->event->at_ns / NS_A_SECOND;

	if (reading->event->kind != TRACE_TICK)
		return 0;
	if (n <= reading->trace->tick)
		return trace_refuse(reading,
				    "n: \"%" PRIu64 "\" is no tick behind %" PRIu64
				    " (try n=%" PRIu64 ")",
				    n, reading->trace->tick, reading->trace->tick + 1);
	if (n > due)
		return trace_refuse(reading,
				    "n: \"%" PRIu64 "\" is not due before %" PRIu64
				    " s (try a later time)",
				    n, n);
	return 0;
}

/* What many alike are together. */
static int check_many(const struct trace_reading *reading)
{
	static const enum trace_field each[] = { TRACE_NS, TRACE_LATE_NS, TRACE_MISSED };
	const struct trace_event *event = reading->event;
	const uint64_t n = event->values[TRACE_N];

	for (unsigned i = 0; i < sizeof each / sizeof *each; i++) {
		uint64_t value = event->values[each[i]];

		if (value > LONG_CALL_NS)
			value = LONG_CALL_NS;
		if (value && n > MOST_NS / value)
			return trace_refuse(reading,
					    "n: \"%" PRIu64 "\" times %s is more than %" PRIu64
					    " (try n=%" PRIu64 ")",
					    n, trace_rows[each[i]].name, MOST_NS, MOST_NS / value);
	}
	return check_tick(reading);
}

/* What is needed and not there; and of an event what its kind cannot say. */
static int check_event(const struct trace_reading *reading)
{
	const struct trace_event *event = reading->event;
	uint32_t needs = rows[event->kind].needs;

	if (event->kind == TRACE_EVENT && event->values[TRACE_WHAT] < TRACE_STOP)
		needs |= HAS(ENGINE);
	if (!event->values[TRACE_N] && !(ENDS >> event->kind & 1))
		return trace_refuse(reading, "n: \"0\" is none at all (try n=1)");
	if (event->values[TRACE_N] > 1 && ENDS >> event->kind & 1)
		return trace_refuse(reading,
				    "n: a call ends once (try n=1, or n=0: it counts nowhere)");
	needs &= ~event->given;
	for (unsigned f = 0; f < TRACE_FIELDS; f++)
		if (needs >> f & 1)
			return trace_refuse(reading, "%s: needs %s (try %s%s%s)",
					    rows[event->kind].name, trace_rows[f].name,
					    is_bare(event->kind, f) ? "" : trace_rows[f].name,
					    is_bare(event->kind, f) ? "" : "=", trace_rows[f].cure);
	return check_many(reading);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word up to `end`; a comment is none. */
static const char *next_word(const char **at, const char *end, size_t *length)
{
	const char *word = *at;

	while (word < end && is_blank(*word))
		word++;
	if (word == end || *word == '#')
		return NULL;
	for (*length = 0; word + *length < end && !is_blank(word[*length]);)
		(*length)++;
	*at = word + *length;
	return word;
}

static int read_line(const struct trace_reading *reading, const char *at, const char *end)
{
	static const char nothing[] = "";
	size_t length = 0;
	const char *word = next_word(&at, end, &length);
	int error = read_time(reading, word, length);

	if (error)
		return error;
	word = next_word(&at, end, &length);
	error = read_kind(reading, word ? word : nothing, word ? length : 0);
	while (!error && (word = next_word(&at, end, &length)))
		error = read_field(reading, word, length);
	return error ? error : check_event(reading);
}

static int read_header(const struct trace_reading *reading, const char *at, const char *end)
{
	size_t length = strlen(TRACE_HEADER);
	struct trace_shown shown;

	while (end > at && is_blank(end[-1]))
		end--;
	if ((size_t)(end - at) == length && strncmp(at, TRACE_HEADER, length) == 0)
		return 0;
	shown = trace_show(at, (size_t)(end - at));
	return trace_refuse(reading, "\"%s\" is no header of a trace (try " TRACE_HEADER ")",
			    shown.text);
}

struct trace trace_of(const char *name, const char *text, size_t length)
{
	return (struct trace){ .name = name, .next = text, .end = text + length };
}

/* The next line that is more than blanks and comment; NULL: there is none. */
static const char *take_line(struct trace *trace, const char **end)
{
	while (trace->next < trace->end) {
		const char *line = trace->next, *at = line;
		const char *newline = memchr(line, '\n', (size_t)(trace->end - line));
		size_t length;

		*end = newline ? newline : trace->end;
		trace->next = newline ? newline + 1 : trace->end;
		trace->line++;
		if (next_word(&at, *end, &length))
			return line;
	}
	return NULL;
}

int trace_next(struct trace *trace, struct trace_event *event, char error[TRACE_ERROR_SIZE])
{
	const struct trace_reading reading = { trace, event, error };
	const char *end, *line = take_line(trace, &end);

	if (!trace->headed) {
		if (!line)
			return trace_refuse(&reading, "\"\" is no trace (try " TRACE_HEADER ")");
		if (read_header(&reading, line, end))
			return -EINVAL;
		trace->headed = true;
		line = take_line(trace, &end);
	}
	if (!line)
		return 0;
	if (trace->ended)
		return trace_refuse(&reading, "comes after end (leave one of them out)");
	memset(event, 0, sizeof *event);
	strcpy(event->texts[TRACE_INSTANCE_ID], "0");
	event->values[TRACE_N] = 1;
	if (read_line(&reading, line, end))
		return -EINVAL;
	trace->at_ns = event->at_ns;
	trace->tick = event->kind == TRACE_TICK ? event->values[TRACE_N] : trace->tick;
	trace->ended = event->kind == TRACE_END;
	return 1;
}
