/* SPDX-License-Identifier: MIT */
/* Which names stand in a directory: inotify for what happens, a rescan for what inotify lost.
 * The poll thread. */
#include "shm/discover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	EVENT_ROOM = 16384,
	READS_A_CALL =
		16, /* a storm of events must not hold the poll thread: poll(2) tells of the rest */
};

struct aw_discover {
	int dirfd; /* borrowed */
	int fd; /* of inotify, or -1 */
	bool lost; /* inotify dropped events, and no scan made up for them yet */
	char prefix[AW_PREFIX_MAX + 1];
};

static const struct {
	uint32_t mask;
	enum aw_found what;
} meanings[] = {
	{ IN_CREATE | IN_MOVED_TO, AW_FOUND },
	{ IN_CLOSE_WRITE, AW_RELEASED },
	{ IN_DELETE | IN_MOVED_FROM, AW_REMOVED },
};

/* Errors leave us without inotify, which is slower and no worse. */
static int watch(const char *path)
{
	const uint32_t mask =
		IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR;
	const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0 || inotify_add_watch(fd, path, mask) >= 0)
		return fd;
	close(fd);
	return -1;
}

int aw_discover_open(struct aw_discover **discover, int dirfd, const char *path, const char *prefix)
{
	struct aw_discover *opened;

	*discover = NULL;
	if (!aw_prefix_valid(prefix))
		return -EINVAL;
	opened = calloc(1, sizeof *opened);
	if (!opened)
		return -ENOMEM;
	opened->dirfd = dirfd;
	opened->fd = watch(path);
	snprintf(opened->prefix, sizeof opened->prefix, "%s", prefix);
	*discover = opened;
	return 0;
}

void aw_discover_close(struct aw_discover *discover)
{
	if (!discover)
		return;
	if (discover->fd >= 0)
		close(discover->fd);
	free(discover);
}

int aw_discover_fd(const struct aw_discover *discover)
{
	return discover->fd;
}

/* <prefix>-<digits>-collector is a collector's lock and never a segment. */
static bool is_lock(const char *after_prefix)
{
	return strcmp(after_prefix + strspn(after_prefix, "0123456789"), "-collector") == 0;
}

static bool is_ours(const struct aw_discover *discover, const char *name)
{
	const size_t length = strlen(discover->prefix);

	/* a uid follows: what has a letter there lives under a longer prefix and is somebody else's */
	return strncmp(name, discover->prefix, length) == 0 && name[length] == '-' &&
	       name[length + 1] >= '0' && name[length + 1] <= '9' && !is_lock(name + length + 1);
}

static void report(const struct aw_discover *discover, const struct inotify_event *event,
		   aw_found_fn *found, void *context)
{
	if (!event->len || !is_ours(discover, event->name))
		return;
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (event->mask & meanings[i].mask)
			found(context, meanings[i].what, event->name);
}

/* Reports what lies in the room; true when inotify lost events before it. */
static bool report_all(const struct aw_discover *discover, const char *room, ssize_t got,
		       aw_found_fn *found, void *context)
{
	bool lost = false;

	for (ssize_t at = 0; at < got;) {
		const void *next = room + at;
		const struct inotify_event *event = next;

		lost |= (event->mask & IN_Q_OVERFLOW) != 0;
		report(discover, event, found, context);
		at += (ssize_t)(sizeof *event + event->len);
	}
	return lost;
}

void aw_discover_read(struct aw_discover *discover, aw_found_fn *found, void *context)
{
	_Alignas(struct inotify_event) char room[EVENT_ROOM];

	if (discover->fd < 0)
		return;
	for (unsigned i = 0; i < READS_A_CALL; i++) {
		const ssize_t got = read(discover->fd, room, sizeof room);

		if (got <= 0)
			break;
		discover->lost |= report_all(discover, room, got, found, context);
	}
	/* a scan that failed is owed until the next call */
	if (discover->lost && !aw_discover_scan(discover, found, context))
		discover->lost = false;
}

int aw_discover_scan(struct aw_discover *discover, aw_found_fn *found, void *context)
{
	/* a description of its own, so that no position is shared with the borrowed one */
	const int fd = openat(discover->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int error;

	if (!dir) {
		error = errno;
		if (fd >= 0)
			close(fd);
		return -error;
	}
	for (errno = 0; (entry = readdir(dir)); errno = 0)
		if (is_ours(discover, entry->d_name))
			found(context, AW_FOUND, entry->d_name);
	error = errno;
	closedir(dir);
	return -error;
}
