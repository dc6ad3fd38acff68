/* SPDX-License-Identifier: MIT */
/* JSON straight into a stream, member behind member: for lines that are many, where a tree of values would cost more than
 * the text. Compact, no line end. The stream is the caller's alone meanwhile; any thread. */
#ifndef AUDIOWATCH_COLLECTOR_JSON_PUT_H
#define AUDIOWATCH_COLLECTOR_JSON_PUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_put {
	FILE *out;
	const char *between; /* what comes before the next member's key */
};

/* The whole line: begin, members, end. Keys need no escapes. */
struct json_put json_put_begin(FILE *out);
void json_put_end(struct json_put *put);

/* An object as a member; members up to its json_put_end() are its own. */
void json_put_object(struct json_put *put, const char *key);
/* Valid UTF-8; NULL is "". */
void json_put_text(struct json_put *put, const char *key, const char *text);
/* In 64 bits with a sign, as whoever reads it has them. */
void json_put_number(struct json_put *put, const char *key, uint64_t number);
void json_put_bool(struct json_put *put, const char *key, bool value);

/* A text alone, in its quotes. */
void json_put_quoted(FILE *out, const char *text);

#endif
