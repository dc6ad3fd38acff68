/* SPDX-License-Identifier: MIT */
/* Tests of http/listen.c: what is refused and how it is said, and sockets on 127.0.0.1 and in a
 * folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FIFTY "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define HUNDRED FIFTY FIFTY
#define NOT_LOOPBACK \
	": not a loopback address; without authentication audiowatchd listens on 127.0.0.1, " \
	"[::1] or unix: " \
	"sockets only"

static char line[512];
static const struct listen_error error = { line, sizeof line };

static const struct {
	const char *text;
	int want;
	const char *line;
} address_rows[] = {
	{ "127.0.0.1:19815", 0, "" },
	{ "127.0.0.1:0", 0, "" },
	{ "127.0.0.1:65535", 0, "" },
	{ "127.8.9.10:1", 0, "" },
	{ "localhost:19815", 0, "" },
	{ "[::1]:19815", 0, "" },
	{ "[0:0:0:0:0:0:0:1]:0", 0, "" },
	{ "unix:/tmp/a.sock", 0, "" },
	{ "unix:a:b", 0, "" },
	{ "", -EINVAL, "\"\" is no ADDRESS:PORT (try 127.0.0.1:19815)" },
	{ "19815", -EINVAL, "\"19815\" is no ADDRESS:PORT (try 127.0.0.1:19815)" },
	{ ":19815", -EINVAL, ":19815: no address (try 127.0.0.1:19815)" },
	{ "127.0.0.1:", -EINVAL, "127.0.0.1:: \"\" is no port (try 19815, or 0 for any free one)" },
	{ "127.0.0.1:http", -EINVAL,
	  "127.0.0.1:http: \"http\" is no port (try 19815, or 0 for any free one)" },
	{ "127.0.0.1:-1", -EINVAL,
	  "127.0.0.1:-1: \"-1\" is no port (try 19815, or 0 for any free one)" },
	{ "127.0.0.1: 80", -EINVAL,
	  "127.0.0.1: 80: \" 80\" is no port (try 19815, or 0 for any free one)" },
	{ "127.0.0.1:80x", -EINVAL,
	  "127.0.0.1:80x: \"80x\" is no port (try 19815, or 0 for any free one)" },
	{ "127.0.0.1:65536", -EINVAL,
	  "127.0.0.1:65536: the port is above 65535 (try 19815, or 0 for any free one)" },
	{ "127.0.0.1:99999999999999999999", -EINVAL,
	  "127.0.0.1:99999999999999999999: the port is above 65535 (try 19815, or 0 for "
	  "any free one)" },
	{ "example.org:80", -EINVAL,
	  "example.org:80: \"example.org\" is no IP address (try 127.0.0.1:80)" },
	{ "127.0.0.1.:80", -EINVAL,
	  "127.0.0.1.:80: \"127.0.0.1.\" is no IP address (try 127.0.0.1:80)" },
	{ "[::1:80", -EINVAL, "[::1:80: \"[::1\" is no IP address (try 127.0.0.1:80)" },
	{ "[]:80", -EINVAL, "[]:80: \"[]\" is no IP address (try 127.0.0.1:80)" },
	{ "[:80", -EINVAL, "[:80: \"[\" is no IP address (try 127.0.0.1:80)" },
	{ "]:80", -EINVAL, "]:80: \"]\" is no IP address (try 127.0.0.1:80)" },
	{ "[127.0.0.1]:80", -EINVAL,
	  "[127.0.0.1]:80: \"[127.0.0.1]\" is no IP address (try 127.0.0.1:80)" },
	{ "::1", -EINVAL, "::1: no port, or no brackets (try [::1]:19815)" },
	{ "fe80::1:2:3:4:5:19815", -EINVAL,
	  "fe80::1:2:3:4:5:19815: an IPv6 address needs brackets (try [fe80::1:2:3:4:5]:19815)" },
	{ HUNDRED ":80", -EINVAL,
	  HUNDRED ":80: \"" HUNDRED "\" is no IP address (try 127.0.0.1:80)" },
	{ "unix:", -EINVAL, "unix:: no path (try unix:/run/audiowatch.sock)" },
	{ "unix:/" HUNDRED "1234567", -EINVAL,
	  "unix:/" HUNDRED
	  "1234567: the path is 108 bytes, a socket's may have 107 (try a shorter one)" },
	{ "unix:/" HUNDRED "123456", 0, "" },
	{ "0.0.0.0:19815", -EACCES, "0.0.0.0:19815" NOT_LOOPBACK },
	{ "192.0.2.1:80", -EACCES, "192.0.2.1:80" NOT_LOOPBACK },
	{ "128.0.0.1:80", -EACCES, "128.0.0.1:80" NOT_LOOPBACK },
	{ "[::]:80", -EACCES, "[::]:80" NOT_LOOPBACK },
	{ "[2001:db8::1]:80", -EACCES, "[2001:db8::1]:80" NOT_LOOPBACK },
	{ "[::ffff:127.0.0.1]:80", -EACCES, "[::ffff:127.0.0.1]:80" NOT_LOOPBACK },
	{ "0.0.0.0:65536", -EINVAL,
	  "0.0.0.0:65536: the port is above 65535 (try 19815, or 0 for any free one)" },
};

static void addresses_are_taken_or_refused_with_a_cure(void **state)
{
	struct listen_address address;

	(void)state;
	for (size_t i = 0; i < COUNT(address_rows); i++) {
		line[0] = '\0';
		if (listen_parse(address_rows[i].text, &address, error) != address_rows[i].want)
			fail_msg("%s", address_rows[i].text);
		assert_string_equal(line, address_rows[i].line);
	}
}

static void localhost_is_127_0_0_1(void **state)
{
	struct listen_address address;

	(void)state;
	assert_int_equal(listen_parse("localhost:19815", &address, error), 0);
	assert_int_equal(address.any.sa_family, AF_INET);
	assert_int_equal(ntohl(address.v4.sin_addr.s_addr), INADDR_LOOPBACK);
	assert_int_equal(ntohs(address.v4.sin_port), 19815);
}

static void a_line_longer_than_its_buffer_is_cut(void **state)
{
	struct listen_address address;
	char small[9] = "........";

	(void)state;
	assert_int_equal(listen_parse("0.0.0.0:1", &address, (struct listen_error){ small, 8 }),
			 -EACCES);
	assert_string_equal(small, "0.0.0.0");
}

/* ---- sockets ---- */

