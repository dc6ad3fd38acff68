/* SPDX-License-Identifier: MIT */
/* audiowatch-bench: measures this machine. Exit: 0 fine, 1 too late or failed, 2 usage. */
#include <stdio.h>
#include <string.h>

#include "tools/bench/latency.h"
#include "tools/cli/cli.h"

static int version_run(int argc, char **argv)
{
	(void)argc, (void)argv;
	(void)puts("audiowatch-bench " AW_VERSION_STRING);
	return 0;
}

static int help_run(int argc, char **argv);

static const struct command {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "latency", "how late a periodic thread or a JACK client is woken, as cyclictest",
	  latency_run },
	{ "help", "this text; audiowatch-bench COMMAND --help tells more", help_run },
	{ "version", "the version", version_run },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int help_run(int argc, char **argv)
{
	(void)argc, (void)argv;
	(void)puts("Usage: audiowatch-bench COMMAND [OPTION...]\n");
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

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		(void)cli_error("no command given (try audiowatch-bench latency, or "
				"audiowatch-bench help)");
		return 2;
	}
	word += !strcmp(word, "--help") || !strcmp(word, "--version") ? 2 : 0;
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, word))
			return commands[i].run(argc - 1, argv + 1);
	return unknown(word);
}
