/* SPDX-License-Identifier: MIT */
/* Listening sockets: parsing, refusing, binding. Thread: the one that starts and stops the
 * server. */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"

enum { BACKLOG = 128, PORT_MAX = 65535 };
enum {
	LOCK_TRIES = 100,
	LOCK_NAP_NS = 10000000
}; /* 1 s; it is held for less than a thousandth of that */

/* Writes the line and returns the errno it belongs to, negative. */
__attribute__((format(printf, 3, 4))) static int refuse(struct listen_error error, int number,
							const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* clang-tidy 14 forgets what va_start is from one file to the next */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(error.text, error.size, format, arguments);
	va_end(arguments);
	return -number;
}

/* ---- parsing ---- */

static int parse_unix(const char *text, struct listen_address *address, struct listen_error error)
{
	const char *path = text + strlen(UNIX_PREFIX);
	size_t length = strlen(path), room = sizeof address->local.sun_path;

	if (length == 0)
		return refuse(error, EINVAL, "%s: no path (try unix:/run/audiowatch.sock)", text);
	if (length >= room)
		return refuse(
			error, EINVAL,
			"%s: the path is %zu bytes, a socket's may have %zu (try a shorter one)",
			text, length, room - 1);
	address->local.sun_family = AF_UNIX;
	memcpy(address->local.sun_path, path, length + 1);
	address->size = sizeof address->local;
	return 0;
}

static int parse_port(const char *text, const char *digits, in_port_t *port,
		      struct listen_error error)
{
	size_t length = strspn(digits, "0123456789");
	unsigned long value = strtoul(digits, NULL, 10); /* more than it holds is ULONG_MAX */

	if (length == 0 || digits[length] != '\0')
		return refuse(error, EINVAL,
			      "%s: \"%s\" is no port (try 19815, or 0 for any free one)", text,
			      digits);
	if (value > PORT_MAX)
		return refuse(error, EINVAL,
			      "%s: the port is above 65535 (try 19815, or 0 for any free one)",
			      text);
	*port = htons((uint16_t)value);
	return 0;
}

/* The host as given, out of its brackets; false when it is too long to be an address. */
static bool copy_host(char *host, size_t size, const char *text, const char *colon)
{
	bool bracketed = *text == '[' && colon > text && colon[-1] == ']';
	size_t length = (size_t)(colon - text) - (bracketed ? 2 : 0);

	if (length >= size)
		return false;
	memcpy(host, text + bracketed, length);
	host[length] = '\0';
	return true;
}

/* Fills in the host of an IP address, without its port. */
static bool parse_host(const char *text, const char *colon, struct listen_address *address)
{
	char host[INET6_ADDRSTRLEN];

	if (!copy_host(host, sizeof host, text, colon))
		return false;
	if (*text == '[') {
		address->v6.sin6_family = AF_INET6;
		address->size = sizeof address->v6;
		return colon[-1] == ']' && inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1;
	}
	address->v4.sin_family = AF_INET;
	address->size = sizeof address->v4;
	return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
			 &address->v4.sin_addr) == 1;
}

static int refuse_host(const char *text, const char *colon, struct listen_error error)
{
	struct in6_addr parsed;
	char host[INET6_ADDRSTRLEN];

	if (colon == text)
		return refuse(error, EINVAL, "%s: no address (try 127.0.0.1%s)", text, colon);
	if (inet_pton(AF_INET6, text, &parsed) == 1)
		return refuse(error, EINVAL, "%s: no port, or no brackets (try [::1]:19815)", text);
	if (copy_host(host, sizeof host, text, colon) && inet_pton(AF_INET6, host, &parsed) == 1)
		return refuse(error, EINVAL, "%s: an IPv6 address needs brackets (try [%s]%s)",
			      text, host, colon);
	return refuse(error, EINVAL, "%s: \"%.*s\" is no IP address (try 127.0.0.1%s)", text,
		      (int)(colon - text), text, colon);
}

static bool is_loopback(const struct listen_address *address)
{
	if (address->any.sa_family == AF_INET)
		return ntohl(address->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

static int parse_ip(const char *text, struct listen_address *address, struct listen_error error)
{
	const char *colon = strrchr(text, ':');
	in_port_t port = 0;
	int status;

	if (!colon)
		return refuse(error, EINVAL, "\"%s\" is no ADDRESS:PORT (try 127.0.0.1:19815)",
			      text);
	if (!parse_host(text, colon, address))
		return refuse_host(text, colon, error);
	status = parse_port(text, colon + 1, &port, error);
	if (status < 0)
		return status;
	if (!is_loopback(address))
		return refuse(error, EACCES,
			      "%s: not a loopback address; without authentication audiowatchd "
			      "listens on 127.0.0.1, "
			      "[::1] or unix: sockets only",
			      text);
	if (address->any.sa_family == AF_INET)
		address->v4.sin_port = port;
	else
		address->v6.sin6_port = port;
	return 0;
}

int listen_parse(const char *text, struct listen_address *address, struct listen_error error)
{
	*address = (struct listen_address){ .text = text };
	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		return parse_unix(text, address, error);
	return parse_ip(text, address, error);
}

/* ---- binding ---- */

static const char *path_of(const struct listen_address *address)
{
	return address->local.sun_path;
}

static int refuse_errno(const struct listen_address *address, int number, struct listen_error error)
{
	bool local = address->any.sa_family == AF_UNIX;
	const char *cure = "";

	if (number == EADDRINUSE)
		return refuse(error, number, "%s: the %s is in use (another audiowatchd? try %s)",
			      address->text, local ? "socket" : "port",
			      local ? "another path" : "--listen 127.0.0.1:0");
	if (number == EADDRNOTAVAIL || number == EAFNOSUPPORT)
		cure = " (is IPv6 off? try 127.0.0.1:19815)";
	else if (number == EACCES && !local)
		cure = " (ports below 1024 are root's; try 19815)";
	return refuse(error, number, "%s: %s%s", address->text, strerrordesc_np(number), cure);
}

/* Does anybody accept connections there? A full backlog (EAGAIN) is somebody. 0 = yes, else
 * errno. */
static int probe(const struct listen_address *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), number = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, &address->any, address->size) < 0 && errno != EAGAIN)
		number = errno;
	close(fd);
	return number;
}

