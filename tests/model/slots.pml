/* SPDX-License-Identifier: MIT */
/*
 * One slot of the directory, its totals, and a reader, over store buffers. Run by tests/model/run. Who changes the code
 * below changes this:
 *
 *	host	rt/slots.c change_begin(), change_end(), slot_take() with prepare_slot(), zero_totals() and raise_mark(),
 *		slot_free(); and who counts in between, rt/publish.c, which setting up and freeing a handle is ordered
 *		with by the host
 *	reader	look: shm/reader_directory.c reader_directory(), take_all(), slot_take(), take_owner(); the value of
 *		`changes` comes from control_copy()
 *		read: shm/reader_totals.c read_totals(), accept_element(), reader_totals_forget(), swap_copies()
 *	memory	as in lane.pml: stores become visible in any order between two fences, loads happen in any order
 *
 * A name is a number from 1, given to one owner after another; the slot may also come back to the same name, and then
 * its totals go on. Two words stand for what + name, two for the totals; a total holds its count and, for the judgement
 * alone, whose it is: 16 * name + count. A producer that is stopped or killed in the middle is a prefix of a run, and
 * what no run believes none of its prefixes does.
 */
#ifndef LIVES /* how often the slot is taken */
#define LIVES 3
#endif
#ifndef COUNTS /* calls counted in each life */
#define COUNTS 2
#endif

#define NONE 255
#define COUNT_OF(total) ((total) & 15)
#define NAME_OF(total) ((total) >> 4)

/* What tests/model/run breaks, a number it chooses; REACH_* breaks nothing: its state must be seen. */
byte mutation;
#define IS(x) (mutation == x)
#define REACHED(x) assert(mutation != x)

/* the segment, and the stores on their way to it */
byte used, changes, generation, what, name, total[2];
byte to_used = NONE, to_changes = NONE, to_generation = NONE, to_what = NONE, to_name = NONE, to_total[2] = NONE;
#define DRAINED \
	(to_used == NONE && to_changes == NONE && to_generation == NONE && to_what == NONE && to_name == NONE && \
	 to_total[0] == NONE && to_total[1] == NONE)

bool done;
byte name_of[2 * LIVES + 1]; /* at each even generation, for the judgement alone */

#define ARRIVE(room, word) atomic { room != NONE -> word = room; room = NONE }

proctype memory()
{
end:	do
	:: ARRIVE(to_used, used)
	:: ARRIVE(to_changes, changes)
	:: ARRIVE(to_generation, generation)
	:: ARRIVE(to_what, what)
	:: ARRIVE(to_name, name)
	:: ARRIVE(to_total[0], total[0])
	:: ARRIVE(to_total[1], total[1])
	od
}

/* ---- rt/slots.c ---- */

#define STORE(room, value) atomic { room == NONE -> room = value }
#define STORE_IF(wanted, room, value) \
	if \
	:: atomic { (wanted) && room == NONE -> room = value } \
	:: !(wanted) \
	fi

inline change_begin()
{
	own_generation++;
	STORE_IF(!IS(NO_ODD), to_generation, own_generation);
	DRAINED || IS(NO_FENCE_AFTER_ODD)
}

inline change_end()
{
	atomic {
		own_generation++;
		own_changes++;
		name_of[own_generation / 2] = new
	};
	DRAINED || IS(EVEN_RELAXED);
	STORE(to_generation, own_generation);
	DRAINED || IS(EVEN_RELAXED);
	STORE(to_changes, own_changes)
}

/* Only where another name had it. */
#define STRANGE (old && new != old)

inline zero_totals(when)
{
	STORE_IF(STRANGE && (when), to_total[0], 0);
	STORE_IF(STRANGE && (when), to_total[1], 0)
}

inline take()
{
	zero_totals(IS(ZEROED_BEFORE_ODD));
	change_begin();
	zero_totals(!IS(ZEROED_BEFORE_ODD) && !IS(ZEROED_AFTER_EVEN) && !IS(NO_ZEROING));
	count = (new == old -> count : 0);
	STORE(to_what, 2 * new + 1);
	STORE(to_name, new);
	STORE_IF(!old && !IS(MARK_AFTER_CHANGE), to_used, 1);
	change_end();
	zero_totals(IS(ZEROED_AFTER_EVEN));
	STORE_IF(!old && IS(MARK_AFTER_CHANGE), to_used, 1)
}

inline slot_free()
{
	change_begin();
	STORE(to_what, 2 * new); /* kind free; the rest and the name stay */
	change_end()
}

inline publish()
{
	do
	:: n < COUNTS ->
		n++;
		count++;
		STORE(to_total[0], 16 * new + count);
		STORE(to_total[1], 16 * new + count)
	:: true -> break
	od;
	n = 0
}

proctype host()
{
	byte own_generation, own_changes, old, new, count, life, n;

	do
	:: life < LIVES ->
		life++;
		if
		:: new = old + 1
		:: old -> new = old
		fi;
		take();
		publish();
		old = new;
		if
		:: slot_free()
		:: break /* kept for good */
		fi
	:: life -> break
	od;
	DRAINED;
	done = true
}

/* ---- shm/reader_directory.c ---- */

/* Loads whose order no fence decides. */
#define LOAD(bit, needs, to, from) atomic { !(got & bit) && (got & (needs)) == (needs) -> to = from; got = got | bit }

