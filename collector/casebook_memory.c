/* SPDX-License-Identifier: MIT */
/* Firings and told texts to lines and back. Pure but for malloc; main at start, then the poll thread. */
#include "collector/casebook_memory.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- what both lines have ---- */

/* Whose they are: words, for the numbers of one version are another's. */
#define WHO "s:s, s:s, s:s, s:s, s:s"
/* What was told of it. */
#define TOLD "s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I"

static json_t *line_of(const struct rule *rule, const struct judge_labels *labels,
		       const struct case_told *told)
{
	return json_pack(
		"{" WHO ", " TOLD "}", "rule", rule->name, "signal", signal_rows[rule->signal].name,
		"app", labels->app, "instance_id", labels->instance_id, "name", labels->name,
		"description", told->description ? told->description : "", "cause",
		told->cause ? told->cause : "", "n", (json_int_t)told->judgement.n, "bad",
		(json_int_t)told->judgement.bad, "value", (json_int_t)told->judgement.value,
		"threshold", (json_int_t)told->judgement.threshold, "load", (json_int_t)told->load,
		"budget_ns", (json_int_t)told->budget_ns, "real_ns", (json_int_t)told->real_ns);
}

static void put_line(FILE *out, json_t *line)
{
	if (line && json_dumpf(line, out, JSON_COMPACT) == 0)
		fputc('\n', out);
	json_decref(line);
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
	put_line(context, line_of(rule, labels, told));
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

static void add(json_t *line, const char *key, json_t *value)
{
	(void)json_object_set_new(
		line, key, value); /* without memory the line will lack it, and be left out */
}

static void add_firing(json_t *line, const struct firing *firing)
{
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "number", firing->number },
		{ "active_real_ns", firing->active_real_ns },
		{ "fired_real_ns", firing->fired_real_ns },
		{ "resolved_real_ns", firing->resolved_real_ns },
		{ "n", firing->judgement.n },
		{ "bad", firing->judgement.bad },
		{ "value", firing->judgement.value },
		{ "threshold", firing->judgement.threshold },
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		add(line, numbers[i].key, json_integer((json_int_t)numbers[i].value));
	add(line, "state", json_string(alert_state_names[firing->state]));
	add(line, "statistic", json_string(statistic_names[firing->rule->statistic]));
	add(line, "priority", json_string(priority_names[firing->rule->priority]));
	add(line, "summary", json_string(firing->rule->summary));
}

static void save_firing(struct firing *firing, FILE *out)
{
	json_t *line = firing->line ? NULL : line_of(firing->rule, &firing->labels, &firing->told);

	if (line) {
		add_firing(line, firing);
		firing->line = json_dumps(line, JSON_COMPACT);
		json_decref(line);
	}
	if (firing->line)
		fprintf(out, "%s\n", firing->line);
}

void casebook_save_firings(void *context, FILE *out)
{
	struct casebook *cases = ((const struct casebook_memory *)context)->cases;

	for (unsigned i = 0; i < casebook_firings(cases); i++)
		save_firing(casebook_firing_at(cases, i), out);
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
	if (good) /* or the first save would make all of them at once */
		casebook_firing_at(memory->cases, casebook_firings(memory->cases) - 1)->line =
			strdup(text);
	json_decref(line);
	return good;
}

void casebook_memory_free(struct casebook_memory *memory)
{
	for (unsigned i = 0; i < memory->gone_count; i++)
		free(memory->gone[i]);
	memory->gone_count = 0;
}
