/* SPDX-License-Identifier: MIT */
/* The commands of a program, as a table; help and version are every program's. */
#ifndef AUDIOWATCH_CLI_COMMANDS_H
#define AUDIOWATCH_CLI_COMMANDS_H

#include <stddef.h>

struct command {
	const char *name, *help;
	int (*run)(int argc, char **argv); /* argv[0] is its name; returns the exit status */
};

struct commands {
	const struct command *table; /* the first one is what somebody who names none is pointed to */
	size_t count;
};

/* Runs the one that argv[1] names, also as --help and --version. Returns its exit status, 2 after one line when there is
 * none of that name, and 1 at least when its output could not be written: what nobody could read is not fine. */
int commands_run(const struct commands *commands, int argc, char **argv);
/* The status, or 1 at least and one line when what was printed cannot be written; for who leaves by _exit(). */
int commands_written(int status);

#endif
