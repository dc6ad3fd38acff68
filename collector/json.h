/* SPDX-License-Identifier: MIT */
/* JSON bodies, one function a shape, each a malloc()ed text ending in a newline; NULL: no
 * memory. Any thread. */
#ifndef AUDIOWATCH_COLLECTOR_JSON_H
#define AUDIOWATCH_COLLECTOR_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;
struct rule;
struct selfwatch_component;
struct snapshot;

struct json_health {
	bool healthy;
	uint64_t realtime_ns, uptime_ns;
	uint64_t poll_age_ns; /* since the last poll */
	uint64_t sources;
	const struct selfwatch_component *parts; /* as many as have names */
	unsigned part_count;
};

char *json_health(const struct json_health *health, size_t *length);
char *json_liveness(uint64_t realtime_ns, size_t *length);

/* Alerts and sources of a picture; the Watchdog is none of them, and its rule does not count. */
struct json_status {
	const struct snapshot *snapshot;
	const struct rule *rules;
	unsigned rule_count;
};
char *json_status(const struct json_status *status, size_t *length);

/* Firings, newest first: those that have not been resolved before from_real_ns. */
struct json_firings {
	const struct snapshot *snapshot;
	uint64_t from_real_ns;
	uint64_t before; /* the number of a firing: only older ones; 0 = all */
	unsigned limit; /* at least 1 */
};
/* next: `before` of what is left, 0 = nothing. */
char *json_firings(const struct json_firings *asked, size_t *length, uint64_t *next);

/* For answers to orders: whether it is on the disk (fault.h; 0 = it is), or why in memory alone. Takes and gives the
 * reference, NULL is handed on. */
struct json_t *json_kept(struct json_t *answer, int fault);

/* For json_*.c: the text of a value, whose reference it takes; NULL is handed on. */
char *json_line(struct json_t *value, size_t *length);

#endif
