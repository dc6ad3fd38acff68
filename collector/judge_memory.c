/* SPDX-License-Identifier: MIT */
/* Alerts to lines and back, and into a judge again. Pure but for malloc; main at start, then the poll thread. */
#include "collector/judge_memory.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "collector/json_put.h"
#include "collector/judge_private.h"

/* Words in the file: the numbers of one version are another's. The signal tells the kind of the labels. */
static const char *const life_names[] = {
	[LIFE_LIVE] = "live", [LIFE_CLOSED] = "closed", [LIFE_DEAD] = "dead", [LIFE_GONE] = "gone"
};

enum { LIVES = sizeof life_names / sizeof *life_names, PRIORITIES = PRIORITY_P3 + 1 };

/* ---- saving ---- */

/* The ticks of an alert, each kept as its age. */
static const struct {
	const char *name;
	size_t offset;
} ticks[] = {
	{ "since", offsetof(struct alert, since) },
	{ "active_at", offsetof(struct alert, active_at) },
	{ "fired_at", offsetof(struct alert, fired_at) },
	{ "changed_at", offsetof(struct alert, changed_at) },
	{ "keep_at", offsetof(struct alert, keep_at) },
};

enum { TICKS = sizeof ticks / sizeof *ticks };

static void put_ages(struct json_put *put, const struct alert *alert, uint64_t tick)
{
	json_put_object(put, "ages");
	for (unsigned i = 0; i < TICKS; i++) {
		const uint64_t *at =
			(const uint64_t *)(const void *)((const char *)alert + ticks[i].offset);

		json_put_number(put, ticks[i].name, tick - *at);
	}
	json_put_end(put);
}

static void put_who(struct json_put *put, const struct judge_alert *alert)
{
	json_put_text(put, "rule", alert->rule->name);
	json_put_text(put, "signal", signal_rows[alert->rule->signal].name);
	json_put_text(put, "app", alert->labels.app);
	json_put_text(put, "instance_id", alert->labels.instance_id);
	json_put_text(put, "name", alert->labels.name);
	json_put_text(put, "life", life_names[alert->life]);
	json_put_text(put, "priority", priority_names[alert->rule->priority]);
}

static void put_machine(struct json_put *put, const struct alert *machine, uint64_t tick)
{
	json_put_text(put, "state", alert_state_names[machine->state]);
	json_put_bool(put, "nodata", machine->nodata);
	json_put_bool(put, "judged", machine->judged);
	json_put_text(put, "input", verdict_names[machine->input]);
	json_put_number(put, "held", machine->held);
	put_ages(put, machine, tick);
}

static void put_seen(struct json_put *put, const struct judgement *seen)
{
	json_put_text(put, "verdict", verdict_names[seen->verdict]);
	json_put_number(put, "n", seen->n);
	json_put_number(put, "bad", seen->bad);
	json_put_number(put, "value", seen->value);
	json_put_number(put, "threshold", seen->threshold);
}

static void put_line(FILE *out, const struct judge_alert *alert)
{
	struct json_put put = json_put_begin(out);

	put_who(&put, alert);
	put_machine(&put, alert->alert, alert->tick);
	json_put_number(&put, "active_real_ns", alert->active_real_ns);
	json_put_number(&put, "fired_real_ns", alert->fired_real_ns);
	put_seen(&put, alert->judgement);
	json_put_end(&put);
	fputc('\n', out);
}

struct saving {
	struct judge_memory *memory;
	FILE *out;
};

static void save_one(void *context, const struct judge_alert *alert)
{
	struct saving *saving = context;
	const enum alert_state state = alert->alert->state;

	if (state == ALERT_INACTIVE)
		return;
	saving->memory->timed += state == ALERT_PENDING || state == ALERT_KEEPING;
	put_line(saving->out, alert);
}

void judge_save(void *context, FILE *out)
{
	struct saving saving = { context, out };

	saving.memory->timed = 0;
	judge_each(saving.memory->judge, save_one, &saving);
}

/* ---- back into the judge ---- */

