/* SPDX-License-Identifier: MIT */
/* Numbers as text: exact, the shortest that says the same, and alike in every locale. Pure. */
#ifndef AUDIOWATCH_HTTP_NUMBER_H
#define AUDIOWATCH_HTTP_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Holds every text below and its terminating NUL. */
enum { NUMBER_ROOM = 40 };

/* Each writes a NUL-terminated text of at most NUMBER_ROOM bytes and returns its length. */

/* 18446744073709551615 */
size_t number_uint(char *text, uint64_t value);

/* Nanoseconds as seconds, every digit, no trailing zeros: "0.0053", "12", "1.000000001". */
size_t number_nanoseconds(char *text, uint64_t ns);

/* The first of %.15g, %.16g and %.17g that reads back as the same double; "NaN", "+Inf", "-Inf". */
size_t number_real(char *text, double value);

#endif
