/* SPDX-License-Identifier: MIT */
/* The minutes of objectives as lines of text, and back, for whoever keeps them over a restart. Pure but for the stream:
 *	slo minute NUMBER TOTAL BAD ...    by indicator, oldest minute first
 *	slo counts TOTAL BAD ...           by indicator; believed after a clean shutdown alone
 *	slo now MINUTE REAL_MINUTE RESTED  the running one, the calendar's, 1 after a clean shutdown */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/slo.h"

enum { NUMBERS = 1 + 2 * SLO_INDICATORS };

/* ---- out ---- */

static void put(FILE *out, const struct slo_events of[SLO_INDICATORS])
{
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		fprintf(out, " %llu %llu", (unsigned long long)of[i].total,
			(unsigned long long)of[i].bad);
	fputc('\n', out);
}

static void save_minute(const struct slo_book *book, uint64_t minute, FILE *out)
{
	struct slo_events of[SLO_INDICATORS];
	bool any = false;

	for (unsigned i = 0; i < SLO_INDICATORS; i++) {
		of[i] = book->tracks[i].minutes[minute % SLO_MINUTES];
		any |= of[i].total > 0;
	}
	if (!any)
		return;
	fprintf(out, "slo minute %llu", (unsigned long long)minute);
	put(out, of);
}

void slo_save(const struct slo_book *book, FILE *out)
{
	struct slo_events counts[SLO_INDICATORS];

	if (!book->known)
		return;
	for (unsigned back = SLO_MINUTES; back-- > 0;)
		if (back <= book->minute)
			save_minute(book, book->minute - back, out);
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		counts[i] = book->tracks[i].counts;
	fputs("slo counts", out);
	put(out, counts);
	fprintf(out, "slo now %llu %llu %d\n", (unsigned long long)book->minute,
		(unsigned long long)book->real_minute, book->rested);
}

/* ---- in ---- */

static struct slo_events events_at(const uint64_t *numbers, unsigned i)
{
	return (struct slo_events){ numbers[2 * i], numbers[2 * i + 1] };
}

static bool take_minute(struct slo_book *book, const uint64_t *numbers)
{
	struct slo_events of[SLO_INDICATORS];

	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		of[i] = events_at(numbers + 1, i);
	return slo_remember(book, numbers[0], of);
}

static bool take_counts(struct slo_book *book, const uint64_t *numbers)
{
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		if (numbers[2 * i + 1] > numbers[2 * i])
			return false;
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		book->tracks[i].counts = events_at(numbers, i);
	return true;
}

/* A file that was not the last word is older than what was shown, and no counter goes back. */
static void drop_counts(struct slo_book *book)
{
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		book->tracks[i].counts = (struct slo_events){ 0 };
}

static bool take_now(struct slo_book *book, const uint64_t *numbers)
{
	if (!book->known || numbers[0] != book->minute || numbers[2] > 1)
		return false;
	book->real_minute = numbers[1];
	book->rested = numbers[2];
	if (!book->rested)
		drop_counts(book);
	return true;
}

static const struct line {
	const char *head;
	unsigned numbers;
	bool (*take)(struct slo_book *book, const uint64_t *numbers);
} lines[] = {
	{ "slo minute", NUMBERS, take_minute },
	{ "slo counts", NUMBERS - 1, take_counts },
	{ "slo now", 3, take_now },
};

/* So many whole numbers, a blank before each, and the end of the line. */
static bool read_numbers(const char *at, uint64_t *numbers, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char *end;

		if (at[0] != ' ' || at[1] < '0' || at[1] > '9')
			return false;
		errno = 0;
		numbers[i] = strtoull(at + 1, &end, 10);
		if (errno)
			return false;
		at = end;
	}
	return strcmp(at, "") == 0 || strcmp(at, "\n") == 0;
}

bool slo_restore(struct slo_book *book, const char *line)
{
	uint64_t numbers[NUMBERS];

	for (unsigned i = 0; !book->begun && i < sizeof lines / sizeof *lines; i++) {
		const size_t length = strlen(lines[i].head);

		if (strncmp(line, lines[i].head, length) == 0 &&
		    read_numbers(line + length, numbers, lines[i].numbers))
			return lines[i].take(book, numbers);
	}
	return false;
}
