/* SPDX-License-Identifier: MIT */
/* The queue of orders to forget. Any thread. */
#include "collector/forget_desk.h"

#include <pthread.h>
#include <stdlib.h>

struct forget_desk {
	pthread_mutex_t lock;
	unsigned first, count; /* under the lock, as is: */
	struct forget_order orders[FORGETS_MAX];
};

struct forget_desk *forget_desk_new(void)
{
	struct forget_desk *desk = calloc(1, sizeof *desk);

	if (desk)
		pthread_mutex_init(&desk->lock, NULL);
	return desk;
}

void forget_desk_free(struct forget_desk *desk)
{
	if (!desk)
		return;
	pthread_mutex_destroy(&desk->lock);
	free(desk);
}

bool forget_desk_put(struct forget_desk *desk, const struct forget_order *order)
{
	bool room;

	pthread_mutex_lock(&desk->lock);
	room = desk->count < FORGETS_MAX;
	if (room)
		desk->orders[(desk->first + desk->count++) % FORGETS_MAX] = *order;
	pthread_mutex_unlock(&desk->lock);
	return room;
}

bool forget_desk_take(struct forget_desk *desk, struct forget_order *order)
{
	bool any;

	pthread_mutex_lock(&desk->lock);
	any = desk->count > 0;
	if (any) {
		*order = desk->orders[desk->first];
		desk->first = (desk->first + 1) % FORGETS_MAX;
		desk->count--;
	}
	pthread_mutex_unlock(&desk->lock);
	return any;
}
