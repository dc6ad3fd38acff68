/* SPDX-License-Identifier: MIT */
/* Each transition of an alert as a line for people. The poll thread. */
#include "collector/alarm.h"

#include <inttypes.h>
#include <stdio.h>

/* A figure in its signal's unit; what is hardly there is not told as 0.00. */
static void put_figure(char *text, size_t size, enum signal_unit unit, uint64_t figure)
{
	static const struct {
		uint64_t one, hundredth, least;
		const char *name;
	} units[] = {
		[UNIT_NANOSECONDS] = { 1000000, 10000, 100, " ms" },
		[UNIT_MILLIONTHS] = { 10000, 100, 1, " %" },
		[UNIT_COUNT] = { 1, 1, 1, "" },
	};
	const uint64_t one = units[unit].one;

	if (unit == UNIT_COUNT)
		snprintf(text, size, "%" PRIu64, figure);
	else if (figure && figure < one / 10)
		snprintf(text, size, "0.%04" PRIu64 "%s", figure / units[unit].least,
			 units[unit].name);
	else
		snprintf(text, size, "%" PRIu64 ".%02" PRIu64 "%s", figure / one,
			 figure % one / units[unit].hundredth, units[unit].name);
}

bool alarm_is_beyond(const struct rule *rule, uint64_t value)
{
	const uint64_t most = signal_most(rule->signal);

	return signal_rows[rule->signal].pace == PACE_WINDOWED && value > most && value - 1 == most;
}

void alarm_message(char *text, size_t size, const struct rule *rule, uint64_t value,
		   uint64_t threshold)
{
	const struct signal_row *row = &signal_rows[rule->signal];
	const bool beyond = alarm_is_beyond(rule, value);
	char is[48], limit[48];

	put_figure(is, sizeof is, row->unit, value);
	put_figure(limit, sizeof limit, row->unit, threshold);
	if (row->pace == PACE_INSTANT)
		snprintf(text, size, "Alert: %s - %s", rule->name,
			 *rule->summary ? rule->summary : row->name);
	else
		snprintf(text, size, "Alert: %s - %s%s%s is %s%s (threshold: %s)", rule->name,
			 row->name, rule->statistic ? " " : "", statistic_names[rule->statistic],
			 beyond ? "above " : "", is, limit);
}

/* What is urgent is a warning, and what passed is news. */
static enum log_level level_of(const struct rule *rule, enum alert_state to)
{
	return to == ALERT_FIRING && rule->priority <= PRIORITY_P2 ? LOG_WARN : LOG_INFO;
}

enum { FIELDS = 9 };

static bool is_silenced(const struct alarm *alarm, const struct judge_alert *alert)
{
	const struct silence_list *list;

	if (!alarm->silences)
		return false;
	list = silence_desk_seen(alarm->silences);
	return silence_of(list->items, list->count, alert->rule, alert->labels.app);
}

/* The labels there are, behind the fields so far. */
static unsigned put_labels(struct log_field *fields, unsigned n, const struct judge_labels *labels)
{
	if (labels->kind >= LABEL_SESSION) {
		fields[n++] = (struct log_field){ "app", labels->app, 0 };
		fields[n++] = (struct log_field){ "instance_id", labels->instance_id, 0 };
	}
	if (*signal_label_names[labels->kind])
		fields[n++] =
			(struct log_field){ signal_label_names[labels->kind], labels->name, 0 };
	return n;
}

void alarm_changed(void *context, const struct judge_alert *alert, const struct alert_change *change)
{
	const struct alarm *alarm = context;
	const struct rule *rule = alert->rule;
	const bool silenced = is_silenced(alarm, alert);
	char message[RULE_NAME_SIZE + RULE_TEXT_SIZE + 128];
	struct log_field fields[FIELDS + 1] = {
		{ "alert", rule->name, 0 },
		{ "priority", priority_names[rule->priority], 0 },
		{ "from", alert_state_names[change->from], 0 },
		{ "to", alert_state_names[change->to], 0 },
	};
	unsigned n = put_labels(fields, 4, &alert->labels);

	if (silenced)
		fields[n++] = (struct log_field){ "silenced", "true", 0 };
	if (change->reason)
		fields[n] = (struct log_field){ "reason", alert_reason_names[change->reason], 0 };
	alarm_message(message, sizeof message, rule, alert->judgement->value,
		      alert->judgement->threshold);
	log_event(alarm->log, silenced ? LOG_INFO : level_of(rule, change->to), "rules", message,
		  fields);
}

void alarm_limited(void *context, const struct judge_alert *alert)
{
	const struct alarm *alarm = context;
	const struct rule *rule = alert->rule;
	char message[RULE_NAME_SIZE + 128];
	struct log_field fields[FIELDS + 1] = { { "alert", rule->name, 0 } };

	(void)put_labels(fields, 1, &alert->labels);
	snprintf(message, sizeof message,
		 "%s has reached its limit of %u active alerts; others are counted and not raised",
		 rule->name, rule->limit);
	log_event(alarm->log, LOG_WARN, "rules", message, fields);
}
