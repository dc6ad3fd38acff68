/* SPDX-License-Identifier: MIT */
/* One row a signal, and the verdict over whatever a row counts. Pure. */
#include "collector/signal.h"

#include <string.h>

const char *const silence_names[SILENCES] = { "", "idle", "nodata", "cover", "stale" };
const char *const statistic_names[STATISTICS] = { "",	 "p50",	 "p95",	  "p99", "p999",
						  "max", "mean", "ratio", "sum" };

static const uint32_t quantiles[STATISTICS] = {
	[STATISTIC_P50] = 500000,
	[STATISTIC_P95] = 950000,
	[STATISTIC_P99] = 990000,
	[STATISTIC_P999] = 999000,
};

uint32_t signal_quantile(enum rule_statistic statistic)
{
	return quantiles[statistic];
}

/* ---- samples of times ---- */

/* The nearest rank ceil(q * n) lies above the threshold. */
static bool rank_is_above(uint64_t n, uint64_t bad, uint32_t q_per_million)
{
	const __uint128_t product = (__uint128_t)n * q_per_million;

	return bad > n - (uint64_t)((product + 999999) / 1000000);
}

/* The sum is exact, so no bound is needed. */
static bool mean_is_above(const struct signal_query *query, uint64_t n)
{
	return window_sum_ns(query->facts->window, query->window_s) >
	       (__uint128_t)n * query->threshold;
}

static bool time_is_above(const struct signal_query *query, uint64_t n, uint64_t bad)
{
	switch (query->statistic) {
	case STATISTIC_MAX:
		return bad >= 1;
	case STATISTIC_MEAN:
		return n && mean_is_above(query, n);
	default:
		return rank_is_above(n, bad, quantiles[query->statistic]);
	}
}

static uint64_t oldest_flight_ns(const struct signal_facts *facts)
{
	uint64_t oldest_ns = 0;

	for (unsigned i = 0; i < facts->flight_count; i++)
		if (facts->flights_ns[i] > oldest_ns)
			oldest_ns = facts->flights_ns[i];
	return oldest_ns;
}

static uint64_t flights_above(const struct signal_facts *facts, uint64_t threshold_ns)
{
	uint64_t above = 0;

	for (unsigned i = 0; i < facts->flight_count && !facts->stale; i++)
		above += facts->flights_ns[i] > threshold_ns;
	return above;
}

/* What is not finished has no part in a mean. */
static struct signal_sample sample_times(const struct signal_query *query)
{
	const bool mean = query->statistic == STATISTIC_MEAN;
	const uint64_t effective = window_effective_ns(query->threshold);
	const uint64_t flying = mean ? 0 : flights_above(query->facts, effective);
	struct signal_sample sample = { .n = flying, .bad = flying, .flying = flying };
	struct window_counts counts;

	if (!query->facts->window)
		return sample;
	counts = window_count(query->facts->window, query->window_s, query->threshold);
	sample.n += counts.n;
	sample.bad += counts.above;
	sample.covered = counts.cover == WINDOW_COVERED;
	sample.above = time_is_above(query, sample.n, sample.bad);
	return sample;
}

/* A stalled render did not begin in freewheel, and its engine is not stale. */
static struct signal_sample sample_renders(const struct signal_query *query)
{
	struct signal_sample sample = sample_times(query);

	sample.hangs = query->facts->state == STATE_STALLED &&
		       flights_above(query->facts, window_effective_ns(query->threshold));
	return sample;
}

static uint64_t finished_value(const struct signal_query *query)
{
	const struct window *window = query->facts->window;

	if (!window)
		return 0;
	if (query->statistic == STATISTIC_MAX)
		return window_max_ns(window, query->window_s);
	if (query->statistic == STATISTIC_MEAN) {
		const uint64_t n = window_count(window, query->window_s, 0).n;

		return n ? window_sum_ns(window, query->window_s) / n : 0;
	}
	return window_quantile_ns(window, query->window_s, quantiles[query->statistic]);
}

