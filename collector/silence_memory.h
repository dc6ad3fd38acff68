/* SPDX-License-Identifier: MIT */
/* The section of the collector's memory that holds the silences. Pure but for malloc; the poll thread, and main before
 * it. */
#ifndef AUDIOWATCH_COLLECTOR_SILENCE_MEMORY_H
#define AUDIOWATCH_COLLECTOR_SILENCE_MEMORY_H

#include "collector/memory.h"
#include "collector/silence.h"

/* As struct memory_section has them. Saving: the context is a struct silence_memory. */
struct silence_memory {
	const struct silence_list *seen; /* is saved */
	struct silence_list *kept; /* is filled again; what is over by now is left out */
};

void silence_save(void *context, FILE *out);
bool silence_restore(void *context, const struct memory_gap *gap, const char *line);

#endif
