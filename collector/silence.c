/* SPDX-License-Identifier: MIT */
/* Which alerts nobody is to be told of. Pure. */
#include "collector/silence.h"

#include <string.h>

const struct silencing *silence_add(struct silence_list *list, const struct silencing *wanted,
				    uint64_t for_ns, const struct instant *at)
{
	struct silencing *silence = &list->items[list->count];

	if (list->count == SILENCES_MAX)
		return NULL;
	list->count++;
	*silence = *wanted;
	silence->id = ++list->last_id;
	silence->from_real_ns = at->real_ns;
	silence->until_real_ns = at->real_ns + for_ns;
	silence->until_boot_ns = at->boot_ns + for_ns;
	return silence;
}

static void take_out(struct silence_list *list, unsigned i, struct silencing *taken)
{
	*taken = list->items[i];
	list->count--;
	memmove(&list->items[i], &list->items[i + 1], (list->count - i) * sizeof *list->items);
}

bool silence_end(struct silence_list *list, uint64_t id, struct silencing *ended)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->items[i].id == id) {
			take_out(list, i, ended);
			return true;
		}
	return false;
}

bool silence_expire(struct silence_list *list, const struct instant *at, struct silencing *expired)
{
	for (unsigned i = 0; i < list->count; i++)
		if (at->real_ns >= list->items[i].until_real_ns ||
		    at->boot_ns >= list->items[i].until_boot_ns) {
			take_out(list, i, expired);
			return true;
		}
	return false;
}

static bool fits(const char *wanted, const char *label)
{
	return !*wanted || strcmp(wanted, label) == 0;
}

const struct silencing *silence_of(const struct silencing *silences, unsigned count,
				   const struct rule *rule, const char *app)
{
	for (unsigned i = 0; i < count; i++) {
		const struct silencing *silence = &silences[i];

		if (fits(silence->alert, rule->name) && fits(silence->app, app) &&
		    (*silence->alert || rule->signal != SIGNAL_ALWAYS))
			return silence;
	}
	return NULL;
}

bool silence_is_of_everything(const struct silencing *silence)
{
	return !*silence->alert && !*silence->app;
}

const struct silencing *silence_of_everything(const struct silencing *silences, unsigned count)
{
	for (unsigned i = count; i-- > 0;)
		if (silence_is_of_everything(&silences[i]))
			return &silences[i];
	return NULL;
}
