/* SPDX-License-Identifier: MIT */
/* The HTTP server: sockets, caps, time-outs, dispatch over a table of routes. It knows nothing
 * of what it serves. Its threads are libmicrohttpd's own (one internal epoll thread a listener)
 * and one that ends connections past their deadline (deadline.h), all with every signal blocked;
 * a route answers on one of the former and must not wait. Routes only tell; what changes something is an order, which
 * may wait for seconds: nobody but the control socket's peers are behind it. Ownership: what the options point to
 * stays the caller's and outlives the server; the server frees each body. */
#ifndef AUDIOWATCH_HTTP_SERVER_H
#define AUDIOWATCH_HTTP_SERVER_H

#include "http/route.h"

struct http_server;

struct http_options {
	const char *const *listen; /* "ADDR:PORT", "[ADDR6]:PORT", "unix:PATH" */
	size_t listen_count;
	const struct http_route *routes;
	size_t route_count;
	const struct http_route *orders; /* over the control socket alone, from the own user or root */
	size_t order_count;
	const char *control; /* which of listen that is, a unix socket; NULL = none */
	void *context; /* given to each route, to log and to count */
	unsigned connection_limit; /* 0 = 64 */
	unsigned timeout_s; /* inactivity; 0 = 10 */
	unsigned deadline_s; /* from connection or last answer to the next answer's end; 0 = 30 */
	void (*log)(void *context, const char *message); /* one line, no newline; any thread */
	/* an order of somebody from whom none is taken; address: an IP address, or "unix"; any thread */
	void (*denied)(void *context, const struct http_route *order, const char *address);
	/* after each answer; route NULL = none matched */
	void (*count)(void *context, const struct http_route *route, unsigned status);
};

/* Checks every address without opening anything: 0, or -EINVAL / -EACCES (not loopback) and one
 * line in error: the value and the cure, without program name and newline. */
int http_listen_check(const char *const *listen, size_t count, char *error, size_t size);

/* Binds all addresses or none. 0, or -errno (-EADDRINUSE: port in use) and one line in error. */
int http_server_start(const struct http_options *options, struct http_server **server, char *error,
		      size_t size);

/* The port a listener really has (for port 0), 0 for a unix socket. */
unsigned http_server_port(const struct http_server *server, size_t listener);

/* Ends all connections and threads, unlinks its unix sockets. NULL is fine. */
void http_server_stop(struct http_server *server);

#endif
