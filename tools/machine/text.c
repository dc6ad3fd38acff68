/* SPDX-License-Identifier: MIT */
/* The facts of a machine as text. Pure. */
#include <stdio.h>
#include <string.h>

#include "tools/machine/machine.h"

bool machine_has_word(const char *words, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
	return false;
}

void machine_size_text(char text[MACHINE_SIZE_TEXT], uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	unsigned unit = 0;

	if (bytes == MACHINE_UNLIMITED) {
		(void)snprintf(text, MACHINE_SIZE_TEXT, "unlimited");
		return;
	}
	/* whole numbers below ten thousand read well */
	for (; unit + 1 < sizeof units / sizeof *units &&
	       (bytes >= 10240 || (bytes >= 1024 && bytes % 1024 == 0));
	     unit++)
		bytes /= 1024;
	(void)snprintf(text, MACHINE_SIZE_TEXT, "%ju %s", (uintmax_t)bytes, units[unit]);
}

static const char *or_unknown(const char *text)
{
	return *text ? text : "unknown";
}

static void limit_text(char text[MACHINE_SIZE_TEXT], uint64_t limit)
{
	if (limit == MACHINE_UNLIMITED)
		machine_size_text(text, limit);
	else
		(void)snprintf(text, MACHINE_SIZE_TEXT, "%ju", (uintmax_t)limit);
}

void machine_text(char text[MACHINE_TEXT], const struct machine *machine)
{
	static const char *const preempt[] = { "", ", no PREEMPT_RT", ", PREEMPT_RT" };
	static const char *const fifo[] = { "unknown", "no", "yes" };
	char rtprio[MACHINE_SIZE_TEXT], memlock[MACHINE_SIZE_TEXT];

	limit_text(rtprio, machine->rtprio_max);
	machine_size_text(memlock, machine->memlock_bytes);
	(void)snprintf(text, MACHINE_TEXT,
		       "%s, %u CPUs; Linux %s%s; clock %s; governor %s; rtprio %s, memlock %s, "
		       "SCHED_FIFO %s",
		       or_unknown(machine->cpu), machine->cpus, or_unknown(machine->kernel),
		       preempt[machine->preempt_rt], or_unknown(machine->clock),
		       or_unknown(machine->governors), rtprio, memlock, fifo[machine->fifo]);
}
