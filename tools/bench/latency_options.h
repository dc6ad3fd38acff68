/* SPDX-License-Identifier: MIT */
/* The command line of `audiowatch-bench latency`. Read once by main, only read afterwards. */
#ifndef AUDIOWATCH_BENCH_LATENCY_OPTIONS_H
#define AUDIOWATCH_BENCH_LATENCY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define LATENCY_APP "audiowatch-bench"

enum { LATENCY_MAX_THREADS = 64 };

struct latency_options {
	unsigned threads;
	bool pinned; /* thread n to cpu, or to the n-th CPU where cpu is -1 */
	int cpu;
	unsigned priority; /* of SCHED_FIFO; 0 = SCHED_OTHER */
	uint32_t rate_hz, frames; /* the period; of an interval in us: 1 MHz and as many frames */
	uint64_t duration_ns; /* 0 = until a signal comes */
	uint64_t break_us, histogram_us; /* 0 = none */
	double load;
	bool lock_memory, quiet, json, jack, help;
	const char *histfile, *plot, *server, *name;
	const char *paced_by, *interval_by,
		*format_by; /* the last flag of a kind; NULL = none was said */
};

/* 0, or -EINVAL and one line; nothing has been opened then. */
int latency_options_read(struct latency_options *options, int argc, char **argv);
void latency_options_help(void);

#endif
