/* SPDX-License-Identifier: MIT */
/* audiowatchd: checks everything, opens everything, polls until a signal ends it, closes
 * everything. This thread becomes P, the poll thread. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/alarm.h"
#include "collector/config.h"
#include "collector/fault.h"
#include "collector/http_log.h"
#include "collector/poll.h"
#include "collector/record.h"
#include "collector/routes.h"
#include "collector/signals.h"
#include "collector/startup.h"
#include "collector/state_dir.h"
#include "http/page.h"
#include "http/server.h"

enum { LARGE_BYTES = 128 << 10 };

struct daemon {
	struct config config;
	struct log log;
	struct http_log http_log;
	struct selfwatch self;
	struct service service;
	struct snapshot_board *board;
	struct http_page *page;
	struct roster *roster;
	struct judge *judge;
	struct record *record;
	struct slo_book slo;
	struct silence_desk *silences;
	struct forget_desk *forgets;
	struct receipts *receipts;
	struct alarm alarm;
	struct keeper keeper;
	struct casebook *cases;
	struct http_server *server;
	int stop_fd;
	unsigned control_part; /* its number as a component */
	char control[CONFIG_PATH_SIZE + 32]; /* the control socket as an address; "" = none */
	const char *listen[OPTIONS_MAX + 1]; /* the options' addresses, and control */
};

/* ---- opening ---- */

static int check_listen(const struct options *options)
{
	char error[OPTIONS_ERROR_SIZE], line[2 * OPTIONS_ERROR_SIZE];

	if (!http_listen_check(options->listen, options->listen_count, error, sizeof error))
		return -1;
	snprintf(line, sizeof line, "%s: %s", options->listen_said_by, error);
	return startup_complain(EXIT_USAGE, line);
}

static struct http_log *http_log_of(struct service *service)
{
	struct daemon *daemon =
		(struct daemon *)(void *)((char *)service - offsetof(struct daemon, service));

	return &daemon->http_log;
}

static void log_http(void *context, const char *message)
{
	http_log_message(http_log_of(context), message);
}

static void log_denied(void *context, const struct http_route *order, const char *address)
{
	http_log_denied(http_log_of(context), order->handler, address);
}

static int open_roster(struct daemon *daemon)
{
	const struct options *options = &daemon->config.options;
	const struct finder_options wanted = { .dirs = options->dirs,
					       .dir_count = options->dir_count,
					       .prefix = options->prefix,
					       .uids = options->uids,
					       .uid_count = options->uid_count,
					       .log = &daemon->log };
	char error[FINDER_ERROR_SIZE];

	return roster_open(&daemon->roster, &wanted, &daemon->self, error)
		       ? startup_complain(EXIT_RUN_TIME, error)
		       : EXIT_FINE;
}

/* Without a folder of its own or a socket in it the collector still watches, so where nobody named the folder it goes
 * on without; what was named must work. */
static int go_without_control(struct daemon *daemon, const char *error)
{
	const char *said_by = daemon->config.options.state_dir_said_by;
	char line[2 * OPTIONS_ERROR_SIZE];

	daemon->control[0] = '\0';
	selfwatch_down(&daemon->self, daemon->control_part, FAULT_NO_SOCKET);
	if (said_by) {
		snprintf(line, sizeof line, "%s: %s", said_by, error);
		return startup_complain(EXIT_RUN_TIME, line);
	}
	log_event(&daemon->log, LOG_WARN, "main", "no control socket (name another --state-dir)",
		  (const struct log_field[]){ { "error", error, 0 }, { NULL, NULL, 0 } });
	return EXIT_FINE;
}

static int open_state(struct daemon *daemon)
{
	const char *dir = daemon->config.options.state_dir;
	char error[OPTIONS_ERROR_SIZE];

	if (state_dir_make(dir, error, sizeof error))
		return go_without_control(daemon, error);
	snprintf(daemon->control, sizeof daemon->control, "unix:%s/control.sock", dir);
	return EXIT_FINE;
}

