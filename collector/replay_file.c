/* SPDX-License-Identifier: MIT */
/* A trace's file into memory, and the replay of it. Main thread. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/replay.h"

static int refuse(char error[TRACE_ERROR_SIZE], const char *path, const char *what, int status)
{
	snprintf(error, TRACE_ERROR_SIZE, "%.200s: %s: %s", path, what, strerror(-status));
	return status;
}

/* All of it, up to a byte that no text has. */
static int read_all(FILE *file, char **text, size_t *size)
{
	size_t room = 0;
	ssize_t got;

	errno = 0;
	got = getdelim(text, &room, '\0', file);
	if (ferror(file) || (got < 0 && !feof(file)))
		return errno ? -errno : -EIO;
	*size = got > 0 ? (size_t)got : 0;
	return 0;
}

static int read_path(const char *path, char **text, size_t *size)
{
	const bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");
	int status;

	if (!file)
		return -errno;
	status = read_all(file, text, size);
	if (!standard)
		fclose(file);
	return status;
}

static int replay_read(const struct replay_options *options, const struct trace *trace,
		       char error[TRACE_ERROR_SIZE])
{
	int status = replay_text(options, *trace, error);

	if (!status && (fflush(options->out) || ferror(options->out)))
		status = refuse(error, trace->name, "what it tells cannot be written",
				errno ? -errno : -EIO);
	return status;
}

int replay_file(const struct replay_options *options, const char *path, char error[TRACE_ERROR_SIZE])
{
	char *text = NULL;
	size_t size = 0;
	int status = read_path(path, &text, &size);
	const struct trace trace = trace_of(path, text, size);

	if (status)
		status = refuse(error, path, "cannot be read", status);
	else
		status = replay_read(options, &trace, error);
	free(text);
	return status;
}
