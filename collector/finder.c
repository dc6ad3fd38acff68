/* SPDX-License-Identifier: MIT */
/* Directories, locks, names, newborns. The poll thread. */
#include "collector/finder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/marks.h"
#include "shm/discover.h"

/* What is remembered of an object that could not be opened for a while, beside its own mark. */
#define POSTPONED UINT64_C(0x8000000000000000)

enum { NEWBORNS_MAX = 256, NEWBORN_SLOW_S = AW_NEWBORN_S };

struct finder_dir {
	const char *path;
	int fd, lock; /* lock -1: squatted, done without */
	struct aw_discover *discover;
};

/* Created, its magic not written yet. */
struct newborn {
	struct aw_reader *reader;
	unsigned dir;
	uint64_t found_ns;
};

struct finder {
	struct finder_options options;
	struct finder_dir dirs[FINDER_DIRS_MAX];
	unsigned dir_count;
	struct newborn newborns[NEWBORNS_MAX];
	unsigned newborn_count;
	struct marks marks;
	struct instant at; /* of the call that is running */
	unsigned reading; /* the directory it reads */
	bool scanning;
};

/* ---- opening ---- */

static void lock_name(const struct finder *finder, char *name, size_t size)
{
	snprintf(name, size, "%s-%u-collector", finder->options.prefix, (unsigned)geteuid());
}

/* Our pid, for the one who finds the lock held. */
static void sign_lock(int lock)
{
	if (ftruncate(lock, 0) == 0)
		(void)dprintf(lock, "%d\n", (int)getpid());
}

static long lock_holder(const struct finder *finder, const struct finder_dir *dir)
{
	char name[AW_SEGMENT_NAME_SIZE], text[32] = "";
	int fd;

	lock_name(finder, name, sizeof name);
	fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof text - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtol(text, NULL, 10);
}

static int refuse_second(const struct finder *finder, const struct finder_dir *dir, char *error)
{
	const long pid = lock_holder(finder, dir);
	char who[32] = "";

	if (pid > 0)
		snprintf(who, sizeof who, ", pid %ld", pid);
	snprintf(error, FINDER_ERROR_SIZE,
		 "\"%.200s\" is watched by another audiowatchd already (user %u, prefix "
		 "\"%s\"%s): stop it, or try "
		 "another --prefix",
		 dir->path, (unsigned)geteuid(), finder->options.prefix, who);
	return -EWOULDBLOCK;
}

static int take_lock(const struct finder *finder, struct finder_dir *dir, char *error)
{
	char name[AW_SEGMENT_NAME_SIZE];

	dir->lock = aw_collector_lock(dir->fd, finder->options.prefix);
	if (dir->lock >= 0) {
		sign_lock(dir->lock);
		return 0;
	}
	if (dir->lock == -EWOULDBLOCK)
		return refuse_second(finder, dir, error);
	if (dir->lock != -EPERM) {
		snprintf(error, FINDER_ERROR_SIZE,
			 "--dir: \"%.200s\": the collector's lock cannot be taken: %s", dir->path,
			 strerror(-dir->lock));
		return dir->lock;
	}
	lock_name(finder, name, sizeof name);
	log_event(finder->options.log, LOG_WARN, "finder",
		  "the collector's lock belongs to another user and is ignored",
		  (const struct log_field[]){
			  { "dir", dir->path, 0 }, { "name", name, 0 }, { NULL, NULL, 0 } });
	return 0;
}

static int open_dir(struct finder *finder, const char *path, char *error)
{
	struct finder_dir *dir = &finder->dirs[finder->dir_count++];
	int status;

	*dir = (struct finder_dir){ .path = path, .fd = aw_segment_dir(path), .lock = -1 };
	if (dir->fd < 0) {
		snprintf(error, FINDER_ERROR_SIZE, "--dir: \"%.200s\" cannot be opened: %s", path,
			 strerror(-dir->fd));
		return dir->fd;
	}
	status = take_lock(finder, dir, error);
	if (!status)
		status = aw_discover_open(&dir->discover, dir->fd, path, finder->options.prefix);
	if (status && status != -EWOULDBLOCK && dir->lock >= 0)
		snprintf(error, FINDER_ERROR_SIZE, "--dir: \"%.200s\" cannot be watched: %s", path,
			 strerror(-status));
	return status;
}

int finder_open(struct finder **finder, const struct finder_options *options,
		char error[FINDER_ERROR_SIZE])
{
	struct finder *opened = calloc(1, sizeof *opened);
	int status = 0;

	*finder = NULL;
	if (!opened) {
		snprintf(error, FINDER_ERROR_SIZE, "no memory");
		return -ENOMEM;
	}
	opened->options = *options;
	for (size_t i = 0; !status && i < options->dir_count && i < FINDER_DIRS_MAX; i++)
		status = open_dir(opened, options->dirs[i], error);
	if (status)
		finder_close(opened);
	else
		*finder = opened;
	return status;
}

