/* SPDX-License-Identifier: MIT */
/* An absolute deadline for every request. H threads, and one sweeping thread that sleeps until
 * the next is due. */
#include "http/deadline.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

uint64_t deadline_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void deadline_init(struct deadline *deadline, uint64_t limit_ns)
{
	pthread_condattr_t monotonic;

	*deadline = (struct deadline){ .limit_ns = limit_ns };
	TAILQ_INIT(&deadline->list);
	pthread_mutex_init(&deadline->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&deadline->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void deadline_deinit(struct deadline *deadline)
{
	pthread_cond_destroy(&deadline->changed);
	pthread_mutex_destroy(&deadline->lock);
}

struct deadline_entry *deadline_add(struct deadline *deadline, int fd, uint64_t now_ns)
{
	struct deadline_entry *entry = malloc(sizeof *entry);

	if (!entry)
		return NULL;
	*entry = (struct deadline_entry){ .since_ns = now_ns, .fd = fd };
	pthread_mutex_lock(&deadline->lock);
	TAILQ_INSERT_TAIL(&deadline->list, entry, link);
	if (TAILQ_FIRST(&deadline->list) ==
	    entry) /* else the sweeper waits for an earlier one already */
		pthread_cond_signal(&deadline->changed);
	pthread_mutex_unlock(&deadline->lock);
	return entry;
}

static void renew_locked(struct deadline *deadline, struct deadline_entry *entry, uint64_t now_ns)
{
	TAILQ_REMOVE(&deadline->list, entry, link);
	entry->since_ns = now_ns;
	TAILQ_INSERT_TAIL(&deadline->list, entry, link);
}

void deadline_renew(struct deadline *deadline, struct deadline_entry *entry, uint64_t now_ns)
{
	if (!entry)
		return;
	pthread_mutex_lock(&deadline->lock);
	renew_locked(deadline, entry, now_ns);
	pthread_mutex_unlock(&deadline->lock);
}

void deadline_remove(struct deadline *deadline, struct deadline_entry *entry)
{
	if (!entry)
		return;
	pthread_mutex_lock(&deadline->lock);
	TAILQ_REMOVE(&deadline->list, entry, link);
	pthread_mutex_unlock(&deadline->lock);
	free(entry);
}

/* Two threads may have read the clock in one order and taken the lock in the other: too young is
 * not overdue. */
static bool is_overdue(const struct deadline *deadline, const struct deadline_entry *entry,
		       uint64_t now_ns)
{
	return now_ns > entry->since_ns && now_ns - entry->since_ns >= deadline->limit_ns;
}

/* One that was shut down goes to the end of the list, where it waits for its close. */
static size_t sweep_locked(struct deadline *deadline, uint64_t now_ns)
{
	struct deadline_entry *entry;
	size_t count = 0;

	while ((entry = TAILQ_FIRST(&deadline->list)) && is_overdue(deadline, entry, now_ns)) {
		if (entry->fd >= 0) {
			shutdown(entry->fd, SHUT_RDWR);
			count++;
		}
		entry->fd = -1;
		renew_locked(deadline, entry, now_ns);
	}
	return count;
}

size_t deadline_sweep(struct deadline *deadline, uint64_t now_ns)
{
	size_t count;

	pthread_mutex_lock(&deadline->lock);
	count = sweep_locked(deadline, now_ns);
	pthread_mutex_unlock(&deadline->lock);
	return count;
}

/* Until the first entry is due, or until there is one. */
static void wait_locked(struct deadline *deadline)
{
	const struct deadline_entry *first = TAILQ_FIRST(&deadline->list);
	uint64_t due_ns;
	struct timespec due;

	if (!first) {
		pthread_cond_wait(&deadline->changed, &deadline->lock);
		return;
	}
	due_ns = first->since_ns + deadline->limit_ns;
	due = (struct timespec){ .tv_sec = (time_t)(due_ns / NS_PER_S),
				 .tv_nsec = (long)(due_ns % NS_PER_S) };
	pthread_cond_timedwait(&deadline->changed, &deadline->lock, &due);
}

static void *sweep_until_stop(void *argument)
{
	struct deadline *deadline = argument;

	pthread_mutex_lock(&deadline->lock);
	while (!deadline->stop) {
		wait_locked(deadline);
		sweep_locked(deadline, deadline_now_ns());
	}
	pthread_mutex_unlock(&deadline->lock);
	return NULL;
}

int deadline_start(struct deadline *deadline)
{
	return -pthread_create(&deadline->sweeper, NULL, sweep_until_stop, deadline);
}

void deadline_stop(struct deadline *deadline)
{
	pthread_mutex_lock(&deadline->lock);
	deadline->stop = true;
	pthread_cond_signal(&deadline->changed);
	pthread_mutex_unlock(&deadline->lock);
	pthread_join(deadline->sweeper, NULL);
}
