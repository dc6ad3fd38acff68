/* SPDX-License-Identifier: MIT */
/* Writes and reads the file of the collector's memory; the writing on a thread of its own. */
#include "collector/memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/fault.h"
#include "collector/instant.h"
#include "collector/memory.h"

#define NAME "state"
#define NAME_NEW "state.new"
#define NAME_REFUSED "state.refused"
#define NAME_OF_OTHERS "control.sock"

enum { PATIENCE_S = 5 };

/* What is to be written, and up to which ticket it holds orders. */
struct text {
	char *text;
	size_t length;
	uint64_t ticket;
};

struct memory_file {
	struct memory_file_owner owner;
	struct stat folder; /* as it was when we opened */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, over;
	struct text waits; /* under the lock, as is: NULL = nothing */
	bool ends, ended; /* it is to, and it has */
	_Atomic int fault; /* W: the thread; of the newest writing, 0 = it is on the disk */
	uint64_t hung_ns; /* P: since when the writing that was told to hang is at it; 0 = none */
	_Atomic uint64_t busy_ns; /* W: the thread; since when it writes, 0 = it does not */
	_Atomic uint64_t written, failed; /* W: the thread */
};

/* ---- the folder ---- */

/* By its name each time: one that was removed and made again, or mounted anew, is it again. Unless another collector, which
 * could not take ours while our socket was there, lives in it by now. A descriptor, or -errno or a fault's negative. */
