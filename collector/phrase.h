/* SPDX-License-Identifier: MIT */
/* Words and figures for people, put one behind another into a bounded text. Pure; any thread. */
#ifndef AUDIOWATCH_COLLECTOR_PHRASE_H
#define AUDIOWATCH_COLLECTOR_PHRASE_H

#include <stddef.h>
#include <stdint.h>

enum { FIGURE_SIZE = 24 };

/* The caller's text, always ended by a NUL; what no longer fits is left out, between two characters. */
struct phrase {
	char *text;
	size_t size, used;
};
struct phrase phrase_begin(char *text, size_t size);
__attribute__((format(printf, 2, 3))) void phrase_add(struct phrase *phrase, const char *format,
						      ...);

/* Around a name from outside, so that a sentence shows where it begins and ends: "" for one word. */
const char *phrase_quote(const char *name);

/* Each writes into the figure and returns it; three digits at most, and the unit that suits. */
const char *figure_time(char figure[FIGURE_SIZE], uint64_t ns); /* "31.2 ms", "12.3 s", "5 min" */
const char *figure_share(char figure[FIGURE_SIZE], uint64_t millionths); /* "62 %", "1.8 %" */
const char *figure_times(char figure[FIGURE_SIZE], uint64_t millionths); /* "5.9", "0.59" */

/* a/b in millionths; 0 where b is. */
uint64_t share_of(uint64_t a, uint64_t b);

#endif
