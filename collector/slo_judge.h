/* SPDX-License-Identifier: MIT */
/* What objectives say to rules. Pure; the poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_SLO_JUDGE_H
#define AUDIOWATCH_COLLECTOR_SLO_JUDGE_H

#include "collector/judge.h"
#include "collector/slo.h"

/* Within judge_begin() and judge_end(), behind what the tick saw: a fact of each objective. */
void slo_judge(const struct slo_book *book, struct judge *judge);

#endif
