/* SPDX-License-Identifier: MIT */
/* One round: everything once, in turns. Main thread, and a second one while a contender has two. */
#include "tools/bench/publish_measure.h"
#include "tools/cli/ends.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
	BATCHES = 40, /* of PUBLISH_BATCH calls; the round's figure is their median */
	FLUSHES = 120,
	WORK_NS = 100,
	GAP_NS = 2000, /* between two calls of a state, so that the collector polls meanwhile */
	CALIBRATION_STEPS = 50000,
	BESIDE_CALLS = 20,
	BATCH_TRIES = 1000, /* where a batch counts only when the second thread ran beside it */
};

/* ---- ticks and CPUs ---- */

static double ns(const struct publish_bench *bench, double ticks)
{
	return ticks * (double)bench->clock.mult / 4294967296.0;
}

static uint32_t steps_of(const struct publish_bench *bench, double wanted_ns)
{
	double least = 0;

	for (int i = 0; i < 5; i++) { /* the least disturbed one */
		const uint64_t from = aw_ticks(&bench->clock);
		double lasted;

		(void)publish_work(from, CALIBRATION_STEPS);
		lasted = ns(bench, (double)(aw_ticks(&bench->clock) - from));
		if (i == 0 || lasted < least)
			least = lasted;
	}
	return (uint32_t)(wanted_ns / (least / CALIBRATION_STEPS) + 0.5);
}

int publish_bench_init(struct publish_bench *bench, struct publish_result *result)
{
	bench->result = result;
	bench->samples = calloc(PUBLISH_CALLS, sizeof *bench->samples);
	if (!bench->samples)
		return -ENOMEM;
	(void)sched_getaffinity(0, sizeof bench->cpus, &bench->cpus);
	aw_clock_init(&bench->clock);
	bench->work_steps = steps_of(bench, WORK_NS);
	bench->gap_steps = steps_of(bench, GAP_NS);
	return 0;
}

void publish_bench_deinit(struct publish_bench *bench)
{
	free(bench->samples);
	bench->samples = NULL;
}

/* The measuring thread alone; what is started meanwhile must not inherit it. */
static void pin(const struct publish_bench *bench, bool pinned)
{
	const int cpu = bench->result->options->cpu;
	cpu_set_t one;

	if (cpu < 0)
		return;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	(void)sched_setaffinity(0, sizeof one, pinned ? &one : &bench->cpus);
}

static void pin_elsewhere(const struct publish_bench *bench)
{
	const int cpu = bench->result->options->cpu;
	cpu_set_t others = bench->cpus;

	if (cpu >= 0 && CPU_COUNT(&others) > 1)
		CPU_CLR((size_t)cpu, &others);
	(void)sched_setaffinity(0, sizeof others, &others);
}

/* ---- the second thread ---- */

struct beside {
	const struct publish_bench *bench;
	struct publish_subject *subject;
	struct publish_loop loop;
	pthread_t id;
	_Alignas(128) _Atomic uint64_t calls; /* W: it */
	_Alignas(128) _Atomic bool stop; /* W: main */
};

static void *beside_main(void *context)
{
	struct beside *beside = context;

	pin_elsewhere(beside->bench);
	while (!atomic_load_explicit(&beside->stop, memory_order_relaxed)) {
		beside->subject->contender->run(beside->subject->beside, &beside->loop);
		own_add(&beside->calls, BESIDE_CALLS);
	}
	return NULL;
}

static bool beside_start(struct beside *beside)
{
	if (!beside->subject->beside)
		return false;
	beside->loop.calls = BESIDE_CALLS;
	if (beside->loop.manner != PUBLISH_WORK)
		beside->loop.manner = PUBLISH_BACK;
	if (pthread_create(&beside->id, NULL, beside_main, beside) != 0)
		return false;
	while (!own_load(&beside->calls))
		(void)sched_yield();
	return true;
}

static void beside_stop(struct beside *beside)
{
	atomic_store_explicit(&beside->stop, true, memory_order_relaxed);
	(void)pthread_join(beside->id, NULL);
}

/* ---- one contender ---- */

static void run(struct publish_subject *subject, struct publish_loop *loop)
{
	subject->contender->run(subject->self, loop);
	if (subject->contender->rest)
		subject->contender->rest(subject);
}

