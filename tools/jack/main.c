/* SPDX-License-Identifier: MIT */
/* audiowatch-jack: a member of the JACK graph that publishes what it sees of the server and of watched clients. The
 * main thread: it opens the session, answers signals, prints. Exit: 0 a signal, 1 failed, 2 usage. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "tools/cli/cli.h"
#include "tools/cli/ends.h"
#include "tools/jack/link.h"
#include "tools/jack/print.h"

enum { SECOND_MS = 1000, MUTE_NS = 200000000 };

static struct run {
	struct options options;
	struct aw_session *session;
	struct link link;
	struct print print;
	int signal_fd;
	bool stuck_said;
} run = { .signal_fd = -1, .print.dirfd = -1 };

/* Before the first thread, so that all inherit it. */
static int await_signals(void)
{
	sigset_t ends;

	ends_fill(&ends);
	(void)sigprocmask(SIG_BLOCK, &ends, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGTSTP, SIG_IGN); /* a member of the graph that is stopped is in others' way */
	run.signal_fd = signalfd(-1, &ends, SFD_CLOEXEC);
	return run.signal_fd < 0 ? -errno : 0;
}

/* ---- the session ---- */

static int open_engines(struct client *client)
{
	char name[LINK_NAME_SIZE];
	int rc = aw_engine_new(run.session, "jack", &client->engine);

	for (unsigned i = 0; i < run.options.watch_count && rc == 0; i++) {
		(void)snprintf(name, sizeof name, "graph:%s", run.options.watches[i]);
		rc = aw_engine_new(run.session, name, &client->watches[i].engine);
	}
	return rc;
}

static int open_session(void)
{
	struct aw_options options = AW_OPTIONS_INIT;
	int rc;

	options.name = "audiowatch-jack";
	options.version = AW_VERSION_STRING;
	options.instance = run.options.server;
	options.max_engines = 1 + run.options.watch_count;
	options.max_channels = options.max_functions = 1;
	rc = aw_open(&options, &run.session);
	if (rc == 0)
		rc = open_engines(&run.link.client);
	if (rc == 0 && run.options.print)
		rc = print_open(&run.print);
	if (rc == -ECANCELED)
		return cli_error(
			"AUDIOWATCH_DISABLE is set, so nothing can be published (try env -u "
			"AUDIOWATCH_DISABLE audiowatch-jack)");
	if (rc < 0)
		return cli_error("%s: no shared memory: %s (try AUDIOWATCH_DIR=/dev/shm)",
				 cli_variable("AUDIOWATCH_DIR", "/dev/shm"), strerror(-rc));
	return 0;
}

/* ---- while the link works ---- */

/* libjack gives no way out. A server that is stopped may go on; one that is gone will not answer for its clients. */
static bool is_hopeless(void)
{
	const bool stuck = link_is_stuck(&run.link, link_now_ms());

	if (stuck && !run.stuck_said && !run.link.closing)
		cli_say("the JACK server \"%s\" does not answer for 5 s; waiting for it",
			run.options.server);
	run.stuck_said = stuck;
	return stuck && run.link.closing;
}

/* -EPIPE is the way in which `| head` ends it, and needs no word. */
static bool is_printed(int rc)
{
	if (rc < 0 && rc != -EPIPE)
		(void)cli_error("--print: standard output: %s (try without --print)", strerror(-rc));
	return rc == 0;
}

/* Once a second. */
static bool goes_on(void)
{
	if (is_hopeless())
		return false;
	return !run.options.print ||
	       is_printed(print_line(&run.print, run.link.connected ? NULL : run.options.server));
}

/* Until a signal, the link's own end, or nobody reads what is printed. A reader that is only slow must not hold this
 * thread, which answers the signals. */
static int wait_for_end(void)
{
	struct pollfd fds[] = { { .fd = run.signal_fd, .events = POLLIN },
				{ .fd = run.link.ended_fd, .events = POLLIN },
				{ .events = POLLOUT } };
	uint64_t second_ms = link_now_ms() + SECOND_MS;

	while (!fds[0].revents && !fds[1].revents) {
		const uint64_t now_ms = link_now_ms();

		fds[2].fd = print_is_due(&run.print) ? STDOUT_FILENO : -1;
		(void)poll(fds, 3, now_ms < second_ms ? (int)(second_ms - now_ms) : 0);
		if (fds[2].revents && !is_printed(print_some(&run.print)))
			return 1;
		if (link_now_ms() < second_ms)
			continue;
		second_ms = link_now_ms() + SECOND_MS;
		if (!goes_on())
			return 1;
	}
	return fds[0].revents ? 0 : 1;
}

/* libjack's threads may publish still: they are told not to, and given the time that one cycle takes. */
static void mute(void)
{
	const struct timespec pause = { .tv_nsec = MUTE_NS };

	run.link.client.muted = true;
	(void)nanosleep(&pause, NULL);
}

static int link_all(void)
{
	int status;

	if (link_start(&run.link) < 0)
		return cli_error("no thread for JACK (try ulimit -u)"), 1;
	status = wait_for_end();
	if (link_end(&run.link) == 0)
		return status;
	(void)cli_error("libjack does not let go of the server \"%s\": left without it",
			run.options.server);
	mute();
	aw_close(run.session);
	_exit(1);
}

static int run_all(void)
{
	int status = 1;

	/* a descriptor opened later would take the number, and the lines */
	if (run.options.print && fcntl(STDOUT_FILENO, F_GETFD) < 0)
		return is_printed(-errno), 1;
	client_init(&run.link.client, &run.options);
	if (await_signals() == 0 && open_session() == 0)
		status = link_all();
	print_close(&run.print);
	aw_close(run.session);
	return status;
}

int main(int argc, char **argv)
{
	run.options.name_size = client_name_size();
	if (options_read(&run.options, argc, argv) < 0)
		return 2;
	if (run.options.help)
		options_usage();
	else if (run.options.version)
		(void)puts("audiowatch-jack " AW_VERSION_STRING);
	else
		return run_all();
	return 0;
}
