/* SPDX-License-Identifier: MIT */
/* What /api/v1/monitoring/silence answers, and what it takes. H threads. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "collector/fault.h"
#include "collector/routes.h"
#include "collector/silence_desk.h"
#include "collector/silence_order.h"
#include "http/route.h"

void routes_silences(void *context, const struct http_request *request, struct http_answer *answer)
{
	const struct service *service = context;
	const struct silence_names names = { service->rules, service->rule_count };
	struct silence_list list;
	size_t length;
	char *body;

	(void)request;
	silence_desk_copy(service->silences, &list);
	body = silence_list_text(&list, &names, &length);
	routes_answer_json(answer, 200, body, length);
}

static void refuse(struct http_answer *answer, int status, uint64_t id)
{
	char detail[128];

	if (status == -ENOENT) {
		snprintf(detail, sizeof detail,
			 "end: there is no silence %" PRIu64 " (audiowatch silence --list)", id);
		http_problem(answer, 404, detail);
	} else if (status == -ENOSPC) {
		snprintf(detail, sizeof detail, "%d silences hold already (end one first)",
			 SILENCES_MAX);
		http_problem(answer, 409, detail);
	} else {
		http_problem(answer, 503, "the collector starts or ends (try again in a second)");
	}
}

void routes_silence(void *context, const struct http_request *request, struct http_answer *answer)
{
	const struct service *service = context;
	const struct silence_names names = { service->rules, service->rule_count };
	struct silence_order order = { 0 };
	struct silencing told;
	char error[SILENCE_ERROR_SIZE], *body;
	size_t length;
	int status, fault;

	if (!silence_order_read(&order, request->body, request->body_length, &names, error)) {
		http_problem(answer, 400, error);
		return;
	}
	order.wanted.uid = request->peer.uid;
	order.wanted.pid = (uint64_t)request->peer.pid;
	status = order.end ? silence_desk_end(service->silences, order.end, &told)
			   : silence_desk_add(service->silences, &order.wanted,
					      order.for_s * NS_A_SECOND, &told);
	if (status) {
		refuse(answer, status, order.end);
		return;
	}
	fault = routes_wait_kept(service);
	if (fault == FAULT_ENDS) {
		refuse(answer, -EAGAIN, 0);
		return;
	}
	body = silence_text(&told, fault, &length);
	routes_answer_json(answer, 200, body, length);
}
