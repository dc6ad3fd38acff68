/* SPDX-License-Identifier: MIT */
/* Ends in a ledger as facts for the judge. Pure; the poll thread. */
#include "collector/ledger_judge.h"

static struct judge_fact end_of(const struct ledger *ledger, enum signal_label kind,
				const char *name, enum ledger_life how)
{
	static const enum signal_life lives[] = { [LEDGER_LIVE] = LIFE_LIVE,
						  [LEDGER_CLOSED] = LIFE_CLOSED,
						  [LEDGER_DEAD] = LIFE_DEAD,
						  [LEDGER_DROPPED] = LIFE_GONE };

	return (struct judge_fact){
		.labels = { kind, ledger->who.app, ledger->instance_id, name },
		.life = lives[how],
	};
}

static bool ended_since(const struct series *series, uint64_t since_ns)
{
	return series->life != LEDGER_LIVE && series->ended_ns >= since_ns;
}

static void judge_series(const struct ledger *ledger, const struct series *series,
			 struct judge *judge)
{
	const enum signal_label kind =
		series->kind == AW_KIND_ENGINE ? LABEL_ENGINE : LABEL_FUNCTION;
	const struct judge_fact fact = end_of(ledger, kind, series->name, series->life);

	if (series->kind != AW_KIND_CHANNEL)
		judge_see(judge, &fact);
}

void ledger_judge(const struct ledger *ledger, struct judge *judge, uint64_t since_ns)
{
	const struct judge_fact fact = end_of(ledger, LABEL_SESSION, "", ledger->life);

	if (ledger->life != LEDGER_LIVE)
		judge_see(judge, &fact);
	for (unsigned i = 0; i < ledger->series_count; i++)
		if (ended_since(ledger->series[i], since_ns))
			judge_series(ledger, ledger->series[i], judge);
}
