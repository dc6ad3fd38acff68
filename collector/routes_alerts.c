/* SPDX-License-Identifier: MIT */
/* GET /api/v1/monitoring/alerts?hours=&limit=&before=: the firings of the last hours, page by page. H threads. */
#include "collector/routes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/json.h"
#include "http/route.h"

#define HOUR_NS (3600 * NS_A_SECOND)
#define BEFORE_MAX UINT64_C(999999999999999999) /* what a Link says is far below */

/* What may be asked for, in this order. */
enum { HOURS, LIMIT, BEFORE, PARAMETERS };
static const struct {
	const char *name;
	uint64_t least, most, otherwise;
	const char *refusal;
} parameters[PARAMETERS] = {
	[HOURS] = { "hours", 1, 720, 24, "hours: not a whole number from 1 to 720 (try 24)" },
	[LIMIT] = { "limit", 1, 1000, 100, "limit: not a whole number from 1 to 1000 (try 100)" },
	[BEFORE] = { "before", 1, BEFORE_MAX, 0, "before: not from a Link (leave it out)" },
};

/* Digits alone, within the bounds. */
static bool read_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	const size_t digits = strspn(text, "0123456789");

	if (!digits || text[digits] || digits > 18 || sscanf(text, "%" SCNu64, value) != 1)
		return false;
	return *value >= least && *value <= most;
}

/* False after a problem. */
static bool read_parameters(const struct http_request *request, uint64_t values[PARAMETERS],
			    struct http_answer *answer)
{
	for (unsigned i = 0; i < PARAMETERS; i++) {
		const char *text = request->query(request, parameters[i].name);

		values[i] = parameters[i].otherwise;
		if (text && !read_whole(text, parameters[i].least, parameters[i].most, &values[i])) {
			http_problem(answer, 400, parameters[i].refusal);
			return false;
		}
	}
	return true;
}

static void add_link(struct http_answer *answer, const uint64_t values[PARAMETERS], uint64_t next)
{
	if (next)
		snprintf(answer->link, sizeof answer->link,
			 "<" ROUTES_ALERTS "?hours=%" PRIu64 "&limit=%" PRIu64 "&before=%" PRIu64
			 ">; rel=\"next\"",
			 values[HOURS], values[LIMIT], next);
}

void routes_alerts(void *context, const struct http_request *request, struct http_answer *answer)
{
	const struct service *service = context;
	const struct snapshot *snapshot;
	uint64_t values[PARAMETERS], next;
	size_t length;

	if (!read_parameters(request, values, answer))
		return;
	snapshot = snapshot_read_lock(service->board);
	if (snapshot) {
		const uint64_t span_ns = values[HOURS] * HOUR_NS, now_ns = snapshot->at.real_ns;
		const struct json_firings asked = {
			.snapshot = snapshot,
			.from_real_ns = now_ns > span_ns ? now_ns - span_ns : 0,
			.before = values[BEFORE],
			.limit = (unsigned)values[LIMIT],
		};
		char *body = json_firings(&asked, &length, &next);

		routes_answer_json(answer, 200, body, length);
		add_link(answer, values, next);
	} else {
		http_problem(answer, 503, "the first poll is not over yet");
	}
	snapshot_read_unlock(service->board);
}
