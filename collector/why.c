/* SPDX-License-Identifier: MIT */
/* What happened: a sentence a signal, with its figures; then what they mean, the engine's state and its last episode.
 * Pure. */
#include "collector/why.h"

#include <inttypes.h>
#include <stdio.h>

#include "collector/alarm.h"
#include "collector/fault.h"
#include "collector/phrase.h"
#include "collector/why_burn.h"

#define SECOND_NS UINT64_C(1000000000)

uint64_t why_load(const struct why_facts *facts)
{
	return share_of(facts->p99_ns, facts->budget_ns);
}

static const char *figure_in(char figure[FIGURE_SIZE], enum signal_unit unit, uint64_t value)
{
	if (unit == UNIT_NANOSECONDS)
		return figure_time(figure, value);
	if (unit == UNIT_MILLIONTHS)
		return figure_share(figure, value);
	snprintf(figure, FIGURE_SIZE, "%" PRIu64, value);
	return figure;
}

enum { OWNER_SIZE = 512 };

/* A rule's figures as text. */
struct figures {
	char value[FIGURE_SIZE], threshold[FIGURE_SIZE], span[FIGURE_SIZE], share[FIGURE_SIZE];
	char of[OWNER_SIZE]; /* " of scan", for what a function's samples are, else "" */
};

static struct figures figures_of(const struct why_facts *facts)
{
	const enum signal_unit unit = signal_rows[facts->rule->signal].unit;
	const struct judgement *judgement = &facts->judgement;
	const bool function = facts->labels.kind == LABEL_FUNCTION;
	const char *name = function ? facts->labels.name : "";
	const char *quote = function ? phrase_quote(name) : "";
	const uint64_t share = share_of(judgement->bad, judgement->n);
	struct figures f = { .value = "" };

	figure_in(f.value, unit, judgement->value);
	figure_in(f.threshold, unit, judgement->threshold);
	figure_time(f.span, facts->rule->window_s * SECOND_NS);
	figure_share(f.share, share ? share : judgement->bad > 0);
	snprintf(f.of, sizeof f.of, "%s%s%s%s", function ? " of " : "", quote, name, quote);
	return f;
}

/* ---- a sentence a signal ---- */

struct sentence {
	void (*tell)(struct phrase *phrase, const struct why_facts *facts,
		     const struct sentence *sentence);
	const char *things, *did; /* "blocks" "took longer than" */
	const char *one; /* "block", where a sentence may be about one alone */
};

/* An alert that outlived its collector is told of before anything is seen of it again. */
static bool tell_nothing(struct phrase *phrase, const struct why_facts *facts, const char *things)
{
	const struct figures f = figures_of(facts);

	if (facts->judgement.n)
		return false;
	if (facts->rule->window_s)
		phrase_add(phrase, "The collector has seen no %s%s in the last %s.", things, f.of,
			   f.span);
	else
		phrase_add(phrase, "The collector sees no %s%s.", things, f.of);
	return true;
}

/* ", more than 5", where that is so: it is not while an alert is kept. */
static void add_limit(struct phrase *phrase, const struct why_facts *facts, const char *threshold)
{
	const bool above = facts->judgement.value > facts->judgement.threshold;

	phrase_add(phrase, "%s %s", above ? ", more than" : "; the threshold is", threshold);
}

/* As people say it, before a figure. */
static const char *const statistics[STATISTICS] = {
	[STATISTIC_NONE] = "value", [STATISTIC_P50] = "median",	 [STATISTIC_P95] = "P95",
	[STATISTIC_P99] = "P99",    [STATISTIC_P999] = "P99.9",	 [STATISTIC_MAX] = "the highest",
	[STATISTIC_MEAN] = "mean",  [STATISTIC_RATIO] = "ratio", [STATISTIC_SUM] = "sum",
};

