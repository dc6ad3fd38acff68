/* SPDX-License-Identifier: MIT */
/* The seam between what is known and how it is written: the collector's catalogue calls a
 * writer, and each exposition format is one writer. Any thread, one writer at a time each; no
 * clock, no I/O, no lock. */
#ifndef AUDIOWATCH_HTTP_EXPO_H
#define AUDIOWATCH_HTTP_EXPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum expo_type { EXPO_COUNTER, EXPO_GAUGE, EXPO_HISTOGRAM };

/* One number, kept as what it is until it is printed: a count and a sum of nanoseconds are exact
 * integers beyond 2^53, where a double is not. */
struct expo_value {
	enum {
		EXPO_COUNT,
		EXPO_NANOSECONDS,
		EXPO_REAL
	} kind; /* NANOSECONDS is printed in seconds */
	union {
		uint64_t integer;
		double real;
	};
};

static inline struct expo_value expo_count(uint64_t count)
{
	return (struct expo_value){ .kind = EXPO_COUNT, .integer = count };
}

static inline struct expo_value expo_nanoseconds(uint64_t ns)
{
	return (struct expo_value){ .kind = EXPO_NANOSECONDS, .integer = ns };
}

static inline struct expo_value expo_real(double real)
{
	return (struct expo_value){ .kind = EXPO_REAL, .real = real };
}

/* Values are any bytes: the writer makes them valid UTF-8 and escapes them. An empty value is
 * written. */
struct expo_label {
	const char *name, *value;
};

struct expo_labels {
	const struct expo_label *label;
	size_t count;
};

/* A classic histogram. le[] are the texts of the finite upper bounds, ascending, as they shall
 * be printed; cells[] has bounds + 1 members, one a bucket and not cumulative, the last above
 * every bound. The count is the sum of the cells and is stored nowhere. */
struct expo_histogram {
	const char *const *le;
	const uint64_t *cells;
	size_t bounds;
	struct expo_value sum;
};

struct expo_writer;

struct expo_format {
	const char *name; /* as in ?format= */
	const char *content_type; /* the whole header value */
	/* Begins a family; samples follow until the next one. name is the 0.0.4 name, help one sentence. */
	void (*family)(struct expo_writer *writer, const char *name, enum expo_type type,
		       const char *help);
	void (*sample)(struct expo_writer *writer, struct expo_labels labels,
		       struct expo_value value);
	void (*histogram)(struct expo_writer *writer, struct expo_labels labels,
			  const struct expo_histogram *histogram);
	void (*finish)(struct expo_writer *writer);
};

/* A growing body and what the format keeps between calls. A failed allocation sets failed, and
 * everything after it does nothing: the caller looks once, at the end. A family without samples
 * is not written at all. */
struct expo_writer {
	const struct expo_format *format;
	char *body;
	size_t length, room;
	bool failed;
	uint64_t samples; /* written so far: series, a bucket, a sum and a count each */
	/* the family begun last; its header is written with its first sample */
	const char *family, *help;
	enum expo_type type;
	bool headed;
};

extern const struct expo_format expo_text; /* Prometheus text 0.0.4 */

void expo_init(struct expo_writer *writer, const struct expo_format *format);
void expo_deinit(struct expo_writer *writer);

static inline void expo_family(struct expo_writer *w, const char *name, enum expo_type type,
			       const char *help)
{
	w->format->family(w, name, type, help);
}

static inline void expo_sample(struct expo_writer *w, struct expo_labels labels,
			       struct expo_value value)
{
	w->format->sample(w, labels, value);
}

static inline void expo_buckets(struct expo_writer *w, struct expo_labels labels,
				const struct expo_histogram *h)
{
	w->format->histogram(w, labels, h);
}

/* Hands the body over (free() it); NULL when memory ran out. The writer is empty afterwards. */
char *expo_finish(struct expo_writer *writer, size_t *length);

#endif
