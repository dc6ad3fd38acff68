/* SPDX-License-Identifier: MIT */
/* Walks a YAML document along the table of keys, and knows where everything stands. Main thread. */
#include "collector/config_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/nearest.h"

struct config_place walk_place(const struct walk *walk, const yaml_node_t *node, const char *name)
{
	struct config_place place = walk->place;

	place.line = node->start_mark.line + 1;
	place.column = node->start_mark.column + 1;
	place.name = name;
	return place;
}

const yaml_node_t *walk_node(struct walk *walk, int index)
{
	return yaml_document_get_node(&walk->document, index);
}

/* ---- scalars ---- */

/* NULL where it is none. */
const char *walk_scalar(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

/* A key without a value, in each way YAML spells it: a map says nothing then, anything else is refused. */
bool walk_nothing(const yaml_node_t *node)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };
	const char *text = walk_scalar(node);

	for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
		if (strcmp(text, words[i]) == 0)
			return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return false;
}

/* What every node must be. */
static int check_node(const struct config_place *place, const yaml_node_t *node)
{
	const char *tag = (const char *)node->tag;

	if (tag && strncmp(tag, "tag:yaml.org,2002:", 18) != 0)
		return config_refuse(place, tag, "is a tag of nobody's (leave it out)");
	if (walk_scalar(node) && strlen(walk_scalar(node)) != node->data.scalar.length)
		return config_refuse(place, walk_scalar(node), "goes on after a NUL (leave it out)");
	return 0;
}

static int set_scalar(struct walk *walk, const struct key *key, const yaml_node_t *node,
		      const struct config_place *place, void *base)
{
	if (check_node(place, node))
		return -EINVAL;
	if (!walk_scalar(node) || walk_nothing(node))
		return config_refuse(place, NULL, "needs one value (try %s)",
				     key->try ? key->try : "25ms");
	return config_set(walk->source->config, place, key, walk_scalar(node), base);
}

static int set_list(struct walk *walk, const struct key *key, const yaml_node_t *node,
		    const struct config_place *place)
{
	struct config *config = walk->source->config;
	int status = config_clear(config, place, key);

	if (node->type != YAML_SEQUENCE_NODE)
		return config_refuse(place, walk_nothing(node) ? NULL : walk_scalar(node),
				     "is no list (try [%s])", key->try);
	if (key->kind == KEY_DIRS && node->data.sequence.items.start == node->data.sequence.items.top)
		return config_refuse(place, NULL, "needs one at least (try [%s])", key->try);
	for (const yaml_node_item_t *item = node->data.sequence.items.start;
	     !status && item < node->data.sequence.items.top; item++) {
		const struct config_place at =
			walk_place(walk, walk_node(walk, *item), config_key_name(key));

		status = set_scalar(walk, key, walk_node(walk, *item), &at, config);
	}
	return status;
}

/* ---- maps ---- */

static int refuse_unknown(const struct config_place *place, const char *map, const char *name)
{
	const char *names[CONFIG_KEYS_MAX], *near;
	unsigned count = 0;

	if (strcmp(name, "<<") == 0)
		return config_refuse(place, NULL, "maps are not merged (write the keys out)");
	for (unsigned i = 0; i < config_key_count; i++)
		if (config_key_in(&config_keys[i], map))
			names[count++] = config_key_name(&config_keys[i]);
	near = nearest_word(name, names, count, sizeof *names);
	return near ? config_refuse(place, NULL, "no such key (did you mean %s?)", near)
		    : config_refuse(place, NULL, "no such key here (try %s)", names[0]);
}

static int find_key(const struct walk *walk, const char *map, const yaml_node_t *node)
{
	const char *name = walk_scalar(node);
	const struct config_place place = walk_place(walk, node, name);

	if (check_node(&place, node))
		return -EINVAL;
	if (!name)
		return config_refuse(&place, NULL, "a key must be one word");
	for (unsigned i = 0; i < config_key_count; i++)
		if (config_key_in(&config_keys[i], map) &&
		    strcmp(config_key_name(&config_keys[i]), name) == 0)
			return (int)i;
	return refuse_unknown(&place, map, name);
}

/* Remembers where each key of a map is; unknown ones and duplicates are refused. */
int walk_find_keys(struct walk *walk, const char *map, const yaml_node_t *node)
{
	for (unsigned i = 0; i < config_key_count; i++)
		if (config_key_below(&config_keys[i], map)) {
			walk->values[i] = NULL;
			walk->places[i] = walk->place;
		}
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = walk_node(walk, pair->key);
		const int i = find_key(walk, map, key);
		const struct config_place place = walk_place(walk, key, walk_scalar(key));

		if (i < 0)
			return i;
		if (walk->values[i])
			return config_refuse(&place, NULL,
					     "is said twice, in line %zu too (leave one out)",
					     walk->places[i].line);
		walk->values[i] = walk_node(walk, pair->value);
		walk->places[i] = place;
		walk->places[i].name = config_key_name(&config_keys[i]);
	}
	return 0;
}

static int set_key(struct walk *walk, unsigned i, void *base);

/* In the table's order: what a value depends on comes first there. */
int walk_set_keys(struct walk *walk, const char *map, void *base)
{
	int status = 0;

	for (unsigned i = 0; i < config_key_count && !status; i++)
		if (walk->values[i] && config_key_in(&config_keys[i], map))
			status = set_key(walk, i, base);
	return status;
}