void judge_resume(struct judge *judge, uint64_t tick)
{
	judge->began = true;
	judge->tick = tick;
}

static struct subject *find_or_add(struct judge *judge, const struct judge_labels *labels,
				   enum signal_life life)
{
	struct subject_list *list = &judge->lists[labels->kind];
	struct subject *subject = subject_find(list, labels);

	if (subject)
		return subject;
	subject = judge_add(judge, labels);
	if (subject)
		subject->facts.life = life;
	return subject;
}

/* Its session with it. That a death is still to be told, the session's own alert alone says: since the engine's another
 * may have opened and closed, or it was forgotten. */
static struct subject *bring_back(struct judge *judge, const struct judge_past *past)
{
	const enum signal_life life = past->life == LIFE_DEAD ? LIFE_GONE : past->life;
	const struct judge_labels *labels = &past->labels;
	const struct judge_labels of_session = { LABEL_SESSION, labels->app, labels->instance_id,
						 "" };
	struct subject *session = NULL, *subject;

	if (labels->kind > LABEL_SESSION) {
		session = find_or_add(judge, &of_session, life);
		if (!session)
			return NULL;
	}
	subject = find_or_add(judge, labels, past->life);
	if (subject && session && !subject->session) {
		subject->session = session;
		session->children++;
	}
	return subject;
}

/* The rule's number; rule_count: it is not judged of these labels. */
static unsigned rule_of(const struct judge *judge, const struct judge_past *past)
{
	const struct judge_options *options = &judge->options;

	for (unsigned r = 0; r < options->rule_count; r++)
		if (strcmp(options->rules[r].name, past->rule) == 0 &&
		    judge_is_judged(&options->rules[r]) &&
		    judge_is_about(&options->rules[r], &past->labels) &&
		    judge_kind(&options->rules[r]) == past->labels.kind)
			return r;
	return options->rule_count;
}

/* As long as its process is stopped nobody sees what state it is in. */
static void hold(struct subject *subject, const struct rule *rule, const struct alert *alert)
{
	if (alert->input == VERDICT_YES && rule->signal == SIGNAL_STALLED)
		subject->facts.held_state = STATE_STALLED;
	if (alert->input == VERDICT_YES && rule->signal == SIGNAL_STARVED)
		subject->facts.held_state = STATE_STARVED;
}

bool judge_put(struct judge *judge, const struct judge_past *past)
{
	const unsigned r = rule_of(judge, past);
	struct subject *subject = r < judge->options.rule_count ? bring_back(judge, past) : NULL;
	struct subject_alert *mine = subject ? judge_alert_of(judge, r, subject) : NULL;
	struct alert_change change;

	if (!mine || mine->alert.state != ALERT_INACTIVE)
		return false;
	subject->facts.life = past->life;
	hold(subject, &judge->options.rules[r], &past->alert);
	*mine = (struct subject_alert){ past->alert, past->judgement, past->active_real_ns,
					past->fired_real_ns };
	judge->active[r] += past->alert.state != ALERT_INACTIVE;
	change = alert_reload(&mine->alert, &judge->options.rules[r], judge->tick);
	judge_tell(judge, r, subject, &change);
	return true;
}

/* ---- restoring ---- */

static bool read_ages(const json_t *ages, struct alert *alert, uint64_t tick)
{
	for (unsigned i = 0; i < TICKS; i++) {
		const json_t *age = json_object_get(ages, ticks[i].name);
		uint64_t *at = (uint64_t *)(void *)((char *)alert + ticks[i].offset);

		if (!json_is_integer(age))
			return false;
		*at = tick - (uint64_t)json_integer_value(age);
	}
	return true;
}

/* Which of these a word is; false: none. */
static bool is_one(const char *word, const char *const *names, unsigned count, unsigned *which)
{
	for (*which = 0; *which < count; ++*which)
		if (names[*which] && strcmp(names[*which], word) == 0)
			return true;
	return false;
}

struct words {
	const char *signal, *life, *state, *input, *verdict, *priority;
};

