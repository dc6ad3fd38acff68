/* SPDX-License-Identifier: MIT */
/* What is checked before anything is opened. main, at start. */
#ifndef AUDIOWATCH_COLLECTOR_STARTUP_H
#define AUDIOWATCH_COLLECTOR_STARTUP_H

#include "collector/config.h"

enum { EXIT_FINE = 0, EXIT_RUN_TIME = 1, EXIT_USAGE = 2 };

/* One line on standard error, whatever the values in it hold; returns the status. */
int startup_complain(int exit_status, const char *line);
/* Flags, environment and file, all of them before anything is opened: -1 = go on with this configuration, else the exit
 * status; then it was wrong, or what was asked for instead of running is done.
 * Addresses are the HTTP server's to check: listen says as much of them. */
int startup_check(struct config *config, int argc, char **argv,
		  int (*listen)(const struct options *options));

#endif
