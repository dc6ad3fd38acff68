/* SPDX-License-Identifier: MIT */
/* Numbers as people write them, and the one line that says what is wrong with one. Pure. */
#include "tools/demo/engine/number.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void keep_to_one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
}

int complain(struct complaint *complaint, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(complaint->text, sizeof complaint->text, format, arguments);
	va_end(arguments);
	keep_to_one_line(complaint->text);
	return -EINVAL;
}

int complain_at(struct complaint *complaint, const char *place)
{
	const struct complaint said = *complaint;

	return complain(complaint, "%s: %s", place, said.text);
}

int number_read(const char *text, const struct range *range, double *value,
		struct complaint *complaint)
{
	char *end;

	*value = strtod(text, &end);
	if (end == text || *end || !isfinite(*value))
		return complain(complaint, "\"%s\" is no number (try %s)", text, range->cure);
	if (*value < range->low || *value > range->high)
		return complain(complaint, "\"%s\" is not within %.10g to %.10g (try %s)", text,
				range->low, range->high, range->cure);
	return 0;
}

int number_whole(const char *text, const struct range *range, uint64_t *value,
		 struct complaint *complaint)
{
	double number;

	if (number_read(text, range, &number, complaint) < 0)
		return -EINVAL;
	*value = (uint64_t)number;
	if ((double)*value < number)
		return complain(complaint, "\"%s\" is no whole number (try %s)", text, range->cure);
	return 0;
}

int number_time(const char *text, const struct range *range, uint64_t *ns,
		struct complaint *complaint)
{
	double number;

	if (number_read(text, range, &number, complaint) < 0)
		return -EINVAL;
	*ns = (uint64_t)(number * (double)range->unit_ns + 0.5);
	return 0;
}
