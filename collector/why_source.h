/* SPDX-License-Identifier: MIT */
/* From the book of ledgers and the judge's windows to the facts that explain an alert. The poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_WHY_SOURCE_H
#define AUDIOWATCH_COLLECTOR_WHY_SOURCE_H

#include "collector/instant.h"
#include "collector/ledger.h"
#include "collector/selfwatch.h"
#include "collector/why.h"

/* What there is to look at, once a second behind judge_end(). */
struct why_scene {
	const struct ledger_book *book;
	const struct judge *judge;
	const struct instant *at;
	uint64_t tick;
	const struct slo_book *slo; /* NULL: nothing is known of objectives */
	const struct selfwatch_counts *self; /* NULL: nothing is known of the collector's parts */
};

/* The tick's totals of every live series into what it remembers of the last minutes. */
void why_note(const struct why_scene *scene);
/* Whether there are facts of it: after a restart a source may be away whose alert goes on. */
bool why_knows(const struct why_scene *scene, const struct judge_labels *labels);
/* The facts of an alert now. Names are the ledger's own texts: not for longer than this tick. */
void why_gather(struct why_facts *facts, const struct why_scene *scene,
		const struct judge_alert *alert);

#endif
