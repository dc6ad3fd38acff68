/* SPDX-License-Identifier: MIT */
/* `audiowatch-bench publish`: opens the contenders, measures round after round, reports. Main thread; what measures is
 * in publish_measure.c. */
#include "tools/bench/publish.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/bench/publish_measure.h"
#include "tools/bench/publish_report.h"
#include "tools/cli/cli.h"
#include "tools/cli/ends.h"

enum {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	PROGRESS_S = 2,
	LAPPED_RING = 64,
	ROOMY_RING = 16384 /* a reader of 50 polls a second keeps up with a span each 2 us */
};

static const char roomy[] = "state", lapped[] = "state-lapped";

/* ---- opening ---- */

static const struct {
	const char *name, *what;
	uint32_t ring;
} states[PUBLISH_STATES] = {
	[PUBLISH_LIVE] = { "live", "the collector reads", ROOMY_RING },
	[PUBLISH_ABSENT] = { "absent", "there is no collector", ROOMY_RING },
	[PUBLISH_STOPPED] = { "stopped", "the collector is stopped by SIGSTOP", ROOMY_RING },
	[PUBLISH_KILLED] = { "killed", "the collector is killed by SIGKILL midway", ROOMY_RING },
	[PUBLISH_LAPPED] = { "lapped", "the collector reads a ring of 64, lapped at once",
			     LAPPED_RING },
};

static void subject_open(struct publish_measured *measured, const struct publish_contender *of)
{
	struct publish_subject *subject = &measured->subject;
	int rc;

	subject->contender = of;
	rc = of->open(subject);
	measured->present = rc == 0;
	if (rc == 0)
		return;
	(void)snprintf(measured->reason, sizeof measured->reason, "%s",
		       *subject->note ? subject->note : strerror(-rc));
	of->close(subject);
}

static void contender_open(struct publish_measured *measured, const struct publish_entry *entry,
			   bool wanted)
{
	measured->name = entry->name;
	measured->what = entry->what;
	measured->wanted = wanted;
	if (!wanted)
		(void)snprintf(measured->reason, sizeof measured->reason, "not asked for");
	else if (!entry->contender)
		(void)snprintf(measured->reason, sizeof measured->reason,
			       "not compiled in: %s was not there at build time", entry->package);
	else
		subject_open(measured, entry->contender);
}

static void state_open(struct publish_bench *bench, enum publish_state state)
{
	struct publish_result *result = bench->result;
	struct publish_measured *measured = &result->states[state];
	int rc;

	measured->name = states[state].name;
	measured->what = states[state].what;
	measured->wanted = result->options->states;
	if (!measured->wanted) {
		(void)snprintf(measured->reason, sizeof measured->reason, "not asked for");
		return;
	}
	if (state != PUBLISH_ABSENT && !bench->collector.program[0]) {
		(void)snprintf(measured->reason, sizeof measured->reason,
			       "there is no audiowatchd beside this program");
		return;
	}
	rc = publish_render_open(&measured->subject, states[state].ring,
				 state == PUBLISH_LAPPED ? lapped : roomy);
	measured->present = rc == 0;
	memcpy(measured->reason, measured->subject.note, sizeof measured->subject.note);
}

/* What a collector must show to be live: the last session that was opened, any of those of the contenders, or none. */
static const char *to_await(const struct publish_result *result)
{
	if (result->states[PUBLISH_LAPPED].present)
		return lapped;
	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		if (result->contenders[i].subject.watched)
			return result->contenders[i].name;
	return NULL;
}

static int bench_open(struct publish_bench *bench, struct publish_result *result)
{
	const struct publish_options *options = result->options;
	int rc = publish_bench_init(bench, result);

	rc = rc ? rc : publish_collector_init(&bench->collector);
	if (rc < 0)
		return cli_error("nothing can be measured: %s (is /tmp writable?)", strerror(-rc)),
		       rc;
	result->collector = bench->collector.program;
	subject_open(&result->nothing, &publish_nothing);
	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		contender_open(&result->contenders[i], &publish_entries[i], options->only[i]);
	for (unsigned i = 0; i < PUBLISH_STATES; i++)
		state_open(bench, (enum publish_state)i);
	bench->collector.instance = to_await(result);
	return 0;
}

static void measured_close(struct publish_measured *measured)
{
	if (measured->subject.room)
		measured->subject.contender->close(&measured->subject);
}

static void bench_close(struct publish_bench *bench)
{
	struct publish_result *result = bench->result;

	publish_collector_end(&bench->collector);
	for (unsigned i = 0; i < PUBLISH_STATES; i++)
		measured_close(&result->states[i]);
	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		measured_close(&result->contenders[i]);
	measured_close(&result->nothing);
	publish_collector_deinit(&bench->collector);
	publish_bench_deinit(bench);
}

/* ---- measuring ---- */

/* In place on a terminal, else a line now and then. */
static void progress(const struct publish_result *result, time_t *told)
{
	const time_t now = time(NULL);
	const bool terminal = isatty(STDERR_FILENO) == 1;

	if (now - *told < PROGRESS_S || result->rounds == result->options->rounds)
		return;
	*told = now;
	(void)fprintf(stderr, "%sround %u of %u, %jd s%s", terminal ? "\r" : "", result->rounds,
		      result->options->rounds, (intmax_t)(now - result->started),
		      terminal ? "" : "\n");
	if (terminal)
		(void)fflush(stderr);
}

static void rounds_run(struct publish_bench *bench)
{
	struct publish_result *result = bench->result;
	time_t told = result->started;

	while (result->rounds < result->options->rounds && !result->signalled) {
		result->signalled = publish_round(bench);
		result->rounds += !result->signalled;
		progress(result, &told);
	}
	if (told != result->started && isatty(STDERR_FILENO) == 1)
		(void)fputs("\r\033[K", stderr);
}

static int measure(struct publish_result *result)
{
	struct publish_bench bench = { .samples = NULL };
	int status = EXIT_FAILED;

	if (bench_open(&bench, result) < 0)
		goto end;
	status = EXIT_FINE;
	if (!result->options->json)
		publish_report_head(result);
	rounds_run(&bench);
	if (!result->options->json)
		publish_report_tables(result);
	else if (publish_json_print(result, status) < 0)
		status = EXIT_FAILED;
end:
	bench_close(&bench);
	return status;
}

/* They wait until somebody asks for them, so that no system call of a measurement is cut short. */
static void signals_hold(void)
{
	sigset_t signals;

	ends_fill(&signals);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

int publish_run(int argc, char **argv)
{
	struct publish_options options;
	struct publish_result *result;
	int status;

	if (publish_options_read(&options, argc, argv) < 0)
		return EXIT_USAGE;
	if (options.help) {
		publish_options_help();
		return EXIT_FINE;
	}
	result = calloc(1, sizeof *result);
	if (!result)
		return cli_error("no memory is left (close something)"), EXIT_FAILED;
	signals_hold();
	result->options = &options;
	result->started = time(NULL);
	machine_read(&result->machine, "");
	status = measure(result);
	free(result);
	return status;
}
