/* SPDX-License-Identifier: MIT */
/* What an objective may say. Main thread. */
#include "collector/config_slos.h"

#include <errno.h>
#include <string.h>

#include "collector/nearest.h"

enum { MINUTE_S = 60, TENTHS = 10, PERCENT = SLO_ALL / 100 };

/* A new one that says not what it counts is a shipped one's name, misspelt. */
static int refuse_unknown(const struct config *config, const struct config_place *place,
			  const char *name)
{
	const char *names[SLOS_MAX], *near;

	for (unsigned i = 0; i < config->slo_count; i++)
		names[i] = config->slos[i].name;
	near = nearest_word(name, names, config->slo_count, sizeof *names);
	return near ? config_refuse(place, name, "is no objective (did you mean %s?)", near)
		    : config_refuse(place, name,
				    "is a new objective and needs an indicator (try indicator: %s)",
				    slo_indicator_names[0]);
}

struct slo *config_slo_open(struct config *config, const struct config_place *place,
			    const char *name, bool counted)
{
	struct slo *slo = &config->slos[config->slo_count];

	for (unsigned i = 0; i < config->slo_count; i++)
		if (strcmp(config->slos[i].name, name) == 0)
			return &config->slos[i];
	if (!counted) {
		(void)refuse_unknown(config, place, name);
		return NULL;
	}
	if (config->slo_count == SLOS_MAX) {
		(void)config_refuse(place, name, "is one too many (at most %d objectives)",
				    SLOS_MAX);
		return NULL;
	}
	config->slo_count++;
	*slo = (struct slo){ .period_s = slo_defaults[0].period_s };
	return slo;
}

/* Where a key is said, else where the objective begins. */
static struct config_place place_of(const struct config_place *places,
				    const struct config_place *item, const char *path)
{
	const struct key *key = config_key_find(path);
	struct config_place place = places[key - config_keys];

	if (!place.line)
		place = *item;
	place.name = config_key_name(key);
	return place;
}

/* More bad events than all there are would be needed. */
static int check_reach(const struct slo *slo, const struct config_place *place)
{
	const struct slo_pair *pair = slo_unreachable(slo->objective);
	char objective[QUANTITY_SIZE];

	if (!pair)
		return 0;
	config_percent_text(objective, slo->objective);
	return config_refuse(place, objective,
			     "allows so much that it can never burn %u.%u times too fast (try 99)",
			     pair->factor_tenths / TENTHS, pair->factor_tenths % TENTHS);
}

int config_slo_check(const struct slo *slo, const struct config_place *places,
		     const struct config_place *item)
{
	const struct config_place objective = place_of(places, item, SLO_PATH ".objective"),
				  period = place_of(places, item, SLO_PATH ".period"),
				  sla = place_of(places, item, SLO_PATH ".sla");
	char most[QUANTITY_SIZE], said[QUANTITY_SIZE];

	if (!slo->objective)
		return config_refuse(&objective, NULL, "a new objective needs one (try 99)");
	if (check_reach(slo, &objective))
		return -EINVAL;
	if (slo->period_s % MINUTE_S)
		return config_refuse(&period, NULL, "%us: it is in whole minutes (try %um)",
				     slo->period_s, slo->period_s / MINUTE_S);
	if (slo->sla <= slo->objective)
		return 0;
	config_percent_text(most, slo->objective);
	config_percent_text(said, slo->sla);
	return config_refuse(&sla, said, "is above the objective, which is %s (try %s)", most, most);
}

/* ---- percents ---- */

int config_percent_set(const struct config_place *place, const char *text, unsigned *millionths)
{
	char percent[QUANTITY_SIZE];
	uint64_t value;
	const size_t length = strlen(text);
	const bool marked = length && text[length - 1] == '%';

	if (length < sizeof percent - 1) {
		snprintf(percent, sizeof percent, "%s%s", text, marked ? "" : "%");
		if (quantity_ratio(percent, &value) && value && value < SLO_ALL) {
			*millionths = (unsigned)value;
			return 0;
		}
	}
	return config_refuse(
		place, text,
		"is no percentage above 0 and below 100, of four decimals at most (try 99.9)");
}

void config_percent_text(char text[QUANTITY_SIZE], unsigned millionths)
{
	size_t end = (size_t)snprintf(text, QUANTITY_SIZE, "%u.%04u", millionths / PERCENT,
				      millionths % PERCENT);

	while (text[end - 1] == '0')
		text[--end] = '\0';
	if (text[end - 1] == '.')
		text[--end] = '\0';
}
