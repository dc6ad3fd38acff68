/* SPDX-License-Identifier: MIT */
/* Labels that know their texts: order, copies, and their end. Pure but for malloc. */
#ifndef AUDIOWATCH_COLLECTOR_LABELS_H
#define AUDIOWATCH_COLLECTOR_LABELS_H

#include "collector/judge.h"

/* By the bytes of their values; of one kind. */
int labels_compare(const struct judge_labels *a, const struct judge_labels *b);
/* With texts of its own. False: no memory, and nothing is held. */
bool labels_copy(struct judge_labels *to, const struct judge_labels *from);
/* Of a copy, or of all 0. */
void labels_free(struct judge_labels *labels);

#endif
