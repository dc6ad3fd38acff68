/* SPDX-License-Identifier: MIT */
/* Reads the file of a configuration into memory, and knows its folder. Main thread. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/config_load.h"

static const struct {
	int error;
	const char *why;
} errors[] = {
	{ ENOENT, "does not exist (see its spelling)" },
	{ EACCES, "may not be read by this user (see its permissions)" },
	{ EISDIR, "is a directory (try a file in it)" },
	{ EFBIG, "is larger than 1 MiB (no configuration is)" },
};

static int refuse_file(const struct config_source *source, const char *file, int status)
{
	const struct config_place place = { .error = source->error, .name = "--config" };
	const char *why = NULL;

	for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].error == -status)
			why = errors[i].why;
	if (why)
		(void)config_refuse(&place, file, "%s", why);
	else
		(void)config_refuse(&place, file, "cannot be read: %s", strerror(-status));
	return status;
}

/* A pipe gives no size, so one byte more than is allowed tells. */
static int read_all(int fd, char *text, size_t *size)
{
	*size = 0;
	while (*size <= CONFIG_FILE_MAX) {
		const ssize_t got = read(fd, text + *size, CONFIG_FILE_MAX + 1 - *size);

		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return -errno;
		*size += got > 0 ? (size_t)got : 0;
	}
	return -EFBIG;
}

int config_read(const struct config_source *source, const char *file, char **text, size_t *size)
{
	const int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int status = fd < 0 ? -errno : 0;

	*text = malloc(CONFIG_FILE_MAX + 1);
	if (!*text)
		status = -ENOMEM;
	if (!status)
		status = read_all(fd, *text, size);
	if (fd >= 0)
		close(fd);
	if (!status)
		return 0;
	free(*text);
	*text = NULL;
	return refuse_file(source, file, status);
}

const char *config_folder(struct config *config, const char *file)
{
	const char *slash = strrchr(file, '/');
	char path[CONFIG_PATH_SIZE], folder[2 * CONFIG_PATH_SIZE] = "";
	size_t used = 0;

	if (*file != '/' && getcwd(path, sizeof path))
		used = (size_t)snprintf(folder, sizeof folder, "%s%s", path, slash ? "/" : "");
	if (slash)
		snprintf(folder + used, sizeof folder - used, "%.*s", (int)(slash - file), file);
	return config_keep(config, folder);
}
