/* SPDX-License-Identifier: MIT */
/* A trace of what the collector sees, as it writes it: the lines of a slot, in the order of time, to a file that a thread
 * of its own writes. Owned by the poll thread, which never waits for the disk: what does not fit is left out, said once
 * in the log, and marked in the file by a comment.
 *
 * Time 0 is tick 0. A line stands at its time, or behind what was written before where that is later; then what began says
 * how long before. Behind the lines of a slot a line tells of its tick, so that a replay reads it there and takes none that
 * was left out. */
#ifndef AUDIOWATCH_COLLECTOR_RECORD_H
#define AUDIOWATCH_COLLECTOR_RECORD_H

#include <stdint.h>

#include "collector/log.h"

enum { RECORD_ERROR_SIZE = 1024, RECORD_LINE_SIZE = 2048 };

struct record;

/* Makes the file, which must not be there yet, and starts its thread. 0, or -errno and one line. */
int record_open(struct record **record, const char *path, struct log *log,
		char error[RECORD_ERROR_SIZE]);
/* Writes what is left, and the end. */
void record_close(struct record *record);

/* At CLOCK_MONOTONIC; text: all behind the time. Of one time, in the order of the calls. */
__attribute__((format(printf, 3, 4))) void record_line(struct record *record, uint64_t at_ns,
						       const char *format, ...);
/* The same of what goes on since began_ns. */
__attribute__((format(printf, 4, 5))) void record_begun(struct record *record, uint64_t at_ns,
							uint64_t began_ns, const char *format, ...);
/* Tick 0 was then. */
void record_begin(struct record *record, uint64_t began_ns);
/* The slot of this tick is complete. */
void record_slot(struct record *record, uint64_t tick);
/* A number that no other call in flight has. */
uint64_t record_id(struct record *record);

#endif
