/* SPDX-License-Identifier: MIT */
/* The verdict over whatever a row counts. Pure. */
#include "collector/signal.h"

static bool ended(const struct signal_row *row, const struct signal_facts *facts,
		  struct judgement *judgement)
{
	/* EngineDown knows closed alone: it is about the rest. */
	if (facts->life == LIFE_LIVE || row->label == LABEL_COLLECTOR ||
	    (row == &signal_rows[SIGNAL_SOURCE_DOWN] && facts->life != LIFE_CLOSED))
		return false;
	judgement->verdict = facts->life == LIFE_CLOSED ? VERDICT_CLOSED : VERDICT_DEAD;
	return true;
}

/* What a bypassed engine left behind neither fires nor resolves. */
static bool is_idle(const struct signal_row *row, const struct signal_facts *facts)
{
	const struct window *window = facts->windows[row->series];

	if (row->label != LABEL_ENGINE || facts->state == STATE_LIVE ||
	    facts->state == STATE_STALLED)
		return false;
	return !window || !window_count(window, SIGNAL_RECENT_SLOTS, 0).n;
}

/* Nothing is no silence where somebody is there who could have done it. */
static bool is_there(const struct signal_row *row, const struct signal_facts *facts)
{
	return row->label == LABEL_COLLECTOR || (row->label == LABEL_FUNCTION && facts->engine_live);
}

static enum silence silence_of(const struct rule *rule, const struct signal_facts *facts, uint64_t n)
{
	const struct signal_row *row = &signal_rows[rule->signal];

	if (row->pace == PACE_INSTANT || row->pace == PACE_LEVEL)
		return SILENCE_NONE;
	if (row->pace == PACE_OPEN)
		return facts->stale ? SILENCE_STALE : SILENCE_NONE;
	if (is_idle(row, facts))
		return SILENCE_IDLE;
	return n || is_there(row, facts) ? SILENCE_NONE : SILENCE_NODATA;
}

static bool is_recent(const struct rule *rule, struct signal_query query)
{
	struct signal_sample sample;

	if (!rule->recent_s || signal_rows[rule->signal].pace != PACE_WINDOWED)
		return true;
	query.window_s = rule->recent_s;
	sample = query.row->sample(&query);
	return sample.bad || !sample.n;
}

/* The whole test against one threshold, but for the guard. */
static bool holds(const struct rule *rule, const struct signal_query *query,
		  const struct signal_sample *sample)
{
	if (sample->hangs)
		return true;
	return sample->above && sample->bad >= rule->min_above && is_recent(rule, *query);
}

static bool holds_below(const struct rule *rule, struct signal_query query)
{
	struct signal_sample sample;

	if (rule->clear_below >= rule->above || signal_rows[rule->signal].pace == PACE_INSTANT)
		return false;
	query.threshold = rule->clear_below;
	sample = query.row->sample(&query);
	return holds(rule, &query, &sample);
}

static void say_no(struct judgement *judgement, bool covered)
{
	judgement->verdict = covered ? VERDICT_NO : VERDICT_SILENT;
	judgement->silence = covered ? SILENCE_NONE : SILENCE_COVER;
}

/* Where it fails nothing is too much after all, if that can be told. */
static void ask_guard(const struct rule *rule, const struct signal_facts *facts,
		      struct judgement *judgement)
{
	const struct rule_guard *guard = &rule->guard;
	const struct signal_query query = { .row = &signal_rows[guard->signal],
					    .facts = facts,
					    .statistic = guard->statistic,
					    .window_s = rule->window_s,
					    .threshold = guard->above };
	struct signal_sample sample;

	if (!guard->set)
		return;
	sample = query.row->sample(&query);
	if (!sample.above && !sample.hangs)
		say_no(judgement, sample.covered && sample.n);
}

/* With no sample there is nothing to stay for: what is in flight is none while it is no older than `above`. */
static void decide(const struct rule *rule, const struct signal_query *query,
		   const struct signal_sample *sample, struct judgement *judgement)
{
	if (holds(rule, query, sample))
		judgement->verdict = VERDICT_YES;
	else if (sample->n && holds_below(rule, *query))
		judgement->verdict = VERDICT_BAND;
	else
		say_no(judgement, sample->covered);
	if (judgement->verdict == VERDICT_YES || judgement->verdict == VERDICT_BAND)
		ask_guard(rule, query->facts, judgement);
}

struct judgement signal_judge(const struct rule *rule, const struct signal_facts *facts)
{
	const struct signal_row *row = &signal_rows[rule->signal];
	const struct signal_query query = { row,	 facts,	    rule->statistic, rule->window_s,
					    rule->above, rule->burn };
	struct judgement judgement = { .threshold = signal_effective(rule->signal, rule->statistic,
								     rule->above) };
	struct signal_sample sample;

	if (ended(row, facts, &judgement))
		return judgement;
	sample = row->sample(&query);
	judgement.n = sample.n;
	judgement.bad = sample.bad;
	judgement.value = row->value ? row->value(&query, &sample) : sample.bad;
	judgement.silence = silence_of(rule, facts, sample.n);
	if (judgement.silence)
		judgement.verdict = VERDICT_SILENT;
	else
		decide(rule, &query, &sample, &judgement);
	return judgement;
}
