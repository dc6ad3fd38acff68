/* SPDX-License-Identifier: MIT */
/* The configuration as YAML, in the order of the table of keys. Main thread. */
#include <string.h>

#include "collector/config_signals.h"
#include "collector/config_slos.h"
#include "collector/signal.h"

enum { SECOND_NS = 1000000000 };

static void put_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if (*text == '\n' || *text == '\t')
			fputs(*text == '\n' ? "\\n" : "\\t", out);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

/* What a printer is given. */
struct printing {
	FILE *out;
	const struct key *key;
	const void *base, *field;
};

static void put_text(const struct printing *printing)
{
	put_quoted(printing->out, printing->field);
}

static void put_kept(const struct printing *printing)
{
	const char *const *kept = printing->field;

	put_quoted(printing->out, *kept);
}

static void put_list(FILE *out, const char *const *list, size_t count)
{
	fputc('[', out);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", out);
		put_quoted(out, list[i]);
	}
	fputc(']', out);
}

static void put_listen(const struct printing *printing)
{
	const struct config *config = printing->base;

	put_list(printing->out, config->options.listen, config->options.listen_count);
}

static void put_dirs(const struct printing *printing)
{
	const struct config *config = printing->base;

	put_list(printing->out, config->options.dirs, config->options.dir_count);
}

static void put_uids(const struct printing *printing)
{
	const struct options *options = &((const struct config *)printing->base)->options;

	fputc('[', printing->out);
	for (unsigned i = 1; i < options->uid_count; i++) /* the first is the own one */
		fprintf(printing->out, "%s%u", i > 1 ? ", " : "", (unsigned)options->uids[i]);
	fputc(']', printing->out);
}

static void put_boolean(const struct printing *printing)
{
	fputs(*(const bool *)printing->field ? "true" : "false", printing->out);
}

static void put_count(const struct printing *printing)
{
	fprintf(printing->out, "%u", *(const unsigned *)printing->field);
}

static void put_count64(const struct printing *printing)
{
	fprintf(printing->out, "%llu", (unsigned long long)*(const uint64_t *)printing->field);
}

static void put_seconds(const struct printing *printing)
{
	char text[QUANTITY_SIZE];

	quantity_put_duration(text, *(const unsigned *)printing->field * (uint64_t)SECOND_NS);
	fputs(text, printing->out);
}

static void put_word(const struct printing *printing)
{
	unsigned word;

	memcpy(&word, printing->field, sizeof word);
	fputs(printing->key->words[word], printing->out);
}

static void put_signal(const struct printing *printing)
{
	fputs(signal_rows[*(const enum signal_id *)printing->field].name, printing->out);
}

static void put_threshold(const struct printing *printing)
{
	const struct rule *rule = printing->base;
	const enum signal_id signal = config_threshold_signal(printing->key, rule);
	const uint64_t threshold = *(const uint64_t *)printing->field;
	char text[QUANTITY_SIZE];

	config_threshold_text(text, signal, threshold);
	fputs(text, printing->out);
	config_threshold_comment(printing->out, signal,
				 printing->key->offset == offsetof(struct rule, guard.above)
					 ? rule->guard.statistic
					 : rule->statistic,
				 threshold);
	config_threshold_reach(printing->out, signal, rule->window_s, threshold);
}

static void put_percent(const struct printing *printing)
{
	char text[QUANTITY_SIZE];

	config_percent_text(text, *(const unsigned *)printing->field);
	fputs(text, printing->out);
}

static void (*const printers[KEY_KINDS])(const struct printing *printing) = {
	[KEY_LISTEN] = put_listen,	 [KEY_DIRS] = put_dirs,	      [KEY_UIDS] = put_uids,
	[KEY_PREFIX] = put_kept,	 [KEY_PATH] = put_kept,	      [KEY_TEXT] = put_text,
	[KEY_BOOLEAN] = put_boolean,	 [KEY_COUNT] = put_count,     [KEY_COUNT64] = put_count64,
	[KEY_SECONDS] = put_seconds,	 [KEY_WORD] = put_word,	      [KEY_SIGNAL] = put_signal,
	[KEY_THRESHOLD] = put_threshold, [KEY_PERCENT] = put_percent,
};

static void put_value(FILE *out, const struct key *key, const void *base)
{
	printers[key->kind](&(struct printing){ out, key, base, (const char *)base + key->offset });
}

/* ---- maps ---- */

/* Whether a key of a rule means something there. */
static bool is_shown(const struct key *key, const struct rule *rule)
{
	return config_signal_has(rule->signal, key->needs) &&
	       (rule->guard.set || strcmp(config_key_name(key), "guard") != 0);
}

static void put_labels(const struct config *config, FILE *out)
{
	fputs(config->external_label_count ? "external_labels:\n" : "external_labels: {}\n", out);
	for (unsigned i = 0; i < config->external_label_count; i++) {
		fputs("  ", out);
		put_quoted(out, config->external_labels[i].name);
		fputs(": ", out);
		put_quoted(out, config->external_labels[i].value);
		fputc('\n', out);
	}
}

static void put_rule_keys(const struct rule *rule, const char *map, const char *indent, FILE *out)
{
	const char *before = strcmp(map, RULE_PATH) == 0 ? "    - " : indent;

	for (unsigned i = 0; i < config_key_count; i++) {
		const struct key *key = &config_keys[i];

		if (!config_key_in(key, map) || !is_shown(key, rule))
			continue;
		fprintf(out, "%s%s:", before, config_key_name(key));
		before = indent;
		if (key->kind != KEY_MAP) {
			fputc(' ', out);
			put_value(out, key, rule);
		}
		fputc('\n', out);
		if (key->kind == KEY_MAP) /* once: a rule's maps hold none */
			put_rule_keys(rule, key->path, "        ", out);
	}
}

static void put_rules(const struct config *config, FILE *out)
{
	fputs(config->rule_count ? "  alerts:\n" : "  alerts: []\n", out);
	for (unsigned i = 0; i < config->rule_count; i++)
		put_rule_keys(&config->rules[i], RULE_PATH, "      ", out);
}

static void put_slo(const struct slo *slo, FILE *out)
{
	const char *before = "  - ";

	for (unsigned i = 0; i < config_key_count; i++) {
		const struct key *key = &config_keys[i];

		if (!config_key_in(key, SLO_PATH) ||
		    (key->offset == offsetof(struct slo, sla) && !slo->sla))
			continue;
		fprintf(out, "%s%s: ", before, config_key_name(key));
		put_value(out, key, slo);
		fputc('\n', out);
		before = "    ";
	}
}

static void put_slos(const struct config *config, FILE *out)
{
	fputs("slos:\n", out);
	for (unsigned i = 0; i < config->slo_count; i++)
		put_slo(&config->slos[i], out);
}

static void put_key(const struct config *config, const struct key *key, FILE *out)
{
	if (key->kind == KEY_LABELS) {
		put_labels(config, out);
	} else if (key->kind == KEY_ALERTS) {
		put_rules(config, out);
	} else if (key->kind == KEY_SLOS) {
		put_slos(config, out);
	} else {
		fprintf(out, "%s%s:%s", strchr(key->path, '.') ? "  " : "", config_key_name(key),
			key->kind == KEY_MAP ? "" : " ");
		if (key->kind != KEY_MAP)
			put_value(out, key, config);
		fputc('\n', out);
	}
}

void config_print(const struct config *config, FILE *out)
{
	for (unsigned i = 0; i < config_key_count; i++)
		if (config_keys[i].kind != KEY_LATER && !strchr(config_keys[i].path, '['))
			put_key(config, &config_keys[i], out);
}
