/* SPDX-License-Identifier: MIT */
/* The command line and the two variables of the environment, checked before anything is opened.
 * Main thread. */
#ifndef AUDIOWATCH_COLLECTOR_OPTIONS_H
#define AUDIOWATCH_COLLECTOR_OPTIONS_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "collector/log.h"

enum { OPTIONS_MAX = 32, OPTIONS_ERROR_SIZE = 512 };

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

/* Strings are borrowed from argv and the environment. */
struct options {
	enum options_action action;
	enum log_format log_format;
	const char *listen[OPTIONS_MAX], *dirs[OPTIONS_MAX], *prefix;
	size_t listen_count, dir_count;
	const char *dirs_said_by; /* --dir or AUDIOWATCH_DIR */
	uid_t uids[OPTIONS_MAX + 1]; /* the own one first */
	unsigned uid_count;
};

struct options_environment {
	const char *dir, *prefix; /* AUDIOWATCH_DIR, AUDIOWATCH_PREFIX; NULL or empty = unset */
};

/* 0, or -EINVAL and one line: flag, value, cure; without program name and newline. */
int options_parse(struct options *options, int argc, char **argv,
		  const struct options_environment *environment, char error[OPTIONS_ERROR_SIZE]);

/* Whether every directory can be watched: opens and closes each. 0, or -errno and one line. */
int options_check_dirs(const struct options *options, char error[OPTIONS_ERROR_SIZE]);

void options_help(FILE *out);

#endif
