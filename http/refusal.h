/* SPDX-License-Identifier: MIT */
/* What is refused before a route sees it, as a table of checks over a request. Pure. */
#ifndef AUDIOWATCH_HTTP_REFUSAL_H
#define AUDIOWATCH_HTTP_REFUSAL_H

#include "http/route.h"

/* What the checks look at; header values as sent, NULL = absent. */
struct http_head {
	const char *method, *path, *version;
	const char *host, *content_length, *transfer_encoding;
	unsigned hosts, content_lengths; /* how many of each there were */
	const char *own_name; /* of this machine */
	const struct http_route *route; /* NULL = no such path */
};

struct http_refusal {
	unsigned status; /* 0 = none */
	const char *detail;
};

/* Does a body follow the head? Then it is not read, and the connection closes behind the answer. */
bool http_head_has_body(const struct http_head *head);

/* The first check that fails: 400, 421, 404, 405, 413 in this order. */
struct http_refusal http_refuse(const struct http_head *head);

#endif
