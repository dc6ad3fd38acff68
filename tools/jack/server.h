/* SPDX-License-Identifier: MIT */
/* The JACK server as its process shows it: whether one listens, and whether it is synchronous, which its own protocol
 * does not tell. Link thread: the command line is read by getopt, which is one a process. */
#ifndef AUDIOWATCH_JACK_SERVER_H
#define AUDIOWATCH_JACK_SERVER_H

#include <stdbool.h>
#include <stddef.h>

enum { SERVER_NAME_SIZE = 256 };

enum server_mode { SERVER_UNKNOWN, SERVER_ASYNCHRONOUS, SERVER_SYNCHRONOUS };

struct server_line {
	char name[SERVER_NAME_SIZE]; /* "" = it was given none */
	bool synchronous;
};

/* Reads words with a NUL after each, as in /proc/PID/cmdline; words is changed. False: it is no jackd. */
bool server_parse(struct server_line *line, char *words, size_t size);
/* Finds a variable in such words; NULL = not there. */
const char *server_variable(const char *words, size_t size, const char *variable);

/* Of this user's jackd of that name; unknown where there is none: jackdbus, another namespace. */
enum server_mode server_mode(const char *name);

/* Whether JACK2's socket of that name is answered. Asked before libjack is: an attempt of its own, in vain, leaves a
 * jack_db-UID in /dev/shm. */
bool server_listens(const char *name);

#endif
