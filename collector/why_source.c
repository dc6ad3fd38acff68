/* SPDX-License-Identifier: MIT */
/* Who took the time, of which engine, and how that engine is. The poll thread. */
#include "collector/why_source.h"

#include <string.h>

#include "collector/phrase.h"

/* What objectives keep. */
#define DAY_NS (SLO_MINUTES * 60 * NS_A_SECOND)

enum { DEFAULT_SPAN_S = 60 };

/* ---- what is remembered ---- */

static uint64_t sum_of(const struct series *series)
{
	switch (series->kind) {
	case AW_KIND_ENGINE:
		return ((const struct engine_counts *)series->value)->render_sum_ns;
	case AW_KIND_CHANNEL:
		return ((const struct channel_counts *)series->value)->sum_ns;
	default:
		return ((const struct function_counts *)series->value)->sum_ns;
	}
}

static void note_series(struct series *series, uint64_t tick)
{
	const struct engine_counts *counts = series->value;

	if (series->life != LEDGER_LIVE)
		return;
	recent_spend(&series->recent, tick, sum_of(series));
	if (series->kind == AW_KIND_ENGINE)
		recent_miss(&series->recent, tick, counts->misses, counts->episodes);
}

void why_note(const struct why_scene *scene)
{
	for (unsigned i = 0; i < scene->book->count; i++) {
		const struct ledger *ledger = scene->book->ledgers[i];

		for (unsigned s = 0; s < ledger->series_count; s++)
			note_series(ledger->series[s], scene->tick);
	}
}

/* ---- who took the time ---- */

/* Worst first, as many as there is room for. */
static void add_part(struct why_facts *facts, const struct why_part *part)
{
	unsigned at = facts->part_count;

	facts->parts_share += part->share;
	if (at == WHY_PARTS && part->share <= facts->parts[at - 1].share)
		return;
	facts->part_count += at < WHY_PARTS;
	at = facts->part_count - 1;
	for (; at > 0 && facts->parts[at - 1].share < part->share; at--)
		facts->parts[at] = facts->parts[at - 1];
	facts->parts[at] = *part;
}

static void add_unfinished(struct why_facts *facts, const struct series *series)
{
	if (!series->channel_now.hangs)
		return;
	if (facts->unfinished_count < WHY_UNFINISHED)
		facts->unfinished[facts->unfinished_count] = series->name;
	facts->unfinished_count++;
}

static bool is_leaf_of(const struct series *series, const char *engine)
{
	return series->kind == AW_KIND_CHANNEL && series->life == LEDGER_LIVE &&
	       !series->is_parent && strcmp(series->engine, engine) == 0;
}

static void gather_channels(struct why_facts *facts, const struct ledger *ledger,
			    const struct series *engine)
{
	const uint64_t all_us = recent_spent_us(&engine->recent, facts->span_s);

	for (unsigned i = 0; i < ledger->series_count; i++) {
		const struct series *series = ledger->series[i];
		struct why_part part = { .name = series->name };

		if (!is_leaf_of(series, engine->name))
			continue;
		facts->has_channels = true;
		part.share = share_of(recent_spent_us(&series->recent, facts->span_s), all_us);
		if (part.share)
			add_part(facts, &part);
		add_unfinished(facts, series);
	}
}

static bool is_function(const struct series *series)
{
	return series->kind == AW_KIND_FUNCTION && series->life == LEDGER_LIVE;
}

static uint64_t calls_us(const struct ledger *ledger, unsigned span_s)
{
	uint64_t us = 0;

	for (unsigned i = 0; i < ledger->series_count; i++)
		if (is_function(ledger->series[i]))
			us += recent_spent_us(&ledger->series[i]->recent, span_s);
	return us;
}

static void gather_functions(struct why_facts *facts, const struct ledger *ledger)
{
	const uint64_t all_us = calls_us(ledger, facts->span_s);

	for (unsigned i = 0; i < ledger->series_count; i++) {
		const struct series *series = ledger->series[i];
		const uint64_t us = recent_spent_us(&series->recent, facts->span_s);
		const struct why_part part = { series->name, share_of(us, all_us) };
		const bool own =
			is_function(series) && strcmp(series->name, facts->labels.name) == 0;

		if (own)
			facts->open_ns = series->function_now.oldest_ns;
		if (!is_function(series) || !part.share)
			continue;
		add_part(facts, &part);
		if (own)
			facts->own = part;
	}
}

/* ---- how it is ---- */

/* The function whose calls in flight began last. */
static void gather_call(struct why_facts *facts, const struct ledger *ledger)
{
	for (unsigned i = 0; i < ledger->series_count; i++) {
		const struct series *series = ledger->series[i];
		const uint64_t age_ns = is_function(series) ? series->function_now.oldest_ns : 0;

		if (age_ns && (!facts->call_name || age_ns < facts->call_ns)) {
			facts->call_name = series->name;
			facts->call_ns = age_ns;
		}
	}
}

static void gather_state(struct why_facts *facts, const struct series *engine, uint64_t now_ns)
{
	const struct engine_present *now = &engine->engine_now;

	if (engine->life != LEDGER_LIVE)
		return;
	facts->has_state = true;
	facts->state = now->state;
	facts->state_age_ns = now->since_ns && now_ns > now->since_ns ? now_ns - now->since_ns : 0;
	facts->hang_ns = now->stalled_ns;
	facts->budget_ns = now->rate_hz ? NS_A_SECOND * now->frames / now->rate_hz : 0;
}

