/* SPDX-License-Identifier: MIT */
/* The live line: what our own segment gained since the line before, read as a collector would. Main thread. */
#ifndef AUDIOWATCH_JACK_PRINT_H
#define AUDIOWATCH_JACK_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/reader.h"

struct print {
	int dirfd;
	struct aw_reader *reader;
	struct print_engine *before; /* of each engine, at the line before */
	/* the line on its way out; NULL = none */
	char *line;
	size_t size, written;
};

/* Finds the segment of this process. 0 or -errno; print_close() also after a failure. */
int print_open(struct print *print);
void print_close(struct print *print);

/* Makes a line, unless the last is not out yet; waiting_for: a server that is not there, else NULL. 0 or -errno. */
int print_line(struct print *print, const char *waiting_for);
bool print_is_due(const struct print *print);
/* Writes of the line that is due what a writable pipe takes without a pause. 0 or -errno: nobody reads it. */
int print_some(struct print *print);

#endif
