/* SPDX-License-Identifier: MIT */
/* A running server and what libmicrohttpd calls on its H threads; for server.c and dispatch.c
 * alone. The caller's thread writes the struct before the H threads start and after they ended;
 * in between it is constant, but for the deadline, which has a lock of its own. */
#ifndef AUDIOWATCH_HTTP_DISPATCH_H
#define AUDIOWATCH_HTTP_DISPATCH_H

#include "http/deadline.h"
#include "http/listen.h"
#include "http/server.h"

#include <limits.h>
#include <microhttpd.h>
#include <stdarg.h>

struct door {
	struct http_server *server;
	bool control; /* whoever connects is known by the kernel */
	struct listener listener;
	struct MHD_Daemon *daemon; /* closes a duplicate of the listener's descriptor */
};

struct http_server {
	struct http_options options; /* a copy; what it points to is the caller's */
	struct deadline deadline;
	bool sweeping; /* the deadline's thread runs */
	char own_name[HOST_NAME_MAX + 1];
	size_t door_count;
	struct door doors[];
};

/* libmicrohttpd's callbacks; the context is the server, of dispatch_request() the door. */
enum MHD_Result dispatch_request(void *context, struct MHD_Connection *connection, const char *path,
				 const char *method, const char *version, const char *upload,
				 size_t *upload_size, void **progress);
void dispatch_connection(void *context, struct MHD_Connection *connection, void **watched,
			 enum MHD_ConnectionNotificationCode code);
void dispatch_completed(void *context, struct MHD_Connection *connection, void **progress,
			enum MHD_RequestTerminationCode code);
__attribute__((format(printf, 2, 0))) void dispatch_log(void *context, const char *format,
							va_list arguments);

#endif
