/* SPDX-License-Identifier: MIT */
/* `audiowatch-bench latency`: opens, measures, watches, reports. All of it runs on the main thread; what measures is in
 * latency_thread.c and latency_jack.c. */
#include "tools/bench/latency.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/bench/latency_jack.h"
#include "tools/bench/latency_json.h"
#include "tools/bench/latency_plot.h"
#include "tools/bench/latency_report.h"
#include "tools/bench/latency_schedule.h"
#include "tools/bench/latency_thread.h"
#include "tools/cli/cli.h"
#include "tools/cli/commands.h"
#include "tools/cli/number.h"
#include "tools/cli/ends.h"

enum { LOOK_MS = 100, EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct latency {
	struct latency_options options;
	struct latency_result result;
	struct latency_plan plan;
	struct latency_thread *threads;
	struct latency_jack jack;
	struct latency_output histogram, picture;
	struct latency_plot plot;
	struct aw_session *session;
	int signal_fd;
	eventfd_t ended; /* threads that came to their end */
	bool signalled, terminal, lines_told;
};

/* ---- opening ---- */

/* Blocks them for every thread that comes, and for gnuplot. */
static int signals_open(struct latency *latency)
{
	sigset_t signals;

	(void)signal(SIGPIPE, SIG_IGN);
	ends_fill(&signals);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	latency->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	latency->plan.done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (latency->signal_fd >= 0 && latency->plan.done_fd >= 0)
		return 0;
	(void)cli_error("no descriptors are left: %s (try ulimit -n 1024)", strerror(errno));
	return -EMFILE;
}

static int outputs_open(struct latency *latency)
{
	const struct latency_options *options = &latency->options;
	int rc = 0;

	if (options->histfile)
		rc = latency_output_open(&latency->histogram, "--histfile", options->histfile);
	if (rc == 0 && options->plot)
		rc = latency_output_open(&latency->picture, "--plot", options->plot);
	if (rc == 0 && options->plot)
		rc = latency_plot_open(&latency->plot);
	return rc;
}

static int memory_lock(const struct latency *latency)
{
	char limit[MACHINE_SIZE_TEXT];

	if (!latency->options.lock_memory || mlockall(MCL_CURRENT | MCL_FUTURE) == 0)
		return 0;
	machine_size_text(limit, latency->result.machine.memlock_bytes);
	(void)cli_error("--mlockall: memory cannot be locked: %s; the limit is %s (try ulimit -l "
			"unlimited, or a memlock line in /etc/security/limits.d)",
			strerror(errno), limit);
	return -EPERM;
}

static int meters_open(struct latency *latency)
{
	const struct latency_options *options = &latency->options;
	struct latency_result *result = &latency->result;
	int rc = 0;

	result->meters = calloc(result->count, sizeof *result->meters);
	latency->threads = calloc(result->count, sizeof *latency->threads);
	if (!result->meters || !latency->threads)
		rc = -ENOMEM;
	for (unsigned i = 0; i < result->count && rc == 0; i++) {
		struct latency_meter *meter = &result->meters[i];

		rc = latency_meter_init(meter, &result->control, options->histogram_us);
		meter->number = i;
		if (options->pinned)
			meter->cpu = options->cpu < 0 ? latency_cpu(i) : options->cpu;
		(void)snprintf(meter->name, sizeof meter->name,
			       options->jack ? "jack" : "latency-%u", i);
		latency->threads[i] =
			(struct latency_thread){ .plan = &latency->plan, .meter = meter };
	}
	if (rc < 0)
		(void)cli_error("no memory for %u threads (try fewer --threads)", result->count);
	return rc;
}

/* The server's, which it may change while it runs. */
static void format_read(struct latency *latency)
{
	if (!latency->jack.client)
		return;
	latency->result.rate_hz = latency->jack.rate_hz;
	latency->result.frames = latency->jack.frames;
	latency->result.format_changes = latency->jack.format_changes;
}

static int server_open(struct latency *latency)
{
	if (!latency->options.jack)
		return 0;
	latency->jack.load = latency->options.load;
	latency->jack.meter = &latency->result.meters[0];
	if (latency_jack_open(&latency->jack, latency->options.server) < 0)
		return -ECONNREFUSED;
	format_read(latency);
	return 0;
}

/* Without it everything is measured all the same. */
static void session_open(struct latency *latency)
{
	struct latency_result *result = &latency->result;
	struct aw_options options = AW_OPTIONS_INIT;
	int rc;

	options.name = LATENCY_APP;
	options.version = AW_VERSION_STRING;
	options.instance = latency->options.name;
	options.max_engines = result->count;
	rc = aw_open(&options, &latency->session);
	for (unsigned i = 0; i < result->count && rc == 0; i++) {
		struct latency_meter *meter = &result->meters[i];

		rc = aw_engine_new(latency->session, meter->name, &meter->engine);
		aw_engine_format(meter->engine, result->rate_hz, result->frames);
		aw_engine_active(meter->engine, true);
	}
	result->published = rc == 0;
	if (rc == -ECANCELED)
		(void)cli_error("not published: AUDIOWATCH_DISABLE is set");
	else if (rc < 0)
		(void)cli_error("not published: %s (see AUDIOWATCH_DIR and AUDIOWATCH_PREFIX)",
				strerror(-rc));
}

static int latency_open(struct latency *latency)
{
	const struct latency_options *options = &latency->options;
	int rc;

	latency->result.options = options;
	latency->result.count = options->threads;
	latency->result.rate_hz = options->rate_hz;
	latency->result.frames = options->frames;
	latency->result.control.limit_ns = options->break_us * 1000;
	latency->result.control.look_ns = latency_look_limit(latency_clock_cost_ns());
	machine_read(&latency->result.machine, "");
	rc = signals_open(latency);
	rc = rc ? rc : outputs_open(latency);
	rc = rc ? rc : memory_lock(latency);
	rc = rc ? rc : meters_open(latency);
	rc = rc ? rc : server_open(latency);
	if (rc == 0)
		session_open(latency);
	return rc;
}

/* 0, or below where libjack has not ended. */
static int latency_close(struct latency *latency)
{
	const int rc = latency_jack_close(&latency->jack);

	aw_close(latency->session);
	latency_plot_close(&latency->plot);
	latency_output_close(&latency->picture);
	latency_output_close(&latency->histogram);
	if (rc < 0)
		return rc; /* its callbacks may come still, and look at a meter */
	for (unsigned i = 0; latency->result.meters && i < latency->result.count; i++)
		latency_meter_deinit(&latency->result.meters[i]);
	free(latency->result.meters);
	free(latency->threads);
	if (latency->signal_fd >= 0)
		(void)close(latency->signal_fd);
	if (latency->plan.done_fd >= 0)
		(void)close(latency->plan.done_fd);
	return rc;
}

/* ---- measuring ---- */

static int thread_refused(const struct latency *latency, int rc)
{
	char limit[MACHINE_SIZE_TEXT] = "unlimited";
	const uint64_t rtprio = latency->result.machine.rtprio_max;

	if (rtprio != MACHINE_UNLIMITED)
		(void)snprintf(limit, sizeof limit, "%ju", (uintmax_t)rtprio);
	if (rc == -EPERM && latency->options.priority)
		(void)cli_error("--priority: SCHED_FIFO %u is refused, the limit of rtprio is %s "
				"(try an rtprio line in /etc/security/limits.d, or leave it out)",
				latency->options.priority, limit);
	else
		(void)cli_error("no thread starts: %s (try fewer --threads)", strerror(-rc));
	return rc;
}

static int measure_start(struct latency *latency)
{
	const struct latency_options *options = &latency->options;
	int rc = 0;

	latency->result.started = time(NULL);
	if (options->jack)
		return latency_jack_start(&latency->jack);
	latency->plan.rate_hz = options->rate_hz;
	latency->plan.frames = options->frames;
	latency->plan.duration_ns = options->duration_ns;
	latency->plan.load = options->load;
	latency->plan.priority = options->priority;
	for (unsigned i = 0; i < latency->result.count && rc == 0; i++)
		rc = latency_thread_start(&latency->threads[i]);
	return rc < 0 ? thread_refused(latency, rc) : 0;
}

/* After it nobody counts any more. */
static void measure_stop(struct latency *latency)
{
	latency_control_stop(&latency->result.control);
	latency_jack_stop(&latency->jack);
	format_read(latency);
	for (unsigned i = 0; i < latency->result.count; i++)
		latency_thread_join(&latency->threads[i]);
}

static bool wanted(const struct latency *latency)
{
	return !latency->options.quiet && !latency->options.json;
}

/* In place on a terminal. */
static void lines_tell(struct latency *latency)
{
	if (latency->terminal && latency->lines_told)
		(void)printf("\033[%uA", latency->result.count);
	latency->lines_told = true;
	format_read(latency);
	latency_report_lines(&latency->result);
}

static void look(struct latency *latency)
{
	struct pollfd fds[] = {
		{ .fd = latency->signal_fd, .events = POLLIN },
		{ .fd = latency->plan.done_fd, .events = POLLIN },
	};
	eventfd_t ended = 0;

	(void)poll(fds, sizeof fds / sizeof *fds, LOOK_MS);
	latency->signalled |= fds[0].revents != 0;
	if (eventfd_read(latency->plan.done_fd, &ended) == 0)
		latency->ended += ended;
}

/* Periodic threads know themselves when they are done. */
static bool over(const struct latency *latency, uint64_t gone_ns)
{
	const uint64_t duration_ns = latency->options.duration_ns;

	if (latency->options.jack && duration_ns && gone_ns >= duration_ns)
		return true;
	return latency->signalled || latency->ended == latency->result.count ||
	       latency_control_stopped(&latency->result.control);
}

static void measure_watch(struct latency *latency)
{
	const uint64_t begin_ns = latency_clock_ns();
	const uint64_t every_ns = latency->terminal ? 1 : NS_A_SECOND;
	uint64_t gone_ns = 0, next_ns = every_ns;

	while (!over(latency, gone_ns)) {
		look(latency);
		gone_ns = latency_clock_ns() - begin_ns;
		if (wanted(latency) && gone_ns >= next_ns) {
			lines_tell(latency);
			next_ns = gone_ns + every_ns;
		}
	}
}

static enum latency_end why(const struct latency *latency)
{
	if (latency->result.control.broken_by)
		return LATENCY_BREAK;
	if (latency->jack.gone)
		return LATENCY_SERVER_GONE;
	return latency->signalled ? LATENCY_SIGNAL : LATENCY_DURATION;
}

static int measure(struct latency *latency)
{
	int rc = measure_start(latency);

	if (rc == 0 && !latency->options.json)
		latency_report_head(&latency->result);
	if (rc == 0)
		measure_watch(latency);
	measure_stop(latency);
	latency->result.end = why(latency);
	return rc;
}

/* ---- reporting ---- */

static int histfile_write(struct latency *latency)
{
	FILE *file = latency_output_begin(&latency->histogram);

	if (file)
		latency_report_histogram(&latency->result, file);
	return latency_output_end(&latency->histogram, file);
}

static void text_print(struct latency *latency)
{
	lines_tell(latency);
	latency_report_summary(&latency->result);
	if (latency->options.histogram_us && !latency->options.histfile)
		latency_report_histogram(&latency->result, stdout);
}

static int report(struct latency *latency)
{
	const enum latency_end end = latency->result.end;
	int status = end == LATENCY_BREAK || end == LATENCY_SERVER_GONE ? EXIT_FAILED : EXIT_FINE;

	if (end == LATENCY_SERVER_GONE)
		(void)cli_error(
			"--jack: the server has gone; what was measured until then follows");
	if (latency->options.histfile && histfile_write(latency) < 0)
		status = EXIT_FAILED;
	if (latency->options.plot &&
	    latency_plot_draw(&latency->plot, &latency->result, &latency->picture) < 0)
		status = EXIT_FAILED;
	if (!latency->options.json)
		text_print(latency);
	else if (latency_json_print(&latency->result, status) < 0)
		status = EXIT_FAILED;
	return status;
}

static int run_all(struct latency *latency)
{
	int rc = latency_open(latency), status;

	rc = rc ? rc : measure(latency);
	status = rc == 0 ? report(latency) : rc == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
	if (latency_close(latency) < 0)
		_exit(commands_written(status));
	return status;
}

int latency_run(int argc, char **argv)
{
	struct latency latency = { .signal_fd = -1,
				   .plan = { .done_fd = -1 },
				   .histogram = { .fd = -1 },
				   .picture = { .fd = -1 },
				   .plot = { .picture_fd = -1 },
				   .terminal = isatty(STDOUT_FILENO) == 1 };

	if (latency_options_read(&latency.options, argc, argv) < 0)
		return EXIT_USAGE;
	if (!latency.options.help)
		return run_all(&latency);
	latency_options_help();
	return EXIT_FINE;
}