static void close_dir(struct finder_dir *dir)
{
	aw_discover_close(dir->discover);
	if (dir->lock >= 0)
		close(dir->lock);
	if (dir->fd >= 0)
		close(dir->fd);
}

void finder_close(struct finder *finder)
{
	if (!finder)
		return;
	for (unsigned i = 0; i < finder->newborn_count; i++)
		aw_reader_close(finder->newborns[i].reader);
	for (unsigned i = 0; i < finder->dir_count; i++)
		close_dir(&finder->dirs[i]);
	free(finder);
}

/* ---- what is found ---- */

static uint64_t mark_of(unsigned dir, const struct aw_reader *reader)
{
	struct stat st = { 0 };

	(void)fstat(aw_reader_fd(reader), &st);
	return marks_hash(dir, aw_reader_name(reader), st.st_ino);
}

void finder_mark(struct finder *finder, unsigned dir, const struct aw_reader *reader)
{
	(void)marks_add(&finder->marks, mark_of(dir, reader));
}

/* Counted and told only when it can be remembered: a flood of names is not told for ever. */
static void refuse(struct finder *finder, uint64_t mark, enum aw_attach why, const char *name,
		   const struct aw_reader *reader)
{
	const struct finder_sink *sink = &finder->options.sink;

	if (marks_add(&finder->marks, mark))
		sink->refused(sink->context, why, name, reader ? aw_reader_error(reader) : "");
}

/* Not its fault: told once, tried again by each scan. */
static void postpone(struct finder *finder, uint64_t mark, const char *name)
{
	if (!marks_has(&finder->marks, mark ^ POSTPONED))
		refuse(finder, mark ^ POSTPONED, AW_SHORTAGE, name, NULL);
}

static void take_newborn(struct finder *finder, unsigned dir, struct aw_reader *reader)
{
	if (finder->newborn_count == NEWBORNS_MAX)
		aw_reader_close(reader); /* a later scan finds it again */
	else
		finder->newborns[finder->newborn_count++] =
			(struct newborn){ reader, dir, finder->at.now_ns };
}

static void try_name(struct finder *finder, unsigned dir, const char *name, uint64_t mark)
{
	const struct aw_reader_place place = { finder->dirs[dir].fd, finder->options.prefix,
					       finder->options.uids, finder->options.uid_count };
	struct aw_reader *reader;
	const enum aw_attach outcome = aw_reader_open(&place, name, &reader);

	if (outcome == AW_ATTACHED) {
		finder->options.sink.attached(finder->options.sink.context, dir, reader);
		return;
	}
	if (outcome == AW_NEWBORN) {
		take_newborn(finder, dir, reader);
		return;
	}
	if (outcome == AW_SHORTAGE)
		postpone(finder, mark, name);
	else if (outcome != AW_GONE)
		refuse(finder, mark, outcome, name, reader);
	aw_reader_close(reader);
}

static bool is_newborn(const struct finder *finder, unsigned dir, const char *name)
{
	for (unsigned i = 0; i < finder->newborn_count; i++)
		if (finder->newborns[i].dir == dir &&
		    strcmp(aw_reader_name(finder->newborns[i].reader), name) == 0)
			return true;
	return false;
}

/* Nobody asked for this user's: their collector sees to them, and their number costs us a comparison each. */
static bool is_strangers(const struct finder *finder, const char *name)
{
	uint8_t id[AW_ID_SIZE];
	uid_t uid;

	if (!aw_segment_name_parse(name, finder->options.prefix, &uid, id))
		return false;
	for (unsigned i = 0; i < finder->options.uid_count; i++)
		if (finder->options.uids[i] == uid)
			return false;
	return true;
}

/* One that had its answer, a refused or a dropped one, may have died since. Only what was a segment once: a file of
 * another kind is left to whoever made it. */
static void bury_marked(const struct finder *finder, const char *name)
{
	const int dirfd = finder->dirs[finder->reading].fd;
	const int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint64_t magic = 0;

	if (fd < 0)
		return;
	if (pread(fd, &magic, sizeof magic, 0) == sizeof magic && magic == AW_MAGIC &&
	    aw_segment_reap(dirfd, name, finder->options.prefix, fd,
			    (int64_t)(finder->at.real_ns / NS_A_SECOND)) == 0)
		log_event(finder->options.log, LOG_INFO, "finder", "dead segment removed",
			  (const struct log_field[]){ { "name", name, 0 }, { NULL, NULL, 0 } });
	close(fd);
}