static bool read_words(const struct words *words, struct judge_past *past,
		       enum rule_priority *priority)
{
	const enum signal_id signal = signal_named(words->signal);
	unsigned life, state, input, verdict, urgency;

	if (signal == SIGNALS || !is_one(words->life, life_names, LIVES, &life) ||
	    !is_one(words->state, alert_state_names, ALERT_STATES, &state) ||
	    !is_one(words->input, verdict_names, VERDICTS, &input) ||
	    !is_one(words->verdict, verdict_names, VERDICTS, &verdict) ||
	    !is_one(words->priority, priority_names, PRIORITIES, &urgency))
		return false;
	past->labels.kind = signal_rows[signal].label;
	past->life = (enum signal_life)life;
	past->alert.state = (enum alert_state)state;
	past->alert.input = (enum verdict)input;
	past->judgement.verdict = (enum verdict)verdict;
	*priority = (enum rule_priority)urgency;
	return state != ALERT_INACTIVE;
}

/* Labels and the rule's name stay the line's. */
static bool read_line(json_t *line, struct judge_past *past, enum rule_priority *priority,
		      uint64_t tick)
{
	json_int_t held, active, fired, n, bad, value, threshold;
	struct words words;
	int nodata, judged;
	json_t *ages;

	if (json_unpack(line,
			"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:I, s:o, s:I, s:I, "
			"s:s, s:I, s:I, s:I, s:I, s:s}",
			"rule", &past->rule, "signal", &words.signal, "app", &past->labels.app,
			"instance_id", &past->labels.instance_id, "name", &past->labels.name, "life",
			&words.life, "state", &words.state, "nodata", &nodata, "judged", &judged,
			"input", &words.input, "held", &held, "ages", &ages, "active_real_ns",
			&active, "fired_real_ns", &fired, "verdict", &words.verdict, "n", &n, "bad",
			&bad, "value", &value, "threshold", &threshold, "priority", &words.priority))
		return false;
	past->alert = (struct alert){ .nodata = nodata, .judged = judged, .held = (uint64_t)held };
	past->judgement = (struct judgement){ .n = (uint64_t)n,
					      .bad = (uint64_t)bad,
					      .value = (uint64_t)value,
					      .threshold = (uint64_t)threshold };
	past->active_real_ns = (uint64_t)active;
	past->fired_real_ns = (uint64_t)fired;
	return read_words(&words, past, priority) && read_ages(ages, &past->alert, tick);
}

/* No rule judges it any more; what is told of it ends here, by its name alone. */
static void end(struct judge_memory *memory, struct judge_past *past, enum rule_priority priority,
		uint64_t tick)
{
	struct rule rule = { .signal = SIGNAL_ALWAYS, .priority = priority };
	const struct alert_change change = alert_end(&past->alert, REASON_CONFIG, tick);
	const struct judge_alert alert = { .rule = &rule,
					   .labels = past->labels,
					   .alert = &past->alert,
					   .judgement = &past->judgement,
					   .tick = tick,
					   .active_real_ns = past->active_real_ns,
					   .fired_real_ns = past->fired_real_ns };

	snprintf(rule.name, sizeof rule.name, "%s", past->rule);
	snprintf(rule.summary, sizeof rule.summary, "its rule is gone or switched off");
	memory->ended++;
	if (memory->changed)
		memory->changed(memory->context, &alert, &change);
}

bool judge_restore(void *context, const struct memory_gap *gap, const char *text)
{
	struct judge_memory *memory = context;
	const uint64_t tick = 0 - memory_gap_s(gap);
	json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	enum rule_priority priority = PRIORITY_P3;
	struct judge_past past = { 0 };
	const bool sound = line && read_line(line, &past, &priority, tick);

	judge_resume(memory->judge, tick);
	if (past.life == LIFE_LIVE && !memory_same_boot(gap))
		past.life = LIFE_GONE; /* with all segments: what died left none */
	if (sound && judge_put(memory->judge, &past))
		memory->restored++;
	else if (sound)
		end(memory, &past, priority, tick);
	json_decref(line);
	return sound;
}