static int open_text(struct listener *listener, const char *text)
{
	struct listen_address address;

	line[0] = '\0';
	assert_int_equal(listen_parse(text, &address, error), 0);
	return listen_open(listener, &address, error);
}

static bool accepts(const struct listener *listener)
{
	struct listen_address address = listener->address;
	int fd = socket(address.any.sa_family, SOCK_STREAM, 0);
	bool connected;

	if (address.any.sa_family == AF_INET)
		address.v4.sin_port = htons((in_port_t)listener->port);
	connected = connect(fd, &address.any, address.size) == 0;
	close(fd);
	return connected;
}

static void port_0_is_any_free_one_and_says_which(void **state)
{
	struct listener one, two;

	(void)state;
	assert_int_equal(open_text(&one, "127.0.0.1:0"), 0);
	assert_int_equal(open_text(&two, "127.0.0.1:0"), 0);
	assert_int_not_equal(one.port, 0);
	assert_int_not_equal(one.port, two.port);
	assert_true(accepts(&one));
	listen_close(&one);
	listen_close(&one); /* once more does nothing */
	assert_false(accepts(&one));
	assert_true(accepts(&two));
	listen_close(&two);
}

/* The server's end closes first, so that the port is in TIME_WAIT afterwards. */
static void serve_one_and_close(const struct listener *listener)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int client = socket(AF_INET, SOCK_STREAM, 0), served;
	char byte;

	address.sin_port = htons((in_port_t)listener->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof address), 0);
	served = accept(listener->fd, NULL, NULL);
	assert_true(served >= 0);
	close(served);
	assert_int_equal(recv(client, &byte, 1, 0), 0);
	close(client);
}

static void a_port_in_use_is_said_in_one_line(void **state)
{
	struct listener first, second;
	char text[32], want[128];

	(void)state;
	assert_int_equal(open_text(&first, "127.0.0.1:0"), 0);
	snprintf(text, sizeof text, "127.0.0.1:%u", first.port);
	snprintf(want, sizeof want,
		 "%s: the port is in use (another audiowatchd? try --listen 127.0.0.1:0)", text);
	assert_int_equal(open_text(&second, text), -EADDRINUSE);
	assert_string_equal(line, want);
	assert_int_equal(second.fd, -1);
	serve_one_and_close(&first);
	listen_close(&first);
	assert_int_equal(open_text(&second, text), 0); /* at once, whatever is in TIME_WAIT */
	listen_close(&second);
}

/* ---- unix sockets, each in a folder of its own ---- */

static char folder[64], path[96], text_of_path[104];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/audiowatch-listen-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/sock", folder);
	snprintf(text_of_path, sizeof text_of_path, "unix:%s", path);
	return 0;
}

/* Fails when the test left anything but the path itself. */
static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void assert_line_after_path(const char *rest)
{
	assert_memory_equal(line, text_of_path, strlen(text_of_path));
	assert_string_equal(line + strlen(text_of_path), rest);
}

