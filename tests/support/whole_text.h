/* SPDX-License-Identifier: MIT */
/* What the writing thread puts behind the text of a state file, for tests that have none. */
#ifndef AUDIOWATCH_TESTS_WHOLE_TEXT_H
#define AUDIOWATCH_TESTS_WHOLE_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/memory.h"

/* Frees the text of memory_text(). */
static inline char *whole_text(char *text, size_t *length)
{
	char end[MEMORY_END_SIZE], *whole = NULL;

	memory_end(end, text, *length);
	assert_true(asprintf(&whole, "%s%s", text, end) > 0);
	free(text);
	*length = strlen(whole);
	return whole;
}

#endif
