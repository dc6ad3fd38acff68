/* SPDX-License-Identifier: MIT */
/* The environment: a variable for every scalar, and the names that others gave to a few. Main thread. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "collector/config_load.h"
#include "collector/config_signals.h"

enum { NAME_SIZE = 64 };

const char *config_variable(char *const *environment, const char *name)
{
	const size_t length = strlen(name);

	for (; *environment; environment++)
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return (*environment)[length + 1] ? *environment + length + 1 : NULL;
	return NULL;
}

/* Names that do not follow from the path; a number of them has its unit in its name. The first that is set counts. */
static const struct {
	const char *name, *path, *unit, *what;
} others[] = {
	{ "AUDIOWATCH_DIR", "sources.dirs", "", NULL },
	{ "ENVIRONMENT", "environment", "", NULL },
	{ "MONITORING_EVALUATION_INTERVAL", "rules.interval", "s", "number of seconds (try 1)" },
};

/* Two variables a prefix: ENABLED and THRESHOLD. */
static const struct {
	const char *prefix, *alert, *unit, *what;
} rule_variables[] = {
	{ "ALERT_RENDER_TIME_", "AudioProcessingOverload", "ms", "number of milliseconds (try 25)" },
	{ "ALERT_FFI_LATENCY_", "FFILatencyHigh", "ms", "number of milliseconds (try 100)" },
	{ "ALERT_RESPONSE_TIME_", "FFILatencyHigh", "ms", "number of milliseconds (try 100)" },
	{ "ALERT_ERROR_RATE_", "FFIErrorRateHigh", "%", "percentage (try 5)" },
	{ "ALERT_MEMORY_", "CollectorMemoryHigh", "%", "percentage (try 80)" },
};

static const char *const never_used[] = { "SENTRY_DSN", "APP_VERSION", "SENTRY_TRACES_SAMPLE_RATE",
					  "SENTRY_PROFILES_SAMPLE_RATE" };

/* "log.level" is AUDIOWATCH_LOG_LEVEL, "sources.prefix" is AUDIOWATCH_PREFIX. */
static void name_of(const struct key *key, char name[NAME_SIZE])
{
	const char *path = key->path;
	const size_t section = strlen("sources.");

	if (strncmp(path, "sources.", section) == 0)
		path += section;
	snprintf(name, NAME_SIZE, "AUDIOWATCH_%s", path);
	for (char *at = name; *at; at++)
		*at = (char)(*at == '.' ? '_' : toupper((unsigned char)*at));
}

static bool has_variable(const struct key *key)
{
	return key->kind >= KEY_PREFIX && !strchr(key->path, '[');
}

static int set(const struct config_source *source, const struct key *key, const char *name,
	       const char *text)
{
	const struct config_place place = { .error = source->error, .name = name };

	if (key->kind < KEY_PREFIX && config_clear(source->config, &place, key))
		return -EINVAL;
	return config_set(source->config, &place, key, text, source->config);
}

/* A number without its unit, which is in the variable's name. */
static bool with_unit(const char *number, const char *unit, char text[NAME_SIZE])
{
	return (size_t)snprintf(text, NAME_SIZE, "%s%s", number, unit) < NAME_SIZE &&
	       (!*unit || (*number && isdigit((unsigned char)number[strlen(number) - 1])));
}

static int set_other(const struct config_source *source, unsigned i)
{
	const struct config_place place = { .error = source->error, .name = others[i].name };
	const char *value = config_variable(source->environment, others[i].name);
	char text[NAME_SIZE];

	if (!value)
		return 0;
	if (!*others[i].unit)
		return set(source, config_key_find(others[i].path), others[i].name, value);
	if (!with_unit(value, others[i].unit, text))
		return config_refuse(&place, value, "is no %s", others[i].what);
	return set(source, config_key_find(others[i].path), others[i].name, text);
}

static int set_own(const struct config_source *source, const struct key *key)
{
	char name[NAME_SIZE];
	const char *value;

	name_of(key, name);
	value = config_variable(source->environment, name);
	return value ? set(source, key, name, value) : 0;
}

int config_environment(const struct config_source *source, const char *only)
{
	int status = 0;

	for (unsigned i = 0; i < sizeof others / sizeof *others && !status; i++)
		if (!only || strcmp(others[i].path, only) == 0)
			status = set_other(source, i);
	for (unsigned i = 0; i < config_key_count && !status; i++)
		if (has_variable(&config_keys[i]) &&
		    (!only || strcmp(config_keys[i].path, only) == 0))
			status = set_own(source, &config_keys[i]);
	return status;
}

/* ---- single rules ---- */

static struct rule *rule_named(struct config *config, const char *name)
{
	for (unsigned i = 0; i < config->rule_count; i++)
		if (strcmp(config->rules[i].name, name) == 0)
			return &config->rules[i];
	return NULL;
}

static int set_enabled(const struct config_source *source, unsigned i, struct rule *rule)
{
	const char *name = rule_variables[i].prefix;
	char full[NAME_SIZE];
	const struct config_place place = { .error = source->error, .name = full };
	const char *value;

	snprintf(full, sizeof full, "%sENABLED", name);
	value = config_variable(source->environment, full);
	return value ? config_set(source->config, &place, config_key_find(RULE_PATH ".enabled"),
				  value, rule)
		     : 0;
}

/* A band goes with it as long as it lies below. */
static int set_threshold(const struct config_source *source, unsigned i, struct rule *rule)
{
	char full[NAME_SIZE], text[NAME_SIZE];
	const struct config_place place = { .error = source->error, .name = full };
	const bool band = rule->clear_below != rule->above;
	const char *value;

	snprintf(full, sizeof full, "%sTHRESHOLD", rule_variables[i].prefix);
	value = config_variable(source->environment, full);
	if (!value)
		return 0;
	if (!with_unit(value, rule_variables[i].unit, text) ||
	    config_threshold_set(&place, text, rule->signal, &rule->above))
		return config_refuse(&place, value, "is no %s", rule_variables[i].what);
	if (!band)
		rule->clear_below = rule->above;
	config_threshold_text(text, rule->signal, rule->clear_below);
	return rule->clear_below <= rule->above
		       ? 0
		       : config_refuse(&place, value,
				       "is below the rule's clear_below, which is %s", text);
}

static void note_unused(const struct config_source *source, const char *name)
{
	struct config *config = source->config;
	const char *kept;

	if (!config_variable(source->environment, name) || config->unused_count == CONFIG_UNUSED_MAX)
		return;
	kept = config_keep(config, name);
	if (kept)
		config->unused[config->unused_count++] = kept;
}

static void note_both(const struct config_source *source, const char *prefix)
{
	static const char *const ends[] = { "ENABLED", "THRESHOLD" };
	char name[NAME_SIZE];

	for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(name, sizeof name, "%s%s", prefix, ends[i]);
		note_unused(source, name);
	}
}

int config_environment_rules(const struct config_source *source)
{
	int status = 0;

	for (unsigned i = sizeof rule_variables / sizeof *rule_variables; i-- && !status;) {
		struct rule *rule = rule_named(source->config, rule_variables[i].alert);

		if (!rule) {
			note_both(source, rule_variables[i].prefix);
			continue;
		}
		status = set_enabled(source, i, rule);
		if (!status)
			status = set_threshold(source, i, rule);
	}
	for (unsigned i = 0; i < sizeof never_used / sizeof *never_used; i++)
		note_unused(source, never_used[i]);
	return status;
}
