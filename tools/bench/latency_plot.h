/* SPDX-License-Identifier: MIT */
/* The distributions as a picture, by gnuplot. Main thread.
 *
 * gnuplot is started before anything is measured and waits at its standard input: if there is none, that is known at
 * once. It draws into memory, since it ends with 0 on a full disk; the picture is written from there. */
#ifndef AUDIOWATCH_BENCH_LATENCY_PLOT_H
#define AUDIOWATCH_BENCH_LATENCY_PLOT_H

#include <stdio.h>
#include <sys/types.h>

#include "tools/bench/latency_output.h"
#include "tools/bench/latency_result.h"

struct latency_plot {
	FILE *script; /* gnuplot's standard input; NULL = no plot is wanted */
	pid_t pid;
	int picture_fd; /* where gnuplot draws: memory; below 0 = none */
};

/* 0, or -errno and one line: -ENOENT there is no gnuplot. */
int latency_plot_open(struct latency_plot *plot);
/* Once. Without a cycle there is nothing to draw: one line, and the picture is left alone. 0, or below and one line. */
int latency_plot_draw(struct latency_plot *plot, const struct latency_result *result,
		      struct latency_output *picture);
/* Lets gnuplot finish, also after no draw. */
void latency_plot_close(struct latency_plot *plot);

#endif
