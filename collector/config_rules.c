/* SPDX-License-Identifier: MIT */
/* What the keys of one rule must be to each other. Main thread. */
#include <errno.h>
#include <string.h>

#include "collector/config_load.h"
#include "collector/config_signals.h"
#include "collector/signal.h"

enum { MINUTES_FROM_S = 300, WINDOW_S = 60 };

int config_rules_begin(struct config_source *source)
{
	struct config *config = source->config;

	if (source->rules_begun)
		return 0;
	source->rules_begun = true;
	if (config_environment(source, "rules.defaults"))
		return -EINVAL;
	if (!config->rule_defaults)
		return 0;
	memcpy(config->rules, rule_defaults, rule_default_count * sizeof *config->rules);
	config->rule_count = rule_default_count;
	return 0;
}

struct rule *config_rule_open(struct config *config, const struct config_place *place,
			      const char *name)
{
	struct rule *rule = &config->rules[config->rule_count];

	for (unsigned i = 0; i < config->rule_count; i++)
		if (strcmp(config->rules[i].name, name) == 0)
			return &config->rules[i];
	if (config->rule_count == RULES_MAX) {
		(void)config_refuse(place, name, "is one too many (at most %d rules)", RULES_MAX);
		return NULL;
	}
	config->rule_count++;
	*rule = (struct rule){ .enabled = true, .priority = PRIORITY_P2, .limit = RULE_LIMIT };
	return rule;
}

/* ---- what a rule says ---- */

struct saying {
	struct rule *rule;
	const struct rule *before;
	const struct config_place *places, *item;
};

static bool is_said(const struct saying *saying, const char *path)
{
	return saying->places[config_key_find(path) - config_keys].line;
}

/* Where a key is said, else its map, else where the rule begins. */
static struct config_place place_of(const struct saying *saying, const char *path)
{
	const struct key *key = config_key_find(path);
	struct config_place place = saying->places[key - config_keys];

	for (unsigned i = 0; i < config_key_count && !place.line; i++)
		if (config_keys[i].kind == KEY_MAP && config_key_in(key, config_keys[i].path) &&
		    config_key_below(&config_keys[i], RULE_PATH))
			place = saying->places[i];
	if (!place.line)
		place = *saying->item;
	place.name = config_key_name(key);
	return place;
}

/* "" asks for any label, also for one that the signal does not have. */
static bool says_something(const struct saying *saying, const struct key *key)
{
	return saying->places[key - config_keys].line &&
	       (key->kind != KEY_TEXT || ((const char *)saying->rule)[key->offset]);
}

static int check_meaning(const struct saying *saying)
{
	const enum signal_id signal = saying->rule->signal;

	for (unsigned i = 0; i < config_key_count; i++)
		if (config_key_below(&config_keys[i], RULE_PATH) &&
		    says_something(saying, &config_keys[i]) &&
		    !config_signal_has(signal, config_keys[i].needs))
			return config_refuse(&saying->places[i], NULL, "%s has none (leave it out)",
					     signal_rows[signal].name);
	return 0;
}

/* A new signal's threshold is never that of the old one. */
static int check_above(const struct saying *saying)
{
	struct rule *rule = saying->rule;
	const struct rule *before = saying->before;
	const struct config_place place = place_of(saying, RULE_PATH ".above");

	if (!config_signal_has(rule->signal, NEEDS_THRESHOLD)) {
		rule->above = 0;
		return 0;
	}
	if (is_said(saying, RULE_PATH ".above") || (*before->name && before->signal == rule->signal))
		return 0;
	return config_refuse(&place, NULL, "%s needs one (try %s)", signal_rows[rule->signal].name,
			     config_threshold_try(rule->signal));
}

/* Without a band of its own a rule clears where it fires. */
static int check_clear_below(const struct saying *saying)
{
	struct rule *rule = saying->rule;
	const struct rule *before = saying->before;
	const struct config_place place = place_of(saying, RULE_PATH ".clear_below");
	const bool band = *before->name && before->signal == rule->signal &&
			  before->clear_below != before->above;
	char above[QUANTITY_SIZE], below[QUANTITY_SIZE];

	if (!is_said(saying, RULE_PATH ".clear_below") && !band)
		rule->clear_below = rule->above;
	if (rule->clear_below <= rule->above)
		return 0;
	config_threshold_text(above, rule->signal, rule->above);
	config_threshold_text(below, rule->signal, rule->clear_below);
	return config_refuse(&place, below, "is above above, which is %s (try %s)", above, above);
}