#define GOT_CHANGES 1
#define GOT_USED 2
#define GOT_GENERATION 4
#define GOT_WHAT 8
#define GOT_NAME 16
#define GOT_AGAIN 32
#define AFTER_CHANGES (IS(NO_FENCE_AFTER_CHANGES) -> 0 : GOT_CHANGES)
#define AFTER_GENERATION (IS(NO_FENCE_AFTER_GENERATION) -> AFTER_CHANGES : GOT_GENERATION)
#define AFTER_CONTENT (IS(NO_FENCE_AFTER_CONTENT) -> AFTER_GENERATION : GOT_WHAT | GOT_NAME)

inline adopt()
{
	assert(seen_what >> 1 == seen_name); /* of one owner, or of none yet */
	assert(seen_name == name_of[seen_generation / 2]);
	if
	:: owner != seen_name ->
		if
		:: owner -> REACHED(REACH_REUSE)
		:: else
		fi;
		if
		:: IS(NO_FORGETTING)
		:: else -> accepted[0] = 0; accepted[1] = 0
		fi
	:: else
	fi;
	owner = seen_name;
	believed = seen_generation
}

#define NOTHING_NEW (looked && seen_changes == last_changes)
#define UNREADABLE (!seen_used || seen_generation == believed || seen_generation % 2)

inline look()
{
	do
	:: LOAD(GOT_CHANGES, 0, seen_changes, changes)
	:: LOAD(GOT_USED, AFTER_CHANGES, seen_used, used)
	:: LOAD(GOT_GENERATION, AFTER_CHANGES | GOT_USED, seen_generation, generation)
	:: LOAD(GOT_WHAT, AFTER_GENERATION, seen_what, what)
	:: LOAD(GOT_NAME, AFTER_GENERATION, seen_name, name)
	:: LOAD(GOT_AGAIN, AFTER_CONTENT, again, generation)
	:: got == 63 || got == GOT_CHANGES && NOTHING_NEW || (got & 7) == 7 && UNREADABLE -> break
	od;
	atomic {
		if
		:: !(got & GOT_USED) /* nothing new */
		:: (got & GOT_USED) && (!seen_used || seen_generation == believed) ->
			last_changes = seen_changes;
			looked = true
		:: (got & GOT_USED) && seen_used && seen_generation != believed && seen_generation % 2 ->
			REACHED(REACH_ODD)
		:: (got & GOT_USED) && seen_used && seen_generation != believed && seen_generation % 2 == 0 ->
			if
			:: again != seen_generation && !IS(NOT_LOOKED_AGAIN) -> REACHED(REACH_CHANGED)
			:: else -> adopt(); last_changes = seen_changes; looked = true
			fi
		fi;
		assert(!accepted[0] || NAME_OF(accepted[0]) == owner);
		assert(!accepted[1] || NAME_OF(accepted[1]) == owner);
		got = 0; seen_changes = 0; seen_used = 0; seen_generation = 0; seen_what = 0; seen_name = 0; again = 0
	}
}

/* ---- shm/reader_totals.c ---- */

#define GOT_0 1
#define GOT_1 2
#define GOT_CHECK 4
#define AFTER_TOTALS (IS(NO_FENCE_AFTER_TOTALS) || IS(TOTALS_AFTER_GENERATION) -> 0 : GOT_0 | GOT_1)
#define BEFORE_TOTALS (IS(TOTALS_AFTER_GENERATION) -> GOT_CHECK : 0)

/* Booked under the name that is believed, and never less than before. */
inline accept(w)
{
	assert(COUNT_OF(seen[w]) >= COUNT_OF(accepted[w]));
	assert(!seen[w] || NAME_OF(seen[w]) == owner);
	accepted[w] = seen[w]
}

inline read()
{
	do
	:: LOAD(GOT_0, BEFORE_TOTALS, seen[0], total[0])
	:: LOAD(GOT_1, BEFORE_TOTALS, seen[1], total[1])
	:: LOAD(GOT_CHECK, AFTER_TOTALS, seen_generation, generation)
	:: got == 7 -> break
	od;
	atomic {
		if
		:: !looked || !owner
		:: looked && owner && seen_generation != believed && !IS(TOTALS_UNCHECKED) ->
			if
			:: seen[0] && NAME_OF(seen[0]) != owner -> REACHED(REACH_STRANGER)
			:: else
			fi
		:: looked && owner && (seen_generation == believed || IS(TOTALS_UNCHECKED)) ->
			accept(0);
			accept(1)
		fi;
		got = 0; seen_generation = 0; seen[0] = 0; seen[1] = 0
	}
}

proctype reader()
{
	byte seen_changes, seen_used, seen_generation, seen_what, seen_name, again, got, seen[2];
	byte last_changes, believed, owner, accepted[2];
	bool looked, last;

	do
	:: last -> break
	:: else ->
		last = done;
		if
		:: look()
		:: !last
		fi;
		read()
	od;
	assert(believed == generation && owner == name);
	assert(accepted[0] == total[0] && accepted[1] == total[1]);
	REACHED(REACH_END)
}

init {
	c_code { now.mutation = getenv("MUTATION") ? atoi(getenv("MUTATION")) : 0; };
	atomic { run memory(); run host(); run reader() }
}
