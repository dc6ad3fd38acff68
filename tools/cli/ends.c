/* SPDX-License-Identifier: MIT */
/* Which signals end a program. */
#include "tools/cli/ends.h"

#include <stdbool.h>
#include <stddef.h>

static bool is_ignored(int number)
{
	struct sigaction old;

	return sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
}

void ends_fill(sigset_t *ends)
{
	(void)sigemptyset(ends);
	(void)sigaddset(ends, SIGTERM);
	if (!is_ignored(SIGINT))
		(void)sigaddset(ends, SIGINT);
	if (!is_ignored(SIGHUP))
		(void)sigaddset(ends, SIGHUP);
}
