/* SPDX-License-Identifier: MIT */
/* Lines of a slot, sorted by time, and their times on the clock of the trace. The poll thread. */
#include "collector/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/instant.h"
#include "collector/record_file.h"
#include "collector/trace.h"
#include "collector/version.h"

enum { SLOT_ROOM = RECORD_FILE_ROOM / 2, TIME_ROOM = 64, TICK_ROOM = 128 };

/* Its text lies in the record's, with a newline. */
struct line {
	uint64_t at_ns, began_ns; /* 0 = nothing goes on */
	size_t begins, length;
};

struct record {
	struct record_file *file;
	uint64_t began_ns;
	uint64_t tick,
		written_ns; /* the newest that was told; of the newest line, since the begin */
	uint64_t ids;
	struct line *lines;
	size_t count, room;
	char *text, *sorted; /* SLOT_ROOM, and again with times */
	size_t used, sorted_used;
	bool missing; /* the slot did not fit */
};

/* ---- life ---- */

/* Cures by what went wrong. */
static const struct {
	int error;
	const char *why;
} cures[] = {
	{ EEXIST, "exists already, and no recording is written over (try another name)" },
	{ ENOENT, "is in no folder that exists (see its spelling)" },
	{ EACCES, "may not be made by this user (see the folder's permissions)" },
};

static int refuse(char error[RECORD_ERROR_SIZE], const char *path, int status)
{
	snprintf(error, RECORD_ERROR_SIZE, "--record-trace: \"%.200s\" cannot be made: %s", path,
		 strerror(-status));
	for (unsigned i = 0; i < sizeof cures / sizeof *cures; i++)
		if (cures[i].error == -status)
			snprintf(error, RECORD_ERROR_SIZE, "--record-trace: \"%.200s\" %s", path,
				 cures[i].why);
	return status;
}

static void release(struct record *record)
{
	if (!record)
		return;
	free(record->text);
	free(record->sorted);
	free(record->lines);
	free(record);
}

int record_open(struct record **record, const char *path, struct log *log,
		char error[RECORD_ERROR_SIZE])
{
	struct record *opened = calloc(1, sizeof *opened);
	int status = -ENOMEM;

	*record = NULL;
	if (opened) {
		opened->text = malloc(SLOT_ROOM);
		opened->sorted = malloc(RECORD_FILE_ROOM);
	}
	if (opened && opened->text && opened->sorted)
		status = record_file_open(&opened->file, path, log);
	if (status) {
		release(opened);
		return refuse(error, path, status);
	}
	*record = opened;
	return 0;
}

void record_close(struct record *record)
{
	char end[64], at[TRACE_TIME_SIZE];

	if (!record)
		return;
	trace_put_time(at, record->written_ns);
	snprintf(end, sizeof end, "%s end\n", at);
	record_file_put(record->file, end, strlen(end));
	record_file_close(record->file);
	release(record);
}

void record_begin(struct record *record, uint64_t began_ns)
{
	char head[256], at[TEXT_TIME_SIZE];

	record->began_ns = began_ns;
	text_time(at, instant_clock_ns(CLOCK_REALTIME));
	snprintf(head, sizeof head, TRACE_HEADER "\n# audiowatchd %s, %s\n", version_string, at);
	record_file_put(record->file, head, strlen(head));
}

uint64_t record_id(struct record *record)
{
	return ++record->ids;
}

/* ---- lines ---- */

static bool make_room(struct record *record)
{
	const size_t room = record->room ? 2 * record->room : 256;
	struct line *grown;

	if (record->count < record->room)
		return true;
	grown = realloc(record->lines, room * sizeof *grown);
	if (!grown)
		return false;
	record->lines = grown;
	record->room = room;
	return true;
}

