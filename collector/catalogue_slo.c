/* SPDX-License-Identifier: MIT */
/* The families of objectives. Any thread that holds the snapshot. */
#include "collector/catalogue_tables.h"

static struct family_item item_of(const struct family_item *process, const struct snapshot_slo *slo)
{
	struct family_item item = { .writer = process->writer, .thing = slo };

	item.labels[item.label_count++] = (struct expo_label){ "slo", slo->slo->name };
	return item;
}

/* By family->at, in struct snapshot_slo. */
static void write_counts(const struct family *family, const struct family_item *process)
{
	const struct snapshot *snapshot = process->thing;

	for (unsigned i = 0; i < snapshot->slo_count; i++) {
		const struct family_item item = item_of(process, &snapshot->slos[i]);

		family_write_count(family, &item);
	}
}

static void write_reals(const struct family *family, const struct family_item *process)
{
	const struct snapshot *snapshot = process->thing;

	for (unsigned i = 0; i < snapshot->slo_count; i++) {
		const struct snapshot_slo *slo = &snapshot->slos[i];
		const struct family_item item = item_of(process, slo);

		family_put(&item, expo_real(*(const double *)(const void *)((const char *)slo +
									    family->at)));
	}
}

static void write_burn_rates(const struct family *family, const struct family_item *process)
{
	const struct snapshot *snapshot = process->thing;

	(void)family;
	for (unsigned i = 0; i < snapshot->slo_count; i++) {
		const struct snapshot_slo *slo = &snapshot->slos[i];
		const struct family_item item = item_of(process, slo);

		for (unsigned w = 0; w < SLO_WINDOWS; w++)
			family_put_labelled(&item, "window", slo_windows[w].name,
					    expo_real(slo->burn_rates[w]));
	}
}

#define OF_ALL(name, type, help, write, at) \
	{ \
		name, type, help, PER_PROCESS, WHILE_PRESENT, CATALOGUE_LEAN, write, at \
	}
#define AT(field) offsetof(struct snapshot_slo, field)

static const struct family families[] = {
	OF_ALL("audiowatch_slo_objective_ratio", EXPO_GAUGE,
	       "The share of events that is to be good.", write_reals, AT(objective)),
	OF_ALL("audiowatch_slo_events_total", EXPO_COUNTER,
	       "Events an objective is about: cycles, calls, or minutes. Restarts at 0 with the "
	       "collector, unless it was shut down cleanly.",
	       write_counts, AT(counts.total)),
	OF_ALL("audiowatch_slo_bad_events_total", EXPO_COUNTER,
	       "Those of them that were bad. Restarts at 0 with the collector, unless it was shut "
	       "down "
	       "cleanly.",
	       write_counts, AT(counts.bad)),
	OF_ALL("audiowatch_slo_error_budget_remaining_ratio", EXPO_GAUGE,
	       "What is left of the error budget, of as much of the objective's period as is known "
	       "(a day); below 0 it is overspent.",
	       write_reals, AT(budget_left)),
	OF_ALL("audiowatch_slo_burn_rate", EXPO_GAUGE,
	       "How many times faster than allowed the error budget was spent in the window, by "
	       "the events there were; 0 without any.",
	       write_burn_rates, 0),
};

const struct family_table catalogue_slo = { families, sizeof families / sizeof *families };
