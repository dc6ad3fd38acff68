/* SPDX-License-Identifier: MIT */
/* How fast an error budget burns, and what is left of it. Pure. */
#include "collector/why_burn.h"

#include <stdio.h>

/* A rate as people say it: "2450", "24", "14.4", "0.83". */
static const char *figure_rate(char figure[FIGURE_SIZE], double rate)
{
	snprintf(figure, FIGURE_SIZE, rate < 100 ? "%.3g" : "%.0f", rate);
	return figure;
}

static const char *figure_window(char figure[FIGURE_SIZE], enum slo_window window)
{
	return figure_time(figure, slo_windows[window].minutes * 60 * UINT64_C(1000000000));
}

static void add_burn(struct phrase *phrase, const struct why_facts *facts)
{
	const struct slo_pair *pair = facts->pair;
	char lasting[FIGURE_SIZE], lately[FIGURE_SIZE], most[FIGURE_SIZE];
	char longer[FIGURE_SIZE], shorter[FIGURE_SIZE];

	phrase_add(phrase,
		   ": in the last %s %s times as fast as it lasts, in the last %s %s times; more "
		   "than %s is too fast.",
		   figure_window(longer, pair->long_window), figure_rate(lasting, facts->burn_long),
		   figure_window(shorter, pair->short_window),
		   figure_rate(lately, facts->burn_short),
		   figure_rate(most, pair->factor_tenths / 10.0));
}

void why_burn(struct phrase *phrase, const struct why_facts *facts)
{
	const uint64_t left = facts->budget_left > 0 ? (uint64_t)(facts->budget_left * 1e6) : 0;
	const char *quote = phrase_quote(facts->labels.name);
	char share[FIGURE_SIZE], known[FIGURE_SIZE];

	phrase_add(phrase, "The error budget of %s%s%s is spent too fast", quote,
		   facts->labels.name, quote);
	if (!facts->pair) {
		phrase_add(phrase, ".");
		return;
	}
	add_burn(phrase, facts);
	figure_time(known, facts->known_ns);
	if (left)
		phrase_add(phrase,
			   " Of what it allows in the time that is known, at most %s, %s is left.",
			   known, figure_share(share, left));
	else
		phrase_add(phrase,
			   " Nothing is left of what it allows in the time that is known, at most "
			   "%s.",
			   known);
}
