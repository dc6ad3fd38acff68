/* SPDX-License-Identifier: MIT */
/* A made-up machine for tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/made_up.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

char made_up_root[] = "/tmp/aw-made-up-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status, (void)kind, (void)at;
	return remove(path);
}

int made_up_setup(void **state)
{
	(void)state;
	memset(made_up_root + strlen(made_up_root) - 6, 'X', 6);
	return mkdtemp(made_up_root) ? 0 : -1;
}

int made_up_teardown(void **state)
{
	(void)state;
	return nftw(made_up_root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path from the top, with every folder on the way to it. */
static void place(char full[PATH_SIZE], const char *path)
{
	const int length = snprintf(full, PATH_SIZE, "%s%s", made_up_root, path);

	assert_in_range(length, 1, PATH_SIZE - 1);
	for (char *at = full + strlen(made_up_root) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		(void)mkdir(full, 0755);
		*at = '/';
	}
}

void made_up_file(const char *path, const char *text)
{
	char full[PATH_SIZE];
	FILE *file;

	place(full, path);
	if (full[strlen(full) - 1] == '/')
		return;
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void made_up_link(const char *path, const char *target)
{
	char full[PATH_SIZE];

	place(full, path);
	(void)unlink(full);
	assert_int_equal(symlink(target, full), 0);
}
