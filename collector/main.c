/* SPDX-License-Identifier: MIT */
/* audiowatchd: checks everything, opens everything, polls until a signal ends it, closes
 * everything. This thread becomes P, the poll thread. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "collector/options.h"
#include "collector/poll.h"
#include "collector/routes.h"
#include "collector/version.h"
#include "http/page.h"
#include "http/server.h"

enum { EXIT_FINE = 0, EXIT_RUN_TIME = 1, EXIT_USAGE = 2 };

struct daemon {
	struct options options;
	struct log log;
	struct selfwatch self;
	struct service service;
	struct snapshot_board *board;
	struct http_page *page;
	struct roster *roster;
	struct http_server *server;
	int stop_fd;
};

static int complain(int exit_status, const char *line)
{
	fprintf(stderr, "audiowatchd: %s\n", line);
	return exit_status;
}

/* ---- everything is checked before anything is opened ---- */

/* -1 = go on, else the exit status. */
static int check_options(struct options *options, int argc, char **argv)
{
	const struct options_environment environment = { getenv("AUDIOWATCH_DIR"),
							 getenv("AUDIOWATCH_PREFIX") };
	char error[OPTIONS_ERROR_SIZE], line[OPTIONS_ERROR_SIZE + 16];

	if (options_parse(options, argc, argv, &environment, error))
		return complain(EXIT_USAGE, error);
	if (options->action == OPTIONS_HELP) {
		options_help(stdout);
		return EXIT_FINE;
	}
	if (options->action == OPTIONS_VERSION) {
		printf("audiowatchd %s (%s)\n", version_string, version_revision);
		return EXIT_FINE;
	}
	if (http_listen_check(options->listen, options->listen_count, error, sizeof error)) {
		snprintf(line, sizeof line, "--listen: %s", error);
		return complain(EXIT_USAGE, line);
	}
	return options_check_dirs(options, error) ? complain(EXIT_USAGE, error) : -1;
}

/* ---- signals ---- */

/* SIGINT, SIGTERM and SIGHUP become readable; blocked before any thread is made, so that none of them
 * takes one. SIGURG, by which the kernel tells of broken leases, is ignored by default. */
static int open_signals(void)
{
	sigset_t ends;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &ends, NULL))
		return -errno;
	return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- opening ---- */

static void log_http(void *context, const char *message)
{
	struct service *service = context;
	struct daemon *daemon =
		(struct daemon *)(void *)((char *)service - offsetof(struct daemon, service));

	log_event(&daemon->log, LOG_WARN, "http", message, NULL);
}

static int open_roster(struct daemon *daemon)
{
	const struct options *options = &daemon->options;
	const struct finder_options wanted = { .dirs = options->dirs,
					       .dir_count = options->dir_count,
					       .prefix = options->prefix,
					       .uids = options->uids,
					       .uid_count = options->uid_count,
					       .log = &daemon->log };
	char error[FINDER_ERROR_SIZE];

	return roster_open(&daemon->roster, &wanted, &daemon->self, error)
		       ? complain(EXIT_RUN_TIME, error)
		       : EXIT_FINE;
}

static int open_server(struct daemon *daemon)
{
	struct http_options wanted = { .listen = daemon->options.listen,
				       .listen_count = daemon->options.listen_count,
				       .context = &daemon->service,
				       .log = log_http,
				       .count = routes_counted };
	char error[OPTIONS_ERROR_SIZE], line[OPTIONS_ERROR_SIZE + 16];

	wanted.routes = routes_table(&wanted.route_count);
	if (!http_server_start(&wanted, &daemon->server, error, sizeof error))
		return EXIT_FINE;
	snprintf(line, sizeof line, "--listen: %s", error);
	return complain(EXIT_RUN_TIME, line);
}

static int open_memory(struct daemon *daemon)
{
	daemon->board = snapshot_board_new();
	daemon->page = http_page_new();
	if (!daemon->board || !daemon->page)
		return complain(EXIT_RUN_TIME, "no memory");
	daemon->self.started_ns = instant_clock_ns(CLOCK_MONOTONIC);
	daemon->service = (struct service){ daemon->board, &daemon->self, daemon->page };
	routes_init(&daemon->service);
	return EXIT_FINE;
}

/* Addresses before the lock: a port in use leaves no trace. */
static int (*const openers[])(struct daemon *daemon) = { open_memory, open_server, open_roster };

static int open_all(struct daemon *daemon)
{
	int status = EXIT_FINE;

	log_open(&daemon->log, STDERR_FILENO, daemon->options.log_format);
	daemon->stop_fd = open_signals();
	if (daemon->stop_fd < 0)
		return complain(EXIT_RUN_TIME, "signals cannot be received");
	for (unsigned i = 0; !status && i < sizeof openers / sizeof *openers; i++)
		status = openers[i](daemon);
	return status;
}

/* The reverse of open_all(), of whatever was opened. */
static void close_all(struct daemon *daemon)
{
	http_server_stop(daemon->server);
	roster_close(daemon->roster);
	snapshot_board_free(daemon->board);
	http_page_free(daemon->page);
	if (daemon->stop_fd >= 0)
		close(daemon->stop_fd);
}

/* ---- running ---- */

/* "listening on 127.0.0.1:PORT": scripts wait for it, so a port that was 0 is told as what it
 * became. */
static void log_listener(struct daemon *daemon, size_t i)
{
	const char *address = daemon->options.listen[i], *colon = strrchr(address, ':');
	const unsigned port = http_server_port(daemon->server, i);
	char line[512];

	if (port && colon)
		snprintf(line, sizeof line, "listening on %.*s:%u", (int)(colon - address), address,
			 port);
	else
		snprintf(line, sizeof line, "listening on %s", address);
	log_event(&daemon->log, LOG_INFO, "http", line, NULL);
}

static void log_start(void *context)
{
	struct daemon *daemon = context;

	for (size_t i = 0; i < daemon->options.listen_count; i++)
		log_listener(daemon, i);
	for (size_t i = 0; i < daemon->options.dir_count; i++)
		log_event(&daemon->log, LOG_INFO, "finder", "watching",
			  (const struct log_field[]){ { "dir", daemon->options.dirs[i], 0 },
						      { "prefix", daemon->options.prefix, 0 },
						      { NULL, NULL, 0 } });
}

static int run(struct daemon *daemon)
{
	const struct poll_wiring wiring = { daemon->roster, daemon->board,   &daemon->self,
					    &daemon->log,   daemon->stop_fd, log_start,
					    daemon };
	const int status = poll_run(&wiring);

	if (status) {
		log_event(&daemon->log, LOG_ERROR, "poll", "the poll loop failed",
			  (const struct log_field[]){ { "error", strerror(-status), 0 },
						      { NULL, NULL, 0 } });
		return EXIT_RUN_TIME;
	}
	log_event(&daemon->log, LOG_INFO, "main", "ended by a signal", NULL);
	return EXIT_FINE;
}

int main(int argc, char **argv)
{
	static struct daemon daemon = { .stop_fd = -1 }; /* the program's only static state */
	int status = check_options(&daemon.options, argc, argv);

	if (status >= 0)
		return status;
	status = open_all(&daemon);
	if (status == EXIT_FINE)
		status = run(&daemon);
	close_all(&daemon);
	return status;
}