static void a_unix_socket_is_its_owners_alone_and_goes_with_its_listener(void **state)
{
	struct listener listener;
	struct stat status;

	(void)state;
	umask(0);
	assert_int_equal(open_text(&listener, text_of_path), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK | 0600);
	assert_int_equal(listener.port, 0);
	assert_true(accepts(&listener));
	listen_close(&listener);
	assert_int_equal(access(path, F_OK), -1);
}

/* As one that starts at the same moment: bound, and not yet listening. */
static void a_socket_in_the_making_is_nobodys_to_replace(void **state)
{
	const int held = open(folder, O_RDONLY | O_DIRECTORY);
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat before, after;
	struct listener listener;

	(void)state;
	strcpy(address.sun_path, path);
	assert_int_equal(flock(held, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(open_text(&listener, text_of_path), -EADDRINUSE);
	assert_non_null(strstr(line, "the socket is in use"));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	close(fd);
	close(held);
	assert_int_equal(open_text(&listener, text_of_path), 0); /* and now it is stale */
	assert_true(accepts(&listener));
	listen_close(&listener);
}

static void a_stale_socket_file_is_replaced(void **state)
{
	struct listener dead, listener;

	(void)state;
	assert_int_equal(open_text(&dead, text_of_path), 0);
	close(dead.fd); /* as if killed: the file stays */
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(open_text(&listener, text_of_path), 0);
	assert_true(accepts(&listener));
	listen_close(&listener);
}

static void a_live_socket_is_in_use_and_stays(void **state)
{
	struct listener live, second;

	(void)state;
	assert_int_equal(open_text(&live, text_of_path), 0);
	assert_int_equal(open_text(&second, text_of_path), -EADDRINUSE);
	assert_line_after_path(": the socket is in use (another audiowatchd? try another path)");
	assert_true(accepts(&live));
	listen_close(&live);
}

static void a_live_socket_with_a_full_backlog_is_in_use_too(void **state)
{
	struct listener live, second;
	int waiting[3], fd;

	(void)state;
	assert_int_equal(open_text(&live, text_of_path), 0);
	assert_int_equal(listen(live.fd, 0), 0);
	for (size_t i = 0; i < COUNT(waiting); i++) {
		waiting[i] = fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(fd, &live.address.any, live.address.size) < 0)
			assert_int_equal(errno, EAGAIN);
	}
	assert_int_equal(open_text(&second, text_of_path), -EADDRINUSE);
	for (size_t i = 0; i < COUNT(waiting); i++)
		close(waiting[i]);
	listen_close(&live);
}

static void a_file_that_is_no_socket_is_never_removed(void **state)
{
	struct listener listener;
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	(void)state;
	close(fd);
	assert_int_equal(open_text(&listener, text_of_path), -EEXIST);
	assert_line_after_path(
		": the file is there and no socket (remove it, or try another path)");
	assert_int_equal(access(path, F_OK), 0);
}

static void a_link_is_no_socket_wherever_it_points(void **state)
{
	struct listener listener;

	(void)state;
	assert_int_equal(symlink("/nowhere", path), 0);
	assert_int_equal(open_text(&listener, text_of_path), -EEXIST);
}

static void a_missing_folder_is_said(void **state)
{
	struct listener listener;

	(void)state;
	snprintf(text_of_path, sizeof text_of_path, "unix:%s/x", path);
	assert_int_equal(open_text(&listener, text_of_path), -ENOENT);
	assert_line_after_path(": No such file or directory");
	assert_int_equal(listener.fd, -1);
}

static void a_successors_socket_is_not_unlinked(void **state)
{
	struct listener old, successor;

	(void)state;
	assert_int_equal(open_text(&old, text_of_path), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(open_text(&successor, text_of_path), 0);
	listen_close(&old);
	assert_true(accepts(&successor));
	listen_close(&successor);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_taken_or_refused_with_a_cure),
		cmocka_unit_test(localhost_is_127_0_0_1),
		cmocka_unit_test(a_line_longer_than_its_buffer_is_cut),
		cmocka_unit_test(port_0_is_any_free_one_and_says_which),
		cmocka_unit_test(a_port_in_use_is_said_in_one_line),
		in_folder(a_unix_socket_is_its_owners_alone_and_goes_with_its_listener),
		in_folder(a_socket_in_the_making_is_nobodys_to_replace),
		in_folder(a_stale_socket_file_is_replaced),
		in_folder(a_live_socket_is_in_use_and_stays),
		in_folder(a_live_socket_with_a_full_backlog_is_in_use_too),
		in_folder(a_file_that_is_no_socket_is_never_removed),
		in_folder(a_link_is_no_socket_wherever_it_points),
		in_folder(a_missing_folder_is_said),
		in_folder(a_successors_socket_is_not_unlinked),
	};

	return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
