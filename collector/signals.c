/* SPDX-License-Identifier: MIT */
/* The signals that end the collector, as a descriptor. Main thread, before any other. */
#include "collector/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/signalfd.h>

/* A shell's background and nohup(1) ask a program to live on after it. */
static bool is_ignored(int number)
{
	struct sigaction old;

	return sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
}

int signals_open(void)
{
	sigset_t ends;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	if (!is_ignored(SIGINT))
		sigaddset(&ends, SIGINT);
	if (!is_ignored(SIGHUP))
		sigaddset(&ends, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &ends, NULL))
		return -errno;
	return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}
