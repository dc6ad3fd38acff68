/* SPDX-License-Identifier: MIT */
/* Finds segments: the directories and their locks, names that come and go, newborns that are not
 * written yet. Hands every attached reader to the roster. The poll thread. */
#ifndef AUDIOWATCH_COLLECTOR_FINDER_H
#define AUDIOWATCH_COLLECTOR_FINDER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "collector/instant.h"
#include "collector/log.h"
#include "shm/reader.h"

enum { FINDER_DIRS_MAX = 32, FINDER_ERROR_SIZE = 512 };

/* Whom the finder tells. */
struct finder_sink {
	void *context;
	/* Takes the reader over. */
	void (*attached)(void *context, unsigned dir, struct aw_reader *reader);
	/* Somebody let go of this object. */
	void (*released)(void *context, unsigned dir, const char *name);
	/* Whether a source has this name; one whose inode is another has been replaced. */
	bool (*known)(void *context, unsigned dir, const char *name, uint64_t inode);
	/* Refused, and why; error: a line for people, maybe empty. Once for each object. */
	void (*refused)(void *context, enum aw_attach why, const char *name, const char *error);
};

struct finder_options {
	const char *const *dirs;
	size_t dir_count;
	const char *prefix;
	const uid_t *uids; /* the own uid first */
	unsigned uid_count;
	struct log *log;
	struct finder_sink sink;
};

struct finder;

/* Opens all directories and takes their locks. 0, or -errno and one line without program name:
 * -EWOULDBLOCK when another collector of this user watches one of them. The options' strings and
 * lists are borrowed. */
int finder_open(struct finder **finder, const struct finder_options *options,
		char error[FINDER_ERROR_SIZE]);
void finder_close(struct finder *finder);

/* What to poll for names; at most FINDER_DIRS_MAX. */
unsigned finder_fds(const struct finder *finder, struct pollfd *fds);
/* Names that came or went since. Never waits. */
void finder_hear(struct finder *finder, const struct instant *at);
/* All names, for what inotify lost; also asks whether newborns died. At 1 Hz. */
void finder_scan(struct finder *finder, const struct instant *at);
/* Newborns again, each 20 ms. */
void finder_newborns(struct finder *finder, const struct instant *at);

/* This object has had its day: it is not opened again while its name stands. */
void finder_mark(struct finder *finder, unsigned dir, const struct aw_reader *reader);

#endif