static void gather_engine(struct why_facts *facts, const struct why_scene *scene,
			  const struct ledger *ledger, const struct series *engine)
{
	const struct window *window = judge_window(scene->judge, &facts->labels, ENGINE_RENDER);
	const struct recent *recent = &engine->recent;

	gather_state(facts, engine, scene->at->now_ns);
	if (window)
		facts->p99_ns = window_quantile(window, facts->span_s, 990000);
	facts->has_episode = recent->miss_tick;
	facts->episode_age_ns = (scene->tick - recent->miss_tick) * NS_A_SECOND;
	facts->episode_misses = recent->episode_misses;
	gather_channels(facts, ledger, engine);
	gather_call(facts, ledger);
}

static void gather_session(struct why_facts *facts, const struct ledger *ledger, uint64_t now_ns)
{
	facts->pid = ledger->who.pid;
	if (ledger->life != LEDGER_LIVE && now_ns > ledger->ended_ns)
		facts->ended_ns = now_ns - ledger->ended_ns;
}

/* ---- objectives ---- */

static bool is_above(const struct slo_pair *pair, const struct slo_book *slo, unsigned i)
{
	const double factor = pair->factor_tenths / 10.0;

	return slo_burn_rate(slo, i, pair->long_window) > factor &&
	       slo_burn_rate(slo, i, pair->short_window) > factor;
}

/* Of the rule's speed: the first pair that burns, else the first. */
static const struct slo_pair *pair_of(const struct rule *rule, const struct slo_book *slo,
				      unsigned i)
{
	const enum slo_speed speed = rule->burn == BURN_SLOW ? SLO_SLOW : SLO_FAST;
	const struct slo_pair *first = NULL;

	for (unsigned p = 0; p < slo_pair_count; p++) {
		if (slo_pairs[p].speed != speed)
			continue;
		if (is_above(&slo_pairs[p], slo, i))
			return &slo_pairs[p];
		first = first ? first : &slo_pairs[p];
	}
	return first;
}

static void gather_slo(struct why_facts *facts, const struct slo_book *slo)
{
	unsigned i = 0;

	while (i < slo->options.count && strcmp(slo->options.slos[i].name, facts->labels.name) != 0)
		i++;
	if (i == slo->options.count)
		return;
	facts->pair = pair_of(facts->rule, slo, i);
	facts->burn_long = slo_burn_rate(slo, i, facts->pair->long_window);
	facts->burn_short = slo_burn_rate(slo, i, facts->pair->short_window);
	facts->budget_left = slo_budget_left(slo, i);
	facts->known_ns = slo->options.slos[i].period_s * NS_A_SECOND;
	if (facts->known_ns > DAY_NS)
		facts->known_ns = DAY_NS;
}

/* ---- parts of the collector ---- */

static void gather_part(struct why_facts *facts, const struct selfwatch_counts *self)
{
	for (unsigned i = 0; i < SELFWATCH_COMPONENTS && self->components[i].name; i++)
		if (strcmp(self->components[i].name, facts->labels.name) == 0) {
			facts->fault = (int)self->components[i].down;
			facts->place = self->components[i].place;
		}
}

/* ---- all of it ---- */

static const struct ledger *ledger_of(const struct ledger_book *book,
				      const struct judge_labels *labels)
{
	for (unsigned i = 0; i < book->count; i++)
		if (strcmp(book->ledgers[i]->who.app, labels->app) == 0 &&
		    strcmp(book->ledgers[i]->instance_id, labels->instance_id) == 0)
			return book->ledgers[i];
	return NULL;
}

static const struct series *engine_of(const struct ledger *ledger, const char *name)
{
	for (unsigned i = 0; i < ledger->series_count; i++)
		if (ledger->series[i]->kind == AW_KIND_ENGINE &&
		    strcmp(ledger->series[i]->name, name) == 0)
			return ledger->series[i];
	return NULL;
}

static unsigned span_of(const struct rule *rule)
{
	if (!rule->window_s)
		return DEFAULT_SPAN_S;
	return rule->window_s < RECENT_SPAN_S ? rule->window_s : RECENT_SPAN_S;
}

bool why_knows(const struct why_scene *scene, const struct judge_labels *labels)
{
	return labels->kind < LABEL_SESSION || ledger_of(scene->book, labels);
}

void why_gather(struct why_facts *facts, const struct why_scene *scene,
		const struct judge_alert *alert)
{
	const struct ledger *ledger = ledger_of(scene->book, &alert->labels);
	const struct series *engine;

	*facts = (struct why_facts){ .rule = alert->rule,
				     .labels = alert->labels,
				     .judgement = *alert->judgement,
				     .span_s = span_of(alert->rule) };
	if (alert->labels.kind == LABEL_SLO && scene->slo)
		gather_slo(facts, scene->slo);
	if (alert->labels.kind == LABEL_COMPONENT && scene->self)
		gather_part(facts, scene->self);
	if (!ledger)
		return;
	gather_session(facts, ledger, scene->at->now_ns);
	if (alert->labels.kind == LABEL_FUNCTION)
		gather_functions(facts, ledger);
	if (alert->labels.kind != LABEL_ENGINE)
		return;
	engine = engine_of(ledger, alert->labels.name);
	if (engine)
		gather_engine(facts, scene, ledger, engine);
}
