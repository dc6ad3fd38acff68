/* SPDX-License-Identifier: MIT */
/* The list of silences behind its lock. Any thread. */
#include "collector/silence_desk.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct silence_desk {
	struct log *log;
	pthread_mutex_t lock;
	bool open, changed; /* under the lock, as is: */
	struct silence_list list;
	struct silence_list seen; /* P */
};

struct silence_desk *silence_desk_new(struct log *log)
{
	struct silence_desk *desk = calloc(1, sizeof *desk);

	if (!desk)
		return NULL;
	desk->log = log;
	pthread_mutex_init(&desk->lock, NULL);
	return desk;
}

void silence_desk_free(struct silence_desk *desk)
{
	if (!desk)
		return;
	pthread_mutex_destroy(&desk->lock);
	free(desk);
}

void silence_desk_open(struct silence_desk *desk, const struct silence_list *list)
{
	pthread_mutex_lock(&desk->lock);
	desk->list = *list;
	desk->open = desk->changed = true;
	pthread_mutex_unlock(&desk->lock);
}

void silence_desk_close(struct silence_desk *desk)
{
	pthread_mutex_lock(&desk->lock);
	desk->open = false;
	pthread_mutex_unlock(&desk->lock);
}

/* A silence of everything is a warning: nobody hears anything any more. */
static void tell(const struct silence_desk *desk, const char *message,
		 const struct silencing *silence)
{
	const bool everything = silence_is_of_everything(silence);
	char until[TEXT_TIME_SIZE];

	text_time(until, silence->until_real_ns);
	log_event(desk->log, everything ? LOG_WARN : LOG_INFO, "silence", message,
		  (const struct log_field[]){
			  { "id", NULL, silence->id },
			  { "silences", everything ? "everything" : "matching alerts", 0 },
			  { "alert", silence->alert, 0 },
			  { "app", silence->app, 0 },
			  { "until", until, 0 },
			  { "uid", NULL, silence->uid },
			  { "pid", NULL, silence->pid },
			  { "comment", silence->comment, 0 },
			  { NULL, NULL, 0 } });
}

int silence_desk_add(struct silence_desk *desk, const struct silencing *wanted, uint64_t for_ns,
		     struct silencing *made)
{
	const struct instant at = instant_next(&(struct instant){ 0 });
	const struct silencing *added = NULL;
	int status = -EAGAIN;

	pthread_mutex_lock(&desk->lock);
	if (desk->open) {
		added = silence_add(&desk->list, wanted, for_ns, &at);
		status = added ? 0 : -ENOSPC;
	}
	if (added)
		*made = *added;
	desk->changed |= added != NULL;
	pthread_mutex_unlock(&desk->lock);
	if (!status)
		tell(desk, "silenced", made);
	return status;
}

int silence_desk_end(struct silence_desk *desk, uint64_t id, struct silencing *ended)
{
	int status = -EAGAIN;

	pthread_mutex_lock(&desk->lock);
	if (desk->open)
		status = silence_end(&desk->list, id, ended) ? 0 : -ENOENT;
	desk->changed |= !status;
	pthread_mutex_unlock(&desk->lock);
	if (!status)
		tell(desk, "silence ended", ended);
	return status;
}

void silence_desk_copy(struct silence_desk *desk, struct silence_list *copy)
{
	pthread_mutex_lock(&desk->lock);
	*copy = desk->list;
	pthread_mutex_unlock(&desk->lock);
}

static bool expire_one(struct silence_desk *desk, const struct instant *at,
		       struct silencing *expired)
{
	bool over;

	pthread_mutex_lock(&desk->lock);
	over = silence_expire(&desk->list, at, expired);
	desk->changed |= over;
	pthread_mutex_unlock(&desk->lock);
	return over;
}

bool silence_desk_beat(struct silence_desk *desk, const struct instant *at)
{
	struct silencing expired;
	bool changed;

	while (expire_one(desk, at, &expired))
		tell(desk, "silence is over", &expired);
	pthread_mutex_lock(&desk->lock);
	changed = desk->changed;
	desk->changed = false;
	if (changed)
		desk->seen = desk->list;
	pthread_mutex_unlock(&desk->lock);
	return changed;
}

const struct silence_list *silence_desk_seen(const struct silence_desk *desk)
{
	return &desk->seen;
}