/* What is in flight has a value where it decides: what is finished would not have been too much. */
static uint64_t time_value(const struct signal_query *query, const struct signal_sample *sample)
{
	const uint64_t finished_ns = finished_value(query),
		       oldest_ns = oldest_flight_ns(query->facts);

	if (query->statistic == STATISTIC_MAX)
		return sample->flying && oldest_ns > finished_ns ? oldest_ns : finished_ns;
	if ((sample->above || sample->hangs) &&
	    !time_is_above(query, sample->n - sample->flying, sample->bad - sample->flying))
		return oldest_ns;
	return finished_ns;
}

/* ---- calls in flight ---- */

static struct signal_sample sample_open(const struct signal_query *query)
{
	const struct signal_facts *facts = query->facts;
	const uint64_t above = flights_above(facts, query->threshold);

	return (struct signal_sample){ .n = facts->open > facts->flight_count ? facts->open
									      : facts->flight_count,
				       .bad = above,
				       .covered = true,
				       .above = above };
}

static uint64_t open_value(const struct signal_query *query, const struct signal_sample *sample)
{
	(void)sample;
	return oldest_flight_ns(query->facts);
}

/* ---- instant signals: one sample, 0 or 1; of a stopped process the state before ---- */

static struct signal_sample instant(bool is)
{
	return (struct signal_sample){ .n = 1, .bad = is, .covered = true, .above = is };
}

static struct signal_sample sample_stalled(const struct signal_query *query)
{
	return instant(query->facts->held_state == STATE_STALLED);
}

static struct signal_sample sample_starved(const struct signal_query *query)
{
	return instant(query->facts->held_state == STATE_STARVED);
}

static struct signal_sample sample_source_down(const struct signal_query *query)
{
	return instant(query->facts->life == LIFE_DEAD);
}

static struct signal_sample sample_always(const struct signal_query *query)
{
	(void)query;
	return instant(true);
}

/* ---- the table ---- */

#define QUANTILES \
	(1u << STATISTIC_P50 | 1u << STATISTIC_P95 | 1u << STATISTIC_P99 | 1u << STATISTIC_P999)
#define TIMES (QUANTILES | 1u << STATISTIC_MAX | 1u << STATISTIC_MEAN)
#define NONE (1u << STATISTIC_NONE)
#define RATIO (1u << STATISTIC_RATIO)
#define SUM (1u << STATISTIC_SUM)
#define READY(pace) pace, true, NULL
#define LATER(pace, missing) pace, false, missing, NULL, NULL, NULL

