/* SPDX-License-Identifier: MIT */
/* The JSON of an order about silences, and silences as JSON. Pure but for malloc; any thread.
 *
 *	{"alert": "EngineDown", "app": "daw", "for_seconds": 1800, "comment": "sound check"}
 *	{"all": true, "for_seconds": 1800}
 *	{"end": 3} */
#ifndef AUDIOWATCH_COLLECTOR_SILENCE_ORDER_H
#define AUDIOWATCH_COLLECTOR_SILENCE_ORDER_H

#include <stddef.h>

#include "collector/silence.h"

enum { SILENCE_ERROR_SIZE = 320 };

struct json_t;

struct silence_order {
	uint64_t end; /* the id of one that is to end; 0 = one is to begin: */
	struct silencing wanted; /* alert, app and comment */
	uint64_t for_s;
	bool all;
};

/* What alert names there are. */
struct silence_names {
	const struct rule *rules;
	unsigned count;
};

/* False after one line: key, value, cure. What names neither alert nor app must say that it means all. */
bool silence_order_read(struct silence_order *order, const char *body, size_t length,
			const struct silence_names *names, char error[SILENCE_ERROR_SIZE]);

/* {"id","alert","app","comment","uid","pid","from","until"}; a new reference, NULL: no memory. */
struct json_t *silence_json(const struct silencing *silence);
/* The texts of GET, an array in the order of their making, and of POST, with what json_kept() adds. NULL: no memory. In
 * the list alert_known tells whether there is a rule of that name, which a configuration may have lost since. */
char *silence_list_text(const struct silence_list *list, const struct silence_names *names,
			size_t *length);
char *silence_text(const struct silencing *silence, int fault, size_t *length);

#endif
