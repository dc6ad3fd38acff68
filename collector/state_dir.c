/* SPDX-License-Identifier: MIT */
/* Makes the folder of what outlives the collector. Main thread, at start. */
#include "collector/state_dir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int refuse(const char *path, int number, char *error, size_t size)
{
	snprintf(error, size, "\"%s\": %s (try a directory that you may write to)", path,
		 strerrordesc_np(number));
	return -number;
}

static int make_one(const char *path)
{
	struct stat status;
	int number;

	if (mkdir(path, 0700) == 0)
		return 0;
	number = errno;
	if (stat(path, &status) < 0)
		return number;
	return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
}

int state_dir_make(const char *path, char *error, size_t size)
{
	const size_t length = strlen(path);
	char part[PATH_MAX];

	if (length >= sizeof part)
		return refuse(path, ENAMETOOLONG, error, size);
	for (size_t i = 1; i <= length; i++) {
		int number;

		if (i < length && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		number = make_one(part);
		if (number)
			return refuse(path, number, error, size);
	}
	return 0;
}
