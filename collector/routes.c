/* SPDX-License-Identifier: MIT */
/* What each path answers; adding one is a row and a function. H threads. */
#include "collector/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/catalogue.h"
#include "collector/json.h"
#include "collector/receipt.h"
#include "http/expo.h"
#include "http/page.h"
#include "http/route.h"

#define NO_POLL_NS (5 * NS_A_SECOND) /* without a poll for this long the collector is unhealthy */
#define PATIENCE_NS (3 * NS_A_SECOND) /* below what audiowatch waits for an answer */
#define NO_HANDLER "none"

/* ---- /metrics ---- */

static void render_metrics(const struct service *service, const struct snapshot *snapshot,
			   struct http_answer *answer)
{
	const uint64_t generation = snapshot->generation;
	struct expo_writer writer;
	size_t length;
	char *body;

	expo_init(&writer, &expo_text);
	catalogue_write(snapshot, (enum catalogue_profile)service->profile, &writer);
	selfwatch_series(service->self, writer.samples);
	body = expo_finish(&writer, &length);
	if (body)
		http_page_put(service->metrics, generation, expo_text.content_type, body, length,
			      answer);
	else
		http_problem(answer, 500, "no memory to write the metrics");
}

static void answer_metrics(void *context, const struct http_request *request,
			   struct http_answer *answer)
{
	const struct service *service = context;
	const char *format = request->query(request, "format");
	const struct snapshot *snapshot;

	if (format && strcmp(format, expo_text.name) != 0) {
		http_problem(answer, 400, "format: not one that is served (try text)");
		return;
	}
	snapshot = snapshot_read_lock(service->board);
	if (!snapshot)
		http_problem(answer, 503, "the first poll is not over yet");
	else if (!http_page_get(service->metrics, snapshot->generation, answer))
		render_metrics(service, snapshot, answer);
	snapshot_read_unlock(service->board);
}

/* ---- health ---- */

static uint64_t poll_age_ns(const struct service *service)
{
	const uint64_t last_ns = selfwatch_last_poll_ns(service->self),
		       now_ns = instant_clock_ns(CLOCK_MONOTONIC);
	const uint64_t from_ns = last_ns ? last_ns : service->self->started_ns;

	return now_ns > from_ns ? now_ns - from_ns : 0;
}

void routes_answer_json(struct http_answer *answer, unsigned status, char *body, size_t length)
{
	if (body)
		*answer = (struct http_answer){ .status = status,
						.content_type = "application/json",
						.body = body,
						.length = length };
	else
		http_problem(answer, 500, "no memory for the answer");
}

int routes_wait_kept(const struct service *service)
{
	return receipts_wait(service->receipts, receipts_take(service->receipts), PATIENCE_NS);
}

static uint64_t count_sources(const struct service *service)
{
	const struct snapshot *snapshot = snapshot_read_lock(service->board);
	const uint64_t sources = snapshot ? snapshot->self.sources : 0;

	snapshot_read_unlock(service->board);
	return sources;
}

static void answer_health(void *context, const struct http_request *request,
			  struct http_answer *answer)
{
	const struct service *service = context;
	struct selfwatch_component parts[SELFWATCH_COMPONENTS];
	const struct json_health health = {
		.healthy = poll_age_ns(service) < NO_POLL_NS,
		.realtime_ns = instant_clock_ns(CLOCK_REALTIME),
		.uptime_ns = instant_clock_ns(CLOCK_MONOTONIC) - service->self->started_ns,
		.poll_age_ns = poll_age_ns(service),
		.sources = count_sources(service),
		.parts = parts,
		.part_count = SELFWATCH_COMPONENTS,
	};
	size_t length;
	char *body;

	(void)request;
	selfwatch_components(service->self, parts);
	body = json_health(&health, &length);
	routes_answer_json(answer, health.healthy ? 200 : 503, body, length);
}

static void answer_liveness(void *context, const struct http_request *request,
			    struct http_answer *answer)
{
	const struct service *service = context;
	size_t length;
	char *body;

	(void)request;
	if (poll_age_ns(service) >= NO_POLL_NS) {
		http_problem(answer, 503, "no poll for 5 seconds");
		return;
	}
	body = json_liveness(instant_clock_ns(CLOCK_REALTIME), &length);
	routes_answer_json(answer, 200, body, length);
}

/* ---- monitoring ---- */

static void answer_status(void *context, const struct http_request *request,
			  struct http_answer *answer)
{
	const struct service *service = context;
	const struct snapshot *snapshot = snapshot_read_lock(service->board);
	size_t length;

	(void)request;
	if (snapshot) {
		char *body = json_status(
			&(struct json_status){ snapshot, service->rules, service->rule_count },
			&length);

		routes_answer_json(answer, 200, body, length);
	} else
		http_problem(answer, 503, "the first poll is not over yet");
	snapshot_read_unlock(service->board);
}

/* ---- the table ---- */

static void answer_index(void *context, const struct http_request *request,
			 struct http_answer *answer);

static const struct http_route routes[] = {
	{ "/", "index", answer_index },
	{ "/metrics", "metrics", answer_metrics },
	{ "/health", "health", answer_health },
	{ "/health/liveness", "liveness", answer_liveness },
	{ "/api/v1/health", "health", answer_health },
	{ "/api/v1/monitoring/status", "status", answer_status },
	{ "/api/v1/monitoring/silence", "silence", routes_silences },
	{ ROUTES_ALERTS, "alerts", routes_alerts },
};

static const struct http_route orders[] = {
	{ "/api/v1/monitoring/silence", "silence", routes_silence },
	{ "/api/v1/monitoring/forget", "forget", routes_forget },
};

enum { ROUTES = sizeof routes / sizeof *routes, ORDERS = sizeof orders / sizeof *orders };

static void answer_index(void *context, const struct http_request *request,
			 struct http_answer *answer)
{
	char *body = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&body, &length);

	(void)context;
	(void)request;
	if (!out) {
		http_problem(answer, 500, "no memory for the answer");
		return;
	}
	fputs("audiowatch\n\n", out);
	for (size_t i = 0; i < ROUTES; i++)
		fprintf(out, "%s\n", routes[i].path);
	if (fclose(out)) {
		free(body);
		http_problem(answer, 500, "no memory for the answer");
		return;
	}
	*answer = (struct http_answer){ .content_type = "text/plain; charset=utf-8",
					.body = body,
					.length = length };
}

const struct http_route *routes_table(size_t *count)
{
	*count = ROUTES;
	return routes;
}

const struct http_route *routes_orders(size_t *count)
{
	*count = ORDERS;
	return orders;
}

void routes_init(struct service *service)
{
	for (size_t i = 0; i < ROUTES; i++)
		(void)selfwatch_handler(service->self, routes[i].handler);
	for (size_t i = 0; i < ORDERS; i++)
		(void)selfwatch_handler(service->self, orders[i].handler);
	(void)selfwatch_handler(service->self, NO_HANDLER);
}

void routes_counted(void *context, const struct http_route *route, unsigned status)
{
	const struct service *service = context;
	const char *label = route ? route->handler : NO_HANDLER;

	selfwatch_request(service->self, selfwatch_handler(service->self, label), status);
}
