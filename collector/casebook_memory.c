/* SPDX-License-Identifier: MIT */
/* Firings and told texts to lines and back. Pure but for malloc; main at start, then the poll thread. */
#include "collector/casebook_memory.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "collector/json_put.h"

/* ---- what both lines have ---- */

/* Whose they are: words, for the numbers of one version are another's. */
#define WHO "s:s, s:s, s:s, s:s, s:s"
/* What was told of it. */
#define TOLD "s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I"

static void put_who(struct json_put *put, const struct rule *rule, const struct judge_labels *labels)
{
	json_put_text(put, "rule", rule->name);
	json_put_text(put, "signal", signal_rows[rule->signal].name);
	json_put_text(put, "app", labels->app);
	json_put_text(put, "instance_id", labels->instance_id);
	json_put_text(put, "name", labels->name);
}

static void put_told(struct json_put *put, const struct case_told *told,
		     const struct judgement *judgement)
{
	json_put_text(put, "description", told->description);
	json_put_text(put, "cause", told->cause);
	json_put_number(put, "n", judgement->n);
	json_put_number(put, "bad", judgement->bad);
	json_put_number(put, "value", judgement->value);
	json_put_number(put, "threshold", judgement->threshold);
	json_put_number(put, "load", told->load);
	json_put_number(put, "budget_ns", told->budget_ns);
	json_put_number(put, "real_ns", told->real_ns);
}

static void put_end(struct json_put *put)
{
	json_put_end(put);
	fputc('\n', put->out);
}

/* A line's texts are its own, and gone with it. */
struct who {
	const char *rule;
	enum signal_id signal;
	struct judge_labels labels;
	struct case_told told;
};

static bool read_who(json_t *line, struct who *who)
{
	json_int_t n, bad, value, threshold, load, budget_ns, real_ns;
	const char *signal;
	char *description, *cause;

	if (json_unpack(line, "{" WHO ", " TOLD "}", "rule", &who->rule, "signal", &signal, "app",
			&who->labels.app, "instance_id", &who->labels.instance_id, "name",
			&who->labels.name, "description", &description, "cause", &cause, "n", &n,
			"bad", &bad, "value", &value, "threshold", &threshold, "load", &load,
			"budget_ns", &budget_ns, "real_ns", &real_ns))
		return false;
	who->signal = signal_named(signal);
	if (who->signal == SIGNALS || load < 0 || budget_ns < 0 || real_ns < 0)
		return false;
	who->labels.kind = signal_rows[who->signal].label;
	who->told = (struct case_told){ .description = description,
					.cause = cause,
					.judgement = { .n = (uint64_t)n,
						       .bad = (uint64_t)bad,
						       .value = (uint64_t)value,
						       .threshold = (uint64_t)threshold },
					.load = (uint64_t)load,
					.budget_ns = (uint64_t)budget_ns,
					.real_ns = (uint64_t)real_ns };
	return strlen(who->rule) < RULE_NAME_SIZE;
}

/* NULL: it is gone, or about something else by now. */
static const struct rule *rule_of(const struct casebook_memory *memory, const struct who *who)
{
	for (unsigned i = 0; i < memory->rule_count; i++)
		if (strcmp(memory->rules[i].name, who->rule) == 0 &&
		    memory->rules[i].signal == who->signal)
			return &memory->rules[i];
	return NULL;
}

/* ---- what was told ---- */

static void save_told(void *context, const struct rule *rule, const struct judge_labels *labels,
		      const struct case_told *told)
{
	struct json_put put = json_put_begin(context);

	put_who(&put, rule, labels);
	put_told(&put, told, &told->judgement);
	put_end(&put);
}

void casebook_save_told(void *context, FILE *out)
{
	casebook_each_told(((const struct casebook_memory *)context)->cases, save_told, out);
}

/* Of a rule that is gone nothing is told any more, which is no fault of the line. */
bool casebook_restore_told(void *context, const struct memory_gap *gap, const char *text)
{
	const struct casebook_memory *memory = context;
	json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct who who;
	bool good = line && read_who(line, &who);
	const struct rule *rule = good ? rule_of(memory, &who) : NULL;

	(void)gap;
	if (rule)
		good = casebook_put_told(memory->cases, rule, &who.labels, &who.told);
	json_decref(line);
	return good;
}

/* ---- firings ---- */

