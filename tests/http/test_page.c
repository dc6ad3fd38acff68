/* SPDX-License-Identifier: MIT */
/* Tests of http/page.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/page.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop(struct http_answer *answer)
{
	if (answer->body_free)
		answer->body_free(answer->body_owner);
	else
		free(answer->body);
	*answer = (struct http_answer){ 0 };
}

static void put(struct http_page *page, uint64_t generation, const char *text,
		struct http_answer *answer)
{
	http_page_put(page, generation, "text/x", strdup(text), strlen(text), answer);
}

static void assert_answer(const struct http_answer *answer, const char *want)
{
	assert_int_equal(answer->status, 200);
	assert_string_equal(answer->content_type, "text/x");
	assert_int_equal(answer->length, strlen(want));
	assert_memory_equal(answer->body, want, answer->length);
}

static void an_empty_page_has_no_generation(void **state)
{
	struct http_page *page = http_page_new();
	struct http_answer answer = { 0 };

	(void)state;
	assert_false(http_page_get(page, 0, &answer));
	assert_false(http_page_get(page, 1, &answer));
	assert_null(answer.body);
	http_page_free(page);
	http_page_free(NULL);
}

static void a_body_is_rendered_once_a_generation(void **state)
{
	struct http_page *page = http_page_new();
	struct http_answer first, second;

	(void)state;
	put(page, 7, "seven", &first);
	assert_true(http_page_get(page, 7, &second));
	assert_answer(&second, "seven");
	assert_ptr_equal(first.body, second.body);
	drop(&first);
	drop(&second);
	assert_false(http_page_get(page, 6, &first));
	assert_false(http_page_get(page, 8, &first));
	http_page_free(page);
}

static void a_body_being_sent_outlives_its_replacement_and_the_page(void **state)
{
	struct http_page *page = http_page_new();
	struct http_answer old, fresh;

	(void)state;
	put(page, 1, "old", &old);
	put(page, 2, "fresh", &fresh);
	assert_answer(&old, "old");
	http_page_free(page);
	assert_answer(&old, "old");
	assert_answer(&fresh, "fresh");
	drop(&old);
	drop(&fresh);
}

static void an_older_generation_is_answered_and_not_kept(void **state)
{
	struct http_page *page = http_page_new();
	struct http_answer fresh, late, again;

	(void)state;
	put(page, 5, "fresh", &fresh);
	put(page, 4, "late", &late);
	assert_answer(&late, "late");
	assert_false(http_page_get(page, 4, &again));
	assert_true(http_page_get(page, 5, &again));
	assert_answer(&again, "fresh");
	drop(&fresh);
	drop(&late);
	drop(&again);
	http_page_free(page);
}

static void of_two_renderings_of_one_generation_the_first_is_kept(void **state)
{
	struct http_page *page = http_page_new();
	struct http_answer first, second, again;

	(void)state;
	put(page, 5, "one", &first);
	put(page, 5, "two", &second);
	assert_answer(&second, "two");
	assert_true(http_page_get(page, 5, &again));
	assert_answer(&again, "one");
	drop(&first);
	drop(&second);
	drop(&again);
	http_page_free(page);
}

static void a_body_that_memory_refused_is_a_503(void **state)
{
	struct http_page *page = http_page_new();
	struct http_answer answer;

	(void)state;
	http_page_put(page, 1, "text/x", NULL, 0, &answer);
	assert_int_equal(answer.status, 503);
	assert_string_equal(answer.content_type, "application/problem+json");
	drop(&answer);
	assert_false(http_page_get(page, 1, &answer));
	http_page_free(page);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 20000 };

struct shared {
	struct http_page *page;
	atomic_uint_fast64_t generation;
	atomic_uint hits, misses, wrong;
};

/* A body says its generation many times, so that a freed or mixed one would be seen. */
static char *render(uint64_t generation, size_t *length)
{
	char *body = malloc(sizeof "0123456789abcdef" * 32), *end = body;

	for (unsigned i = 0; i < 32; i++)
		end += sprintf(end, "%016" PRIx64, generation);
	*length = (size_t)(end - body);
	return body;
}

static bool is_rendering_of(uint64_t generation, const struct http_answer *answer)
{
	size_t length;
	char *want = render(generation, &length);
	bool same = answer->length == length && memcmp(answer->body, want, length) == 0;

	free(want);
	return same;
}

static void scrape_once(struct shared *shared, bool step)
{
	uint64_t generation = atomic_load(&shared->generation);
	struct http_answer answer;
	size_t length;
	char *body;

	if (step)
		atomic_fetch_add(&shared->generation, 1);
	if (http_page_get(shared->page, generation, &answer)) {
		atomic_fetch_add(&shared->hits, 1);
	} else {
		atomic_fetch_add(&shared->misses, 1);
		body = render(generation, &length);
		http_page_put(shared->page, generation, "text/x", body, length, &answer);
	}
	if (!is_rendering_of(generation, &answer))
		atomic_fetch_add(&shared->wrong, 1);
	drop(&answer);
}

static void *scrape(void *argument)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		scrape_once(argument, i % 16 == 0);
	return NULL;
}

static void threads_that_get_and_put_at_once_see_whole_bodies(void **state)
{
	struct shared shared = { .page = http_page_new() };
	pthread_t threads[THREADS];

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, scrape, &shared), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(shared.wrong, 0);
	assert_int_equal(shared.hits + shared.misses, THREADS * ROUNDS);
	assert_int_not_equal(shared.hits, 0);
	assert_int_not_equal(shared.misses, 0);
	http_page_free(shared.page);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_page_has_no_generation),
		cmocka_unit_test(a_body_is_rendered_once_a_generation),
		cmocka_unit_test(a_body_being_sent_outlives_its_replacement_and_the_page),
		cmocka_unit_test(an_older_generation_is_answered_and_not_kept),
		cmocka_unit_test(of_two_renderings_of_one_generation_the_first_is_kept),
		cmocka_unit_test(a_body_that_memory_refused_is_a_503),
		cmocka_unit_test(threads_that_get_and_put_at_once_see_whole_bodies),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