/* What is counted in cells is known by the cell it lies in. */
static const char *bound_of(const struct why_facts *facts)
{
	if (alarm_is_beyond(facts->rule, facts->judgement.value))
		return "above ";
	return facts->rule->statistic == STATISTIC_MAX ? "at most " : "";
}

/* " (187 of 11250; P99 31.2 ms, that is 5.9 periods of 5.33 ms)" */
static void add_counts(struct phrase *phrase, const struct why_facts *facts, const struct figures *f)
{
	const struct rule *rule = facts->rule;
	char times[FIGURE_SIZE], budget[FIGURE_SIZE];

	phrase_add(phrase, " (%" PRIu64 " of %" PRIu64 "; %s %s%s", facts->judgement.bad,
		   facts->judgement.n, statistics[rule->statistic], bound_of(facts), f->value);
	if (rule->signal == SIGNAL_RENDER_TIME && facts->budget_ns)
		phrase_add(phrase, ", that is %s periods of %s",
			   figure_times(times, share_of(facts->judgement.value, facts->budget_ns)),
			   figure_time(budget, facts->budget_ns));
	phrase_add(phrase, ").");
}

/* What is in flight counts by its age; "took" alone would say that it is over. */
static void add_open(struct phrase *phrase, const struct why_facts *facts)
{
	char age[FIGURE_SIZE];

	if (facts->open_ns > facts->judgement.threshold)
		phrase_add(phrase, " A call among them began %s ago and has not ended.",
			   figure_time(age, facts->open_ns));
}

static void tell_hang(struct phrase *phrase, const struct why_facts *facts,
		      const struct sentence *sentence)
{
	char age[FIGURE_SIZE];

	(void)sentence;
	if (facts->hang_ns)
		phrase_add(phrase, "A block has been rendering for %s and has not ended.",
			   figure_time(age, facts->hang_ns));
	else
		phrase_add(phrase, "A block did not end in time.");
}

static bool is_hung(const struct why_facts *facts)
{
	return facts->hang_ns && (facts->rule->signal == SIGNAL_RENDER_TIME ||
				  facts->rule->signal == SIGNAL_RENDER_LOAD);
}

static void tell_samples(struct phrase *phrase, const struct why_facts *facts,
			 const struct sentence *sentence)
{
	const struct figures f = figures_of(facts);

	if (is_hung(facts)) {
		tell_hang(phrase, facts, sentence);
		return;
	}
	if (tell_nothing(phrase, facts, sentence->things))
		return;
	if (facts->rule->statistic == STATISTIC_MEAN &&
	    facts->judgement.value > facts->judgement.threshold)
		phrase_add(phrase, "The %s%s of the last %s %s %s on average", sentence->things,
			   f.of, f.span, sentence->did, f.threshold);
	else
		phrase_add(phrase, "%s of the %s%s of the last %s %s %s", f.share, sentence->things,
			   f.of, f.span, sentence->did, f.threshold);
	add_counts(phrase, facts, &f);
	add_open(phrase, facts);
}

static void tell_ratio(struct phrase *phrase, const struct why_facts *facts,
		       const struct sentence *sentence)
{
	const struct figures f = figures_of(facts);

	if (tell_nothing(phrase, facts, sentence->things))
		return;
	phrase_add(phrase, "%s of the %s%s of the last %s %s", f.value, sentence->things, f.of,
		   f.span, sentence->did);
	add_limit(phrase, facts, f.threshold);
	phrase_add(phrase, " (%" PRIu64 " of %" PRIu64 ").", facts->judgement.bad,
		   facts->judgement.n);
}

/* "In 7 seconds of the last 60 s a cycle missed its deadline, more than 5." */
static void tell_sum(struct phrase *phrase, const struct why_facts *facts,
		     const struct sentence *sentence)
{
	const struct figures f = figures_of(facts);

	if (tell_nothing(phrase, facts, "cycles"))
		return;
	phrase_add(phrase, "In %s %s of the last %s %s", f.value,
		   facts->judgement.value == 1 ? sentence->one : sentence->things, f.span,
		   sentence->did);
	add_limit(phrase, facts, f.threshold);
	phrase_add(phrase, ".");
}

