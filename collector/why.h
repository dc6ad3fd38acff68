/* SPDX-License-Identifier: MIT */
/* What is told of an alert beside its message: what happened, with its figures and what they mean, and what most likely
 * causes it, with what to do about it. Pure: facts in, texts out. What is not known has no words. */
#ifndef AUDIOWATCH_COLLECTOR_WHY_H
#define AUDIOWATCH_COLLECTOR_WHY_H

#include "collector/judge.h"
#include "collector/slo.h"

enum { WHY_PARTS = 3, WHY_UNFINISHED = 3, WHY_TEXT_SIZE = 2048 };

/* A leaf channel or a function, and its part of the time. */
struct why_part {
	const char *name;
	uint64_t share; /* millionths */
};

/* Zeros and NULLs are what is not known. */
struct why_facts {
	const struct rule *rule;
	struct judge_labels labels;
	struct judgement judgement;
	unsigned span_s; /* what the shares and P99 are of */
	/* engines */
	uint64_t p99_ns, budget_ns; /* of a render; a period */
	bool has_state;
	enum engine_state state;
	uint64_t state_age_ns, hang_ns; /* hang: of the render in flight */
	bool has_episode;
	uint64_t episode_age_ns, episode_misses;
	bool has_channels; /* within none of which others are; they need not have taken time */
	/* what took the time: worst first, then all of them together; shares of the render time, or of the time in calls */
	struct why_part parts[WHY_PARTS], own; /* own: the function's that the alert is about */
	unsigned part_count;
	uint64_t parts_share;
	/* of a render that hangs: channels that have not ended in it and ended in the block before */
	const char *unfinished[WHY_UNFINISHED];
	unsigned unfinished_count; /* may be more than have their names here */
	const char *call_name; /* of the session's calls in flight the one that began last, */
	uint64_t call_ns; /* so long ago */
	uint64_t open_ns; /* of the function's own calls in flight, the oldest one's age */
	/* sessions */
	uint64_t ended_ns, pid; /* how long ago; of its process */
	/* objectives: their burn rates, of what they allow, over two windows, and what is left */
	const struct slo_pair *pair;
	double burn_long, burn_short, budget_left;
	uint64_t known_ns; /* of what that is at most */
	/* parts of the collector: what is wrong (fault.h), and where */
	int fault;
	const char *place;
};

/* P99 of a render by its budget, in millionths; 0 = not known. */
uint64_t why_load(const struct why_facts *facts);

/* The figures, then the rule's own description, which is the advice. */
void why_description(char text[WHY_TEXT_SIZE], const struct why_facts *facts);
/* "" where nothing is known. */
void why_cause(char text[WHY_TEXT_SIZE], const struct why_facts *facts);

#endif
