/* SPDX-License-Identifier: MIT */
/* `audiowatch silence`. */
#ifndef AUDIOWATCH_CLI_SILENCE_H
#define AUDIOWATCH_CLI_SILENCE_H

/* The exit status: 0 done, 1 refused for what the collector is, 2 usage, 3 no collector. */
int silence_run(int argc, char **argv);

#endif
