/* SPDX-License-Identifier: MIT */
/* Objectives fed by the totals of ledgers. Pure; the poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_SLO_LEDGER_H
#define AUDIOWATCH_COLLECTOR_SLO_LEDGER_H

#include "collector/ledger.h"
#include "collector/slo.h"

/* After the totals of a tick: what each series of the book gained, graph times left out. */
void slo_see_ledgers(struct slo_book *slo, const struct ledger_book *book);

/* As ledger_feed(), of what was counted before anybody looked: no event of any minute. */
void slo_feed_unseen(struct ledger *ledger, struct series *series, const void *now);

#endif
