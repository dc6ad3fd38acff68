/* SPDX-License-Identifier: MIT */
/* `audiowatch status`: what the collector sees now. */
#ifndef AUDIOWATCH_CLI_STATUS_H
#define AUDIOWATCH_CLI_STATUS_H

/* 0 healthy, 1 a P0 to P2 alert fires, 2 usage, 3 no collector. */
int status_run(int argc, char **argv);

#endif
