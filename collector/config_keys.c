/* SPDX-License-Identifier: MIT */
/* Every key of the configuration, a row each, in the order in which they are read and printed. Constant. */
#include "collector/config_keys.h"

#include <assert.h>
#include <string.h>

#include "collector/signal.h"

static const char *const log_formats[] = { "auto", "json", "text" };
static const char *const log_levels[] = { "error", "warn", "info", "debug" };
static const char *const burns[] = { "fast", "slow" };
static const char *const profiles[] = { "lean", "standard", "full" };

static_assert(sizeof(enum log_level) == sizeof(unsigned), "words are stored as unsigned");

#define IN(field) offsetof(struct config, field)
#define OPTION(field) (offsetof(struct config, options) + offsetof(struct options, field))
#define RULE(field) offsetof(struct rule, field)
#define GUARD(field) (offsetof(struct rule, guard) + offsetof(struct rule_guard, field))
#define A RULE_PATH "."
#define SLO(field) offsetof(struct slo, field)
#define O SLO_PATH "."
#define WITHIN(low, high) .least = (low), .most = (high)
#define WORDS(table) .words = (table), .word_count = sizeof(table) / sizeof *(table)
#define STATISTIC .words = statistic_names, .word_count = STATISTICS

enum { HOUR_S = 3600, DAY_S = 86400, MONTH_S = 30 * DAY_S };

