/* SPDX-License-Identifier: MIT */
/* Numbers as people write them, and the one line that says what is wrong with one. Pure. */
#include "tools/cli/number.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const struct unit {
	const char *name;
	double seconds;
} units[] = {
	{ "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
};

static const struct unit *unit_find(const char *name)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(units[i].name, name))
			return &units[i];
	return NULL;
}

/* The greatest of which so many seconds are a whole number. */
static const struct unit *unit_of(double seconds)
{
	const uint64_t whole = (uint64_t)seconds;
	size_t i = sizeof units / sizeof *units - 1;

	while (i > 1 && (!whole || whole % (uint64_t)units[i].seconds))
		i--;
	return &units[i];
}

int number_duration(const char *text, const struct range *range, uint64_t *ns,
		    struct complaint *complaint)
{
	char *end;
	const double number = strtod(text, &end);
	const struct unit *unit = unit_find(end);
	const double seconds = unit ? number * unit->seconds : 0;

	if (end == text || !unit || !isfinite(number))
		return complain(complaint, "\"%s\" is no duration (try %s)", text, range->cure);
	if (seconds < range->low || seconds > range->high) {
		const struct unit *low = unit_of(range->low), *high = unit_of(range->high);

		return complain(complaint, "\"%s\" is not within %.10g%s to %.10g%s (try %s)", text,
				range->low / low->seconds, low->name, range->high / high->seconds,
				high->name, range->cure);
	}
	*ns = (uint64_t)(seconds * (double)NS_A_SECOND + 0.5);
	return 0;
}
