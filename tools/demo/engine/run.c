/* SPDX-License-Identifier: MIT */
/* A run, from aw_open() to aw_close(): the control thread waits for signals, ends and events of the script. */
#include "tools/demo/engine/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "tools/cli/ends.h"
#include "tools/demo/engine/flood.h"
#include "tools/demo/engine/report.h"

static uint32_t channels_needed(const struct options *options)
{
	uint32_t channels = options->engines * (options->channels + options->track_count);

	for (size_t i = 0; i < options->script.count; i++)
		if (options->script.events[i].kind == EVENT_CHANNEL)
			channels += options->script.events[i].engine ? 1 : options->engines;
	return channels;
}

static int descriptors_open(struct run *run)
{
	sigset_t signals;

	ends_fill(&signals);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	run->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	run->done_fd = eventfd(0, EFD_CLOEXEC);
	run->calls = calloc(run->options->script.calls + 1, sizeof *run->calls);
	return run->signal_fd < 0 || run->done_fd < 0 || !run->calls ? -errno : 0;
}

static const char *cure(int rc)
{
	static const struct {
		int rc;
		const char *cure;
	} cures[] = {
		{ -ECANCELED, " (unset AUDIOWATCH_DISABLE)" },
		{ -ENOSPC, " (df /dev/shm tells what is free)" },
		{ -EOPNOTSUPP, " (AUDIOWATCH_DIR must be on tmpfs)" },
		{ -EINVAL, " (AUDIOWATCH_PREFIX: letters, digits, '.', '_', '-')" },
	};

	for (size_t i = 0; i < sizeof cures / sizeof *cures; i++)
		if (cures[i].rc == rc)
			return cures[i].cure;
	return "";
}

static int session_open(struct run *run, struct complaint *complaint)
{
	const struct options *options = run->options;
	struct aw_options session = AW_OPTIONS_INIT;
	int rc;

	session.name = options->name;
	session.instance = options->instance;
	session.version = AW_VERSION_STRING;
	session.max_engines = options->engines;
	session.max_channels = channels_needed(options);
	session.max_functions = run->functions.count;
	rc = aw_open(&session, &run->session);
	if (rc < 0)
		(void)complain(complaint, "no session: %s%s", strerror(-rc), cure(rc));
	return rc;
}

static int engines_open(struct run *run)
{
	int rc = 0;

	for (unsigned i = 0; i < run->options->engines && rc == 0; i++) {
		struct engine *engine = &run->engines[i];

		engine->options = run->options;
		engine->pace = &run->pace;
		engine->number = i + 1;
		engine->done_fd = run->done_fd;
		rc = engine_open(engine, run->session);
	}
	return rc;
}

int run_open(struct run *run, const struct options *options, struct complaint *complaint)
{
	int rc;

	run->options = options;
	run->signal_fd = run->done_fd = -1;
	if (functions_name(&run->functions, options, &run->pace) < 0)
		return complain(
			complaint,
			"--functions: with the script's they are more than %d (try --functions 8)",
			MAX_FUNCTIONS);
	rc = descriptors_open(run);
	if (rc < 0) {
		(void)complain(complaint, "cannot start: %s", strerror(-rc));
		return rc;
	}
	rc = session_open(run, complaint);
	if (rc < 0)
		return rc;
	rc = engines_open(run);
	if (rc == 0)
		rc = functions_open(&run->functions, run->session);
	if (rc < 0)
		(void)complain(complaint, "engines, channels or functions: %s", strerror(-rc));
	return rc;
}

static void on_channel(struct run *run, const struct event *event)
{
	for (unsigned i = 0; i < run->options->engines; i++)
		if (!event->engine || event->engine == i + 1)
			(void)engine_add_channel(&run->engines[i], event->name);
}

static void on_flood(struct run *run, const struct event *event)
{
	for (unsigned i = 0; i < run->options->engines; i++)
		if (!event->engine || event->engine == i + 1)
			flood_engine(&run->engines[i], event->reports);
}

