/* SPDX-License-Identifier: MIT */
/* One tick: facts in, every rule judged of every label set it is about, transitions out. Pure but for malloc. */
#include "collector/judge.h"

#include <stdlib.h>
#include <string.h>

#include "collector/judge_private.h"

/* ---- life ---- */

bool judge_is_judged(const struct rule *rule)
{
	return rule->enabled;
}

/* There is a window of what the signal counts, which tells the threshold apart. */
static void cut_at(struct judge *judge, enum signal_id signal, enum rule_statistic statistic,
		   uint64_t threshold)
{
	const struct signal_row *row = &signal_rows[signal];
	struct window_cuts *cuts = &judge->cuts[row->label][row->series];

	if (row->pace != PACE_WINDOWED && signal != SIGNAL_RECORDS_LOST)
		return;
	cuts->table = &window_tables[row->table];
	cuts->summed |= statistic == STATISTIC_MEAN;
	(void)window_cuts_add(cuts, signal_cut(row->table, threshold));
}

static void cut(struct judge *judge, const struct rule *rule)
{
	cut_at(judge, rule->signal, rule->statistic, rule->above);
	cut_at(judge, rule->signal, rule->statistic, rule->clear_below);
	if (rule->guard.set)
		cut_at(judge, rule->guard.signal, rule->guard.statistic, rule->guard.above);
}

enum signal_label judge_kind(const struct rule *rule)
{
	return signal_rows[rule->signal].label;
}

/* A subject has an alert for each rule of its kind and for no other: names are many, and so are rules. */
static void place_all(struct judge *judge)
{
	const struct judge_options *options = &judge->options;

	for (unsigned r = 0; r < options->rule_count; r++)
		if (judge_is_judged(&options->rules[r]))
			judge->places[r] = judge->alerts[judge_kind(&options->rules[r])]++;
}

/* What gauges show has a window whatever the rules. */
static void cut_all(struct judge *judge)
{
	const struct judge_options *options = &judge->options;

	judge->cuts[LABEL_ENGINE][ENGINE_RENDER].table = &window_tables[WINDOW_TIME];
	judge->cuts[LABEL_FUNCTION][FUNCTION_DURATION].table = &window_tables[WINDOW_TIME];
	for (unsigned r = 0; r < options->rule_count; r++)
		if (judge_is_judged(&options->rules[r]))
			cut(judge, &options->rules[r]);
}

struct subject *judge_add(struct judge *judge, const struct judge_labels *labels)
{
	struct subject *subject =
		subject_add(&judge->lists[labels->kind], labels, judge->alerts[labels->kind]);

	if (subject && judge->options.purse.left_bytes)
		subject->purse = judge->options.purse;
	return subject;
}

struct judge *judge_new(const struct judge_options *options)
{
	static const struct judge_labels none = { LABEL_COLLECTOR, "", "", "" };
	struct judge *judge = calloc(1, sizeof *judge);

	if (!judge)
		return NULL;
	judge->options = *options;
	place_all(judge);
	cut_all(judge);
	if (judge_add(judge, &none))
		return judge;
	judge_free(judge);
	return NULL;
}

void judge_free(struct judge *judge)
{
	if (!judge)
		return;
	for (unsigned kind = SIGNAL_LABELS; kind-- > 0;) /* sessions own the purses: last */
		subject_list_deinit(&judge->lists[kind]);
	free(judge);
}

/* ---- facts ---- */

/* What happened meanwhile nobody saw: cover begins anew, for those who come later, too. */
static void begin_cover(struct judge *judge)
{
	const struct subject_list *sessions = &judge->lists[LABEL_SESSION];

	for (unsigned i = 0; i < sessions->count; i++)
		sessions->items[i]->cover = judge->tick;
}

void judge_begin(struct judge *judge, uint64_t tick, uint64_t real_ns)
{
	judge->before = judge->began ? judge->tick : tick - 1;
	judge->began = true;
	judge->gap = tick - judge->before > WINDOW_LATE_S + 1;
	judge->tick = tick;
	judge->real_ns = real_ns;
	judge->changed = false;
	if (judge->gap)
		begin_cover(judge);
	for (unsigned kind = LABEL_COLLECTOR; kind < SIGNAL_LABELS; kind++)
		for (unsigned i = 0; i < judge->lists[kind].count; i++)
			judge->lists[kind].items[i]->seen = false;
}

static struct subject *session_of(const struct judge *judge, const struct judge_labels *labels)
{
	const struct judge_labels session = { LABEL_SESSION, labels->app, labels->instance_id, "" };

	return subject_find(&judge->lists[LABEL_SESSION], &session);
}

/* Nothing is remembered of what had ended before anybody looked, but that a session is dead. */
static struct subject *subject_of(struct judge *judge, const struct judge_fact *fact)
{
	const bool alone = fact->labels.kind <= LABEL_SESSION;
	struct subject_list *list = &judge->lists[fact->labels.kind];
	struct subject *subject = subject_find(list, &fact->labels), *session = NULL;

