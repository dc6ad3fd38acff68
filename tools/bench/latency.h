/* SPDX-License-Identifier: MIT */
/* `audiowatch-bench latency`. */
#ifndef AUDIOWATCH_BENCH_LATENCY_H
#define AUDIOWATCH_BENCH_LATENCY_H

/* The command; argv[0] is its name. The exit status: 0, 1 too late or failed, 2 usage. */
int latency_run(int argc, char **argv);

#endif
