/* SPDX-License-Identifier: MIT */
/* The signals as the configuration sees them. Main thread. */
#include "collector/config_signals.h"

#include <string.h>

#include "collector/nearest.h"
#include "collector/signal.h"

/* By enum signal_unit. What is counted in cells has a limit of its own, above which nothing is told apart. */
static const struct {
	const char *what, *try;
	uint64_t most;
	bool (*read)(const char *text, uint64_t *value);
	void (*put)(char text[QUANTITY_SIZE], uint64_t value);
} units[] = {
	[UNIT_NANOSECONDS] = { "duration", "25ms", UINT64_C(128000000000), quantity_duration,
			       quantity_put_duration },
	[UNIT_MILLIONTHS] = { "ratio", "0.9", 1000000000, quantity_ratio, quantity_put_ratio },
	[UNIT_COUNT] = { "whole number", "5", 1000000000, quantity_count, quantity_put_count },
};

enum { MOST_IN_FLIGHT = 30 }; /* times as long as what is counted in cells: 64 min */

int config_signal_set(const struct config_place *place, const char *text, enum signal_id *signal)
{
	const enum signal_id named = signal_named(text);

	if (named == SIGNALS)
		return config_refuse_word(
			place, text, "signal",
			nearest_word(text, &signal_rows[0].name, SIGNALS, sizeof *signal_rows),
			"render_time");
	*signal = named;
	return 0;
}

bool config_signal_has(enum signal_id signal, enum key_needs needs)
{
	const enum signal_pace pace = signal_rows[signal].pace;
	const enum signal_label label = signal_rows[signal].label;

	switch (needs) {
	case NEEDS_THRESHOLD:
		return pace != PACE_INSTANT;
	case NEEDS_SAMPLES:
		return pace == PACE_OPEN || pace == PACE_WINDOWED;
	case NEEDS_WINDOW:
		return pace == PACE_WINDOWED;
	case NEEDS_BURN:
		return signal == SIGNAL_SLO_BURN;
	case NEEDS_LABELS:
		return label >= LABEL_SESSION || label == LABEL_COMPONENT;
	case NEEDS_APP:
		return label >= LABEL_SESSION;
	case NEEDS_ENGINE:
		return label == LABEL_ENGINE;
	case NEEDS_FUNCTION:
		return label == LABEL_FUNCTION;
	case NEEDS_COMPONENT:
		return label == LABEL_COMPONENT;
	default:
		return true;
	}
}

/* ---- thresholds ---- */

enum signal_id config_threshold_signal(const struct key *key, const struct rule *rule)
{
	return key->offset >= offsetof(struct rule, guard) &&
			       key->offset < offsetof(struct rule, guard) + sizeof rule->guard
		       ? rule->guard.signal
		       : rule->signal;
}

static uint64_t most(enum signal_id signal)
{
	const struct signal_row *row = &signal_rows[signal];
	const uint64_t own = signal_most(signal);

	return own < UINT64_MAX
		       ? own
		       : units[row->unit].most * (row->pace == PACE_OPEN ? MOST_IN_FLIGHT : 1);
}

int config_threshold_set(const struct config_place *place, const char *text, enum signal_id signal,
			 uint64_t *threshold)
{
	const enum signal_unit unit = signal_rows[signal].unit;
	char limit[QUANTITY_SIZE];

	if (!config_signal_has(signal, NEEDS_THRESHOLD))
		return config_refuse(place, NULL, "%s has none (leave it out)",
				     signal_rows[signal].name);
	if (!units[unit].read(text, threshold))
		return config_refuse(place, text, "is no %s (try %s)", units[unit].what,
				     units[unit].try);
	config_threshold_text(limit, signal, most(signal));
	if (*threshold > most(signal))
		return config_refuse(place, text, "is more than %s (try %s)", limit,
				     units[unit].try);
	return 0;
}

const char *config_threshold_try(enum signal_id signal)
{
	return units[signal_rows[signal].unit].try;
}

void config_threshold_text(char text[QUANTITY_SIZE], enum signal_id signal, uint64_t threshold)
{
	units[signal_rows[signal].unit].put(text, threshold);
}

void config_threshold_comment(FILE *out, enum signal_id signal, enum rule_statistic statistic,
			      uint64_t threshold)
{
	const uint64_t at = signal_effective(signal, statistic, threshold);
	char text[QUANTITY_SIZE];

	if (at == threshold)
		return;
	config_threshold_text(text, signal, at);
	fprintf(out, " # decided at %s", text);
}

/* What a window can have at most: all of its calls, all of its seconds. */
static uint64_t reach(enum signal_id signal, unsigned window_s)
{
	const struct signal_row *row = &signal_rows[signal];

	if (signal == SIGNAL_XRUN_SECONDS)
		return window_s;
	return row->pace == PACE_WINDOWED && row->table == WINDOW_FLAGS ? signal_most(signal)
									: UINT64_MAX;
}

void config_threshold_reach(FILE *out, enum signal_id signal, unsigned window_s, uint64_t threshold)
{
	if (threshold >= reach(signal, window_s))
		fputs(" # nothing can be above it", out);
}

/* ---- statistics ---- */

enum rule_statistic config_signal_statistic(enum signal_id signal)
{
	const unsigned statistics = signal_rows[signal].statistics;

	return statistics & (statistics - 1) ? STATISTIC_NONE
					     : (enum rule_statistic)__builtin_ctz(statistics);
}

void config_signal_statistics(enum signal_id signal, char *out, size_t size)
{
	const char *between = "";
	size_t used = 0;

	*out = 0;
	for (unsigned i = 0; i < STATISTICS && used < size; i++) {
		const bool last = !(signal_rows[signal].statistics >> i >> 1);

		if (!signal_takes(signal, (enum rule_statistic)i))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s",
					 *between && last ? " or " : between, statistic_names[i]);
		between = ", ";
	}
}
