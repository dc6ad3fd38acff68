/* SPDX-License-Identifier: MIT */
/* Every metric family, as rows of tables, and the walk that writes them: families outside, what
 * they are of inside. Any thread that holds the snapshot; pure but for the writer's memory. */
#ifndef AUDIOWATCH_COLLECTOR_CATALOGUE_H
#define AUDIOWATCH_COLLECTOR_CATALOGUE_H

#include "collector/snapshot.h"
#include "http/expo.h"

/* Each shows what those before it show, and more. */
enum catalogue_profile { CATALOGUE_LEAN, CATALOGUE_STANDARD, CATALOGUE_FULL };

/* What a family has one of each of, and so which labels. */
enum family_scope {
	PER_PROCESS,
	PER_SESSION,
	PER_ENGINE,
	PER_CHANNEL,
	PER_FUNCTION,
	FAMILY_SCOPES
};

/* How long after the end: counters stay a while, the present goes at once, a state as long as it
 * is true. */
enum family_show { WHILE_COUNTED, WHILE_PRESENT, WHILE_STATED };

enum { FAMILY_LABELS = 8 };

/* What a writer is given: the thing (struct snapshot_engine and so on, by scope; the snapshot
 * itself for a process), its labels, and where to write. */
struct family_item {
	struct expo_writer *writer;
	const void *thing;
	struct expo_label labels[FAMILY_LABELS];
	size_t label_count;
};

/* Adding a family is one row, and a writer where none of the plain ones fits. */
struct family {
	const char *name;
	enum expo_type type;
	const char *help;
	enum family_scope scope;
	enum family_show show;
	enum catalogue_profile profile; /* the least that has it */
	void (*write)(const struct family *family, const struct family_item *item);
	size_t at; /* of the plain writers: the offset of their 64-bit word in the thing */
};

struct family_table {
	const struct family *families;
	size_t count;
};

enum { CATALOGUE_TABLES = 5 };
extern const struct family_table *const catalogue_tables[CATALOGUE_TABLES];

void catalogue_write(const struct snapshot *snapshot, enum catalogue_profile profile,
		     struct expo_writer *writer);

/* The plain writers. */
void family_write_count(const struct family *family, const struct family_item *item);
void family_write_nanoseconds(const struct family *family, const struct family_item *item);

/* For writers: one sample, with a label behind the item's own, and a histogram. */
void family_put(const struct family_item *item, struct expo_value value);
void family_put_labelled(const struct family_item *item, const char *name, const char *label,
			 struct expo_value value);
void family_put_histogram(const struct family_item *item, struct expo_histogram histogram);

/* The classic bounds as they are printed: the first 13 are a render's, all are an FFI call's. */
extern const char *const family_classic_le[AW_CLASSIC_BOUNDS];

#endif