static void tell_open(struct phrase *phrase, const struct why_facts *facts,
		      const struct sentence *sentence)
{
	const struct figures f = figures_of(facts);

	if (tell_nothing(phrase, facts, "open calls"))
		return;
	if (facts->judgement.bad == 1) {
		phrase_add(phrase,
			   "A call%s has been under way for %s, more than %s, and has not ended.",
			   f.of, f.value, f.threshold);
		return;
	}
	phrase_add(phrase,
		   "%" PRIu64 " of %" PRIu64
		   " open %s%s %s %s; the oldest has for %s and has not ended.",
		   facts->judgement.bad, facts->judgement.n, sentence->things, f.of, sentence->did,
		   f.threshold, f.value);
}

static void tell_starved(struct phrase *phrase, const struct why_facts *facts,
			 const struct sentence *sentence)
{
	const char *quote = phrase_quote(facts->labels.name);

	(void)sentence;
	phrase_add(phrase, "The engine %s%s%s is ready to play, and nobody asks it for sound.",
		   quote, facts->labels.name, quote);
}

static void tell_down(struct phrase *phrase, const struct why_facts *facts,
		      const struct sentence *sentence)
{
	const char *quote = phrase_quote(facts->labels.app);
	char age[FIGURE_SIZE];

	(void)sentence;
	phrase_add(phrase, "%s%s%s", quote, facts->labels.app, quote);
	if (facts->pid)
		phrase_add(phrase, " (pid %" PRIu64 ")", facts->pid);
	phrase_add(phrase, " ended without closing its session");
	if (facts->ended_ns)
		phrase_add(phrase, " %s ago", figure_time(age, facts->ended_ns));
	phrase_add(phrase, ".");
}

/* What is counted, or a part of what there may be: "43 records were lost, more than 0." */
static void tell_figure(struct phrase *phrase, const struct why_facts *facts,
			const struct sentence *sentence)
{
	const struct figures f = figures_of(facts);

	phrase_add(phrase, "%s %s", f.value,
		   sentence->one && facts->judgement.value == 1 ? sentence->one : sentence->things);
	if (signal_rows[facts->rule->signal].pace != PACE_INSTANT)
		add_limit(phrase, facts, f.threshold);
	phrase_add(phrase, ".");
}

static void tell_burn(struct phrase *phrase, const struct why_facts *facts,
		      const struct sentence *sentence)
{
	(void)sentence;
	why_burn(phrase, facts);
}

static void tell_name(struct phrase *phrase, const struct why_facts *facts,
		      const struct sentence *sentence)
{
	phrase_add(phrase, "%s%s%s.", sentence->things, facts->labels.name, sentence->did);
}

/* "The collector's part history does not work: /var/lib/audiowatch: No space left on device." */
static void tell_part(struct phrase *phrase, const struct why_facts *facts,
		      const struct sentence *sentence)
{
	phrase_add(phrase, "%s%s%s", sentence->things, facts->labels.name, sentence->did);
	if (facts->place)
		phrase_add(phrase, ": %s", facts->place);
	if (facts->fault)
		phrase_add(phrase, ": %s", fault_text(facts->fault));
	phrase_add(phrase, ".");
}

