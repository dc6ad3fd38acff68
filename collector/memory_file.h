/* SPDX-License-Identifier: MIT */
/* The file in which the collector's memory lies, <state_dir>/state. A thread of its own writes it, so that a disk that is
 * slow, full or gone holds up nobody: what is handed over while it writes replaces what waits. Each writing is a new
 * file that takes the old one's name once it is on the disk; whoever is killed meanwhile leaves one or the other.
 * What cannot be written is told once, until it can be again; as long is the component down that it is. The folder may be
 * removed, and be made again. */
#ifndef AUDIOWATCH_COLLECTOR_MEMORY_FILE_H
#define AUDIOWATCH_COLLECTOR_MEMORY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/log.h"
#include "collector/receipt.h"
#include "collector/selfwatch.h"

struct memory_file;

/* Whose it is: all borrowed for good. */
struct memory_file_owner {
	const char *dir; /* exists */
	struct log *log;
	struct selfwatch *self;
	unsigned part; /* its number as a component */
	struct receipts *receipts; /* whom it tells what was written; NULL = nobody */
};

/* NULL: no memory, or no thread. */
struct memory_file *memory_file_open(const struct memory_file_owner *owner);
/* Waits for what was handed over, five seconds at most. NULL is fine. */
void memory_file_close(struct memory_file *file);

/* What was written last, with its last line; NULL with 0: there is none; NULL with -errno. malloc()ed. Before the first memory_file_put(). */
char *memory_file_read(const struct memory_file *file, size_t *length, int *status);
/* Puts what cannot be used out of the way, as <state_dir>/state.refused. 0 or -errno. */
int memory_file_refuse(const struct memory_file *file);

/* Takes the text over, which holds all orders up to the ticket and lacks its last line (memory.h), which the thread adds;
 * never waits for the disk. Poll thread. */
void memory_file_put(struct memory_file *file, char *text, size_t length, uint64_t ticket);

/* Poll thread, now and then: whether a writing has lasted too long. Told once, and the component is down meanwhile. */
bool memory_file_hangs(struct memory_file *file, uint64_t now_ns);
/* Poll thread: of the newest writing, fault.h; 0: it is on the disk, or there was none yet. */
int memory_file_fault(const struct memory_file *file);

/* Any thread. */
struct memory_file_counts {
	uint64_t written, failed;
};
struct memory_file_counts memory_file_counts(const struct memory_file *file);

#endif
