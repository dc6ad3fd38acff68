/* SPDX-License-Identifier: MIT */
/* The nearest word to a misspelled one, for flags, keys and values. Pure; any thread. */
#ifndef AUDIOWATCH_COLLECTOR_NEAREST_H
#define AUDIOWATCH_COLLECTOR_NEAREST_H

/* Which of `count` words is the nearest, at most three letters away; NULL when none is. Words are read at `stride`
 * bytes from each other, so that a table's own rows can be asked. */
const char *nearest_word(const char *word, const char *const *words, unsigned count,
			 unsigned stride);

#endif
