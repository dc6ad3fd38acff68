/* SPDX-License-Identifier: MIT */
/* What the programs for people share: how they complain, and what the environment says. */
#ifndef AUDIOWATCH_CLI_CLI_H
#define AUDIOWATCH_CLI_CLI_H

#include <stddef.h>

/* One line on standard error, after the program's name: place, value, cure. Returns -EINVAL, which is exit status 2. */
__attribute__((format(printf, 1, 2))) int cli_error(const char *format, ...);
/* The same for what is no error: a state that people should know of. */
__attribute__((format(printf, 1, 2))) void cli_say(const char *format, ...);
/* As cli_error(), for a word that is none of these, with the nearest one; what: the command whose option it is ("": the program's), NULL: it is a command. */
int cli_unknown(const char *what, const char *word, const char *const *words, size_t count);

/* A variable that is set and not empty, else `otherwise`. */
const char *cli_variable(const char *name, const char *otherwise);

#endif
