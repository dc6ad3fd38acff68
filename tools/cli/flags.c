/* SPDX-License-Identifier: MIT */
/* Reads the flags of a command by its table. */
#include "tools/cli/flags.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/cli.h"

enum { FLAGS_MAX = 16 };

static int unknown_flag(const struct flags *flags, const char *word)
{
	const char *names[FLAGS_MAX];
	size_t count = 0;

	for (; count < flags->count && count < FLAGS_MAX; count++)
		names[count] = flags->table[count].name;
	return cli_unknown(flags->command, word, names, count);
}

static const struct flag *flag_find(const struct flags *flags, const char *word, size_t length)
{
	for (size_t i = 0; i < flags->count; i++)
		if (strlen(flags->table[i].name) == length &&
		    !strncmp(flags->table[i].name, word, length))
			return &flags->table[i];
	return NULL;
}

/* Where the next flag is; NULL after a complaint. */
static char **flag_read(const struct flags *flags, void *context, char **at)
{
	const char *word = *at++;
	const size_t length = strcspn(word, "=");
	const struct flag *flag = flag_find(flags, word, length);
	const char *value = word[length] ? word + length + 1 : NULL;
	int rc = 0;

	if (!flag)
		rc = unknown_flag(flags, word);
	else if (!flag->takes && value)
		rc = cli_error("%s: takes no value (try %s alone)", flag->name, flag->name);
	else if (flag->takes && !value && !(value = *at))
		rc = cli_error("%s: its value is missing (try %s %s)", flag->name, flag->name,
			       flag->example);
	if (rc < 0)
		return NULL;
	at += flag->takes && !word[length];
	return flag->take(context, value) < 0 ? NULL : at;
}

int flags_read(const struct flags *flags, void *context, int argc, char **argv)
{
	char **at = argv + 1;

	while (at && at < argv + argc)
		at = flag_read(flags, context, at);
	return at ? 0 : -EINVAL;
}

void flags_help(const struct flags *flags)
{
	char left[32];

	for (size_t i = 0; i < flags->count; i++) {
		const struct flag *flag = &flags->table[i];

		(void)snprintf(left, sizeof left, "%s %s", flag->name,
			       flag->takes ? flag->takes : "");
		(void)printf("  %-15s %s\n", left, flag->help);
	}
}
