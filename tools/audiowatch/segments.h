/* SPDX-License-Identifier: MIT */
/* `audiowatch segments`: every object of the prefix, read without a collector. */
#ifndef AUDIOWATCH_CLI_SEGMENTS_H
#define AUDIOWATCH_CLI_SEGMENTS_H

/* argv[0] is "segments". Returns the exit status: 0, or 2 for bad usage. */
int segments_run(int argc, char **argv);

#endif
