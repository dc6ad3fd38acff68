/* SPDX-License-Identifier: MIT */
/*
 * One lane, its writer, a reader and a death, over store buffers. Run by tests/model/run. Who changes the code below
 * changes this:
 *
 *	writer	rt/session.h aw_lane_put()
 *	reader	shm/reader_lane.c lane_drain(), lane_meet(), lane_batch(), deliver(); the head comes from control_copy()
 *	killer	SIGKILL between any two stores
 *	memory	the machine and the compiler: between two fences the writer's stores become visible in any order but that
 *		of one word. Each word has room for one waiting store. That is enough: no put stores twice to one word,
 *		and each fence waits until all have gone, which nobody can tell from a fence that only orders them.
 *
 * The reader loads the words of its copy in any order between its fences. Indices are modulo 32, so that the run passes
 * the wrap; two words stand for eight, each holding the number of its record, from 1. RECORDS is at most 15.
 *
 * Spin looks at every state, so "may stop for ever" needs no more than the killer. What a dead writer stored becomes
 * visible like all else, or, where the compiler may have moved it, never: then `dropped` is set and one more is lost.
 */
#ifndef RECORDS
#define RECORDS 6
#endif
#ifndef BATCH /* records a copy: READER_SCRATCH_RECORDS */
#define BATCH 2
#endif
#define CAPACITY 2
#define WORDS 4 /* of the ring: two a record */
#define BASE 28 /* the first index, below the wrap */
#define ALL 15 /* one bit a word of the ring */
#define NONE 255
#define M(x) ((x) & 31)
#define LIMIT 16 /* beyond it a step is none: READER_COUNT_LIMIT */
#define NUMBER(index) (M(32 + (index) - BASE) + 1)

/* What tests/model/run breaks, a number it chooses; REACH_* breaks nothing: its state must be seen. */
byte mutation;
#define IS(x) (mutation == x)
#define REACHED(x) assert(mutation != x)

/* the segment */
byte intent = M(BASE - 1), head = BASE, word[WORDS];
/* stores on their way to it */
byte to_intent = NONE, to_head = NONE, to_word[WORDS];
#define DRAINED (to_intent == NONE && to_head == NONE && !to_word[0] && !to_word[1] && !to_word[2] && !to_word[3])

bool dead, dropped, done;
byte begun; /* puts, for the judgement alone */

proctype memory()
{
end:	do
	:: atomic { to_intent != NONE -> intent = to_intent; to_intent = NONE }
	:: atomic { to_head != NONE -> head = to_head; to_head = NONE }
	:: atomic { to_word[0] -> word[0] = to_word[0]; to_word[0] = 0 }
	:: atomic { to_word[1] -> word[1] = to_word[1]; to_word[1] = 0 }
	:: atomic { to_word[2] -> word[2] = to_word[2]; to_word[2] = 0 }
	:: atomic { to_word[3] -> word[3] = to_word[3]; to_word[3] = 0 }
	od
}

proctype killer()
{
end:	atomic {
		!done -> dead = true;
		if
		:: !DRAINED ->
			dropped = true;
			to_intent = NONE; to_head = NONE;
			to_word[0] = 0; to_word[1] = 0; to_word[2] = 0; to_word[3] = 0
		:: true
		fi
	}
}

/* ---- rt/session.h ---- */

/* A killed writer takes no step any more. */
#define STORE_IF(wanted, room, nothing, value) \
	if \
	:: atomic { (wanted) && !dead && room == nothing -> room = value } \
	:: !(wanted) \
	:: dead -> goto stopped \
	fi
#define FENCE_IF(wanted) \
	if \
	:: (DRAINED || !(wanted)) && !dead \
	:: dead -> goto stopped \
	fi

inline put()
{
	if
	:: atomic { !dead -> begun++ }
	:: dead -> goto stopped
	fi;
	STORE_IF(!IS(NO_INTENT) && !IS(INTENT_AFTER_PAYLOAD), to_intent, NONE, next);
	FENCE_IF(!IS(NO_FENCE));
	STORE_IF(IS(HEAD_BEFORE_PAYLOAD), to_head, NONE, M(next + 1));
	STORE_IF(true, to_word[2 * (next % CAPACITY)], 0, NUMBER(next));
	STORE_IF(true, to_word[2 * (next % CAPACITY) + 1], 0, NUMBER(next));
	STORE_IF(IS(INTENT_AFTER_PAYLOAD), to_intent, NONE, next);
	FENCE_IF(!IS(HEAD_RELAXED) && !IS(HEAD_BEFORE_PAYLOAD));
	STORE_IF(!IS(HEAD_BEFORE_PAYLOAD), to_head, NONE, M(next + 1))
}

proctype writer()
{
	byte next = BASE;

	do
	:: NUMBER(next) <= RECORDS -> put(); next = M(next + 1)
	:: else -> break
	od;
	if
	:: atomic { !dead -> done = true }
	:: dead
	fi;
stopped: skip
}

/* ---- shm/reader_lane.c ---- */

