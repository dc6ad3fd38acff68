/* SPDX-License-Identifier: MIT */
/* What the programs for people share: how they complain, and what the environment says. */
#ifndef AUDIOWATCH_CLI_CLI_H
#define AUDIOWATCH_CLI_CLI_H

#include <stddef.h>

/* One line on standard error, after the program's name: place, value, cure. Returns -EINVAL, which is exit status 2. */
__attribute__((format(printf, 1, 2))) int cli_error(const char *format, ...);
/* The same for a word that is none of these, with the nearest one; what: the command it was given to, or NULL. */
int cli_unknown(const char *what, const char *word, const char *const *words, size_t count);

/* A variable that is set and not empty, else `otherwise`. */
const char *cli_variable(const char *name, const char *otherwise);

#endif
