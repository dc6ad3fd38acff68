/* SPDX-License-Identifier: MIT */
/* What /api/v1/monitoring/forget takes: asked of the picture, left for the poll thread, and waited for. H threads. */
#include <errno.h>
#include <stdlib.h>

#include "collector/fault.h"
#include "collector/forget_desk.h"
#include "collector/routes.h"
#include "http/route.h"

static const struct {
	int status;
	unsigned http;
} refusals[] = { { -ENOENT, 404 }, { -EBUSY, 409 }, { -ENOTUNIQ, 409 }, { -ENOMEM, 500 } };

static void refuse(struct http_answer *answer, int status, const char *error)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (refusals[i].status == status)
			http_problem(answer, refusals[i].http, error);
}

static void leave(const struct service *service, const struct forget_order *order,
		  struct http_answer *answer)
{
	size_t length;
	char *body;
	int fault;

	if (!forget_desk_put(service->forgets, order)) {
		http_problem(answer, 503, "too many orders at once (try again in a second)");
		return;
	}
	fault = routes_wait_kept(service);
	if (fault == FAULT_ENDS) {
		http_problem(answer, 503, "the collector ends (try again in a second)");
		return;
	}
	body = forget_text(order, fault, &length);
	routes_answer_json(answer, 200, body, length);
}

void routes_forget(void *context, const struct http_request *request, struct http_answer *answer)
{
	const struct service *service = context;
	const struct snapshot *snapshot;
	struct forget_order order;
	char error[FORGET_ERROR_SIZE];
	int status;

	if (!forget_read(&order, request->body, request->body_length, error)) {
		http_problem(answer, 400, error);
		return;
	}
	order.uid = request->peer.uid;
	order.pid = (uint64_t)request->peer.pid;
	snapshot = snapshot_read_lock(service->board);
	if (!snapshot) {
		snapshot_read_unlock(service->board);
		http_problem(answer, 503, "the collector is starting (try again in a second)");
		return;
	}
	status = forget_find(&order, snapshot, error);
	snapshot_read_unlock(service->board);
	if (status)
		refuse(answer, status, error);
	else
		leave(service, &order, answer);
}
