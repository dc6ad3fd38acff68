/* SPDX-License-Identifier: MIT */
/* Tickets of orders behind one lock, which nobody holds while waiting. Any thread. */
#include "collector/receipt.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "collector/fault.h"
#include "collector/instant.h"

struct receipts {
	pthread_mutex_t lock;
	pthread_cond_t settled;
	/* under the lock, as is: */
	uint64_t given; /* the newest ticket */
	uint64_t kept, tried; /* up to these it is on the disk, and was written or not */
	int fault; /* of tried */
	uint64_t last; /* behind it nobody looks */
	bool slow; /* somebody waited in vain, and nothing was settled since: nobody else waits */
};

struct receipts *receipts_new(void)
{
	struct receipts *receipts = calloc(1, sizeof *receipts);
	pthread_condattr_t patience;

	if (!receipts)
		return NULL;
	receipts->last = UINT64_MAX;
	pthread_mutex_init(&receipts->lock, NULL);
	pthread_condattr_init(&patience);
	pthread_condattr_setclock(&patience, CLOCK_MONOTONIC);
	pthread_cond_init(&receipts->settled, &patience);
	pthread_condattr_destroy(&patience);
	return receipts;
}

void receipts_free(struct receipts *receipts)
{
	if (!receipts)
		return;
	pthread_cond_destroy(&receipts->settled);
	pthread_mutex_destroy(&receipts->lock);
	free(receipts);
}

/* ---- who orders ---- */

uint64_t receipts_take(struct receipts *receipts)
{
	uint64_t ticket;

	pthread_mutex_lock(&receipts->lock);
	ticket = ++receipts->given;
	pthread_mutex_unlock(&receipts->lock);
	return ticket;
}

/* FAULT_SLOW: not yet. */
static int outcome(const struct receipts *receipts, uint64_t ticket)
{
	if (ticket <= receipts->kept)
		return 0;
	if (ticket <= receipts->tried)
		return receipts->fault;
	return ticket > receipts->last ? FAULT_ENDS : FAULT_SLOW;
}

int receipts_wait(struct receipts *receipts, uint64_t ticket, uint64_t patience_ns)
{
	const uint64_t until_ns = instant_clock_ns(CLOCK_MONOTONIC) + patience_ns;
	const struct timespec until = { (time_t)(until_ns / NS_A_SECOND),
					(long)(until_ns % NS_A_SECOND) };
	int fault, late = 0;

	pthread_mutex_lock(&receipts->lock);
	while ((fault = outcome(receipts, ticket)) == FAULT_SLOW && !late && !receipts->slow)
		late = pthread_cond_timedwait(&receipts->settled, &receipts->lock, &until);
	receipts->slow |= fault == FAULT_SLOW;
	pthread_mutex_unlock(&receipts->lock);
	return fault;
}

/* ---- who saves ---- */

uint64_t receipts_newest(struct receipts *receipts)
{
	uint64_t newest;

	pthread_mutex_lock(&receipts->lock);
	newest = receipts->given;
	pthread_mutex_unlock(&receipts->lock);
	return newest;
}

void receipts_settle(struct receipts *receipts, uint64_t ticket, int fault)
{
	pthread_mutex_lock(&receipts->lock);
	if (!fault && ticket > receipts->kept)
		receipts->kept = ticket;
	if (fault && ticket >= receipts->tried) {
		receipts->tried = ticket;
		receipts->fault = fault;
	}
	receipts->slow = false;
	pthread_cond_broadcast(&receipts->settled);
	pthread_mutex_unlock(&receipts->lock);
}

void receipts_close(struct receipts *receipts, uint64_t last)
{
	pthread_mutex_lock(&receipts->lock);
	receipts->last = last;
	pthread_cond_broadcast(&receipts->settled);
	pthread_mutex_unlock(&receipts->lock);
}
