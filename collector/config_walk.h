/* SPDX-License-Identifier: MIT */
/* What reads a YAML document along the table of keys: maps in config_yaml.c, lists of maps in config_lists.c, and
 * nobody else. Main thread. */
#ifndef AUDIOWATCH_COLLECTOR_CONFIG_WALK_H
#define AUDIOWATCH_COLLECTOR_CONFIG_WALK_H

#include <yaml.h>

#include "collector/config_load.h"

struct walk {
	struct config_source *source;
	yaml_document_t document;
	struct config_place place; /* of the file; the rest is of what is being read */
	/* by key, of the map that was read last at its path */
	const yaml_node_t *values[CONFIG_KEYS_MAX];
	struct config_place places[CONFIG_KEYS_MAX];
};

struct config_place walk_place(const struct walk *walk, const yaml_node_t *node, const char *name);
const yaml_node_t *walk_node(struct walk *walk, int index);
/* NULL where it is none. */
const char *walk_scalar(const yaml_node_t *node);
/* A key without a value, in each way YAML spells it: a map says nothing then, anything else is refused. */
bool walk_nothing(const yaml_node_t *node);
int walk_check_map(const struct config_place *place, const yaml_node_t *node, const char *try);
/* Remembers where each key of a map is; unknown ones and duplicates are refused. */
int walk_find_keys(struct walk *walk, const char *map, const yaml_node_t *node);
/* In the table's order: what a value depends on comes first there. */
int walk_set_keys(struct walk *walk, const char *map, void *base);

/* The list of maps at key i. */
int walk_list(struct walk *walk, unsigned i);

#endif
