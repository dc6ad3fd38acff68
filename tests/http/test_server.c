/* SPDX-License-Identifier: MIT */
/* Tests of http/server.c and http/dispatch.c, over real sockets on 127.0.0.1 and any free port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/dispatch.h"
#include "http/page.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- what is served ---- */

enum { BIG_BYTES = 4 * 1024 * 1024 };

struct served {
	struct http_page *page;
	atomic_uint released; /* bodies given back through body_free */
	atomic_uint counted, counted_405; /* answers told to count() */
	atomic_uint counted_nowhere;
};

static void answer_hello(void *context, const struct http_request *request,
			 struct http_answer *answer)
{
	(void)context;
	(void)request;
	*answer = (struct http_answer){ .content_type = "text/plain",
					.body = strdup("hello\n"),
					.length = 6 };
}

/* What a route can see of its request. */
static void answer_echo(void *context, const struct http_request *request,
			struct http_answer *answer)
{
	const char *format = request->query(request, "format"),
		   *accept = request->header(request, "accept");
	int length;

	(void)context;
	length = asprintf(&answer->body, "%s %s format=%s accept=%s", request->method,
			  request->path, format ? format : "-", accept ? accept : "-");
	answer->length = (size_t)length;
}

static void release_owner(void *owner)
{
	struct served *served = owner;

	atomic_fetch_add(&served->released, 1);
}

static void answer_owned(void *context, const struct http_request *request,
			 struct http_answer *answer)
{
	static char body[] = "owned";

	(void)request;
	answer->body = body;
	answer->length = 5;
	answer->body_free = release_owner;
	answer->body_owner = context;
}

static void answer_nothing(void *context, const struct http_request *request,
			   struct http_answer *answer)
{
	(void)context;
	(void)request;
	*answer = (struct http_answer){ .status = 503 };
}

static void answer_big(void *context, const struct http_request *request, struct http_answer *answer)
{
	struct served *served = context;
	char *body;

	(void)request;
	if (http_page_get(served->page, 1, answer))
		return;
	body = malloc(BIG_BYTES);
	memset(body, 'x', BIG_BYTES);
	http_page_put(served->page, 1, "text/plain", body, BIG_BYTES, answer);
}

static const struct http_route routes[] = {
	{ "/hello", "hello", answer_hello }, { "/echo", "echo", answer_echo },
	{ "/owned", "owned", answer_owned }, { "/nothing", "nothing", answer_nothing },
	{ "/big", "big", answer_big },
};

static void count(void *context, const struct http_route *route, unsigned status)
{
	struct served *served = context;

	atomic_fetch_add(&served->counted, 1);
	if (status == 405 && route == &routes[0])
		atomic_fetch_add(&served->counted_405, 1);
	if (status == 404 && !route)
		atomic_fetch_add(&served->counted_nowhere, 1);
}

static struct served served;
static char error[512];

static struct http_options options_for(const char *const *listen, size_t listen_count)
{
	return (struct http_options){
		.listen = listen,
		.listen_count = listen_count,
		.routes = routes,
		.route_count = COUNT(routes),
		.context = &served,
		.count = count,
	};
}

static int start(void **state)
{
	static const char *const listen[] = { "127.0.0.1:0" };
	struct http_options options = options_for(listen, 1);
	struct http_server *server;

	served = (struct served){ .page = http_page_new() };
	if (http_server_start(&options, &server, error, sizeof error) < 0)
		return -1;
	*state = server;
	return 0;
}

static int stop(void **state)
{
	http_server_stop(*state);
	http_page_free(served.page);
	return 0;
}

/* ---- a client that sends what it is told ---- */

