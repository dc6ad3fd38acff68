/* SPDX-License-Identifier: MIT */
/* Lines from the poll thread to a file, by a thread of its own. */
#include "collector/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MISSING "# lines are missing here\n"

struct text {
	char *bytes; /* RECORD_FILE_ROOM */
	size_t used;
};

struct record_file {
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows, up to the blank line */
	pthread_cond_t told;
	struct text filling;
	bool missing; /* something was left out since the last swap */
	bool closing;

	/* the thread's own, but for open and close: */
	struct text writing;
	int fd;
	bool torn; /* the file lacks something, and does not say so yet */
	bool complained;
	struct log *log;
};

/* ---- the writing thread ---- */

static void complain(struct record_file *file, const char *why)
{
	if (!file->complained)
		log_event(file->log, LOG_WARN, "record",
			  "lines of the trace are left out; the file marks where",
			  (const struct log_field[]){ { "reason", why, 0 }, { NULL, NULL, 0 } });
	file->complained = true;
}

/* How much was written; less than all: errno says why. */
static size_t write_all(int fd, const char *bytes, size_t size)
{
	size_t written = 0;

	while (written < size) {
		const ssize_t n = write(fd, bytes + written, size - written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		written += (size_t)n;
	}
	return written;
}

/* Half a line is taken back, so that what is there can be read. */
static bool write_lines(struct record_file *file, const char *bytes, size_t size)
{
	const off_t before = lseek(file->fd, 0, SEEK_END);
	const size_t written = write_all(file->fd, bytes, size);
	const int error = errno;
	const char *newline;

	if (written == size)
		return true;
	newline = written ? memrchr(bytes, '\n', written) : NULL;
	if (before >= 0 && ftruncate(file->fd, before + (newline ? newline + 1 - bytes : 0)))
		file->torn = true; /* a pipe keeps what it has */
	complain(file, strerror(error));
	return false;
}

static void write_text(struct record_file *file)
{
	if (file->torn && !write_lines(file, MISSING, sizeof MISSING - 1))
		return;
	file->torn = !write_lines(file, file->writing.bytes, file->writing.used);
}

/* False: nothing more will come. */
static bool next_text(struct record_file *file)
{
	const struct text written = { file->writing.bytes, 0 };
	bool more, missing;

	pthread_mutex_lock(&file->lock);
	while (!file->filling.used && !file->closing)
		pthread_cond_wait(&file->told, &file->lock);
	more = file->filling.used > 0;
	missing = file->missing;
	file->missing = false;
	file->writing = file->filling;
	file->filling = written;
	pthread_mutex_unlock(&file->lock);
	file->torn |= missing;
	if (missing)
		complain(file, "the disk is too slow");
	return more;
}

static void *write_on(void *context)
{
	struct record_file *file = context;

	while (next_text(file))
		write_text(file);
	return NULL;
}

/* ---- the poll thread ---- */

void record_file_put(struct record_file *file, const char *text, size_t length)
{
	pthread_mutex_lock(&file->lock);
	if (length > RECORD_FILE_ROOM - file->filling.used) {
		file->missing = true;
	} else {
		memcpy(file->filling.bytes + file->filling.used, text, length);
		file->filling.used += length;
	}
	pthread_cond_signal(&file->told);
	pthread_mutex_unlock(&file->lock);
}

static void release(struct record_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->filling.bytes);
	free(file->writing.bytes);
	free(file);
}

static int start(struct record_file *file, const char *path)
{
	int error;

	if (!file->filling.bytes || !file->writing.bytes)
		return -ENOMEM;
	file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
	if (file->fd < 0)
		return -errno;
	pthread_mutex_init(&file->lock, NULL);
	pthread_cond_init(&file->told, NULL);
	error = pthread_create(&file->thread, NULL, write_on, file);
	if (!error)
		return 0;
	unlink(path);
	return -error;
}

int record_file_open(struct record_file **file, const char *path, struct log *log)
{
	struct record_file *opened = calloc(1, sizeof *opened);
	int status;

	*file = NULL;
	if (!opened)
		return -ENOMEM;
	opened->fd = -1;
	opened->log = log;
	opened->filling.bytes = malloc(RECORD_FILE_ROOM);
	opened->writing.bytes = malloc(RECORD_FILE_ROOM);
	status = start(opened, path);
	if (status)
		release(opened);
	else
		*file = opened;
	return status;
}

void record_file_close(struct record_file *file)
{
	if (!file)
		return;
	pthread_mutex_lock(&file->lock);
	file->closing = true;
	pthread_cond_signal(&file->told);
	pthread_mutex_unlock(&file->lock);
	pthread_join(file->thread, NULL);
	pthread_cond_destroy(&file->told);
	pthread_mutex_destroy(&file->lock);
	release(file);
}
