/* SPDX-License-Identifier: MIT */
/* Ledgers and series: who takes over from whom, and values that never go down. Pure but for
 * malloc. */
#include "collector/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t counts_size[] = {
	[AW_KIND_ENGINE] = sizeof(struct engine_counts),
	[AW_KIND_CHANNEL] = sizeof(struct channel_counts),
	[AW_KIND_FUNCTION] = sizeof(struct function_counts),
};

/* ---- series ---- */

static void series_free(struct series *series)
{
	if (!series)
		return;
	free(series->name);
	free(series->engine);
	free(series->title);
	free(series->value);
	free(series->last);
	free(series);
}

/* FNV-1a: a bind compares each name with all others. */
static uint32_t hash_of(const struct series_key *key)
{
	const char *const texts[] = { key->engine, key->name };
	uint32_t hash = 2166136261u;

	for (unsigned i = 0; i < 2; i++)
		for (const char *at = texts[i]; *at; at++)
			hash = (hash ^ (unsigned char)*at) * 16777619u;
	return hash;
}

static struct series *series_new(const struct series_key *key)
{
	struct series *series = calloc(1, sizeof *series);

	if (!series)
		return NULL;
	series->kind = key->kind;
	series->slot = LEDGER_NO_SLOT;
	series->hash = hash_of(key);
	series->name = strdup(key->name);
	series->engine = strdup(key->engine);
	series->value = calloc(1, counts_size[key->kind]);
	series->last = calloc(1, counts_size[key->kind]);
	if (series->name && series->engine && series->value && series->last)
		return series;
	series_free(series);
	return NULL;
}

static bool is_called(const struct series *series, const struct series_key *key)
{
	return series->kind == key->kind && series->hash == hash_of(key) &&
	       strcmp(series->name, key->name) == 0 && strcmp(series->engine, key->engine) == 0;
}

static void series_end(struct series *series, enum ledger_life how, uint64_t now_ns)
{
	if (series->life != LEDGER_LIVE)
		return;
	series->life = how;
	series->ended_ns = now_ns;
}

/* What it counted stays; what comes next counts from 0. */
static void series_let_go(struct series *series)
{
	series->slot = LEDGER_NO_SLOT;
	memset(series->last, 0, counts_size[series->kind]);
}

bool series_title(struct series *series, const char *title)
{
	char *copy;

	if (series->title && strcmp(series->title, title) == 0)
		return true;
	copy = strdup(title);
	if (!copy)
		return false;
	free(series->title);
	series->title = copy;
	return true;
}

static bool within(uint64_t ended_ns, uint64_t now_ns, uint64_t span_ns)
{
	return now_ns < ended_ns + span_ns;
}

bool series_counted(const struct series *series, uint64_t now_ns)
{
	return series->life == LEDGER_LIVE || within(series->ended_ns, now_ns, LEDGER_SHOWN_NS);
}

bool series_stated(const struct series *series, uint64_t now_ns)
{
	return series->life == LEDGER_LIVE ||
	       (series->life == LEDGER_DEAD && within(series->ended_ns, now_ns, LEDGER_KEPT_NS)) ||
	       (series->life == LEDGER_CLOSED && within(series->ended_ns, now_ns, LEDGER_SHOWN_NS));
}

/* ---- the series of a ledger ---- */

static struct series *find_slot(const struct ledger *ledger, enum aw_kind kind, uint32_t slot)
{
	for (unsigned i = 0; i < ledger->series_count; i++)
		if (ledger->series[i]->kind == kind && ledger->series[i]->slot == slot)
			return ledger->series[i];
	return NULL;
}

static struct series *find_name(const struct ledger *ledger, const struct series_key *key)
{
	for (unsigned i = 0; i < ledger->series_count; i++)
		if (is_called(ledger->series[i], key))
			return ledger->series[i];
	return NULL;
}

/* Which place a new series gets: a fresh one, or that of the one that ended first, once nobody is
 * shown it any more: a name that came back would be seen to fall. */
static struct series **place_for_series(struct ledger *ledger, uint64_t now_ns)
{
	struct series **oldest = NULL, **grown;

	if (ledger->series_count < ledger->series_limit) {
		grown = realloc(ledger->series,
				(ledger->series_count + 1) * sizeof(struct series *));
		if (!grown)
			return NULL;
		ledger->series = grown;
		grown[ledger->series_count] = NULL;
		return &grown[ledger->series_count++];
	}
	for (unsigned i = 0; i < ledger->series_count; i++)
		if (ledger->series[i]->life != LEDGER_LIVE &&
		    (!oldest || ledger->series[i]->ended_ns < (*oldest)->ended_ns))
			oldest = &ledger->series[i];
	return oldest && !series_counted(*oldest, now_ns) ? oldest : NULL;
}

