/* SPDX-License-Identifier: MIT */
/* The processes that a measurement needs beside it. Main thread. A child has the signals of a fresh program, says
 * nothing, and does not outlive us. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_CHILD_H
#define AUDIOWATCH_BENCH_PUBLISH_CHILD_H

#include <sys/types.h>

/* Its pid, or -errno. argv[0] is looked up in PATH. */
pid_t publish_child_start(const char *const *argv);
/* SIGTERM, SIGKILL after some seconds; returns when it is gone. */
void publish_child_end(pid_t pid);
/* To its end: its exit status, or -1. */
int publish_child_run(const char *const *argv);

#endif
