/* SPDX-License-Identifier: MIT */
/* Levenshtein's distance, and the word that has the least. Pure; any thread. */
#include "collector/nearest.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { NEAR = 3, LONGEST = 24 };

/* How many letters must change to make one word of the other, for words of up to LONGEST letters. */
static unsigned distance(const char *a, const char *b)
{
	const size_t length = strlen(b);
	unsigned row[LONGEST + 1];

	if (strlen(a) > LONGEST || length > LONGEST)
		return UINT32_MAX;
	for (unsigned j = 0; j <= length; j++)
		row[j] = j;
	for (unsigned i = 1; *a; a++, i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= length; j++) {
			const unsigned change = diagonal + (*a != b[j - 1]);

			diagonal = row[j];
			row[j] = change;
			if (diagonal + 1 < row[j])
				row[j] = diagonal + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
		}
	}
	return row[length];
}

const char *nearest_word(const char *word, const char *const *words, unsigned count, unsigned stride)
{
	const char *best = NULL;
	unsigned least = NEAR + 1;

	for (unsigned i = 0; i < count; i++) {
		const char *candidate = *(const char *const *)(const void *)((const char *)words +
									     (size_t)i * stride);
		const unsigned d = distance(word, candidate);

		if (d < least && d < strlen(word)) {
			least = d;
			best = candidate;
		}
	}
	return best;
}