/* Adding a signal is a row. */
static const struct sentence sentences[SIGNALS] = {
	[SIGNAL_RENDER_TIME] = { tell_samples, "blocks", "took longer than" },
	[SIGNAL_RENDER_LOAD] = { tell_samples, "cycles", "took more of their period than" },
	[SIGNAL_WAKEUP_DELAY] = { tell_samples, "wake-ups", "came later than" },
	[SIGNAL_FFI_DURATION] = { tell_samples, "calls", "took longer than" },
	[SIGNAL_FFI_ERROR_RATIO] = { tell_ratio, "calls", "failed" },
	[SIGNAL_FFI_IN_FLIGHT] = { tell_open, "calls", "have been under way for more than" },
	[SIGNAL_XRUN_SECONDS] = { tell_sum, "seconds", "a cycle missed its deadline", "second" },
	[SIGNAL_STALLED] = { tell_hang, "", "" },
	[SIGNAL_STARVED] = { tell_starved, "", "" },
	[SIGNAL_SOURCE_DOWN] = { tell_down, "", "" },
	[SIGNAL_RECORDS_LOST] = { tell_figure, "records of its engines were lost", "",
				  "record of its engines was lost" },
	[SIGNAL_COMPONENT_DOWN] = { tell_part, "The collector's part ", " does not work" },
	[SIGNAL_ALWAYS] = { tell_name, "The collector judges its rules", "" },
	[SIGNAL_MEMORY_RATIO] = { tell_figure,
				  "of the memory that the collector may have is in use", "" },
	[SIGNAL_SERIES_RATIO] = { tell_figure,
				  "of the series that the collector may show are in use", "" },
	[SIGNAL_AUTH_FAILURES] = { tell_figure, "requests were refused because of who asked", "",
				   "request was refused because of who asked" },
	[SIGNAL_SLO_BURN] = { tell_burn, "", "" },
};

/* ---- what is said of an engine ---- */

static bool is_of_engine(const struct why_facts *facts)
{
	return facts->labels.kind == LABEL_ENGINE;
}

/* Whether the period suffices decides what is heard; the rule's threshold may lie on either side of it. */
static void add_load(struct phrase *phrase, const struct why_facts *facts)
{
	const uint64_t load = why_load(facts);
	char is[FIGURE_SIZE], budget[FIGURE_SIZE];

	if (facts->hang_ns || !facts->budget_ns || facts->state == STATE_STARVED)
		return;
	if (!load) {
		phrase_add(phrase, " A block has a budget of %s.",
			   figure_time(budget, facts->budget_ns));
		return;
	}
	phrase_add(phrase, " Load (P99) %s of a budget of %s: %s.", figure_share(is, load),
		   figure_time(budget, facts->budget_ns),
		   load > 1000000 ? "the slowest blocks come too late"
				  : "nearly all blocks are still in time");
}

/* A hang is told by its own age. */
static void add_state(struct phrase *phrase, const struct why_facts *facts)
{
	char age[FIGURE_SIZE];

	if (facts->has_state && facts->state_age_ns && !facts->hang_ns)
		phrase_add(phrase, " The engine has been %s for %s.", state_names[facts->state],
			   figure_time(age, facts->state_age_ns));
}

static void add_episode(struct phrase *phrase, const struct why_facts *facts)
{
	char age[FIGURE_SIZE];

	if (!facts->has_episode)
		return;
	if (facts->episode_age_ns < 2 * SECOND_NS)
		phrase_add(phrase, " It misses deadlines now");
	else
		phrase_add(phrase, " It last missed a deadline %s ago",
			   figure_time(age, facts->episode_age_ns));
	if (facts->episode_misses)
		phrase_add(phrase, " (%" PRIu64 " in that episode)", facts->episode_misses);
	phrase_add(phrase, ".");
}

void why_description(char text[WHY_TEXT_SIZE], const struct why_facts *facts)
{
	const struct sentence *sentence = &sentences[facts->rule->signal];
	struct phrase phrase = phrase_begin(text, WHY_TEXT_SIZE);

	if (sentence->tell)
		sentence->tell(&phrase, facts, sentence);
	if (is_of_engine(facts)) {
		add_load(&phrase, facts);
		add_state(&phrase, facts);
		add_episode(&phrase, facts);
	}
	if (*facts->rule->description)
		phrase_add(&phrase, "%s%s", phrase.used ? " " : "", facts->rule->description);
}
