/* SPDX-License-Identifier: MIT */
/* A configuration file in a folder of its own, what it loads to, and the line that refuses it. For tests of
 * collector/config*.c. */
#ifndef AUDIOWATCH_TESTS_CONFIG_FIXTURE_H
#define AUDIOWATCH_TESTS_CONFIG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/config.h"

#define FILE_NAME "audiowatch.yml"
#define AT FILE_NAME ":"

enum { TEXT_SIZE = 1 << 16 };

static struct config config;
static char error[CONFIG_ERROR_SIZE], folder[] = "/dev/shm/awtest-config-XXXXXX";

static inline void write_file(const char *text, size_t size)
{
	FILE *file = fopen(FILE_NAME, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static inline int load(const char *text, char *const *environment)
{
	const struct options flags = { .config = FILE_NAME, .uids = { 1 }, .uid_count = 1 };

	write_file(text, strlen(text));
	error[0] = 0;
	return config_load(&config, &flags, environment, error);
}

static char *const nothing[] = { NULL };

static inline void loads(const char *text)
{
	const int status = load(text, nothing);

	assert_string_equal(error, "");
	assert_int_equal(status, 0);
}

static inline void refuses(const char *text, const char *line)
{
	const int status = load(text, nothing);

	if (strcmp(error, line) != 0)
		fail_msg("%s\nsaid: %s\nnot:  %s", text, error, line);
	assert_int_equal(status, -EINVAL);
}

static inline int enter_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? chdir(folder) : -1;
}

static inline int leave_folder(void **state)
{
	(void)state;
	return unlink(FILE_NAME) || chdir("/") || rmdir(folder);
}

static inline char *print(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	config_print(&config, out);
	fclose(out);
	return text;
}

static inline void assert_printed(const char *text, const char *want, bool is)
{
	char *printed;

	loads(text);
	printed = print();
	if (!strstr(printed, want) == is)
		fail_msg("%s: %s in\n%s", want, is ? "not" : "was", printed);
	free(printed);
}

#endif
