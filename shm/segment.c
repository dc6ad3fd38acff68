/* SPDX-License-Identifier: MIT */
/* The object behind a segment: name, creation, life, reaping, the collector's lock. Set-up and poll threads. */
#include "shm/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { RETRIES = 100 };

bool aw_prefix_valid(const char *prefix)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const size_t length = strlen(prefix);

	return length >= 1 && length <= AW_PREFIX_MAX && prefix[0] != '.' &&
	       strspn(prefix, allowed) == length;
}

void aw_segment_name(char name[AW_SEGMENT_NAME_SIZE], const char *prefix, uid_t uid,
		     const uint8_t id[AW_ID_SIZE])
{
	int at = snprintf(name, AW_SEGMENT_NAME_SIZE, "%.*s-%u-", AW_PREFIX_MAX, prefix,
			  (unsigned)uid);

	for (unsigned i = 0; i < AW_ID_SIZE; i++)
		at += snprintf(name + at, (size_t)(AW_SEGMENT_NAME_SIZE - at), "%02x", id[i]);
}

/* Parses by writing: whatever does not come out letter by letter again was no segment's name. */
bool aw_segment_name_parse(const char *name, const char *prefix, uid_t *uid, uint8_t id[AW_ID_SIZE])
{
	const size_t length = strlen(prefix);
	char again[AW_SEGMENT_NAME_SIZE];
	unsigned long number;
	char *end;

	if (strlen(name) >= sizeof again || strncmp(name, prefix, length) != 0 ||
	    name[length] != '-')
		return false;
	errno = 0;
	number = strtoul(name + length + 1, &end, 10);
	if (errno || *end != '-' || number > UINT32_MAX || strlen(end + 1) != 2 * AW_ID_SIZE)
		return false;
	for (unsigned i = 0; i < AW_ID_SIZE; i++) {
		const char digits[3] = { end[1 + 2 * i], end[2 + 2 * i], 0 };

		id[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	*uid = (uid_t)number;
	aw_segment_name(again, prefix, *uid, id);
	return strcmp(again, name) == 0;
}

int aw_segment_id(uint8_t id[AW_ID_SIZE])
{
	const uint32_t pid = (uint32_t)getpid();

	for (unsigned i = 0; i < 4; i++)
		id[i] = (uint8_t)(pid >> (24 - 8 * i));
	for (unsigned tries = 0; tries < RETRIES; tries++) {
		if (getrandom(id + 4, AW_ID_SIZE - 4, 0) == AW_ID_SIZE - 4)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
	return -EINTR;
}

int aw_segment_dir(const char *dir)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	int error;

	if (fd < 0)
		return -errno;
	error = fstatfs(fd, &fs) ? errno : fs.f_type != TMPFS_MAGIC ? EOPNOTSUPP : 0;
	if (!error)
		return fd;
	close(fd);
	return -error;
}

/* A group's name or number. */
static int group_id(const char *group, gid_t *gid)
{
	char room[16384], *end; /* some groups have many members */
	struct group entry, *found = NULL;
	const unsigned long number = strtoul(group, &end, 10);

	if (*group && !*end && number < UINT32_MAX) { /* the last one means "leave it" to fchown() */
		*gid = (gid_t)number;
		return 0;
	}
	if (getgrnam_r(group, &entry, room, sizeof room, &found) || !found)
		return -EINVAL;
	*gid = entry.gr_gid;
	return 0;
}

static int set_access(int fd, const char *group)
{
	gid_t gid = (gid_t)-1;
	const int error = group ? group_id(group, &gid) : 0;

	if (error)
		return error;
	/* both, whatever the umask was: readers refuse any other mode */
	if ((group && fchown(fd, (uid_t)-1, gid)) || fchmod(fd, group ? 0640 : 0600))
		return -errno;
	return 0;
}

static int allocate(int fd, uint64_t size)
{
	int error = EINTR;

	for (unsigned tries = 0; error == EINTR && tries < RETRIES; tries++)
		error = posix_fallocate(fd, 0, (off_t)size);
	return -error;
}

/* Every page is written once, here: MAP_POPULATE only reads shared pages, and the audio thread must not fault. */
static int map_populated(int fd, uint64_t size, void **map)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	if (madvise(at, size, MADV_DONTFORK)) {
		const int error = errno;

		munmap(at, size);
		return -error;
	}
	for (uint64_t offset = 0; offset < size; offset += AW_PAGE)
		((volatile unsigned char *)at)[offset] = 0;
	*map = at;
	return 0;
}

int aw_segment_create(int dirfd, const char *name, uint64_t size, const char *group, void **map)
{
	const int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return -errno;
	error = set_access(fd, group);
	if (!error)
		error = allocate(fd, size);
	if (!error)
		error = map_populated(fd, size, map);
	/* the mapping alone keeps us alive in the kernel's eyes; a descriptor would leak into forked children */
	close(fd);
	if (error)
		unlinkat(dirfd, name, 0);
	return error;
}

enum aw_life aw_segment_life(int fd)
{
	/* first, always: without it the kernel answers another's open for write with SIGIO, which kills us */
	if (fcntl(fd, F_SETSIG, SIGURG))
		return AW_LIFE_UNKNOWN;
	if (fcntl(fd, F_SETLEASE, F_RDLCK))
		return errno == EAGAIN ? AW_ALIVE : AW_LIFE_UNKNOWN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return AW_DEAD;
}

/* Whether the name is its header's id; a header that was never finished must be old enough to be nobody's. */
static int may_unlink(int fd, const uint8_t id[AW_ID_SIZE], int64_t age_s)
{
	uint64_t start[5] = { 0 }; /* magic .. id */
	const ssize_t got = pread(fd, start, sizeof start, 0);

	if (got < 0)
		return -errno;
	if (got == sizeof start && start[0] == AW_MAGIC)
		return memcmp((const char *)start + 24, id, AW_ID_SIZE) ? -EPERM : 0;
	return age_s < AW_NEWBORN_S ? -EBUSY : 0;
}

int aw_segment_reap(int dirfd, const char *name, const char *prefix, int fd, int64_t now_s)
{
	uint8_t id[AW_ID_SIZE];
	struct stat open_one, named;
	enum aw_life life;
	uid_t uid;
	int error;

	if (!aw_segment_name_parse(name, prefix, &uid, id) || fstat(fd, &open_one))
		return -EPERM;
	if (fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (named.st_dev != open_one.st_dev || named.st_ino != open_one.st_ino ||
	    !S_ISREG(named.st_mode) || uid != geteuid() || named.st_uid != uid)
		return -EPERM;
	/* First the header, then the question: the kernel knows nobody yet between the creation of a name and its first
	 * descriptor, so "dead" says something only of an object whose magic was seen before, or of an old one. */
	error = may_unlink(fd, id, now_s - open_one.st_ctim.tv_sec);
	life = aw_segment_life(fd);
	if (life != AW_DEAD)
		return life == AW_ALIVE ? -EBUSY : -EPERM;
	if (error)
		return error;
	return unlinkat(dirfd, name, 0) && errno != ENOENT ? -errno : 0;
}

static void lock_name(char name[AW_SEGMENT_NAME_SIZE], const char *prefix)
{
	snprintf(name, AW_SEGMENT_NAME_SIZE, "%.*s-%u-collector", AW_PREFIX_MAX, prefix,
		 (unsigned)geteuid());
}

static struct flock whole_file(void)
{
	struct flock lock;

	memset(&lock, 0, sizeof lock);
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	return lock;
}

static bool squatted(int fd)
{
	struct stat st;

	/* a second name would make what we write somebody else's file */
	return fstat(fd, &st) || st.st_uid != geteuid() || !S_ISREG(st.st_mode) || st.st_nlink != 1;
}

enum aw_lock_state aw_collector_lock_state(int dirfd, const char *prefix)
{
	struct flock lock = whole_file();
	enum aw_lock_state state = AW_LOCK_FREE;
	char name[AW_SEGMENT_NAME_SIZE];
	int fd;

	lock_name(name, prefix);
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? AW_LOCK_FREE : AW_LOCK_SQUATTED;
	if (squatted(fd))
		state = AW_LOCK_SQUATTED;
	else if (!fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK)
		state = AW_LOCK_HELD;
	close(fd);
	return state;
}

int aw_collector_lock(int dirfd, const char *prefix)
{
	struct flock lock = whole_file();
	char name[AW_SEGMENT_NAME_SIZE];
	int fd, error = 0;

	lock_name(name, prefix);
	fd = openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == ELOOP || errno == EACCES || errno == EISDIR ? -EPERM : -errno;
	if (squatted(fd))
		error = EPERM;
	else if (fcntl(fd, F_OFD_SETLK, &lock))
		error = errno == EAGAIN || errno == EACCES ? EWOULDBLOCK : errno;
	if (!error)
		return fd;
	close(fd);
	return -error;
}
