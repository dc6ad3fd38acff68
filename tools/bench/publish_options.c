/* SPDX-License-Identifier: MIT */
/* The command line of `audiowatch-bench publish`, as one table. Main thread. */
#include "tools/bench/publish_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/bench/flag_value.h"
#include "tools/bench/latency_thread.h"
#include "tools/cli/cli.h"
#include "tools/cli/flags.h"
#include "tools/cli/words.h"

enum { ROUNDS = 11 };

static const char states_word[] = "states";

static int take_rounds(void *context, const char *value)
{
	static const struct range range = { 1, PUBLISH_MAX_ROUNDS, "11", 0 };

	return flag_whole_32("--rounds", value, &range,
			     &((struct publish_options *)context)->rounds);
}

static int take_pin(void *context, const char *value)
{
	static const struct range range = { 0, 65535, "0", 0 };
	struct publish_options *options = context;
	uint32_t cpu;

	if (flag_whole_32("--pin", value, &range, &cpu) < 0)
		return -EINVAL;
	options->cpu = (int)cpu;
	return latency_cpu_allowed(options->cpu)
		       ? 0
		       : cli_error("--pin: this process may not run on CPU %u (try --pin %d)", cpu,
				   latency_cpu(0));
}

static int only_unknown(const char *value)
{
	const char *names[PUBLISH_CONTENDERS + 1];

	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		names[i] = publish_entries[i].name;
	names[PUBLISH_CONTENDERS] = states_word;
	return cli_error("--only: \"%.64s\" is none of what is measured (try --only %s)", value,
			 names[words_nearest(value, names, PUBLISH_CONTENDERS + 1)]);
}

static int take_only(void *context, const char *value)
{
	struct publish_options *options = context;

	options->some = true;
	if (!strcmp(value, states_word)) {
		options->states = true;
		return 0;
	}
	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		if (!strcmp(value, publish_entries[i].name)) {
			options->only[i] = true;
			return 0;
		}
	return only_unknown(value);
}

static int take_json(void *context, const char *value)
{
	(void)value;
	((struct publish_options *)context)->json = true;
	return 0;
}

static int take_help(void *context, const char *value)
{
	(void)value;
	((struct publish_options *)context)->help = true;
	return 0;
}

static const struct flag flags[] = {
	{ NULL, NULL, NULL, "What is measured:", NULL },
	{ "--only", "NAME", "render", "this alone, and two bare clock reads; repeatable (all)",
	  take_only },
	{ "--rounds", "N", "11", "how often; each round measures everything once (11)", take_rounds },
	{ "--pin", "CPU", "0", "on this CPU; a second thread and the collector on others", take_pin },
	{ NULL, NULL, NULL, "What is told:", NULL },
	{ "--json", NULL, NULL, "one JSON document instead of all text", take_json },
	{ "--help", NULL, NULL, "this text", take_help },
};

static const struct flags all_flags = { "publish", flags, sizeof flags / sizeof *flags };

int publish_options_read(struct publish_options *options, int argc, char **argv)
{
	*options = (struct publish_options){ .rounds = ROUNDS, .cpu = -1 };
	if (flags_read(&all_flags, options, argc, argv) < 0)
		return -EINVAL;
	options->states |= !options->some;
	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		options->only[i] |= !options->some || publish_entries[i].contender == &publish_bare;
	return 0;
}

void publish_options_help(void)
{
	(void)puts("Usage: audiowatch-bench publish [OPTION...]\n"
		   "Measures what a call of libaudiowatch costs, beside what others offer for the "
		   "same.\n");
	flags_help(&all_flags);
	(void)puts("\nNAME, and what it is:");
	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		(void)printf("    %-22s%s\n", publish_entries[i].name, publish_entries[i].what);
	(void)printf("    %-22s%s\n", states_word,
		     "a render span with the collector live, absent, stopped, killed; lapped");
	(void)puts("\nExit: 0 fine, also after Ctrl-C; 1 it failed; 2 usage.");
}
