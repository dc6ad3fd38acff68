/* SPDX-License-Identifier: MIT */
/*
 * The life of segments in one directory: producers that are born, killed anywhere, closed; two collectors that may be
 * killed; whoever opens, and reaps for want of a collector. Run by tests/model/run. Who changes the code below changes
 * this:
 *
 *	producer	shm/segment.c aw_segment_create(); rt/setup.c write_header(), aw_close()
 *	opener		rt/reap.c aw_reap_dead(), look_at(), keep_newest(), is_dead(), has_magic(): the first thing
 *			aw_open() does; what it does next is another producer
 *	reap		shm/segment.c aw_segment_reap(), may_unlink(), aw_segment_life()
 *	collector	shm/segment.c aw_collector_lock(); collector/finder.c try_name(), attach_newborn(), is_stillborn(),
 *			bury_marked(); collector/source.c source_beat(), source_ask(), source_end(); collector/roster.c
 *			end_member(), reap()
 *	world		time, and a forked child that never execs
 *
 * An object is its number: names are random and never come again. `writers` is what the kernel counts, descriptors and
 * mappings that may write: the lease is granted where it is 0, and so it is between the creation of a name and its
 * first descriptor. No object grows `old` (AW_NEWBORN_S) in that instant, which is one system call of its producer.
 * Content is how often it was written. The order of memory is lane.pml's affair; here a step is seen at once.
 *
 * When no producer lives any more, a collector that holds the lock looks three times more; then all are gone. After
 * the collectors somebody opens: then the dead ones are gone but the newest (KEEP is 4 in rt/reap.c, 1 here).
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef COLLECTORS
#define COLLECTORS 2
#endif
#ifndef OPENERS
#define OPENERS 1
#endif

#define NOBODY 255

/* What tests/model/run breaks, a number it chooses; REACH_* breaks nothing: its state must be seen. */
byte mutation;
#define IS(x) (mutation == x)
#define REACHED(x) assert(mutation != x)
#define REACHED_IF(what, x) assert(!(what) || mutation != x)

typedef object {
	bool named, header, magic, closed, old;
	bool foreign; /* of an ABI that is refused */
	bool entering; /* its name is there, and no descriptor yet */
	bool child; /* a forked one holds the descriptor */
	byte writers, content, born;
	/* for the judgement alone */
	bool alive, over; /* its producer: is, was */
	bool drained; /* by the collector there is */
};
object objects[PRODUCERS];
#define OBJECT objects[i]

byte births, holder = NOBODY, running, finished;
bool settled; /* no producer lives, no child holds, all are old */

inline see_whether_settled()
{
	atomic {
		settled = true;
		each = 0;
		do
		:: each < PRODUCERS ->
			settled = settled && objects[each].over && !objects[each].child &&
				  (!objects[each].named || objects[each].old);
			each++
		:: else -> break
		od;
		each = 0
	}
}

proctype world(byte i)
{
end:	do
	:: atomic { OBJECT.child -> OBJECT.child = false; OBJECT.writers-- }
	:: atomic { OBJECT.named && !OBJECT.entering && !OBJECT.old -> OBJECT.old = true }
	od
}

/* ---- rt/setup.c, and aw_segment_create() ---- */

#define STEP(what) \
	if \
	:: atomic { what } \
	:: goto killed \
	fi

inline create()
{
	STEP(OBJECT.named = true; OBJECT.entering = true; OBJECT.alive = true; OBJECT.born = births; births++);
	STEP(OBJECT.entering = false; OBJECT.writers = 1);
	if
	:: i == 0 -> STEP(OBJECT.child = true; OBJECT.writers++) /* one that may fork is enough */
	:: goto failed
	:: true
	fi;
	STEP(OBJECT.writers = OBJECT.writers + (IS(MAPS_AFTER_CLOSING) -> -1 : 1));
	STEP(OBJECT.writers = OBJECT.writers + (IS(MAPS_AFTER_CLOSING) -> 1 : -1))
}

inline write_header()
{
	STEP(OBJECT.header = !IS(MAGIC_BEFORE_HEADER); OBJECT.magic = IS(MAGIC_BEFORE_HEADER));
	STEP(OBJECT.header = true; OBJECT.magic = true)
}

