/* SPDX-License-Identifier: MIT */
/* `audiowatch-bench publish`. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_H
#define AUDIOWATCH_BENCH_PUBLISH_H

/* The command; argv[0] is its name. The exit status: 0, 1 failed, 2 usage. */
int publish_run(int argc, char **argv);

#endif
