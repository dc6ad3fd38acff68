/* SPDX-License-Identifier: MIT */
/* What the HTTP server tells of whoever connects, in the log. Any process may cause it as often as it likes, and the log
 * lies on the disk of a show: of each kind a line a minute at most, which says how many were left out since the one
 * before. H threads. */
#ifndef AUDIOWATCH_COLLECTOR_HTTP_LOG_H
#define AUDIOWATCH_COLLECTOR_HTTP_LOG_H

#include <stdint.h>

#include "collector/log.h"

/* All 0 at first. */
struct http_log_kind {
	_Atomic uint64_t next_ns; /* W: whoever tells; before it none is told */
	_Atomic uint64_t left_out; /* W: any thread */
};

struct http_log {
	struct log *log;
	uint64_t (*now_ns)(void); /* CLOCK_MONOTONIC */
	struct http_log_kind messages, denials;
};

void http_log_init(struct http_log *http, struct log *log);
/* libmicrohttpd's own words: what it could not read, whom it could not serve. */
void http_log_message(struct http_log *http, const char *message);
/* A security event: an order of somebody from whom none is taken. ip_address: "unix" over such a socket. */
void http_log_denied(struct http_log *http, const char *action, const char *ip_address);

#endif