/* Two that start at once must not each take the other's socket for nobody's, bound and not yet listening as it is: the
 * folder is locked from the look to listen(). -1 with errno 0: it cannot be, and nothing is lost but that. */
static int lock_folder(const struct listen_address *address)
{
	const struct timespec nap = { 0, LOCK_NAP_NS };
	char folder[sizeof address->local.sun_path + 1];
	char *slash;
	int fd;

	(void)snprintf(folder, sizeof folder, "%s", path_of(address));
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (unsigned tries = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (errno == EWOULDBLOCK && tries == LOCK_TRIES) {
			close(fd);
			errno = EADDRINUSE;
			return -1;
		}
		(void)nanosleep(&nap, NULL);
	}
	errno = 0;
	return fd;
}

/* Makes way for a unix socket: only the file of a socket that nobody serves is removed. */
static int clear_path(const struct listen_address *address, struct listen_error error)
{
	struct stat status;
	int number;

	if (lstat(path_of(address), &status) < 0)
		return errno == ENOENT ? 0 : refuse_errno(address, errno, error);
	if (!S_ISSOCK(status.st_mode))
		return refuse(
			error, EEXIST,
			"%s: the file is there and no socket (remove it, or try another path)",
			address->text);
	number = probe(address);
	if (number == 0)
		return refuse_errno(address, EADDRINUSE, error);
	if (number == ENOENT ||
	    (number == ECONNREFUSED && (unlink(path_of(address)) == 0 || errno == ENOENT)))
		return 0;
	return refuse_errno(address, number == ECONNREFUSED ? errno : number, error);
}

/* Linux gives a bound socket's file the mode of the socket itself, less the umask: no moment at
 * 0777. */
static bool bind_unix(struct listener *listener)
{
	const struct listen_address *address = &listener->address;
	struct stat status;

	if (fchmod(listener->fd, 0600) < 0 || bind(listener->fd, &address->any, address->size) < 0)
		return false;
	if (lstat(path_of(address), &status) < 0)
		return false;
	listener->device = status.st_dev;
	listener->inode = status.st_ino;
	return true;
}

static bool bind_ip(struct listener *listener)
{
	const struct listen_address *address = &listener->address;
	struct listen_address real = { 0 };
	socklen_t size = sizeof real.v6;
	const int on = 1;

	if (setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		return false;
	if (bind(listener->fd, &address->any, address->size) < 0 ||
	    getsockname(listener->fd, &real.any, &size) < 0)
		return false;
	listener->port = ntohs(real.any.sa_family == AF_INET ? real.v4.sin_port : real.v6.sin6_port);
	return true;
}

/* False with errno set; what was made so far is the caller's to close. */
static bool listener_bind(struct listener *listener)
{
	int family = listener->address.any.sa_family;

	listener->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return false;
	if (!(family == AF_UNIX ? bind_unix(listener) : bind_ip(listener)))
		return false;
	return listen(listener->fd, BACKLOG) == 0;
}

static int listen_bound(struct listener *listener, struct listen_error error)
{
	int status;

	if (listener_bind(listener))
		return 0;
	status = refuse_errno(&listener->address, errno, error);
	listen_close(listener);
	return status;
}

static int listen_unix(struct listener *listener, struct listen_error error)
{
	const int folder = lock_folder(&listener->address);
	int status;

	if (folder < 0 && errno)
		return refuse_errno(&listener->address, errno, error);
	status = clear_path(&listener->address, error);
	if (status == 0)
		status = listen_bound(listener, error);
	if (folder >= 0)
		close(folder);
	return status;
}

int listen_open(struct listener *listener, const struct listen_address *address,
		struct listen_error error)
{
	*listener = (struct listener){ .address = *address, .fd = -1 };
	return address->any.sa_family == AF_UNIX ? listen_unix(listener, error)
						 : listen_bound(listener, error);
}

static void unlink_own(const struct listener *listener)
{
	struct stat status;

	if (listener->inode == 0 || lstat(path_of(&listener->address), &status) < 0)
		return;
	if (status.st_dev == listener->device && status.st_ino == listener->inode)
		unlink(path_of(&listener->address));
}

void listen_close(struct listener *listener)
{
	if (listener->fd < 0)
		return;
	if (listener->address.any.sa_family == AF_UNIX)
		unlink_own(listener);
	close(listener->fd);
	listener->fd = -1;
}
