/* SPDX-License-Identifier: MIT */
/* One value: from text into its field, with its limits, and back. Shared by config*.c alone. Main thread. */
#ifndef AUDIOWATCH_COLLECTOR_CONFIG_VALUES_H
#define AUDIOWATCH_COLLECTOR_CONFIG_VALUES_H

#include "collector/config_keys.h"

enum { CONFIG_SHOWN = 200 }; /* bytes of a value in a line */

/* Where a value stands, for the line that refuses it. */
struct config_place {
	char *error; /* CONFIG_ERROR_SIZE */
	const char *file; /* NULL: name is a variable */
	size_t line, column; /* from 1 */
	const char *name;
	const char *folder; /* absolute; paths are relative to it; NULL: as they are */
};

/* "FILE:LINE:COLUMN: NAME: "VALUE" WHY", -EINVAL. value NULL: without it. */
__attribute__((format(printf, 3, 4))) int config_refuse(const struct config_place *place,
							const char *value, const char *why, ...);
/* Any word that is none of those: " (did you mean X?)" for the nearest, else " (try TRY)". */
int config_refuse_word(const struct config_place *place, const char *value, const char *what,
		       const char *near, const char *try);

/* Puts text into key's field of base (struct config, or struct rule below rules.alerts[]); to a list it is added.
 * A threshold needs its signal set before. */
int config_set(struct config *config, const struct config_place *place, const struct key *key,
	       const char *text, void *base);
/* A list becomes empty, and remembers who says it. */
int config_clear(struct config *config, const struct config_place *place, const struct key *key);
/* A text's copy in config->text, NULL when it is full. */
const char *config_keep(struct config *config, const char *text);
/* Whether text is valid UTF-8 of at most `most` bytes that neither a terminal nor YAML can mistake for anything
 * else; refuses it if not. */
int config_text_fits(const struct config_place *place, const char *text, size_t most);

/* place->name is the label's name. */
int config_label_add(struct config *config, const struct config_place *place, const char *value);

#endif
