/* SPDX-License-Identifier: MIT */
/* What the programs for people share: how they complain, and what the environment says. */
#include "tools/cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/cli/words.h"

static void put_line(const char *format, va_list arguments)
{
	char line[400], clean[400];

	(void)vsnprintf(line, sizeof line, format, arguments);
	words_clean(clean, sizeof clean, line);
	(void)fprintf(stderr, "%s: %s\n", program_invocation_short_name, clean);
}

int cli_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_line(format, arguments);
	va_end(arguments);
	return -EINVAL;
}

void cli_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_line(format, arguments);
	va_end(arguments);
}

int cli_unknown(const char *what, const char *word, const char *const *words, size_t count)
{
	return cli_error("%s%s\"%s\" is no %s (try %s)", what ? what : "",
			 what && *what ? ": " : "", word, what ? "option" : "command",
			 words[words_nearest(word, words, count)]);
}

const char *cli_variable(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}
