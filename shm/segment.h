/* SPDX-License-Identifier: MIT */
/* The object behind a segment: its name, its creation, who has it mapped, and when it may be unlinked. Used by the
 * producer's set-up and by the collector; never on the audio thread. No state of its own. */
#ifndef AUDIOWATCH_SHM_SEGMENT_H
#define AUDIOWATCH_SHM_SEGMENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "shm/layout.h"

#define AW_NODISCARD __attribute__((warn_unused_result))

#define AW_DEFAULT_DIR "/dev/shm"
#define AW_DEFAULT_PREFIX "audiowatch"

enum {
	AW_PREFIX_MAX = 100,
	AW_SEGMENT_NAME_SIZE =
		AW_PREFIX_MAX + 1 + 10 + 1 + 2 * AW_ID_SIZE + 1, /* prefix-uid-id, NUL */
	AW_NEWBORN_S = 10, /* without magic and dead: killed at birth */
};

/* Letters, digits, '.', '_', '-'; 1 to AW_PREFIX_MAX; no leading dot. */
bool aw_prefix_valid(const char *prefix);
/* <prefix>-<uid>-<32 hex> */
void aw_segment_name(char name[AW_SEGMENT_NAME_SIZE], const char *prefix, uid_t uid,
		     const uint8_t id[AW_ID_SIZE]);
/* False when it is no segment's name under this prefix (lower-case hex, uid without leading zeros). */
bool aw_segment_name_parse(const char *name, const char *prefix, uid_t *uid, uint8_t id[AW_ID_SIZE]);

/* 8 hex digits of pid, 24 random. 0 or -errno. */
AW_NODISCARD int aw_segment_id(uint8_t id[AW_ID_SIZE]);

/* Opens a directory for segments: 0 or more is the descriptor; -EOPNOTSUPP when it is not on tmpfs. */
AW_NODISCARD int aw_segment_dir(const char *dir);

/* Creates <name>, allocates it, maps it into *map with DONTFORK, populated, and keeps no descriptor. On failure
 * nothing is left behind. -ENOSPC: the directory is full; -EEXIST: the name is taken; else what the call said. */
AW_NODISCARD int aw_segment_create(int dirfd, const char *name, uint64_t size, const char *group,
				   void **map);

/* Who has the object mapped writable or open for writing, asked of the kernel: a read lease is refused while
 * anybody has, and granted (and dropped at once) when nobody has. fd: O_RDONLY, owned by us or CAP_LEASE. */
enum aw_life { AW_ALIVE, AW_DEAD, AW_LIFE_UNKNOWN };
enum aw_life aw_segment_life(int fd);

/* Unlinks a segment that is dead, if fd is still what the name names (lstat), its uid is ours and, where it has a
 * header, the name is its id; one without magic only when older than AW_NEWBORN_S at now_s (CLOCK_REALTIME).
 * 0 = unlinked or gone already; -EBUSY alive or too young; -EPERM not ours, not that object, or unknown. */
AW_NODISCARD int aw_segment_reap(int dirfd, const char *name, const char *prefix, int fd,
				 int64_t now_s);

/* The collector's lock for a user: <prefix>-<uid>-collector, an OFD lock. */
enum aw_lock_state {
	AW_LOCK_FREE,
	AW_LOCK_HELD,
	AW_LOCK_SQUATTED
}; /* SQUATTED: owned by another uid, ignored */
enum aw_lock_state aw_collector_lock_state(int dirfd, const char *prefix);
/* Takes it: the descriptor to keep, -EWOULDBLOCK when held, -EPERM when squatted, or -errno. */
AW_NODISCARD int aw_collector_lock(int dirfd, const char *prefix);

#endif
