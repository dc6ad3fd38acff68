/* SPDX-License-Identifier: MIT */
/* A measurement as text. Main thread. */
#include "tools/bench/publish_report.h"

#include <math.h>
#include <stdio.h>

#include "tools/cli/words.h"

enum { NAME_WIDTH = 21, PAIR_WIDTH = 31 };

/* ---- the head ---- */

static void head_absent(const struct publish_measured *measured)
{
	if (measured->wanted && !measured->present)
		(void)printf("# absent: %s: %s\n", measured->name, measured->reason);
	else if (measured->present && measured->subject.note[0])
		(void)printf("# %s: %s\n", measured->name, measured->subject.note);
}

void publish_report_head(const struct publish_result *result)
{
	char machine[MACHINE_TEXT], clean[MACHINE_TEXT];

	machine_text(machine, &result->machine);
	words_clean(clean, sizeof clean, machine);
	(void)printf("# audiowatch-bench " AW_VERSION_STRING " publish: %s\n", clean);
	if (result->options->cpu < 0)
		(void)puts("# not pinned (see --pin)");
	else
		(void)printf("# pinned to CPU %d\n", result->options->cpu);
	(void)printf("# collector: %s\n",
		     *result->collector ? result->collector : "none beside this program");
	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		head_absent(&result->contenders[i]);
	for (unsigned i = 0; i < PUBLISH_STATES; i++)
		head_absent(&result->states[i]);
	(void)fflush(stdout);
}

/* ---- the tables ---- */

static void put(double value, int digits)
{
	if (isnan(value))
		(void)printf(" %9s", "-");
	else
		(void)printf(" %9.*f", digits, value);
}

static void put_spread(struct publish_spread spread, int digits)
{
	put(spread.median, digits);
	put(spread.low, digits);
	put(spread.high, digits);
}

static void manner_row(const struct publish_result *result, const struct publish_measured *measured,
		       enum publish_manner manner)
{
	const double *bare = publish_named(result, "bare")->ns[manner];
	const struct publish_measured *render = publish_named(result, "render");
	const double *mine = measured->ns[manner];

	if (!publish_has_manner(measured, manner))
		return;
	(void)printf("%-*s", NAME_WIDTH, measured->name);
	put_spread(publish_ns(result, measured, manner), 1);
	put_spread(publish_over(mine, bare, result->rounds), 1);
	put(publish_by(mine, bare, result->rounds).median, 2);
	put(render->present ? publish_by(mine, render->ns[manner], result->rounds).median : NAN, 2);
	(void)putchar('\n');
}

static void manner_table(const struct publish_result *result, enum publish_manner manner)
{
	(void)printf("\n# ns a call, %s\n%-*s", publish_manner_names[manner], NAME_WIDTH, "#");
	(void)printf(" %9s %9s %9s %9s %9s %9s %9s %9s\n", "median", "low", "high", "over bare",
		     "low", "high", "by bare", "by render");
	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++)
		manner_row(result, &result->contenders[i], manner);
}

static void call_row(const struct publish_result *result, const struct publish_measured *measured,
		     const char *name)
{
	if (!measured->present)
		return;
	(void)printf("%-*s", NAME_WIDTH, name);
	for (unsigned i = 0; i < PUBLISH_FIGURES; i++) {
		const struct publish_spread spread = publish_call(result, measured, i);

		put(i == 0		       ? spread.low
		    : i == PUBLISH_FIGURES - 1 ? spread.high
					       : spread.median,
		    1);
	}
}

static void call_heads(const char *title)
{
	(void)printf("\n# %s\n%-*s", title, NAME_WIDTH, "#");
	for (unsigned i = 0; i < PUBLISH_FIGURES; i++)
		(void)printf(" %9s", publish_figures[i].name);
}

static void calls_table(const struct publish_result *result)
{
	call_heads("ns of each call, its timer (the first row) included");
	(void)putchar('\n');
	call_row(result, &result->nothing, "timer alone");
	(void)putchar('\n');
	for (unsigned i = 0; i < PUBLISH_CONTENDERS; i++) {
		call_row(result, &result->contenders[i], result->contenders[i].name);
		if (result->contenders[i].present)
			(void)putchar('\n');
	}
}

static void states_table(const struct publish_result *result)
{
	const struct publish_measured *live = &result->states[PUBLISH_LIVE];

	if (!result->options->states)
		return;
	call_heads("ns of each render span, by what the collector does; P99.99 by live: median, "
		   "low, high");
	(void)printf(" %9s %9s %9s\n", "by live", "low", "high");
	for (unsigned i = 0; i < PUBLISH_STATES; i++) {
		const struct publish_measured *state = &result->states[i];

		call_row(result, state, state->name);
		if (state->present && live->present)
			put_spread(publish_by(state->call[PUBLISH_FIGURE_P9999],
					      live->call[PUBLISH_FIGURE_P9999], result->rounds),
				   2);
		if (state->present)
			(void)putchar('\n');
	}
}

static void pairs_table(const struct publish_result *result)
{
	(void)printf("\n# ratios, back to back: median, low, high\n");
	for (unsigned i = 0; i < PUBLISH_PAIRS; i++) {
		const struct publish_measured *of = publish_named(result, publish_pairs[i].of);
		const struct publish_measured *by = publish_named(result, publish_pairs[i].by);
		char names[64];

		if (!of->present || !by->present)
			continue;
		(void)snprintf(names, sizeof names, "%s / %s", of->name, by->name);
		(void)printf("%-*s", PAIR_WIDTH, names);
		put_spread(publish_by(of->ns[PUBLISH_BACK], by->ns[PUBLISH_BACK], result->rounds),
			   2);
		(void)putchar('\n');
	}
}

static void noise(const struct publish_result *result)
{
	const struct publish_spread limit = publish_limit(result);

	(void)printf("\n# %u rounds; medians over them, with the least and the most of them\n",
		     result->rounds);
	if (publish_noisy(&limit))
		(void)printf("# WARNING: two bare clock reads took %.1f to %.1f ns (more than a "
			     "factor of %.2f): this machine is too noisy to judge by\n",
			     limit.low, limit.high, PUBLISH_NOISY);
}

void publish_report_tables(const struct publish_result *result)
{
	if (result->rounds == 0) {
		(void)puts("# ended before the first round was whole: there is nothing to tell");
		return;
	}
	for (unsigned manner = 0; manner < PUBLISH_MANNERS; manner++)
		manner_table(result, (enum publish_manner)manner);
	calls_table(result);
	states_table(result);
	pairs_table(result);
	noise(result);
}