/* clang-format off */
const struct key config_keys[] = {
	{ "listen", KEY_LISTEN, OPTION(listen), .try = "127.0.0.1:19815" },
	{ "sources", .kind = KEY_MAP },
	{ "sources.dirs", KEY_DIRS, OPTION(dirs), .try = "/dev/shm" },
	{ "sources.prefix", KEY_PREFIX, OPTION(prefix), .try = "audiowatch" },
	{ "sources.uids", KEY_UIDS, OPTION(uids), .try = "1000" },
	{ "state_dir", KEY_PATH, OPTION(state_dir), .try = "/var/lib/audiowatch" },
	{ "external_labels", KEY_LABELS, IN(external_labels), .try = "host: studio-3" },
	{ "environment", KEY_TEXT, IN(environment), WITHIN(0, CONFIG_VALUE_SIZE - 1), .try = "production" },
	{ "log", .kind = KEY_MAP },
	{ "log.format", KEY_WORD, OPTION(log_format), .try = "auto", WORDS(log_formats) },
	{ "log.level", KEY_WORD, OPTION(log_level), .try = "info", WORDS(log_levels) },
	{ "log.metrics_every", KEY_SECONDS, IN(metrics_every_s), WITHIN(0, DAY_S), .try = "60s" },
	{ "metrics", .kind = KEY_MAP },
	{ "metrics.profile", KEY_WORD, IN(profile), .try = "standard", WORDS(profiles) },
	{ "metrics.native", KEY_BOOLEAN, IN(native), .try = "false" },
	{ "metrics.max_series", KEY_COUNT, IN(max_series), WITHIN(1, 10000000), .try = "50000" },
	{ "metrics.max_channels", KEY_COUNT, IN(max_channels), WITHIN(1, 1000000), .try = "4096" },
	{ "metrics.max_functions", KEY_COUNT, IN(max_functions), WITHIN(1, 1000000), .try = "512" },
	{ "history", .kind = KEY_LATER },
	{ "rules", .kind = KEY_MAP },
	{ "rules.interval", KEY_SECONDS, IN(rules_interval_s), WITHIN(1, 3600), .try = "1s" },
	{ "rules.defaults", KEY_BOOLEAN, IN(rule_defaults), .try = "true" },
	{ "rules.alerts", KEY_ALERTS, IN(rules), .try = "- alert: AudioProcessingOverload" },
	{ A "alert", KEY_TEXT, RULE(name), WITHIN(1, RULE_NAME_SIZE - 1), .try = "AudioProcessingOverload" },
	{ A "enabled", KEY_BOOLEAN, RULE(enabled), .try = "true" },
	{ A "signal", KEY_SIGNAL, RULE(signal), .try = "render_time" },
	{ A "statistic", KEY_WORD, RULE(statistic), .try = "p99", STATISTIC, .needs = NEEDS_WINDOW },
	{ A "window", KEY_SECONDS, RULE(window_s), WITHIN(1, 3600), .try = "60s", .needs = NEEDS_WINDOW },
	{ A "above", KEY_THRESHOLD, RULE(above), .needs = NEEDS_THRESHOLD },
	{ A "clear_below", KEY_THRESHOLD, RULE(clear_below), .needs = NEEDS_THRESHOLD },
	{ A "for", KEY_SECONDS, RULE(for_s), WITHIN(0, MONTH_S), .try = "2m" },
	{ A "keep_firing_for", KEY_SECONDS, RULE(keep_firing_for_s), WITHIN(0, MONTH_S), .try = "1m" },
	{ A "min_above", KEY_COUNT64, RULE(min_above), .most = 1000000000, .try = "5", .needs = NEEDS_SAMPLES },
	{ A "recent", KEY_SECONDS, RULE(recent_s), WITHIN(0, 3600), .try = "60s", .needs = NEEDS_WINDOW },
	{ A "guard", KEY_MAP, RULE(guard), .needs = NEEDS_WINDOW },
	{ A "guard.signal", KEY_SIGNAL, GUARD(signal), .try = "render_load" },
	{ A "guard.statistic", KEY_WORD, GUARD(statistic), .try = "p99", STATISTIC },
	{ A "guard.above", KEY_THRESHOLD, GUARD(above), .try = NULL },
	{ A "burn", KEY_WORD, RULE(burn), .try = "fast", WORDS(burns), .needs = NEEDS_BURN },
	{ A "match", .kind = KEY_MAP, .needs = NEEDS_LABELS },
	{ A "match.app", KEY_TEXT, RULE(match_app), WITHIN(0, RULE_LABEL_SIZE - 1), .try = "my-app", .needs = NEEDS_APP },
	{ A "match.engine", KEY_TEXT, RULE(match_engine), WITHIN(0, RULE_LABEL_SIZE - 1), .try = "main", .needs = NEEDS_ENGINE },
	{ A "match.function", KEY_TEXT, RULE(match_function), WITHIN(0, RULE_LABEL_SIZE - 1), .try = "process", .needs = NEEDS_FUNCTION },
	{ A "match.component", KEY_TEXT, RULE(match_component), WITHIN(0, RULE_LABEL_SIZE - 1), .try = "notify", .needs = NEEDS_COMPONENT },
	{ A "priority", KEY_WORD, RULE(priority), .try = "P2", .words = priority_names, .word_count = PRIORITY_P3 + 1 },
	{ A "limit", KEY_COUNT, RULE(limit), WITHIN(0, 1000000), .try = "50" },
	{ A "annotations", .kind = KEY_MAP },
	{ A "annotations.summary", KEY_TEXT, RULE(summary), WITHIN(0, RULE_TEXT_SIZE - 1), .try = "a short text" },
	{ A "annotations.description", KEY_TEXT, RULE(description), WITHIN(0, RULE_TEXT_SIZE - 1), .try = "a text" },
	{ A "annotations.runbook_url", KEY_TEXT, RULE(runbook_url), WITHIN(0, RULE_TEXT_SIZE - 1), .try = "https://example.org/" },
	{ "slos", KEY_SLOS, IN(slos), .try = "- name: cycles_within_budget" },
	{ O "name", KEY_TEXT, SLO(name), WITHIN(1, SLO_NAME_SIZE - 1), .try = "cycles_within_budget" },
	{ O "indicator", KEY_WORD, SLO(indicator), .try = "cycles_within_budget", .words = slo_indicator_names, .word_count = SLO_INDICATORS },
	{ O "objective", KEY_PERCENT, SLO(objective), .try = "99.9" },
	{ O "period", KEY_SECONDS, SLO(period_s), WITHIN(HOUR_S, MONTH_S), .try = "30d" },
	{ O "sla", KEY_PERCENT, SLO(sla), .try = "99.5" },
	{ "receivers", .kind = KEY_LATER },
	{ "web_config", .kind = KEY_LATER },
};
/* clang-format on */

const unsigned config_key_count = sizeof config_keys / sizeof *config_keys;

static_assert(sizeof config_keys / sizeof *config_keys <= CONFIG_KEYS_MAX, "more keys than room");

bool config_key_below(const struct key *key, const char *map)
{
	const size_t length = strlen(map);

	return strncmp(key->path, map, length) == 0 && (!length || key->path[length] == '.');
}

bool config_key_in(const struct key *key, const char *map)
{
	const size_t length = strlen(map);

	return config_key_below(key, map) && !strchr(key->path + length + (length > 0), '.');
}

const char *config_key_name(const struct key *key)
{
	const char *dot = strrchr(key->path, '.');

	return dot ? dot + 1 : key->path;
}

const struct key *config_key_find(const char *path)
{
	for (unsigned i = 0; i < config_key_count; i++)
		if (strcmp(config_keys[i].path, path) == 0)
			return &config_keys[i];
	return NULL;
}
