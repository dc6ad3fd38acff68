/* SPDX-License-Identifier: MIT */
/* What the exposition formats write their bytes with; for expo_*.c alone. Thread: the writer's. */
#ifndef AUDIOWATCH_HTTP_EXPO_BODY_H
#define AUDIOWATCH_HTTP_EXPO_BODY_H

#include "http/expo.h"

/* Bytes behind the body; it stays NUL-terminated. Without memory: sets failed, and does nothing
 * from then on. */
void expo_append(struct expo_writer *writer, const void *bytes, size_t size);
void expo_append_text(struct expo_writer *writer, const char *text);

#endif
