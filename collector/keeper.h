/* SPDX-License-Identifier: MIT */
/* Sees to it that what must outlive the collector does: brings it back at start, and hands it to the file's thread
 * whenever it changes, once a minute, and each second while the timer of a pending or kept alert runs, so that whoever
 * kills us takes no more than a second of it; what cannot be written is tried again every five
 * seconds. Main at start, then the poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_KEEPER_H
#define AUDIOWATCH_COLLECTOR_KEEPER_H

#include "collector/casebook_memory.h"
#include "collector/judge_memory.h"
#include "collector/memory_file.h"
#include "collector/selfwatch.h"
#include "collector/silence_desk.h"
#include "collector/silence_memory.h"
#include "collector/slo.h"

enum { KEEPER_SECTIONS = 8 };

struct keeper {
	struct log *log;
	struct selfwatch *self;
	unsigned part; /* its number as a component */
	struct memory_file *file; /* NULL: nothing outlives us */
	struct receipts *receipts; /* of orders */
	uint64_t ticket; /* the newest that is in what is saved next */
	struct silence_desk *desk;
	struct judge_memory alerts;
	struct casebook_memory firings;
	struct slo_book *slo;
	struct silence_list kept;
	struct silence_memory silences;
	struct memory_section sections[KEEPER_SECTIONS]; /* adding one is a keeper_add() */
	unsigned section_count;
	char boot[MEMORY_BOOT_SIZE];
	uint64_t saved_ns; /* 0 = not yet */
};

/* Before keeper_open(): another section. There is room for KEEPER_SECTIONS. */
void keeper_add(struct keeper *keeper, const struct memory_section *section);
/* log, self, part, receipts, desk, alerts, firings and slo are filled in. dir NULL: nothing is kept. Brings back what there
 * is, and opens the desk. */
void keeper_open(struct keeper *keeper, const char *dir);
void keeper_close(struct keeper *keeper);

/* Before the desks are looked at: whether there are orders that wait to be saved. */
bool keeper_hear(struct keeper *keeper);
/* at: of the newest tick. Once a tick; sees whether the disk hangs, too. */
bool keeper_is_due(const struct keeper *keeper, const struct instant *at);
void keeper_save(struct keeper *keeper, const struct instant *at, bool clean);
/* Behind the last save: orders that come now are told that nobody looks. */
void keeper_rest(struct keeper *keeper);

#endif
