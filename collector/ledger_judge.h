/* SPDX-License-Identifier: MIT */
/* What the judge is told of sessions, engines and functions that ended: source_judge() of those that no source speaks for.
 * Pure; the poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_LEDGER_JUDGE_H
#define AUDIOWATCH_COLLECTOR_LEDGER_JUDGE_H

#include "collector/judge.h"
#include "collector/ledger.h"

/* Behind all sources. since_ns: the tick before, for a name is told once: a successor hides how its session ended. */
void ledger_judge(const struct ledger *ledger, struct judge *judge, uint64_t since_ns);

#endif
