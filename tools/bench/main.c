/* SPDX-License-Identifier: MIT */
/* audiowatch-bench: measures this machine. Exit: 0 fine, 1 too late or failed, 2 usage. */
#include "tools/bench/latency.h"
#include "tools/bench/publish.h"
#include "tools/cli/commands.h"

static const struct command commands[] = {
	{ "latency", "how late a periodic thread or a JACK client is woken, as cyclictest",
	  latency_run },
	{ "publish", "what a call of libaudiowatch costs, beside LTTng-UST, prometheus-cpp, rings",
	  publish_run },
};

int main(int argc, char **argv)
{
	return commands_run(&(struct commands){ commands, sizeof commands / sizeof *commands },
			    argc, argv);
}
