/* SPDX-License-Identifier: MIT */
/* What is told of each active alert, and of the last firings. The poll thread.
 *
 * A case opens with its alert and closes with it. Its texts follow while the rule says yes (or band, which it is only
 * between); what they were at the newest yes stands while it says anything else, so that an alert whose source ended is
 * still explained. A firing is told as it was when it fired, until so many others came after it. */
#ifndef AUDIOWATCH_COLLECTOR_CASEBOOK_H
#define AUDIOWATCH_COLLECTOR_CASEBOOK_H

#include "collector/why_source.h"

enum {
	CASES_MAX = 512, /* active alerts beyond them have no texts of their own */
	FIRINGS_MAX = 256,
};

/* Its own texts; "" what is not known. */
struct case_told {
	char *description, *cause;
	struct judgement judgement;
	uint64_t load, budget_ns; /* millionths; 0 = not known */
	uint64_t real_ns; /* of the tick when it was so */
};

struct firing {
	uint64_t number; /* from 1 on */
	const struct rule *rule;
	struct judge_labels labels; /* its own texts */
	enum alert_state state; /* firing, keeping; inactive: over */
	struct judgement judgement;
	struct case_told told;
	uint64_t active_real_ns, fired_real_ns, resolved_real_ns; /* 0 = not yet */
};

struct casebook;
struct casebook *casebook_new(void);
void casebook_free(struct casebook *cases);

/* Once a tick, behind judge_end(). */
void casebook_look(struct casebook *cases, const struct why_scene *scene);

/* NULL: it is not active, or there was no room or memory. */
const struct case_told *casebook_told(const struct casebook *cases, const struct rule *rule,
				      const struct judge_labels *labels);
/* Before the first look, from the life before: what was told of an alert that was active, and a firing, in the order of
 * their numbers. The first look goes on with those whose alerts are still active, and ends the others. Texts are copied;
 * the rule is borrowed for good. False: it is there already, or there is no room or memory. */
bool casebook_put_told(struct casebook *cases, const struct rule *rule,
		       const struct judge_labels *labels, const struct case_told *told);
bool casebook_put_firing(struct casebook *cases, const struct firing *past);
/* For saving. */
typedef void casebook_told_fn(void *context, const struct rule *rule,
			      const struct judge_labels *labels, const struct case_told *told);
void casebook_each_told(const struct casebook *cases, casebook_told_fn *each, void *context);

/* The i-th newest. */
unsigned casebook_firings(const struct casebook *cases);
const struct firing *casebook_firing(const struct casebook *cases, unsigned i);

#endif
