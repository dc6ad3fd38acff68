/* SPDX-License-Identifier: MIT */
/* The HTTP server: starting and stopping, on the caller's thread. What runs on the H threads:
 * dispatch.c. */
#include "http/dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CONNECTION_LIMIT = 64,
	TIMEOUT_S = 10,
	DEADLINE_S = 30,
	CONNECTION_BYTES = 32 * 1024, /* request head and what libmicrohttpd needs beside it */
};

int http_listen_check(const char *const *listen, size_t count, char *error, size_t size)
{
	struct listen_address address;

	for (size_t i = 0; i < count; i++) {
		int status = listen_parse(listen[i], &address, (struct listen_error){ error, size });

		if (status < 0)
			return status;
	}
	return 0;
}

static int open_all(struct http_server *server, struct listen_error error)
{
	for (size_t i = 0; i < server->options.listen_count; i++) {
		struct listen_address address;
		int status = listen_parse(server->options.listen[i], &address, error);

		if (status < 0)
			return status;
		status = listen_open(&server->doors[i].listener, &address, error);
		if (status < 0)
			return status;
		server->doors[i].server = server;
		server->doors[i].control =
			server->options.control &&
			strcmp(server->options.listen[i], server->options.control) == 0;
		server->door_count = i + 1;
	}
	return 0;
}

static unsigned or_default(unsigned value, unsigned instead)
{
	return value ? value : instead;
}

static bool start_daemon(struct http_server *server, struct door *door)
{
	const struct http_options *options = &server->options;
	unsigned limit = or_default(options->connection_limit, CONNECTION_LIMIT);
	unsigned timeout_s = or_default(options->timeout_s, TIMEOUT_S);
	int fd = fcntl(door->listener.fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return false;
	/* the logger comes first, or the options after it are complained of on stderr */
	door->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL,
		dispatch_request, door, MHD_OPTION_EXTERNAL_LOGGER, dispatch_log, server,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, limit,
		MHD_OPTION_CONNECTION_TIMEOUT, timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_NOTIFY_CONNECTION, dispatch_connection, server,
		MHD_OPTION_NOTIFY_COMPLETED, dispatch_completed, server, MHD_OPTION_END);
	return door->daemon != NULL;
}

static int start_all(struct http_server *server, struct listen_error error)
{
	int status = deadline_start(&server->deadline);

	errno = 0; /* libmicrohttpd may fail without saying why */
	server->sweeping = status == 0;
	for (size_t i = 0; i < server->door_count && status == 0; i++)
		if (!start_daemon(server, &server->doors[i]))
			status = errno ? -errno : -ENOMEM;
	if (status < 0)
		snprintf(error.text, error.size,
			 "the HTTP server's threads do not start: %s (see the limits on "
			 "processes and open files)",
			 strerrordesc_np(-status));
	return status;
}

/* Signals belong to the program's own threads, so those made here start with all of them
 * blocked. */
static int start_all_without_signals(struct http_server *server, struct listen_error error)
{
	sigset_t all, before;
	int status;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	status = start_all(server, error);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

static struct http_server *server_new(const struct http_options *options)
{
	struct http_server *server =
		calloc(1, sizeof *server + options->listen_count * sizeof *server->doors);

	if (!server)
		return NULL;
	server->options = *options;
	deadline_init(&server->deadline,
		      UINT64_C(1000000000) * or_default(options->deadline_s, DEADLINE_S));
	gethostname(server->own_name, sizeof server->own_name - 1);
	return server;
}

int http_server_start(const struct http_options *options, struct http_server **server, char *error,
		      size_t size)
{
	struct listen_error line = { error, size };
	int status = http_listen_check(options->listen, options->listen_count, error, size);

	*server = NULL;
	if (status < 0)
		return status;
	*server = server_new(options);
	if (!*server) {
		snprintf(error, size, "no memory for the HTTP server");
		return -ENOMEM;
	}
	status = open_all(*server, line);
	if (status == 0)
		status = start_all_without_signals(*server, line);
	if (status < 0) {
		http_server_stop(*server);
		*server = NULL;
	}
	return status;
}

unsigned http_server_port(const struct http_server *server, size_t listener)
{
	return listener < server->door_count ? server->doors[listener].listener.port : 0;
}

void http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < server->door_count; i++)
		if (server->doors[i].daemon)
			MHD_stop_daemon(server->doors[i].daemon);
	for (size_t i = 0; i < server->door_count; i++)
		listen_close(&server->doors[i].listener);
	if (server->sweeping)
		deadline_stop(&server->deadline);
	deadline_deinit(&server->deadline);
	free(server);
}
