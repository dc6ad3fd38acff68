/* SPDX-License-Identifier: MIT */
/* Facts of a tick into what rules look at. Pure but for malloc. */
#include "collector/subject.h"

#include <stdlib.h>
#include <string.h>

#include "collector/labels.h"

/* ---- lists ---- */

/* Where it is, or would be. */
static unsigned place_of(const struct subject_list *list, const struct judge_labels *labels)
{
	unsigned low = 0, high = list->count;

	while (low < high) {
		const unsigned middle = low + (high - low) / 2;

		if (labels_compare(&list->items[middle]->labels, labels) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct subject *subject_find(const struct subject_list *list, const struct judge_labels *labels)
{
	const unsigned i = place_of(list, labels);

	return i < list->count && !labels_compare(&list->items[i]->labels, labels) ? list->items[i]
										   : NULL;
}

static void subject_free(struct subject *subject)
{
	if (!subject)
		return;
	for (unsigned i = 0; i < JUDGE_SERIES; i++) {
		if (subject->windows[i])
			window_deinit(subject->windows[i]);
		free(subject->windows[i]);
	}
	labels_free(&subject->labels);
	free(subject);
}

static struct subject *subject_new(const struct judge_labels *labels, unsigned alerts)
{
	struct subject *subject = calloc(1, sizeof *subject + alerts * sizeof(struct subject_alert));

	if (!subject)
		return NULL;
	subject->purse = WINDOW_PURSE;
	if (labels_copy(&subject->labels, labels))
		return subject;
	subject_free(subject);
	return NULL;
}

static bool make_room(struct subject_list *list)
{
	const unsigned room = list->room ? 2 * list->room : 8;
	struct subject **grown;

	if (list->count < list->room)
		return true;
	grown = realloc(list->items, room * sizeof(struct subject *));
	if (!grown)
		return false;
	list->items = grown;
	list->room = room;
	return true;
}

struct subject *subject_add(struct subject_list *list, const struct judge_labels *labels,
			    unsigned alerts)
{
	const unsigned i = place_of(list, labels);
	struct subject *subject = make_room(list) ? subject_new(labels, alerts) : NULL;

	if (!subject)
		return NULL;
	memmove(&list->items[i + 1], &list->items[i], (list->count - i) * sizeof(struct subject *));
	list->items[i] = subject;
	list->count++;
	return subject;
}

void subject_remove(struct subject_list *list, unsigned i)
{
	if (list->items[i]->session)
		list->items[i]->session->children--;
	subject_free(list->items[i]);
	list->count--;
	memmove(&list->items[i], &list->items[i + 1], (list->count - i) * sizeof(struct subject *));
}

void subject_list_deinit(struct subject_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		subject_free(list->items[i]);
	free(list->items);
	*list = (struct subject_list){ 0 };
}

/* ---- windows ---- */

static struct subject *whose(struct subject *subject)
{
	return subject->session ? subject->session : subject;
}

/* Whether there is one, if there should be. */
static bool open_window(struct subject *subject, unsigned i, const struct window_cuts *cuts)
{
	struct window *window;

	if (subject->windows[i] || !cuts->table)
		return true;
	window = malloc(sizeof *window);
	if (window && window_init(window, &whose(subject)->purse, cuts)) {
		subject->windows[i] = window;
		return true;
	}
	free(window);
	return false;
}

/* What was counted since the tick before it came is its own; where nobody can tell, cover begins with what is now. */
static void lay_base(struct subject *subject, unsigned i, const struct judge_series *series,
		     uint64_t tick)
{
	static const uint64_t nothing[WINDOW_CELLS_MAX];
	struct window *window = subject->windows[i];

	subject->based[i] = true;
	if (subject->whole) {
		window_start(window, whose(subject)->cover, subject->cover - 1);
		window_base(window, series->base ? series->base : nothing, series->base_sum);
	} else {
		window_start(window, tick, tick);
		window_base(window, series->cells, series->sum);
	}
}

static void read_window(struct subject *subject, unsigned i, const struct judge_series *series,
			uint64_t tick)
{
	struct window *window = subject->windows[i];

	if (series->cells && !subject->based[i])
		lay_base(subject, i, series, tick);
	if (!subject->based[i])
		return;
	if (!series->cells)
		window_pass(window, tick);
	else if (window->read_tick < tick)
		(void)window_read(window, tick, series->cells, series->sum);
}

static bool see_windows(struct subject *subject, const struct judge_fact *fact,
			const struct window_cuts cuts[JUDGE_SERIES], uint64_t tick)
{
	bool all = true;

	for (unsigned i = 0; i < JUDGE_SERIES; i++) {
		all &= open_window(subject, i, &cuts[i]);
		if (subject->windows[i])
			read_window(subject, i, &fact->series[i], tick);
		subject->facts.windows[i] = subject->based[i] ? subject->windows[i] : NULL;
	}
	return all;
}

/* ---- facts ---- */

static bool is_another(const struct subject *subject, const struct judge_fact *fact)
{
	return !subject->known || subject->number != fact->session ||
	       subject->incarnation != fact->incarnation;
}

static void begin_anew(struct subject *subject, const struct judge_fact *fact, uint64_t tick)
{
	subject->known = true;
	subject->number = fact->session;
	subject->incarnation = fact->incarnation;
	subject->cover = tick;
	subject->whole = fact->whole && tick > 0;
	memset(subject->based, 0, sizeof subject->based);
}

/* What it held while its process was stopped ends with it, and not with a collector that looked. */
static void set_life(struct subject *subject, enum signal_life life)
{
	subject->facts.life = life;
	if (life != LIFE_LIVE)
		subject->facts.held_state = STATE_IDLE;
}

static void take_facts(struct subject *subject, const struct judge_fact *fact)
{
	struct signal_facts *facts = &subject->facts;

	facts->stale = fact->stale || fact->state == STATE_STALE;
	facts->state = fact->state;
	if (fact->state != STATE_STALE)
		facts->held_state = fact->state;
	facts->rate_hz = fact->rate_hz;
	facts->frames = fact->frames;
	facts->open = fact->open;
	facts->flight_count = fact->flight_count;
	memcpy(facts->flights_ns, fact->flights_ns, sizeof facts->flights_ns);
	memcpy(facts->values, fact->values, sizeof facts->values);
}

bool subject_see(struct subject *subject, const struct judge_fact *fact,
		 const struct window_cuts cuts[JUDGE_SERIES], uint64_t tick)
{
	subject->seen = fact->life == LIFE_LIVE || !subject->session;
	set_life(subject, fact->life);
	if (fact->life != LIFE_LIVE)
		return true;
	if (is_another(subject, fact))
		begin_anew(subject, fact, tick);
	take_facts(subject, fact);
	return see_windows(subject, fact, cuts, tick);
}

/* Whoever is live and unnamed went: with its session, or for itself, or its session was another's by then. Of another
 * judge's alert nobody saw which: who died leaves a segment, which is told of, so it closed. */
void subject_miss(struct subject *subject)
{
	const struct subject *session = subject->session;

	if (subject->facts.life != LIFE_LIVE)
		return;
	if (!session)
		set_life(subject, subject->labels.kind == LABEL_SESSION ? LIFE_GONE : LIFE_CLOSED);
	else if (session->facts.life != LIFE_LIVE)
		set_life(subject, session->facts.life);
	else if (subject->number == session->number || !subject->known)
		set_life(subject, LIFE_CLOSED);
	else
		set_life(subject, LIFE_GONE);
}