/* More than there can be would never fire. */
static int check_min_above(const struct saying *saying)
{
	struct rule *rule = saying->rule;
	const struct config_place place = place_of(saying, RULE_PATH ".min_above");

	if (!config_signal_has(rule->signal, NEEDS_SAMPLES))
		rule->min_above = 0;
	if (signal_rows[rule->signal].pace != PACE_OPEN || rule->min_above <= SIGNAL_FLIGHTS)
		return 0;
	return config_refuse(&place, NULL,
			     "%llu can never be: at most %d calls are seen in flight (try 1)",
			     (unsigned long long)rule->min_above, SIGNAL_FLIGHTS);
}

static int check_statistic(const struct config_place *place, enum signal_id signal, bool said,
			   enum rule_statistic *statistic)
{
	char choice[64];

	if (!said && !signal_takes(signal, *statistic))
		*statistic = config_signal_statistic(signal);
	if (signal_takes(signal, *statistic))
		return 0;
	config_signal_statistics(signal, choice, sizeof choice);
	return *statistic ? config_refuse(place, statistic_names[*statistic],
					  "is no statistic of %s (try %s)",
					  signal_rows[signal].name, choice)
			  : config_refuse(place, NULL, "%s needs one (try %s)",
					  signal_rows[signal].name, choice);
}

static int check_rule_statistic(const struct saying *saying)
{
	const struct config_place place = place_of(saying, RULE_PATH ".statistic");

	return check_statistic(&place, saying->rule->signal,
			       is_said(saying, RULE_PATH ".statistic"), &saying->rule->statistic);
}

/* What the last hour is counted in. */
static int check_span(const struct config_place *place, unsigned span_s)
{
	return span_s > MINUTES_FROM_S && span_s % 60
		       ? config_refuse(place, NULL,
				       "%us: beyond 5m it is in whole minutes (try %um)", span_s,
				       span_s / 60)
		       : 0;
}

static int check_window(const struct saying *saying)
{
	struct rule *rule = saying->rule;
	const struct config_place place = place_of(saying, RULE_PATH ".window"),
				  recent = place_of(saying, RULE_PATH ".recent");

	if (!config_signal_has(rule->signal, NEEDS_WINDOW)) {
		rule->window_s = rule->recent_s = 0;
		return 0;
	}
	if (!rule->window_s)
		rule->window_s = WINDOW_S;
	if (check_span(&place, rule->window_s) || check_span(&recent, rule->recent_s))
		return -EINVAL;
	if (rule->recent_s > rule->window_s)
		return config_refuse(&recent, NULL, "%us is longer than the window (try %us)",
				     rule->recent_s, rule->window_s);
	return 0;
}

static int check_guard(const struct saying *saying)
{
	struct rule *rule = saying->rule;
	struct rule_guard *guard = &rule->guard;
	const struct config_place place = place_of(saying, RULE_PATH ".guard"),
				  signal = place_of(saying, RULE_PATH ".guard.signal"),
				  statistic = place_of(saying, RULE_PATH ".guard.statistic");

	guard->set |= is_said(saying, RULE_PATH ".guard.signal");
	if (!guard->set)
		return is_said(saying, RULE_PATH ".guard.statistic") ||
				       is_said(saying, RULE_PATH ".guard.above")
			       ? config_refuse(&place, NULL, "needs a signal (try %s)",
					       signal_rows[rule->signal].name)
			       : 0;
	if (!signal_guards(rule->signal, guard->signal))
		return config_refuse(&signal, signal_rows[guard->signal].name,
				     "cannot guard %s: a guard has the rule's window and labels "
				     "(try %s)",
				     signal_rows[rule->signal].name, signal_rows[rule->signal].name);
	if (is_said(saying, RULE_PATH ".guard.signal") &&
	    !is_said(saying, RULE_PATH ".guard.above"))
		return config_refuse(&place, NULL, "needs above (try %s)",
				     config_threshold_try(guard->signal));
	return check_statistic(&statistic, guard->signal,
			       is_said(saying, RULE_PATH ".guard.statistic"), &guard->statistic);
}

static int (*const checks[])(const struct saying *saying) = {
	check_meaning,	      check_above,  check_clear_below, check_min_above,
	check_rule_statistic, check_window, check_guard,
};

int config_rule_check(struct rule *rule, const struct rule *before,
		      const struct config_place *places, const struct config_place *item)
{
	const struct saying saying = { rule, before, places, item };
	int status = 0;

	for (unsigned i = 0; i < sizeof checks / sizeof *checks && !status; i++)
		status = checks[i](&saying);
	return status;
}
