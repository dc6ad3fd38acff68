/* SPDX-License-Identifier: MIT */
/* The flags of a command or program, as a table: --flag VALUE, --flag=VALUE, --flag; and where a flag has a letter too,
 * as getopt reads it: -f VALUE, -fVALUE, -f, -fg for -f -g. */
#ifndef AUDIOWATCH_CLI_FLAGS_H
#define AUDIOWATCH_CLI_FLAGS_H

#include <stddef.h>

struct flag {
	const char *name; /* "--flag", or "-f, --flag"; NULL: a heading of the help, which is all that it has; "TEXT": any
			   * word that is no flag */
	const char *takes; /* what its value is called, NULL = none; "[N]" may be left out */
	const char *example, *help;
	/* value NULL where it takes none or none was given; 0, or -EINVAL and a line */
	int (*take)(void *context, const char *value);
};

struct flags {
	const char *command; /* "" = the program itself */
	const struct flag *table;
	size_t count;
};

/* argv[0] is the command. 0, or -EINVAL and one line on standard error. A value that may be left out is the next word
 * only where that begins with a digit. */
int flags_read(const struct flags *flags, void *context, int argc, char **argv);
void flags_help(const struct flags *flags);

#endif
