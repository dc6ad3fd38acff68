/* SPDX-License-Identifier: MIT */
/* The command line of audiowatch-jack. Read once by main, only read afterwards; it borrows argv's strings. */
#ifndef AUDIOWATCH_JACK_OPTIONS_H
#define AUDIOWATCH_JACK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { OPTIONS_WATCHES = 63 }; /* with `jack` they are the engines of one session */

struct options {
	const char *name, *server;
	const char *watches[OPTIONS_WATCHES];
	unsigned watch_count;
	size_t name_size; /* of a JACK client's name, its NUL included */
	bool sync_ok, print, verbose, help, version;
};

/* 0, or -EINVAL and one line; nothing has been opened then. */
int options_read(struct options *options, int argc, char **argv);
void options_usage(void);
/* The name of the tail behind a watched client, cut to name_size; returns name. */
char *options_tail(const struct options *options, unsigned watch, char *name);

#endif
