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
#include "collector/window.h"

enum { SLOT_ROOM = RECORD_FILE_ROOM / 2, TIME_ROOM = 24 };

/* Its text lies in the record's, with a newline. */
struct line {
	uint64_t at_ns;
	size_t begins, length;
};

struct record {
	struct record_file *file;
	uint64_t began_ns, tick; /* the newest that was told */
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
	trace_put_time(at, record->tick * NS_A_SECOND);
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

void record_line(struct record *record, uint64_t at_ns, const char *format, ...)
{
	char *text = record->text + record->used;
	va_list arguments;
	int n;

	/* a time before each must fit, too */
	if (SLOT_ROOM - record->used < RECORD_LINE_SIZE || !make_room(record)) {
		record->missing = true;
		return;
	}
	va_start(arguments, format);
	n = vsnprintf(text, RECORD_LINE_SIZE - TIME_ROOM, format, arguments);
	va_end(arguments);
	if (n <= 0 || n >= RECORD_LINE_SIZE - TIME_ROOM) {
		record->missing = true;
		return;
	}
	record->lines[record->count++] = (struct line){ at_ns, record->used, (size_t)n };
	record->used += (size_t)n;
}

/* Lines of one time stay as they came: what came earlier lies earlier. */
static int compare(const void *a, const void *b)
{
	const struct line *first = a, *second = b;

	if (first->at_ns != second->at_ns)
		return first->at_ns < second->at_ns ? -1 : 1;
	return (first->begins > second->begins) - (first->begins < second->begins);
}

/* Into the slot: after the tick before, up to the tick. */
static uint64_t time_of(const struct record *record, uint64_t at_ns, uint64_t tick)
{
	const uint64_t since_ns = at_ns > record->began_ns ? at_ns - record->began_ns : 0;
	const uint64_t first_ns = tick ? record->tick * NS_A_SECOND + 1 : 0;
	const uint64_t last_ns = tick * NS_A_SECOND;

	return since_ns < first_ns ? first_ns : since_ns > last_ns ? last_ns : since_ns;
}

static void put_sorted(struct record *record, const char *at, const char *text, size_t length)
{
	char *to = record->sorted + record->sorted_used;
	const size_t n = strlen(at);

	if (RECORD_FILE_ROOM - record->sorted_used < n + length + 2) {
		record->missing = true;
		return;
	}
	memcpy(to, at, n);
	to[n] = ' ';
	memcpy(to + n + 1, text, length);
	to[n + 1 + length] = '\n';
	record->sorted_used += n + length + 2;
}

/* More than the collector lets pass: as if it had been started again. */
static bool is_gap(const struct record *record, uint64_t tick)
{
	return tick > record->tick + WINDOW_LATE_S + 1;
}

static void put_gap(struct record *record, uint64_t tick)
{
	char at[TRACE_TIME_SIZE];

	trace_put_time(at, record->tick * NS_A_SECOND + 1);
	put_sorted(record, at, "collector stop", strlen("collector stop"));
	record->tick = tick - 1;
	trace_put_time(at, record->tick * NS_A_SECOND + 1);
	put_sorted(record, at, "collector start", strlen("collector start"));
}

void record_slot(struct record *record, uint64_t tick)
{
	char at[TRACE_TIME_SIZE];

	if (record->count)
		qsort(record->lines, record->count, sizeof *record->lines, compare);
	if (is_gap(record, tick))
		put_gap(record, tick);
	for (size_t i = 0; i < record->count; i++) {
		trace_put_time(at, time_of(record, record->lines[i].at_ns, tick));
		put_sorted(record, at, record->text + record->lines[i].begins,
			   record->lines[i].length);
	}
	trace_put_time(at, tick * NS_A_SECOND);
	if (record->missing)
		put_sorted(record, "#", "lines are missing above",
			   strlen("lines are missing above"));
	if (record->sorted_used)
		record_file_put(record->file, record->sorted, record->sorted_used);
	record->count = record->used = record->sorted_used = 0;
	record->missing = false;
	record->tick = tick;
}
