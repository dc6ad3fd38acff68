/* SPDX-License-Identifier: MIT */
/* The table of keys, and what is known of each kind of value. Shared by config*.c alone. Main thread. */
#ifndef AUDIOWATCH_COLLECTOR_CONFIG_KEYS_H
#define AUDIOWATCH_COLLECTOR_CONFIG_KEYS_H

#include "collector/config.h"

/* Kinds up to KEY_LATER have no scalar. */
enum key_kind {
	KEY_MAP, /* its keys follow it in the table */
	KEY_LABELS, /* a map of names of the user's choice */
	KEY_ALERTS, /* a list of maps: its keys are below rules.alerts[] */
	KEY_SLOS, /* the same, below slos[] */
	KEY_LATER, /* known, and refused until a later version */
	KEY_LISTEN, /* lists from here */
	KEY_DIRS,
	KEY_UIDS,
	KEY_PREFIX, /* scalars from here */
	KEY_PATH,
	KEY_TEXT,
	KEY_BOOLEAN,
	KEY_COUNT,
	KEY_COUNT64,
	KEY_SECONDS,
	KEY_WORD,
	KEY_SIGNAL,
	KEY_THRESHOLD,
	KEY_PERCENT,
	KEY_KINDS
};

/* What a signal must have for a key of its rule to mean something. */
enum key_needs {
	NEEDS_NOTHING,
	NEEDS_THRESHOLD,
	NEEDS_SAMPLES, /* more than one at a time */
	NEEDS_WINDOW,
	NEEDS_BURN,
	NEEDS_LABELS, /* any of those below */
	NEEDS_APP,
	NEEDS_ENGINE,
	NEEDS_FUNCTION,
	NEEDS_COMPONENT
};

struct key {
	const char *path;
	enum key_kind kind;
	size_t offset; /* in struct config; below rules.alerts[] in struct rule, below slos[] in struct slo */
	uint64_t least, most; /* a number, or a text's bytes; 0 and 0: no limits of its own */
	const char *try; /* a valid value; NULL: the signal's unit says one */
	const char *const *words; /* of KEY_WORD, by value */
	unsigned word_count;
	enum key_needs needs;
};

extern const struct key config_keys[];
extern const unsigned config_key_count;

enum { CONFIG_KEYS_MAX = 64 };

#define RULE_PATH "rules.alerts[]"
#define SLO_PATH "slos[]"

/* Whether it is a key of the map at `map` itself; "" is the whole file. */
bool config_key_in(const struct key *key, const char *map);
/* Or of a map in it. */
bool config_key_below(const struct key *key, const char *map);
/* The last word of its path. */
const char *config_key_name(const struct key *key);
/* NULL = no such key. */
const struct key *config_key_find(const char *path);

#endif