inline close_session()
{
	STEP(OBJECT.content++; OBJECT.closed = IS(CLOSED_BEFORE_LAST));
	STEP(OBJECT.content = OBJECT.content + IS(CLOSED_BEFORE_LAST); OBJECT.closed = true);
	STEP(OBJECT.named = false)
}

proctype producer(byte i)
{
	if
	:: COLLECTORS > 0 -> OBJECT.foreign = true
	:: true
	fi;
	create();
	write_header();
	if
	:: STEP(OBJECT.content++)
	:: true
	fi;
	close_session();
	goto killed; /* whoever unmaps is no more */
failed:
	STEP(OBJECT.alive = false; OBJECT.writers = OBJECT.child);
	STEP(OBJECT.named = false);
killed:
	atomic {
		OBJECT.alive = false;
		OBJECT.over = true;
		OBJECT.entering = false;
		OBJECT.writers = OBJECT.child + IS(KEEPS_DESCRIPTOR) /* a child that never ends has it, too */
	}
}

/* ---- shm/segment.c ---- */

#define LEASE(i) (objects[i].writers == 0)

/* reaped: whether the name is gone now */
inline reap(i)
{
	reaped = !OBJECT.named;
	if
	:: reaped
	:: else ->
		granted = IS(ASKED_BEFORE_MAGIC) && LEASE(i);
		may = OBJECT.magic || OBJECT.old || IS(NO_AGE);
		if
		:: IS(ASKED_BEFORE_MAGIC)
		:: !IS(ASKED_BEFORE_MAGIC) ->
			atomic {
				granted = LEASE(i) || IS(NOT_ASKED);
				REACHED_IF(granted && OBJECT.alive && OBJECT.entering, REACH_DEAD_NEWBORN)
			}
		fi;
		if
		:: atomic {
			granted && may ->
			reaped = true;
			assert(!OBJECT.alive);
			assert(!collects || OBJECT.foreign || !OBJECT.content || OBJECT.drained);
			assert(collects || !held);
			REACHED_IF(OBJECT.named && OBJECT.magic, REACH_REAPED);
			REACHED_IF(OBJECT.named && !OBJECT.magic, REACH_STILLBORN);
			OBJECT.named = false
		   }
		:: else
		fi
	fi;
	may = false;
	granted = false
}

/* ---- rt/reap.c ---- */

/* The newest dead one seen so far stays, the other goes. */
inline keep_newest(i)
{
	atomic {
		victim = NOBODY;
		if
		:: kept == NOBODY -> kept = i
		:: kept != NOBODY && objects[kept].born < OBJECT.born -> victim = kept; kept = i
		:: kept != NOBODY && objects[kept].born >= OBJECT.born -> victim = i
		fi
	};
	if
	:: victim == NOBODY || IS(KEEPS_ALL)
	:: else -> reap(victim)
	fi;
	victim = 0
}

inline look_at(i)
{
	asked = OBJECT.named && LEASE(i);
	if
	:: asked && OBJECT.magic -> keep_newest(i)
	:: asked && !OBJECT.magic -> reap(i)
	:: !asked
	fi;
	asked = false
}

inline reap_dead()
{
	held = holder != NOBODY;
	if
	:: held && !IS(REAPS_BESIDE_COLLECTOR) -> REACHED(REACH_COLLECTED)
	:: else ->
		kept = NOBODY;
		do
		:: i < PRODUCERS -> look_at(i); i++
		:: else -> break
		od;
		i = 0; kept = 0; reaped = false
	fi;
	held = false
}


proctype opener()
{
	byte i, kept, victim, each;
	bool asked, granted, may, reaped, held, collects;

	reap_dead();
	finished == COLLECTORS;
	see_whether_settled();
	do
	:: settled -> break
	:: else -> see_whether_settled()
	od;
	reap_dead();
	atomic {
		do
		:: i < PRODUCERS ->
			assert(!OBJECT.named || OBJECT.magic);
			kept = kept + OBJECT.named;
			i++
		:: else -> break
		od;
		assert(kept <= 1);
		REACHED_IF(kept == 1, REACH_KEPT)
	}
}

/* ---- collector/ ---- */

#define UNKNOWN 0
#define NEWBORN 1
#define MEMBER 2
#define MARKED 3

