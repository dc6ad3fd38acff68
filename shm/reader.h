/* SPDX-License-Identifier: MIT */
/* Reading one segment by pread: attach and its refusals, lanes, totals, directory, life.
 *
 * The reader never maps and never writes; every byte it copies is hostile until checked. One
 * thread at a time per reader (the poll thread). Ownership: aw_reader_open() gives a reader for
 * every outcome that keeps a descriptor; aw_reader_close() frees it. What the accessors return
 * belongs to the reader and lives until its next refresh.
 *
 * A poll, in this order: aw_reader_control(), aw_reader_directory(), aw_reader_lane() for each
 * lane, and, when they are due, aw_reader_totals(). Then the totals are at least what the
 * delivered records say: lanes are drained to the heads that aw_reader_control() copied, and a
 * writer counts before it records. */
#ifndef AUDIOWATCH_SHM_READER_H
#define AUDIOWATCH_SHM_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shm/segment.h"

/* Outcomes of an attach. The names (aw_attach_name) are the label reason of
 * audiowatch_segments_refused_total. */
enum aw_attach {
	AW_ATTACHED,
	AW_NEWBORN, /* no magic yet: ask aw_reader_attach() again; the name is never reopened */
	AW_GONE, /* ENOENT */
	AW_REFUSED_NAME, /* name is not prefix-uid-hex, or not the header's id */
	AW_REFUSED_SYMLINK, /* ELOOP */
	AW_REFUSED_TYPE, /* not a regular file */
	AW_REFUSED_OWNER, /* owner is not the uid of the name, or a uid not asked for */
	AW_REFUSED_MODE, /* permission bits other than 0600 or 0640 */
	AW_REFUSED_LINKS, /* st_nlink > 1 */
	AW_REFUSED_ACCESS, /* EACCES and other errors of open or read */
	AW_REFUSED_BYTE_ORDER,
	AW_REFUSED_ABI, /* aw_reader_error() says which side to upgrade */
	AW_REFUSED_COUNTS,
	AW_REFUSED_SIZE, /* not what the counts say */
	AW_REFUSED_HEADER, /* clock kind, mult 0, state, strings without end */
	AW_SHORTAGE, /* no descriptor or memory just now: the object is not to blame, ask again later */
	AW_ATTACH_OUTCOMES
};
const char *aw_attach_name(enum aw_attach outcome); /* "symlink", "abi", ... */

struct aw_reader;

struct aw_reader_place {
	int dirfd; /* borrowed; must outlive the reader */
	const char *prefix; /* copied */
	const uid_t *uids; /* users whose segments are read; the own uid among them */
	unsigned uid_count;
};

/* Opens, checks the file, then attaches. *reader is NULL for AW_GONE and for what the name or
 * the file itself is refused for (name's form, symlink, type, owner, mode, links, access); where
 * the header is refused it is not, so that aw_reader_error() can say why. */
AW_NODISCARD enum aw_attach aw_reader_open(const struct aw_reader_place *place, const char *name,
					   struct aw_reader **reader);
/* Reads the header again (newborn). */
AW_NODISCARD enum aw_attach aw_reader_attach(struct aw_reader *reader);
void aw_reader_close(struct aw_reader *reader);

/* One line for people about the last refusal, e.g. "ABI 2.0, this collector reads 1.x: upgrade
 * audiowatchd". */
const char *aw_reader_error(const struct aw_reader *reader);

const char *aw_reader_name(const struct aw_reader *reader); /* the object's name */
int aw_reader_fd(const struct aw_reader *reader);
/* The copy of the header checked at attach (state: as last read by aw_reader_control). */
const struct aw_segment_header *aw_reader_header(const struct aw_reader *reader);
const struct aw_layout *aw_reader_layout(const struct aw_reader *reader);
/* The producer said so; drain once more, then let go. */
bool aw_reader_closed(const struct aw_reader *reader);

/* The kernel's word (aw_segment_life). */
enum aw_life aw_reader_life(const struct aw_reader *reader);
/* Unlinks the object when dead (aw_segment_reap). */
AW_NODISCARD int aw_reader_reap(const struct aw_reader *reader, int64_t now_s);

/* Every refresh: 0 = read; -EAGAIN = not believed this time, the older copy stands; -EPROTO =
 * refused three polls in a row, drop the source; -EIO = truncated or unreadable, drop the
 * source. */

/* Copies control section, used marks and state. The copy that first says "closed" has the last
 * heads. */
AW_NODISCARD int aw_reader_control(struct aw_reader *reader);
const struct aw_engine_control *aw_reader_engine_control(const struct aw_reader *reader,
							 unsigned engine);
