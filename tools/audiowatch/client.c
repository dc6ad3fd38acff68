/* SPDX-License-Identifier: MIT */
/* The control socket's other end. */
#include "tools/audiowatch/client.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "shm/segment.h"
#include "tools/cli/cli.h"
#include "tools/cli/words.h"

#define SOCKET_NAME "control.sock"

enum {
	TIMEOUT_S = 5,
	ANSWER_MAX = 16 << 20,
	PIECE = 64 * 1024,
	REQUEST_MAX = 8192,
	UNSAVED_SIZE = 400
};

/* ---- where ---- */

/* Like collector/config.c; a service manager may name several, with colons between them. */
static int default_dir(char dir[CLIENT_PATH_SIZE])
{
	const char *prefix = cli_variable("AUDIOWATCH_PREFIX", AW_DEFAULT_PREFIX);
	const char *service = cli_variable("STATE_DIRECTORY", ""),
		   *xdg = cli_variable("XDG_STATE_HOME", ""), *home = cli_variable("HOME", "");

	if (*service == '/')
		return snprintf(dir, CLIENT_PATH_SIZE, "%.*s", (int)strcspn(service, ":"), service);
	if (*xdg == '/')
		return snprintf(dir, CLIENT_PATH_SIZE, "%s/%s", xdg, prefix);
	if (*home == '/')
		return snprintf(dir, CLIENT_PATH_SIZE, "%s/.local/state/%s", home, prefix);
	return snprintf(dir, CLIENT_PATH_SIZE, "/var/lib/%s", prefix);
}

int client_aim(struct client *client, const char *said)
{
	int length;

	if (said && !*said)
		return cli_error(
			"--state-dir: \"\" is no directory (try /var/lib/" AW_DEFAULT_PREFIX ")");
	if (!said)
		said = cli_variable("AUDIOWATCH_STATE_DIR", NULL);
	length = said ? snprintf(client->state_dir, CLIENT_PATH_SIZE, "%s", said)
		      : default_dir(client->state_dir);
	if (length >= CLIENT_PATH_SIZE)
		return cli_error("--state-dir: the path is too long (try a shorter one)");
	return 0;
}

/* ---- the conversation ---- */

/* -1 with errno set. */
static int reach(const struct sockaddr_un *address)
{
	const struct timeval patience = { .tv_sec = TIMEOUT_S };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int number;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
	    connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
		return fd;
	number = errno;
	(void)close(fd);
	errno = number;
	return -1;
}

/* body NULL: it is a GET. */
static bool ask(int fd, const char *target, const char *body)
{
	char request[REQUEST_MAX];
	int length;

	if (body)
		length = snprintf(request, sizeof request,
				  "POST %s HTTP/1.0\r\nHost: localhost\r\n"
				  "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
				  target, strlen(body), body);
	else
		length = snprintf(request, sizeof request,
				  "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", target);
	return length < (int)sizeof request &&
	       send(fd, request, (size_t)length, MSG_NOSIGNAL) == length;
}

/* All that comes until its end; NULL with errno set. */
static char *hear(int fd)
{
	char *answer = NULL;
	size_t used = 0;
	ssize_t got;

	do {
		char *more = used + PIECE < ANSWER_MAX ? realloc(answer, used + PIECE + 1) : NULL;

		if (!more) {
			free(answer);
			errno = EMSGSIZE;
			return NULL;
		}
		answer = more;
		got = recv(fd, answer + used, PIECE, 0);
		used += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	answer[used] = '\0';
	if (got == 0)
		return answer;
	free(answer);
	return NULL;
}

static char *talk(const struct sockaddr_un *address, const char *target, const char *body)
{
	const int fd = reach(address);
	char *answer = NULL;

	if (fd < 0)
		return NULL;
	if (ask(fd, target, body))
		answer = hear(fd);
	(void)close(fd);
	return answer;
}

static char *unreachable(const struct client *client, const char *why)
{
	(void)cli_error("%s/" SOCKET_NAME
			": no collector is reachable there: %s (start audiowatchd, "
			"or name its folder by --state-dir DIR)",
			client->state_dir, why);
	return NULL;
}

/* The body alone, in the same memory. */
static char *body_of(const struct client *client, char *answer, unsigned *status)
{
	const char *body = strstr(answer, "\r\n\r\n");

	*status = 0;
	if (body && sscanf(answer, "HTTP/1.%*1[01] %3u", status) == 1 && *status)
		return memmove(answer, body + 4, strlen(body + 4) + 1);
	free(answer);
	return unreachable(client, "what answers speaks no HTTP");
}

/* False when the path is too long for a socket's. */
static bool address_of(const struct client *client, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return snprintf(address->sun_path, sizeof address->sun_path, "%s/" SOCKET_NAME,
			client->state_dir) < (int)sizeof address->sun_path;
}

static char *converse(const struct client *client, const char *target, const char *body,
		      unsigned *status)
{
	struct sockaddr_un address;
	char *answer;

	if (!address_of(client, &address))
		return unreachable(client, "the path is too long for a socket");
	answer = talk(&address, target, body);
	if (answer)
		return body_of(client, answer, status);
	return unreachable(client, errno == EAGAIN ? "no answer for 5 seconds" : strerror(errno));
}

char *client_get(const struct client *client, const char *target)
{
	unsigned status;
	char *body = converse(client, target, NULL, &status);

	if (!body || status == 200)
		return body;
	(void)cli_error("%s/" SOCKET_NAME ": the collector answers %u (try again in a second, "
			"or see its log)",
			client->state_dir, status);
	free(body);
	return NULL;
}

char *client_post(const struct client *client, const char *target, const char *body,
		  unsigned *status)
{
	return converse(client, target, body, status);
}

void client_tell_unsaved(const char *command, const struct json_t *answer)
{
	const char *why = json_string_value(json_object_get(answer, "unsaved_because"));
	char clean[UNSAVED_SIZE];

	if (!why)
		return;
	words_clean(clean, sizeof clean, why);
	cli_say("%s: kept in memory only: %s", command, clean);
}

bool client_reaches(const struct client *client)
{
	struct sockaddr_un address;
	const int fd = address_of(client, &address) ? reach(&address) : -1;

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}
