/* SPDX-License-Identifier: MIT */
/* The command line, checked before anything is opened; config.h fills in what no flag said. Main thread. */
#ifndef AUDIOWATCH_COLLECTOR_OPTIONS_H
#define AUDIOWATCH_COLLECTOR_OPTIONS_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "collector/log.h"

enum { OPTIONS_MAX = 32, OPTIONS_ERROR_SIZE = 1024 };

enum options_action { OPTIONS_RUN, OPTIONS_CHECK, OPTIONS_HELP, OPTIONS_VERSION };

/* Strings are borrowed: from argv, and in a struct config also from the environment and the configuration's text. */
struct options {
	enum options_action action;
	const char *config; /* NULL = none */
	const char *replay, *record; /* traces; NULL = none */
	bool replay_verdicts;
	enum log_format log_format;
	enum log_level log_level;
	bool log_format_said, log_level_said; /* by a flag */
	const char *listen[OPTIONS_MAX], *dirs[OPTIONS_MAX], *prefix, *state_dir;
	size_t listen_count, dir_count;
	const char *listen_said_by, *dirs_said_by; /* a flag, a variable, or a place in a file */
	const char *state_dir_said_by; /* the same; NULL = nobody, it is the default */
	uid_t uids[OPTIONS_MAX + 1]; /* the own one first */
	unsigned uid_count;
};

/* What no flag says stays NULL or 0. 0, or -EINVAL and one line: flag, value, cure; without program name and newline. */
int options_parse(struct options *options, int argc, char **argv, char error[OPTIONS_ERROR_SIZE]);

/* Whether every directory can be watched: opens and closes each. 0, or -errno and one line. */
int options_check_dirs(const struct options *options, char error[OPTIONS_ERROR_SIZE]);

void options_help(FILE *out);

#endif
