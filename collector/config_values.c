/* SPDX-License-Identifier: MIT */
/* A setter for each kind of key. Main thread. */
#include "collector/config_values.h"

#include <errno.h>
#include <string.h>

#include "collector/config_signals.h"
#include "collector/config_slos.h"
#include "collector/nearest.h"
#include "shm/segment.h"

enum { SECOND_NS = 1000000000 };

/* What a setter is given. */
struct setting {
	struct config *config;
	const struct config_place *place;
	const struct key *key;
	void *base, *field;
};

static int refuse(const struct setting *setting, const char *text, const char *what)
{
	return config_refuse(setting->place, text, "is no %s (try %s)", what, setting->key->try);
}

static int set_text(const struct setting *setting, const char *text)
{
	const struct key *key = setting->key;

	if (strlen(text) < key->least)
		return refuse(setting, text, config_key_name(key));
	if (config_text_fits(setting->place, text, key->most))
		return -EINVAL;
	memcpy(setting->field, text, strlen(text) + 1);
	return 0;
}

static int keep(const struct setting *setting, const char *text, const char **kept)
{
	if (config_text_fits(setting->place, text, CONFIG_PATH_SIZE / 2))
		return -EINVAL;
	*kept = config_keep(setting->config, text);
	return *kept ? 0
		     : config_refuse(setting->place, text, "is one text too many (shorten them)");
}

static int keep_path(const struct setting *setting, const char *scheme, const char *text,
		     const char **kept)
{
	const char *folder = setting->place->folder;
	const bool relative = folder && *text != '/';
	char path[2 * CONFIG_PATH_SIZE];

	if (!*text)
		return refuse(setting, text, "path");
	snprintf(path, sizeof path, "%s%s%s%.4000s", scheme, relative ? folder : "",
		 relative ? "/" : "", text);
	return keep(setting, path, kept);
}

/* Where it is said, for what is found wrong with it later; NULL: no room. */
static const char *said_at(struct config *config, const struct config_place *place)
{
	char text[2 * CONFIG_SHOWN + 128];

	if (!place->file) /* the name may be gone after the key */
		return config_keep(config, place->name);
	snprintf(text, sizeof text, "%.*s:%zu:%zu: %s", CONFIG_SHOWN, place->file, place->line,
		 place->column, place->name);
	return config_keep(config, text);
}

static int refuse_no_room(const struct config_place *place)
{
	return config_refuse(place, NULL, "is one text too many (shorten them)");
}

/* state_dir is the only one. */
static int set_path(const struct setting *setting, const char *text)
{
	struct options *options = &setting->config->options;

	options->state_dir_said_by = said_at(setting->config, setting->place);
	if (!options->state_dir_said_by)
		return refuse_no_room(setting->place);
	return keep_path(setting, "", text, setting->field);
}

static int set_prefix(const struct setting *setting, const char *text)
{
	if (!aw_prefix_valid(text))
		return config_refuse(
			setting->place, text,
			"is no prefix: letters, digits, '.', '_', '-', at most 100, no "
			"leading dot (try " AW_DEFAULT_PREFIX ")");
	return keep(setting, text, setting->field);
}

static int refuse_one_more(const struct setting *setting, const char *text)
{
	return config_refuse(setting->place, text, "is one too many (at most %d of these)",
			     OPTIONS_MAX);
}

static int add_listen(const struct setting *setting, const char *text)
{
	struct options *options = &setting->config->options;
	const size_t at = options->listen_count;

	if (at == OPTIONS_MAX)
		return refuse_one_more(setting, text);
	options->listen_count++;
	return strncmp(text, "unix:", 5) == 0
		       ? keep_path(setting, "unix:", text + 5, &options->listen[at])
		       : keep(setting, text, &options->listen[at]);
}

static int add_dir(const struct setting *setting, const char *text)
{
	struct options *options = &setting->config->options;

	if (options->dir_count == OPTIONS_MAX)
		return refuse_one_more(setting, text);
	return keep_path(setting, "", text, &options->dirs[options->dir_count++]);
}

static int add_uid(const struct setting *setting, const char *text)
{
	struct options *options = &setting->config->options;
	uint64_t uid;

	/* the largest one is (uid_t)-1, which means "none" to the system */
	if (!quantity_count(text, &uid) || uid >= UINT32_MAX)
		return refuse(setting, text, "user id");
	for (unsigned i = 0; i < options->uid_count; i++)
		if (options->uids[i] == (uid_t)uid)
			return 0;
	if (options->uid_count == OPTIONS_MAX + 1)
		return refuse_one_more(setting, text);
	options->uids[options->uid_count++] = (uid_t)uid;
	return 0;
}

