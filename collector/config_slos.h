/* SPDX-License-Identifier: MIT */
/* Objectives as the configuration says them. Shared by config*.c alone. Main thread. */
#ifndef AUDIOWATCH_COLLECTOR_CONFIG_SLOS_H
#define AUDIOWATCH_COLLECTOR_CONFIG_SLOS_H

#include "collector/config_values.h"
#include "collector/quantity.h"

/* The objective of this name, else a new one where it says what it counts. NULL: refused. */
struct slo *config_slo_open(struct config *config, const struct config_place *place,
			    const char *name, bool counted);
/* Whether what it says goes together. places: where each key of the table is said, line 0 where it is not; item: where
 * the objective begins. */
int config_slo_check(const struct slo *slo, const struct config_place *places,
		     const struct config_place *item);

/* 99.9 or 99.9%, into millionths above 0 and below all. */
int config_percent_set(const struct config_place *place, const char *text, unsigned *millionths);
void config_percent_text(char text[QUANTITY_SIZE], unsigned millionths);

#endif
