/* SPDX-License-Identifier: MIT */
/* Where http threads hand in silences and the poll thread looks them up: a list behind a lock, which nobody holds for
 * longer than a copy, and the poll thread's own copy of it. Closed until what outlived the last run is in it, so that no
 * id is given twice. */
#ifndef AUDIOWATCH_COLLECTOR_SILENCE_DESK_H
#define AUDIOWATCH_COLLECTOR_SILENCE_DESK_H

#include "collector/log.h"
#include "collector/silence.h"

struct silence_desk;

/* NULL: no memory. */
struct silence_desk *silence_desk_new(struct log *log);
void silence_desk_free(struct silence_desk *desk);
/* Before the poll loop: what outlived the last run, and from now on others may come. */
void silence_desk_open(struct silence_desk *desk, const struct silence_list *list);

/* Behind the poll loop, before what outlives us is saved: who comes later is not told that it holds. */
void silence_desk_close(struct silence_desk *desk);

/* Any thread; each is told in the log. 0, -EAGAIN: not open, -ENOSPC: SILENCES_MAX of them. */
int silence_desk_add(struct silence_desk *desk, const struct silencing *wanted, uint64_t for_ns,
		     struct silencing *made);
/* 0, -EAGAIN, -ENOENT: none of that id. */
int silence_desk_end(struct silence_desk *desk, uint64_t id, struct silencing *ended);
void silence_desk_copy(struct silence_desk *desk, struct silence_list *copy);

/* Poll thread: ends what is over; whether anything is another one than at the beat before. */
bool silence_desk_beat(struct silence_desk *desk, const struct instant *at);
/* Poll thread: as of the newest beat. */
const struct silence_list *silence_desk_seen(const struct silence_desk *desk);

#endif
