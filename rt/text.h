/* SPDX-License-Identifier: MIT */
/* Cutting text at a UTF-8 boundary; host control threads. */
#ifndef AUDIOWATCH_RT_TEXT_H
#define AUDIOWATCH_RT_TEXT_H

#include <string.h>

/* How many bytes of text fit into `most` without splitting a character (a continuation byte is 10xxxxxx). */
static inline size_t aw_text_cut(const char *text, size_t most)
{
	size_t length = strnlen(text, most + 1);

	if (length <= most)
		return length;
	for (length = most; length && ((unsigned char)text[length] & 0xC0) == 0x80; length--)
		;
	return length ? length : most; /* nothing but continuation bytes: no UTF-8 to save */
}

/* Fills all of `to`, the rest with NULs; NULL is "". */
static inline void aw_text_copy(char *to, size_t size, const char *text)
{
	memset(to, 0, size);
	if (text)
		memcpy(to, text, aw_text_cut(text, size - 1));
}

#endif
