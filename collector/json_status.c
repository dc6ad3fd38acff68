/* SPDX-License-Identifier: MIT */
/* The JSON of /api/v1/monitoring/status: which alerts are active, and what is watched. Any thread, inside a read
 * section. */
#include "collector/json.h"

#include "collector/json_alerts.h"
#include "collector/silence_order.h"

/* ---- alerts ---- */

static bool is_watchdog(const struct rule *rule)
{
	return rule->signal == SIGNAL_ALWAYS;
}

static bool is_judged(const struct rule *rule)
{
	return rule->enabled && !is_watchdog(rule);
}

static unsigned count_judged(const struct json_status *status)
{
	unsigned judged = 0;

	for (unsigned i = 0; i < status->rule_count; i++)
		judged += is_judged(&status->rules[i]);
	return judged;
}

/* NULL: no memory. */
static json_t *active_alerts(const struct snapshot *snapshot)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < snapshot->alert_count; i++) {
		const struct snapshot_alert *alert = &snapshot->alerts[i];

		if (alert->state == ALERT_INACTIVE || is_watchdog(alert->rule))
			continue;
		if (json_array_append_new(list, json_alert(alert))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* ---- sources ---- */

/* Those whose state is known; a dead one is told for a day. */
static json_t *engines_of(const struct snapshot_session *session)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < session->engine_count; i++) {
		const struct snapshot_engine *engine = &session->engines[i];

		if (engine->stated &&
		    json_array_append_new(list, json_pack("{s:s, s:s}", "name", engine->name,
							  "state", state_names[engine->state]))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* Takes the engines' reference. */
static int add_source(json_t *list, const struct snapshot_session *session, json_t *engines)
{
	if (engines && !session->present && !json_array_size(engines)) {
		json_decref(engines);
		return 0;
	}
	return json_array_append_new(
		list, json_pack("{s:s, s:s, s:I, s:s, s:o}", "app", session->app, "instance_id",
				session->instance_id, "pid", (json_int_t)session->pid, "session",
				session->id, "engines", engines));
}

/* NULL: no memory. */
static json_t *sources(const struct snapshot *snapshot)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < snapshot->session_count; i++) {
		const struct snapshot_session *session = &snapshot->sessions[i];

		if (add_source(list, session, engines_of(session))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* Nobody is told of anything any more: whoever looks must see it. */
static json_t *silence_of_all(const struct snapshot *snapshot)
{
	const struct silencing *silence =
		silence_of_everything(snapshot->silences, snapshot->silence_count);

	return silence ? silence_json(silence) : json_null();
}

char *json_status(const struct json_status *status, size_t *length)
{
	const struct snapshot *snapshot = status->snapshot;
	json_t *alerts = active_alerts(snapshot);
	const json_int_t active = (json_int_t)json_array_size(alerts);

	return json_line(json_pack("{s:b, s:I, s:I, s:o, s:o, s:o, s:I, s:o}", "sentry_enabled", 0,
				   "alert_thresholds_count", (json_int_t)count_judged(status),
				   "active_alerts_count", active, "last_evaluation",
				   json_moment(snapshot->evaluated_real_ns), "active_alerts",
				   alerts, "sources", sources(snapshot), "silences_count",
				   (json_int_t)snapshot->silence_count, "everything_silenced",
				   silence_of_all(snapshot)),
			 length);
}
