/* SPDX-License-Identifier: MIT */
/* A file that is written at the end, but refused at the beginning: opened before anything is measured, what it holds is
 * kept until there is something new. Main thread. */
#ifndef AUDIOWATCH_BENCH_LATENCY_OUTPUT_H
#define AUDIOWATCH_BENCH_LATENCY_OUTPUT_H

#include <stdbool.h>

struct latency_output {
	const char *path;
	int fd; /* below 0 = none is wanted */
	bool begun;
};

/* 0, or -EINVAL and one line that names flag and path. */
int latency_output_open(struct latency_output *output, const char *flag, const char *path);
/* The old content goes; what is written to the descriptor from now on stays. */
void latency_output_begin(struct latency_output *output);
/* Leaves no empty file behind where nothing was begun. */
void latency_output_close(struct latency_output *output);

#endif
