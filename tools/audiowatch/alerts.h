/* SPDX-License-Identifier: MIT */
/* `audiowatch alerts`. */
#ifndef AUDIOWATCH_CLI_ALERTS_H
#define AUDIOWATCH_CLI_ALERTS_H

/* The exit status. */
int alerts_run(int argc, char **argv);

#endif