static int set_boolean(const struct setting *setting, const char *text)
{
	return quantity_boolean(text, setting->field) ? 0 : refuse(setting, text, "truth value");
}

static int read_count(const struct setting *setting, const char *text, uint64_t *count)
{
	const struct key *key = setting->key;

	if (!quantity_count(text, count))
		return refuse(setting, text, "whole number");
	if (*count < key->least || *count > key->most)
		return config_refuse(setting->place, text, "is not within %llu and %llu (try %s)",
				     (unsigned long long)key->least, (unsigned long long)key->most,
				     key->try);
	return 0;
}

static int set_count(const struct setting *setting, const char *text)
{
	uint64_t count;

	if (read_count(setting, text, &count))
		return -EINVAL;
	*(unsigned *)setting->field = (unsigned)count;
	return 0;
}

static int set_count64(const struct setting *setting, const char *text)
{
	return read_count(setting, text, setting->field);
}

static int set_seconds(const struct setting *setting, const char *text)
{
	const struct key *key = setting->key;
	char least[QUANTITY_SIZE], most[QUANTITY_SIZE];
	uint64_t ns;

	if (!quantity_duration(text, &ns))
		return refuse(setting, text, "duration");
	if (ns % SECOND_NS)
		return config_refuse(setting->place, text, "is not in whole seconds (try %s)",
				     key->try);
	quantity_put_duration(least, key->least * SECOND_NS);
	quantity_put_duration(most, key->most * SECOND_NS);
	if (ns / SECOND_NS < key->least || ns / SECOND_NS > key->most)
		return config_refuse(setting->place, text, "is not within %s and %s (try %s)",
				     least, most, key->try);
	*(unsigned *)setting->field = (unsigned)(ns / SECOND_NS);
	return 0;
}

static int set_word(const struct setting *setting, const char *text)
{
	const char *const *words = setting->key->words;
	char what[CONFIG_SHOWN];
	const unsigned count = setting->key->word_count;

	for (unsigned i = 0; i < count; i++)
		if (strcmp(words[i], text) == 0) {
			memcpy(setting->field, &i, sizeof i);
			return 0;
		}
	snprintf(what, sizeof what, "%s", config_key_name(setting->key));
	return config_refuse_word(setting->place, text, what,
				  nearest_word(text, words, count, sizeof *words),
				  setting->key->try);
}

static int set_signal(const struct setting *setting, const char *text)
{
	return config_signal_set(setting->place, text, setting->field);
}

static int set_threshold(const struct setting *setting, const char *text)
{
	return config_threshold_set(setting->place, text,
				    config_threshold_signal(setting->key, setting->base),
				    setting->field);
}

static int set_percent(const struct setting *setting, const char *text)
{
	return config_percent_set(setting->place, text, setting->field);
}

/* ---- the kinds ---- */

static int (*const setters[KEY_KINDS])(const struct setting *setting, const char *text) = {
	[KEY_LISTEN] = add_listen,	 [KEY_DIRS] = add_dir,	      [KEY_UIDS] = add_uid,
	[KEY_PREFIX] = set_prefix,	 [KEY_PATH] = set_path,	      [KEY_TEXT] = set_text,
	[KEY_BOOLEAN] = set_boolean,	 [KEY_COUNT] = set_count,     [KEY_COUNT64] = set_count64,
	[KEY_SECONDS] = set_seconds,	 [KEY_WORD] = set_word,	      [KEY_SIGNAL] = set_signal,
	[KEY_THRESHOLD] = set_threshold, [KEY_PERCENT] = set_percent,
};

int config_set(struct config *config, const struct config_place *place, const struct key *key,
	       const char *text, void *base)
{
	const struct setting setting = { config, place, key, base, (char *)base + key->offset };

	return setters[key->kind](&setting, text);
}

int config_clear(struct config *config, const struct config_place *place, const struct key *key)
{
	struct options *options = &config->options;
	const char *said_by = said_at(config, place);

	if (!said_by)
		return refuse_no_room(place);
	if (key->kind == KEY_LISTEN) {
		options->listen_count = 0;
		options->listen_said_by = said_by;
	} else if (key->kind == KEY_DIRS) {
		options->dir_count = 0;
		options->dirs_said_by = said_by;
	} else {
		options->uid_count = 1;
	}
	return 0;
}