#define WAITS_FOR_HEAD (!IS(ONE_PREAD) && !IS(NO_FENCE_AFTER_HEAD))
#define WAITS_FOR_COPY (!IS(ONE_PREAD) && !IS(NO_FENCE_AFTER_COPY) && !IS(INTENT_BEFORE_COPY))
#define MAY_LOAD(w) \
	(needed & ~got & (1 << w) && (has_head || !WAITS_FOR_HEAD) && (has_intent || !IS(INTENT_BEFORE_COPY)))
#define LOAD(w) atomic { MAY_LOAD(w) -> copy[w] = word[w]; got = got | (1 << w) }
#define AHEAD M(32 + seen_head - cursor)

inline meet()
{
	met = true;
	cursor = M(32 + seen_head - (NUMBER(seen_head) - 1 < CAPACITY -> NUMBER(seen_head) - 1 : CAPACITY));
	counted = NUMBER(cursor) - 1; /* unwatched */
	if
	:: counted -> REACHED(REACH_UNWATCHED)
	:: else
	fi
}

/* One more that the reader will never see: somebody must have begun to write over it. */
inline lose()
{
	assert(begun >= NUMBER(cursor) + CAPACITY);
	counted = counted + !IS(FORGETS_LAPPED);
	cursor = M(cursor + 1)
}

inline skip_lapped()
{
	assert(AHEAD < LIMIT);
	do
	:: AHEAD > CAPACITY -> REACHED(REACH_LAP); lose()
	:: else -> break
	od
}

/* The words that hold the next batch. */
inline need()
{
	n = (AHEAD < BATCH -> AHEAD : BATCH);
	needed = (WAITS_FOR_HEAD -> (n == 0 -> 0 : (n >= 2 -> ALL : (cursor % 2 -> 12 : 3))) : ALL)
}

#define BELIEVED \
	(IS(UNSIGNED) -> cursor > M(32 + seen_intent - CAPACITY) : \
	 M(32 + cursor - seen_intent + CAPACITY + IS(BELIEVES_ONE_MORE) - IS(BELIEVES_ONE_LESS) - 1) < LIMIT - 1)

inline deliver()
{
	assert(M(32 + seen_intent - seen_head + 1) < LIMIT); /* an honest writer is not refused */
	do
	:: n && BELIEVED ->
		assert(copy[2 * (cursor % CAPACITY)] == NUMBER(cursor));
		assert(copy[2 * (cursor % CAPACITY) + 1] == NUMBER(cursor));
		if
		:: NUMBER(cursor) > 32 - BASE -> REACHED(REACH_WRAP)
		:: else
		fi;
		counted++;
		if
		:: IS(READS_TWICE) && counted == 1
		:: else -> cursor = M(cursor + 1)
		fi;
		n--
	:: n && !BELIEVED ->
		REACHED(REACH_OVERTAKEN);
		if
		:: copy[2 * (cursor % CAPACITY)] != copy[2 * (cursor % CAPACITY) + 1] -> REACHED(REACH_TORN_COPY)
		:: else
		fi;
		lose();
		at_death = at_death + last;
		n--
	:: !n -> break
	od;
	got = 0; has_intent = false; seen_intent = 0;
	copy[0] = 0; copy[1] = 0; copy[2] = 0; copy[3] = 0
}

proctype reader()
{
	byte cursor = BASE, seen_head, seen_intent, copy[WORDS];
	byte needed, got, n, counted, at_death;
	bool met, has_head, has_intent, last;

	do
	:: last -> break
	:: else ->
		last = (done || dead) && DRAINED;
		has_head = false;
		needed = (WAITS_FOR_HEAD -> 0 : ALL);
		do
		:: d_step {
			!has_head -> seen_head = head; has_head = true;
			if
			:: !met -> meet()
			:: else -> skip_lapped()
			fi;
			need()
		   }
		:: LOAD(0)
		:: LOAD(1)
		:: LOAD(2)
		:: LOAD(3)
		:: atomic {
			!has_intent && (has_head || IS(ONE_PREAD)) && (got == needed || !WAITS_FOR_COPY) && needed ->
			seen_intent = intent; has_intent = true
		   }
		:: d_step { has_head && has_intent && got == needed -> deliver(); need() }
		:: has_head && !n && !has_intent -> break
		:: has_head && !n && has_intent && !WAITS_FOR_HEAD -> break
		od;
		atomic {
			got = 0; has_intent = false; seen_intent = 0; seen_head = (last -> seen_head : 0);
			copy[0] = 0; copy[1] = 0; copy[2] = 0; copy[3] = 0;
			assert(counted == NUMBER(cursor) - 1) /* each once, in order */
		}
	od;
	/* The writer is at rest or dead, and what it stored is there. */
	assert(cursor == head);
	assert(!done || counted == RECORDS);
	assert(at_death <= 1 + dropped);
	assert(begun - counted <= 1 + dropped);
	REACHED(REACH_END);
	if
	:: at_death && !dropped -> REACHED(REACH_DEATH)
	:: dropped -> REACHED(REACH_DROP)
	:: else
	fi
}

init {
	c_code { now.mutation = getenv("MUTATION") ? atoi(getenv("MUTATION")) : 0; };
	atomic { run memory(); run killer(); run writer(); run reader() }
}
