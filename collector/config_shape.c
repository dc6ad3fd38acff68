/* SPDX-License-Identifier: MIT */
/* What libyaml takes hours for, looked for event by event before it builds a document: its time grows with the square of
 * the depth and of the anchors. Main thread. */
#include <errno.h>
#include <yaml.h>

#include "collector/config_load.h"

enum { DEEPEST = 16, ANCHORS = 100 };

/* What was seen up to an event. */
struct shape {
	unsigned depth, anchors;
};

static int refuse(struct config_place place, const yaml_event_t *event, const char *what, int most)
{
	place.line = event->start_mark.line + 1;
	place.column = event->start_mark.column + 1;
	return config_refuse(&place, NULL, "%s %d (no configuration has)", what, most);
}

static int count(struct shape *shape, const struct config_place *place, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL;

	switch (event->type) {
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		shape->depth++;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		shape->depth++;
		break;
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		shape->depth--;
		break;
	default:
		break;
	}
	shape->anchors += anchor != NULL;
	if (shape->depth > DEEPEST)
		return refuse(*place, event, "lists and maps within each other, more than", DEEPEST);
	if (shape->anchors > ANCHORS)
		return refuse(*place, event, "anchors, more than", ANCHORS);
	return 0;
}

/* What is no YAML is left to who reads it, which says so. */
static int look(yaml_parser_t *parser, const struct config_place *place)
{
	struct shape shape = { 0, 0 };
	bool more = true;
	int status = 0;

	while (more && !status) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return 0;
		more = event.type != YAML_STREAM_END_EVENT;
		status = count(&shape, place, &event);
		yaml_event_delete(&event);
	}
	return status;
}

int config_shape_check(const struct config_place *place, const char *text, size_t size)
{
	yaml_parser_t parser;
	int status;

	if (!yaml_parser_initialize(&parser))
		return config_refuse(place, NULL, "no memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	status = look(&parser, place);
	yaml_parser_delete(&parser);
	return status;
}
