/* SPDX-License-Identifier: MIT */
/* Cases and firings, by rule and labels. The poll thread. */
#include "collector/casebook.h"

#include <stdlib.h>
#include <string.h>

#include "collector/labels.h"

struct case_file {
	const struct rule *rule;
	struct judge_labels labels; /* its own texts */
	uint32_t hash;
	bool seen; /* in this tick */
	struct case_told told;
	uint64_t fired_real_ns; /* of its newest firing */
	bool noted; /* which has this number: */
	uint64_t firing;
};

struct casebook {
	struct case_file files[CASES_MAX];
	unsigned count;
	struct firing firings[FIRINGS_MAX]; /* by number modulo FIRINGS_MAX */
	uint64_t next_firing, last_number; /* numbers are told, and go on over a restart */
	const struct why_scene *scene; /* of the look that runs */
};

/* ---- labels and texts of their own ---- */

static void told_free(struct case_told *told)
{
	free(told->description);
	free(told->cause);
	*told = (struct case_told){ 0 };
}

/* Takes over what there was memory for; else what was told stands. */
static void tell(struct case_told *told, const struct case_told *now)
{
	struct case_told copy = *now;

	copy.description = strdup(now->description);
	copy.cause = strdup(now->cause);
	if (copy.description && copy.cause) {
		told_free(told);
		*told = copy;
	} else {
		told_free(&copy);
	}
}

/* ---- cases ---- */

static uint32_t hash_of(const struct rule *rule, const struct judge_labels *labels)
{
	const char *const texts[] = { rule->name, labels->app, labels->instance_id, labels->name };
	uint32_t hash = 2166136261u;

	for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
		for (const char *at = texts[i]; *at; at++)
			hash = (hash ^ (unsigned char)*at) * 16777619u;
	return hash;
}

static bool is_of(const struct case_file *file, const struct rule *rule,
		  const struct judge_labels *labels)
{
	return file->rule == rule && strcmp(file->labels.app, labels->app) == 0 &&
	       strcmp(file->labels.instance_id, labels->instance_id) == 0 &&
	       strcmp(file->labels.name, labels->name) == 0;
}

static unsigned find(const struct casebook *cases, const struct rule *rule,
		     const struct judge_labels *labels)
{
	const uint32_t hash = hash_of(rule, labels);
	unsigned i = 0;

	while (i < cases->count &&
	       (cases->files[i].hash != hash || !is_of(&cases->files[i], rule, labels)))
		i++;
	return i;
}

/* The one there is, or a new one. NULL: no room or no memory. */
static struct case_file *open_case(struct casebook *cases, const struct rule *rule,
				   const struct judge_labels *labels)
{
	const unsigned i = find(cases, rule, labels);
	struct case_file *file = &cases->files[i];
	struct judge_labels own;

	if (i < cases->count)
		return file;
	if (cases->count == CASES_MAX || !labels_copy(&own, labels))
		return NULL;
	*file = (struct case_file){ .rule = rule, .labels = own, .hash = hash_of(rule, &own) };
	cases->count++;
	return file;
}

static void free_case(struct case_file *file)
{
	labels_free(&file->labels);
	told_free(&file->told);
}

/* ---- firings ---- */

static void firing_free(struct firing *firing)
{
	labels_free(&firing->labels);
	told_free(&firing->told);
}

/* NULL: it is no longer remembered. */
static struct firing *firing_of(struct casebook *cases, const struct case_file *file)
{
	if (!file->noted || cases->next_firing - file->firing > FIRINGS_MAX)
		return NULL;
	return &cases->firings[file->firing % FIRINGS_MAX];
}

static void end_firing(struct casebook *cases, const struct case_file *file)
{
	struct firing *firing = firing_of(cases, file);

	if (!firing || firing->resolved_real_ns)
		return;
	firing->state = ALERT_INACTIVE;
	firing->resolved_real_ns = cases->scene->at->real_ns;
}

/* In the place of the oldest, with texts of its own: of these no memory is taken over. False: no memory. */
static bool note_firing(struct casebook *cases, const struct firing *of)
{
	struct firing *firing = &cases->firings[cases->next_firing % FIRINGS_MAX];
	struct judge_labels labels;

	if (!labels_copy(&labels, &of->labels))
		return false;
	firing_free(firing);
	*firing = *of;
	firing->labels = labels;
	firing->told = (struct case_told){ 0 };
	if (of->told.description)
		tell(&firing->told, &of->told);
	cases->last_number = of->number;
	cases->next_firing++;
	return true;
}

static void begin_firing(struct casebook *cases, struct case_file *file,
			 const struct judge_alert *alert)
{
	const struct firing firing = { .number = cases->last_number + 1,
				       .rule = alert->rule,
				       .labels = alert->labels,
				       .state = alert->alert->state,
				       .judgement = *alert->judgement,
				       .told = file->told,
				       .active_real_ns = alert->active_real_ns,
				       .fired_real_ns = alert->fired_real_ns };

	end_firing(cases, file); /* it fired again within a tick, or after it was pending anew */
	file->fired_real_ns = alert->fired_real_ns;
	file->firing = cases->next_firing;
	file->noted = note_firing(cases, &firing);
}

