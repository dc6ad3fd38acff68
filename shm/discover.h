/* SPDX-License-Identifier: MIT */
/* Which names stand in a directory: inotify for what happens, a rescan for what inotify lost. Knows
 * names only; one thread. Works without inotify (limit reached) by rescans alone. A name carries
 * the prefix when it begins with "<prefix>-"; collectors' locks are left out. */
#ifndef AUDIOWATCH_SHM_DISCOVER_H
#define AUDIOWATCH_SHM_DISCOVER_H

#include <stdbool.h>

#include "shm/segment.h"

enum aw_found {
	AW_FOUND, /* created, moved in, or seen by a scan: may be known already */
	AW_RELEASED, /* IN_CLOSE_WRITE: somebody let go of it: ask for its life at once */
	AW_REMOVED, /* deleted or moved away */
};

typedef void aw_found_fn(void *context, enum aw_found what, const char *name);

struct aw_discover;

/* dirfd is borrowed; path is where inotify looks. 0 or -errno; without inotify it works by scans. */
AW_NODISCARD int aw_discover_open(struct aw_discover **discover, int dirfd, const char *path,
				  const char *prefix);
void aw_discover_close(struct aw_discover *discover);
/* For poll(2); -1 without inotify. */
int aw_discover_fd(const struct aw_discover *discover);
/* Reports each pending event whose name carries the prefix; an overflow turns into a scan. Never
 * waits; leaves a storm of events in parts to the next call. */
void aw_discover_read(struct aw_discover *discover, aw_found_fn *found, void *context);
/* Reports every name with the prefix as AW_FOUND. 0 or -errno. */
AW_NODISCARD int aw_discover_scan(struct aw_discover *discover, aw_found_fn *found, void *context);

#endif