static void on_ffi(struct run *run, const struct event *event)
{
	run->calls[event->call] = function_begin(functions_find(&run->functions, event->name));
}

static void on_ffi_end(struct run *run, const struct event *event)
{
	function_end(functions_find(&run->functions, event->name), run->calls[event->call],
		     event->on);
}

static void (*const on_event[EVENT_KINDS])(struct run *, const struct event *) = {
	[EVENT_CHANNEL] = on_channel, [EVENT_FLOOD] = on_flood, [EVENT_FFI] = on_ffi, [EVENT_FFI_END] = on_ffi_end
};

/* Does what is due; returns when the next event is, UINT64_MAX = never. With --fast everything is due at once. */
static uint64_t run_events(struct run *run, uint64_t now_ns)
{
	const struct script *script = &run->options->script;

	for (; run->next_event < script->count; run->next_event++) {
		const struct event *event = &script->events[run->next_event];

		if (!run->options->fast && event->at_ns > now_ns)
			return event->at_ns;
		if (on_event[event->kind])
			on_event[event->kind](run, event);
	}
	return UINT64_MAX;
}

/* True when a signal came. */
static bool run_wait(struct run *run, uint64_t until_ns, int third_fd)
{
	struct pollfd fds[] = {
		{ .fd = run->signal_fd, .events = POLLIN },
		{ .fd = run->done_fd, .events = POLLIN },
		{ .fd = third_fd, .events = POLLIN },
	};
	const uint64_t now_ns = pace_now(&run->pace);
	const uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;
	const struct timespec wait = { .tv_sec = (time_t)(wait_ns / NS_A_SECOND),
				       .tv_nsec = (long)(wait_ns % NS_A_SECOND) };
	eventfd_t done;

	(void)ppoll(fds, 3, until_ns == UINT64_MAX ? NULL : &wait, NULL);
	if (fds[1].revents && eventfd_read(run->done_fd, &done) == 0)
		run->done += (unsigned)done;
	return fds[0].revents != 0;
}

/* Without --fast the functions' workers end with the engines; with it they have a number of calls to make. */
static unsigned threads_to_await(const struct run *run)
{
	return run->options->engines + (run->options->fast ? run->workers : 0);
}

static void run_watch(struct run *run)
{
	uint64_t print_ns = run->options->print ? NS_A_SECOND : UINT64_MAX;

	while (run->done < threads_to_await(run)) {
		const uint64_t now_ns = pace_now(&run->pace);
		const uint64_t event_ns = run_events(run, now_ns);

		if (now_ns >= print_ns) {
			report_line(run, print_ns / NS_A_SECOND);
			print_ns += NS_A_SECOND;
		}
		if (run_wait(run, event_ns < print_ns ? event_ns : print_ns, -1))
			return;
	}
}

int run_render(struct run *run)
{
	int rc;

	pace_start(&run->pace);
	rc = functions_start(&run->functions, &run->workers, run->done_fd);
	for (unsigned i = 0; i < run->options->engines && rc == 0; i++)
		rc = engine_start(&run->engines[i]);
	if (rc == 0)
		run_watch(run);
	pace_stop(&run->pace);
	for (unsigned i = 0; i < run->options->engines; i++)
		engine_join(&run->engines[i]);
	functions_join(&run->functions);
	return rc;
}

static bool input_ended(void)
{
	char bytes[256];

	return read(STDIN_FILENO, bytes, sizeof bytes) <= 0;
}

void run_hold(struct run *run)
{
	struct pollfd fds[] = {
		{ .fd = run->signal_fd, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};

	do
		(void)poll(fds, 2, -1);
	while (!fds[0].revents && !(fds[1].revents && input_ended()));
}

void run_close(struct run *run)
{
	if (run->session && (!run->options->no_close || run->options->script.closes))
		aw_close(run->session);
	if (run->signal_fd >= 0)
		(void)close(run->signal_fd);
	if (run->done_fd >= 0)
		(void)close(run->done_fd);
	free(run->calls);
}
