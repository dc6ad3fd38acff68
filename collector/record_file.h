/* SPDX-License-Identifier: MIT */
/* A file that is written by a thread of its own. Text is handed over in whole lines and never waits; what is beyond
 * RECORD_FILE_ROOM, or what the disk refuses, is left out, said once in the log, and a comment line stands for it.
 *
 *	record_file_put      the poll thread: takes the lock for a copy
 *	record_file_close    the poll thread: waits for the thread, and so for the disk */
#ifndef AUDIOWATCH_COLLECTOR_RECORD_FILE_H
#define AUDIOWATCH_COLLECTOR_RECORD_FILE_H

#include <stddef.h>

#include "collector/log.h"

enum { RECORD_FILE_ROOM = 16 << 20 };

struct record_file;

/* 0; -EEXIST: there is one of that name; or another -errno. */
int record_file_open(struct record_file **file, const char *path, struct log *log);
void record_file_put(struct record_file *file, const char *text, size_t length);
void record_file_close(struct record_file *file);

#endif
