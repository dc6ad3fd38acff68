/* SPDX-License-Identifier: MIT */
/* The flags of a command or program, as a table: --flag VALUE, --flag=VALUE, --flag. */
#ifndef AUDIOWATCH_CLI_FLAGS_H
#define AUDIOWATCH_CLI_FLAGS_H

#include <stddef.h>

struct flag {
	const char *name, *takes, *example, *help; /* takes: what its value is called, NULL = none */
	int (*take)(void *context,
		    const char *value); /* value NULL where it takes none; 0, or -EINVAL and a line */
};

struct flags {
	const char *command;
	const struct flag *table;
	size_t count;
};

/* argv[0] is the command. 0, or -EINVAL and one line on standard error. */
int flags_read(const struct flags *flags, void *context, int argc, char **argv);
void flags_help(const struct flags *flags);

#endif
