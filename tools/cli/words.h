/* SPDX-License-Identifier: MIT */
/* Text of others on the way to a terminal or into JSON, and the nearest word to a misspelled one. Pure. */
#ifndef AUDIOWATCH_CLI_WORDS_H
#define AUDIOWATCH_CLI_WORDS_H

#include <stddef.h>

/* Copies text; control characters and what is no UTF-8 become '?', and a character that no longer fits is left out. */
void words_clean(char *clean, size_t size, const char *text);
/* How many columns it takes: one a code point. */
int words_columns(const char *text);
/* Which of the words is nearest to a misspelled one; count is at least 1. */
size_t words_nearest(const char *word, const char *const *words, size_t count);

#endif
