/* SPDX-License-Identifier: MIT */
/* Text of others on the way to a terminal or into JSON, and the nearest word to a misspelled one. Pure. */
#include "tools/cli/words.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 character at text (RFC 3629), 0 = none. */
static size_t utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high;
		size_t length;
	} forms[] = {
		{ 0x20, 0x7e, 0, 0xff, 1 },    { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (text[0] < forms[i].first_low || text[0] > forms[i].first_high)
			continue;
		if (text[1] < forms[i].second_low || text[1] > forms[i].second_high)
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/* U+0080 to U+009F steer terminals too, and so do breaks of lines and directions of writing. */
static bool is_control(const unsigned char *text)
{
	if (text[0] == 0xc2)
		return text[1] < 0xa0;
	if (text[0] != 0xe2)
		return false;
	if (text[1] == 0x80)
		return (text[2] & 0xfe) == 0x8e || (text[2] >= 0xa8 && text[2] <= 0xae);
	return text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9;
}

void words_clean(char *clean, size_t size, const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t used = 0;

	while (*from) {
		const size_t length = is_control(from) ? 0 : utf8_length(from);
		const size_t step = length ? length : 1;

		if (used + step >= size)
			break;
		if (length)
			memcpy(clean + used, from, length);
		else
			clean[used] = '?';
		used += step;
		from += step;
	}
	clean[used] = '\0';
}

int words_columns(const char *text)
{
	int columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

enum { LONGEST = 31 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Levenshtein's, of the first 31 letters. */
static unsigned distance(const char *a, const char *b)
{
	const size_t columns = strnlen(b, LONGEST);
	unsigned row[LONGEST + 1];

	for (unsigned k = 0; k <= columns; k++)
		row[k] = k;
	for (unsigned i = 0; i < LONGEST && a[i]; i++) {
		unsigned diagonal = row[0];

		row[0] = i + 1;
		for (size_t k = 1; k <= columns; k++) {
			const unsigned replaced = diagonal + (a[i] != b[k - 1]);

			diagonal = row[k];
			row[k] = least(least(row[k], row[k - 1]) + 1, replaced);
		}
	}
	return row[columns];
}

size_t words_nearest(const char *word, const char *const *words, size_t count)
{
	size_t nearest = 0;

	for (size_t i = 1; i < count; i++)
		if (distance(word, words[i]) < distance(word, words[nearest]))
			nearest = i;
	return nearest;
}
