/* SPDX-License-Identifier: MIT */
/* The text of what outlives the collector. Pure but for malloc. */
#include "collector/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "audiowatch-state "
#define VERSION 1

enum { END_SIZE = MEMORY_END_SIZE - 1 };

/* ---- when ---- */

bool memory_same_boot(const struct memory_gap *gap)
{
	return *gap->saved.boot && strcmp(gap->saved.boot, gap->now.boot) == 0 &&
	       gap->now.at.now_ns >= gap->saved.at.now_ns;
}

uint64_t memory_gap_s(const struct memory_gap *gap)
{
	const struct instant *saved = &gap->saved.at, *now = &gap->now.at;
	uint64_t gone_s;

	if (memory_same_boot(gap))
		gone_s = (now->now_ns - saved->now_ns) / NS_A_SECOND;
	else if (now->real_ns < saved->real_ns)
		gone_s = UINT32_MAX;
	else
		gone_s = (now->real_ns - saved->real_ns) / NS_A_SECOND;
	return gone_s ? gone_s : 1;
}

/* ---- writing ---- */

/* FNV-1a: finds what a cut or a slip of a disk or a pen does, and keeps out nobody. */
static uint64_t hash_of(const char *text, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static void put_head(FILE *out, const struct memory_stamp *stamp)
{
	fprintf(out,
		MAGIC "%d {\"real_ns\": %" PRIu64 ", \"now_ns\": %" PRIu64 ", \"boot_ns\": %" PRIu64
		      ", \"boot\": \"%s\", \"clean\": %s}\n",
		VERSION, stamp->at.real_ns, stamp->at.now_ns, stamp->at.boot_ns, stamp->boot,
		stamp->clean ? "true" : "false");
}

char *memory_text(const struct memory_sections *sections, const struct memory_stamp *stamp,
		  size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		return NULL;
	put_head(out, stamp);
	for (unsigned i = 0; i < sections->count; i++) {
		fprintf(out, "[%s]\n", sections->items[i].name);
		sections->items[i].save(sections->items[i].context, out);
	}
	if (fclose(out) == 0 && *length + END_SIZE <= MEMORY_MOST_BYTES)
		return text;
	free(text);
	return NULL;
}

void memory_end(char end[MEMORY_END_SIZE], const char *text, size_t length)
{
	snprintf(end, MEMORY_END_SIZE, "end %016" PRIx64 "\n", hash_of(text, length));
}

/* ---- reading ---- */

__attribute__((format(printf, 2, 3))) static int refuse(char error[MEMORY_ERROR_SIZE],
							const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* clang-tidy 14 forgets what va_start is from one file to the next */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(error, MEMORY_ERROR_SIZE, format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

/* The line at text, whose end becomes a NUL; *text is the next one. All of them end before the text does. */
static char *next_line(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	*end = '\0';
	*text = end + 1;
	return line;
}

static int check_frame(const char *text, size_t length, char error[MEMORY_ERROR_SIZE])
{
	const size_t magic = sizeof MAGIC - 1;
	char end[MEMORY_END_SIZE];
	long version;

	if (length < magic || memcmp(text, MAGIC, magic) != 0)
		return refuse(error, "it is no state of audiowatchd");
	if (length < magic + END_SIZE || text[length - 1] != '\n' || memchr(text, '\0', length))
		return refuse(error, "it is cut short or damaged");
	version = strtol(text + magic, NULL, 10); /* which ends at the line's end at the latest */
	if (version != VERSION)
		return refuse(error, "it is of version %ld, and this audiowatchd reads %d", version,
			      VERSION);
	memory_end(end, text, length - END_SIZE);
	if (memcmp(text + length - END_SIZE, end, END_SIZE) != 0)
		return refuse(error, "it is cut short or damaged");
	return 0;
}

static bool read_head(const char *line, struct memory_stamp *stamp)
{
	const char *object = strchr(line, '{'), *boot = "";
	json_t *head = object ? json_loads(object, 0, NULL) : NULL;
	json_int_t real_ns = 0, now_ns = 0, boot_ns = 0;
	int clean = 0;
	bool good = json_unpack(head, "{s:I, s:I, s:I, s:s, s:b}", "real_ns", &real_ns, "now_ns",
				&now_ns, "boot_ns", &boot_ns, "boot", &boot, "clean", &clean) == 0;

	good = good && real_ns >= 0 && now_ns >= 0 && boot_ns >= 0 &&
	       strlen(boot) < MEMORY_BOOT_SIZE;
	*stamp = (struct memory_stamp){ .at = { .real_ns = (uint64_t)real_ns,
						.now_ns = (uint64_t)now_ns,
						.boot_ns = (uint64_t)boot_ns },
					.clean = clean };
	if (good)
		strcpy(stamp->boot, boot);
	json_decref(head);
	return good;
}

/* "[alerts]"; NULL: nobody's. */
static const struct memory_section *section_of(const struct memory_sections *sections,
					       const char *line)
{
	for (unsigned i = 0; i < sections->count; i++) {
		const char *name = sections->items[i].name;
		const size_t length = strlen(name);

		if (strncmp(line + 1, name, length) == 0 && strcmp(line + 1 + length, "]") == 0)
			return &sections->items[i];
	}
	return NULL;
}

static void give(const struct memory_section *section, struct memory_read *read, const char *line)
{
	if (!section)
		return;
	read->lines++;
	read->refused += !section->restore(section->context, &read->gap, line);
}

int memory_restore(const struct memory_sections *sections, char *text, size_t length,
		   struct memory_read *read, char error[MEMORY_ERROR_SIZE])
{
	const struct memory_section *section = NULL;
	const char *end = text + length - END_SIZE;
	const int status = check_frame(text, length, error);

	read->lines = read->refused = 0;
	if (status)
		return status;
	if (!read_head(next_line(&text), &read->gap.saved))
		return refuse(error, "its first line makes no sense");
	while (text < end) {
		const char *line = next_line(&text);

		if (*line == '[')
			section = section_of(sections, line);
		else
			give(section, read, line);
	}
	return 0;
}
