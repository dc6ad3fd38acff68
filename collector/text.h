/* SPDX-License-Identifier: MIT */
/* Text that came from a segment, made fit to be compared, logged and shown; and times as text.
 * Pure; any thread. */
#ifndef AUDIOWATCH_COLLECTOR_TEXT_H
#define AUDIOWATCH_COLLECTOR_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "shm/layout.h"

enum {
	TEXT_LABEL_SIZE = 3 * AW_TITLE_SIZE, /* the longest name or title, each byte of it replaced */
	TEXT_TIME_SIZE = sizeof "2026-01-02T03:04:05.678Z",
};

/* Copies at most `length` bytes, up to a NUL, as valid UTF-8: every byte that belongs to no
 * valid sequence becomes U+FFFD. So two names that are written alike are equal, whatever their
 * bytes were. Cut where it no longer fits. */
void text_clean(char *out, size_t size, const char *in, size_t length);

/* RFC 3339, UTC, with milliseconds. */
void text_time(char out[TEXT_TIME_SIZE], uint64_t realtime_ns);

#endif
