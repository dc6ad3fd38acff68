/* SPDX-License-Identifier: MIT */
/* Texts that a configuration may hold, and the one line that refuses a value. Main thread. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "collector/config_values.h"
#include "collector/text.h"

enum { SHOWN = CONFIG_SHOWN, FILE_SHOWN = 300 };

/* ---- refusing ---- */

/* On one line, and cut at a character. */
static void show(char out[SHOWN], const char *value)
{
	text_clean(out, SHOWN, value, strlen(value));
	for (char *at = out; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7F)
			*at = '?';
}

static size_t put_place(const struct config_place *place)
{
	const char *file = place->file;
	int used = 0;

	if (file && strlen(file) > FILE_SHOWN)
		file += strlen(file) - FILE_SHOWN;
	if (file)
		used = snprintf(place->error, CONFIG_ERROR_SIZE, "%s:%zu:%zu: ", file, place->line,
				place->column);
	if (place->name) {
		char name[SHOWN];

		show(name, place->name);
		used += snprintf(place->error + used, CONFIG_ERROR_SIZE - (size_t)used,
				 "%s: ", name);
	}
	return (size_t)used;
}

int config_refuse(const struct config_place *place, const char *value, const char *why, ...)
{
	size_t used = put_place(place);
	char shown[SHOWN];
	va_list arguments;

	if (value) {
		show(shown, value);
		used += (size_t)snprintf(place->error + used, CONFIG_ERROR_SIZE - used, "\"%s\" ",
					 shown);
	}
	va_start(arguments, why);
	vsnprintf(place->error + used, CONFIG_ERROR_SIZE - used, why, arguments);
	va_end(arguments);
	return -EINVAL;
}

int config_refuse_word(const struct config_place *place, const char *value, const char *what,
		       const char *near, const char *try)
{
	return near ? config_refuse(place, value, "is no %s (did you mean %s?)", what, near)
		    : config_refuse(place, value, "is no %s (try %s)", what, try);
}

/* ---- texts ---- */

const char *config_keep(struct config *config, const char *text)
{
	const size_t size = strlen(text) + 1;
	char *kept = config->text + config->text_used;

	if (size > sizeof config->text - config->text_used)
		return NULL;
	config->text_used += size;
	return memcpy(kept, text, size);
}

/* What YAML takes for a line's end or refuses, and what steers terminals (C1). */
static bool is_trouble(const unsigned char *at)
{
	static const char *const sequences[] = {
		"\x7F",		"\xE2\x80\xA8", "\xE2\x80\xA9",
		"\xEF\xBB\xBF", "\xEF\xBF\xBE", "\xEF\xBF\xBF",
	};

	if (at[0] < 0x20)
		return at[0] != '\n' && at[0] != '\t';
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
		if (strncmp((const char *)at, sequences[i], strlen(sequences[i])) == 0)
			return true;
	return at[0] == 0xC2 && at[1] < 0xA0;
}

int config_text_fits(const struct config_place *place, const char *text, size_t most)
{
	char clean[CONFIG_PATH_SIZE];

	if (strlen(text) > most)
		return config_refuse(place, text, "is longer than %zu bytes (shorten it)", most);
	text_clean(clean, sizeof clean, text, strlen(text));
	if (strcmp(clean, text) != 0)
		return config_refuse(place, text, "is no valid UTF-8 (save it as UTF-8)");
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		if (is_trouble(at))
			return config_refuse(place, text,
					     "holds a control character (leave it out)");
	return 0;
}

/* ---- labels ---- */

static bool is_label_name(const char *name)
{
	static const char letters[] = "0123456789"
				      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	const size_t length = strspn(name, letters);

	return length && length < CONFIG_NAME_SIZE && !name[length] && *name > '9' &&
	       strncmp(name, "__", 2) != 0;
}

int config_label_add(struct config *config, const struct config_place *place, const char *value)
{
	struct config_label *label = &config->external_labels[config->external_label_count];

	if (!is_label_name(place->name))
		return config_refuse(place, NULL, "is no label name (try host)");
	for (unsigned i = 0; i < config->external_label_count; i++)
		if (strcmp(config->external_labels[i].name, place->name) == 0)
			return config_refuse(place, NULL, "is said twice (leave one out)");
	if (config->external_label_count == CONFIG_LABELS_MAX)
		return config_refuse(place, NULL, "is one too many (at most %d of these)",
				     CONFIG_LABELS_MAX);
	if (config_text_fits(place, value, sizeof label->value - 1))
		return -EINVAL;
	memcpy(label->name, place->name, strlen(place->name) + 1);
	memcpy(label->value, value, strlen(value) + 1);
	config->external_label_count++;
	return 0;
}