	if (subject || (fact->life != LIFE_LIVE && !(alone && fact->life == LIFE_DEAD)))
		return subject;
	if (!alone)
		session = session_of(judge, &fact->labels);
	if (alone || session)
		subject = judge_add(judge, &fact->labels);
	judge->refused += !subject;
	if (!subject || !session)
		return subject;
	subject->session = session;
	session->children++;
	return subject;
}

void judge_see(struct judge *judge, const struct judge_fact *fact)
{
	struct subject *subject = subject_of(judge, fact);
	struct judge_fact seen = *fact;

	seen.whole &= !judge->gap;
	if (subject && !subject_see(subject, &seen, judge->cuts[fact->labels.kind], judge->tick))
		judge->refused++;
}

static void miss_the_rest(struct judge *judge)
{
	for (unsigned kind = LABEL_COMPONENT; kind < SIGNAL_LABELS; kind++)
		for (unsigned i = 0; i < judge->lists[kind].count; i++)
			if (!judge->lists[kind].items[i]->seen)
				subject_miss(judge->lists[kind].items[i]);
}

/* Calls that nobody makes say something only while the engine beside them runs. */
static void look_for_live_engines(struct judge *judge)
{
	const struct subject_list *sessions = &judge->lists[LABEL_SESSION],
				  *engines = &judge->lists[LABEL_ENGINE];

	for (unsigned i = 0; i < sessions->count; i++)
		sessions->items[i]->engine_live = false;
	for (unsigned i = 0; i < engines->count; i++)
		if (engines->items[i]->facts.life == LIFE_LIVE &&
		    engines->items[i]->facts.state == STATE_LIVE)
			engines->items[i]->session->engine_live = true;
}

/* ---- judgement ---- */

static bool matches(const char *wanted, const char *label)
{
	return !*wanted || strcmp(wanted, label) == 0;
}

bool judge_is_about(const struct rule *rule, const struct judge_labels *labels)
{
	return matches(rule->match_app, labels->app) &&
	       (labels->kind != LABEL_COMPONENT || matches(rule->match_component, labels->name)) &&
	       (labels->kind != LABEL_ENGINE || matches(rule->match_engine, labels->name)) &&
	       (labels->kind != LABEL_FUNCTION || matches(rule->match_function, labels->name));
}

/* The rule is judged, and of its kind. */
struct subject_alert *judge_alert_of(const struct judge *judge, unsigned r, struct subject *subject)
{
	return &subject->alerts[judge->places[r]];
}

static struct judge_alert show(const struct judge *judge, unsigned r, struct subject *subject)
{
	const struct subject_alert *mine = judge_alert_of(judge, r, subject);

	return (struct judge_alert){ .rule = &judge->options.rules[r],
				     .labels = subject->labels,
				     .alert = &mine->alert,
				     .judgement = &mine->judgement,
				     .tick = judge->tick,
				     .active_real_ns = mine->active_real_ns,
				     .fired_real_ns = mine->fired_real_ns,
				     .life = subject->facts.life };
}

static void keep_time(const struct judge *judge, struct subject_alert *mine,
		      const struct alert_change *change)
{
	if (change->from == ALERT_INACTIVE)
		mine->active_real_ns = judge->real_ns;
	if (change->to == ALERT_FIRING && change->from != ALERT_KEEPING)
		mine->fired_real_ns = judge->real_ns;
}

void judge_tell(struct judge *judge, unsigned r, struct subject *subject,
		const struct alert_change *change)
{
	struct judge_alert alert;

	if (change->from == change->to)
		return;
	keep_time(judge, judge_alert_of(judge, r, subject), change);
	alert = show(judge, r, subject);
	judge->changed = true;
	judge->active[r] += change->from == ALERT_INACTIVE;
	judge->active[r] -= change->to == ALERT_INACTIVE;
	judge->transitions[r][change->to]++;
	if (judge->options.changed)
		judge->options.changed(judge->options.context, &alert, change);
}

static bool is_limited(const struct judge *judge, unsigned r, const struct subject_alert *alert)
{
	const unsigned limit = judge->options.rules[r].limit;

	return limit && judge->active[r] >= limit && alert->alert.state == ALERT_INACTIVE &&
	       alert->judgement.verdict == VERDICT_YES;
}

/* Of a source that ended or says nothing the last value stands, so that what is told of the alert stays true. */
static void see_one(struct subject_alert *mine, const struct judgement *now)
{
	const uint64_t value = mine->judgement.value;

	mine->judgement = *now;
	if (!now->n && now->verdict >= VERDICT_SILENT)
		mine->judgement.value = value;
}

