/* SPDX-License-Identifier: MIT */
/* Tests of http/refusal.c and http/host.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/host.h"
#include "http/refusal.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void a_host_is_ours_or_foreign(void **state)
{
	static const struct {
		const char *host;
		bool want;
	} rows[] = {
		{ "127.0.0.1", true },
		{ "127.0.0.1:19815", true },
		{ "192.0.2.7:80", true },
		{ "[::1]", true },
		{ "[::1]:19815", true },
		{ "[2001:db8::1]:1", true },
		{ "localhost", true },
		{ "LocalHost:19815", true },
		{ "localhost:", true },
		{ "Studio-3", true },
		{ "studio-3:19815", true },
		{ "", false },
		{ ":80", false },
		{ "evil.example", false },
		{ "localhost.evil.example", false },
		{ "evil.example:127.0.0.1", false },
		{ "127.0.0.1.evil.example", false },
		{ "127.0.0.1:80@evil.example", false },
		{ "127.0.0.1:80:80", false },
		{ "127.1", false }, /* a name to a browser's resolver */
		{ "localhost.", false },
		{ "localhos", false },
		{ "studio-33", false },
		{ "::1", false },
		{ "[::1", false },
		{ "[::1]x", false },
		{ "[::1]:x", false },
		{ "[]", false },
		{ "[127.0.0.1]", false },
		{ "[evil.example]", false },
		{ "[::1]:80]", false },
		{ "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (host_is_ours(rows[i].host, "studio-3") != rows[i].want)
			fail_msg("%s", rows[i].host);
	}
	assert_false(host_is_ours("", "")); /* a machine without a name makes no empty Host its own */
}

static const struct http_route route = { "/metrics", "metrics", NULL };

static void the_first_check_that_fails_answers(void **state)
{
	static const struct {
		const char *method, *version, *host, *length, *encoding;
		unsigned hosts, lengths;
		const struct http_route *route;
		unsigned want;
		bool body;
	} rows[] = {
		{ "GET", "HTTP/1.1", "localhost", NULL, NULL, 1, 0, &route, 0, false },
		{ "HEAD", "HTTP/1.1", "localhost", NULL, NULL, 1, 0, &route, 0, false },
		{ "GET", "HTTP/1.0", NULL, NULL, NULL, 0, 0, &route, 0, false },
		{ "GET", "HTTP/1.1", "localhost", "0", NULL, 1, 1, &route, 0, false },
		{ "GET", "HTTP/1.1", "localhost", "000", NULL, 1, 1, &route, 0, false },
		{ "GET", "HTTP/1.1", NULL, NULL, NULL, 0, 0, &route, 400, false },
		{ "GET", "HTTP/1.1", "localhost", NULL, NULL, 2, 0, &route, 400, false },
		{ "GET", "HTTP/1.1", "localhost", "0", NULL, 1, 2, &route, 400, false },
		{ "GET", "HTTP/1.1", "localhost", NULL, "chunked", 1, 0, &route, 400, true },
		{ "POST", "HTTP/1.1", "evil.example", "5", "chunked", 1, 1, NULL, 400, true },
		{ "GET", "HTTP/1.1", "evil.example", NULL, NULL, 1, 0, &route, 421, false },
		{ "GET", "HTTP/1.0", "evil.example", NULL, NULL, 1, 0, &route, 421, false },
		{ "POST", "HTTP/1.1", "evil.example", "5", NULL, 1, 1, NULL, 421, true },
		{ "POST", "HTTP/1.1", "localhost", "5", NULL, 1, 1, NULL, 404, true },
		{ "POST", "HTTP/1.1", "localhost", "5", NULL, 1, 1, &route, 405, true },
		{ "get", "HTTP/1.1", "localhost", NULL, NULL, 1, 0, &route, 405, false },
		{ "GET", "HTTP/1.1", "localhost", "5", NULL, 1, 1, &route, 413, true },
		{ "HEAD", "HTTP/1.1", "localhost", "05", NULL, 1, 1, &route, 413, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_head head = {
			.method = rows[i].method,
			.path = "/metrics",
			.version = rows[i].version,
			.host = rows[i].host,
			.content_length = rows[i].length,
			.transfer_encoding = rows[i].encoding,
			.hosts = rows[i].hosts,
			.content_lengths = rows[i].lengths,
			.own_name = "studio-3",
			.route = rows[i].route,
		};
		struct http_refusal refusal = http_refuse(&head);

		if (refusal.status != rows[i].want || http_head_has_body(&head) != rows[i].body)
			fail_msg("row %zu: %u", i, refusal.status);
		assert_true(!refusal.detail == !refusal.status);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_ours_or_foreign),
		cmocka_unit_test(the_first_check_that_fails_answers),
	};

	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
