/* SPDX-License-Identifier: MIT */
/* What outlives the collector, as text: sections of lines, each its owner's, between a first line that says when, and a
 * last one that vouches for all before it. Pure but for malloc; the file itself is memory_file.h's.
 *
 *	audiowatch-state 1 {"real_ns": ..., "now_ns": ..., "boot_ns": ..., "boot": "...", "clean": false}
 *	[alerts]
 *	{"rule": "EngineDown", ...}
 *	[silences]
 *	{"id": 3, ...}
 *	end 90c1f7a3be3b5f2e
 *
 * A text is taken whole or not at all; sections that nobody asks for are left out, so that versions may add some. */
#ifndef AUDIOWATCH_COLLECTOR_MEMORY_H
#define AUDIOWATCH_COLLECTOR_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "collector/instant.h"

enum {
	MEMORY_ERROR_SIZE = 256,
	MEMORY_BOOT_SIZE = 40,
	MEMORY_MOST_BYTES = 16 << 20,
	MEMORY_END_SIZE = sizeof "end 0123456789abcdef\n",
};

/* When something was saved, and in which life of the machine. */
struct memory_stamp {
	struct instant at; /* of the newest tick */
	char boot[MEMORY_BOOT_SIZE]; /* the kernel's boot_id; "" is like no other */
	bool clean; /* the collector ended, it was not killed */
};

/* From then to now. */
struct memory_gap {
	struct memory_stamp saved, now;
};

/* Of one boot CLOCK_MONOTONIC and CLOCK_BOOTTIME go on. */
bool memory_same_boot(const struct memory_gap *gap);
/* Whole seconds of CLOCK_MONOTONIC, over a boot of the calendar; at least 1. A calendar that went back over a boot tells
 * nothing: UINT32_MAX. */
uint64_t memory_gap_s(const struct memory_gap *gap);

/* One owner's part. */
struct memory_section {
	const char *name; /* small letters */
	void *context;
	/* Whole lines that begin with no '[' and hold no NUL. */
	void (*save)(void *context, FILE *out);
	/* A line without its end; false: it makes no sense, and is left out. */
	bool (*restore)(void *context, const struct memory_gap *gap, const char *line);
};

struct memory_sections {
	const struct memory_section *items;
	unsigned count;
};

/* All but the last line, malloc()ed; NULL: no memory, or more than MEMORY_MOST_BYTES. */
char *memory_text(const struct memory_sections *sections, const struct memory_stamp *stamp,
		  size_t *length);
/* The last line, which vouches for that text; it looks at each byte, so whoever has time for it makes it. */
void memory_end(char end[MEMORY_END_SIZE], const char *text, size_t length);

struct memory_read {
	struct memory_gap gap; /* now: the caller's */
	unsigned lines, refused; /* given to their owners, and what they left out */
};

/* Takes text apart, which it changes. 0, or -EBADMSG and why; then no owner was asked. */
int memory_restore(const struct memory_sections *sections, char *text, size_t length,
		   struct memory_read *read, char error[MEMORY_ERROR_SIZE]);

#endif
