/* SPDX-License-Identifier: MIT */
/* audiowatch: the command line. Exit: 0 fine, 1 an alert fires or something is bad,
 * 2 usage, 3 no collector. */
#include "tools/audiowatch/alerts.h"
#include "tools/audiowatch/doctor.h"
#include "tools/audiowatch/forget.h"
#include "tools/audiowatch/segments.h"
#include "tools/audiowatch/silence.h"
#include "tools/audiowatch/status.h"
#include "tools/cli/commands.h"

static const struct command commands[] = {
	{ "segments", "lists the segments in shared memory; needs no collector", segments_run },
	{ "status", "the engines' states and the active alerts, from the collector", status_run },
	{ "alerts", "the active alerts, with what happened and why, from the collector", alerts_run },
	{ "silence", "keeps alerts quiet for a while; lists and ends such silences", silence_run },
	{ "forget", "a program that died is meant to stay down: ends its EngineDown", forget_run },
	{ "doctor", "what on this machine will hurt, each with its cure", doctor_run },
};

int main(int argc, char **argv)
{
	return commands_run(&(struct commands){ commands, sizeof commands / sizeof *commands },
			    argc, argv);
}
