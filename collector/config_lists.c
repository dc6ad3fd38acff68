/* SPDX-License-Identifier: MIT */
/* Lists of maps in a YAML document, each named by one of its keys: rules and objectives. Main thread. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "collector/config_slos.h"
#include "collector/config_walk.h"
#include "collector/nearest.h"

enum { ITEMS_MAX = 128 };

static_assert((int)ITEMS_MAX >= (int)RULES_MAX && (int)ITEMS_MAX >= (int)SLOS_MAX, "of any list");

/* One map of a list. */
struct item {
	const yaml_node_t *node;
	const char *name;
	bool *seen; /* by place: said before in this list */
};

/* ---- rules ---- */

static int refuse_second(const struct config_place *begin, const char *name, const char *what)
{
	return config_refuse(begin, name, "names two %s (give each a name of its own)", what);
}

/* Mostly a shipped one whose name is misspelled. */
static int refuse_new(const struct config *config, struct config_place begin, const char *name)
{
	const char *names[RULES_MAX], *near;

	for (unsigned i = 0; i < config->rule_count; i++)
		names[i] = config->rules[i].name;
	near = nearest_word(name, names, config->rule_count, sizeof *names);
	if (near && *near)
		return config_refuse(&begin, name,
				     "is a new rule and needs a signal (did you mean %s?)", near);
	begin.name = "signal";
	return config_refuse(&begin, NULL, "a new rule needs one (try render_time)");
}

static int set_rule(struct walk *walk, const struct item *item)
{
	struct config *config = walk->source->config;
	struct config_place begin = walk_place(walk, item->node, "alert");
	struct rule before, *rule = config_rule_open(config, &begin, item->name);

	if (!rule)
		return -EINVAL;
	if (item->seen[rule - config->rules])
		return refuse_second(&begin, item->name, "rules");
	item->seen[rule - config->rules] = true;
	before = *rule;
	if (!*before.name && !walk->values[config_key_find(RULE_PATH ".signal") - config_keys])
		return refuse_new(config, begin, item->name);
	begin.name = "signal";
	if (walk_set_keys(walk, RULE_PATH, rule))
		return -EINVAL;
	return config_rule_check(rule, &before, walk->places, &begin);
}

/* ---- objectives ---- */

static int set_slo(struct walk *walk, const struct item *item)
{
	struct config *config = walk->source->config;
	const struct config_place begin = walk_place(walk, item->node, "name");
	const bool counted = walk->values[config_key_find(SLO_PATH ".indicator") - config_keys];
	struct slo *slo = config_slo_open(config, &begin, item->name, counted);

	if (!slo)
		return -EINVAL;
	if (item->seen[slo - config->slos])
		return refuse_second(&begin, item->name, "objectives");
	item->seen[slo - config->slos] = true;
	if (walk_set_keys(walk, SLO_PATH, slo))
		return -EINVAL;
	return config_slo_check(slo, walk->places, &begin);
}

/* ---- both ---- */

/* By kind of key. Adding a list is a row. */
static const struct list {
	const char *path; /* of its maps */
	const char *name, *needs; /* the key that names one; what is said without it */
	int (*begin)(struct config_source *source); /* NULL: nothing */
	int (*set)(struct walk *walk, const struct item *item);
} lists[KEY_KINDS] = {
	[KEY_ALERTS] = { RULE_PATH, "alert", "a rule needs a name (try MyAlert)",
			 config_rules_begin, set_rule },
	[KEY_SLOS] = { SLO_PATH, "name", "an objective needs a name (try cycles_within_budget)",
		       NULL, set_slo },
};

/* NULL where the map has none. */
static const char *name_in(struct walk *walk, const struct list *list, const yaml_node_t *map)
{
	for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
	     pair < map->data.mapping.pairs.top; pair++) {
		const char *key = walk_scalar(walk_node(walk, pair->key));
		const yaml_node_t *value = walk_node(walk, pair->value);

		if (key && strcmp(key, list->name) == 0)
			return walk_nothing(value) ? NULL : walk_scalar(value);
	}
	return NULL;
}

static int set_item(struct walk *walk, unsigned i, struct item *item)
{
	const struct list *list = &lists[config_keys[i].kind];
	const struct config_place place =
		walk_place(walk, item->node, config_key_name(&config_keys[i]));
	const struct config_place begin = walk_place(walk, item->node, list->name);
	char try[32];

	snprintf(try, sizeof try, "- %s", list->name);
	if (walk_check_map(&place, item->node, try) || walk_find_keys(walk, list->path, item->node))
		return -EINVAL;
	item->name = name_in(walk, list, item->node);
	if (!item->name || !*item->name)
		return config_refuse(&begin, NULL, "%s", list->needs);
	return list->set(walk, item);
}

int walk_list(struct walk *walk, unsigned i)
{
	const struct list *list = &lists[config_keys[i].kind];
	const struct config_place place = walk->places[i];
	const yaml_node_t *node = walk->values[i];
	bool seen[ITEMS_MAX] = { false };
	int status = list->begin ? list->begin(walk->source) : 0;

	if (status || walk_nothing(node))
		return status;
	if (node->type != YAML_SEQUENCE_NODE)
		return config_refuse(&place, walk_scalar(node), "is no list (try %s)",
				     config_keys[i].try);
	for (const yaml_node_item_t *at = node->data.sequence.items.start;
	     !status && at < node->data.sequence.items.top; at++)
		status = set_item(walk, i,
				  &(struct item){ .node = walk_node(walk, *at), .seen = seen });
	return status;
}
