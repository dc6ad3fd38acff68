/* SPDX-License-Identifier: MIT */
/* Reads small files below a root folder. Any thread; blocks. */
#include "tools/machine/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool tree_has(const char *root, const char *path)
{
	char full[TREE_PATH];

	return snprintf(full, sizeof full, "%s%s", root, path) < (int)sizeof full &&
	       access(full, F_OK) == 0;
}

/* Non-blocking, so that a FIFO of that name holds nobody up. */
static int tree_open(const char *root, const char *path)
{
	char full[TREE_PATH];

	if (snprintf(full, sizeof full, "%s%s", root, path) >= (int)sizeof full)
		return -1;
	return open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

bool tree_text(const char *root, const char *path, char *text, size_t size)
{
	const int fd = tree_open(root, path);
	size_t used = 0;
	ssize_t got = 1;

	while (fd >= 0 && got > 0 && used + 1 < size) {
		got = read(fd, text + used, size - 1 - used);
		used += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		(void)close(fd);
	text[used] = '\0';
	return used > 0;
}

bool tree_line(const char *root, const char *path, char *line, size_t size)
{
	(void)tree_text(root, path, line, size);
	line[strcspn(line, "\n")] = '\0';
	for (size_t length = strlen(line); length && line[length - 1] == ' ';)
		line[--length] = '\0';
	return *line;
}

int64_t tree_number(const char *root, const char *path, int64_t otherwise)
{
	char line[64], *end;
	long long number;

	if (!tree_line(root, path, line, sizeof line))
		return otherwise;
	errno = 0;
	number = strtoll(line, &end, 10);
	return errno || end == line ? otherwise : number;
}