/* On all addresses and the control socket, which comes last, or on none. */
static int try_server(struct daemon *daemon, char error[OPTIONS_ERROR_SIZE])
{
	const struct options *options = &daemon->config.options;
	struct http_options wanted = { .listen = daemon->listen,
				       .listen_count = options->listen_count,
				       .context = &daemon->service,
				       .log = log_http,
				       .denied = log_denied,
				       .count = routes_counted };

	memcpy(daemon->listen, options->listen, sizeof options->listen);
	if (*daemon->control)
		daemon->listen[wanted.listen_count++] = wanted.control = daemon->control;
	wanted.routes = routes_table(&wanted.route_count);
	wanted.orders = routes_orders(&wanted.order_count);
	return http_server_start(&wanted, &daemon->server, error, OPTIONS_ERROR_SIZE);
}

/* A very long address fills the whole line. */
static bool is_about(const char error[OPTIONS_ERROR_SIZE], const char *address)
{
	return strncmp(error, address, strnlen(address, OPTIONS_ERROR_SIZE - 1)) == 0;
}

static int open_server(struct daemon *daemon)
{
	char error[OPTIONS_ERROR_SIZE], line[2 * OPTIONS_ERROR_SIZE];
	int status = try_server(daemon, error);

	if (status && *daemon->control && is_about(error, daemon->control)) {
		if (go_without_control(daemon, error))
			return EXIT_RUN_TIME;
		status = try_server(daemon, error);
	}
	if (!status)
		return EXIT_FINE;
	snprintf(line, sizeof line, "%s: %s", daemon->config.options.listen_said_by, error);
	return startup_complain(EXIT_RUN_TIME, line);
}

static int open_record(struct daemon *daemon)
{
	const char *path = daemon->config.options.record;
	char error[RECORD_ERROR_SIZE];

	if (!path)
		return EXIT_FINE;
	if (record_open(&daemon->record, path, &daemon->log, error))
		return startup_complain(EXIT_RUN_TIME, error);
	roster_record_to(daemon->roster, daemon->record);
	return EXIT_FINE;
}

static int open_memory(struct daemon *daemon)
{
	daemon->board = snapshot_board_new();
	daemon->page = http_page_new();
	daemon->silences = silence_desk_new(&daemon->log);
	daemon->forgets = forget_desk_new();
	daemon->receipts = receipts_new();
	daemon->alarm = (struct alarm){ &daemon->log, daemon->silences };
	daemon->cases = casebook_new();
	daemon->judge = judge_new(&(struct judge_options){ .rules = daemon->config.rules,
							   .rule_count = daemon->config.rule_count,
							   .changed = alarm_changed,
							   .limited = alarm_limited,
							   .context = &daemon->alarm });
	slo_init(&daemon->slo, &(struct slo_options){ .slos = daemon->config.slos,
						      .count = daemon->config.slo_count });
	if (!daemon->board || !daemon->page || !daemon->judge || !daemon->silences ||
	    !daemon->forgets || !daemon->receipts || !daemon->cases)
		return startup_complain(EXIT_RUN_TIME, "no memory");
	daemon->self.counts.max_series = daemon->config.max_series;
	daemon->control_part = selfwatch_component(&daemon->self, "control");
	daemon->keeper.part = selfwatch_component(&daemon->self, "history");
	selfwatch_place(&daemon->self, daemon->control_part, daemon->config.options.state_dir);
	selfwatch_place(&daemon->self, daemon->keeper.part, daemon->config.options.state_dir);
	daemon->self.started_ns = instant_clock_ns(CLOCK_MONOTONIC);
	daemon->service = (struct service){ .board = daemon->board,
					    .self = &daemon->self,
					    .metrics = daemon->page,
					    .rules = daemon->config.rules,
					    .rule_count = daemon->config.rule_count,
					    .silences = daemon->silences,
					    .forgets = daemon->forgets,
					    .receipts = daemon->receipts,
					    .profile = daemon->config.profile };
	routes_init(&daemon->service);
	return EXIT_FINE;
}

