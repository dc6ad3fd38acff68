/* SPDX-License-Identifier: MIT */
/* The flags, one row each; adding one is one row and a small setter. Main thread, before
 * anything runs. */
#include "collector/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/nearest.h"
#include "shm/segment.h"

/* Where a complaint goes, and which flag or variable it is about. */
struct complaint {
	char *line;
	const char *about;
};

/* One line, once main has told it: about, value, what is wrong and what to try. */
static int refuse(const struct complaint *complaint, const char *value, const char *why)
{
	snprintf(complaint->line, OPTIONS_ERROR_SIZE, "%s: \"%.200s\" %s", complaint->about, value,
		 why);
	return -EINVAL;
}

static int append(const char **list, size_t *count, const char *value,
		  const struct complaint *complaint)
{
	if (*count == OPTIONS_MAX)
		return refuse(complaint, value, "is one too many (at most 32 of these)");
	list[(*count)++] = value;
	return 0;
}

static int set_listen(struct options *options, const char *value, const struct complaint *complaint)
{
	return append(options->listen, &options->listen_count, value, complaint);
}

static int set_dir(struct options *options, const char *value, const struct complaint *complaint)
{
	if (!*value)
		return refuse(complaint, value, "is no directory (try " AW_DEFAULT_DIR ")");
	return append(options->dirs, &options->dir_count, value, complaint);
}

static int set_prefix(struct options *options, const char *value, const struct complaint *complaint)
{
	if (!aw_prefix_valid(value))
		return refuse(complaint, value,
			      "is no prefix: letters, digits, '.', '_', '-', at most 100, no "
			      "leading dot (try " AW_DEFAULT_PREFIX ")");
	options->prefix = value;
	return 0;
}

static int set_uid(struct options *options, const char *value, const struct complaint *complaint)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(value, &end, 10);
	/* the largest one is (uid_t)-1, which means "none" to the system */
	if (*value < '0' || *value > '9' || *end || errno || number >= UINT32_MAX)
		return refuse(complaint, value, "is no user id (try 1000)");
	for (unsigned i = 0; i < options->uid_count; i++)
		if (options->uids[i] == (uid_t)number)
			return 0;
	if (options->uid_count == OPTIONS_MAX + 1)
		return refuse(complaint, value, "is one too many (at most 32 of these)");
	options->uids[options->uid_count++] = (uid_t)number;
	return 0;
}

static int set_log_format(struct options *options, const char *value,
			  const struct complaint *complaint)
{
	if (!log_format_parse(value, &options->log_format))
		return refuse(complaint, value, "is no log format (try auto, json or text)");
	options->log_format_said = true;
	return 0;
}

static int set_log_level(struct options *options, const char *value,
			 const struct complaint *complaint)
{
	if (!log_level_parse(value, &options->log_level))
		return refuse(complaint, value, "is no log level (try error, warn, info or debug)");
	options->log_level_said = true;
	return 0;
}

static int set_config(struct options *options, const char *value, const struct complaint *complaint)
{
	if (!*value)
		return refuse(complaint, value, "is no file (try audiowatch.yml)");
	options->config = value;
	return 0;
}

static int set_state_dir(struct options *options, const char *value,
			 const struct complaint *complaint)
{
	if (!*value)
		return refuse(complaint, value, "is no directory (try /var/lib/audiowatch)");
	options->state_dir = value;
	return 0;
}

static int set_replay(struct options *options, const char *value, const struct complaint *complaint)
{
	if (!*value)
		return refuse(complaint, value, "is no file (try trace.txt)");
	options->replay = value;
	return 0;
}

static int set_verdicts(struct options *options, const char *value,
			const struct complaint *complaint)
{
	(void)value;
	(void)complaint;
	options->replay_verdicts = true;
	return 0;
}

static int set_record(struct options *options, const char *value, const struct complaint *complaint)
{
	if (!*value)
		return refuse(complaint, value, "is no file (try trace.txt)");
	options->record = value;
	return 0;
}

static int set_check(struct options *options, const char *value, const struct complaint *complaint)
{
	(void)value;
	(void)complaint;
	options->action = OPTIONS_CHECK;
	return 0;
}