static void save_firing(const struct firing *firing, FILE *out)
{
	struct json_put put = json_put_begin(out);

	put_who(&put, firing->rule, &firing->labels);
	put_told(&put, &firing->told, &firing->judgement);
	json_put_number(&put, "number", firing->number);
	json_put_number(&put, "active_real_ns", firing->active_real_ns);
	json_put_number(&put, "fired_real_ns", firing->fired_real_ns);
	json_put_number(&put, "resolved_real_ns", firing->resolved_real_ns);
	json_put_text(&put, "state", alert_state_names[firing->state]);
	json_put_text(&put, "statistic", statistic_names[firing->rule->statistic]);
	json_put_text(&put, "priority", priority_names[firing->rule->priority]);
	json_put_text(&put, "summary", firing->rule->summary);
	put_end(&put);
}

void casebook_save_firings(void *context, FILE *out)
{
	const struct casebook *cases = ((const struct casebook_memory *)context)->cases;

	for (unsigned i = casebook_firings(cases); i-- > 0;)
		save_firing(casebook_firing(cases, i), out);
}

/* Which of these a word is; false: none. */
static bool is_one(const char *word, const char *const *names, unsigned count, unsigned *which)
{
	for (*which = 0; *which < count; ++*which)
		if (names[*which] && strcmp(names[*which], word) == 0)
			return true;
	return false;
}

/* What a rule that is gone was. */
struct was {
	unsigned statistic, priority;
	const char *summary;
};

static bool read_words(json_t *line, struct firing *firing, struct was *was)
{
	const char *state, *statistic, *priority;
	unsigned is;

	if (json_unpack(line, "{s:s, s:s, s:s, s:s}", "state", &state, "statistic", &statistic,
			"priority", &priority, "summary", &was->summary) ||
	    !is_one(state, alert_state_names, ALERT_STATES, &is) || is == ALERT_PENDING ||
	    !is_one(statistic, statistic_names, STATISTICS, &was->statistic) ||
	    !is_one(priority, priority_names, PRIORITY_P3 + 1, &was->priority))
		return false;
	firing->state = (enum alert_state)is;
	return (is == ALERT_INACTIVE) == (firing->resolved_real_ns != 0);
}

static bool read_firing(json_t *line, struct firing *firing, struct was *was)
{
	json_int_t number, active, fired, resolved;

	if (json_unpack(line, "{s:I, s:I, s:I, s:I}", "number", &number, "active_real_ns", &active,
			"fired_real_ns", &fired, "resolved_real_ns", &resolved) ||
	    number <= 0 || active < 0 || fired <= 0 || resolved < 0)
		return false;
	firing->number = (uint64_t)number;
	firing->active_real_ns = (uint64_t)active;
	firing->fired_real_ns = (uint64_t)fired;
	firing->resolved_real_ns = (uint64_t)resolved;
	return read_words(line, firing, was);
}

/* One for all firings of a rule that is gone. NULL: no room or memory. */
static const struct rule *gone_rule(struct casebook_memory *memory, const struct who *who,
				    const struct was *was)
{
	struct rule *rule;

	for (unsigned i = 0; i < memory->gone_count; i++)
		if (strcmp(memory->gone[i]->name, who->rule) == 0 &&
		    memory->gone[i]->signal == who->signal)
			return memory->gone[i];
	rule = memory->gone_count < FIRINGS_MAX ? calloc(1, sizeof *rule) : NULL;
	if (!rule)
		return NULL;
	rule->signal = who->signal;
	rule->statistic = (enum rule_statistic)was->statistic;
	rule->priority = (enum rule_priority)was->priority;
	snprintf(rule->name, sizeof rule->name, "%s", who->rule);
	snprintf(rule->summary, sizeof rule->summary, "%s", was->summary);
	memory->gone[memory->gone_count++] = rule;
	return rule;
}

bool casebook_restore_firing(void *context, const struct memory_gap *gap, const char *text)
{
	struct casebook_memory *memory = context;
	json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct firing firing = { 0 };
	struct who who;
	struct was was;
	bool good = line && read_who(line, &who) && read_firing(line, &firing, &was);

	(void)gap; /* its times are the calendar's */
	if (good) {
		firing.rule = rule_of(memory, &who);
		if (!firing.rule)
			firing.rule = gone_rule(memory, &who, &was);
		firing.labels = who.labels;
		firing.told = who.told;
		firing.judgement = who.told.judgement;
		good = firing.rule && casebook_put_firing(memory->cases, &firing);
	}
	json_decref(line);
	return good;
}

void casebook_memory_free(struct casebook_memory *memory)
{
	for (unsigned i = 0; i < memory->gone_count; i++)
		free(memory->gone[i]);
	memory->gone_count = 0;
}
