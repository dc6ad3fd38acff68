/* SPDX-License-Identifier: MIT */
/* What the collector does, from flags, environment, file and defaults, in this order of precedence: one plain struct,
 * checked before anything is opened. Main thread; read-only afterwards, so any thread may read it then.
 * Invariants: strings are in `text`, argv or the environment, so the struct is never copied or moved; what is in
 * `rules` can be evaluated: signal, statistic, window, thresholds and guard go together. */
#ifndef AUDIOWATCH_COLLECTOR_CONFIG_H
#define AUDIOWATCH_COLLECTOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "collector/options.h"
#include "collector/rule.h"
#include "collector/slo.h"

enum {
	CONFIG_ERROR_SIZE = OPTIONS_ERROR_SIZE,
	CONFIG_FILE_MAX = 1 << 20, /* bytes */
	CONFIG_TEXT_SIZE = 1 << 16,
	CONFIG_PATH_SIZE = 4096,
	CONFIG_NAME_SIZE = 64,
	CONFIG_VALUE_SIZE = 256,
	CONFIG_LABELS_MAX = 32,
	CONFIG_UNUSED_MAX = 16,
};

/* The same three, in the same order, as enum catalogue_profile. */
enum metrics_profile { PROFILE_LEAN, PROFILE_STANDARD, PROFILE_FULL };

struct config_label {
	char name[CONFIG_NAME_SIZE], value[CONFIG_VALUE_SIZE];
};

struct config {
	struct options options; /* the effective ones */
	struct config_label external_labels[CONFIG_LABELS_MAX];
	unsigned external_label_count;
	char environment[CONFIG_VALUE_SIZE];
	unsigned metrics_every_s; /* 0 = never */
	enum metrics_profile profile;
	bool native;
	unsigned max_series, max_channels, max_functions;
	unsigned rules_interval_s;
	bool rule_defaults;
	struct rule rules[RULES_MAX];
	unsigned rule_count;
	struct slo slos[SLOS_MAX];
	unsigned slo_count;
	const char *unused[CONFIG_UNUSED_MAX]; /* variables and keys that are set and change nothing */
	unsigned unused_count;
	char text[CONFIG_TEXT_SIZE];
	size_t text_used;
};

/* environment is as environ(7). 0, or -errno and one line: place, value, cure; without program name and newline. */
int config_load(struct config *config, const struct options *flags, char *const *environment,
		char error[CONFIG_ERROR_SIZE]);

/* The same as YAML, which config_load() takes back; thresholds between bounds say where they are decided. */
void config_print(const struct config *config, FILE *out);

#endif
