/* SPDX-License-Identifier: MIT */
/* JSON bodies by jansson. Any thread. */
#include "collector/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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

static double seconds(uint64_t ns)
{
	return (double)(ns / 1000000) / 1000;
}

char *json_health(const struct json_health *health, size_t *length)
{
	const char *status = health->healthy ? "healthy" : "unhealthy";
	char at[TEXT_TIME_SIZE];

	text_time(at, health->realtime_ns);
	return json_line(json_pack("{s:s, s:s, s:s, s:f, s:{s:{s:s, s:f}, s:{s:s, s:I}, s:{s:s}}}",
				   "status", status, "timestamp", at, "version", version_string,
				   "uptime_seconds", seconds(health->uptime_ns), "components",
				   "poll", "status", status, "last_poll_age_seconds",
				   seconds(health->poll_age_ns), "sources", "status", "healthy",
				   "attached", (json_int_t)health->sources, "http", "status",
				   "healthy"),
			 length);
}

char *json_liveness(uint64_t realtime_ns, size_t *length)
{
	char at[TEXT_TIME_SIZE];

	text_time(at, realtime_ns);
	return json_line(json_pack("{s:s, s:s}", "status", "alive", "timestamp", at), length);
}