int walk_check_map(const struct config_place *place, const yaml_node_t *node, const char *try)
{
	if (check_node(place, node))
		return -EINVAL;
	return node->type == YAML_MAPPING_NODE
		       ? 0
		       : config_refuse(place, walk_scalar(node), "is no map (try %s: ...)", try);
}

static int set_map(struct walk *walk, unsigned i, void *base)
{
	const struct key *key = &config_keys[i];
	const yaml_node_t *node = walk->values[i];

	if (walk_nothing(node))
		return 0;
	if (walk_check_map(&walk->places[i], node, config_key_name(&key[1])) ||
	    walk_find_keys(walk, key->path, node))
		return -EINVAL;
	return walk_set_keys(walk, key->path, base);
}

/* ---- external labels ---- */

static int add_label(struct walk *walk, const yaml_node_t *key, const yaml_node_t *value)
{
	const struct config_place place = walk_place(walk, key, walk_scalar(key));

	if (check_node(&place, key) || check_node(&place, value))
		return -EINVAL;
	if (!place.name)
		return config_refuse(&place, NULL, "a key must be one word");
	if (!walk_scalar(value) || walk_nothing(value))
		return config_refuse(&place, NULL, "needs one value (try studio-3)");
	return config_label_add(walk->source->config, &place, walk_scalar(value));
}

static int set_labels(struct walk *walk, unsigned i)
{
	const yaml_node_t *node = walk->values[i];
	int status;

	if (walk_nothing(node))
		return 0;
	status = walk_check_map(&walk->places[i], node, "host");
	if (status)
		return status;
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     !status && pair < node->data.mapping.pairs.top; pair++)
		status = add_label(walk, walk_node(walk, pair->key), walk_node(walk, pair->value));
	return status;
}

/* ---- the document ---- */

static int set_key(struct walk *walk, unsigned i, void *base)
{
	const struct key *key = &config_keys[i];
	const struct config_place place = walk->places[i];

	switch (key->kind) {
	case KEY_MAP:
		return set_map(walk, i, base);
	case KEY_LABELS:
		return set_labels(walk, i);
	case KEY_ALERTS:
	case KEY_SLOS:
		return walk_list(walk, i);
	case KEY_LATER:
		return config_refuse(&place, NULL, "not in this version yet (leave it out)");
	case KEY_LISTEN:
	case KEY_DIRS:
	case KEY_UIDS:
		return set_list(walk, key, walk->values[i], &place);
	default:
		return set_scalar(walk, key, walk->values[i], &place, base);
	}
}

static int walk_document(struct walk *walk)
{
	const yaml_node_t *root = yaml_document_get_root_node(&walk->document);
	struct config_place place;

	if (!root || walk_nothing(root))
		return 0;
	place = walk_place(walk, root, NULL);
	if (walk_check_map(&place, root, "rules") || walk_find_keys(walk, "", root))
		return -EINVAL;
	return walk_set_keys(walk, "", walk->source->config);
}

/* libyaml says where, but for bytes that are no text it says the offset alone. */
static int refuse_syntax(const struct walk *walk, const yaml_parser_t *parser, const char *text)
{
	struct config_place place = walk->place;
	const bool reader = parser->error == YAML_READER_ERROR;

	place.line = parser->problem_mark.line + 1;
	place.column = parser->problem_mark.column + 1;
	if (reader) {
		place.line = place.column = 1;
		for (size_t i = 0; i < parser->problem_offset; i++, place.column++)
			if (text[i] == '\n') {
				place.line++;
				place.column = 0;
			}
	}
	return config_refuse(&place, NULL, "this is no YAML: %s",
			     parser->problem ? parser->problem : "no memory");
}

static int walk_documents(struct walk *walk, yaml_parser_t *parser, const char *text)
{
	yaml_document_t second;
	struct config_place place = walk->place;
	int status;

	if (!yaml_parser_load(parser, &walk->document))
		return refuse_syntax(walk, parser, text);
	status = walk_document(walk);
	if (!status && yaml_parser_load(parser, &second)) {
		place.line = second.start_mark.line + 1;
		place.column = second.start_mark.column + 1;
		if (yaml_document_get_root_node(&second))
			status = config_refuse(&place, NULL,
					       "a second document (one file holds one)");
		yaml_document_delete(&second);
	} else if (!status) {
		status = refuse_syntax(walk, parser, text);
	}
	yaml_document_delete(&walk->document);
	return status;
}

int config_yaml(struct config_source *source, const char *file)
{
	struct walk walk = { .source = source };
	yaml_parser_t parser;
	char *text;
	size_t size;
	int status = config_read(source, file, &text, &size);

	if (status)
		return status;
	walk.place = (struct config_place){ .error = source->error,
					    .file = file,
					    .folder = config_folder(source->config, file) };
	status = config_shape_check(&walk.place, text, size);
	if (!status && yaml_parser_initialize(&parser)) {
		yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
		status = walk_documents(&walk, &parser, text);
		yaml_parser_delete(&parser);
	} else if (!status) {
		status = config_refuse(&walk.place, NULL, "no memory");
	}
	free(text);
	return status;
}
