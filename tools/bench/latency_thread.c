/* SPDX-License-Identifier: MIT */
/* A periodic thread that measures how late it is woken and how long its cycle takes. */
#include "tools/bench/latency_thread.h"

#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "tools/bench/latency_schedule.h"
#include "tools/cli/number.h"

enum { STACK_BYTES = 256 << 10 }; /* all of it is locked by --mlockall */

/* ---- the measuring thread ---- */

static void sleep_until(uint64_t due_ns)
{
	const struct timespec due = { .tv_sec = (time_t)(due_ns / NS_A_SECOND),
				      .tv_nsec = (long)(due_ns % NS_A_SECOND) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
		;
}

/* When the cycle ended. */
static uint64_t cycle_run(const struct latency_thread *thread, uint64_t due_ns)
{
	const struct latency_plan *plan = thread->plan;
	const uint64_t period_ns = latency_period_ns(plan->frames, plan->rate_hz);
	const uint64_t woken_ns = latency_clock_ns();
	struct latency_cycle cycle = { .delay_ns = woken_ns - due_ns, .period_ns = period_ns };
	uint64_t ended_ns;

	cycle.told_ns = (uint64_t)(plan->load * (double)period_ns);
	aw_render_begin_late(thread->meter->engine, plan->frames, cycle.delay_ns);
	latency_spend(cycle.told_ns, thread->meter->control->look_ns);
	aw_render_end(thread->meter->engine);
	ended_ns = latency_clock_ns();
	cycle.render_ns = ended_ns - woken_ns;
	latency_meter_cycle(thread->meter, &cycle);
	return ended_ns;
}

static void cycles_run(const struct latency_thread *thread, struct latency_schedule *schedule)
{
	while (!latency_schedule_ended(schedule)) {
		const uint64_t due_ns = latency_schedule_due(schedule);

		sleep_until(due_ns);
		if (latency_control_stopped(thread->meter->control))
			return;
		own_add(&thread->meter->skipped,
			latency_schedule_next(schedule, cycle_run(thread, due_ns)));
	}
}

static void *thread_run(void *argument)
{
	const struct latency_thread *thread = argument;
	const struct latency_plan *plan = thread->plan;
	struct latency_schedule schedule = {
		.rate_hz = plan->rate_hz,
		.frames = plan->frames,
		.periods = latency_periods(plan->duration_ns, plan->frames, plan->rate_hz),
	};

	atomic_store(&thread->meter->tid, (int)gettid());
	atomic_store(&thread->meter->priority, (int)plan->priority);
	schedule.origin_ns = latency_clock_ns() + latency_period_ns(plan->frames, plan->rate_hz);
	cycles_run(thread, &schedule);
	(void)eventfd_write(plan->done_fd, 1);
	return NULL;
}

/* ---- the main thread ---- */

static int attributes_set(pthread_attr_t *attributes, const struct latency_thread *thread)
{
	const struct sched_param parameter = { .sched_priority = (int)thread->plan->priority };
	cpu_set_t cpus;
	int rc = pthread_attr_setstacksize(attributes, STACK_BYTES);

	/* also without one: a policy that we were started with would be measured, and 0 told */
	rc = rc ? rc : pthread_attr_setinheritsched(attributes, PTHREAD_EXPLICIT_SCHED);
	rc = rc ? rc
		: pthread_attr_setschedpolicy(attributes,
					      parameter.sched_priority ? SCHED_FIFO : SCHED_OTHER);
	rc = rc ? rc : pthread_attr_setschedparam(attributes, &parameter);
	if (rc == 0 && thread->meter->cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET((size_t)thread->meter->cpu, &cpus);
		rc = pthread_attr_setaffinity_np(attributes, sizeof cpus, &cpus);
	}
	return rc;
}

int latency_thread_start(struct latency_thread *thread)
{
	pthread_attr_t attributes;
	int rc = pthread_attr_init(&attributes);

	if (rc)
		return -rc;
	rc = attributes_set(&attributes, thread);
	if (rc == 0)
		rc = pthread_create(&thread->id, &attributes, thread_run, thread);
	thread->started = rc == 0;
	(void)pthread_attr_destroy(&attributes);
	return -rc;
}

void latency_thread_join(struct latency_thread *thread)
{
	if (thread->started)
		(void)pthread_join(thread->id, NULL);
	thread->started = false;
}

unsigned latency_cpus(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof cpus, &cpus) < 0 ? 1 : (unsigned)CPU_COUNT(&cpus);
}

bool latency_cpu_allowed(int cpu)
{
	cpu_set_t cpus;

	return cpu >= 0 && cpu < CPU_SETSIZE && sched_getaffinity(0, sizeof cpus, &cpus) == 0 &&
	       CPU_ISSET((size_t)cpu, &cpus);
}

int latency_cpu(unsigned n)
{
	unsigned left = n % latency_cpus();

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (latency_cpu_allowed(cpu) && left-- == 0)
			return cpu;
	return 0;
}
