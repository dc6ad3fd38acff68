/* SPDX-License-Identifier: MIT */
/* What is refused before a route sees it. H threads. */
#include "http/refusal.h"
#include "http/host.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Two readers of one connection that disagree on where a request ends can be played against each
 * other. */
static bool is_ambiguous(const struct http_head *head)
{
	return head->hosts > 1 || head->content_lengths > 1;
}

static bool has_encoding(const struct http_head *head)
{
	return head->transfer_encoding != NULL;
}

/* HTTP/1.0 knows no Host, and no browser speaks it. */
static bool lacks_host(const struct http_head *head)
{
	return !head->host && strcmp(head->version, "HTTP/1.0") != 0;
}

static bool is_foreign(const struct http_head *head)
{
	return head->host && !host_is_ours(head->host, head->own_name);
}

static bool is_nowhere(const struct http_head *head)
{
	return !head->route && !head->order;
}

static bool is_look(const struct http_head *head)
{
	return head->route &&
	       (strcmp(head->method, "GET") == 0 || strcmp(head->method, "HEAD") == 0);
}

bool http_head_is_order(const struct http_head *head)
{
	return head->order && strcmp(head->method, "POST") == 0;
}

static bool is_other_method(const struct http_head *head)
{
	return !is_look(head) && !http_head_is_order(head);
}

/* A page in a browser can send a POST to any address, and nobody can tell whose it is. */
static bool is_strangers(const struct http_head *head)
{
	return http_head_is_order(head) && !head->trusted;
}

static bool has_length(const struct http_head *head)
{
	return head->content_length &&
	       head->content_length[strspn(head->content_length, "0")] != '\0';
}

size_t http_head_length(const struct http_head *head)
{
	return head->content_length ? strtoul(head->content_length, NULL, 10) : 0;
}

static bool is_long(const struct http_head *head)
{
	return http_head_is_order(head) ? http_head_length(head) > HTTP_BODY_MAX : has_length(head);
}

/* application/json, in any case, with or without parameters. */
static bool is_no_json(const struct http_head *head)
{
	static const char json[] = "application/json";
	const char *type = head->content_type ? head->content_type : "";

	return http_head_is_order(head) && (strncasecmp(type, json, sizeof json - 1) != 0 ||
					    !strchr("; \t", type[sizeof json - 1]));
}

static const struct check {
	bool (*fails)(const struct http_head *head);
	struct http_refusal refusal;
} checks[] = {
	{ is_ambiguous, { 400, "More than one Host or Content-Length." } },
	{ has_encoding, { 400, "Transfer-Encoding: not here (send a Content-Length)." } },
	{ lacks_host, { 400, "No Host." } },
	{ is_foreign, { 421, "The Host is none of this server's: use its address or localhost." } },
	{ is_nowhere, { 404, "No such path; / lists those there are." } },
	{ is_other_method, { 405, "Not a method of this path; Allow lists those." } },
	{ is_strangers,
	  { 403,
	    "Orders are taken over the control socket alone, from the collector's own user or root "
	    "(try the command audiowatch)." } },
	{ is_long,
	  { 413, "Content-Length: more than the 4096 bytes of an order, or the body of a request "
		 "that has none." } },
	{ is_no_json, { 415, "Content-Type: an order is application/json." } },
};

bool http_head_has_body(const struct http_head *head)
{
	return has_encoding(head) || has_length(head);
}

const char *http_head_allows(const struct http_head *head)
{
	if (!head->order)
		return "GET, HEAD";
	return head->route ? "GET, HEAD, POST" : "POST";
}

struct http_refusal http_refuse(const struct http_head *head)
{
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		if (checks[i].fails(head))
			return checks[i].refusal;
	return (struct http_refusal){ 0 };
}
