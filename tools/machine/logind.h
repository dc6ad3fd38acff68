/* SPDX-License-Identifier: MIT */
/* What the login manager does with shared memory at a user's last logout, read from its files: it is not asked over
 * D-Bus, so a default that a distribution compiled in differently is not seen. Any thread; blocks. */
#ifndef AUDIOWATCH_MACHINE_LOGIND_H
#define AUDIOWATCH_MACHINE_LOGIND_H

#include "tools/machine/machine.h"

struct logind {
	enum machine_answer runs;
	enum machine_answer remove_ipc; /* as configured; yes is systemd's default */
	enum machine_answer linger; /* of the user: never quite logged out */
	char said_by[192]; /* the file that sets remove_ipc; "" = the default */
};

void logind_read(struct logind *logind, const char *root, const char *user);

#endif
