/* SPDX-License-Identifier: MIT */
/* A decimal number and its unit, multiplied in integers. Pure; any thread. */
#include "collector/quantity.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *suffix;
	uint64_t factor;
};

#define UNITS(table) (table), sizeof(table) / sizeof *(table)

/* The largest first. */
static const struct unit durations[] = {
	{ "d", UINT64_C(86400000000000) },
	{ "h", UINT64_C(3600000000000) },
	{ "m", UINT64_C(60000000000) },
	{ "s", 1000000000 },
	{ "ms", 1000000 },
	{ "us", 1000 },
	{ "ns", 1 },
};
static const struct unit sizes[] = {
	{ "GiB", 1u << 30 }, { "MiB", 1u << 20 }, { "KiB", 1u << 10 }, { "B", 1 }, { "", 1 },
};
static const struct unit ratios[] = { { "", 1000000 }, { "%", 10000 } };
static const struct unit counts[] = { { "", 1 } };

/* digits * 10^-decimals; false where there is no digit, or more of them than fit. */
struct decimal {
	uint64_t digits, divisor;
};

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

static bool decimal_read(const char **text, struct decimal *decimal)
{
	const char *at = *text;
	bool point = false;

	*decimal = (struct decimal){ 0, 1 };
	if (!is_digit(*at))
		return false;
	for (; is_digit(*at) || (*at == '.' && !point && is_digit(at[1])); at++) {
		if (*at == '.') {
			point = true;
			continue;
		}
		if (decimal->digits > UINT64_MAX / 100)
			return false;
		decimal->digits = decimal->digits * 10 + (uint64_t)(*at - '0');
		if (point)
			decimal->divisor *= 10; /* less than digits could hold, but for zeros */
		if (decimal->divisor > UINT64_MAX / 100)
			return false;
	}
	*text = at;
	return true;
}

static bool multiply(const struct decimal *decimal, uint64_t factor, uint64_t *value)
{
	const __uint128_t product = (__uint128_t)decimal->digits * factor;

	if (product % decimal->divisor || product / decimal->divisor > INT64_MAX)
		return false;
	*value = (uint64_t)(product / decimal->divisor);
	return true;
}

static bool parse(const char *text, const struct unit *units, size_t count, uint64_t *value)
{
	struct decimal decimal;

	if (!decimal_read(&text, &decimal))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, units[i].suffix) == 0)
			return multiply(&decimal, units[i].factor, value);
	return false;
}

bool quantity_duration(const char *text, uint64_t *ns)
{
	if (strcmp(text, "0") == 0) {
		*ns = 0;
		return true;
	}
	return parse(text, UNITS(durations), ns);
}

bool quantity_size(const char *text, uint64_t *bytes)
{
	return parse(text, UNITS(sizes), bytes);
}

bool quantity_ratio(const char *text, uint64_t *millionths)
{
	return parse(text, UNITS(ratios), millionths);
}

bool quantity_count(const char *text, uint64_t *count)
{
	return !strchr(text, '.') && parse(text, UNITS(counts), count);
}

bool quantity_boolean(const char *text, bool *value)
{
	static const char *const words[][2] = {
		{ "false", "true" }, { "no", "yes" }, { "off", "on" }, { "0", "1" }
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (int is = 0; is < 2; is++)
			if (strcasecmp(text, words[i][is]) == 0) {
				*value = is;
				return true;
			}
	return false;
}

void quantity_put_duration(char out[QUANTITY_SIZE], uint64_t ns)
{
	const struct unit *unit = durations;

	while (ns % unit->factor)
		unit++;
	snprintf(out, QUANTITY_SIZE, "%llu%s", (unsigned long long)(ns / unit->factor),
		 ns ? unit->suffix : "s");
}

void quantity_put_count(char out[QUANTITY_SIZE], uint64_t count)
{
	snprintf(out, QUANTITY_SIZE, "%llu", (unsigned long long)count);
}

void quantity_put_ratio(char out[QUANTITY_SIZE], uint64_t millionths)
{
	int used = snprintf(out, QUANTITY_SIZE, "%llu.%06llu",
			    (unsigned long long)(millionths / 1000000),
			    (unsigned long long)(millionths % 1000000));

	while (out[used - 1] == '0')
		out[--used] = 0;
	if (out[used - 1] == '.')
		out[used - 1] = 0;
}