static bool fires(const struct judge_alert *alert)
{
	return alert->alert->state == ALERT_FIRING || alert->alert->state == ALERT_KEEPING;
}

static void follow_firing(struct casebook *cases, struct case_file *file,
			  const struct judge_alert *alert)
{
	struct firing *firing;

	if (!fires(alert)) {
		end_firing(cases, file); /* a raised `for` */
		return;
	}
	if (file->fired_real_ns != alert->fired_real_ns)
		begin_firing(cases, file, alert);
	firing = firing_of(cases, file);
	if (!firing)
		return;
	firing->state = alert->alert->state;
	firing->resolved_real_ns = 0;
}

/* ---- a tick ---- */

static void explain(struct case_file *file, const struct why_scene *scene,
		    const struct judge_alert *alert)
{
	char description[WHY_TEXT_SIZE], cause[WHY_TEXT_SIZE];
	struct why_facts facts;

	why_gather(&facts, scene, alert);
	why_description(description, &facts);
	why_cause(cause, &facts);
	tell(&file->told, &(struct case_told){ .description = description,
					       .cause = cause,
					       .judgement = *alert->judgement,
					       .load = why_load(&facts),
					       .budget_ns = facts.budget_ns,
					       .real_ns = scene->at->real_ns });
}

static bool is_said(enum verdict verdict)
{
	return verdict == VERDICT_YES || verdict == VERDICT_BAND;
}

static void look_at(void *context, const struct judge_alert *alert)
{
	struct casebook *cases = context;
	const enum verdict verdict = alert->judgement->verdict;
	struct case_file *file;

	if (alert->alert->state == ALERT_INACTIVE)
		return;
	file = open_case(cases, alert->rule, &alert->labels);
	if (!file)
		return;
	file->seen = true;
	if (!file->told.description || (is_said(verdict) && why_knows(cases->scene, &alert->labels)))
		explain(file, cases->scene, alert);
	if (alert->rule->signal != SIGNAL_ALWAYS)
		follow_firing(cases, file, alert);
}

static void close_case(struct casebook *cases, unsigned i)
{
	end_firing(cases, &cases->files[i]);
	free_case(&cases->files[i]);
	cases->files[i] = cases->files[--cases->count];
}

void casebook_look(struct casebook *cases, const struct why_scene *scene)
{
	why_note(scene);
	cases->scene = scene;
	for (unsigned i = 0; i < cases->count; i++)
		cases->files[i].seen = false;
	judge_each(scene->judge, look_at, cases);
	for (unsigned i = cases->count; i-- > 0;)
		if (!cases->files[i].seen)
			close_case(cases, i);
	cases->scene = NULL;
}

/* ---- questions ---- */

const struct case_told *casebook_told(const struct casebook *cases, const struct rule *rule,
				      const struct judge_labels *labels)
{
	const unsigned i = find(cases, rule, labels);

	return i < cases->count && cases->files[i].told.description ? &cases->files[i].told : NULL;
}

unsigned casebook_firings(const struct casebook *cases)
{
	return cases->next_firing < FIRINGS_MAX ? (unsigned)cases->next_firing : FIRINGS_MAX;
}

const struct firing *casebook_firing(const struct casebook *cases, unsigned i)
{
	return &cases->firings[(cases->next_firing - 1 - i) % FIRINGS_MAX];
}

/* ---- the life before ---- */

void casebook_each_told(const struct casebook *cases, casebook_told_fn *each, void *context)
{
	for (unsigned i = 0; i < cases->count; i++)
		if (cases->files[i].told.description)
			each(context, cases->files[i].rule, &cases->files[i].labels,
			     &cases->files[i].told);
}

bool casebook_put_told(struct casebook *cases, const struct rule *rule,
		       const struct judge_labels *labels, const struct case_told *told)
{
	struct case_file *file = open_case(cases, rule, labels);

	if (!file || file->told.description)
		return false;
	tell(&file->told, told);
	return file->told.description != NULL;
}

/* One that has not ended is its alert's, whose case it opens. */
bool casebook_put_firing(struct casebook *cases, const struct firing *past)
{
	struct case_file *file = NULL;

	if (past->number <= cases->last_number)
		return false;
	if (past->resolved_real_ns)
		return note_firing(cases, past);
	file = open_case(cases, past->rule, &past->labels);
	if (!file || file->noted)
		return false;
	file->firing = cases->next_firing;
	file->fired_real_ns = past->fired_real_ns;
	file->noted = note_firing(cases, past);
	return file->noted;
}

/* ---- life ---- */

struct casebook *casebook_new(void)
{
	return calloc(1, sizeof(struct casebook));
}

void casebook_free(struct casebook *cases)
{
	if (!cases)
		return;
	for (unsigned i = 0; i < cases->count; i++)
		free_case(&cases->files[i]);
	for (unsigned i = 0; i < FIRINGS_MAX; i++)
		firing_free(&cases->firings[i]);
	free(cases);
}
