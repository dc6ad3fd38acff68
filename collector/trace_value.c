/* SPDX-License-Identifier: MIT */
/* Values of a trace's fields, by a table of them: to read and to write. Pure. */
#include "collector/trace_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "collector/nearest.h"
#include "collector/rule.h"

#define NS_A_SECOND UINT64_C(1000000000)

/* ---- the table ---- */

static const char *const bits[] = { "0", "1", NULL };
static const char *const sources[] = { "jack", "alsa", "host", NULL };
static const char *const reasons[] = { "lapped", "contended", "invalid", "unwatched", NULL };
static const char *const whats[] = { "active", "inactive", "freewheel_on", "freewheel_off", "stop",
				     "cont",   "dead",	   "closed",	   "gone",	    NULL };
static const char *const runs[] = { "stop", "start", NULL };

const struct trace_row trace_rows[TRACE_FIELDS] = {
	[TRACE_APP] = { "app", "daw", NULL, 1, 3 * AW_APP_SIZE },
	[TRACE_INSTANCE_ID] = { "instance_id", "0", NULL, 1, 3 * AW_INSTANCE_SIZE + 16 },
	[TRACE_ENGINE] = { "engine", "main", NULL, 1, 3 * AW_NAME_SIZE },
	[TRACE_FUNCTION] = { "function", "decode", NULL, 1, 3 * AW_NAME_SIZE },
	[TRACE_NAME] = { "name", "history", NULL, 1, RULE_LABEL_SIZE - 1 },
	[TRACE_RATE] = { "rate", "48000", NULL, 0, UINT32_MAX },
	[TRACE_FRAMES] = { "frames", "256", NULL, 0, UINT32_MAX },
	[TRACE_NS] = { "ns", "3000000", NULL, 0, UINT64_MAX },
	[TRACE_LATE_NS] = { "late_ns", "50000", NULL, 0, UINT64_MAX },
	[TRACE_MISSED] = { "missed", "1", NULL, 0, UINT32_MAX },
	[TRACE_N] = { "n", "1", NULL, 0, UINT32_MAX },
	[TRACE_OK] = { "ok", "1", bits, 0, 0 },
	[TRACE_DOWN] = { "down", "1", bits, 0, 0 },
	[TRACE_ID] = { "id", "7", NULL, 0, UINT64_MAX },
	[TRACE_DELAY_NS] = { "delay_ns", "0", NULL, 0, UINT64_MAX },
	[TRACE_AGO_NS] = { "ago_ns", "1500000000", NULL, 0, INT64_MAX / 2 },
	[TRACE_SOURCE] = { "source", "jack", sources, 0, 0 },
	[TRACE_REASON] = { "reason", "lapped", reasons, 0, 0 },
	[TRACE_WHAT] = { "what", "active", whats, 0, 0 },
	[TRACE_RUN] = { "collector", "stop", runs, 0, 0 },
};

/* ---- complaints ---- */

struct trace_shown trace_show(const char *word, size_t length)
{
	struct trace_shown shown;
	size_t n = 0;

	for (; n < length && n < sizeof shown.text - 1; n++)
		shown.text[n] = word[n] >= ' ' && word[n] < 0x7F ? word[n] : '?';
	shown.text[n] = '\0';
	return shown;
}

int trace_refuse(const struct trace_reading *reading, const char *format, ...)
{
	const int n = snprintf(reading->error, TRACE_ERROR_SIZE,
			       "%.200s:%u: ", reading->trace->name, reading->trace->line);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->error + n, TRACE_ERROR_SIZE - (size_t)n, format, arguments);
	va_end(arguments);
	return -EINVAL;
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

static int read_text(const struct trace_reading *reading, enum trace_field field, const char *word,
		     size_t length)
{
	const struct trace_row *row = &trace_rows[field];
	const struct trace_shown shown = trace_show(word, length);
	char bytes[TEXT_LABEL_SIZE];
	const int n = decode(word, length, bytes, sizeof bytes);

	if (n < 0)
		return trace_refuse(
			reading,
			"%s: \"%s\" is no encoded text: bytes outside [A-Za-z0-9_.:/#-] are "
			"written %%XX, none of them %%00 (try %s)",
			row->name, shown.text, row->cure);
	if (!n)
		return trace_refuse(reading, "%s: \"\" is no name (try %s)", row->name, row->cure);
	if ((uint64_t)n > row->max)
		return trace_refuse(reading, "%s: \"%s\" is longer than %" PRIu64 " bytes (try %s)",
				    row->name, shown.text, row->max, row->cure);
	text_clean(reading->event->texts[field], TEXT_LABEL_SIZE, bytes, (size_t)n);
	return 0;
}

static int read_word(const struct trace_reading *reading, enum trace_field field, const char *word,
		     size_t length)
{
	const struct trace_row *row = &trace_rows[field];
	const struct trace_shown shown = trace_show(word, length);
	const char *near;
	unsigned count = 0;

	for (; row->words[count]; count++)
		if (strlen(row->words[count]) == length &&
		    strncmp(row->words[count], word, length) == 0) {
			reading->event->values[field] = count;
			return 0;
		}
	near = nearest_word(shown.text, row->words, count, sizeof *row->words);
	return trace_refuse(reading, "%s: \"%s\" is none of its words (try %s)", row->name,
			    shown.text, near ? near : row->cure);
}

bool trace_digits(const char *word, size_t length, uint64_t *value)
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

static int read_count(const struct trace_reading *reading, enum trace_field field, const char *word,
		      size_t length)
{
	const struct trace_row *row = &trace_rows[field];
	const struct trace_shown shown = trace_show(word, length);
	uint64_t *value = &reading->event->values[field];

	if (!trace_digits(word, length, value))
		return trace_refuse(reading, "%s: \"%s\" is no count (try %s)", row->name,
				    shown.text, row->cure);
	if (*value < row->min || *value > row->max)
		return trace_refuse(
			reading, "%s: \"%s\" is no count from %" PRIu64 " to %" PRIu64 " (try %s)",
			row->name, shown.text, row->min, row->max, row->cure);
	return 0;
}

int trace_read_value(const struct trace_reading *reading, enum trace_field field, const char *word,
		     size_t length)
{
	if (trace_says(reading->event, field))
		return trace_refuse(reading, "%s: is said twice (leave one out)",
				    trace_rows[field].name);
	reading->event->given |= UINT32_C(1) << field;
	if (trace_rows[field].words)
		return read_word(reading, field, word, length);
	return field < TRACE_TEXTS ? read_text(reading, field, word, length)
				   : read_count(reading, field, word, length);
}

/* ---- for who writes one ---- */

const char *trace_word(enum trace_field field, uint64_t value)
{
	return trace_rows[field].words ? trace_rows[field].words[value] : NULL;
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