const struct signal_row signal_rows[SIGNALS] = {
	[SIGNAL_RENDER_TIME] = { "render_time", UNIT_NANOSECONDS, TIMES, LABEL_ENGINE,
				 READY(PACE_WINDOWED), sample_renders, time_value,
				 window_effective_ns },
	[SIGNAL_RENDER_LOAD] = { "render_load", UNIT_MILLIONTHS, TIMES, LABEL_ENGINE,
				 LATER(PACE_WINDOWED, "loads have no windows yet") },
	[SIGNAL_WAKEUP_DELAY] = { "wakeup_delay", UNIT_NANOSECONDS, TIMES, LABEL_ENGINE,
				  LATER(PACE_WINDOWED, "wake-up delays have no windows yet") },
	[SIGNAL_FFI_DURATION] = { "ffi_duration", UNIT_NANOSECONDS, TIMES, LABEL_FUNCTION,
				  READY(PACE_WINDOWED), sample_times, time_value,
				  window_effective_ns },
	[SIGNAL_FFI_ERROR_RATIO] = { "ffi_error_ratio", UNIT_MILLIONTHS, RATIO, LABEL_FUNCTION,
				     LATER(PACE_WINDOWED, "failed calls have no windows yet") },
	[SIGNAL_FFI_IN_FLIGHT] = { "ffi_in_flight", UNIT_NANOSECONDS, NONE, LABEL_FUNCTION,
				   READY(PACE_OPEN), sample_open, open_value, NULL },
	[SIGNAL_XRUN_SECONDS] = { "xrun_seconds", UNIT_COUNT, SUM, LABEL_ENGINE,
				  LATER(PACE_WINDOWED, "seconds with a miss have no windows yet") },
	[SIGNAL_STALLED] = { "stalled", UNIT_COUNT, NONE, LABEL_ENGINE, READY(PACE_INSTANT),
			     sample_stalled, NULL, NULL },
	[SIGNAL_STARVED] = { "starved", UNIT_COUNT, NONE, LABEL_ENGINE, READY(PACE_INSTANT),
			     sample_starved, NULL, NULL },
	[SIGNAL_SOURCE_DOWN] = { "source_down", UNIT_COUNT, NONE, LABEL_SESSION,
				 READY(PACE_INSTANT), sample_source_down, NULL, NULL },
	[SIGNAL_RECORDS_LOST] = { "records_lost", UNIT_COUNT, NONE, LABEL_SESSION,
				  LATER(PACE_INSTANT, "lost records have no windows yet") },
	[SIGNAL_COMPONENT_DOWN] = { "component_down", UNIT_COUNT, NONE, LABEL_COMPONENT,
				    LATER(PACE_INSTANT, "components are not watched yet") },
	[SIGNAL_ALWAYS] = { "always", UNIT_COUNT, NONE, LABEL_COLLECTOR, READY(PACE_INSTANT),
			    sample_always, NULL, NULL },
	[SIGNAL_MEMORY_RATIO] = { "memory_ratio", UNIT_MILLIONTHS, NONE, LABEL_COLLECTOR,
				  LATER(PACE_INSTANT, "the collector's memory is not judged yet") },
	[SIGNAL_SERIES_RATIO] = { "series_ratio", UNIT_MILLIONTHS, NONE, LABEL_COLLECTOR,
				  LATER(PACE_INSTANT, "the number of series is not judged yet") },
	[SIGNAL_AUTH_FAILURES] = { "auth_failures", UNIT_COUNT, SUM, LABEL_COLLECTOR,
				   LATER(PACE_WINDOWED, "there is no authentication yet") },
	[SIGNAL_SLO_BURN] = { "slo_burn", UNIT_MILLIONTHS, NONE, LABEL_COLLECTOR,
			      LATER(PACE_INSTANT, "objectives are not kept yet") },
};

enum signal_id signal_named(const char *name)
{
	unsigned signal = 0;

	while (signal < SIGNALS && strcmp(signal_rows[signal].name, name) != 0)
		signal++;
	return (enum signal_id)signal;
}

bool signal_takes(enum signal_id signal, enum rule_statistic statistic)
{
	return signal_rows[signal].statistics >> statistic & 1;
}

bool signal_guards(enum signal_id rule, enum signal_id guard)
{
	const struct signal_row *row = &signal_rows[guard];

	return row->pace == PACE_WINDOWED && signal_rows[rule].pace == PACE_WINDOWED &&
	       row->label == signal_rows[rule].label;
}

uint64_t signal_effective(enum signal_id signal, enum rule_statistic statistic, uint64_t threshold)
{
	const struct signal_row *row = &signal_rows[signal];

	return row->effective && statistic != STATISTIC_MEAN ? row->effective(threshold) : threshold;
}

/* ---- verdicts ---- */

static bool ended(const struct signal_row *row, const struct signal_facts *facts,
		  struct judgement *judgement)
{
	if (facts->life == LIFE_LIVE || row->label <= LABEL_COMPONENT ||
	    row == &signal_rows[SIGNAL_SOURCE_DOWN])
		return false;
	judgement->verdict = facts->life == LIFE_CLOSED ? VERDICT_CLOSED : VERDICT_DEAD;
	return true;
}

