/* SPDX-License-Identifier: MIT */
/* The worker thread: calls at a simulated FFI boundary, and channels on request. Start and stop: control thread. */
#include "tools/demo/plugin/worker.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tools/demo/plugin/spend.h"

enum { BEAT_NS = 100 * NS_A_MILLISECOND };

/* False when the plugin goes meanwhile. */
static bool worker_sleep(const struct worker *worker, uint64_t until_ns)
{
	struct pollfd stop = { .fd = worker->stop_fd, .events = POLLIN };
	uint64_t now_ns;

	while ((now_ns = spend_now_ns()) < until_ns) {
		const uint64_t rest_ns = until_ns - now_ns;
		const struct timespec rest = { .tv_sec = (time_t)(rest_ns / NS_A_SECOND),
					       .tv_nsec = (long)(rest_ns % NS_A_SECOND) };

		if (ppoll(&stop, 1, &rest, NULL) > 0)
			return false;
	}
	return true;
}

/* One more part a beat at most, each within the one before. */
static void parts_step(struct worker *worker)
{
	const unsigned count = atomic_load_explicit(&worker->part_count, memory_order_relaxed);
	struct aw_channel *parent = count ? worker->parts[count - 1] : NULL;
	char name[16];

	if (count >= atomic_load_explicit(&worker->wishes.parts, memory_order_relaxed))
		return;
	(void)snprintf(name, sizeof name, "part%u", count + 1);
	if (aw_channel_new(worker->engine, parent, name, &worker->parts[count]) == 0)
		/* release: pairs with worker_parts(); the part is there with it */
		atomic_store_explicit(&worker->part_count, count + 1, memory_order_release);
}

static void hang_step(struct worker *worker, bool wanted)
{
	if (wanted && !worker->hangs)
		worker->hanging = aw_ffi_begin(worker->hang);
	else if (!wanted && worker->hangs)
		aw_ffi_end(worker->hanging, false);
	worker->hangs = wanted;
}

/* False when the plugin goes meanwhile; a call that is cut short has failed. */
static bool calls_step(struct worker *worker)
{
	const uint64_t ffi_ms = atomic_load_explicit(&worker->wishes.ffi_ms, memory_order_relaxed);
	struct aw_ffi_call call;
	bool whole;

	if (!ffi_ms)
		return true;
	aw_ffi_end(aw_ffi_begin(worker->ping), true);
	call = aw_ffi_begin(worker->load);
	whole = worker_sleep(worker, spend_now_ns() + ffi_ms * NS_A_MILLISECOND);
	aw_ffi_end(call, whole);
	return whole;
}

/* The next beat that is still to come: those that a long call or a stopped process slept through are left out. */
static uint64_t next_beat(uint64_t beat_ns)
{
	const uint64_t now_ns = spend_now_ns();

	beat_ns += BEAT_NS;
	return now_ns > beat_ns ? now_ns + BEAT_NS - (now_ns - beat_ns) % BEAT_NS : beat_ns;
}

static void *worker_thread(void *argument)
{
	struct worker *worker = argument;
	uint64_t beat_ns = spend_now_ns();

	do {
		parts_step(worker);
		hang_step(worker, atomic_load_explicit(&worker->wishes.hang, memory_order_relaxed));
		if (!calls_step(worker))
			break;
		beat_ns = next_beat(beat_ns);
	} while (worker_sleep(worker, beat_ns));
	hang_step(worker, false);
	return NULL;
}

/* The host's signals are none of this thread's business. */
static int thread_create(struct worker *worker)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&worker->thread, NULL, worker_thread, worker);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

void worker_start(struct worker *worker)
{
	if (worker->started)
		return;
	worker->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->stop_fd < 0)
		return;
	worker->started = thread_create(worker) == 0;
	if (!worker->started)
		(void)close(worker->stop_fd);
}

void worker_stop(struct worker *worker)
{
	if (!worker->started)
		return;
	(void)eventfd_write(worker->stop_fd, 1);
	(void)pthread_join(worker->thread, NULL);
	(void)close(worker->stop_fd);
	worker->started = false;
}

unsigned worker_parts(const struct worker *worker, unsigned wanted)
{
	/* acquire: pairs with parts_step(); the parts counted are there */
	const unsigned count = atomic_load_explicit(&worker->part_count, memory_order_acquire);

	return wanted < count ? wanted : count;
}
