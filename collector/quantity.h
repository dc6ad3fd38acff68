/* SPDX-License-Identifier: MIT */
/* Durations, sizes, ratios, counts and booleans as people write them, exactly, and back. Pure; any thread. */
#ifndef AUDIOWATCH_COLLECTOR_QUANTITY_H
#define AUDIOWATCH_COLLECTOR_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

enum { QUANTITY_SIZE = 32 };

/* Each is false, and leaves the value alone, where the text is none; what is finer than the unit is none either. */

/* 500ms, 1s, 2m, 1h, 30d, also us and ns; decimals may be written; a plain 0 needs no unit. */
bool quantity_duration(const char *text, uint64_t *ns);
/* 512KiB, 64MiB, 1GiB; a plain number is bytes. */
bool quantity_size(const char *text, uint64_t *bytes);
/* 0.9 or 90%, in millionths. */
bool quantity_ratio(const char *text, uint64_t *millionths);
bool quantity_count(const char *text, uint64_t *count);
/* true, yes, on, 1 and their opposites, in small letters or not. */
bool quantity_boolean(const char *text, bool *value);

/* In the largest unit that needs no decimals; 0 is "0s". */
void quantity_put_duration(char out[QUANTITY_SIZE], uint64_t ns);
void quantity_put_count(char out[QUANTITY_SIZE], uint64_t count);
void quantity_put_ratio(char out[QUANTITY_SIZE], uint64_t millionths);

#endif
