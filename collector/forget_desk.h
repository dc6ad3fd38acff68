/* SPDX-License-Identifier: MIT */
/* Where http threads leave orders to forget until the poll thread carries them out: a queue behind a lock, which nobody
 * holds for longer than a copy. Whether an order is good, its giver has asked the picture; what has changed since, the
 * poll thread finds. */
#ifndef AUDIOWATCH_COLLECTOR_FORGET_DESK_H
#define AUDIOWATCH_COLLECTOR_FORGET_DESK_H

#include "collector/forget.h"

enum { FORGETS_MAX = 32 };

struct forget_desk;

/* NULL: no memory. */
struct forget_desk *forget_desk_new(void);
void forget_desk_free(struct forget_desk *desk);

/* Any thread. False: FORGETS_MAX wait already. */
bool forget_desk_put(struct forget_desk *desk, const struct forget_order *order);
/* Poll thread: the oldest one, once; false: none. */
bool forget_desk_take(struct forget_desk *desk, struct forget_order *order);

#endif
