/* SPDX-License-Identifier: MIT */
/* The JSON of an alert, and of /api/v1/monitoring/alerts: one entry a firing. Any thread, inside a read section. */
#include "collector/json_alerts.h"

#include "collector/alarm.h"
#include "collector/json.h"
#include "collector/text.h"

/* New references, all of them; null where there is nothing to say. */
json_t *json_moment(uint64_t realtime_ns)
{
	char text[TEXT_TIME_SIZE];

	if (!realtime_ns)
		return json_null();
	text_time(text, realtime_ns);
	return json_string(text);
}

/* Seconds, ratios, plain counts. */
static json_t *figure(enum signal_unit unit, uint64_t value)
{
	if (unit == UNIT_COUNT)
		return json_integer((json_int_t)value);
	return json_real((double)value / (unit == UNIT_NANOSECONDS ? 1e9 : 1e6));
}

static json_t *known(enum signal_unit unit, uint64_t value)
{
	return value ? figure(unit, value) : json_null();
}

static json_t *labels_of(const struct snapshot_alert *alert)
{
	const char *name = signal_label_names[alert->kind];
	json_t *labels = alert->kind < LABEL_SESSION ? json_object()
						     : json_pack("{s:s, s:s}", "app", alert->app,
								 "instance_id", alert->instance_id);

	if (*name && json_object_set_new(labels, name, json_string(alert->name))) {
		json_decref(labels);
		return NULL;
	}
	return labels;
}

/* What its texts are about: after that its source may have ended, or the window run empty. */
static const struct judgement *told_of(const struct snapshot_alert *alert)
{
	return alert->told_real_ns ? &alert->told : &alert->judgement;
}

/* An instant signal is yes or no and has no threshold; without samples there is no value. */
static json_t *value_of(const struct snapshot_alert *alert)
{
	const struct signal_row *row = &signal_rows[alert->rule->signal];

	if (row->pace == PACE_INSTANT || !told_of(alert)->n)
		return json_null();
	return figure(row->unit, told_of(alert)->value);
}

static json_t *threshold_of(const struct snapshot_alert *alert)
{
	const struct signal_row *row = &signal_rows[alert->rule->signal];

	return row->pace == PACE_INSTANT ? json_null()
					 : figure(row->unit, told_of(alert)->threshold);
}

/* What there is to say of it; before its first facts the description is the rule's. */
static json_t *annotations_of(const struct snapshot_alert *alert)
{
	const struct rule *rule = alert->rule;
	const struct {
		const char *name, *text;
	} all[] = {
		{ "summary", rule->summary },
		{ "description", alert->told_real_ns ? alert->description : rule->description },
		{ "cause", alert->told_real_ns ? alert->cause : "" },
		{ "runbook_url", rule->runbook_url },
		{ "response_time", priority_response_times[rule->priority] },
	};
	json_t *annotations = json_object();

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (*all[i].text &&
		    json_object_set_new(annotations, all[i].name, json_string(all[i].text))) {
			json_decref(annotations);
			return NULL;
		}
	return annotations;
}

json_t *json_alert(const struct snapshot_alert *alert)
{
	const struct rule *rule = alert->rule;
	const struct judgement *judgement = told_of(alert);
	const uint64_t at = alert->fired_real_ns ? alert->fired_real_ns : alert->active_real_ns;
	char message[RULE_NAME_SIZE + RULE_TEXT_SIZE + 128];

	alarm_message(message, sizeof message, rule, judgement->value, judgement->threshold);
	return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:b, s:b, "
			 "s:o, s:o, s:o, s:o}",
			 "name", rule->name, "severity", priority_severities[rule->priority],
			 "message", message, "timestamp", json_moment(at), "state",
			 alert_state_names[alert->state], "priority",
			 priority_names[rule->priority], "labels", labels_of(alert), "value",
			 value_of(alert), "threshold", threshold_of(alert), "n",
			 (json_int_t)judgement->n, "bad", (json_int_t)judgement->bad, "since",
			 json_moment(alert->active_real_ns), "silenced", alert->silenced, "nodata",
			 alert->nodata, "load", known(UNIT_MILLIONTHS, alert->load), "budget",
			 known(UNIT_NANOSECONDS, alert->budget_ns), "as_of",
			 json_moment(alert->told_real_ns), "annotations", annotations_of(alert));
}

/* ---- firings ---- */

/* metric_value: what others call the value. */
static json_t *firing_of(const struct snapshot_firing *firing)
{
	json_t *entry = json_alert(&firing->alert);

	if (json_object_set_new(entry, "metric_value", value_of(&firing->alert)) ||
	    json_object_set_new(entry, "resolved_at", json_moment(firing->resolved_real_ns))) {
		json_decref(entry);
		return NULL;
	}
	return entry;
}

/* Those that fire still belong to every span. */
static bool is_asked_for(const struct json_firings *asked, const struct snapshot_firing *firing)
{
	return (!firing->resolved_real_ns || firing->resolved_real_ns >= asked->from_real_ns) &&
	       (!asked->before || firing->number < asked->before);
}

char *json_firings(const struct json_firings *asked, size_t *length, uint64_t *next)
{
	const struct snapshot *snapshot = asked->snapshot;
	json_t *list = json_array();
	uint64_t last = 0;

	*next = 0;
	for (unsigned i = 0; i < snapshot->firing_count; i++) {
		const struct snapshot_firing *firing = &snapshot->firings[i];

		if (!is_asked_for(asked, firing))
			continue;
		if (json_array_size(list) == asked->limit) {
			*next = last;
			break;
		}
		if (json_array_append_new(list, firing_of(firing))) {
			json_decref(list);
			return NULL;
		}
		last = firing->number;
	}
	return json_line(list, length);
}