static int dial(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void say(int fd, const char *bytes)
{
	assert_int_equal(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
}

/* All there is until the server closes; NUL-terminated. */
static char *hear_all(int fd)
{
	size_t length = 0, room = 4096;
	char *text = malloc(room);

	for (ssize_t got; (got = recv(fd, text + length, room - length - 1, 0)) > 0;) {
		length += (size_t)got;
		if (room - length < 2)
			text = realloc(text, room *= 2); /* cppcheck-suppress memleakOnRealloc */
	}
	text[length] = '\0';
	close(fd);
	return text;
}

static char *ask(unsigned port, const char *request)
{
	int fd = dial(port);

	say(fd, request);
	return hear_all(fd);
}

#define END "Host: localhost\r\nConnection: close\r\n\r\n"

static char *get(const struct http_server *server, const char *path)
{
	char request[256];

	snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" END, path);
	return ask(http_server_port(server, 0), request);
}

static void assert_has(const char *answer, const char *what)
{
	if (!strstr(answer, what))
		fail_msg("\"%s\" is not in: %s", what, answer);
}

static const char *body_of(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");

	assert_non_null(end);
	return end + 4;
}

static void assert_status(const char *answer, unsigned status)
{
	char want[16];

	snprintf(want, sizeof want, "HTTP/1.1 %u ", status);
	if (strncmp(answer, want, strlen(want)) != 0)
		fail_msg("not %u: %s", status, answer);
}

static void assert_common_headers(const char *answer)
{
	assert_has(answer, "\r\nVary: Accept, Accept-Encoding\r\n");
	assert_has(answer, "\r\nCache-Control: no-store\r\n");
	assert_has(answer, "\r\nX-Content-Type-Options: nosniff\r\n");
}

static void assert_problem(const char *answer, unsigned status)
{
	char want[32];

	assert_status(answer, status);
	assert_has(answer, "\r\nContent-Type: application/problem+json\r\n");
	assert_common_headers(answer);
	snprintf(want, sizeof want, "\"status\":%u,", status);
	assert_has(body_of(answer), want);
}

/* ---- answers ---- */

static void get_brings_headers_and_body(void **state)
{
	char *answer = get(*state, "/hello");

	assert_status(answer, 200);
	assert_has(answer, "\r\nContent-Type: text/plain\r\n");
	assert_has(answer, "\r\nContent-Length: 6\r\n");
	assert_common_headers(answer);
	assert_string_equal(body_of(answer), "hello\n");
	free(answer);
}

static void head_brings_the_headers_of_get_and_no_body(void **state)
{
	char *answer = ask(http_server_port(*state, 0), "HEAD /hello HTTP/1.1\r\n" END);

	assert_status(answer, 200);
	assert_has(answer, "\r\nContent-Length: 6\r\n");
	assert_common_headers(answer);
	assert_string_equal(body_of(answer), "");
	free(answer);
}

static void a_route_sees_method_path_query_and_headers(void **state)
{
	char *answer = get(*state, "/echo?format=a%20b&format=c");

	assert_string_equal(body_of(answer), "GET /echo format=a b accept=-");
	free(answer);
	answer =
		ask(http_server_port(*state, 0), "GET /echo HTTP/1.1\r\nACCEPT: x/y;q=0.5\r\n" END);
	assert_string_equal(body_of(answer), "GET /echo format=- accept=x/y;q=0.5");
	free(answer);
}

static void an_answer_without_a_body_is_still_an_answer(void **state)
{
	char *answer = get(*state, "/nothing");

	assert_status(answer, 503);
	assert_has(answer, "\r\nContent-Length: 0\r\n");
	assert_common_headers(answer);
	free(answer);
}

static void a_body_that_has_an_owner_is_given_back_once(void **state)
{
	char *answer = get(*state, "/owned");

	assert_string_equal(body_of(answer), "owned");
	free(answer);
	free(ask(http_server_port(*state, 0), "HEAD /owned HTTP/1.1\r\n" END));
	http_server_stop(*state);
	*state = NULL;
	assert_int_equal(served.released, 2);
}

static void an_unknown_path_is_a_404(void **state)
{
	static const char *const paths[] = { "/",	  "/hello/", "/Hello",
					     "/hello%2f", "//hello", "http://localhost/hello" };
	char *answer;

	for (size_t i = 0; i < COUNT(paths); i++) {
		answer = get(*state, paths[i]);
		assert_problem(answer, 404);
		free(answer);
	}
	http_server_stop(*state);
	*state = NULL;
	assert_int_equal(served.counted, COUNT(paths));
	assert_int_equal(served.counted_nowhere, COUNT(paths));
}

static void another_method_is_a_405_that_names_the_allowed(void **state)
{
	static const char *const methods[] = { "POST",	"PUT",	 "DELETE", "OPTIONS",
					       "PATCH", "TRACE", "BREW",   "get" };
	char request[256], *answer;

	for (size_t i = 0; i < COUNT(methods); i++) {
		snprintf(request, sizeof request, "%s /hello HTTP/1.1\r\n" END, methods[i]);
		answer = ask(http_server_port(*state, 0), request);
		assert_problem(answer, 405);
		assert_has(answer, "\r\nAllow: GET, HEAD\r\n");
		free(answer);
	}
	http_server_stop(*state);
	*state = NULL;
	assert_int_equal(served.counted_405, COUNT(methods));
}

static void a_host_that_is_not_ours_is_a_421(void **state)
{
	static const char *const hosts[] = { "evil.example", "evil.example:19815",
					     "localhost.evil.example", "::1" };
	char request[256], *answer;

	for (size_t i = 0; i < COUNT(hosts); i++) {
		snprintf(request, sizeof request,
			 "GET /hello HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", hosts[i]);
		answer = ask(http_server_port(*state, 0), request);
		assert_problem(answer, 421);
		free(answer);
	}
}

static void the_names_of_this_machine_are_answered(void **state)
{
	char own[256] = "", request[512], *answer;
	const char *const hosts[] = { "127.0.0.1", "[::1]:19815", "LOCALHOST:1", own };

	gethostname(own, sizeof own - 1);
	for (size_t i = 0; i < COUNT(hosts); i++) {
		snprintf(request, sizeof request,
			 "GET /hello HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", hosts[i]);
		answer = ask(http_server_port(*state, 0), request);
		assert_status(answer, 200);
		free(answer);
	}
}

static void http_1_1_needs_one_host_and_1_0_none(void **state)
{
	unsigned port = http_server_port(*state, 0);
	char *answer = ask(port, "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n");

	assert_status(answer, 400);
	free(answer);
	answer = ask(port, "GET /hello HTTP/1.1\r\nHost: localhost\r\n" END);
	assert_problem(answer, 400);
	free(answer);
	answer = ask(port, "GET /hello HTTP/1.0\r\n\r\n");
	assert_has(answer, " 200 OK\r\n");
	free(answer);
}

/* The request behind the body must not be answered: it is whoever wrote the body that speaks
 * there. */
static void a_body_is_refused_and_nothing_behind_it_is_read(void **state)
{
	static const struct {
		const char *request;
		unsigned want;
	} rows[] = {
		{ "GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde", 413 },
		{ "HEAD /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde", 413 },
		{ "GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
		  413 },
		{ "GET /hello HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
		  "chunked\r\n\r\n0\r\n\r\n",
		  400 },
		{ "GET /hello HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 400 },
		{ "GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		  400 },
		{ "POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde", 405 },
		{ "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde", 404 },
	};
	char request[512], *answer;

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(request, sizeof request, "%sGET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n",
			 rows[i].request);
		answer = ask(http_server_port(*state, 0),
			     request); /* comes back only once the server closes */
		assert_status(answer, rows[i].want);
		assert_common_headers(answer);
		assert_has(answer, "\r\nConnection: close\r\n");
		assert_null(strstr(answer, "GET /echo"));
		free(answer);
	}
}

static void a_length_of_nothing_is_no_body(void **state)
{
	char *answer = ask(http_server_port(*state, 0),
			   "GET /hello HTTP/1.1\r\nContent-Length: 0\r\n" END);

	assert_status(answer, 200);
	free(answer);
}

static void what_is_no_http_is_refused_and_closed(void **state)
{
	static const char *const requests[] = {
		"\r\n\r\n\r\n\r\nGARBAGE\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
		"GET /hello HTTP/9.9\r\nHost: localhost\r\n\r\n",
	};
	char *answer;

	for (size_t i = 0; i < COUNT(requests); i++) {
		answer = ask(http_server_port(*state, 0), requests[i]);
		assert_null(strstr(answer, " 200 OK"));
		free(answer);
	}
}

static void a_head_beyond_its_memory_is_refused(void **state)
{
	enum { SIZE = 256 * 1024 };
	char *request = malloc(SIZE), *answer;
	int fd = dial(http_server_port(*state, 0));

	memset(request, 'a', SIZE);
	request[snprintf(request, SIZE, "GET /")] = 'a';
	(void)!send(fd, request, SIZE,
		    MSG_NOSIGNAL); /* the server may close before it has all of it */
	answer = hear_all(fd);
	assert_null(strstr(answer, " 200 OK"));
	free(answer);
	free(request);
	answer = get(*state, "/hello");
	assert_status(answer, 200);
	free(answer);
}

/* Reads exactly one answer with a short body, and leaves the connection open. */
static void hear_one(int fd, char *text, size_t size)
{
	size_t length = 0;

	do {
		assert_int_equal(recv(fd, text + length, 1, 0), 1);
		text[++length] = '\0';
		assert_in_range(length, 1, size - 2);
	} while (!strstr(text, "\r\n\r\nhello\n"));
}

static void one_connection_asks_again_and_again(void **state)
{
	int fd = dial(http_server_port(*state, 0));
	char answer[1024];

	for (unsigned i = 0; i < 100; i++) {
		say(fd, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
		hear_one(fd, answer, sizeof answer);
		assert_status(answer, 200);
	}
	close(fd);
	http_server_stop(*state);
	*state = NULL;
	assert_int_equal(served.counted, 100);
}

/* An answer is complete for certain only once the next request was answered. */
static void each_answer_starts_the_deadline_anew(void **state)
{
	struct http_server *server = *state;
	int fd = dial(http_server_port(server, 0));
	uint64_t between_ns = 0, since_ns;
	char answer[1024];

	for (unsigned i = 0; i < 3; i++) {
		say(fd, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
		hear_one(fd, answer, sizeof answer);
		if (i == 0)
			between_ns = deadline_now_ns();
	}
	pthread_mutex_lock(&server->deadline.lock);
	since_ns = TAILQ_FIRST(&server->deadline.list)->since_ns;
	pthread_mutex_unlock(&server->deadline.lock);
	assert_true(since_ns >= between_ns);
	close(fd);
}

/* ---- many at once ---- */

struct client {
	pthread_t thread;
	unsigned port, good;
};

static void *ask_repeatedly(void *argument)
{
	struct client *client = argument;

	for (unsigned i = 0; i < 25; i++) {
		char *answer = ask(client->port, i % 8 ? "GET /hello HTTP/1.1\r\n" END
						       : "GET /big HTTP/1.1\r\n" END);
		const char *body = strstr(answer, "\r\n\r\n");

		client->good += body && strlen(body + 4) == (i % 8 ? 6 : BIG_BYTES);
		free(answer);
	}
	return NULL;
}

static void clients_at_once_each_get_their_whole_answer(void **state)
{
	struct client clients[8];

	for (size_t i = 0; i < COUNT(clients); i++) {
		clients[i] = (struct client){ .port = http_server_port(*state, 0) };
		assert_int_equal(
			pthread_create(&clients[i].thread, NULL, ask_repeatedly, &clients[i]), 0);
	}
	for (size_t i = 0; i < COUNT(clients); i++)
		pthread_join(clients[i].thread, NULL);
	for (size_t i = 0; i < COUNT(clients); i++)
		assert_int_equal(clients[i].good, 25);
}

static void stop_ends_connections_in_the_middle_of_everything(void **state)
{
	unsigned port = http_server_port(*state, 0);
	int idle = dial(port), half = dial(port), reader = dial(port);
	char byte;

	say(half, "GET /hello HTTP/1.1\r\nHo");
	say(reader,
	    "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n"); /* more than its socket buffers hold */
	assert_int_equal(recv(reader, &byte, 1, 0), 1);
	http_server_stop(*state);
	*state = NULL;
	free(hear_all(idle));
	free(hear_all(half));
	free(hear_all(reader));
}

/* Sends one byte whenever nothing came back, until the server has enough: its inactivity time-
 * out never ends. */
static void a_sender_of_single_bytes_is_cut_off(void **state)
{
	static const char *const listen[] = { "127.0.0.1:0" };
	struct http_options options = options_for(listen, 1);
	struct http_server *server;
	struct pollfd client = { .events = POLLIN };

	(void)state;
	options.timeout_s = 3600;
	options.deadline_s = 1;
	assert_int_equal(http_server_start(&options, &server, error, sizeof error), 0);
	client.fd = dial(http_server_port(server, 0));
	say(client.fd, "GET /hello HTTP/1.1\r\nX: ");
	while (poll(&client, 1, 50) == 0)
		send(client.fd, "a", 1, MSG_NOSIGNAL);
	free(hear_all(client.fd));
	http_server_stop(server);
}

/* ---- starting ---- */

static unsigned open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count_of = 0;

	while (readdir(folder))
		count_of++;
	closedir(folder);
	return count_of;
}

static void a_port_in_use_starts_nothing(void **state)
{
	char text[32], want[128];
	const char *const listen[] = { text };
	struct http_options options = options_for(listen, 1);
	struct http_server *second;

	snprintf(text, sizeof text, "127.0.0.1:%u", http_server_port(*state, 0));
	snprintf(want, sizeof want,
		 "%s: the port is in use (another audiowatchd? try --listen 127.0.0.1:0)", text);
	assert_int_equal(http_server_start(&options, &second, error, sizeof error), -EADDRINUSE);
	assert_string_equal(error, want);
	assert_null(second);
}

static void of_several_listeners_all_open_or_none(void **state)
{
	char taken[32], path[64], folder[] = "/tmp/audiowatch-server-XXXXXX";
	const char *const listen[] = { "127.0.0.1:0", path, taken };
	struct http_options options = options_for(listen, COUNT(listen));
	struct http_server *server;
	unsigned before = open_descriptors();

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "unix:%s/sock", folder);
	snprintf(taken, sizeof taken, "127.0.0.1:%u", http_server_port(*state, 0));
	assert_int_equal(http_server_start(&options, &server, error, sizeof error), -EADDRINUSE);
	assert_null(server);
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(rmdir(folder), 0); /* the socket is gone again */
}

static void a_bad_address_opens_none_before_it(void **state)
{
	char path[64], folder[] = "/tmp/audiowatch-server-XXXXXX";
	const char *const listen[] = { path, "0.0.0.0:0" };
	struct http_options options = options_for(listen, COUNT(listen));
	struct http_server *server;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "unix:%s/missing/sock", folder);
	assert_int_equal(http_listen_check(listen, COUNT(listen), error, sizeof error), -EACCES);
	assert_int_equal(http_server_start(&options, &server, error, sizeof error), -EACCES);
	assert_has(error, "0.0.0.0:0: not a loopback address;");
	assert_int_equal(rmdir(folder), 0);
}

static void checking_addresses_opens_nothing(void **state)
{
	char taken[32];
	const char *const listen[] = { "127.0.0.1:1", "[::1]:1", "localhost:1",
				       "unix:/nowhere/at/all", taken };

	snprintf(taken, sizeof taken, "127.0.0.1:%u", http_server_port(*state, 0));
	assert_int_equal(http_listen_check(listen, COUNT(listen), error, sizeof error), 0);
	assert_int_equal(http_listen_check(NULL, 0, error, sizeof error), 0);
}

static void two_listeners_and_a_unix_socket_answer_alike(void **state)
{
	char path[64], folder[] = "/tmp/audiowatch-server-XXXXXX", *answer;
	const char *const listen[] = { "127.0.0.1:0", path, "127.0.0.2:0" };
	struct http_options options = options_for(listen, COUNT(listen));
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct http_server *server;
	unsigned before = open_descriptors();
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "unix:%s/sock", folder);
	assert_int_equal(http_server_start(&options, &server, error, sizeof error), 0);
	assert_int_not_equal(http_server_port(server, 0), 0);
	assert_int_equal(http_server_port(server, 1), 0);
	assert_int_not_equal(http_server_port(server, 2), 0);
	assert_int_equal(http_server_port(server, 3), 0);
	answer = get(server, "/hello");
	assert_status(answer, 200);
	free(answer);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path + 5);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	say(fd, "GET /hello HTTP/1.1\r\n" END);
	answer = hear_all(fd);
	assert_status(answer, 200);
	free(answer);
	http_server_stop(server);
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(rmdir(folder), 0);
}

