/* SPDX-License-Identifier: MIT */
/* Picks a command out of a program's table. Runs in main. */
#include "tools/cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/cli.h"

enum { COMMANDS_MAX = 16, USAGE = 2 };

static const char own[][8] = { "help", "version" };

enum { OWN = sizeof own / sizeof *own };

static int tell_help(const struct commands *commands)
{
	const char *program = program_invocation_short_name;

	(void)printf("Usage: %s COMMAND [OPTION...]\n\n", program);
	for (size_t i = 0; i < commands->count; i++)
		(void)printf("  %-12s %s\n", commands->table[i].name, commands->table[i].help);
	(void)printf("  %-12s this text; %s COMMAND --help tells more\n", own[0], program);
	(void)printf("  %-12s the version\n", own[1]);
	return 0;
}

static int tell_version(void)
{
	(void)printf("%s " AW_VERSION_STRING "\n", program_invocation_short_name);
	return 0;
}

static int unknown(const struct commands *commands, const char *word)
{
	const char *names[COMMANDS_MAX + OWN];
	size_t count = 0;

	for (; count < commands->count && count < COMMANDS_MAX; count++)
		names[count] = commands->table[count].name;
	for (size_t i = 0; i < OWN; i++)
		names[count++] = own[i];
	(void)cli_unknown(NULL, word, names, count);
	return USAGE;
}

static int pick(const struct commands *commands, const char *word, int argc, char **argv)
{
	for (size_t i = 0; i < commands->count; i++)
		if (!strcmp(commands->table[i].name, word))
			return commands->table[i].run(argc, argv);
	if (!strcmp(word, own[0]))
		return tell_help(commands);
	return strcmp(word, own[1]) ? unknown(commands, word) : tell_version();
}

int commands_written(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	(void)cli_error("standard output: %s", strerror(errno));
	return status ? status : 1;
}

int commands_run(const struct commands *commands, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		(void)cli_error("no command given (try %s %s, or %s help)",
				program_invocation_short_name, commands->table[0].name,
				program_invocation_short_name);
		return USAGE;
	}
	word += !strcmp(word, "--help") || !strcmp(word, "--version") ? 2 : 0;
	return commands_written(pick(commands, word, argc - 1, argv + 1));
}
