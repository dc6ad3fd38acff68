/* SPDX-License-Identifier: MIT */
/* Tests of collector/http_log.c: how often what strangers cause is told, and what is said of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/http_log.h"
#include "collector/instant.h"

enum { THREADS = 4, EACH = 1000 };

static uint64_t clock_ns; /* of the tests */

static uint64_t injected_ns(void)
{
	return clock_ns;
}

struct desk {
	struct log log;
	struct http_log http;
	char text[8192];
};

static int make_desk(void **state)
{
	static struct desk desk;
	const int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	log_open(&desk.log, fd, LOG_JSON);
	http_log_init(&desk.http, &desk.log);
	desk.http.now_ns = injected_ns;
	clock_ns = 5 * NS_A_SECOND; /* soon after the machine's start, too, the first one is told */
	*state = &desk;
	return fd < 0;
}

static int free_desk(void **state)
{
	return close(((struct desk *)*state)->log.fd);
}

static unsigned lines_of(struct desk *desk, const char *part)
{
	unsigned count = 0;

	memset(desk->text, 0, sizeof desk->text);
	(void)!pread(desk->log.fd, desk->text, sizeof desk->text - 1, 0);
	for (const char *at = desk->text; (at = strstr(at, part)); at++)
		count++;
	return count;
}

static void a_flood_is_one_line_a_minute_that_says_how_many_there_were(void **state)
{
	struct desk *desk = *state;

	for (unsigned i = 0; i < 100; i++)
		http_log_message(&desk->http, "too large");
	assert_int_equal(lines_of(desk, "\n"), 1);
	assert_int_equal(lines_of(desk, "\"too large\",\"metadata\":{\"left_out\":0}"), 1);
	clock_ns += 60 * NS_A_SECOND - 1;
	http_log_message(&desk->http, "too large");
	assert_int_equal(lines_of(desk, "\n"), 1);
	clock_ns++;
	for (unsigned i = 0; i < 10; i++)
		http_log_message(&desk->http, "malformed");
	assert_int_equal(lines_of(desk, "\n"), 2);
	assert_int_equal(lines_of(desk, "\"malformed\",\"metadata\":{\"left_out\":100}"), 1);
	clock_ns += 3600 * NS_A_SECOND;
	http_log_message(&desk->http, "malformed");
	assert_int_equal(lines_of(desk, "\n"), 3);
	assert_int_equal(lines_of(desk, "\"left_out\":9}"), 1);
}

static void a_refused_order_is_a_security_event_that_no_flood_of_others_hides(void **state)
{
	struct desk *desk = *state;

	for (unsigned i = 0; i < 100; i++)
		http_log_message(&desk->http, "too large");
	for (unsigned i = 0; i < 3; i++)
		http_log_denied(&desk->http, "silence", "127.0.0.1");
	assert_int_equal(lines_of(desk, "\n"), 2);
	assert_int_equal(lines_of(desk, "{\"event_type\":\"security\",\"action\":\"silence\",\"ip_"
					"address\":\"127.0.0.1\",\"left_out\":0}"),
			 1);
	clock_ns += 60 * NS_A_SECOND;
	http_log_denied(&desk->http, "forget", "::1");
	assert_int_equal(
		lines_of(desk, "\"action\":\"forget\",\"ip_address\":\"::1\",\"left_out\":2}"), 1);
}

static void *tell_many(void *context)
{
	for (unsigned i = 0; i < EACH; i++)
		http_log_message(context, "too large");
	return NULL;
}

/* Of the lines so far. */
static uint64_t left_out(const struct desk *desk)
{
	uint64_t sum = 0, one;

	for (const char *at = desk->text; (at = strstr(at, "\"left_out\":")); at++)
		if (sscanf(at, "\"left_out\":%" SCNu64, &one) == 1)
			sum += one;
	return sum;
}

static void of_threads_that_come_at_once_one_tells_and_all_are_counted(void **state)
{
	struct desk *desk = *state;
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, tell_many, &desk->http), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(lines_of(desk, "\n"), 1);
	clock_ns += 60 * NS_A_SECOND;
	http_log_message(&desk->http, "too large");
	assert_int_equal(lines_of(desk, "\n"), 2);
	assert_int_equal(left_out(desk), THREADS * EACH - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_flood_is_one_line_a_minute_that_says_how_many_there_were, make_desk,
			free_desk),
		cmocka_unit_test_setup_teardown(
			a_refused_order_is_a_security_event_that_no_flood_of_others_hides,
			make_desk, free_desk),
		cmocka_unit_test_setup_teardown(
			of_threads_that_come_at_once_one_tells_and_all_are_counted, make_desk,
			free_desk),
	};

	return cmocka_run_group_tests_name("http_log", tests, NULL, NULL);
}
