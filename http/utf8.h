/* SPDX-License-Identifier: MIT */
/* Bytes of strangers taken apart into valid UTF-8 and the rest. Pure. */
#ifndef AUDIOWATCH_HTTP_UTF8_H
#define AUDIOWATCH_HTTP_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

struct utf8_piece {
	size_t length; /* 1..4 bytes to go on by; 0 only at the terminating NUL */
	bool valid; /* false: stands for one U+FFFD */
};

/* The next character of a NUL-terminated text, or the longest piece that could have begun one
 * (Unicode's "maximal subpart": table 3-7 of the standard). Overlong forms, surrogates and >
 * U+10FFFF are invalid. */
struct utf8_piece utf8_next(const char *text);

#endif
