/* SPDX-License-Identifier: MIT */
/* What a series counts for objectives. Pure; the poll thread. */
#include "collector/slo_ledger.h"

enum { FFI_GOOD_NS = 100000000 };

static struct slo_events cycles_of(const struct series *series)
{
	const struct engine_counts *counts = series->value;

	return (struct slo_events){ counts->budgeted, counts->misses };
}

static struct slo_events calls_of(const struct series *series)
{
	const struct function_counts *counts = series->value;
	struct slo_events calls = { 0 };

	for (unsigned i = 0; i < COUNTS_FFI; i++) {
		const bool good = i < AW_CLASSIC_BOUNDS && aw_classic_ns[i] <= FFI_GOOD_NS;

		calls.total += counts->cells[i];
		calls.bad += good ? 0 : counts->cells[i];
	}
	return calls;
}

/* By kind; channels count for none. */
static const struct {
	enum slo_indicator indicator;
	struct slo_events (*events)(const struct series *series);
} kinds[] = {
	[AW_KIND_ENGINE] = { SLO_CYCLES, cycles_of },
	[AW_KIND_FUNCTION] = { SLO_FFI, calls_of },
};

static bool is_counted(const struct series *series)
{
	return series->kind < sizeof kinds / sizeof *kinds && kinds[series->kind].events &&
	       !(series->kind == AW_KIND_ENGINE && ledger_is_graph(series->name));
}

static void see_ledger(struct slo_book *slo, const struct ledger *ledger)
{
	for (unsigned i = 0; i < ledger->series_count; i++) {
		struct series *series = ledger->series[i];

		if (is_counted(series))
			slo_see(slo, kinds[series->kind].indicator, &series->seen,
				kinds[series->kind].events(series));
	}
}

void slo_see_ledgers(struct slo_book *slo, const struct ledger_book *book)
{
	for (unsigned i = 0; i < book->count; i++)
		see_ledger(slo, book->ledgers[i]);
}

void slo_feed_unseen(struct ledger *ledger, struct series *series, const void *now)
{
	struct slo_events before, after;

	if (!is_counted(series)) {
		ledger_feed(ledger, series, now);
		return;
	}
	before = kinds[series->kind].events(series);
	ledger_feed(ledger, series, now);
	after = kinds[series->kind].events(series);
	series->seen.total += after.total - before.total;
	series->seen.bad += after.bad - before.bad;
}
