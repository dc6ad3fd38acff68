/* SPDX-License-Identifier: MIT */
/* The growing body that every exposition format writes to. Any thread, one writer at a time
 * each. */
#include "http/expo_body.h"

#include <stdlib.h>
#include <string.h>

/* So much that it comes from the kernel and goes back to it: of room that nobody writes to there is none. */
enum { FIRST_ROOM = 256 << 10 };

void expo_init(struct expo_writer *writer, const struct expo_format *format)
{
	*writer = (struct expo_writer){ .format = format };
}

void expo_deinit(struct expo_writer *writer)
{
	free(writer->body);
	expo_init(writer, writer->format);
}

/* Room for size more bytes and a NUL; doubles, so that a body costs O(length) copies in all. */
static bool reserve(struct expo_writer *writer, size_t size)
{
	size_t need, room = writer->room ? writer->room : FIRST_ROOM;
	char *body;

	if (size >= SIZE_MAX - writer->length)
		return false;
	need = writer->length + size + 1;
	if (need <= writer->room)
		return true;
	while (room < need)
		room = room > SIZE_MAX / 2 ? need : room * 2;
	body = realloc(writer->body, room);
	if (!body)
		return false;
	writer->body = body;
	writer->room = room;
	return true;
}

void expo_append(struct expo_writer *writer, const void *bytes, size_t size)
{
	if (writer->failed)
		return;
	if (!reserve(writer, size)) {
		writer->failed = true;
		return;
	}
	memcpy(writer->body + writer->length, bytes, size);
	writer->length += size;
	writer->body[writer->length] = '\0';
}

void expo_append_text(struct expo_writer *writer, const char *text)
{
	expo_append(writer, text, strlen(text));
}

char *expo_finish(struct expo_writer *writer, size_t *length)
{
	char *body;

	writer->format->finish(writer);
	expo_append(writer, "", 0); /* an exposition without samples has a body too, an empty one */
	body = writer->failed ? NULL : writer->body;
	*length = body ? writer->length : 0;
	if (body)
		writer->body = NULL;
	expo_deinit(writer);
	return body;
}
