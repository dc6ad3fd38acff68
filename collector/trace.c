/* SPDX-License-Identifier: MIT */
/* A line of a trace into an event, by a table of events and one of fields. Pure. */
#include "collector/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "collector/nearest.h"

#define NS_A_SECOND UINT64_C(1000000000)
#define LONGEST_S UINT64_C(1000000000) /* three decades; what is beyond is a slip */

/* ---- tables ---- */

static const char *const oks[] = { "0", "1", NULL };
static const char *const sources[] = { "jack", "alsa", "host", NULL };
static const char *const reasons[] = { "lapped", "contended", "invalid", "unwatched", NULL };
static const char *const whats[] = { "active",	      "inactive", "freewheel_on",
				     "freewheel_off", "stop",	  "cont",
				     "dead",	      "closed",	  NULL };
static const char *const runs[] = { "stop", "start", NULL };

/* A name of at most max bytes (others' bytes that were no text take three each), one of some words, or a count from min to max. */
static const struct field {
	const char *name, *cure;
	const char *const *words;
	uint64_t min, max;
} fields[TRACE_FIELDS] = {
	[TRACE_APP] = { "app", "daw", NULL, 1, 3 * AW_APP_SIZE },
	[TRACE_INSTANCE_ID] = { "instance_id", "0", NULL, 1, 3 * AW_INSTANCE_SIZE + 16 },
	[TRACE_ENGINE] = { "engine", "main", NULL, 1, 3 * AW_NAME_SIZE },
	[TRACE_FUNCTION] = { "function", "decode", NULL, 1, 3 * AW_NAME_SIZE },
	[TRACE_RATE] = { "rate", "48000", NULL, 0, UINT32_MAX },
	[TRACE_FRAMES] = { "frames", "256", NULL, 0, UINT32_MAX },
	[TRACE_NS] = { "ns", "3000000", NULL, 0, UINT64_MAX },
	[TRACE_LATE_NS] = { "late_ns", "50000", NULL, 0, UINT64_MAX },
	[TRACE_MISSED] = { "missed", "1", NULL, 0, UINT32_MAX },
	[TRACE_N] = { "n", "1", NULL, 0, UINT32_MAX },
	[TRACE_OK] = { "ok", "1", oks, 0, 0 },
	[TRACE_ID] = { "id", "7", NULL, 0, UINT64_MAX },
	[TRACE_DELAY_NS] = { "delay_ns", "0", NULL, 0, UINT64_MAX },
	[TRACE_SOURCE] = { "source", "jack", sources, 0, 0 },
	[TRACE_REASON] = { "reason", "lapped", reasons, 0, 0 },
	[TRACE_WHAT] = { "what", "active", whats, 0, 0 },
	[TRACE_RUN] = { "collector", "stop", runs, 0, 0 },
};

#define HAS(field) (UINT32_C(1) << TRACE_##field)
#define OF_SESSION HAS(INSTANCE_ID)

/* Adding an event is a row. `word`: a field that stands without its name; 0 = none. */
static const struct event_row {
	const char *name;
	uint32_t needs, takes;
	enum trace_field word;
} rows[TRACE_KINDS] = {
	[TRACE_ENGINE_IS] = { "engine", HAS(APP) | HAS(ENGINE) | HAS(RATE) | HAS(FRAMES),
			      OF_SESSION, 0 },
	[TRACE_RENDER] = { "render", HAS(APP) | HAS(ENGINE) | HAS(NS),
			   OF_SESSION | HAS(FRAMES) | HAS(LATE_NS) | HAS(MISSED) | HAS(N), 0 },
	[TRACE_RENDER_BEGIN] = { "render_begin", HAS(APP) | HAS(ENGINE), OF_SESSION, 0 },
	[TRACE_RENDER_END] = { "render_end", HAS(APP) | HAS(ENGINE), OF_SESSION | HAS(N), 0 },
	[TRACE_FFI] = { "ffi", HAS(APP) | HAS(FUNCTION) | HAS(NS) | HAS(OK), OF_SESSION | HAS(N), 0 },
	[TRACE_FFI_BEGIN] = { "ffi_begin", HAS(APP) | HAS(FUNCTION) | HAS(ID), OF_SESSION, 0 },
	[TRACE_FFI_END] = { "ffi_end", HAS(ID) | HAS(OK), HAS(N), 0 },
	[TRACE_XRUN] = { "xrun", HAS(APP) | HAS(ENGINE) | HAS(SOURCE), OF_SESSION | HAS(DELAY_NS),
			 0 },
	[TRACE_LOST] = { "lost", HAS(APP) | HAS(REASON) | HAS(N), OF_SESSION, 0 },
	[TRACE_EVENT] = { "event", HAS(APP) | HAS(WHAT), OF_SESSION | HAS(ENGINE), 0 },
	[TRACE_COLLECTOR] = { "collector", HAS(RUN), 0, TRACE_RUN },
	[TRACE_END] = { "end", 0, 0, 0 },
};

