/* SPDX-License-Identifier: MIT */
/* Dead segments of this user, when no collector looks after them: host control threads, inside aw_open(). */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rt/session.h"
#include "shm/segment.h"

enum { KEEP = 4, MOST_NAMES = 65536 };

struct dead {
	char name[AW_SEGMENT_NAME_SIZE];
	struct timespec born;
};

/* The newest dead ones seen so far, oldest first. */
struct keep {
	struct dead dead[KEEP + 1];
	unsigned count;
};

static bool is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* A name is opened afresh: what it names now is what the reaper checks and unlinks. */
static void reap(int dirfd, const char *prefix, const char *name)
{
	const int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	/* alive, too young or not ours: not this session's affair */
	(void)!aw_segment_reap(dirfd, name, prefix, fd, time(NULL));
	close(fd);
}

static void keep_newest(struct keep *keep, int dirfd, const char *prefix, const struct dead *dead)
{
	unsigned at = keep->count;

	for (; at && is_older(&dead->born, &keep->dead[at - 1].born); at--)
		keep->dead[at] = keep->dead[at - 1];
	keep->dead[at] = *dead;
	if (++keep->count <= KEEP)
		return;
	reap(dirfd, prefix, keep->dead[0].name);
	memmove(&keep->dead[0], &keep->dead[1], KEEP * sizeof *keep->dead);
	keep->count = KEEP;
}

/* Dead and ours; fills when it was born. One without magic was killed at birth: nothing to keep. */
static bool is_dead(int dirfd, const char *name, struct dead *dead)
{
	const int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool yes = false;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid())
		yes = aw_segment_life(fd) == AW_DEAD;
	if (yes) {
		memcpy(dead->name, name, strlen(name) + 1); /* parsed as a segment's name: it fits */
		dead->born = st.st_ctim;
	}
	close(fd);
	return yes;
}

static bool has_magic(int dirfd, const char *name)
{
	const int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint64_t magic = 0;
	const bool read_it = fd >= 0 && pread(fd, &magic, sizeof magic, 0) == sizeof magic;

	if (fd >= 0)
		close(fd);
	return read_it && magic == AW_MAGIC;
}

static void look_at(struct keep *keep, int dirfd, const char *prefix, const char *name)
{
	uint8_t id[AW_ID_SIZE];
	struct dead dead;
	uid_t uid;

	if (!aw_segment_name_parse(name, prefix, &uid, id) || uid != geteuid() ||
	    !is_dead(dirfd, name, &dead))
		return;
	if (has_magic(dirfd, name))
		keep_newest(keep, dirfd, prefix, &dead);
	else
		reap(dirfd, prefix, name);
}

void aw_reap_dead(int dirfd, const char *prefix)
{
	struct keep keep;
	const struct dirent *entry;
	DIR *dir;
	int fd;

	if (aw_collector_lock_state(dirfd, prefix) == AW_LOCK_HELD)
		return;
	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* a position of its own */
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	keep.count = 0;
	for (unsigned n = 0; n < MOST_NAMES && (entry = readdir(dir)); n++)
		look_at(&keep, dirfd, prefix, entry->d_name);
	closedir(dir);
}
