/* SPDX-License-Identifier: MIT */
/* A reader's life: opening the object, refusing it, its kernel's word, its clock. The poll
 * thread. */
#include "shm/reader_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

enum { SIGNALS_MAX = 100 }; /* that a read goes on after */

static const char *const attach_names[AW_ATTACH_OUTCOMES] = {
	[AW_ATTACHED] = "attached",
	[AW_NEWBORN] = "newborn",
	[AW_GONE] = "gone",
	[AW_REFUSED_NAME] = "name",
	[AW_REFUSED_SYMLINK] = "symlink",
	[AW_REFUSED_TYPE] = "type",
	[AW_REFUSED_OWNER] = "owner",
	[AW_REFUSED_MODE] = "mode",
	[AW_REFUSED_LINKS] = "links",
	[AW_REFUSED_ACCESS] = "access",
	[AW_REFUSED_BYTE_ORDER] = "byte_order",
	[AW_REFUSED_ABI] = "abi",
	[AW_REFUSED_COUNTS] = "counts",
	[AW_REFUSED_SIZE] = "size",
	[AW_REFUSED_HEADER] = "header",
	[AW_SHORTAGE] = "shortage",
};

const char *aw_attach_name(enum aw_attach outcome)
{
	return (unsigned)outcome < AW_ATTACH_OUTCOMES ? attach_names[outcome] : "unknown";
}

/* pread, going on after short reads and, so often, signals; fewer bytes than asked is the end of the file. */
static int64_t read_file(void *context, void *buffer, uint64_t size, uint64_t offset)
{
	const int fd = ((const struct aw_reader *)context)->fd;
	unsigned signals = 0;
	uint64_t done = 0;

	while (done < size) {
		const ssize_t got =
			pread(fd, (char *)buffer + done, size - done, (off_t)(offset + done));

		if (got == 0 || (got < 0 && (errno != EINTR || ++signals == SIGNALS_MAX)))
			return got < 0 ? -errno : (int64_t)done;
		done += got > 0 ? (uint64_t)got : 0;
	}
	return (int64_t)done;
}

int reader_copy(struct aw_reader *reader, void *to, uint64_t size, uint64_t offset)
{
	return reader->read_at(reader->context, to, size, offset) == (int64_t)size ? 0 : -EIO;
}

int reader_settle(unsigned *strikes, int outcome)
{
	if (outcome == -EAGAIN)
		return ++*strikes >= READER_STRIKES ? -EPROTO : -EAGAIN;
	if (!outcome)
		*strikes = 0;
	return outcome;
}

bool reader_intact(const struct aw_reader *reader)
{
	struct stat st;

	if (reader->fd < 0)
		return true;
	return !fstat(reader->fd, &st) && (uint64_t)st.st_size == reader->layout.size;
}

/* The file's own properties, whatever stands in it. */
static enum aw_attach check_file(const struct stat *st, uid_t uid)
{
	const unsigned mode = st->st_mode & 07777u;

	if (S_ISLNK(st->st_mode))
		return AW_REFUSED_SYMLINK;
	if (!S_ISREG(st->st_mode))
		return AW_REFUSED_TYPE;
	if (st->st_uid != uid)
		return AW_REFUSED_OWNER;
	if (mode != 0600 && mode != 0640)
		return AW_REFUSED_MODE;
	if (st->st_nlink > 1)
		return AW_REFUSED_LINKS;
	return AW_ATTACHED;
}

/* What open said, made more exact by the file's properties where they can be asked. */
static enum aw_attach why_not_opened(int dirfd, const char *name, uid_t uid, int error)
{
	enum aw_attach why;
	struct stat st;

	if (error == ENOENT)
		return AW_GONE;
	if (error == EMFILE || error == ENFILE || error == ENOMEM)
		return AW_SHORTAGE;
	if (error == ELOOP)
		return AW_REFUSED_SYMLINK;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? AW_GONE : AW_REFUSED_ACCESS;
	why = check_file(&st, uid);
	return why == AW_ATTACHED ? AW_REFUSED_ACCESS : why;
}

/* Opens the object or says why not. NONBLOCK: a FIFO must not hold us up. */
static enum aw_attach open_file(int dirfd, const char *name, uid_t uid, int *fd)
{
	enum aw_attach why;
	struct stat st;

	*fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0)
		return why_not_opened(dirfd, name, uid, errno);
	why = fstat(*fd, &st) ? AW_REFUSED_ACCESS : check_file(&st, uid);
	if (why != AW_ATTACHED)
		close(*fd);
	return why;
}