static int open_folder(const struct memory_file *file)
{
	const int dir = open(file->owner.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat now;

	if (dir < 0)
		return -errno;
	if (fstat(dir, &now) == 0 &&
	    ((now.st_dev == file->folder.st_dev && now.st_ino == file->folder.st_ino) ||
	     faccessat(dir, NAME_OF_OTHERS, F_OK, 0) < 0))
		return dir;
	close(dir);
	return -FAULT_TAKEN;
}

/* ---- the file ---- */

static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		const ssize_t wrote = write(fd, text, length);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		text += wrote > 0 ? wrote : 0;
		length -= wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

static int write_whole(int fd, const char *text, size_t length)
{
	char end[MEMORY_END_SIZE];
	const int status = write_all(fd, text, length);

	memory_end(end, text, length);
	return status ? status : write_all(fd, end, strlen(end));
}

static int write_new(int dir, const char *text, size_t length)
{
	const int fd =
		openat(dir, NAME_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int status;

	if (fd < 0)
		return -errno;
	status = write_whole(fd, text, length);
	if (!status && fsync(fd) < 0)
		status = -errno;
	if (close(fd) < 0 && !status)
		status = -errno;
	return status;
}

/* The rename is the moment; the folder is brought to the disk behind it, so that it stays. */
static int write_in(int dir, const char *text, size_t length)
{
	const int status = write_new(dir, text, length);

	if (status) {
		(void)unlinkat(dir, NAME_NEW, 0); /* on a full disk the half of it would take room */
		return status;
	}
	return renameat(dir, NAME_NEW, dir, NAME) < 0 || fsync(dir) < 0 ? -errno : 0;
}

static int write_file(const struct memory_file *file, const char *text, size_t length)
{
	const int dir = open_folder(file);
	int status;

	if (dir < 0)
		return dir;
	status = write_in(dir, text, length);
	close(dir);
	return status;
}

static char *read_fd(int fd, size_t *length, int *status)
{
	struct stat st;
	char *text = NULL;
	ssize_t got = -1;

	if (fstat(fd, &st) < 0)
		*status = -errno;
	else if (!S_ISREG(st.st_mode))
		*status = -EINVAL;
	else if (st.st_size > MEMORY_MOST_BYTES)
		*status = -EFBIG;
	else if (!(text = malloc((size_t)st.st_size + 1)))
		*status = -ENOMEM;
	else if ((got = pread(fd, text, (size_t)st.st_size, 0)) < 0)
		*status = -errno;
	if (got >= 0) {
		*length = (size_t)got;
		return text;
	}
	free(text);
	return NULL;
}

char *memory_file_read(const struct memory_file *file, size_t *length, int *status)
{
	const int dir = open_folder(file);
	const int fd =
		dir < 0 ? dir : openat(dir, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *text;

	*status = dir < 0 ? dir : fd < 0 && errno != ENOENT ? -errno : 0;
	if (dir >= 0)
		close(dir);
	if (fd < 0)
		return NULL;
	text = read_fd(fd, length, status);
	close(fd);
	return text;
}

int memory_file_refuse(const struct memory_file *file)
{
	const int dir = open_folder(file);
	const int status = dir < 0 ? dir : renameat(dir, NAME, dir, NAME_REFUSED) < 0 ? -errno : 0;

	if (dir >= 0)
		close(dir);
	return status;
}

/* ---- the thread ---- */

static void tell_fault(const struct memory_file *file, const char *message, int fault)
{
	log_event(file->owner.log, LOG_WARN, "memory", message,
		  (const struct log_field[]){ { "dir", file->owner.dir, 0 },
					      { "error", fault_text(fault), 0 },
					      { "cure", fault_cure(fault), 0 },
					      { NULL, NULL, 0 } });
}

static void tell_well(const struct memory_file *file)
{
	log_event(file->owner.log, LOG_INFO, "memory", "the state is written again",
		  (const struct log_field[]){ { "dir", file->owner.dir, 0 }, { NULL, NULL, 0 } });
}

/* Once as long as it fails, whatever it fails of meanwhile: the component says what of now. */
static void tell(struct memory_file *file, int fault)
{
	const int before = atomic_exchange_explicit(&file->fault, fault, memory_order_relaxed);

	selfwatch_down(file->owner.self, file->owner.part, fault);
	if (fault && !before)
		tell_fault(file,
			   "the state cannot be written; a restart would forget what is told since",
			   fault);
	if (!fault && before)
		tell_well(file);
}

static void write_one(struct memory_file *file, const struct text *one)
{
	int status;

	/* relaxed: a time that nothing else is read through */
	atomic_store_explicit(&file->busy_ns, instant_clock_ns(CLOCK_MONOTONIC),
			      memory_order_relaxed);
	status = write_file(file, one->text, one->length);
	atomic_store_explicit(&file->busy_ns, 0, memory_order_relaxed);
	tell(file, -status);
	/* release, with the acquire of memory_file_counts(): who sees it counted sees what was told of it */
	atomic_fetch_add_explicit(status ? &file->failed : &file->written, 1, memory_order_release);
	if (file->owner.receipts)
		receipts_settle(file->owner.receipts, one->ticket, -status);
}

/* What waits, or none when it is to end. */
static struct text take(struct memory_file *file)
{
	struct text taken;

	pthread_mutex_lock(&file->lock);
	while (!file->waits.text && !file->ends)
		pthread_cond_wait(&file->work, &file->lock);
	taken = file->waits;
	file->waits.text = NULL;
	pthread_mutex_unlock(&file->lock);
	return taken;
}

static void *write_on(void *context)
{
	struct memory_file *file = context;

	for (struct text one = take(file); one.text; one = take(file)) {
		write_one(file, &one);
		free(one.text);
	}
	pthread_mutex_lock(&file->lock);
	file->ended = true;
	pthread_cond_signal(&file->over);
	pthread_mutex_unlock(&file->lock);
	return NULL;
}

void memory_file_put(struct memory_file *file, char *text, size_t length, uint64_t ticket)
{
	char *before;

	pthread_mutex_lock(&file->lock);
	before = file->waits.text;
	file->waits = (struct text){ text, length, ticket };
	pthread_cond_signal(&file->work);
	pthread_mutex_unlock(&file->lock);
	free(before);
}

/* ---- life ---- */

/* Signals belong to the program's own threads. */
static int start(struct memory_file *file)
{
	sigset_t all, before;
	int number;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	number = pthread_create(&file->thread, NULL, write_on, file);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -number;
}

static void release(struct memory_file *file)
{
	pthread_cond_destroy(&file->over);
	pthread_cond_destroy(&file->work);
	pthread_mutex_destroy(&file->lock);
	free(file->waits.text);
	free(file);
}

static void init(struct memory_file *file)
{
	pthread_condattr_t patience;

	pthread_mutex_init(&file->lock, NULL);
	pthread_cond_init(&file->work, NULL);
	pthread_condattr_init(&patience);
	pthread_condattr_setclock(&patience, CLOCK_MONOTONIC);
	pthread_cond_init(&file->over, &patience);
	pthread_condattr_destroy(&patience);
}

struct memory_file *memory_file_open(const struct memory_file_owner *owner)
{
	struct memory_file *file = calloc(1, sizeof *file);

	if (!file)
		return NULL;
	file->owner = *owner;
	if (stat(owner->dir, &file->folder) < 0) {
		free(file);
		return NULL;
	}
	init(file);
	if (start(file) == 0)
		return file;
	release(file);
	return NULL;
}

/* Whether the thread ended in time. */
static bool wait_for_end(struct memory_file *file)
{
	struct timespec until;
	bool ended;
	int late = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&file->lock);
	file->ends = true;
	pthread_cond_signal(&file->work);
	while (!file->ended && !late)
		late = pthread_cond_timedwait(&file->over, &file->lock, &until);
	ended = file->ended;
	pthread_mutex_unlock(&file->lock);
	return ended;
}

static void tell_hang(const struct memory_file *file)
{
	tell_fault(file, "the state is not written: the disk hangs", FAULT_HANGS);
}

/* The thread, which may have said that it works while we said that it hangs, is believed. */
static void end_hang(struct memory_file *file)
{
	file->hung_ns = 0;
	selfwatch_down(file->owner.self, file->owner.part, memory_file_fault(file));
	if (!memory_file_fault(file))
		tell_well(file);
}

bool memory_file_hangs(struct memory_file *file, uint64_t now_ns)
{
	const uint64_t busy_ns = atomic_load_explicit(&file->busy_ns, memory_order_relaxed);
	const bool hangs = busy_ns && now_ns > busy_ns + PATIENCE_S * NS_A_SECOND;

	if (file->hung_ns && file->hung_ns != busy_ns)
		end_hang(file);
	if (!hangs)
		return false;
	selfwatch_down(file->owner.self, file->owner.part, FAULT_HANGS);
	if (!file->hung_ns)
		tell_hang(file);
	file->hung_ns = busy_ns;
	return true;
}

int memory_file_fault(const struct memory_file *file)
{
	return file->hung_ns ? FAULT_HANGS
			     : atomic_load_explicit(&file->fault, memory_order_relaxed);
}

/* A disk that hangs keeps its thread, and all that belongs to it, until the process is gone. */
void memory_file_close(struct memory_file *file)
{
	if (!file)
		return;
	if (!wait_for_end(file)) {
		tell_hang(file);
		return;
	}
	pthread_join(file->thread, NULL);
	release(file);
}

struct memory_file_counts memory_file_counts(const struct memory_file *file)
{
	return (struct memory_file_counts){
		atomic_load_explicit(&file->written, memory_order_acquire),
		atomic_load_explicit(&file->failed, memory_order_acquire),
	};
}
