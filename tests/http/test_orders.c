/* SPDX-License-Identifier: MIT */
/* Tests of orders (POST): who may give them, which are refused before they are read, and how their body comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/refusal.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define JSON "Content-Type: application/json\r\n"

static void tell(void *context, const struct http_request *request, struct http_answer *answer)
{
	(void)context;
	answer->length = (size_t)asprintf(&answer->body, "%s", request->method);
}

/* "uid pid body" */
static void obey(void *context, const struct http_request *request, struct http_answer *answer)
{
	(void)context;
	assert_int_equal(strlen(request->body), request->body_length);
	answer->length = (size_t)asprintf(&answer->body, "%u %u %s", request->peer.uid,
					  (unsigned)request->peer.pid, request->body);
}

static const struct http_route routes[] = { { "/look", "look", tell }, { "/both", "both", tell } };
static const struct http_route orders[] = { { "/both", "both", obey }, { "/order", "order", obey } };

/* ---- the table ---- */

static void an_order_passes_or_the_first_check_that_fails_answers(void **state)
{
	static const struct {
		const char *method, *type, *length;
		bool trusted;
		const struct http_route *route, *order;
		unsigned want;
	} rows[] = {
		{ "POST", "application/json", "9", true, NULL, &orders[1], 0 },
		{ "POST", "Application/JSON; charset=utf-8", "4096", true, NULL, &orders[1], 0 },
		{ "POST", "application/json", NULL, true, &routes[1], &orders[0], 0 },
		{ "GET", NULL, NULL, false, &routes[1], &orders[0], 0 },
		{ "POST", "application/json", "9", false, NULL, &orders[1], 403 },
		{ "POST", "text/plain", "4097", false, NULL, &orders[1], 403 },
		{ "POST", "text/plain", "4097", true, NULL, &orders[1], 413 },
		{ "POST", "application/json", "99999999999999999999999", true, NULL, &orders[1],
		  413 },
		{ "POST", "text/plain", "9", true, NULL, &orders[1], 415 },
		{ "POST", "application/jsonx", "9", true, NULL, &orders[1], 415 },
		{ "POST", "application/jso", "9", true, NULL, &orders[1], 415 },
		{ "POST", NULL, "9", true, NULL, &orders[1], 415 },
		{ "GET", NULL, NULL, true, NULL, &orders[1], 405 },
		{ "PUT", "application/json", "9", true, &routes[1], &orders[0], 405 },
		{ "POST", "application/json", "9", true, &routes[0], NULL, 405 },
		{ "POST", "application/json", "9", true, NULL, NULL, 404 },
		{ "GET", NULL, "9", true, &routes[1], &orders[0], 413 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct http_head head = { .method = rows[i].method,
						.version = "HTTP/1.1",
						.host = "localhost",
						.hosts = 1,
						.own_name = "",
						.content_length = rows[i].length,
						.content_type = rows[i].type,
						.trusted = rows[i].trusted,
						.route = rows[i].route,
						.order = rows[i].order };
		const struct http_refusal refusal = http_refuse(&head);

		if (refusal.status != rows[i].want)
			fail_msg("row %zu: %u", i, refusal.status);
	}
}

/* ---- over sockets ---- */

struct world {
	struct http_server *server;
	char folder[64], control[96], other[96];
	pthread_mutex_t lock;
	char denied[128]; /* under the lock: "order address;" W: the H threads */
};

static void note_denied(void *context, const struct http_route *order, const char *address)
{
	struct world *world = context;
	size_t used;

	pthread_mutex_lock(&world->lock);
	used = strlen(world->denied);
	snprintf(world->denied + used, sizeof world->denied - used, "%s %s;", order->handler,
		 address);
	pthread_mutex_unlock(&world->lock);
}

static int start(void **state)
{
	static struct world world;
	const char *const listen[] = { "127.0.0.1:0", world.other, world.control };
	const struct http_options options = { .listen = listen,
					      .listen_count = COUNT(listen),
					      .routes = routes,
					      .route_count = COUNT(routes),
					      .orders = orders,
					      .order_count = COUNT(orders),
					      .control = world.control,
					      .context = &world,
					      .denied = note_denied };
	char error[512];

	world = (struct world){ .lock = PTHREAD_MUTEX_INITIALIZER,
				.folder = "/tmp/audiowatch-orders-XXXXXX" };
	assert_non_null(mkdtemp(world.folder));
	snprintf(world.control, sizeof world.control, "unix:%s/control", world.folder);
	snprintf(world.other, sizeof world.other, "unix:%s/other", world.folder);
	assert_int_equal(http_server_start(&options, &world.server, error, sizeof error), 0);
	*state = &world;
	return 0;
}

static int stop(void **state)
{
	struct world *world = *state;

	http_server_stop(world->server);
	return rmdir(world->folder);
}

static int reach_unix(const char *address)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof to.sun_path, "%s", address + strlen("unix:"));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static int reach_port(unsigned port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

/* Until the other end has read all of it. */
static void wait_read(int fd)
{
	int left = 1;

	for (unsigned naps = 0; left && naps < 10000; naps++) {
		assert_int_equal(ioctl(fd, SIOCOUTQ, &left), 0);
		usleep(left ? 1000 : 0);
	}
	assert_int_equal(left, 0);
}

/* The second half behind the first, once that was read; the answer up to the connection's end. */
static const char *ask(int fd, const char *request, size_t first)
{
	static char answer[16384];
	size_t used = 0;
	ssize_t got;

	assert_int_equal(send(fd, request, first, MSG_NOSIGNAL), first);
	wait_read(fd);
	(void)send(fd, request + first, strlen(request + first), MSG_NOSIGNAL);
	while ((got = recv(fd, answer + used, sizeof answer - 1 - used, 0)) > 0)
		used += (size_t)got;
	answer[used] = '\0';
	close(fd);
	return answer;
}

static void assert_answer(const char *answer, unsigned status, const char *part)
{
	unsigned is = 0;

	(void)sscanf(answer, "HTTP/1.%*1[01] %u", &is);
	if (is != status || !strstr(answer, part))
		fail_msg("%u %s, not %u %s", is, answer, status, part);
}

static void the_control_socket_is_obeyed_and_no_other_door(void **state)
{
	static const char order[] =
		"POST /order HTTP/1.0\r\nHost: localhost\r\n" JSON "Content-Length: 2\r\n\r\n{}";
	struct world *world = *state;
	char want[64];

	snprintf(want, sizeof want, "\r\n\r\n%u %u {}", getuid(), (unsigned)getpid());
	assert_answer(ask(reach_unix(world->control), order, 3), 200, want);
	assert_answer(ask(reach_unix(world->other), order, 3), 403, "application/problem+json");
	assert_answer(ask(reach_port(http_server_port(world->server, 0)), order, 3), 403,
		      "control socket");
	pthread_mutex_lock(&world->lock); /* each is told before it is answered */
	assert_string_equal(world->denied, "order unix;order 127.0.0.1;");
	pthread_mutex_unlock(&world->lock);
}

static void a_body_may_come_in_pieces_and_may_be_missing(void **state)
{
	const struct world *world = *state;
	static const char head[] = "POST /both HTTP/1.0\r\nHost: localhost\r\n" JSON;
	char order[8192], body[4097];

	memset(body, ' ', sizeof body - 1);
	body[0] = '{';
	body[4095] = '}';
	body[4096] = '\0';
	snprintf(order, sizeof order, "%sContent-Length: 4096\r\n\r\n%s", head, body);
	for (size_t cut = strlen(head); cut < strlen(order); cut += 500)
		assert_answer(ask(reach_unix(world->control), order, cut), 200, body);
	snprintf(order, sizeof order, "%s\r\n", head);
	snprintf(body, sizeof body, "\r\n\r\n%u %u ", getuid(), (unsigned)getpid());
	assert_answer(ask(reach_unix(world->control), order, 5), 200, body);
	snprintf(order, sizeof order, "%sContent-Length: 4097\r\n\r\n", head);
	assert_answer(ask(reach_unix(world->control), order, 5), 413, "4096");
}

static void allow_lists_what_a_path_takes(void **state)
{
	static const struct {
		const char *path, *allow;
	} rows[] = { { "/look", "\r\nAllow: GET, HEAD\r\n" },
		     { "/both", "\r\nAllow: GET, HEAD, POST\r\n" },
		     { "/order", "\r\nAllow: POST\r\n" } };
	const struct world *world = *state;
	char request[128];

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(request, sizeof request, "PUT %s HTTP/1.0\r\n\r\n", rows[i].path);
		assert_answer(ask(reach_unix(world->control), request, 3), 405, rows[i].allow);
	}
	assert_answer(ask(reach_unix(world->control), "GET /order HTTP/1.0\r\n\r\n", 3), 405,
		      "\r\nAllow: POST\r\n");
	assert_answer(ask(reach_unix(world->control), "GET /both HTTP/1.0\r\n\r\n", 3), 200, "GET");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_passes_or_the_first_check_that_fails_answers),
		cmocka_unit_test_setup_teardown(the_control_socket_is_obeyed_and_no_other_door,
						start, stop),
		cmocka_unit_test_setup_teardown(a_body_may_come_in_pieces_and_may_be_missing, start,
						stop),
		cmocka_unit_test_setup_teardown(allow_lists_what_a_path_takes, start, stop),
	};

	return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}