/* What ends one call, with n=0 without counting it. */
#define ENDS (UINT32_C(1) << TRACE_RENDER_END | UINT32_C(1) << TRACE_FFI_END)

/* ---- complaints ---- */

/* A line being read. */
struct reading {
	const struct trace *trace;
	struct trace_event *event;
	char *error;
};

/* What a person sees of a word that makes no sense. */
struct shown {
	char text[64];
};

static struct shown show(const char *word, size_t length)
{
	struct shown shown;
	size_t n = 0;

	for (; n < length && n < sizeof shown.text - 1; n++)
		shown.text[n] = word[n] >= ' ' && word[n] < 0x7F ? word[n] : '?';
	shown.text[n] = '\0';
	return shown;
}

__attribute__((format(printf, 2, 3))) static int refuse(const struct reading *reading,
							const char *format, ...)
{
	const int n = snprintf(reading->error, TRACE_ERROR_SIZE,
			       "%.200s:%u: ", reading->trace->name, reading->trace->line);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->error + n, TRACE_ERROR_SIZE - (size_t)n, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

/* "did you mean": of a table's names, the nearest one, else the first it might have. */
static int refuse_name(const struct reading *reading, const char *what, const char *word,
		       const char *near)
{
	if (near)
		return refuse(reading, "\"%s\" is no %s (did you mean %s?)", word, what, near);
	return refuse(reading, "\"%s\" is no %s (see audiowatchd(1), TRACES)", word, what);
}

/* ---- values ---- */

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("_.:/#-", c));
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The bytes, at most `size`; -1: they are not encoded as they must be. */
static int decode(const char *word, size_t length, char *out, int size)
{
	int n = 0;

	for (size_t i = 0; i < length; i++, n++) {
		int byte = (unsigned char)word[i];

		if (word[i] == '%') {
			if (length - i < 3 || hex_digit(word[i + 1]) < 0 ||
			    hex_digit(word[i + 2]) < 0)
				return -1;
			byte = hex_digit(word[i + 1]) << 4 | hex_digit(word[i + 2]);
			i += 2;
		} else if (!is_plain(word[i])) {
			return -1;
		}
		if (!byte)
			return -1;
		if (n < size)
			out[n] = (char)byte;
	}
	return n;
}

static int read_text(const struct reading *reading, enum trace_field field, const char *word,
		     size_t length)
{
	const struct field *row = &fields[field];
	const struct shown shown = show(word, length);
	char bytes[TEXT_LABEL_SIZE];
	const int n = decode(word, length, bytes, sizeof bytes);

	if (n < 0)
		return refuse(reading,
			      "%s: \"%s\" is no encoded text: bytes outside [A-Za-z0-9_.:/#-] are "
			      "written %%XX, none of them %%00 (try %s)",
			      row->name, shown.text, row->cure);
	if (!n)
		return refuse(reading, "%s: \"\" is no name (try %s)", row->name, row->cure);
	if ((uint64_t)n > row->max)
		return refuse(reading, "%s: \"%s\" is longer than %" PRIu64 " bytes (try %s)",
			      row->name, shown.text, row->max, row->cure);
	text_clean(reading->event->texts[field], TEXT_LABEL_SIZE, bytes, (size_t)n);
	return 0;
}