const struct aw_used *aw_reader_used(const struct aw_reader *reader);
/* Calls in flight believed by two copies (this control copy and the one before): fills slots,
 * returns how many. */
struct aw_flying {
	uint64_t start_ticks;
	uint32_t function;
};
unsigned aw_reader_flights(const struct aw_reader *reader,
			   struct aw_flying flights[AW_FLIGHT_SLOTS]);

/* Lanes 0..engines-1 are the engines', the AW_SHARED_LANES after them the shared ones. Drains
 * one lane to the head that the last aw_reader_control() copied: calls `record` for each
 * believed record, oldest first. Its type, lane and index are checked (RENDER and MODE: the
 * lane's engine; XRUN: engine and source; FFI: function), its other words are not. */
typedef void aw_record_fn(void *context, unsigned lane, const struct aw_record *record);
unsigned aw_reader_lanes(const struct aw_reader *reader);
AW_NODISCARD int aw_reader_lane(struct aw_reader *reader, unsigned lane, aw_record_fn *record,
				void *context);

/* published == delivered + lapped + contended + invalid + unwatched, at the heads where the
 * reader stopped. */
struct aw_account {
	uint64_t published, delivered, lapped, contended, invalid, unwatched;
};
struct aw_account aw_reader_account(const struct aw_reader *reader);
/* What an engine's lane lost while it was watched: lapped and invalid (TelemetryLost). */
uint64_t aw_reader_lost_engine(const struct aw_reader *reader, unsigned engine);

/* Copies all totals. A count must have risen by less than 2^48 and a sum by less than 2^62 ns; a
 * word that did not is looked at eight times more, then all older totals stand (-EAGAIN). A slot
 * whose generation is not the one that aw_reader_directory() believed keeps its older totals,
 * which is no error. Totals of a slot start again at 0 when the directory shows another name
 * there, be it that of a free slot; only then do they fall, or when a name came back or was
 * forgotten within one poll and the slot was somebody else's in between. For a caller who never
 * asks for the directory this reads it. */
AW_NODISCARD int aw_reader_totals(struct aw_reader *reader);
const struct aw_engine_totals *aw_reader_engine(const struct aw_reader *reader, unsigned engine);
const struct aw_any_thread *aw_reader_any(const struct aw_reader *reader, unsigned engine);
const struct aw_channel_totals *aw_reader_channel(const struct aw_reader *reader, unsigned channel);
const struct aw_function_totals *aw_reader_function(const struct aw_reader *reader,
						    unsigned function);
uint64_t aw_reader_misses(const struct aw_reader *reader, unsigned engine);
/* Sums and counters of the control line as accepted with the totals. */
struct aw_control_totals {
	uint64_t render_sum_ns, wake_sum_ns, misses, freewheel_blocks;
};
struct aw_control_totals aw_reader_control_totals(const struct aw_reader *reader, unsigned engine);

/* The directory, read again only when `changes` moved. A slot in the middle of a change keeps
 * its older copy and makes it -EAGAIN, as often as that happens; -EPROTO is for stable slots
 * that make no sense. Slots are believed one by one, so those that changed are to be looked for
 * also after -EAGAIN. Parents exist but may form a ring. */
struct aw_slot {
	enum aw_kind kind; /* AW_KIND_FREE: nobody's now */
	uint64_t generation; /* even */
	uint32_t engine; /* of a channel, or whose a free one was; below the counts */
	uint32_t parent; /* parent channel + 1, 0 = none */
	char name[AW_NAME_SIZE]; /* of a free slot: its last one; "" = none yet, or forgotten */
	char title[AW_TITLE_SIZE]; /* engines */
};
AW_NODISCARD int aw_reader_directory(struct aw_reader *reader);
/* The slot as last believed. */
const struct aw_slot *aw_reader_slot(const struct aw_reader *reader, enum aw_kind kind,
				     unsigned index);

/* The segment's clock, read now, in its ticks: for ages of what is in flight. 0 when it cannot
 * be read here. */
uint64_t aw_reader_ticks_now(const struct aw_reader *reader);

/* The seam for tests: how bytes are read. 0 = pread. Returns bytes read or -errno. */
typedef int64_t aw_read_at_fn(void *context, void *buffer, uint64_t size, uint64_t offset);
/* A reader over something else than a file (an in-process model): attaches by `read_at`. */
AW_NODISCARD enum aw_attach aw_reader_over(aw_read_at_fn *read_at, void *context, uint64_t size,
					   struct aw_reader **reader);

#endif
