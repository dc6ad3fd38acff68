/* SPDX-License-Identifier: MIT */
/* What is checked before anything is opened, and what is asked for instead of running. main, at start. */
#include "collector/startup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collector/replay.h"
#include "collector/replay_progress.h"
#include "collector/version.h"

int startup_complain(int exit_status, const char *line)
{
	fputs("audiowatchd: ", stderr);
	for (; *line; line++) /* a value may hold what breaks it, or steers the terminal */
		fputc((unsigned char)*line < 0x20 || *line == 0x7F ? '?' : *line, stderr);
	fputc('\n', stderr);
	return exit_status;
}

/* What a flag asks for instead of running: -1 = nothing, else the exit status. */
static int answer_flags(const struct options *flags)
{
	if (flags->action == OPTIONS_HELP)
		options_help(stdout);
	else if (flags->action == OPTIONS_VERSION)
		printf("audiowatchd %s (%s)\n", version_string, version_revision);
	else
		return -1;
	return EXIT_FINE;
}

/* Instead of running. */
static int replay(const struct config *config, const struct options *flags)
{
	struct replay_progress progress = replay_progress_begin();
	const struct replay_options wanted = { config->rules,
					       config->rule_count,
					       flags->replay_verdicts,
					       stdout,
					       config->slos,
					       config->slo_count,
					       isatty(STDERR_FILENO) ? replay_progress_tell : NULL,
					       &progress };
	char error[TRACE_ERROR_SIZE];
	const int status = replay_file(&wanted, flags->replay, error);

	replay_progress_end(&progress);
	if (!status)
		return EXIT_FINE;
	return startup_complain(status == -EINVAL ? EXIT_USAGE : EXIT_RUN_TIME, error);
}

int startup_check(struct config *config, int argc, char **argv,
		  int (*listen)(const struct options *options))
{
	char error[OPTIONS_ERROR_SIZE];
	struct options flags;
	int status;

	if (options_parse(&flags, argc, argv, error))
		return startup_complain(EXIT_USAGE, error);
	status = answer_flags(&flags);
	if (status >= 0)
		return status;
	if (config_load(config, &flags, environ, error))
		return startup_complain(EXIT_USAGE, error);
	if (flags.action == OPTIONS_RUN && flags.replay)
		return replay(config, &flags);
	status = listen(&config->options);
	if (status >= 0)
		return status;
	if (options_check_dirs(&config->options, error))
		return startup_complain(EXIT_USAGE, error);
	if (flags.action != OPTIONS_CHECK)
		return -1;
	config_print(config, stdout);
	return EXIT_FINE;
}
