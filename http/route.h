/* SPDX-License-Identifier: MIT */
/* What a path answers: a table of routes, an answer, and problem+json (RFC 9457) for what goes
 * wrong. */
#ifndef AUDIOWATCH_HTTP_ROUTE_H
#define AUDIOWATCH_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Who speaks over the control socket. */
struct http_peer {
	uid_t uid;
	pid_t pid;
};

enum { HTTP_LINK_SIZE = 160 };

/* What a route may know of a request. Strings live until the answer returns. */
struct http_request {
	const char *method, *path;
	const char *(*query)(const struct http_request *request, const char *key); /* NULL = absent */
	const char *(*header)(const struct http_request *request,
			      const char *name); /* NULL = absent */
	void *connection;
	/* of an order: */
	const char *body;
	size_t body_length;
	struct http_peer peer;
};

/* Filled by a route. body is malloc()ed and the server frees it, unless body_free says how: then
 * the server calls body_free(body_owner) once the bytes were sent (shared pages are reference-
 * counted this way). */
struct http_answer {
	unsigned status; /* 0 = 200 */
	const char *content_type;
	char *body;
	size_t length;
	void (*body_free)(void *body_owner);
	void *body_owner;
	char link[HTTP_LINK_SIZE]; /* a Link header; "" = none */
};

typedef void http_route_fn(void *context, const struct http_request *request,
			   struct http_answer *answer);

/* In the table of routes it answers GET, and HEAD beside it; in that of orders POST, whose body is JSON. Adding a path is
 * one line in the collector's table. */
struct http_route {
	const char *path;
	const char *handler; /* the label of audiowatch_http_requests_total */
	http_route_fn *answer;
};

/* An application/problem+json body:
 * {"type":"about:blank","title":...,"status":...,"detail":...}. */
void http_problem(struct http_answer *answer, unsigned status, const char *detail);

/* The row for a path, or NULL. Pure. */
const struct http_route *http_route_find(const struct http_route *routes, size_t count,
					 const char *path);

#endif
