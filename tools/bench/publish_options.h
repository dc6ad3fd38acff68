/* SPDX-License-Identifier: MIT */
/* The command line of `audiowatch-bench publish`. Main thread. */
#ifndef AUDIOWATCH_BENCH_PUBLISH_OPTIONS_H
#define AUDIOWATCH_BENCH_PUBLISH_OPTIONS_H

#include "tools/bench/publish_contender.h"
#include "tools/bench/publish_stat.h"

struct publish_options {
	uint32_t rounds;
	int cpu; /* -1 = not pinned */
	bool some; /* --only was given */
	bool only[PUBLISH_CONTENDERS], states; /* what is measured */
	bool json, help;
};

/* argv[0] is the command; 0, or -EINVAL and one line on standard error. */
int publish_options_read(struct publish_options *options, int argc, char **argv);
void publish_options_help(void);

#endif
