/* SPDX-License-Identifier: MIT */
/* What the files of a judge share: its insides. The poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_JUDGE_PRIVATE_H
#define AUDIOWATCH_COLLECTOR_JUDGE_PRIVATE_H

#include "collector/judge.h"
#include "collector/subject.h"

struct judge {
	struct judge_options options;
	bool began, gap; /* gap: so many ticks were left out that nothing is covered */
	uint64_t tick, before; /* before: the tick evaluated before this one */
	uint64_t real_ns; /* of the tick */
	struct subject_list lists[SIGNAL_LABELS];
	struct window_cuts cuts[SIGNAL_LABELS][JUDGE_SERIES]; /* of the windows of each kind */
	unsigned places[RULES_MAX]; /* of a rule among those judged of its kind */
	unsigned alerts[SIGNAL_LABELS]; /* how many those are */
	unsigned active[RULES_MAX];
	uint64_t transitions[RULES_MAX][ALERT_STATES];
	bool limit_told[RULES_MAX];
	uint64_t limited, refused;
	bool changed;
};

enum signal_label judge_kind(const struct rule *rule);
/* One with an alert for each rule judged of its kind. NULL: no memory. There is none with these labels yet. */
struct subject *judge_add(struct judge *judge, const struct judge_labels *labels);
/* Of a rule that is judged of the subject's kind. */
struct subject_alert *judge_alert_of(const struct judge *judge, unsigned r, struct subject *subject);
bool judge_is_judged(const struct rule *rule);
/* Of those label sets whose signal it is. */
bool judge_is_about(const struct rule *rule, const struct judge_labels *labels);
/* Notes a transition of rule r, and hands it on; no transition is none. */
void judge_tell(struct judge *judge, unsigned r, struct subject *subject,
		const struct alert_change *change);

#endif
