/* SPDX-License-Identifier: MIT */
/* A file that is written at the end, but refused at the beginning: opened before anything is measured, what it holds is
 * kept until there is something new. Main thread. */
#ifndef AUDIOWATCH_BENCH_LATENCY_OUTPUT_H
#define AUDIOWATCH_BENCH_LATENCY_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct latency_output {
	const char *flag, *path;
	int fd; /* below 0 = none is wanted */
	bool created, begun; /* created: it was not there before */
};

/* 0, or -EINVAL and one line that names flag and path. */
int latency_output_open(struct latency_output *output, const char *flag, const char *path);
/* The old content goes, what is written to the stream stays. NULL: latency_output_end() says why. */
FILE *latency_output_begin(struct latency_output *output);
/* Closes the stream; 0, or below and one line when not all of it could be written. */
int latency_output_end(const struct latency_output *output, FILE *file);
/* Leaves no file behind that was not there, where nothing was begun. */
void latency_output_close(struct latency_output *output);

#endif
