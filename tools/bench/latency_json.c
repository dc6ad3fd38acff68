/* SPDX-License-Identifier: MIT */
/* A measurement as one JSON document. Main thread. */
#include "tools/bench/latency_json.h"

#include <stdio.h>

#include "tools/bench/json_parts.h"
#include "tools/bench/latency_schedule.h"

/* ---- what was asked for ---- */

static json_t *settings_json(const struct latency_result *result)
{
	const struct latency_options *options = result->options;
	json_t *json = json_object();

	(void)json_object_set_new(json, "mode", json_string(options->jack ? "jack" : "threads"));
	(void)json_object_set_new(json, "rate_hz", json_number(result->rate_hz));
	(void)json_object_set_new(json, "frames", json_number(result->frames));
	(void)json_object_set_new(json, "period_ns",
				  json_number(latency_period_ns(result->frames, result->rate_hz)));
	(void)json_object_set_new(json, "format_changes", json_number(result->format_changes));
	(void)json_object_set_new(json, "load_ratio", json_real(options->load));
	(void)json_object_set_new(json, "duration_ns", json_number_or_null(options->duration_ns));
	(void)json_object_set_new(json, "break_us", json_number_or_null(options->break_us));
	(void)json_object_set_new(json, "histogram_us", json_number_or_null(options->histogram_us));
	(void)json_object_set_new(json, "memory_locked", json_boolean(options->lock_memory));
	(void)json_object_set_new(json, "published", json_boolean(result->published));
	return json;
}

/* ---- the threads ---- */

/* The cells that are not empty; the last one of all has no upper bound. */
static json_t *cells_json(const struct latency_view *view)
{
	json_t *json = json_array();

	for (unsigned i = 0; i < AW_TIME_CELLS; i++) {
		json_t *cell = view->cells[i] ? json_object() : NULL;

		if (!cell)
			continue;
		(void)json_object_set_new(cell, "le_ns",
					  i < AW_TIME_BOUNDS ? json_number(aw_time_bounds[i])
							     : json_null());
		(void)json_object_set_new(cell, "count", json_number(view->cells[i]));
		(void)json_array_append_new(json, cell);
	}
	return json;
}

static json_t *series_json(const struct latency_series *series)
{
	json_t *json = json_object();
	struct latency_view view;

	latency_series_read(series, &view);
	(void)json_object_set_new(json, "count", json_number(view.count));
	(void)json_object_set_new(json, "min_ns", json_number(view.min_ns));
	(void)json_object_set_new(json, "last_ns", json_number(view.last_ns));
	(void)json_object_set_new(json, "avg_ns", json_number(latency_view_average(&view)));
	(void)json_object_set_new(json, "max_ns", json_number(view.max_ns));
	for (unsigned i = 0; i < LATENCY_QUANTILES; i++)
		(void)json_object_set_new(
			json, latency_quantiles[i].key,
			json_number(latency_view_quantile(&view, latency_quantiles[i].per_million)));
	(void)json_object_set_new(json, "cells", cells_json(&view));
	return json;
}

/* Keyed by the microsecond, as in cyclictest's --json. */
static json_t *histogram_json(const struct latency_histogram *histogram)
{
	json_t *json = json_object(), *buckets = json_object();
	char key[24];

	if (!histogram->size_us) {
		json_decref(json), json_decref(buckets);
		return json_null();
	}
	for (size_t i = 0; i < histogram->size_us; i++) {
		const uint64_t count = own_load(&histogram->buckets[i]);

		(void)snprintf(key, sizeof key, "%zu", i);
		if (count)
			(void)json_object_set_new(buckets, key, json_number(count));
	}
	(void)json_object_set_new(json, "count_by_us", buckets);
	(void)json_object_set_new(json, "overflows", json_number(own_load(&histogram->overflows)));
	return json;
}

static json_t *meter_json(const struct latency_meter *meter)
{
	json_t *json = json_object();

	(void)json_object_set_new(json, "number", json_number(meter->number));
	(void)json_object_set_new(json, "engine", json_string(meter->name));
	(void)json_object_set_new(json, "tid", json_integer(meter->tid));
	(void)json_object_set_new(json, "priority", json_integer(meter->priority));
	(void)json_object_set_new(json, "cpu",
				  meter->cpu < 0 ? json_null() : json_integer(meter->cpu));
	(void)json_object_set_new(json, "cycles", json_number(own_load(&meter->cycles)));
	(void)json_object_set_new(json, "skipped", json_number(own_load(&meter->skipped)));
	(void)json_object_set_new(json, "deadline_misses", json_number(own_load(&meter->misses)));
	(void)json_object_set_new(json, "wakeup_delay", series_json(&meter->wakeup));
	(void)json_object_set_new(json, "render_time", series_json(&meter->render));
	(void)json_object_set_new(json, "render_jitter", series_json(&meter->jitter));
	(void)json_object_set_new(json, "wakeup_histogram", histogram_json(&meter->histogram));
	return json;
}

static json_t *break_json(const struct latency_control *control)
{
	json_t *json = control->broken_by ? json_object() : json_null();

	if (control->broken_by) {
		(void)json_object_set_new(json, "thread", json_number(control->broken_by - 1));
		(void)json_object_set_new(json, "delay_ns", json_number(control->broken_ns));
	}
	return json;
}

/* ---- the document ---- */

static json_t *document(const struct latency_result *result, int status)
{
	static const char *const ends[LATENCY_ENDS] = {
		[LATENCY_DURATION] = "duration",
		[LATENCY_SIGNAL] = "signal",
		[LATENCY_BREAK] = "break",
		[LATENCY_SERVER_GONE] = "server_gone",
	};
	json_t *json = json_object(), *threads = json_array();

	for (unsigned i = 0; i < result->count; i++)
		(void)json_array_append_new(threads, meter_json(&result->meters[i]));
	(void)json_object_set_new(json, "file_version", json_integer(1));
	(void)json_object_set_new(json, "program", json_string(LATENCY_APP));
	(void)json_object_set_new(json, "version", json_string(AW_VERSION_STRING));
	(void)json_object_set_new(json, "start_time", json_started(result->started));
	(void)json_object_set_new(json, "ended_by", json_string(ends[result->end]));
	(void)json_object_set_new(json, "return_code", json_integer(status));
	(void)json_object_set_new(json, "machine", json_machine(&result->machine));
	(void)json_object_set_new(json, "settings", settings_json(result));
	(void)json_object_set_new(json, "quantile_error_ratio", json_real(LATENCY_CELL_ERROR));
	(void)json_object_set_new(json, "broken_by", break_json(&result->control));
	(void)json_object_set_new(json, "threads", threads);
	return json;
}

int latency_json_print(const struct latency_result *result, int status)
{
	return json_print(document(result, status));
}
