/* SPDX-License-Identifier: MIT */
/* The steps of config_load(). Shared by config*.c alone. Main thread. */
#ifndef AUDIOWATCH_COLLECTOR_CONFIG_LOAD_H
#define AUDIOWATCH_COLLECTOR_CONFIG_LOAD_H

#include "collector/config_values.h"

/* What the steps hand on. */
struct config_source {
	struct config *config;
	char *const *environment;
	char *error;
	bool rules_begun; /* the shipped rules are in config->rules, or are not wanted */
};

/* Reads all of a file of at most CONFIG_FILE_MAX bytes: 0 and *text, to be freed by the caller. */
int config_read(const struct config_source *source, const char *file, char **text, size_t *size);
/* The absolute folder of a file, in config->text; NULL when there is no room. */
const char *config_folder(struct config *config, const char *file);

/* Whether a YAML text is one that libyaml reads in a time that grows with its size. */
int config_shape_check(const struct config_place *place, const char *text, size_t size);
int config_yaml(struct config_source *source, const char *file);

/* A variable that is set and not empty, else NULL. */
const char *config_variable(char *const *environment, const char *name);
/* Every key that has a variable; only: this one alone. */
int config_environment(const struct config_source *source, const char *only);
/* The variables of single rules. */
int config_environment_rules(const struct config_source *source);

/* Before the first rule of the configuration; more than once is fine. */
int config_rules_begin(struct config_source *source);
/* The rule of this name, else a new one, whose name is still ""; NULL: refused, there is no room. */
struct rule *config_rule_open(struct config *config, const struct config_place *place,
			      const char *name);
/* Whether what it says goes together; fills in what follows from it. places: where each key of the table is said, line
 * 0 where it is not; item: where the rule begins; before: what was known of it, name "" when nothing. */
int config_rule_check(struct rule *rule, const struct rule *before,
		      const struct config_place *places, const struct config_place *item);

#endif
