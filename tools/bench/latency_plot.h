/* SPDX-License-Identifier: MIT */
/* The distributions as a picture, by gnuplot. Main thread.
 *
 * gnuplot is started before anything is measured and waits at its standard input: if there is none, that is known at
 * once. */
#ifndef AUDIOWATCH_BENCH_LATENCY_PLOT_H
#define AUDIOWATCH_BENCH_LATENCY_PLOT_H

#include <stdio.h>
#include <sys/types.h>

#include "tools/bench/latency_output.h"
#include "tools/bench/latency_result.h"

struct latency_plot {
	FILE *script; /* gnuplot's standard input; NULL = no plot is wanted */
	pid_t pid;
};

/* gnuplot writes to the picture's descriptor. 0, or -errno and one line: -ENOENT there is no gnuplot. */
int latency_plot_open(struct latency_plot *plot, const struct latency_output *picture);
void latency_plot_draw(const struct latency_plot *plot, const struct latency_result *result);
/* Lets gnuplot finish, also after no draw; 0, or -EIO and one line. */
int latency_plot_close(struct latency_plot *plot);

#endif
