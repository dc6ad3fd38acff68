/* SPDX-License-Identifier: MIT */
/* The lines that a replay prints, a JSON object each. Any thread. */
#ifndef AUDIOWATCH_COLLECTOR_REPLAY_LINE_H
#define AUDIOWATCH_COLLECTOR_REPLAY_LINE_H

#include <stdio.h>

#include "collector/judge.h"

/* What a line is about. */
struct replay_about {
	uint64_t tick;
	const struct rule *rule;
	const struct judge_labels *labels;
	const struct judgement *judgement;
};

void replay_put_verdict(FILE *out, const struct replay_about *about);
void replay_put_transition(FILE *out, const struct replay_about *about,
			   const struct alert_change *change);

#endif
