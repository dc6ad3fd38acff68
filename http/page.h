/* SPDX-License-Identifier: MIT */
/* The last rendered body of one page, kept for its generation: a hundred scrapes of one snapshot
 * cost one rendering. Any H thread; a mutex inside, held only to look up and to store, never
 * while rendering or sending. Bodies are reference-counted: one that is being sent outlives its
 * replacement. */
#ifndef AUDIOWATCH_HTTP_PAGE_H
#define AUDIOWATCH_HTTP_PAGE_H

#include "http/route.h"

struct http_page;
struct http_page *http_page_new(void);
void http_page_free(struct http_page *page);

/* Fills the answer from the kept body when it is of this generation (true); the answer then
 * holds a reference that the server drops. */
bool http_page_get(struct http_page *page, uint64_t generation, struct http_answer *answer);

/* Stores a malloc()ed body (taken over, also on failure) and fills the answer with it. An older
 * generation never replaces a newer one, but is answered all the same. */
void http_page_put(struct http_page *page, uint64_t generation, const char *content_type,
		   char *body, size_t length, struct http_answer *answer);

#endif
