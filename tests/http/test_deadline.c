/* SPDX-License-Identifier: MIT */
/* Tests of http/deadline.c: the clock is ours, but for the one test of the thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/deadline.h"

#include <sys/socket.h>
#include <unistd.h>

enum { LIMIT_NS = 1000 };

/* A connection: the server's end, and the client's that sees whether it was shut down. */
struct pair {
	int server, client;
};

static struct pair pair_open(void)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	return (struct pair){ fd[0], fd[1] };
}

static void pair_close(struct pair pair)
{
	close(pair.server);
	close(pair.client);
}

static bool was_shut_down(struct pair pair)
{
	char byte;

	return recv(pair.client, &byte, 1, MSG_DONTWAIT) == 0;
}

static void a_connection_is_shut_down_at_its_deadline_and_not_before(void **state)
{
	struct deadline deadline;
	struct deadline_entry *entry;
	struct pair pair = pair_open();

	(void)state;
	deadline_init(&deadline, LIMIT_NS);
	entry = deadline_add(&deadline, pair.server, 5000);
	assert_int_equal(deadline_sweep(&deadline, 5000 + LIMIT_NS - 1), 0);
	assert_false(was_shut_down(pair));
	assert_int_equal(deadline_sweep(&deadline, 5000 + LIMIT_NS), 1);
	assert_true(was_shut_down(pair));
	assert_int_equal(deadline_sweep(&deadline, 5000 + 3 * LIMIT_NS), 0); /* once is enough */
	deadline_remove(&deadline, entry);
	deadline_deinit(&deadline);
	pair_close(pair);
}

static void an_answer_in_time_starts_the_deadline_anew(void **state)
{
	struct deadline deadline;
	struct deadline_entry *slow, *quick;
	struct pair of_slow = pair_open(), of_quick = pair_open();

	(void)state;
	deadline_init(&deadline, LIMIT_NS);
	quick = deadline_add(&deadline, of_quick.server, 0);
	slow = deadline_add(&deadline, of_slow.server, 1);
	deadline_renew(&deadline, quick, 900);
	assert_int_equal(deadline_sweep(&deadline, 1 + LIMIT_NS), 1);
	assert_true(was_shut_down(of_slow));
	assert_false(was_shut_down(of_quick));
	assert_int_equal(deadline_sweep(&deadline, 900 + LIMIT_NS), 1);
	assert_true(was_shut_down(of_quick));
	deadline_remove(&deadline, slow);
	deadline_remove(&deadline, quick);
	deadline_deinit(&deadline);
	pair_close(of_slow);
	pair_close(of_quick);
}

static void a_connection_that_closed_is_left_alone(void **state)
{
	struct deadline deadline;
	struct pair pair = pair_open();

	(void)state;
	deadline_init(&deadline, LIMIT_NS);
	deadline_remove(&deadline, deadline_add(&deadline, pair.server, 0));
	deadline_remove(&deadline, NULL);
	deadline_renew(&deadline, NULL, 0);
	assert_int_equal(deadline_sweep(&deadline, UINT64_MAX), 0);
	assert_false(was_shut_down(pair));
	deadline_deinit(&deadline);
	pair_close(pair);
}

static void one_from_the_future_is_not_overdue(void **state)
{
	struct deadline deadline;
	struct deadline_entry *entry;
	struct pair pair = pair_open();

	(void)state;
	deadline_init(&deadline, LIMIT_NS);
	entry = deadline_add(&deadline, pair.server, 5000);
	assert_int_equal(deadline_sweep(&deadline, 4999), 0); /* minus one is not 2^64 - 1 */
	deadline_remove(&deadline, entry);
	deadline_deinit(&deadline);
	pair_close(pair);
}

static void the_thread_sweeps_and_stops(void **state)
{
	struct deadline deadline;
	struct deadline_entry *entry;
	struct pair pair = pair_open();
	char byte;

	(void)state;
	deadline_init(&deadline, LIMIT_NS);
	assert_int_equal(deadline_start(&deadline), 0);
	entry = deadline_add(&deadline, pair.server, deadline_now_ns());
	assert_int_equal(recv(pair.client, &byte, 1, 0), 0); /* waits for as long as it takes */
	deadline_stop(&deadline);
	deadline_remove(&deadline, entry);
	deadline_deinit(&deadline);
	pair_close(pair);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_shut_down_at_its_deadline_and_not_before),
		cmocka_unit_test(an_answer_in_time_starts_the_deadline_anew),
		cmocka_unit_test(a_connection_that_closed_is_left_alone),
		cmocka_unit_test(one_from_the_future_is_not_overdue),
		cmocka_unit_test(the_thread_sweeps_and_stops),
	};

	return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