static bool is_asked_for(const struct aw_reader_place *place, uid_t uid)
{
	for (unsigned i = 0; i < place->uid_count; i++)
		if (place->uids[i] == uid)
			return true;
	return false;
}

enum aw_attach aw_reader_open(const struct aw_reader_place *place, const char *name,
			      struct aw_reader **reader)
{
	uint8_t id[AW_ID_SIZE];
	struct aw_reader *opened;
	enum aw_attach why;
	uid_t uid;
	int fd;

	*reader = NULL;
	if (!aw_segment_name_parse(name, place->prefix, &uid, id))
		return AW_REFUSED_NAME;
	if (!is_asked_for(place, uid))
		return AW_REFUSED_OWNER;
	why = open_file(place->dirfd, name, uid, &fd);
	if (why != AW_ATTACHED)
		return why;
	opened = calloc(1, sizeof *opened);
	if (!opened) {
		close(fd);
		return AW_SHORTAGE;
	}
	opened->read_at = read_file;
	opened->context = opened;
	opened->fd = fd;
	opened->dirfd = place->dirfd;
	opened->uid = uid;
	memcpy(opened->id, id, sizeof id);
	snprintf(opened->name, sizeof opened->name, "%s", name);
	snprintf(opened->prefix, sizeof opened->prefix, "%s", place->prefix);
	*reader = opened;
	return aw_reader_attach(opened);
}

enum aw_attach aw_reader_over(aw_read_at_fn *read_at, void *context, uint64_t size,
			      struct aw_reader **reader)
{
	struct aw_reader *opened = calloc(1, sizeof *opened);

	*reader = opened;
	if (!opened)
		return AW_SHORTAGE;
	opened->read_at = read_at;
	opened->context = context;
	opened->size = size;
	opened->fd = opened->dirfd = -1;
	return aw_reader_attach(opened);
}

/* A file may have changed since it was opened: its size did, while it was newborn. */
static enum aw_attach check_file_again(struct aw_reader *reader)
{
	enum aw_attach why;
	struct stat st;

	if (reader->fd < 0)
		return AW_ATTACHED;
	if (fstat(reader->fd, &st))
		return AW_REFUSED_ACCESS;
	why = check_file(&st, reader->uid);
	if (why != AW_ATTACHED)
		snprintf(reader->error, sizeof reader->error, "its %s changed after it was opened",
			 aw_attach_name(why));
	reader->size = (uint64_t)st.st_size;
	return why;
}

enum aw_attach aw_reader_attach(struct aw_reader *reader)
{
	enum aw_attach why;

	if (reader->attached)
		return AW_ATTACHED;
	why = check_file_again(reader);
	if (why == AW_ATTACHED)
		why = reader_check_header(reader);
	if (why != AW_ATTACHED)
		return why;
	if (reader_arm(reader)) {
		snprintf(reader->error, sizeof reader->error, "no memory to read it");
		return AW_SHORTAGE;
	}
	reader->attached = true;
	reader->error[0] = '\0';
	return AW_ATTACHED;
}

void aw_reader_close(struct aw_reader *reader)
{
	if (!reader)
		return;
	reader_disarm(reader);
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader);
}

const char *aw_reader_error(const struct aw_reader *reader)
{
	return reader->error;
}

const char *aw_reader_name(const struct aw_reader *reader)
{
	return reader->name;
}

int aw_reader_fd(const struct aw_reader *reader)
{
	return reader->fd;
}

const struct aw_segment_header *aw_reader_header(const struct aw_reader *reader)
{
	return &reader->header;
}

const struct aw_layout *aw_reader_layout(const struct aw_reader *reader)
{
	return &reader->layout;
}

bool aw_reader_closed(const struct aw_reader *reader)
{
	return reader->header.state == AW_STATE_CLOSED;
}

enum aw_life aw_reader_life(const struct aw_reader *reader)
{
	return reader->fd < 0 ? AW_LIFE_UNKNOWN : aw_segment_life(reader->fd);
}

int aw_reader_reap(const struct aw_reader *reader, int64_t now_s)
{
	if (reader->fd < 0)
		return -EPERM;
	return aw_segment_reap(reader->dirfd, reader->name, reader->prefix, reader->fd, now_s);
}

static uint64_t raw_ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return 0;
#endif
}

uint64_t aw_reader_ticks_now(const struct aw_reader *reader)
{
	struct timespec now;

	if (reader->header.clock_kind == AW_CLOCK_TICKS)
		return raw_ticks();
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
