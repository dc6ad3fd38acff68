/* SPDX-License-Identifier: MIT */
/* The measurement inside a JACK client's process callback. process() runs on JACK's real-time thread, on_*() on its
 * notification thread (under PipeWire some of them on the real-time one), the rest in main. */
#include "tools/bench/latency_jack.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "tools/bench/latency_options.h"
#include "tools/bench/latency_schedule.h"
#include "tools/cli/cli.h"

enum { CLOSE_SECONDS = 5, LEAVE_LOOKS = 2000, LOOK_NS = 1000000 };

/* ---- JACK's threads ---- */

/* Whether JACK tells of this cycle: when it begins, in frames, and by JACK's own clock how late we are. */
static bool cycle_read(const struct latency_jack *jack, jack_time_t entry_us,
		       struct latency_cycle *cycle, jack_nframes_t *begins_at)
{
	jack_time_t start_us, next_us;
	float period_us;

	cycle->delay_ns = LATENCY_UNKNOWN;
	if (jack_get_cycle_times(jack->client, begins_at, &start_us, &next_us, &period_us) != 0)
		return false;
	cycle->delay_ns = latency_entry_delay(entry_us * 1000, start_us * 1000, cycle->period_ns);
	return true;
}

/* Whole periods between where the last cycle ended and where this one begins; JACK's frame time wraps. */
static void count_skipped(struct latency_jack *jack, jack_nframes_t begins_at, jack_nframes_t frames)
{
	const int32_t gap = (int32_t)(begins_at - jack->expected);

	if (jack->running && gap > 0)
		own_add(&jack->meter->skipped, (jack_nframes_t)gap / frames);
	jack->expected = begins_at + frames;
}

static void measure(struct latency_jack *jack, jack_nframes_t frames)
{
	const jack_time_t entry_us = jack_get_time();
	const uint64_t woken_ns = latency_clock_ns();
	jack_nframes_t begins_at = 0;
	struct latency_cycle cycle = { .period_ns = latency_period_ns(frames, jack->rate_hz) };
	bool told;

	told = cycle_read(jack, entry_us, &cycle, &begins_at);
	cycle.told_ns = (uint64_t)(jack->load * (double)cycle.period_ns);
	aw_render_begin_late(jack->meter->engine, frames, cycle.delay_ns);
	latency_spend(cycle.told_ns, jack->meter->control->look_ns);
	aw_render_end(jack->meter->engine);
	cycle.render_ns = latency_clock_ns() - woken_ns;
	if (atomic_load_explicit(&jack->freewheel, memory_order_relaxed)) {
		jack->running = false;
		return;
	}
	if (told)
		count_skipped(jack, begins_at, frames);
	jack->running = told;
	latency_meter_cycle(jack->meter, &cycle);
}

/* Inside is said before stop is looked at, and main looks the other way round: one of them sees the other. */
static int process(jack_nframes_t frames, void *argument)
{
	struct latency_jack *jack = argument;

	atomic_store(&jack->inside, true);
	if (!latency_control_stopped(jack->meter->control))
		measure(jack, frames);
	atomic_store(&jack->inside, false);
	return 0;
}

/* A server that comes to life late must not touch an engine that is closed. */
static struct aw_engine *engine_of(const struct latency_jack *jack)
{
	return latency_control_stopped(jack->meter->control) ? NULL : jack->meter->engine;
}

/* On the process thread, before its first cycle. */
static void on_thread(void *argument)
{
	struct latency_jack *jack = argument;

	atomic_store(&jack->meter->tid, (int)gettid());
}

static int on_frames(jack_nframes_t frames, void *argument)
{
	struct latency_jack *jack = argument;

	if (atomic_exchange(&jack->frames, frames) != frames)
		shared_add(&jack->format_changes, 1);
	aw_engine_format(engine_of(jack), jack->rate_hz, frames);
	return 0;
}

static int on_rate(jack_nframes_t rate_hz, void *argument)
{
	struct latency_jack *jack = argument;

	if (atomic_exchange(&jack->rate_hz, rate_hz) != rate_hz)
		shared_add(&jack->format_changes, 1);
	aw_engine_format(engine_of(jack), rate_hz, jack->frames);
	return 0;
}

static void on_freewheel(int on, void *argument)
{
	struct latency_jack *jack = argument;

	atomic_store(&jack->freewheel, on != 0);
	aw_engine_freewheel(engine_of(jack), on != 0);
}

static void on_shutdown(void *argument)
{
	struct latency_jack *jack = argument;

	atomic_store(&jack->gone, true);
	latency_control_stop(jack->meter->control);
}

/* libjack says in ten lines what we say in one. */
static void on_message(const char *text)
{
	(void)text;
}

/* ---- main ---- */

int latency_jack_open(struct latency_jack *jack, const char *server)
{
	const char *name = server ? server : cli_variable("JACK_DEFAULT_SERVER", "default");

	jack_set_error_function(on_message);
	jack_set_info_function(on_message);
	jack->client = server ? jack_client_open(LATENCY_APP, JackNoStartServer | JackServerName,
						 NULL, server)
			      : jack_client_open(LATENCY_APP, JackNoStartServer, NULL);
	if (!jack->client) {
		(void)cli_error("--jack: no server \"%s\" answers (start one, e.g. jackd -n %s -d "
				"dummy, or name another with --server)",
				name, name);
		return -ECONNREFUSED;
	}
	jack->rate_hz = jack_get_sample_rate(jack->client);
	jack->frames = jack_get_buffer_size(jack->client);
	return 0;
}

/* Under PipeWire the thread becomes a real-time one only after a while. */
static void priority_ask(struct latency_jack *jack)
{
	const int priority = jack_client_real_time_priority(jack->client);

	atomic_store(&jack->meter->priority, priority > 0 ? priority : 0);
}

int latency_jack_start(struct latency_jack *jack)
{
	int rc = jack_set_process_callback(jack->client, process, jack);

	rc = rc ? rc : jack_set_thread_init_callback(jack->client, on_thread, jack);
	rc = rc ? rc : jack_set_buffer_size_callback(jack->client, on_frames, jack);
	rc = rc ? rc : jack_set_sample_rate_callback(jack->client, on_rate, jack);
	rc = rc ? rc : jack_set_freewheel_callback(jack->client, on_freewheel, jack);
	jack_on_shutdown(jack->client, on_shutdown, jack);
	rc = rc ? rc : jack_activate(jack->client);
	if (rc) {
		(void)cli_error("--jack: the server does not let us run (see its own log)");
		return -EIO;
	}
	priority_ask(jack);
	return 0;
}

/* Without libjack, which would wait for the server. */
void latency_jack_stop(struct latency_jack *jack)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };

	if (!jack->client)
		return;
	latency_control_stop(jack->meter->control);
	for (unsigned looks = 0; jack->inside && looks < LEAVE_LOOKS; looks++)
		(void)nanosleep(&pause, NULL);
	if (!jack->gone)
		priority_ask(jack);
}

static void *client_close(void *argument)
{
	const struct latency_jack *jack = argument;

	if (!jack->gone)
		(void)jack_deactivate(jack->client);
	(void)jack_client_close(jack->client);
	return NULL;
}

int latency_jack_close(struct latency_jack *jack)
{
	struct timespec deadline;
	pthread_t thread;
	int rc;

	if (!jack->client)
		return 0;
	rc = pthread_create(&thread, NULL, client_close, jack);
	(void)clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += CLOSE_SECONDS;
	rc = rc ? rc : pthread_timedjoin_np(thread, NULL, &deadline);
	if (rc)
		cli_say("--jack: the server does not let go of us: left without it");
	return -rc;
}
