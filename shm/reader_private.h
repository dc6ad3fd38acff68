/* SPDX-License-Identifier: MIT */
/* What the rooms of the reader share; the poll thread alone. Only shm/reader*.c include it.
 *
 * Three kinds of copies, each addressed like the segment itself:
 *	control, before  from byte 0 to the end of the flights, by this aw_reader_control() and the last
 *	totals           control lines, then all from the engine totals on: accepted words alone
 *	incoming         the same while it is being accepted; swapped with totals when all of it was */
#ifndef AUDIOWATCH_SHM_READER_PRIVATE_H
#define AUDIOWATCH_SHM_READER_PRIVATE_H

#include "shm/reader.h"

enum {
	READER_SCRATCH_RECORDS =
		1024, /* copied before each look at intent; a default ring in one go */
	READER_SCRATCH_BYTES = READER_SCRATCH_RECORDS * (int)sizeof(struct aw_record),
	READER_STRIKES = 3, /* polls refused in a row until the source is dropped */
	READER_TRIES = 8, /* looks at a word that made no believable step */
	READER_ERROR_SIZE = 192,
};

#define READER_COUNT_LIMIT (UINT64_C(1) << 48)
#define READER_SUM_LIMIT (UINT64_C(1) << 62)

struct reader_lane {
	uint64_t control, ring,
		capacity; /* where its intent and head stand, where its records, how many */
	uint64_t cursor; /* everything below is delivered or lost */
	uint64_t lost; /* lapped or invalid */
	unsigned strikes;
	bool seen; /* cursor means something */
};

/* Whom the totals of a slot belong to, which a freed slot remembers. */
struct reader_owner {
	char name[AW_NAME_SIZE];
	uint32_t engine;
	/* taken anew since the totals were last accepted: they may have begun again at 0 */
	bool renewed;
};

struct aw_reader {
	aw_read_at_fn *read_at;
	void *context;
	uint64_t size; /* of the object, as far as a read_at knows; of a file by fstat */
	int fd, dirfd;
	uid_t uid;
	uint8_t id[AW_ID_SIZE];
	char name[AW_SEGMENT_NAME_SIZE], prefix[AW_PREFIX_MAX + 1], error[READER_ERROR_SIZE];

	/* from here on valid once attached */
	bool attached, control_seen, directory_seen; /* the last: all of it, once */
	bool directory_asked; /* by the caller, who then says when */
	struct aw_segment_header header;
	struct aw_layout layout;
	struct aw_used used;
	uint64_t changes; /* as of the directory last read whole */
	uint64_t contended;
	struct aw_account account; /* published and contended are worked out when asked */
	unsigned control_strikes, totals_strikes, directory_strikes;
	struct reader_lane lanes[AW_MAX_ENGINES + AW_SHARED_LANES];
	unsigned char *control, *before, *totals, *incoming, *scratch;
	struct aw_slot *slots; /* as the directory: engines, channels, functions */
	struct reader_owner *owners;
	uint64_t *generations; /* as last seen, believed or not */
	uint64_t *title_sequences; /* of the titles in slots */
};

/* A system call orders nothing on this side: pairs with the release fence or store of the writer
 * (lane_put, begin of a change), and keeps what is copied after it from being older than what
 * was copied before. */
static inline void reader_fence(void)
{
	atomic_thread_fence(memory_order_acquire);
}

/* 0, or -EIO when not all of it could be read. size and offset are multiples of 8. */
AW_NODISCARD int reader_copy(struct aw_reader *reader, void *to, uint64_t size, uint64_t offset);

/* False once somebody cut or stretched the object, which its producer never does. */
bool reader_intact(const struct aw_reader *reader);

/* What a refresh returns: 0 clears the strikes; -EAGAIN adds one and becomes -EPROTO at the
 * third in a row. */
AW_NODISCARD int reader_settle(unsigned *strikes, int outcome);

/* Believes used marks; `changes` stays the control copy's, since whoever compares it with an
 * older one must see it move after the directory was read. -EAGAIN: beyond the counts, or fewer
 * than before. */
AW_NODISCARD int reader_used_take(struct aw_reader *reader, const struct aw_used *used);

/* Where a slot stands in slots, owners, generations. */
static inline uint32_t reader_slot_index(const struct aw_reader *reader, enum aw_kind kind,
					 uint32_t i)
{
	return aw_entry_index(&reader->layout.counts, kind, i);
}

/* aw_reader_directory(), whoever asks. */
AW_NODISCARD int reader_directory(struct aw_reader *reader);

/* Copies the generations of all used slots. */
AW_NODISCARD int reader_generations(struct aw_reader *reader);

/* How many slots of a kind were ever used. */
uint32_t reader_used_count(const struct aw_reader *reader, enum aw_kind kind);

/* Of one copy of the totals. */
static inline size_t reader_totals_bytes(const struct aw_layout *layout)
{
	return sizeof(struct aw_engine_control) * layout->counts.engines +
	       (size_t)(layout->size - layout->totals);
}

/* Another name owns the slot now: its accepted totals start again at 0. */
void reader_totals_forget(struct aw_reader *reader, enum aw_kind kind, uint32_t i);

/* The header's checks (reader_attach.c): fills header and layout, or refuses with an error text. */
AW_NODISCARD enum aw_attach reader_check_header(struct aw_reader *reader);
/* Arms lanes and buffers for a checked header; 0 or -ENOMEM. */
AW_NODISCARD int reader_arm(struct aw_reader *reader);
void reader_disarm(struct aw_reader *reader);

#endif
