/* SPDX-License-Identifier: MIT */
/* A file that is written at the end, but refused at the beginning. Main thread. */
#include "tools/bench/latency_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/cli.h"

int latency_output_open(struct latency_output *output, const char *flag, const char *path)
{
	output->path = path;
	output->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (output->fd < 0)
		return cli_error("%s: \"%s\" cannot be written: %s (try a file in a folder of "
				 "yours)",
				 flag, path, strerror(errno));
	return 0;
}

void latency_output_begin(struct latency_output *output)
{
	output->begun = true;
	if (ftruncate(output->fd, 0) < 0)
		return; /* a pipe or a device, which has no old content */
}

void latency_output_close(struct latency_output *output)
{
	struct stat status;

	if (output->fd < 0)
		return;
	if (!output->begun && fstat(output->fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size == 0)
		(void)unlink(output->path);
	(void)close(output->fd);
	output->fd = -1;
}
