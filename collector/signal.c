/* SPDX-License-Identifier: MIT */
/* The table of signals, one row each. Pure. */
#include "collector/signal_sample.h"

#include <string.h>

const char *const silence_names[SILENCES] = { "", "idle", "nodata", "cover", "stale" };
const char *const statistic_names[STATISTICS] = { "",	 "p50",	 "p95",	  "p99", "p999",
						  "max", "mean", "ratio", "sum" };
const char *const signal_label_names[SIGNAL_LABELS] = {
	[LABEL_COLLECTOR] = "", [LABEL_COMPONENT] = "component", [LABEL_SLO] = "slo",
	[LABEL_SESSION] = "",	[LABEL_ENGINE] = "engine",	 [LABEL_FUNCTION] = "function",
};

enum { MILLION = 1000000 };

static const uint32_t quantiles[STATISTICS] = {
	[STATISTIC_P50] = 500000,
	[STATISTIC_P95] = 950000,
	[STATISTIC_P99] = 990000,
	[STATISTIC_P999] = 999000,
};

uint32_t signal_quantile(enum rule_statistic statistic)
{
	return quantiles[statistic];
}

/* ---- the table ---- */

#define QUANTILES \
	(1u << STATISTIC_P50 | 1u << STATISTIC_P95 | 1u << STATISTIC_P99 | 1u << STATISTIC_P999)
#define TIMES (QUANTILES | 1u << STATISTIC_MAX | 1u << STATISTIC_MEAN)
#define NONE (1u << STATISTIC_NONE)
#define RATIO (1u << STATISTIC_RATIO)
#define SUM (1u << STATISTIC_SUM)
#define WINDOWED(table, series, flight) \
	PACE_WINDOWED, table, series, flight, signal_sample_window, signal_value_window
#define INSTANT(of) PACE_INSTANT, WINDOW_FLAGS, 0, FLIGHT_NONE, signal_sample_##of, NULL
#define LEVEL(value) \
	PACE_LEVEL, WINDOW_FLAGS, value, FLIGHT_NONE, signal_sample_level, signal_value_level
#define OPEN PACE_OPEN, WINDOW_TIME, 0, FLIGHT_AGE, signal_sample_open, signal_value_open
#define LOST \
	PACE_INSTANT, WINDOW_FLAGS, SESSION_LOST, FLIGHT_NONE, signal_sample_lost, signal_value_lost

/* clang-format off */
const struct signal_row signal_rows[SIGNALS] = {
	[SIGNAL_RENDER_TIME] = { "render_time", UNIT_NANOSECONDS, TIMES, LABEL_ENGINE,
				 WINDOWED(WINDOW_TIME, ENGINE_RENDER, FLIGHT_AGE) },
	[SIGNAL_RENDER_LOAD] = { "render_load", UNIT_MILLIONTHS, TIMES, LABEL_ENGINE,
				 WINDOWED(WINDOW_LOAD, ENGINE_LOAD, FLIGHT_LOAD) },
	[SIGNAL_WAKEUP_DELAY] = { "wakeup_delay", UNIT_NANOSECONDS, TIMES, LABEL_ENGINE,
				  WINDOWED(WINDOW_WAKE, ENGINE_WAKE, FLIGHT_NONE) },
	[SIGNAL_FFI_DURATION] = { "ffi_duration", UNIT_NANOSECONDS, TIMES, LABEL_FUNCTION,
				  WINDOWED(WINDOW_TIME, FUNCTION_DURATION, FLIGHT_AGE) },
	[SIGNAL_FFI_ERROR_RATIO] = { "ffi_error_ratio", UNIT_MILLIONTHS, RATIO, LABEL_FUNCTION,
				     WINDOWED(WINDOW_FLAGS, FUNCTION_OUTCOME, FLIGHT_NONE) },
	[SIGNAL_FFI_IN_FLIGHT] = { "ffi_in_flight", UNIT_NANOSECONDS, NONE, LABEL_FUNCTION, OPEN },
	[SIGNAL_XRUN_SECONDS] = { "xrun_seconds", UNIT_COUNT, SUM, LABEL_ENGINE,
				  WINDOWED(WINDOW_FLAGS, ENGINE_SECONDS, FLIGHT_NONE) },
	[SIGNAL_STALLED] = { "stalled", UNIT_COUNT, NONE, LABEL_ENGINE, INSTANT(stalled) },
	[SIGNAL_STARVED] = { "starved", UNIT_COUNT, NONE, LABEL_ENGINE, INSTANT(starved) },
	[SIGNAL_SOURCE_DOWN] = { "source_down", UNIT_COUNT, NONE, LABEL_SESSION, INSTANT(source_down) },
	[SIGNAL_RECORDS_LOST] = { "records_lost", UNIT_COUNT, NONE, LABEL_SESSION, LOST },
	[SIGNAL_COMPONENT_DOWN] = { "component_down", UNIT_COUNT, NONE, LABEL_COMPONENT,
				    INSTANT(component_down) },
	[SIGNAL_ALWAYS] = { "always", UNIT_COUNT, NONE, LABEL_COLLECTOR, INSTANT(always) },
	[SIGNAL_MEMORY_RATIO] = { "memory_ratio", UNIT_MILLIONTHS, NONE, LABEL_COLLECTOR,
				  LEVEL(COLLECTOR_MEMORY) },
	[SIGNAL_SERIES_RATIO] = { "series_ratio", UNIT_MILLIONTHS, NONE, LABEL_COLLECTOR,
				  LEVEL(COLLECTOR_SERIES) },
	[SIGNAL_AUTH_FAILURES] = { "auth_failures", UNIT_COUNT, SUM, LABEL_COLLECTOR,
				   WINDOWED(WINDOW_FLAGS, COLLECTOR_AUTH, FLIGHT_NONE) },
	[SIGNAL_SLO_BURN] = { "slo_burn", UNIT_COUNT, NONE, LABEL_SLO, INSTANT(burn) },
};
/* clang-format on */

enum signal_id signal_named(const char *name)
{
	unsigned signal = 0;

	while (signal < SIGNALS && strcmp(signal_rows[signal].name, name) != 0)
		signal++;
	return (enum signal_id)signal;
}

bool signal_takes(enum signal_id signal, enum rule_statistic statistic)
{
	return signal_rows[signal].statistics >> statistic & 1;
}

bool signal_guards(enum signal_id rule, enum signal_id guard)
{
	const struct signal_row *row = &signal_rows[guard];

	return row->pace == PACE_WINDOWED && signal_rows[rule].pace == PACE_WINDOWED &&
	       row->label == signal_rows[rule].label;
}

/* What is counted in cells that its threshold is one of. */
static bool is_ranked(const struct signal_row *row)
{
	return row->pace == PACE_WINDOWED && row->table != WINDOW_FLAGS;
}

uint64_t signal_effective(enum signal_id signal, enum rule_statistic statistic, uint64_t threshold)
{
	const struct signal_row *row = &signal_rows[signal];

	return is_ranked(row) && statistic != STATISTIC_MEAN
		       ? window_effective(&window_tables[row->table], threshold)
		       : threshold;
}

uint64_t signal_cut(enum window_table_id table, uint64_t threshold)
{
	return table == WINDOW_FLAGS ? 0 : threshold;
}

uint64_t signal_most(enum signal_id signal)
{
	const struct signal_row *row = &signal_rows[signal];

	if (row->statistics == RATIO)
		return MILLION;
	return is_ranked(row) ? window_beyond(&window_tables[row->table]) - 1 : UINT64_MAX;
}
