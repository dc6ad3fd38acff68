/* SPDX-License-Identifier: MIT */
/* JSON bodies by jansson. Any thread. */
#include "collector/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "collector/fault.h"
#include "collector/selfwatch.h"
#include "collector/text.h"
#include "collector/version.h"

char *json_line(struct json_t *value, size_t *length)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	char *line = NULL;

	json_decref(value);
	*length = text ? strlen(text) + 1 : 0;
	if (text)
		line = realloc(text, *length + 1);
	if (!line) {
		free(text);
		return NULL;
	}
	line[*length - 1] = '\n';
	line[*length] = 0;
	return line;
}

struct json_t *json_kept(struct json_t *answer, int fault)
{
	json_t *why =
		fault ? json_sprintf("%s (%s)", fault_text(fault), fault_cure(fault)) : json_null();

	if (answer && json_object_set_new(answer, "saved", json_boolean(!fault)) == 0 &&
	    json_object_set_new(answer, "unsaved_because", why) == 0)
		return answer;
	json_decref(answer);
	return NULL;
}

static double seconds(uint64_t ns)
{
	return (double)(ns / 1000000) / 1000;
}

static const char *status_of(const struct json_health *health)
{
	if (!health->healthy)
		return "unhealthy";
	for (unsigned i = 0; i < health->part_count; i++)
		if (health->parts[i].down)
			return "degraded";
	return "healthy";
}

/* NULL: no memory. */
static json_t *part_of(const struct selfwatch_component *part)
{
	if (!part->down)
		return json_pack("{s:s}", "status", "healthy");
	return json_pack("{s:s, s:s, s:s, s:s?}", "status", "degraded", "error",
			 fault_text((int)part->down), "cure", fault_cure((int)part->down), "place",
			 part->place);
}

/* NULL: no memory. */
static json_t *components_of(const struct json_health *health)
{
	json_t *all =
		json_pack("{s:{s:s, s:f}, s:{s:s, s:I}, s:{s:s}}", "poll", "status",
			  health->healthy ? "healthy" : "unhealthy", "last_poll_age_seconds",
			  seconds(health->poll_age_ns), "sources", "status", "healthy", "attached",
			  (json_int_t)health->sources, "http", "status", "healthy");

	for (unsigned i = 0; i < health->part_count && health->parts[i].name; i++)
		if (json_object_set_new(all, health->parts[i].name, part_of(&health->parts[i]))) {
			json_decref(all);
			return NULL;
		}
	return all;
}

char *json_health(const struct json_health *health, size_t *length)
{
	char at[TEXT_TIME_SIZE];

	text_time(at, health->realtime_ns);
	return json_line(json_pack("{s:s, s:s, s:s, s:f, s:o}", "status", status_of(health),
				   "timestamp", at, "version", version_string, "uptime_seconds",
				   seconds(health->uptime_ns), "components", components_of(health)),
			 length);
}

char *json_liveness(uint64_t realtime_ns, size_t *length)
{
	char at[TEXT_TIME_SIZE];

	text_time(at, realtime_ns);
	return json_line(json_pack("{s:s, s:s}", "status", "alive", "timestamp", at), length);
}
