/* SPDX-License-Identifier: MIT */
/* A measurement as one JSON document. Main thread. */
#include <math.h>
#include <stdio.h>

#include "tools/bench/json_parts.h"
#include "tools/bench/publish_measure.h"
#include "tools/bench/publish_report.h"

static void set(json_t *json, const char *key, json_t *value)
{
	(void)json_object_set_new(json, key, value);
}

/* Without rounds there is none. */
static json_t *spread_json(struct publish_spread spread)
{
	json_t *json;

	if (isnan(spread.median))
		return json_null();
	json = json_object();
	set(json, "median", json_real(spread.median));
	set(json, "low", json_real(spread.low));
	set(json, "high", json_real(spread.high));
	return json;
}

static json_t *call_json(const struct publish_result *result,
			 const struct publish_measured *measured)
{
	json_t *json = json_object();

	if (!measured->present || result->rounds == 0) {
		json_decref(json);
		return json_null();
	}
	set(json, "count", json_number((uint64_t)result->rounds * PUBLISH_CALLS));
	for (unsigned i = 0; i < PUBLISH_FIGURES; i++)
		set(json, publish_figures[i].key, spread_json(publish_call(result, measured, i)));
	return json;
}

static json_t *manner_json(const struct publish_result *result,
			   const struct publish_measured *measured, enum publish_manner manner)
{
	const double *bare = publish_named(result, "bare")->ns[manner];
	const struct publish_measured *render = publish_named(result, "render");
	const double *mine = measured->ns[manner];
	const uint32_t rounds = result->rounds;
	json_t *json = json_object();

	if (!publish_has_manner(measured, manner) || rounds == 0) {
		json_decref(json);
		return json_null();
	}
	set(json, "ns", spread_json(publish_ns(result, measured, manner)));
	set(json, "over_bare_ns", spread_json(publish_over(mine, bare, rounds)));
	set(json, "by_bare", spread_json(publish_by(mine, bare, rounds)));
	set(json, "by_render",
	    render->present ? spread_json(publish_by(mine, render->ns[manner], rounds))
			    : json_null());
	return json;
}

static json_t *named_json(const struct publish_measured *measured)
{
	json_t *json = json_object();

	set(json, "name", json_string(measured->name));
	set(json, "what", json_string(measured->what));
	set(json, "wanted", json_boolean(measured->wanted));
	set(json, "present", json_boolean(measured->present));
	set(json, "reason", json_text_or_null(measured->reason));
	return json;
}

static json_t *contender_json(const struct publish_result *result,
			      const struct publish_measured *measured)
{
	json_t *json = named_json(measured);

	set(json, "note", json_text_or_null(measured->present ? measured->subject.note : ""));
	set(json, "threads", json_integer(measured->subject.beside ? 2 : 1));
	for (unsigned i = 0; i < PUBLISH_MANNERS; i++)
		set(json, publish_manner_keys[i],
		    manner_json(result, measured, (enum publish_manner)i));
	set(json, "call", call_json(result, measured));
	return json;
}

static json_t *state_json(const struct publish_result *result, const struct publish_measured *state)
{
	const struct publish_measured *live = &result->states[PUBLISH_LIVE];
	json_t *json = named_json(state);

	set(json, "call", call_json(result, state));
	set(json, "p9999_by_live",
	    state->present && live->present
		    ? spread_json(publish_by(state->call[PUBLISH_FIGURE_P9999],
					     live->call[PUBLISH_FIGURE_P9999], result->rounds))
		    : json_null());
	return json;
}

static json_t *pairs_json(const struct publish_result *result)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < PUBLISH_PAIRS; i++) {
		const struct publish_measured *of = publish_named(result, publish_pairs[i].of);
		const struct publish_measured *by = publish_named(result, publish_pairs[i].by);
		json_t *json = json_object();

		set(json, "of", json_string(of->name));
		set(json, "by", json_string(by->name));
		set(json, "ratio",
		    of->present && by->present
			    ? spread_json(publish_by(of->ns[PUBLISH_BACK], by->ns[PUBLISH_BACK],
						     result->rounds))
			    : json_null());
		(void)json_array_append_new(list, json);
	}
	return list;
}

static json_t *settings_json(const struct publish_result *result)
{
	const struct publish_options *options = result->options;
	json_t *json = json_object();

	set(json, "rounds", json_number(options->rounds));
	set(json, "pin_cpu", options->cpu < 0 ? json_null() : json_integer(options->cpu));
	set(json, "some", json_boolean(options->some));
	set(json, "flush", json_string(publish_manner_names[PUBLISH_FLUSHED]));
	set(json, "calls_a_round", json_integer(PUBLISH_CALLS));
	set(json, "collector", json_text_or_null(result->collector));
	return json;
}

static json_t *limit_json(const struct publish_result *result)
{
	const struct publish_spread limit = publish_limit(result);
	json_t *json = json_object();

	set(json, "ns", spread_json(limit));
	set(json, "noisy_above", json_real(PUBLISH_NOISY));
	set(json, "noisy", json_boolean(publish_noisy(&limit)));
	return json;
}

int publish_json_print(const struct publish_result *result, int status)
{
	json_t *json = json_object(), *contenders = json_array(), *states = json_array();

	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		(void)json_array_append_new(contenders,
					    contender_json(result, &result->contenders[i]));
	for (unsigned i = 0; i < PUBLISH_STATES; i++)
		(void)json_array_append_new(states, state_json(result, &result->states[i]));
	set(json, "file_version", json_integer(1));
	set(json, "program", json_string("audiowatch-bench"));
	set(json, "version", json_string(AW_VERSION_STRING));
	set(json, "start_time", json_started(result->started));
	set(json, "ended_by", json_string(result->signalled ? "signal" : "rounds"));
	set(json, "return_code", json_integer(status));
	set(json, "machine", json_machine(&result->machine));
	set(json, "settings", settings_json(result));
	set(json, "rounds", json_number(result->rounds));
	set(json, "limit", limit_json(result));
	set(json, "timer", call_json(result, &result->nothing));
	set(json, "contenders", contenders);
	set(json, "states", states);
	set(json, "ratios", pairs_json(result));
	return json_print(json);
}