/* What a scan sees of a mark: it lives on while the name stands. */
static void keep_mark(struct finder *finder, uint64_t mark, const char *name)
{
	marks_keep(&finder->marks, mark);
	bury_marked(finder, name);
}

static void find_name(struct finder *finder, const char *name)
{
	const struct finder_sink *sink = &finder->options.sink;
	const unsigned dir = finder->reading;
	struct stat st;
	uint64_t mark;

	if (is_strangers(finder, name) ||
	    fstatat(finder->dirs[dir].fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	mark = marks_hash(dir, name, st.st_ino);
	if (finder->scanning && marks_has(&finder->marks, mark ^ POSTPONED))
		marks_keep(&finder->marks, mark ^ POSTPONED);
	if (marks_has(&finder->marks, mark)) {
		if (finder->scanning)
			keep_mark(finder, mark, name);
		return;
	}
	if (!is_newborn(finder, dir, name) && !sink->known(sink->context, dir, name, st.st_ino))
		try_name(finder, dir, name, mark);
}

static void take_event(void *context, enum aw_found what, const char *name)
{
	struct finder *finder = context;
	const struct finder_sink *sink = &finder->options.sink;

	if (what == AW_FOUND)
		find_name(finder, name);
	else if (what == AW_RELEASED)
		sink->released(sink->context, finder->reading, name);
}

unsigned finder_fds(const struct finder *finder, struct pollfd *fds)
{
	unsigned n = 0;

	for (unsigned i = 0; i < finder->dir_count; i++)
		if (aw_discover_fd(finder->dirs[i].discover) >= 0)
			fds[n++] = (struct pollfd){ .fd = aw_discover_fd(finder->dirs[i].discover),
						    .events = POLLIN };
	return n;
}

void finder_hear(struct finder *finder, const struct instant *at)
{
	finder->at = *at;
	for (finder->reading = 0; finder->reading < finder->dir_count; finder->reading++)
		aw_discover_read(finder->dirs[finder->reading].discover, take_event, finder);
}

/* ---- newborns ---- */

static void drop_newborn(struct finder *finder, unsigned i)
{
	aw_reader_close(finder->newborns[i].reader);
	finder->newborns[i] = finder->newborns[--finder->newborn_count];
}

/* One that takes longer than any start does is looked at when scans are. */
static bool is_slow(const struct newborn *newborn, const struct instant *at)
{
	return at->now_ns - newborn->found_ns > NEWBORN_SLOW_S * NS_A_SECOND;
}

/*
 * Killed at birth: never finished, and nobody has it mapped. Dead is for good only of one whose birth is long over, and
 * after that its magic is looked for once more: one that got it since the last look, published and died is a session
 * whose last words are to be read. The next turn attaches it.
 */
static bool is_stillborn(const struct newborn *newborn, const struct instant *at)
{
	if (!is_slow(newborn, at) || aw_reader_life(newborn->reader) != AW_DEAD ||
	    aw_reader_attach(newborn->reader) != AW_NEWBORN)
		return false;
	return aw_reader_reap(newborn->reader, (int64_t)(at->real_ns / NS_A_SECOND)) == 0;
}

static void bury_newborns(struct finder *finder, const struct instant *at)
{
	for (unsigned i = finder->newborn_count; i-- > 0;)
		if (is_stillborn(&finder->newborns[i], at))
			drop_newborn(finder, i);
}

static void attach_newborn(struct finder *finder, unsigned i)
{
	const struct newborn newborn = finder->newborns[i];
	const enum aw_attach outcome = aw_reader_attach(newborn.reader);

	if (outcome == AW_NEWBORN || outcome == AW_SHORTAGE)
		return;
	if (outcome == AW_ATTACHED) {
		finder->newborns[i] = finder->newborns[--finder->newborn_count];
		finder->options.sink.attached(finder->options.sink.context, newborn.dir,
					      newborn.reader);
		return;
	}
	refuse(finder, mark_of(newborn.dir, newborn.reader), outcome,
	       aw_reader_name(newborn.reader), newborn.reader);
	drop_newborn(finder, i);
}

void finder_newborns(struct finder *finder, const struct instant *at)
{
	finder->at = *at;
	for (unsigned i = finder->newborn_count; i-- > 0;)
		if (finder->scanning || !is_slow(&finder->newborns[i], at))
			attach_newborn(finder, i);
}

void finder_scan(struct finder *finder, const struct instant *at)
{
	bool whole = true;

	finder->at = *at;
	finder->scanning = true;
	finder_newborns(finder, at);
	for (finder->reading = 0; finder->reading < finder->dir_count; finder->reading++)
		whole &= !aw_discover_scan(finder->dirs[finder->reading].discover, take_event,
					   finder);
	if (whole)
		marks_scan_done(&finder->marks);
	finder->scanning = false;
	bury_newborns(finder, at);
}
