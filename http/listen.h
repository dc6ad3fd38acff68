/* SPDX-License-Identifier: MIT */
/* One listening socket: the text that names it, the checks, the binding. Thread: the one that
 * starts the server. Invariant: a listener is either open (fd >= 0) or closed, and a unix
 * socket's file is there only while open. */
#ifndef AUDIOWATCH_HTTP_LISTEN_H
#define AUDIOWATCH_HTTP_LISTEN_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

struct listen_address {
	const char *text; /* as given, for messages; not owned */
	socklen_t size;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
	};
};

struct listener {
	struct listen_address address;
	int fd; /* -1 = closed */
	unsigned port; /* the real one; 0 for a unix socket */
	dev_t device; /* a unix socket's file, so that a successor's is never unlinked */
	ino_t inode;
};

/* Where a line for the user goes; text is cut at size. */
struct listen_error {
	char *text;
	size_t size;
};

/* 0, -EINVAL (no address) or -EACCES (not loopback), and one line: the value and the cure. */
int listen_parse(const char *text, struct listen_address *address, struct listen_error error);

/* Binds and listens: 0 or -errno and one line; -EADDRINUSE where somebody listens there. */
int listen_open(struct listener *listener, const struct listen_address *address,
		struct listen_error error);

/* Closes the socket and unlinks its file, if that is still ours. A closed listener is fine. */
void listen_close(struct listener *listener);

#endif
