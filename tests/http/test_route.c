/* SPDX-License-Identifier: MIT */
/* Tests of http/route.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/route.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void answer_nothing(void *context, const struct http_request *request,
			   struct http_answer *answer)
{
	(void)context;
	(void)request;
	(void)answer;
}

static const struct http_route routes[] = {
	{ "/", "root", answer_nothing },
	{ "/metrics", "metrics", answer_nothing },
	{ "/health", "health", answer_nothing },
	{ "/health/detailed", "health_detailed", answer_nothing },
};

static void a_path_finds_its_own_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(routes); i++)
		assert_ptr_equal(http_route_find(routes, COUNT(routes), routes[i].path), &routes[i]);
}

static void a_path_that_is_only_alike_finds_none(void **state)
{
	static const char *const paths[] = { "",   "/metric", "/metrics/", "/Metrics",
					     "//", "metrics", "/health/x" };

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++)
		assert_null(http_route_find(routes, COUNT(routes), paths[i]));
	assert_null(http_route_find(NULL, 0, "/"));
}

static void assert_problem(unsigned status, const char *detail, const char *want)
{
	struct http_answer answer;

	http_problem(&answer, status, detail);
	assert_int_equal(answer.status, status);
	assert_string_equal(answer.content_type, "application/problem+json");
	assert_int_equal(answer.length, strlen(want));
	assert_memory_equal(answer.body, want, answer.length);
	assert_null(answer.body_free);
	free(answer.body);
}

static void a_problem_is_json_with_its_title(void **state)
{
	(void)state;
	assert_problem(404, "No such path.",
		       "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
		       "\"detail\":\"No such path.\"}\n");
	assert_problem(421, "x",
		       "{\"type\":\"about:blank\",\"title\":\"Misdirected Request\",\"status\":421,"
		       "\"detail\":\"x\"}\n");
	assert_problem(
		599, NULL,
		"{\"type\":\"about:blank\",\"title\":\"Error\",\"status\":599,\"detail\":\"\"}\n");
}

static void a_hostile_detail_stays_inside_its_string(void **state)
{
	(void)state;
	assert_problem(400, "\"},\\{\n\t\x1F\x7F\xFF\xC3\xA4\xE2\"",
		       "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
		       "\"detail\":\"\\\"},\\\\{"
		       "\\u000a\\u0009\\u001f\x7F\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD\\\"\"}\n");
}

static void a_detail_of_escapes_alone_fits(void **state)
{
	enum { SIZE = 64 * 1024 };
	struct http_answer answer;
	char *detail = malloc(SIZE + 1);

	(void)state;
	memset(detail, 1, SIZE); /* each becomes six bytes, the most there is */
	detail[SIZE] = '\0';
	http_problem(&answer, 503, detail);
	assert_in_range(answer.length, 6 * SIZE, 6 * SIZE + 160);
	assert_memory_equal(answer.body + answer.length - 9, "\\u0001\"}\n", 9);
	free(answer.body);
	free(detail);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_finds_its_own_row),
		cmocka_unit_test(a_path_that_is_only_alike_finds_none),
		cmocka_unit_test(a_problem_is_json_with_its_title),
		cmocka_unit_test(a_hostile_detail_stays_inside_its_string),
		cmocka_unit_test(a_detail_of_escapes_alone_fits),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