/* Is SIGTERM blocked in this thread of ours? */
static bool blocks_sigterm(const char *thread)
{
	unsigned long long blocked = 0;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof path, "/proc/self/task/%.16s/status", thread);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, "SigBlk:", 7) == 0)
			blocked = strtoull(line + 7, NULL, 16);
	fclose(file);
	return blocked >> (SIGTERM - 1) & 1;
}

static void signals_stay_with_the_programs_own_threads(void **state)
{
	DIR *folder = opendir("/proc/self/task");
	unsigned blocking = 0, open = 0;

	(void)state;
	for (const struct dirent *entry; (entry = readdir(folder));) {
		if (entry->d_name[0] == '.')
			continue;
		if (blocks_sigterm(entry->d_name))
			blocking++;
		else
			open++;
	}
	closedir(folder);
	assert_int_equal(open, 1); /* this one */
	assert_in_range(blocking, 2, 10); /* the listener's, the sweeper, a sanitizer's */
}

static void stopping_nothing_is_fine(void **state)
{
	(void)state;
	http_server_stop(NULL);
}

#define served_test(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		served_test(get_brings_headers_and_body),
		served_test(head_brings_the_headers_of_get_and_no_body),
		served_test(a_route_sees_method_path_query_and_headers),
		served_test(an_answer_without_a_body_is_still_an_answer),
		served_test(a_body_that_has_an_owner_is_given_back_once),
		served_test(an_unknown_path_is_a_404),
		served_test(another_method_is_a_405_that_names_the_allowed),
		served_test(a_host_that_is_not_ours_is_a_421),
		served_test(the_names_of_this_machine_are_answered),
		served_test(http_1_1_needs_one_host_and_1_0_none),
		served_test(a_body_is_refused_and_nothing_behind_it_is_read),
		served_test(a_length_of_nothing_is_no_body),
		served_test(what_is_no_http_is_refused_and_closed),
		served_test(a_head_beyond_its_memory_is_refused),
		served_test(one_connection_asks_again_and_again),
		served_test(each_answer_starts_the_deadline_anew),
		served_test(clients_at_once_each_get_their_whole_answer),
		served_test(stop_ends_connections_in_the_middle_of_everything),
		cmocka_unit_test(a_sender_of_single_bytes_is_cut_off),
		served_test(a_port_in_use_starts_nothing),
		served_test(of_several_listeners_all_open_or_none),
		cmocka_unit_test(a_bad_address_opens_none_before_it),
		served_test(checking_addresses_opens_nothing),
		cmocka_unit_test(two_listeners_and_a_unix_socket_answer_alike),
		served_test(signals_stay_with_the_programs_own_threads),
		cmocka_unit_test(stopping_nothing_is_fine),
	};

	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