/* How often the scheduler took the processor from this thread. */
static long taken_away(void)
{
	struct rusage usage = { .ru_nivcsw = 0 };

	(void)getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

/* Whether a batch may count. With a second thread only where that made a quarter as many calls meanwhile, and this one
 * was not put aside for it to: on a busy machine the two may take turns instead. */
static bool batch_run(struct publish_loop *loop, struct beside *beside)
{
	const uint64_t calls = own_load(&beside->calls);
	const long taken = beside->subject->beside ? taken_away() : 0;

	run(beside->subject, loop);
	if (!beside->subject->beside)
		return true;
	return own_load(&beside->calls) - calls >= PUBLISH_BATCH / 4 && taken_away() == taken;
}

/* NAN: no batch counts. */
static double batches_ns(const struct publish_bench *bench, struct publish_loop *loop,
			 struct beside *beside)
{
	double values[BATCHES];
	unsigned count = 0;

	loop->calls = PUBLISH_BATCH;
	run(beside->subject, loop); /* warms the caches */
	for (unsigned i = 0; i < BATCH_TRIES && count < BATCHES; i++)
		if (batch_run(loop, beside))
			values[count++] = ns(bench, (double)loop->ticks / PUBLISH_BATCH);
	return publish_spread(values, count).median;
}

static double flushes_ns(const struct publish_bench *bench, struct publish_subject *subject,
			 struct publish_loop *loop)
{
	loop->calls = FLUSHES;
	run(subject, loop);
	publish_sort(bench->samples, FLUSHES);
	return ns(bench, publish_quantile(bench->samples, FLUSHES, 500000));
}

static void calls_take(const struct publish_bench *bench, struct publish_subject *subject,
		       struct publish_loop *loop, uint32_t from, uint32_t to)
{
	for (uint32_t at = from; at < to; at += PUBLISH_BATCH) {
		loop->samples = bench->samples + at;
		loop->calls = to - at < PUBLISH_BATCH ? to - at : PUBLISH_BATCH;
		run(subject, loop);
	}
}

static void calls_keep(const struct publish_bench *bench, struct publish_measured *measured)
{
	publish_sort(bench->samples, PUBLISH_CALLS);
	for (unsigned i = 0; i < PUBLISH_FIGURES; i++)
		measured->call[i][bench->result->rounds] =
			ns(bench, publish_quantile(bench->samples, PUBLISH_CALLS,
						   publish_figures[i].per_million));
}

static struct publish_loop loop_of(const struct publish_bench *bench,
				   const struct publish_subject *subject, enum publish_manner manner)
{
	return (struct publish_loop){ .manner = manner,
				      .clock = bench->clock,
				      .work = bench->work_steps,
				      .ranges = subject->ranges,
				      .range_count = subject->range_count,
				      .samples = bench->samples };
}

static void manner_measure(struct publish_bench *bench, struct publish_measured *measured,
			   enum publish_manner manner)
{
	struct publish_subject *subject = &measured->subject;
	struct publish_loop loop = loop_of(bench, subject, manner);
	struct beside beside = { .bench = bench, .subject = subject, .loop = loop };
	const bool two = beside_start(&beside);

	if (manner == PUBLISH_EACH) {
		calls_take(bench, subject, &loop, 0, PUBLISH_CALLS);
		calls_keep(bench, measured);
	} else if (manner == PUBLISH_FLUSHED) {
		measured->ns[manner][bench->result->rounds] = flushes_ns(bench, subject, &loop);
	} else {
		measured->ns[manner][bench->result->rounds] = batches_ns(bench, &loop, &beside);
	}
	if (two)
		beside_stop(&beside);
}

static void contender_measure(struct publish_bench *bench, struct publish_measured *measured)
{
	for (unsigned manner = 0; manner < PUBLISH_MANNERS; manner++)
		if (publish_has_manner(measured, manner))
			manner_measure(bench, measured, manner);
	manner_measure(bench, measured, PUBLISH_EACH);
}

/* ---- one state ---- */

static int state_enter(struct publish_bench *bench, enum publish_state state)
{
	int rc = 0;

	if (state == PUBLISH_ABSENT)
		publish_collector_end(&bench->collector);
	else
		rc = publish_collector_start(&bench->collector);
	if (rc == 0 && state == PUBLISH_STOPPED)
		rc = publish_collector_stop(&bench->collector);
	return rc;
}

static void state_measure(struct publish_bench *bench, struct publish_measured *measured)
{
	const enum publish_state state = (enum publish_state)(measured - bench->result->states);
	struct publish_loop loop = loop_of(bench, &measured->subject, PUBLISH_EACH);
	int rc;

	pin(bench, false);
	rc = state_enter(bench, state);
	pin(bench, true);
	if (rc < 0) {
		measured->present = false;
		(void)snprintf(measured->reason, sizeof measured->reason,
			       "no collector could be brought into this state: %s", strerror(-rc));
		return;
	}
	loop.gap = bench->gap_steps;
	calls_take(bench, &measured->subject, &loop, 0, PUBLISH_CALLS / 2);
	if (state == PUBLISH_KILLED)
		publish_collector_kill(&bench->collector);
	calls_take(bench, &measured->subject, &loop, PUBLISH_CALLS / 2, PUBLISH_CALLS);
	if (state == PUBLISH_KILLED)
		publish_collector_end(&bench->collector);
	calls_keep(bench, measured);
}

/* ---- all of them ---- */

static bool signal_came(void)
{
	const struct timespec at_once = { 0 };
	sigset_t signals;

	ends_fill(&signals);
	return sigtimedwait(&signals, NULL, &at_once) > 0;
}

/* An empty loop's cost, of the same round. */
static void take_off(struct publish_result *result)
{
	const uint32_t round = result->rounds;

	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		for (unsigned manner = 0; manner < PUBLISH_MANNERS; manner++)
			result->contenders[i].ns[manner][round] -= result->nothing.ns[manner][round];
}

static bool contenders_round(struct publish_bench *bench)
{
	struct publish_result *result = bench->result;

	contender_measure(bench, &result->nothing);
	for (size_t i = 0; i < PUBLISH_CONTENDERS; i++) {
		const size_t turn = publish_turn(result->rounds, i, PUBLISH_CONTENDERS);

		if (signal_came())
			return true;
		if (result->contenders[turn].present)
			contender_measure(bench, &result->contenders[turn]);
	}
	take_off(result);
	return false;
}

bool publish_round(struct publish_bench *bench)
{
	struct publish_result *result = bench->result;
	bool over;

	pin(bench, false);
	if (bench->collector.program[0] && bench->collector.instance)
		(void)publish_collector_start(&bench->collector);
	pin(bench, true);
	over = contenders_round(bench);
	for (size_t i = 0; i < PUBLISH_STATES && !over; i++) {
		const size_t turn = publish_turn(result->rounds, i, PUBLISH_STATES);

		if (result->states[turn].present)
			state_measure(bench, &result->states[turn]);
		over = signal_came();
	}
	pin(bench, false);
	return over;
}
