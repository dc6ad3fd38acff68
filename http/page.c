/* SPDX-License-Identifier: MIT */
/* The last rendered body of one page, kept for its generation. Any H thread. */
#include "http/page.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* One rendered body: the page holds one reference, each answer on its way out another. */
struct page_body {
	atomic_uint references;
	uint64_t generation;
	const char *content_type;
	char *bytes;
	size_t length;
};

struct http_page {
	pthread_mutex_t lock;
	struct page_body *kept; /* under lock; NULL before the first */
};

static void body_release(void *owner)
{
	struct page_body *body = owner;

	/* acq_rel: every use of the bytes, by whichever thread, comes before the last release frees them */
	if (!body || atomic_fetch_sub_explicit(&body->references, 1, memory_order_acq_rel) != 1)
		return;
	free(body->bytes);
	free(body);
}

/* relaxed: who takes a reference already has one, or the lock under which the page has one. */
static void answer_from(struct page_body *body, struct http_answer *answer)
{
	atomic_fetch_add_explicit(&body->references, 1, memory_order_relaxed);
	*answer = (struct http_answer){
		.status = 200,
		.content_type = body->content_type,
		.body = body->bytes,
		.length = body->length,
		.body_free = body_release,
		.body_owner = body,
	};
}

struct http_page *http_page_new(void)
{
	struct http_page *page = calloc(1, sizeof *page);

	if (page)
		pthread_mutex_init(&page->lock, NULL);
	return page;
}

void http_page_free(struct http_page *page)
{
	if (!page)
		return;
	body_release(page->kept);
	pthread_mutex_destroy(&page->lock);
	free(page);
}

bool http_page_get(struct http_page *page, uint64_t generation, struct http_answer *answer)
{
	bool found;

	pthread_mutex_lock(&page->lock);
	found = page->kept && page->kept->generation == generation;
	if (found)
		answer_from(page->kept, answer);
	pthread_mutex_unlock(&page->lock);
	return found;
}

/* Puts the body in the page's place unless that is as new; the reference to drop is the
 * caller's. */
static struct page_body *keep_newer(struct http_page *page, struct page_body *body)
{
	struct page_body *drop = body;

	pthread_mutex_lock(&page->lock);
	if (!page->kept || page->kept->generation < body->generation) {
		drop = page->kept;
		page->kept = body;
	}
	pthread_mutex_unlock(&page->lock);
	return drop;
}

void http_page_put(struct http_page *page, uint64_t generation, const char *content_type,
		   char *bytes, size_t length, struct http_answer *answer)
{
	struct page_body *body;

	if (!bytes) {
		http_problem(answer, 503, "No memory for this page; try again.");
		return;
	}
	*answer = (struct http_answer){
		.status = 200, .content_type = content_type, .body = bytes, .length = length
	};
	body = malloc(sizeof *body);
	if (!body)
		return; /* answered all the same, but not kept */
	*body = (struct page_body){ 1, generation, content_type, bytes, length };
	answer_from(body, answer);
	body_release(keep_newer(page, body));
}
