/* SPDX-License-Identifier: MIT */
/* `audiowatch forget`. */
#ifndef AUDIOWATCH_CLI_FORGET_H
#define AUDIOWATCH_CLI_FORGET_H

/* The exit status: 0 done, 1 refused, 2 usage, 3 no collector. */
int forget_run(int argc, char **argv);

#endif
