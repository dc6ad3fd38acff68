/* SPDX-License-Identifier: MIT */
/* Numbers as text: exact, the shortest that says the same, and alike in every locale. Any
 * thread. */
#include "http/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

size_t number_uint(char *text, uint64_t value)
{
	char reversed[NUMBER_ROOM];
	size_t digits = 0;

	do {
		reversed[digits++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (size_t i = 0; i < digits; i++)
		text[i] = reversed[digits - 1 - i];
	text[digits] = '\0';
	return digits;
}

/* The part of a second behind its point, without the zeros at its end. */
static size_t put_fraction(char *text, uint64_t ns)
{
	size_t length = 9;

	for (size_t i = 9; i-- > 0; ns /= 10)
		text[i] = (char)('0' + ns % 10);
	while (text[length - 1] == '0')
		length--;
	text[length] = '\0';
	return length;
}

size_t number_nanoseconds(char *text, uint64_t ns)
{
	size_t length = number_uint(text, ns / NS_PER_S);

	if (ns % NS_PER_S == 0)
		return length;
	text[length++] = '.';
	return length + put_fraction(text + length, ns % NS_PER_S);
}

/* What printf writes for a finite double, but for the decimal point. */
static bool is_numeral(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e';
}

/* Replaces whatever the locale uses as its decimal point, one byte or several, by a full stop. */
static size_t mend_point(char *text)
{
	size_t length = strlen(text), point = 0, after;

	while (text[point] && is_numeral(text[point]))
		point++;
	if (point == length)
		return length;
	for (after = point; text[after] && !is_numeral(text[after]);)
		after++;
	text[point] = '.';
	memmove(text + point + 1, text + after, length - after + 1);
	return length - (after - point) + 1;
}

static size_t put_word(char *text, const char *word)
{
	size_t length = strlen(word);

	memcpy(text, word, length + 1);
	return length;
}

/* printf and strtod share the locale, whichever it is, so the round trip is checked before the
 * point is mended; a locale of our own would have to be allocated, and could fail. */
size_t number_real(char *text, double value)
{
	if (isnan(value))
		return put_word(text, "NaN");
	if (isinf(value))
		return put_word(text, value > 0 ? "+Inf" : "-Inf");
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, NUMBER_ROOM, "%.*g", digits, value);
		if (digits == 17 || strtod(text, NULL) == value)
			break;
	}
	return mend_point(text);
}
