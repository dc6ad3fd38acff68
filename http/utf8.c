/* SPDX-License-Identifier: MIT */
/* Bytes of strangers taken apart into valid UTF-8 and the rest. Any thread. */
#include "http/utf8.h"

/* Table 3-7 of the Unicode Standard: which second byte may follow which first; the others are
 * 80..BF. */
static const struct lead {
	unsigned char first, last; /* the lead byte's range */
	unsigned char low, high; /* the second byte's range */
	unsigned char length;
} leads[] = {
	{ 0xC2, 0xDF, 0x80, 0xBF, 2 }, { 0xE0, 0xE0, 0xA0, 0xBF, 3 }, { 0xE1, 0xEC, 0x80, 0xBF, 3 },
	{ 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 }, { 0xF0, 0xF0, 0x90, 0xBF, 4 },
	{ 0xF1, 0xF3, 0x80, 0xBF, 4 }, { 0xF4, 0xF4, 0x80, 0x8F, 4 },
};

static const struct lead *find_lead(unsigned char byte)
{
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
		if (byte >= leads[i].first && byte <= leads[i].last)
			return &leads[i];
	return NULL;
}

/* A NUL is no continuation, so this never looks behind the end. */
struct utf8_piece utf8_next(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	const struct lead *lead;
	size_t length;

	if (bytes[0] < 0x80)
		return (struct utf8_piece){ .length = bytes[0] != 0, .valid = true };
	lead = find_lead(bytes[0]);
	if (!lead || bytes[1] < lead->low || bytes[1] > lead->high)
		return (struct utf8_piece){ .length = 1, .valid = false };
	for (length = 2; length < lead->length && (bytes[length] & 0xC0) == 0x80;)
		length++;
	return (struct utf8_piece){ .length = length, .valid = length == lead->length };
}
