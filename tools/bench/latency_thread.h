/* SPDX-License-Identifier: MIT */
/* A periodic thread that measures how late it is woken and how long its cycle takes. Started and joined by the main
 * thread; its loop sleeps, reads the clock, publishes and counts, and does nothing else. */
#ifndef AUDIOWATCH_BENCH_LATENCY_THREAD_H
#define AUDIOWATCH_BENCH_LATENCY_THREAD_H

#include <pthread.h>

#include "tools/bench/latency_meter.h"

/* The same for all threads; only read while they run. */
struct latency_plan {
	uint32_t rate_hz, frames; /* the period */
	uint64_t duration_ns; /* 0 = until stopped */
	double load; /* work of a cycle by its period */
	unsigned priority; /* of SCHED_FIFO; 0 = SCHED_OTHER */
	int done_fd; /* an eventfd that counts the threads that came to their end */
};

struct latency_thread {
	const struct latency_plan *plan;
	struct latency_meter *meter;
	pthread_t id;
	bool started;
};

/* 0 or -errno; -EPERM: the priority is refused. Signals are to be blocked before. */
int latency_thread_start(struct latency_thread *thread);
void latency_thread_join(struct latency_thread *thread);

/* The CPUs this process may run on: how many, the n-th (round and round), whether one is among them. */
unsigned latency_cpus(void);
int latency_cpu(unsigned n);
bool latency_cpu_allowed(int cpu);

#endif