static void limit(struct judge *judge, unsigned r, struct subject *subject)
{
	const struct judge_alert alert = show(judge, r, subject);

	judge->limited++;
	if (!judge->limit_told[r] && judge->options.limited)
		judge->options.limited(judge->options.context, &alert);
	judge->limit_told[r] = true;
}

static void judge_one(struct judge *judge, unsigned r, struct subject *subject)
{
	const struct rule *rule = &judge->options.rules[r];
	struct subject_alert *mine = judge_alert_of(judge, r, subject);
	const struct judgement now = signal_judge(rule, &subject->facts);
	struct alert_change change;

	see_one(mine, &now);
	if (judge->tick - judge->before > 1) {
		change = alert_miss(&mine->alert, rule, judge->before, judge->tick);
		judge_tell(judge, r, subject, &change);
	}
	if (is_limited(judge, r, mine)) {
		alert_wait(&mine->alert, mine->judgement.verdict, judge->tick);
		limit(judge, r, subject);
		return;
	}
	change = alert_step(&mine->alert, rule, mine->judgement.verdict, judge->tick);
	judge_tell(judge, r, subject, &change);
}

static void judge_rule(struct judge *judge, unsigned r)
{
	const struct rule *rule = &judge->options.rules[r];
	const struct subject_list *list = &judge->lists[judge_kind(rule)];

	for (unsigned i = 0; i < list->count; i++) {
		struct subject *subject = list->items[i];

		subject->facts.tick = judge->tick;
		subject->facts.engine_live = subject->session && subject->session->engine_live;
		if (judge_is_about(rule, &subject->labels))
			judge_one(judge, r, subject);
	}
}

static bool is_needed(const struct judge *judge, const struct subject *subject)
{
	if (subject->seen || subject->children)
		return true;
	for (unsigned i = 0; i < judge->alerts[subject->labels.kind]; i++)
		if (subject->alerts[i].alert.state != ALERT_INACTIVE)
			return true;
	return false;
}

/* Children first, so that their session may follow. */
static void forget_what_ended(struct judge *judge)
{
	for (unsigned kind = SIGNAL_LABELS; kind-- > LABEL_COMPONENT;)
		for (unsigned i = judge->lists[kind].count; i-- > 0;)
			if (!is_needed(judge, judge->lists[kind].items[i]))
				subject_remove(&judge->lists[kind], i);
}

bool judge_end(struct judge *judge)
{
	miss_the_rest(judge);
	look_for_live_engines(judge);
	for (unsigned r = 0; r < judge->options.rule_count; r++)
		if (judge_is_judged(&judge->options.rules[r]))
			judge_rule(judge, r);
	forget_what_ended(judge);
	return judge->changed;
}

static void forget_one(struct judge *judge, unsigned r, struct subject *session)
{
	const struct alert_change change =
		alert_end(&judge_alert_of(judge, r, session)->alert, REASON_FORGOTTEN, judge->tick);

	judge_tell(judge, r, session, &change);
}

bool judge_forget(struct judge *judge, const char *app, const char *instance_id)
{
	const struct judge_labels labels = { LABEL_SESSION, app, instance_id, "" };
	struct subject *session = session_of(judge, &labels);

	if (!session || session->facts.life == LIFE_LIVE)
		return false;
	session->facts.life = LIFE_GONE;
	for (unsigned r = 0; r < judge->options.rule_count; r++)
		if (judge_is_judged(&judge->options.rules[r]) &&
		    judge_kind(&judge->options.rules[r]) == LABEL_SESSION)
			forget_one(judge, r, session);
	return true;
}

/* ---- questions ---- */

void judge_each(const struct judge *judge, judge_alert_fn *fn, void *context)
{
	for (unsigned r = 0; r < judge->options.rule_count; r++) {
		const struct rule *rule = &judge->options.rules[r];
		const struct subject_list *list = &judge->lists[judge_kind(rule)];

		for (unsigned i = 0; judge_is_judged(rule) && i < list->count; i++) {
			const struct judge_alert alert = show(judge, r, list->items[i]);

			if (judge_is_about(rule, &alert.labels))
				fn(context, &alert);
		}
	}
}

const struct window *judge_window(const struct judge *judge, const struct judge_labels *labels,
				  enum judge_series_id series)
{
	const struct subject *subject = subject_find(&judge->lists[labels->kind], labels);

	return subject && subject->facts.life == LIFE_LIVE ? subject->facts.windows[series] : NULL;
}

struct judge_counts judge_counts(const struct judge *judge)
{
	struct judge_counts counts = { .limited = judge->limited,
				       .refused = judge->refused,
				       .rules = judge->options.rules,
				       .rule_count = judge->options.rule_count };

	memcpy(counts.transitions, judge->transitions, sizeof counts.transitions);
	for (unsigned r = 0; r < judge->options.rule_count; r++)
		counts.active += judge->active[r];
	return counts;
}
