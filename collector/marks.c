/* SPDX-License-Identifier: MIT */
/* A set of hashes, and its successor while a scan runs. Pure. */
#include "collector/marks.h"

#include <string.h>

/* FNV-1a, 64 bits, finished so that low bits depend on all. Never 0. */
uint64_t marks_hash(unsigned dir, const char *name, uint64_t inode)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ dir ^ inode << 8;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
	hash = (hash ^ hash >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
	hash ^= hash >> 33;
	return hash | !hash;
}

/* Where the hash is, or the free place where it would go; the set is never full. */
static unsigned place_of(const struct marks_set *set, uint64_t hash)
{
	unsigned at = hash % MARKS_ROOM;

	while (set->hash[at] && set->hash[at] != hash)
		at = (at + 1) % MARKS_ROOM;
	return at;
}

static bool set_add(struct marks_set *set, uint64_t hash)
{
	const unsigned at = place_of(set, hash);

	if (set->hash[at])
		return true;
	if (set->count == MARKS_MAX)
		return false;
	set->hash[at] = hash;
	set->count++;
	return true;
}

bool marks_has(const struct marks *marks, uint64_t hash)
{
	const struct marks_set *set = &marks->sets[marks->now];

	return set->hash[place_of(set, hash)];
}

bool marks_add(struct marks *marks, uint64_t hash)
{
	(void)set_add(&marks->sets[!marks->now], hash);
	return set_add(&marks->sets[marks->now], hash);
}

void marks_keep(struct marks *marks, uint64_t hash)
{
	(void)set_add(&marks->sets[!marks->now], hash);
}

void marks_scan_done(struct marks *marks)
{
	memset(&marks->sets[marks->now], 0, sizeof marks->sets[marks->now]);
	marks->now = !marks->now;
}