static struct series *add_series(struct ledger *ledger, const struct series_key *key,
				 uint64_t now_ns)
{
	struct series *series = series_new(key);
	struct series **place = series ? place_for_series(ledger, now_ns) : NULL;

	if (!place) {
		series_free(series);
		return NULL;
	}
	series_free(*place);
	*place = series;
	return series;
}

struct series *ledger_bind(struct ledger *ledger, const struct series_key *key, uint64_t now_ns)
{
	struct series *series = find_name(ledger, key),
		      *before = find_slot(ledger, key->kind, key->slot);

	if (before && before != series)
		ledger_let_go(ledger, key->kind, key->slot, now_ns);
	if (!series)
		series = add_series(ledger, key, now_ns);
	if (!series || (series->slot != key->slot && series->slot != LEDGER_NO_SLOT &&
			series->life == LEDGER_LIVE))
		return NULL;
	if (series->slot != key->slot)
		series_let_go(series);
	series->slot = key->slot;
	series->life = LEDGER_LIVE;
	return series;
}

void ledger_unbind(struct ledger *ledger, enum aw_kind kind, uint32_t slot, uint64_t now_ns)
{
	struct series *series = find_slot(ledger, kind, slot);

	if (series)
		series_end(series, LEDGER_CLOSED, now_ns);
}

void ledger_let_go(struct ledger *ledger, enum aw_kind kind, uint32_t slot, uint64_t now_ns)
{
	struct series *series = find_slot(ledger, kind, slot);

	if (!series)
		return;
	series_end(series, LEDGER_CLOSED, now_ns);
	series_let_go(series);
}

/* What is shown a session and must outlast the series it came from. */
struct carried {
	uint64_t misuse[MISUSES], clock_backwards;
};

static struct carried read_carried(const struct series *series)
{
	const struct engine_counts *engine = series->value;
	const struct channel_counts *channel = series->value;

	if (series->kind == AW_KIND_ENGINE)
		return (struct carried){ { [MISUSE_RENDER_BEGIN] = engine->misuse_begin,
					   [MISUSE_RENDER_END] = engine->misuse_end },
					 engine->clock_backwards };
	return (struct carried){
		{ [MISUSE_CHANNEL] = series->kind == AW_KIND_CHANNEL ? channel->misuse : 0 }, 0
	};
}

void ledger_feed(struct ledger *ledger, struct series *series, const void *now)
{
	const struct carried before = read_carried(series);
	struct carried after;

	counts_feed(series->value, series->last, now, counts_size[series->kind]);
	after = read_carried(series);
	for (unsigned i = 0; i < MISUSES; i++)
		ledger->misuse[i] += after.misuse[i] - before.misuse[i];
	ledger->clock_backwards += after.clock_backwards - before.clock_backwards;
}

void ledger_account(struct ledger *ledger, const struct session_counts *now)
{
	counts_feed(&ledger->counts, &ledger->last, now, sizeof *now);
}

bool ledger_counted(const struct ledger *ledger, uint64_t now_ns)
{
	return ledger->life == LEDGER_LIVE || within(ledger->ended_ns, now_ns, LEDGER_SHOWN_NS);
}

/* ---- the ledgers of a book ---- */

static void ledger_free(struct ledger *ledger)
{
	for (unsigned i = 0; i < ledger->series_count; i++)
		series_free(ledger->series[i]);
	free(ledger->series);
	free(ledger);
}

static struct ledger *find_ledger(const struct ledger_book *book, const char *app,
				  const char *instance_id)
{
	for (unsigned i = 0; i < book->count; i++)
		if (strcmp(book->ledgers[i]->who.app, app) == 0 &&
		    strcmp(book->ledgers[i]->instance_id, instance_id) == 0)
			return book->ledgers[i];
	return NULL;
}

/* Free for this user: nobody has it, or one of the user's own sessions that ended. */
static bool is_free(const struct ledger_book *book, const struct ledger_identity *who,
		    const char *instance_id)
{
	const struct ledger *held = find_ledger(book, who->app, instance_id);

	return !held || (held->life != LEDGER_LIVE && held->who.uid == who->uid);
}

/* Whether one of the user's live sessions holds this number; other users' do not count. */
static bool holds(const struct ledger_book *book, const struct ledger_identity *who,
		  const char *number)
{
	for (unsigned i = 0; i < book->count; i++) {
		const struct ledger *ledger = book->ledgers[i];

		if (ledger->life == LEDGER_LIVE && ledger->who.uid == who->uid &&
		    strcmp(ledger->who.app, who->app) == 0 && strcmp(ledger->wanted, number) == 0)
			return true;
	}
	return false;
}

/* What a session is called if nobody else is: its own word, or the lowest number. */
static void choose_wanted(const struct ledger_book *book, const struct ledger_identity *who,
			  char wanted[TEXT_LABEL_SIZE])
{
	snprintf(wanted, TEXT_LABEL_SIZE, "%s", who->instance);
	for (unsigned number = 0; !*who->instance && number <= book->count; number++) {
		snprintf(wanted, TEXT_LABEL_SIZE, "%u", number);
		if (!holds(book, who, wanted))
			return;
	}
}

