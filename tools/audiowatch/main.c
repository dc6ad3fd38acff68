/* SPDX-License-Identifier: MIT */
/* audiowatch: the command line. Exit: 0 fine, 1 an alert fires or something is bad,
 * 2 usage, 3 no collector. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/audiowatch/doctor.h"
#include "tools/audiowatch/segments.h"
#include "tools/audiowatch/status.h"

static int version_run(int argc, char **argv)
{
	(void)argc, (void)argv;
	(void)puts("audiowatch " AW_VERSION_STRING);
	return 0;
}

static int help_run(int argc, char **argv);

static const struct command {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "status", "the engines' states and the active alerts, from the collector", status_run },
	{ "segments", "lists the segments in shared memory; needs no collector", segments_run },
	{ "doctor", "what on this machine will hurt, each with its cure", doctor_run },
	{ "help", "this text; audiowatch COMMAND --help tells more", help_run },
	{ "version", "the version", version_run },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int help_run(int argc, char **argv)
{
	(void)argc, (void)argv;
	(void)puts("Usage: audiowatch COMMAND [OPTION...]\n");
	for (size_t i = 0; i < COMMANDS; i++)
		(void)printf("  %-12s %s\n", commands[i].name, commands[i].help);
	return 0;
}

static int unknown(const char *word)
{
	const char *names[COMMANDS];

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	(void)cli_unknown(NULL, word, names, COMMANDS);
	return 2;
}

/* What nobody could read is not fine. */
static int written(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	(void)cli_error("standard output: %s", strerror(errno));
	return status ? status : 1;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		(void)cli_error("no command given (try audiowatch segments, or audiowatch help)");
		return 2;
	}
	word += !strcmp(word, "--help") || !strcmp(word, "--version") ? 2 : 0;
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, word))
			return written(commands[i].run(argc - 1, argv + 1));
	return unknown(word);
}
