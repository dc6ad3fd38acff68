/* SPDX-License-Identifier: MIT */
/* Hostile bytes to valid UTF-8, and times to RFC 3339. Pure; any thread. */
#include "collector/text.h"

#include <string.h>
#include <time.h>

#define REPLACEMENT "\xEF\xBF\xBD"

static unsigned continuations(unsigned char lead)
{
	return lead < 0x80		     ? 0
	       : lead >= 0xC2 && lead < 0xE0 ? 1
	       : (lead & 0xF0) == 0xE0	     ? 2
	       : lead >= 0xF0 && lead < 0xF5 ? 3
					     : 4;
}

/* The length of the valid sequence at `in`, 0 when there is none (RFC 3629: no surrogate,
 * nothing overlong). */
static size_t sequence(const unsigned char *in, size_t left)
{
	const unsigned more = continuations(in[0]);
	uint32_t point = in[0] & (0x7Fu >> more);

	if (more > 3 || more >= left)
		return 0;
	for (unsigned i = 1; i <= more; i++) {
		if ((in[i] & 0xC0) != 0x80)
			return 0;
		point = point << 6 | (in[i] & 0x3F);
	}
	if ((more == 2 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) ||
	    (more == 3 && (point < 0x10000 || point > 0x10FFFF)))
		return 0;
	return more + 1;
}

void text_clean(char *out, size_t size, const char *in, size_t length)
{
	const size_t end = strnlen(in, length);
	size_t used = 0;

	for (size_t at = 0; at < end;) {
		const size_t valid = sequence((const unsigned char *)in + at, end - at);
		const char *from = valid ? in + at : REPLACEMENT;
		const size_t bytes = valid ? valid : sizeof REPLACEMENT - 1;

		if (used + bytes >= size)
			break;
		memcpy(out + used, from, bytes);
		used += bytes;
		at += valid ? valid : 1;
	}
	out[used] = 0;
}

void text_time(char out[TEXT_TIME_SIZE], uint64_t realtime_ns)
{
	const time_t seconds = (time_t)(realtime_ns / 1000000000u);
	const unsigned ms = (unsigned)(realtime_ns / 1000000u % 1000u);
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(out, TEXT_TIME_SIZE, "%Y-%m-%dT%H:%M:%S.000Z", &utc);
	out[20] = (char)('0' + ms / 100);
	out[21] = (char)('0' + ms / 10 % 10);
	out[22] = (char)('0' + ms % 10);
}