/* Whose the folder is, is whose the control socket in it is. */
static int open_keeper(struct daemon *daemon)
{
	daemon->keeper.log = &daemon->log;
	daemon->keeper.self = &daemon->self;
	daemon->keeper.receipts = daemon->receipts;
	daemon->keeper.desk = daemon->silences;
	daemon->keeper.alerts = (struct judge_memory){ .judge = daemon->judge,
						       .changed = alarm_changed,
						       .context = &daemon->alarm };
	daemon->keeper.slo = &daemon->slo;
	daemon->keeper.firings = (struct casebook_memory){ .cases = daemon->cases,
							   .rules = daemon->config.rules,
							   .rule_count = daemon->config.rule_count };
	keeper_open(&daemon->keeper, *daemon->control ? daemon->config.options.state_dir : NULL);
	return EXIT_FINE;
}

/* Addresses before the lock: a port in use leaves no trace. What outlived the last run comes behind both, or two would
 * have it. */
static int (*const openers[])(struct daemon *daemon) = { open_memory, open_state,  open_server,
							 open_roster, open_record, open_keeper };

static int open_all(struct daemon *daemon)
{
	int status = EXIT_FINE;

	log_open(&daemon->log, STDERR_FILENO, daemon->config.options.log_format);
	daemon->log.quiet_above = daemon->config.options.log_level;
	http_log_init(&daemon->http_log, &daemon->log);
	daemon->stop_fd = signals_open();
	if (daemon->stop_fd < 0)
		return startup_complain(EXIT_RUN_TIME, "signals cannot be received");
	for (unsigned i = 0; !status && i < sizeof openers / sizeof *openers; i++)
		status = openers[i](daemon);
	return status;
}

/* The reverse of open_all(), of whatever was opened. */
static void close_all(struct daemon *daemon)
{
	http_server_stop(daemon->server);
	keeper_close(&daemon->keeper);
	roster_close(daemon->roster);
	record_close(daemon->record);
	casebook_free(daemon->cases);
	judge_free(daemon->judge);
	silence_desk_free(daemon->silences);
	forget_desk_free(daemon->forgets);
	receipts_free(daemon->receipts);
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
	const char *address = daemon->config.options.listen[i], *colon = strrchr(address, ':');
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

	for (unsigned i = 0; i < daemon->config.unused_count; i++)
		log_event(&daemon->log, LOG_WARN, "config", "set, but of no use in this version",
			  (const struct log_field[]){ { "name", daemon->config.unused[i], 0 },
						      { NULL, NULL, 0 } });
	for (size_t i = 0; i < daemon->config.options.listen_count; i++)
		log_listener(daemon, i);
	if (*daemon->control)
		log_event(&daemon->log, LOG_INFO, "http", "control socket open",
			  (const struct log_field[]){ { "address", daemon->control, 0 },
						      { NULL, NULL, 0 } });
	for (size_t i = 0; i < daemon->config.options.dir_count; i++)
		log_event(&daemon->log, LOG_INFO, "finder", "watching",
			  (const struct log_field[]){ { "dir", daemon->config.options.dirs[i], 0 },
						      { "prefix", daemon->config.options.prefix, 0 },
						      { NULL, NULL, 0 } });
}

static int run(struct daemon *daemon)
{
	const struct poll_wiring wiring = { .roster = daemon->roster,
					    .judge = daemon->judge,
					    .slo = &daemon->slo,
					    .silences = daemon->silences,
					    .forgets = daemon->forgets,
					    .keeper = &daemon->keeper,
					    .cases = daemon->cases,
					    .board = daemon->board,
					    .self = &daemon->self,
					    .log = &daemon->log,
					    .stop_fd = daemon->stop_fd,
					    .ready = log_start,
					    .context = daemon };
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
	int status = startup_check(&daemon.config, argc, argv, check_listen);

	if (status >= 0)
		return status;
	/* fixed, or malloc learns from a freed page of metrics to keep the next ones */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	status = open_all(&daemon);
	if (status == EXIT_FINE)
		status = run(&daemon);
	close_all(&daemon);
	return status;
}
