/* SPDX-License-Identifier: MIT */
/* The table of paths and what answers them. H threads; an answer reads the snapshot and atomics,
 * and never waits. An order waits for the disk, three seconds at most, on the control socket's thread. */
#ifndef AUDIOWATCH_COLLECTOR_ROUTES_H
#define AUDIOWATCH_COLLECTOR_ROUTES_H

#include "collector/selfwatch.h"
#include "collector/snapshot.h"

struct http_answer;
struct http_page;
struct http_request;
struct http_route;
struct forget_desk;
struct silence_desk;
struct receipts;

/* What every answer is given as context; all of it outlives the server. */
struct service {
	const struct snapshot_board *board;
	struct selfwatch *self;
	struct http_page *metrics;
	const struct rule *rules; /* the configuration's */
	unsigned rule_count;
	struct silence_desk *silences;
	struct forget_desk *forgets;
	struct receipts *receipts; /* of both desks' orders */
	unsigned profile; /* enum catalogue_profile: how much /metrics shows */
};

const struct http_route *routes_table(size_t *count);
/* What may be changed, by POST. */
const struct http_route *routes_orders(size_t *count);

/* For routes_*.c: a body that was malloc()ed, NULL = no memory. */
void routes_answer_json(struct http_answer *answer, unsigned status, char *body, size_t length);
#define ROUTES_ALERTS "/api/v1/monitoring/alerts"
void routes_alerts(void *service, const struct http_request *request, struct http_answer *answer);

/* Before the server starts: a row for each handler's count, so that none is added while threads
 * run. */
void routes_init(struct service *service);
/* After each answer; route NULL = none matched. */
void routes_counted(void *service, const struct http_route *route, unsigned status);

/* For routes_*.c: takes the text over; NULL: no memory. */
void routes_answer_json(struct http_answer *answer, unsigned status, char *body, size_t length);
/* Behind the handing in of an order: 0 when it is on the disk, or the fault for which it is not. */
int routes_wait_kept(const struct service *service);
/* http_route_fn; routes_silence.c */
void routes_silences(void *context, const struct http_request *request, struct http_answer *answer);
void routes_silence(void *context, const struct http_request *request, struct http_answer *answer);
/* routes_forget.c */
void routes_forget(void *context, const struct http_request *request, struct http_answer *answer);

#endif
