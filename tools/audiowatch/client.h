/* SPDX-License-Identifier: MIT */
/* Asks a collector over its control socket: one HTTP/1.0 request a connection, bounded in bytes and in time. */
#ifndef AUDIOWATCH_CLI_CLIENT_H
#define AUDIOWATCH_CLI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

enum { CLIENT_PATH_SIZE = 4096 };

struct json_t;

struct client {
	char state_dir[CLIENT_PATH_SIZE];
};

/* The collector's own rule: said (a flag) or NULL, $AUDIOWATCH_STATE_DIR, $STATE_DIRECTORY, $XDG_STATE_HOME/PREFIX,
 * ~/.local/state/PREFIX, with $AUDIOWATCH_PREFIX. 0, or -EINVAL and one line. */
int client_aim(struct client *client, const char *said);

/* The body of a 200, to be freed, NUL behind it; NULL after one line: the socket, what is wrong, the cure. */
char *client_get(const struct client *client, const char *target);

/* The body of the answer to a JSON body, whatever its status, to be freed; NULL after one line. */
char *client_post(const struct client *client, const char *target, const char *body,
		  unsigned *status);

/* One line where what was ordered is not on the collector's disk: a restart would forget it. command: whose. */
void client_tell_unsaved(const char *command, const struct json_t *answer);

/* Whether somebody accepts connections there; says nothing. */
bool client_reaches(const struct client *client);

#endif
