/* SPDX-License-Identifier: MIT */
/* A file that is written at the end, but refused at the beginning. Main thread. */
#include "tools/bench/latency_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/cli.h"

/* What was there before is somebody's, also when it is empty. */
static int file_open(struct latency_output *output)
{
	output->fd = open(output->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	output->created = output->fd >= 0;
	if (output->fd < 0 && errno == EEXIST)
		output->fd = open(output->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	return output->fd < 0 ? -errno : 0;
}

int latency_output_open(struct latency_output *output, const char *flag, const char *path)
{
	output->flag = flag;
	output->path = path;
	if (file_open(output) < 0)
		return cli_error("%s: \"%s\" cannot be written: %s (try a file in a folder of "
				 "yours)",
				 flag, path, strerror(errno));
	return 0;
}

FILE *latency_output_begin(struct latency_output *output)
{
	output->begun = true;
	if (ftruncate(output->fd, 0) < 0)
		errno = 0; /* a pipe or a device, which has no old content */
	return fdopen(dup(output->fd), "w");
}

int latency_output_end(const struct latency_output *output, FILE *file)
{
	int rc = file && !fflush(file) && !ferror(file) ? 0 : -errno;

	if (file && fclose(file) != 0 && !rc)
		rc = -errno;
	if (rc < 0)
		(void)cli_error("%s: \"%s\" cannot be written: %s", output->flag, output->path,
				strerror(-rc));
	return rc;
}

void latency_output_close(struct latency_output *output)
{
	if (output->fd < 0)
		return;
	if (!output->begun && output->created)
		(void)unlink(output->path);
	(void)close(output->fd);
	output->fd = -1;
}
