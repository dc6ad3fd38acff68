/* SPDX-License-Identifier: MIT */
/* What is refused before a route sees it, as a table of checks over a request. Pure. */
#ifndef AUDIOWATCH_HTTP_REFUSAL_H
#define AUDIOWATCH_HTTP_REFUSAL_H

#include "http/route.h"

/* What the checks look at; header values as sent, NULL = absent. */
struct http_head {
	const char *method, *path, *version;
	const char *host, *content_length, *transfer_encoding, *content_type;
	unsigned hosts, content_lengths; /* how many of each there were */
	const char *own_name; /* of this machine */
	const struct http_route *route, *order; /* NULL = no such path to look at, to order at */
	bool trusted; /* the control socket's, and its peer is our own user or root */
};

struct http_refusal {
	unsigned status; /* 0 = none */
	const char *detail;
};

enum { HTTP_BODY_MAX = 4096 };

/* Does a body follow the head? Of what is refused it is not read, and the connection closes behind the answer. */
bool http_head_has_body(const struct http_head *head);

/* The first check that fails: 400, 421, 404, 405, 403, 413, 415 in this order. */
struct http_refusal http_refuse(const struct http_head *head);

bool http_head_is_order(const struct http_head *head);
/* Of what is not refused, or 0. */
size_t http_head_length(const struct http_head *head);
/* What a 405 says may be asked there. */
const char *http_head_allows(const struct http_head *head);

#endif