/* The label it gets: where another has what it wants, some digits of its id behind it. The first
 * eight digits are a pid, the others random. */
static bool choose_instance(const struct ledger_book *book, const struct ledger_identity *who,
			    const char *wanted, char instance_id[LEDGER_INSTANCE_SIZE])
{
	enum { PID_DIGITS = 8, DIGITS = 4 };

	snprintf(instance_id, LEDGER_INSTANCE_SIZE, "%s", wanted);
	for (unsigned at = PID_DIGITS;
	     !is_free(book, who, instance_id) && at + DIGITS < LEDGER_ID_SIZE; at++)
		snprintf(instance_id, LEDGER_INSTANCE_SIZE, "%s~%.*s", wanted, DIGITS, who->id + at);
	return is_free(book, who, instance_id);
}

static void remove_ledger(struct ledger_book *book, unsigned i)
{
	ledger_free(book->ledgers[i]);
	book->ledgers[i] = book->ledgers[--book->count];
}

/* Makes room in a full book: what ended first goes first. */
static bool make_room(struct ledger_book *book)
{
	unsigned oldest = book->count;
	struct ledger **grown;

	for (unsigned i = 0; i < book->count; i++)
		if (book->ledgers[i]->life != LEDGER_LIVE &&
		    (oldest == book->count ||
		     book->ledgers[i]->ended_ns < book->ledgers[oldest]->ended_ns))
			oldest = i;
	if (book->count >= LEDGERS_MAX && oldest < book->count)
		remove_ledger(book, oldest);
	if (book->count >= LEDGERS_MAX)
		return false;
	grown = realloc(book->ledgers, (book->count + 1) * sizeof(struct ledger *));
	if (grown)
		book->ledgers = grown;
	return grown;
}

static struct ledger *add_ledger(struct ledger_book *book, const struct ledger_identity *who,
				 const char *instance_id)
{
	struct ledger *ledger = make_room(book) ? calloc(1, sizeof *ledger) : NULL;

	if (!ledger)
		return NULL;
	ledger->who = *who;
	snprintf(ledger->instance_id, sizeof ledger->instance_id, "%s", instance_id);
	book->ledgers[book->count++] = ledger;
	return ledger;
}

static void drop_dead(struct ledger *ledger)
{
	for (unsigned i = 0; i < ledger->series_count; i++)
		if (ledger->series[i]->life == LEDGER_DEAD)
			ledger->series[i]->life = LEDGER_DROPPED;
}

struct ledger *ledger_open(struct ledger_book *book, const struct ledger_identity *who,
			   unsigned limit)
{
	char wanted[TEXT_LABEL_SIZE], instance_id[LEDGER_INSTANCE_SIZE];
	struct ledger *ledger;

	choose_wanted(book, who, wanted);
	if (!choose_instance(book, who, wanted, instance_id))
		return NULL;
	ledger = find_ledger(book, who->app, instance_id);
	if (!ledger)
		ledger = add_ledger(book, who, instance_id);
	if (!ledger)
		return NULL;
	ledger->who = *who;
	memcpy(ledger->wanted, wanted, sizeof wanted);
	ledger->life = LEDGER_LIVE;
	ledger->last = (struct session_counts){ 0 };
	ledger->has_drift = false;
	if (limit > ledger->series_limit)
		ledger->series_limit = limit;
	drop_dead(ledger); /* not dead any more, and not back yet */
	return ledger;
}

void ledger_end(struct ledger *ledger, enum ledger_life how, uint64_t now_ns)
{
	ledger->life = how;
	ledger->ended_ns = now_ns;
	for (unsigned i = 0; i < ledger->series_count; i++) {
		series_end(ledger->series[i], how, now_ns);
		series_let_go(ledger->series[i]);
	}
}

bool ledger_forget(struct ledger_book *book, const char *app, const char *instance_id)
{
	struct ledger *ledger = find_ledger(book, app, instance_id);

	if (ledger && ledger->life == LEDGER_LIVE)
		return false;
	if (ledger && ledger->life == LEDGER_DEAD) {
		ledger->life = LEDGER_DROPPED;
		drop_dead(ledger);
	}
	return true;
}

void ledger_expire(struct ledger_book *book, uint64_t now_ns)
{
	for (unsigned i = book->count; i-- > 0;)
		if (book->ledgers[i]->life != LEDGER_LIVE &&
		    !within(book->ledgers[i]->ended_ns, now_ns, LEDGER_KEPT_NS))
			remove_ledger(book, i);
}

void ledger_deinit(struct ledger_book *book)
{
	while (book->count)
		remove_ledger(book, book->count - 1);
	free(book->ledgers);
	*book = (struct ledger_book){ 0 };
}