static int set_version(struct options *options, const char *value, const struct complaint *complaint)
{
	(void)value;
	(void)complaint;
	options->action = OPTIONS_VERSION;
	return 0;
}

static int set_help(struct options *options, const char *value, const struct complaint *complaint)
{
	(void)value;
	(void)complaint;
	options->action = OPTIONS_HELP;
	return 0;
}

static const struct row {
	const char *name, *value, *help; /* value NULL: takes none */
	int (*set)(struct options *options, const char *value, const struct complaint *complaint);
} rows[] = {
	{ "config", "FILE", "the configuration, YAML; flags and environment come before it",
	  set_config },
	{ "check-config", NULL, "print the effective configuration and exit", set_check },
	{ "listen", "ADDR:PORT|unix:PATH",
	  "where HTTP is served; repeatable (default 127.0.0.1:19815)", set_listen },
	{ "dir", "DIR",
	  "where segments are; repeatable (default $AUDIOWATCH_DIR, else " AW_DEFAULT_DIR ")",
	  set_dir },
	{ "prefix", "NAME",
	  "how segments' names begin (default $AUDIOWATCH_PREFIX, else " AW_DEFAULT_PREFIX ")",
	  set_prefix },
	{ "uid", "N", "also read this user's segments, never remove them; repeatable", set_uid },
	{ "log-format", "auto|json|text",
	  "of the log on standard error (default auto: text on a terminal)", set_log_format },
	{ "log-level", "error|warn|info|debug", "what is logged at most (default info)",
	  set_log_level },
	{ "state-dir", "DIR",
	  "what outlives the collector, and its control socket (default $STATE_DIRECTORY, else "
	  "below $XDG_STATE_HOME)",
	  set_state_dir },
	{ "replay", "TRACE",
	  "judge a trace instead of engines: what the rules would have done; - is "
	  "standard input",
	  set_replay },
	{ "replay-verdicts", NULL, "with --replay, what each rule said at each tick, too",
	  set_verdicts },
	{ "record-trace", "FILE",
	  "write what is seen as a trace, into a file that is not there yet", set_record },
	{ "version", NULL, "print the version and exit", set_version },
	{ "help", NULL, "print this and exit", set_help },
};

enum { ROWS = sizeof rows / sizeof *rows, LONGEST = 24 };

static int refuse_unknown(const char *argument, char *error)
{
	char name[LONGEST + 2] = "";
	const char *near;

	if (argument[0] == '-' && argument[1] == '-')
		snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
	near = *name ? nearest_word(name, &rows[0].name, ROWS, sizeof *rows) : NULL;
	if (near)
		snprintf(error, OPTIONS_ERROR_SIZE, "\"%.200s\" is no flag (did you mean --%s?)",
			 argument, near);
	else
		snprintf(error, OPTIONS_ERROR_SIZE, "\"%.200s\" is no flag (try --help)", argument);
	return -EINVAL;
}

/* getopt_long() tells '?' of an unknown flag, an ambiguous one and a value where none belongs. */
static int refuse_question(const char *argument, int value, char *error)
{
	if (value >= 1 && value <= (int)ROWS) {
		snprintf(error, OPTIONS_ERROR_SIZE, "--%s: takes no value (try --%s alone)",
			 rows[value - 1].name, rows[value - 1].name);
		return -EINVAL;
	}
	return refuse_unknown(argument, error);
}

