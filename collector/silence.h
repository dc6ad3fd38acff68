/* SPDX-License-Identifier: MIT */
/* Silences: which alerts nobody is to be told of for a while, and until when. The machine goes on underneath; what is
 * silenced is shown as such. Pure; whoever owns the list sees to it that one thread at a time uses it (silence_desk.h).
 *
 * A silence ends by the calendar, and never later than its time on CLOCK_BOOTTIME: the earlier of both, so that a clock
 * that is set back makes none endless.
 * Life:
 *	-     -> holds    added; ids rise and are never given twice
 *	holds -> -        ended, or over */
#ifndef AUDIOWATCH_COLLECTOR_SILENCE_H
#define AUDIOWATCH_COLLECTOR_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/instant.h"
#include "collector/rule.h"
#include "collector/text.h"

enum {
	SILENCES_MAX = 64,
	SILENCE_COMMENT_SIZE = 200,
	SILENCE_APP_SIZE = 3 * AW_APP_SIZE, /* each byte of it replaced */
	SILENCE_LEAST_S = 60,
	SILENCE_MOST_S = 30 * 86400,
};

struct silencing {
	uint64_t id; /* from 1 */
	char alert[RULE_NAME_SIZE], app[SILENCE_APP_SIZE]; /* "" = any */
	char comment[SILENCE_COMMENT_SIZE];
	uint64_t uid, pid; /* of whoever asked for it */
	uint64_t from_real_ns, until_real_ns, until_boot_ns;
};

struct silence_list {
	struct silencing items[SILENCES_MAX];
	unsigned count;
	uint64_t last_id;
};

/* Of what is wanted id and times are filled in. NULL: there are SILENCES_MAX. */
const struct silencing *silence_add(struct silence_list *list, const struct silencing *wanted,
				    uint64_t for_ns, const struct instant *at);
/* False: there is none of that id. */
bool silence_end(struct silence_list *list, uint64_t id, struct silencing *ended);
/* Takes out one that is over; false when none is any more. */
bool silence_expire(struct silence_list *list, const struct instant *at, struct silencing *expired);

/* The one that silences this alert, or NULL. The Watchdog, whose absence is the alarm, is silenced by its name alone. */
const struct silencing *silence_of(const struct silencing *silences, unsigned count,
				   const struct rule *rule, const char *app);
bool silence_is_of_everything(const struct silencing *silence);
/* The newest of everything, or NULL. */
const struct silencing *silence_of_everything(const struct silencing *silences, unsigned count);

#endif
