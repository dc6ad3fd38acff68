/* SPDX-License-Identifier: MIT */
/* A segment made by hand, word by word as the layout says, with a writer that may stop between
 * any two words: in memory, read through a seam that a test can watch, or as a real object in a
 * private tmpfs directory. It shares no code with rt/, so that reader and writer cannot be wrong
 * together. Whatever fails here aborts the test. */
#ifndef AUDIOWATCH_TESTS_SEGMENT_MODEL_H
#define AUDIOWATCH_TESTS_SEGMENT_MODEL_H

#include "shm/layout.h"
#include "shm/reader.h"

/* Runs before each word that the seam copies; word is its offset / 8. */
typedef void model_read_fn(void *context, uint64_t word);

struct model {
	unsigned char *at;
	struct aw_layout layout;
	uint8_t id[AW_ID_SIZE];
	/* the seam */
	model_read_fn *on_read; /* may be NULL */
	void *on_read_context;
	bool descending; /* copies the last word first: nobody promises an order */
	uint64_t size; /* bytes beyond it are not there (a truncated object) */
	/* the object */
	int dirfd; /* -1 in memory */
	char dir[64], name[AW_SEGMENT_NAME_SIZE];
};

/* A valid, attached segment whose lanes start at base. */
void model_in_memory(struct model *model, struct aw_counts counts, uint64_t base);
void model_in_file(struct model *model, struct aw_counts counts, uint64_t base);
/* Removes the object, if it is still there, and its directory. */
void model_deinit(struct model *model);

/* The place to open the file's reader with; uids borrows a static uid. */
struct aw_reader_place model_place(const struct model *model);
/* Opens a reader that must attach. */
struct aw_reader *model_reader(struct model *model);
aw_read_at_fn model_read_at; /* context: the model */

struct aw_segment_header *model_header(const struct model *model);
struct aw_used *model_used(const struct model *model);
struct aw_engine_control *model_control(const struct model *model, unsigned engine);
struct aw_engine_totals *model_engine(const struct model *model, unsigned engine);
struct aw_any_thread *model_any(const struct model *model, unsigned engine);
struct aw_channel_totals *model_channel(const struct model *model, unsigned channel);
struct aw_function_totals *model_function(const struct model *model, unsigned function);
struct aw_flight *model_flight(const struct model *model, unsigned slot);
struct aw_contended *model_contended(const struct model *model);
struct aw_entry *model_entry(const struct model *model, enum aw_kind kind, unsigned index);
struct aw_title *model_title(const struct model *model, unsigned engine);

/* Names a slot as a producer does: odd, content, even, used mark, changes. NULL frees it,
 * keeping the name there. */
void model_name(const struct model *model, enum aw_kind kind, unsigned index, const char *name);
/* The same in parts, for whoever is stopped in between. */
void model_change_begin(_Atomic uint64_t *sequence);
void model_change_end(const struct model *model, _Atomic uint64_t *sequence);
void model_text(_Atomic uint64_t *words, unsigned count, const char *text);
uint64_t model_what(enum aw_kind kind, uint64_t engine, uint64_t parent_plus_1);

/* A lane and its writer. */
struct model_lane {
	_Atomic uint64_t *intent, *head, *words;
	uint64_t mask, next;
	unsigned step; /* of the record being written */
};

enum { MODEL_STEPS = 1 + AW_RECORD_WORDS + 1 }; /* intent, the words, head */

/* Engines' lanes first, then the shared ones. */
struct model_lane model_lane(const struct model *model, unsigned lane);
/* One store; true when it was the last one of the record. */
bool model_step(struct model_lane *lane, const struct aw_record *record);
void model_put(struct model_lane *lane, const struct aw_record *record);

#endif
