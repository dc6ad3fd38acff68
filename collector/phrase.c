/* SPDX-License-Identifier: MIT */
/* Figures as people say them. Pure. */
#include "collector/phrase.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct phrase phrase_begin(char *text, size_t size)
{
	*text = '\0';
	return (struct phrase){ text, size, 0 };
}

/* Back to the start of a character that was cut in two: text is UTF-8 throughout. */
static size_t whole_characters(const char *text, size_t length)
{
	size_t at = length;

	while (at > 0 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	return at > 0 && (unsigned char)text[at - 1] >= 0xc0 ? at - 1 : length;
}

void phrase_add(struct phrase *phrase, const char *format, ...)
{
	const size_t left = phrase->size - phrase->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(phrase->text + phrase->used, left, format, arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length < left) {
		phrase->used += (size_t)length;
		return;
	}
	phrase->used = whole_characters(phrase->text, phrase->size - 1);
	phrase->text[phrase->used] = '\0';
	phrase->size = phrase->used + 1; /* nothing follows what was left out */
}

const char *phrase_quote(const char *name)
{
	return *name && !strpbrk(name, " \",;()") ? "" : "\"";
}

/* At most three digits of value/one, none of them a 0 behind the point. */
static void put_three(char figure[FIGURE_SIZE], uint64_t value, uint64_t one)
{
	const int decimals = value >= 100 * one ? 0 : value >= 10 * one ? 1 : 2;
	char *end;

	snprintf(figure, FIGURE_SIZE, "%.*f", decimals, (double)value / (double)one);
	if (!decimals)
		return;
	end = figure + strlen(figure);
	while (end[-1] == '0')
		end--;
	end -= end[-1] == '.';
	*end = '\0';
}

static const char *with_unit(char figure[FIGURE_SIZE], const char *unit)
{
	strncat(figure, unit, FIGURE_SIZE - 1 - strlen(figure));
	return figure;
}

const char *figure_time(char figure[FIGURE_SIZE], uint64_t ns)
{
	static const struct {
		uint64_t from_ns, one_ns;
		const char *name;
	} units[] = {
		{ 172800000000000, 86400000000000, " d" },
		{ 7200000000000, 3600000000000, " h" },
		{ 120000000000, 60000000000, " min" },
		{ 1000000000, 1000000000, " s" },
		{ 1000000, 1000000, " ms" },
		{ 0, 1000, " us" },
	};
	size_t i = 0;

	while (ns < units[i].from_ns)
		i++;
	put_three(figure, ns, units[i].one_ns);
	return with_unit(figure, units[i].name);
}

/* Two digits, and whole ones from ten on; what is hardly there is not told as nothing. */
static void put_two(char figure[FIGURE_SIZE], uint64_t value, uint64_t one)
{
	const int decimals = value >= 10 * one ? 0 : value >= one ? 1 : value * 100 >= one ? 2 : 4;

	snprintf(figure, FIGURE_SIZE, "%.*f", value ? decimals : 0, (double)value / (double)one);
}

const char *figure_share(char figure[FIGURE_SIZE], uint64_t millionths)
{
	put_two(figure, millionths, 10000);
	return with_unit(figure, " %");
}

const char *figure_times(char figure[FIGURE_SIZE], uint64_t millionths)
{
	put_two(figure, millionths, 1000000);
	return figure;
}

uint64_t share_of(uint64_t a, uint64_t b)
{
	return b ? (uint64_t)((double)a * 1e6 / (double)b + 0.5) : 0;
}
