/* SPDX-License-Identifier: MIT */
/* The HTTP server's log lines, few however many there are. H threads. */
#include "collector/http_log.h"

#include <stdatomic.h>
#include <stddef.h>

#include "collector/instant.h"

#define MINUTE_NS (60 * NS_A_SECOND)

static uint64_t monotonic_ns(void)
{
	return instant_clock_ns(CLOCK_MONOTONIC);
}

void http_log_init(struct http_log *http, struct log *log)
{
	*http = (struct http_log){ .log = log, .now_ns = monotonic_ns };
}

/* Whether this one is told, then with so many that were not. relaxed: numbers that nothing else is read through; of
 * threads that come at once one tells. */
static bool pass(struct http_log_kind *kind, uint64_t now_ns, uint64_t *left_out)
{
	uint64_t next_ns = atomic_load_explicit(&kind->next_ns, memory_order_relaxed);

	if (now_ns < next_ns ||
	    !atomic_compare_exchange_strong_explicit(&kind->next_ns, &next_ns, now_ns + MINUTE_NS,
						     memory_order_relaxed, memory_order_relaxed)) {
		atomic_fetch_add_explicit(&kind->left_out, 1, memory_order_relaxed);
		return false;
	}
	*left_out = atomic_exchange_explicit(&kind->left_out, 0, memory_order_relaxed);
	return true;
}

void http_log_message(struct http_log *http, const char *message)
{
	uint64_t left_out;

	if (!pass(&http->messages, http->now_ns(), &left_out))
		return;
	log_event(http->log, LOG_WARN, "http", message,
		  (const struct log_field[]){ { "left_out", NULL, left_out }, { NULL, NULL, 0 } });
}

void http_log_denied(struct http_log *http, const char *action, const char *ip_address)
{
	uint64_t left_out;

	if (!pass(&http->denials, http->now_ns(), &left_out))
		return;
	log_event(http->log, LOG_WARN, "http",
		  "an order was refused: not over the control socket, or another user's",
		  (const struct log_field[]){ { "event_type", "security", 0 },
					      { "action", action, 0 },
					      { "ip_address", ip_address, 0 },
					      { "left_out", NULL, left_out },
					      { NULL, NULL, 0 } });
}
