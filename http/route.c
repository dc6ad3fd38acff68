/* SPDX-License-Identifier: MIT */
/* Which row answers a path, and problem+json (RFC 9457) for what goes wrong. Pure but for
 * malloc; H threads. */
#include "http/route.h"
#include "http/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 9110, section 15, and RFC 6585. */
static const struct {
	unsigned status;
	const char *title;
} titles[] = {
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 421, "Misdirected Request" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
};

static const char *title_of(unsigned status)
{
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

enum { LONGEST_ESCAPE = 6 }; /* \u001f */

/* One character as a JSON string has it (RFC 8259, section 7); at most LONGEST_ESCAPE bytes a
 * byte of text. */
static char *put_character(char *out, const char *text, struct utf8_piece piece)
{
	unsigned char byte = (unsigned char)*text;

	if (!piece.valid)
		return stpcpy(out, UTF8_REPLACEMENT);
	if (byte < 0x20)
		return out + sprintf(out, "\\u%04x", byte);
	if (byte == '"' || byte == '\\')
		*out++ = '\\';
	return (char *)mempcpy(out, text, piece.length);
}

static char *put_json_string(char *out, const char *text)
{
	*out++ = '"';
	for (struct utf8_piece piece = utf8_next(text); piece.length; piece = utf8_next(text)) {
		out = put_character(out, text, piece);
		text += piece.length;
	}
	return stpcpy(out, "\"");
}

/* NULL when memory ran out: the answer then has its status and no body. */
static char *problem_body(unsigned status, const char *detail, size_t *length)
{
	enum { AROUND = 160 }; /* the longest title, the keys and the status fit twice */
	char *body = malloc(AROUND + LONGEST_ESCAPE * strlen(detail)), *end = body;

	*length = 0;
	if (!body)
		return NULL;
	end = stpcpy(end, "{\"type\":\"about:blank\",\"title\":");
	end = put_json_string(end, title_of(status));
	end += sprintf(end, ",\"status\":%u,\"detail\":", status);
	end = put_json_string(end, detail);
	end = stpcpy(end, "}\n");
	*length = (size_t)(end - body);
	return body;
}

void http_problem(struct http_answer *answer, unsigned status, const char *detail)
{
	*answer = (struct http_answer){ .status = status,
					.content_type = "application/problem+json" };
	answer->body = problem_body(status, detail ? detail : "", &answer->length);
}

const struct http_route *http_route_find(const struct http_route *routes, size_t count,
					 const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(routes[i].path, path) == 0)
			return &routes[i];
	return NULL;
}