__attribute__((format(printf, 3, 0))) static void keep_line(struct record *record, struct line line,
							    const char *format, va_list arguments)
{
	int n;

	/* a time before each must fit, too */
	if (SLOT_ROOM - record->used < RECORD_LINE_SIZE || !make_room(record)) {
		record->missing = true;
		return;
	}
	n = vsnprintf(record->text + record->used, RECORD_LINE_SIZE - TIME_ROOM, format, arguments);
	if (n <= 0 || n >= RECORD_LINE_SIZE - TIME_ROOM) {
		record->missing = true;
		return;
	}
	line.begins = record->used;
	line.length = (size_t)n;
	record->lines[record->count++] = line;
	record->used += (size_t)n;
}

void record_line(struct record *record, uint64_t at_ns, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	keep_line(record, (struct line){ .at_ns = at_ns }, format, arguments);
	va_end(arguments);
}

void record_begun(struct record *record, uint64_t at_ns, uint64_t began_ns, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	keep_line(record, (struct line){ .at_ns = at_ns, .began_ns = began_ns }, format, arguments);
	va_end(arguments);
}

/* Lines of one time stay as they came: what came earlier lies earlier. */
static int compare(const void *a, const void *b)
{
	const struct line *first = a, *second = b;

	if (first->at_ns != second->at_ns)
		return first->at_ns < second->at_ns ? -1 : 1;
	return (first->begins > second->begins) - (first->begins < second->begins);
}

/* Behind what was written, and behind the tick before; what is there at tick 0 is there at 0. */
static uint64_t time_of(const struct record *record, uint64_t at_ns, uint64_t tick)
{
	const uint64_t since_ns = at_ns > record->began_ns ? at_ns - record->began_ns : 0;
	uint64_t first_ns = record->tick * NS_A_SECOND + 1;

	if (!tick)
		return 0;
	if (record->written_ns > first_ns)
		first_ns = record->written_ns;
	return since_ns > first_ns ? since_ns : first_ns;
}

/* The last room is the tick's. */
static void put_sorted(struct record *record, const char *at, const char *text, size_t length)
{
	char *to = record->sorted + record->sorted_used;
	const size_t n = strlen(at);

	if (record->sorted_used + n + length + 2 > RECORD_FILE_ROOM - TICK_ROOM) {
		record->missing = true;
		return;
	}
	memcpy(to, at, n);
	to[n] = ' ';
	memcpy(to + n + 1, text, length);
	to[n + 1 + length] = '\n';
	record->sorted_used += n + length + 2;
}

/* In place of its newline, which put_sorted() writes again: how long before the line it began. */
static void put_ago(struct record *record, const struct line *line)
{
	const uint64_t at_ns = record->began_ns + record->written_ns;

	if (line->began_ns && at_ns > line->began_ns)
		record->sorted_used +=
			(size_t)sprintf(record->sorted + record->sorted_used - 1,
					" ago_ns=%" PRIu64 "\n", at_ns - line->began_ns) -
			1;
}

static void put_line(struct record *record, const struct line *line, uint64_t tick)
{
	const size_t used = record->sorted_used;
	char at[TRACE_TIME_SIZE];

	record->written_ns = time_of(record, line->at_ns, tick);
	trace_put_time(at, record->written_ns);
	put_sorted(record, at, record->text + line->begins, line->length);
	if (record->sorted_used > used)
		put_ago(record, line);
}

/* Tick 0 needs no line: it is before all of them. */
static void put_tick(struct record *record, uint64_t tick)
{
	char at[TRACE_TIME_SIZE];

	if (record->written_ns < tick * NS_A_SECOND)
		record->written_ns = tick * NS_A_SECOND;
	trace_put_time(at, record->written_ns);
	record->sorted_used +=
		(size_t)sprintf(record->sorted + record->sorted_used, "%s%s tick n=%" PRIu64 "\n",
				record->missing ? "# lines are missing above\n" : "", at, tick);
}

void record_slot(struct record *record, uint64_t tick)
{
	if (record->count)
		qsort(record->lines, record->count, sizeof *record->lines, compare);
	for (size_t i = 0; i < record->count; i++)
		put_line(record, &record->lines[i], tick);
	if (tick)
		put_tick(record, tick);
	if (record->sorted_used)
		record_file_put(record->file, record->sorted, record->sorted_used);
	record->count = record->used = record->sorted_used = 0;
	record->missing = false;
	record->tick = tick;
}