inline attach(i)
{
	if
	:: OBJECT.foreign && !IS(READS_REFUSED) -> state[i] = MARKED
	:: else ->
		assert(OBJECT.header); /* an honest one is not refused */
		assert(!met[i]); /* nothing is counted twice */
		met[i] = true;
		state[i] = MEMBER
	fi
}

inline copy(i)
{
	atomic {
		assert(!OBJECT.foreign); /* nobody reads what was refused */
		seen[i] = OBJECT.content
	}
}

inline end_member(i)
{
	if
	:: IS(NOT_DRAINED)
	:: else -> copy(i)
	fi;
	OBJECT.drained = seen[i] == OBJECT.content;
	assert(OBJECT.drained);
	REACHED_IF(OBJECT.closed && seen[i] == 2, REACH_DRAINED);
	reap(i);
	state[i] = (reaped || IS(NOT_MARKED) -> UNKNOWN : MARKED)
}

inline visit_member(i)
{
	closed = OBJECT.closed;
	copy(i); /* closed: what is copied from here on is the last */
	if
	:: closed -> end_member(i)
	:: !closed ->
		asked = LEASE(i);
		if
		:: asked -> end_member(i)
		:: else
		fi
	fi;
	closed = false;
	asked = false
}

inline visit_newborn(i)
{
	if
	:: OBJECT.magic -> attach(i)
	:: else ->
		slow = OBJECT.old || IS(BURIED_YOUNG);
		asked = slow && LEASE(i) && !IS(STILLBORN_KEPT);
		if
		:: asked && OBJECT.magic && !IS(BURIED_UNREAD) -> REACHED(REACH_FINISHED); attach(i)
		:: asked && (!OBJECT.magic || IS(BURIED_UNREAD)) ->
			reap(i);
			state[i] = (reaped -> UNKNOWN : NEWBORN)
		:: !asked
		fi;
		slow = false;
		asked = false
	fi
}

inline visit(i)
{
	if
	:: state[i] == UNKNOWN && OBJECT.named ->
		if
		:: OBJECT.magic -> attach(i)
		:: else -> state[i] = (IS(NEWBORN_REFUSED) -> MARKED : NEWBORN)
		fi
	:: state[i] == NEWBORN -> visit_newborn(i)
	:: state[i] == MEMBER -> visit_member(i)
	:: state[i] == MARKED && OBJECT.named && OBJECT.magic && !IS(NOT_BURIED) ->
		REACHED(REACH_BURIED);
		reap(i)
	:: else
	fi;
	reaped = false
}

proctype collector(byte self)
{
	byte i, rounds, each, state[PRODUCERS], seen[PRODUCERS];
	bool asked, granted, may, reaped, closed, slow, met[PRODUCERS], held, collects = true;

	if
	:: atomic { holder == NOBODY || IS(NO_LOCK) -> holder = self; running++ }
	:: atomic { holder != NOBODY && !IS(NO_LOCK) -> REACHED(REACH_SECOND); goto refused }
	fi;
	assert(running == 1);
	do
	:: rounds < 3 ->
		see_whether_settled();
		rounds = (settled -> rounds + 1 : 0);
		do
		:: i < PRODUCERS -> visit(i); i++
		:: i < PRODUCERS -> goto crashed
		:: else -> break
		od;
		i = 0
	:: else -> break
	od;
	atomic {
		do
		:: i < PRODUCERS -> assert(!OBJECT.named); i++
		:: else -> break
		od;
		REACHED(REACH_ALL_GONE)
	};
crashed:
	atomic {
		i = 0;
		do
		:: i < PRODUCERS -> OBJECT.drained = false; state[i] = 0; seen[i] = 0; met[i] = false; i++
		:: else -> break
		od;
		holder = NOBODY;
		running--
	};
refused:
	finished++
}

init {
	byte i;

	c_code { now.mutation = getenv("MUTATION") ? atoi(getenv("MUTATION")) : 0; };
	atomic {
		do
		:: i < PRODUCERS -> run world(i); run producer(i); i++
		:: else -> break
		od;
		i = 0;
		if
		:: OPENERS -> run opener()
		:: else
		fi;
		do
		:: i < COLLECTORS -> run collector(i); i++
		:: else -> break
		od
	}
}
