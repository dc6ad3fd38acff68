/* SPDX-License-Identifier: MIT */
/* What a rule may say of its signal: units, statistics, windows, guards. Shared by config*.c alone. Main thread. */
#ifndef AUDIOWATCH_COLLECTOR_CONFIG_SIGNALS_H
#define AUDIOWATCH_COLLECTOR_CONFIG_SIGNALS_H

#include "collector/config_values.h"
#include "collector/quantity.h"

int config_signal_set(const struct config_place *place, const char *text, enum signal_id *signal);
/* Whether a key that needs this means something in a rule about it. */
bool config_signal_has(enum signal_id signal, enum key_needs needs);

/* Whose unit a threshold of the rule has: its own signal's, or the guard's. */
enum signal_id config_threshold_signal(const struct key *key, const struct rule *rule);
/* In the signal's unit; only what can be decided. */
int config_threshold_set(const struct config_place *place, const char *text, enum signal_id signal,
			 uint64_t *threshold);
void config_threshold_text(char text[QUANTITY_SIZE], enum signal_id signal, uint64_t threshold);
/* A threshold that a signal of this unit can have, for the line that asks for one. */
const char *config_threshold_try(enum signal_id signal);
/* "# decided at 25163911ns" where a threshold lies between bounds, else nothing; means have none between. */
void config_threshold_comment(FILE *out, enum signal_id signal, enum rule_statistic statistic,
			      uint64_t threshold);

/* "# nothing can be above it" where a window of that length never has more; legal, and told: such a rule never fires. */
void config_threshold_reach(FILE *out, enum signal_id signal, unsigned window_s, uint64_t threshold);

/* The only one of a signal; STATISTIC_NONE where there is a choice, or none at all. */
enum rule_statistic config_signal_statistic(enum signal_id signal);
/* "p50, p95 or p99" */
void config_signal_statistics(enum signal_id signal, char *out, size_t size);

#endif
