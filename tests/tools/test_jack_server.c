/* SPDX-License-Identifier: MIT */
/* jackd's command line, as its process shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/jack/server.h"

enum { WORDS_SIZE = 4096 };

/* Words apart by a blank, as /proc/PID/cmdline has them. */
static size_t words_of(char *words, const char *text)
{
	const size_t size = strlen(text) + 1;

	memcpy(words, text, size);
	for (size_t i = 0; i < size; i++)
		words[i] = words[i] == ' ' ? '\0' : words[i];
	return size;
}

static void its_options_are_read_as_jackd_reads_them(void **state)
{
	static const struct {
		const char *line, *name;
		bool is_jackd, synchronous;
	} rows[] = {
		{ "jackd -d dummy", "", true, false },
		{ "jackd -S -d dummy", "", true, true },
		{ "/usr/bin/jackd -RS -n studio -d alsa", "studio", true, true },
		{ "jackd -nstudio -d alsa", "studio", true, false },
		{ "jackd --name studio -dalsa -dhw:0 -r48000", "studio", true, false },
		{ "jackd --name=studio --sync -dalsa", "studio", true, true },
		{ "jackd --sy --na studio -d alsa", "studio", true, true },
		{ "/usr/bin/jackdmp -S", "", true, true },
		/* behind the driver they are the driver's: alsa's -S is 16 bits */
		{ "jackd -d alsa -S -n 2", "", true, false },
		{ "jackd --audio-driver alsa -S", "", true, false },
		/* values that look like options */
		{ "jackd -n -S -d dummy", "-S", true, false },
		{ "jackd -t 500 -p 64 -P 70 -I S -X S -C S -c s -a S -d dummy", "", true, false },
		{ "jackd -TS -d dummy", "", true, true },
		{ "jackd -FmS -d dummy", "", true, true },
		{ "jackd -tS -d dummy", "", true, false },
		{ "jackd -rmuvsTFl 5 -L S -S -d dummy", "", true, true },
		/* the last name counts, words without a dash and unknown options none */
		{ "jackd -n a -n b x y --what -Q -d dummy", "b", true, false },
		{ "jackdbus auto", "", false, false },
		{ "pasuspender -- jackd -S", "", false, false },
		{ "myjackd -S -d dummy", "", false, false },
		{ "", "", false, false },
	};
	char words[WORDS_SIZE];
	struct server_line line;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t size = words_of(words, rows[i].line);

		assert_int_equal(server_parse(&line, words, size), rows[i].is_jackd);
		assert_int_equal(line.synchronous, rows[i].synchronous);
		assert_string_equal(line.name, rows[i].name);
	}
}

static void words_without_an_end_are_refused(void **state)
{
	char words[] = { 'j', 'a', 'c', 'k', 'd', '\0', '-', 'S' };
	struct server_line line;

	(void)state;
	assert_false(server_parse(&line, words, sizeof words));
	assert_false(server_parse(&line, words, 0));
	assert_true(server_parse(&line, words, 6));
	assert_false(line.synchronous);
}

static void more_words_than_anyone_needs_are_cut(void **state)
{
	static char words[WORDS_SIZE];
	struct server_line line;

	(void)state;
	memset(words, 0, sizeof words); /* the words after jackd are empty */
	memcpy(words, "jackd", 6);
	memcpy(words + sizeof words - 3, "-S", 3);
	assert_true(server_parse(&line, words, sizeof words));
	assert_false(line.synchronous);
}

static void a_variable_is_found_by_its_whole_name(void **state)
{
	static const char words[] =
		"AJACK_DEFAULT_SERVER=no\0JACK_DEFAULT_SERVERS=no\0JACK_DEFAULT_SERVER=studio\0Z=1";

	(void)state;
	assert_string_equal(server_variable(words, sizeof words, "JACK_DEFAULT_SERVER"), "studio");
	assert_string_equal(server_variable(words, sizeof words, "Z"), "1");
	assert_null(server_variable(words, sizeof words, "JACK"));
	assert_null(server_variable(words, 0, "Z"));
	assert_null(server_variable(words, 10, "JACK_DEFAULT_SERVER"));
}

static void a_server_is_found_by_its_whole_name(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char name[SERVER_NAME_SIZE];

	(void)state;
	(void)snprintf(name, sizeof name, "awtest%064d%d", 0, (int)getpid());
	memset(name + strlen(name), 'n', 80 - strlen(name));
	memcpy(name + 80, "end", 4);
	assert_false(server_listens(name));
	(void)snprintf(address.sun_path, sizeof address.sun_path, "/dev/shm/jack_%s_0", name);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_true(server_listens(name));
	(void)unlink(address.sun_path);
	(void)close(fd);
	assert_false(server_listens(name));
}

static void of_a_name_that_no_socket_can_have_nothing_is_said(void **state)
{
	char name[SERVER_NAME_SIZE] = "";

	(void)state;
	memset(name, 'n', sizeof name - 1);
	assert_true(server_listens(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_options_are_read_as_jackd_reads_them),
		cmocka_unit_test(words_without_an_end_are_refused),
		cmocka_unit_test(more_words_than_anyone_needs_are_cut),
		cmocka_unit_test(a_variable_is_found_by_its_whole_name),
		cmocka_unit_test(a_server_is_found_by_its_whole_name),
		cmocka_unit_test(of_a_name_that_no_socket_can_have_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
