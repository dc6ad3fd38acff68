/* SPDX-License-Identifier: MIT */
/* The Prometheus text exposition format 0.0.4, as prometheus.io's "Exposition formats" page
 * defines it. Any thread, one writer at a time each. */
#include "http/expo_body.h"
#include "http/number.h"
#include "http/utf8.h"

#include <string.h>

static const char *const type_names[] = {
	[EXPO_COUNTER] = "counter",
	[EXPO_GAUGE] = "gauge",
	[EXPO_HISTOGRAM] = "histogram",
};

/* What a byte is written as, NULL = as itself. Only label values escape the quote. */
static const char *escape_of(char byte, bool quoted)
{
	switch (byte) {
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '"':
		return quoted ? "\\\"" : NULL;
	default:
		return NULL;
	}
}

/* Any bytes as valid, escaped UTF-8; what needs no change is copied in one piece. */
static void put_escaped(struct expo_writer *w, const char *text, bool quoted)
{
	const char *plain = text;

	for (struct utf8_piece piece = utf8_next(text); piece.length; piece = utf8_next(text)) {
		const char *instead = piece.valid ? escape_of(*text, quoted) : UTF8_REPLACEMENT;

		if (instead) {
			expo_append(w, plain, (size_t)(text - plain));
			expo_append_text(w, instead);
			plain = text + piece.length;
		}
		text += piece.length;
	}
	expo_append(w, plain, (size_t)(text - plain));
}

static void put_value(struct expo_writer *w, struct expo_value value)
{
	char text[NUMBER_ROOM];
	size_t length;

	if (value.kind == EXPO_REAL)
		length = number_real(text, value.real);
	else if (value.kind == EXPO_NANOSECONDS)
		length = number_nanoseconds(text, value.integer);
	else
		length = number_uint(text, value.integer);
	expo_append(w, text, length);
}

static void put_label(struct expo_writer *w, const char *before, struct expo_label label)
{
	expo_append_text(w, before);
	expo_append_text(w, label.name);
	expo_append_text(w, "=\"");
	put_escaped(w, label.value, true);
	expo_append_text(w, "\"");
}

/* One line: name, suffix, labels, le behind them where there is one, value. */
static void put_line(struct expo_writer *w, const char *suffix, struct expo_labels labels,
		     const char *le, struct expo_value value)
{
	const char *before = "{";

	expo_append_text(w, w->family);
	expo_append_text(w, suffix);
	for (size_t i = 0; i < labels.count; i++, before = ",")
		put_label(w, before, labels.label[i]);
	if (le) {
		put_label(w, before, (struct expo_label){ "le", le });
		before = ",";
	}
	expo_append_text(w, *before == ',' ? "} " : " ");
	put_value(w, value);
	expo_append_text(w, "\n");
	w->samples++;
}

/* HELP and TYPE, once a family, and only in front of a sample. */
static void put_head(struct expo_writer *w)
{
	if (w->headed)
		return;
	w->headed = true;
	expo_append_text(w, "# HELP ");
	expo_append_text(w, w->family);
	expo_append_text(w, " ");
	put_escaped(w, w->help, false);
	expo_append_text(w, "\n# TYPE ");
	expo_append_text(w, w->family);
	expo_append_text(w, " ");
	expo_append_text(w, type_names[w->type]);
	expo_append_text(w, "\n");
}

static void text_family(struct expo_writer *w, const char *name, enum expo_type type,
			const char *help)
{
	w->family = name;
	w->type = type;
	w->help = help;
	w->headed = false;
}

static void text_sample(struct expo_writer *w, struct expo_labels labels, struct expo_value value)
{
	put_head(w);
	put_line(w, "", labels, NULL, value);
}

/* Counts beyond 2^64 stay at the top: a bucket below the one before it would fail the whole
 * scrape. */
static uint64_t add_saturating(uint64_t sum, uint64_t more)
{
	return more > UINT64_MAX - sum ? UINT64_MAX : sum + more;
}

static void text_histogram(struct expo_writer *w, struct expo_labels labels,
			   const struct expo_histogram *h)
{
	uint64_t count = 0;

	put_head(w);
	for (size_t i = 0; i <= h->bounds; i++) {
		count = add_saturating(count, h->cells[i]);
		put_line(w, "_bucket", labels, i < h->bounds ? h->le[i] : "+Inf", expo_count(count));
	}
	put_line(w, "_sum", labels, NULL, h->sum);
	put_line(w, "_count", labels, NULL, expo_count(count));
}

static void text_finish(struct expo_writer *w)
{
	(void)w; /* every line ends itself */
}

const struct expo_format expo_text = {
	.name = "text",
	.content_type = "text/plain; version=0.0.4; charset=utf-8",
	.family = text_family,
	.sample = text_sample,
	.histogram = text_histogram,
	.finish = text_finish,
};
