/* SPDX-License-Identifier: MIT */
/* What is refused before a route sees it. H threads. */
#include "http/refusal.h"
#include "http/host.h"

#include <string.h>

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
	return !head->route;
}

static bool is_other_method(const struct http_head *head)
{
	return strcmp(head->method, "GET") != 0 && strcmp(head->method, "HEAD") != 0;
}

static bool has_length(const struct http_head *head)
{
	return head->content_length &&
	       head->content_length[strspn(head->content_length, "0")] != '\0';
}

static const struct check {
	bool (*fails)(const struct http_head *head);
	struct http_refusal refusal;
} checks[] = {
	{ is_ambiguous, { 400, "More than one Host or Content-Length." } },
	{ has_encoding, { 400, "Transfer-Encoding: requests have no body here." } },
	{ lacks_host, { 400, "No Host." } },
	{ is_foreign, { 421, "The Host is none of this server's: use its address or localhost." } },
	{ is_nowhere, { 404, "No such path; / lists those there are." } },
	{ is_other_method, { 405, "Only GET and HEAD." } },
	{ has_length, { 413, "Content-Length: requests have no body here." } },
};

bool http_head_has_body(const struct http_head *head)
{
	return has_encoding(head) || has_length(head);
}

struct http_refusal http_refuse(const struct http_head *head)
{
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		if (checks[i].fails(head))
			return checks[i].refusal;
	return (struct http_refusal){ 0 };
}
