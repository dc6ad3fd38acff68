/* SPDX-License-Identifier: MIT */
/* The families of rules and their alerts. Any thread that holds the snapshot. */
#include "collector/catalogue_tables.h"

static void add_label(struct family_item *item, const char *name, const char *value)
{
	item->labels[item->label_count++] = (struct expo_label){ name, value };
}

/* Its own labels, by the kind it is about. */
static struct family_item item_of(const struct family_item *process,
				  const struct snapshot_alert *alert, const char *name)
{
	struct family_item item = { .writer = process->writer, .thing = alert };

	add_label(&item, name, alert->rule->name);
	if (alert->kind >= LABEL_SESSION) {
		add_label(&item, "app", alert->app);
		add_label(&item, "instance_id", alert->instance_id);
	}
	if (*signal_label_names[alert->kind])
		add_label(&item, signal_label_names[alert->kind], alert->name);
	return item;
}

static const struct snapshot *snapshot_of(const struct family_item *item)
{
	return item->thing;
}

static void write_active(const struct family *family, const struct family_item *process)
{
	const struct snapshot *snapshot = snapshot_of(process);

	(void)family;
	for (unsigned i = 0; i < snapshot->alert_count; i++) {
		const struct snapshot_alert *alert = &snapshot->alerts[i];
		struct family_item item = item_of(process, alert, "alertname");

		if (alert->state == ALERT_INACTIVE)
			continue;
		add_label(&item, "severity", priority_severities[alert->rule->priority]);
		add_label(&item, "priority", priority_names[alert->rule->priority]);
		family_put_labelled(&item, "state", alert_state_names[alert->state], expo_count(1));
	}
}

/* Of each rule that is judged, from the beginning: what has not happened yet is 0. */
static void write_transitions(const struct family *family, const struct family_item *process)
{
	const struct judge_counts *judged = &snapshot_of(process)->judged;

	(void)family;
	for (unsigned r = 0; r < judged->rule_count; r++) {
		struct family_item item = *process;

		if (!judged->rules[r].enabled)
			continue;
		add_label(&item, "alertname", judged->rules[r].name);
		for (unsigned to = 0; to < ALERT_STATES; to++)
			family_put_labelled(&item, "to", alert_state_names[to],
					    expo_count(judged->transitions[r][to]));
	}
}

/* Seconds, ratios, counts: base units, whatever the rule was written in. */
static struct expo_value figure(const struct snapshot_alert *alert, uint64_t figure)
{
	switch (signal_rows[alert->rule->signal].unit) {
	case UNIT_NANOSECONDS:
		return expo_nanoseconds(figure);
	case UNIT_MILLIONTHS:
		return expo_real((double)figure / 1e6);
	default:
		return expo_count(figure);
	}
}

static struct expo_value value_of(const struct snapshot_alert *alert)
{
	return figure(alert, alert->judgement.value);
}

static struct expo_value threshold_of(const struct snapshot_alert *alert)
{
	return figure(alert, alert->judgement.threshold);
}

static struct expo_value samples_of(const struct snapshot_alert *alert)
{
	return expo_count(alert->judgement.n);
}

/* What a rule saw of a source that is gone is no present any more; of no samples there is no value. */
static void write_seen(const struct family_item *process,
		       struct expo_value (*of)(const struct snapshot_alert *), bool needs_samples)
{
	const struct snapshot *snapshot = snapshot_of(process);

	for (unsigned i = 0; i < snapshot->alert_count; i++) {
		const struct snapshot_alert *alert = &snapshot->alerts[i];
		const struct family_item item = item_of(process, alert, "rule");
		const bool ended = alert->judgement.verdict == VERDICT_DEAD ||
				   alert->judgement.verdict == VERDICT_CLOSED;

		if (!ended && (alert->judgement.n || !needs_samples))
			family_put(&item, of(alert));
	}
}

static void write_value(const struct family *family, const struct family_item *process)
{
	(void)family;
	write_seen(process, value_of, true);
}

static void write_threshold(const struct family *family, const struct family_item *process)
{
	(void)family;
	write_seen(process, threshold_of, false);
}

static void write_samples(const struct family *family, const struct family_item *process)
{
	(void)family;
	write_seen(process, samples_of, false);
}

static void write_silenced(const struct family *family, const struct family_item *process)
{
	const struct snapshot *snapshot = snapshot_of(process);

	(void)family;
	for (unsigned i = 0; i < snapshot->alert_count; i++) {
		const struct snapshot_alert *alert = &snapshot->alerts[i];
		const struct family_item item = item_of(process, alert, "alertname");

		if (alert->state != ALERT_INACTIVE && alert->silenced)
			family_put(&item, expo_count(1));
	}
}

static void write_silences(const struct family *family, const struct family_item *process)
{
	const struct snapshot *snapshot = snapshot_of(process);
	uint64_t of_everything = 0;

	(void)family;
	for (unsigned i = 0; i < snapshot->silence_count; i++)
		of_everything += silence_is_of_everything(&snapshot->silences[i]);
	family_put_labelled(process, "scope", "everything", expo_count(of_everything));
	family_put_labelled(process, "scope", "matching",
			    expo_count(snapshot->silence_count - of_everything));
}

static const struct family families[] = {
	{ "audiowatch_alert_active", EXPO_GAUGE,
	  "1 while an alert is pending, firing, or kept firing; its state says which.", PER_PROCESS,
	  WHILE_PRESENT, CATALOGUE_LEAN, write_active, 0 },
	{ "audiowatch_alert_transitions_total", EXPO_COUNTER,
	  "Changes of alerts into each state since the collector started.", PER_PROCESS,
	  WHILE_COUNTED, CATALOGUE_LEAN, write_transitions, 0 },
	{ "audiowatch_alert_silenced", EXPO_GAUGE,
	  "1 while an alert is active and nobody is told of it.", PER_PROCESS, WHILE_PRESENT,
	  CATALOGUE_LEAN, write_silenced, 0 },
	{ "audiowatch_silences", EXPO_GAUGE,
	  "Silences that hold, of everything and of matching alerts.", PER_PROCESS, WHILE_PRESENT,
	  CATALOGUE_LEAN, write_silences, 0 },
	{ "audiowatch_rule_value",
	  EXPO_GAUGE, "What the rule saw in its window, in seconds, as a ratio or a count; absent without samples.",
	  PER_PROCESS, WHILE_PRESENT, CATALOGUE_LEAN, write_value, 0 },
	{ "audiowatch_rule_threshold", EXPO_GAUGE,
	  "What the rule decides by: the threshold, or the next bucket's bound above it.",
	  PER_PROCESS, WHILE_PRESENT, CATALOGUE_LEAN, write_threshold, 0 },
	{ "audiowatch_rule_samples", EXPO_GAUGE, "How many samples the rule saw in its window.",
	  PER_PROCESS, WHILE_PRESENT, CATALOGUE_LEAN, write_samples, 0 },
	{ "audiowatch_alerts_limited_total", EXPO_COUNTER,
	  "Alerts that a rule's limit kept from being raised, each of them once a second.",
	  PER_PROCESS, WHILE_COUNTED, CATALOGUE_LEAN, family_write_count,
	  offsetof(struct snapshot, judged.limited) },
	{ "audiowatch_sources_unjudged_total",
	  EXPO_COUNTER, "Sessions, engines and functions that no rule could judge for want of memory, each once a second.",
	  PER_PROCESS, WHILE_COUNTED, CATALOGUE_LEAN, family_write_count,
	  offsetof(struct snapshot, judged.refused) },
};

const struct family_table catalogue_rules = { families, sizeof families / sizeof *families };