/* What a bypassed engine left behind neither fires nor resolves. */
static bool is_idle(const struct signal_row *row, const struct signal_facts *facts)
{
	if (row->label != LABEL_ENGINE || facts->state == STATE_LIVE ||
	    facts->state == STATE_STALLED)
		return false;
	return !facts->window || !window_count(facts->window, SIGNAL_RECENT_SLOTS, 0).n;
}

static enum silence silence_of(const struct rule *rule, const struct signal_facts *facts, uint64_t n)
{
	const struct signal_row *row = &signal_rows[rule->signal];

	if (row->pace == PACE_INSTANT)
		return SILENCE_NONE;
	if (row->pace == PACE_OPEN)
		return facts->stale ? SILENCE_STALE : SILENCE_NONE;
	if (is_idle(row, facts))
		return SILENCE_IDLE;
	return n || (row->label == LABEL_FUNCTION && facts->engine_live) ? SILENCE_NONE
									 : SILENCE_NODATA;
}

static bool is_recent(const struct rule *rule, struct signal_query query)
{
	struct signal_sample sample;

	if (!rule->recent_s || signal_rows[rule->signal].pace != PACE_WINDOWED)
		return true;
	query.window_s = rule->recent_s;
	sample = signal_rows[rule->signal].sample(&query);
	return sample.bad || !sample.n;
}

/* The whole test against one threshold, but for the guard. */
static bool holds(const struct rule *rule, const struct signal_query *query,
		  const struct signal_sample *sample)
{
	if (sample->hangs)
		return true;
	return sample->above && sample->bad >= rule->min_above && is_recent(rule, *query);
}

static bool holds_below(const struct rule *rule, struct signal_query query)
{
	struct signal_sample sample;

	if (rule->clear_below >= rule->above || signal_rows[rule->signal].pace == PACE_INSTANT)
		return false;
	query.threshold = rule->clear_below;
	sample = signal_rows[rule->signal].sample(&query);
	return holds(rule, &query, &sample);
}

static void say_no(struct judgement *judgement, bool covered)
{
	judgement->verdict = covered ? VERDICT_NO : VERDICT_SILENT;
	judgement->silence = covered ? SILENCE_NONE : SILENCE_COVER;
}

/* Where it fails nothing is too much after all, if that can be told. */
static void ask_guard(const struct rule *rule, const struct signal_facts *facts,
		      struct judgement *judgement)
{
	const struct rule_guard *guard = &rule->guard;
	const struct signal_query query = { facts, guard->statistic, rule->window_s, guard->above };
	struct signal_sample sample;

	if (!guard->set || !signal_rows[guard->signal].sample)
		return;
	sample = signal_rows[guard->signal].sample(&query);
	if (!sample.above && !sample.hangs)
		say_no(judgement, sample.covered && sample.n);
}

static void decide(const struct rule *rule, const struct signal_query *query,
		   const struct signal_sample *sample, struct judgement *judgement)
{
	if (holds(rule, query, sample))
		judgement->verdict = VERDICT_YES;
	else if (holds_below(rule, *query))
		judgement->verdict = VERDICT_BAND;
	else
		say_no(judgement, sample->covered);
	if (judgement->verdict == VERDICT_YES || judgement->verdict == VERDICT_BAND)
		ask_guard(rule, query->facts, judgement);
}

struct judgement signal_judge(const struct rule *rule, const struct signal_facts *facts)
{
	const struct signal_row *row = &signal_rows[rule->signal];
	const struct signal_query query = { facts, rule->statistic, rule->window_s, rule->above };
	struct judgement judgement = { .threshold = signal_effective(rule->signal, rule->statistic,
								     rule->above) };
	struct signal_sample sample;

	if (ended(row, facts, &judgement))
		return judgement;
	sample = row->sample(&query);
	judgement.n = sample.n;
	judgement.bad = sample.bad;
	judgement.value = row->value ? row->value(&query, &sample) : sample.bad;
	judgement.silence = silence_of(rule, facts, sample.n);
	if (judgement.silence)
		judgement.verdict = VERDICT_SILENT;
	else
		decide(rule, &query, &sample, &judgement);
	return judgement;
}