static int read_word(const struct reading *reading, enum trace_field field, const char *word,
		     size_t length)
{
	const struct field *row = &fields[field];
	const struct shown shown = show(word, length);
	const char *near;
	unsigned count = 0;

	for (; row->words[count]; count++)
		if (strlen(row->words[count]) == length &&
		    strncmp(row->words[count], word, length) == 0) {
			reading->event->values[field] = count;
			return 0;
		}
	near = nearest_word(shown.text, row->words, count, sizeof *row->words);
	return refuse(reading, "%s: \"%s\" is none of its words (try %s)", row->name, shown.text,
		      near ? near : row->cure);
}

/* All digits, and no more than fit. */
static bool digits(const char *word, size_t length, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < length; i++) {
		const unsigned digit = (unsigned)(unsigned char)word[i] - '0';

		if (digit > 9 || *value > (UINT64_MAX - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	return length > 0;
}

static int read_count(const struct reading *reading, enum trace_field field, const char *word,
		      size_t length)
{
	const struct field *row = &fields[field];
	const struct shown shown = show(word, length);
	uint64_t *value = &reading->event->values[field];

	if (!digits(word, length, value))
		return refuse(reading, "%s: \"%s\" is no count (try %s)", row->name, shown.text,
			      row->cure);
	if (*value < row->min || *value > row->max)
		return refuse(reading,
			      "%s: \"%s\" is no count from %" PRIu64 " to %" PRIu64 " (try %s)",
			      row->name, shown.text, row->min, row->max, row->cure);
	return 0;
}

static int read_value(const struct reading *reading, enum trace_field field, const char *word,
		      size_t length)
{
	if (trace_says(reading->event, field))
		return refuse(reading, "%s: is said twice (leave one out)", fields[field].name);
	reading->event->given |= UINT32_C(1) << field;
	if (field < TRACE_TEXTS)
		return read_text(reading, field, word, length);
	return fields[field].words ? read_word(reading, field, word, length)
				   : read_count(reading, field, word, length);
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
			names[count++] = fields[f].name;
	return nearest_word(word, names, count, sizeof *names);
}

static int read_field(const struct reading *reading, const char *word, size_t length)
{
	const struct event_row *row = &rows[reading->event->kind];
	const uint32_t has = row->needs | row->takes;
	const char *equals = memchr(word, '=', length);
	const size_t name = equals ? (size_t)(equals - word) : length;
	const struct shown shown = show(word, name);

	if (!equals && row->word && !trace_says(reading->event, row->word))
		return read_value(reading, row->word, word, length);
	for (unsigned f = 0; equals && f < TRACE_FIELDS; f++)
		if (has >> f & 1 && !is_bare(reading->event->kind, f) &&
		    strlen(fields[f].name) == name && strncmp(fields[f].name, word, name) == 0)
			return read_value(reading, (enum trace_field)f, equals + 1,
					  length - name - 1);
	if (!equals)
		return refuse(reading, "\"%s\" is no field=value (try a # before a comment)",
			      shown.text);
	return refuse_name(reading, "field of this event", shown.text,
			   near_field(reading->event->kind, shown.text));
}

static int read_kind(const struct reading *reading, const char *word, size_t length)
{
	const struct shown shown = show(word, length);

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

	if (!digits(word, whole, &seconds) || seconds > LONGEST_S)
		return false;
	if (point && (decimals > 9 || !digits(point + 1, decimals, &rest)))
		return false;
	for (size_t i = decimals; i < 9; i++)
		rest *= 10;
	*ns = seconds * NS_A_SECOND + rest;
	return true;
}

static int read_time(const struct reading *reading, const char *word, size_t length)
{
	const struct shown shown = show(word, length);
	char before[TRACE_TIME_SIZE];

	trace_put_time(before, reading->trace->at_ns);
	if (!read_seconds(word, length, &reading->event->at_ns))
		return refuse(reading,
			      "\"%s\" is no time: seconds with at most nine decimals (try %s)",
			      shown.text, before);
	if (reading->event->at_ns < reading->trace->at_ns)
		return refuse(reading, "\"%s\" is before %s, the time above (try %s)", shown.text,
			      before, before);
	return 0;
}

/* What is needed and not there; and of an event what its kind cannot say. */
static int check_event(const struct reading *reading)
{
	const struct trace_event *event = reading->event;
	uint32_t needs = rows[event->kind].needs;

	if (event->kind == TRACE_EVENT && event->values[TRACE_WHAT] < TRACE_STOP)
		needs |= HAS(ENGINE);
	if (!event->values[TRACE_N] && !(ENDS >> event->kind & 1))
		return refuse(reading, "n: \"0\" is none at all (try n=1)");
	if (event->values[TRACE_N] > 1 && ENDS >> event->kind & 1)
		return refuse(reading, "n: a call ends once (try n=1, or n=0: it counts nowhere)");
	needs &= ~event->given;
	for (unsigned f = 0; f < TRACE_FIELDS; f++)
		if (needs >> f & 1)
			return refuse(reading, "%s: needs %s (try %s%s%s)", rows[event->kind].name,
				      fields[f].name, is_bare(event->kind, f) ? "" : fields[f].name,
				      is_bare(event->kind, f) ? "" : "=", fields[f].cure);
	return 0;
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

static int read_line(const struct reading *reading, const char *at, const char *end)
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

static int read_header(const struct reading *reading, const char *at, const char *end)
{
	size_t length = strlen(TRACE_HEADER);
	struct shown shown;

	while (end > at && is_blank(end[-1]))
		end--;
	if ((size_t)(end - at) == length && strncmp(at, TRACE_HEADER, length) == 0)
		return 0;
	shown = show(at, (size_t)(end - at));
	return refuse(reading, "\"%s\" is no header of a trace (try " TRACE_HEADER ")", shown.text);
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
	const struct reading reading = { trace, event, error };
	const char *end, *line = take_line(trace, &end);

	if (!trace->headed) {
		if (!line)
			return refuse(&reading, "\"\" is no trace (try " TRACE_HEADER ")");
		if (read_header(&reading, line, end))
			return -EINVAL;
		trace->headed = true;
		line = take_line(trace, &end);
	}
	if (!line)
		return 0;
	if (trace->ended)
		return refuse(&reading, "comes after end (leave one of them out)");
	memset(event, 0, sizeof *event);
	strcpy(event->texts[TRACE_INSTANCE_ID], "0");
	event->values[TRACE_N] = 1;
	if (read_line(&reading, line, end))
		return -EINVAL;
	trace->at_ns = event->at_ns;
	trace->ended = event->kind == TRACE_END;
	return 1;
}

/* ---- for who writes one ---- */

const char *trace_kind_name(enum trace_kind kind)
{
	return rows[kind].name;
}

const char *trace_field_name(enum trace_field field)
{
	return fields[field].name;
}

const char *trace_word(enum trace_field field, uint64_t value)
{
	return fields[field].words ? fields[field].words[value] : NULL;
}

void trace_encode(char out[TRACE_ENCODED_SIZE], const char *text)
{
	size_t n = 0;

	for (; *text && n < TRACE_ENCODED_SIZE - 4; text++)
		if (is_plain(*text))
			out[n++] = *text;
		else
			n += (size_t)snprintf(out + n, 4, "%%%02X", (unsigned)(unsigned char)*text);
	out[n] = '\0';
}

void trace_put_time(char out[TRACE_TIME_SIZE], uint64_t at_ns)
{
	int n = snprintf(out, TRACE_TIME_SIZE, "%" PRIu64 ".%09" PRIu64, at_ns / NS_A_SECOND,
			 at_ns % NS_A_SECOND);

	while (out[n - 1] == '0')
		n--;
	n -= out[n - 1] == '.';
	out[n] = '\0';
}