static int parse_flags(struct options *options, int argc, char **argv, char *error)
{
	struct option flags[ROWS + 1] = { { 0 } };
	int error_number = 0, which;

	for (int i = 0; i < (int)ROWS; i++)
		flags[i] = (struct option){ rows[i].name,
					    rows[i].value ? required_argument : no_argument, NULL,
					    i + 1 };
	opterr = 0;
	optind = 0; /* glibc: starts over */
	while (!error_number && (which = getopt_long(argc, argv, "+:", flags, NULL)) != -1) {
		char about[LONGEST + 4];

		if (which == '?')
			return refuse_question(argv[optind - 1], optopt, error);
		if (which == ':') {
			snprintf(error, OPTIONS_ERROR_SIZE, "--%s: needs a value (%s)",
				 rows[optopt - 1].name, rows[optopt - 1].value);
			return -EINVAL;
		}
		snprintf(about, sizeof about, "--%s", rows[which - 1].name);
		error_number =
			rows[which - 1].set(options, optarg, &(struct complaint){ error, about });
	}
	if (!error_number && optind < argc) {
		snprintf(error, OPTIONS_ERROR_SIZE, "\"%.200s\" belongs to no flag (try --help)",
			 argv[optind]);
		return -EINVAL;
	}
	return error_number;
}

/* Flags that are of no use without others, or beside them. */
static int check_together(const struct options *options, char *error)
{
	const char *line = NULL;

	if (options->action != OPTIONS_RUN)
		return 0;
	if (options->replay_verdicts && !options->replay)
		line = "--replay-verdicts: is of a replay alone (try --replay trace.txt, too)";
	else if (options->record && options->replay)
		line = "--record-trace: a replay sees no engine (try it without --replay)";
	if (!line)
		return 0;
	snprintf(error, OPTIONS_ERROR_SIZE, "%s", line);
	return -EINVAL;
}

int options_parse(struct options *options, int argc, char **argv, char error[OPTIONS_ERROR_SIZE])
{
	int status;

	*options = (struct options){ .uids = { geteuid() }, .uid_count = 1 };
	status = parse_flags(options, argc, argv, error);
	return status ? status : check_together(options, error);
}

static const struct {
	int error;
	const char *why;
} dir_errors[] = {
	{ ENOENT, "does not exist (try " AW_DEFAULT_DIR ")" },
	{ ENOTDIR, "is not a directory (try " AW_DEFAULT_DIR ")" },
	{ EOPNOTSUPP, "is not on tmpfs, segments are in memory only (try " AW_DEFAULT_DIR ")" },
	{ EACCES, "may not be read by this user (see its permissions)" },
};

static int refuse_dir(const struct options *options, const char *dir, int status, char *error)
{
	const struct complaint complaint = { error, options->dirs_said_by };
	char why[OPTIONS_ERROR_SIZE / 2];

	snprintf(why, sizeof why, "cannot be opened: %s (try " AW_DEFAULT_DIR ")",
		 strerror(-status));
	for (unsigned i = 0; i < sizeof dir_errors / sizeof *dir_errors; i++)
		if (dir_errors[i].error == -status)
			snprintf(why, sizeof why, "%s", dir_errors[i].why);
	(void)refuse(&complaint, dir, why);
	return status;
}

int options_check_dirs(const struct options *options, char error[OPTIONS_ERROR_SIZE])
{
	const struct complaint complaint = { error, options->dirs_said_by };
	struct stat seen[OPTIONS_MAX];

	for (size_t i = 0; i < options->dir_count; i++) {
		const int fd = aw_segment_dir(options->dirs[i]);

		if (fd < 0)
			return refuse_dir(options, options->dirs[i], fd, error);
		if (fstat(fd, &seen[i]))
			seen[i] = (struct stat){ 0 };
		close(fd);
		for (size_t j = 0; j < i; j++)
			if (seen[j].st_dev == seen[i].st_dev && seen[j].st_ino == seen[i].st_ino)
				return refuse(&complaint, options->dirs[i],
					      "is named twice (leave one out)");
	}
	return 0;
}

void options_help(FILE *out)
{
	fputs("usage: audiowatchd [flags]\n"
	      "Reads what audio engines publish in shared memory and serves it to Prometheus and "
	      "people.\n\n",
	      out);
	for (unsigned i = 0; i < ROWS; i++) {
		char flag[64];

		snprintf(flag, sizeof flag, "--%s %s", rows[i].name,
			 rows[i].value ? rows[i].value : "");
		fprintf(out, "  %-30s %s\n", flag, rows[i].help);
	}
	fputs("\nexit status: 0 ended by a signal, 1 failed at run time (port in use), 2 wrong "
	      "usage or configuration\n",
	      out);
}
