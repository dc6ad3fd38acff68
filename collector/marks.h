/* SPDX-License-Identifier: MIT */
/* Names that have had their answer: refused, or ended. Kept as hashes while the name stands in
 * its directory, so that nothing is tried, counted or logged twice. Pure; owned by the poll
 * thread. A full set forgets what it should remember: then a name is tried again, which costs
 * time and is not wrong. */
#ifndef AUDIOWATCH_COLLECTOR_MARKS_H
#define AUDIOWATCH_COLLECTOR_MARKS_H

#include <stdbool.h>
#include <stdint.h>

enum { MARKS_ROOM = 1 << 13, MARKS_MAX = MARKS_ROOM * 3 / 4 };

struct marks {
	struct marks_set {
		uint64_t hash[MARKS_ROOM]; /* open addressing; 0 = free */
		unsigned count;
	} sets[2];
	unsigned now; /* which of them is asked; the other one is filled by a scan */
};

uint64_t marks_hash(unsigned dir, const char *name, uint64_t inode);
bool marks_has(const struct marks *marks, uint64_t hash);
/* False: full. */
bool marks_add(struct marks *marks, uint64_t hash);

/* A scan sees every name that still stands: those kept in it outlive it. */
void marks_keep(struct marks *marks, uint64_t hash);
void marks_scan_done(struct marks *marks);

#endif
