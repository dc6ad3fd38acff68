/* SPDX-License-Identifier: MIT */
/* The signals that end a program. Any thread. */
#ifndef AUDIOWATCH_CLI_ENDS_H
#define AUDIOWATCH_CLI_ENDS_H

#include <signal.h>

/* SIGTERM, and those of SIGINT and SIGHUP that are not ignored: a shell's background and nohup(1) ask a program to live
 * on after them, and a blocked signal comes to a signalfd although it is ignored. */
void ends_fill(sigset_t *ends);

#endif
