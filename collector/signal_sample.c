/* SPDX-License-Identifier: MIT */
/* Samples and values: of windows, of what is in flight, of the moment. Pure. */
#include "collector/signal_sample.h"

enum { MILLION = 1000000 };

static const struct window *window_of(const struct signal_query *query)
{
	return query->facts->windows[query->row->series];
}

/* ---- what the statistic says ---- */

/* The nearest rank ceil(q * n) lies above the threshold. */
static bool rank_is_above(uint64_t n, uint64_t bad, uint32_t q_per_million)
{
	const __uint128_t product = (__uint128_t)n * q_per_million;

	return bad > n - (uint64_t)((product + MILLION - 1) / MILLION);
}

/* The sum is exact, so no bound is needed. */
static bool mean_is_above(const struct signal_query *query, uint64_t n)
{
	return n &&
	       window_sum(window_of(query), query->window_s) > (__uint128_t)n * query->threshold;
}

static bool is_above(const struct signal_query *query, uint64_t n, uint64_t bad)
{
	switch (query->statistic) {
	case STATISTIC_MAX:
		return bad >= 1;
	case STATISTIC_MEAN:
		return mean_is_above(query, n);
	case STATISTIC_RATIO:
		return (__uint128_t)bad * MILLION > (__uint128_t)n * query->threshold;
	case STATISTIC_SUM:
		return bad > query->threshold;
	default:
		return rank_is_above(n, bad, signal_quantile(query->statistic));
	}
}

/* ---- what is in flight ---- */

/* In the signal's unit. A load's is rounded up, so that it is above a threshold exactly when the true one is, in whose
 * period there may be a fraction of a nanosecond; of an unknown one there is none. */
static uint64_t flight(const struct signal_query *query, uint64_t age_ns)
{
	const uint32_t rate_hz = query->facts->rate_hz, frames = query->facts->frames;
	const uint64_t whole = UINT64_C(1000) * frames; /* frames * 10^9 / 10^6 */

	if (query->row->flight != FLIGHT_LOAD)
		return age_ns;
	return rate_hz && frames ? (uint64_t)(((__uint128_t)age_ns * rate_hz + whole - 1) / whole)
				 : 0;
}

static uint64_t longest_flight(const struct signal_query *query)
{
	const struct signal_facts *facts = query->facts;
	uint64_t longest = 0;

	for (unsigned i = 0; i < facts->flight_count; i++) {
		const uint64_t one = flight(query, facts->flights_ns[i]);

		longest = one > longest ? one : longest;
	}
	return longest;
}

static uint64_t flights_above(const struct signal_query *query, uint64_t threshold)
{
	const struct signal_facts *facts = query->facts;
	uint64_t above = 0;

	for (unsigned i = 0; i < facts->flight_count && !facts->stale; i++)
		above += flight(query, facts->flights_ns[i]) > threshold;
	return above;
}

/* ---- windows ---- */

/* What is not finished has no part in a mean. */
static bool counts_flights(const struct signal_query *query)
{
	return query->row->flight != FLIGHT_NONE && query->statistic != STATISTIC_MEAN;
}

/* A stalled render did not begin in freewheel, and its engine is not stale. */
static bool hangs(const struct signal_query *query, uint64_t effective)
{
	return query->row->label == LABEL_ENGINE && query->row->flight != FLIGHT_NONE &&
	       query->facts->state == STATE_STALLED && flights_above(query, effective);
}

struct signal_sample signal_sample_window(const struct signal_query *query)
{
	const struct window_table *table = &window_tables[query->row->table];
	const uint64_t effective = window_effective(table, query->threshold);
	const uint64_t flying = counts_flights(query) ? flights_above(query, effective) : 0;
	struct signal_sample sample = {
		.n = flying, .bad = flying, .flying = flying, .hangs = hangs(query, effective)
	};
	struct window_counts counts;

	if (!window_of(query))
		return sample;
	counts = window_count(window_of(query), query->window_s,
			      signal_cut(query->row->table, query->threshold));
	sample.n += counts.n;
	sample.bad += counts.above;
	sample.covered = counts.cover == WINDOW_COVERED;
	sample.above = is_above(query, sample.n, sample.bad);
	return sample;
}

static uint64_t finished_value(const struct signal_query *query, const struct signal_sample *sample)
{
	const struct window *window = window_of(query);
	const uint64_t n = sample->n - sample->flying;

	if (!window || !n)
		return 0;
	switch (query->statistic) {
	case STATISTIC_MAX:
		return window_max(window, query->window_s);
	case STATISTIC_MEAN:
		return window_sum(window, query->window_s) / n;
	case STATISTIC_RATIO:
		return (uint64_t)((__uint128_t)sample->bad * MILLION / n);
	case STATISTIC_SUM:
		return sample->bad;
	default:
		return window_quantile(window, query->window_s, signal_quantile(query->statistic));
	}
}

/* What is in flight has a value where it decides: what is finished would not have been too much. */
uint64_t signal_value_window(const struct signal_query *query, const struct signal_sample *sample)
{
	const uint64_t finished = finished_value(query, sample), longest = longest_flight(query);

	if (query->statistic == STATISTIC_MAX)
		return sample->flying && longest > finished ? longest : finished;
	if ((sample->hangs || (sample->above && sample->flying)) &&
	    !is_above(query, sample->n - sample->flying, sample->bad - sample->flying))
		return longest;
	return finished;
}

/* ---- calls in flight ---- */

struct signal_sample signal_sample_open(const struct signal_query *query)
{
	const struct signal_facts *facts = query->facts;
	const uint64_t above = flights_above(query, query->threshold);

	return (struct signal_sample){ .n = facts->open > facts->flight_count ? facts->open
									      : facts->flight_count,
				       .bad = above,
				       .covered = true,
				       .above = above };
}

uint64_t signal_value_open(const struct signal_query *query, const struct signal_sample *sample)
{
	(void)sample;
	return longest_flight(query);
}

/* ---- the moment ---- */

static struct signal_sample instant(bool is)
{
	return (struct signal_sample){ .n = 1, .bad = is, .covered = true, .above = is };
}

struct signal_sample signal_sample_level(const struct signal_query *query)
{
	return instant(query->facts->values[query->row->series] > query->threshold);
}

uint64_t signal_value_level(const struct signal_query *query, const struct signal_sample *sample)
{
	(void)sample;
	return query->facts->values[query->row->series];
}

struct signal_sample signal_sample_stalled(const struct signal_query *query)
{
	return instant(query->facts->held_state == STATE_STALLED);
}

struct signal_sample signal_sample_starved(const struct signal_query *query)
{
	return instant(query->facts->held_state == STATE_STARVED);
}

struct signal_sample signal_sample_source_down(const struct signal_query *query)
{
	return instant(query->facts->life == LIFE_DEAD);
}

struct signal_sample signal_sample_component_down(const struct signal_query *query)
{
	return instant(query->facts->values[COMPONENT_DOWN]);
}

struct signal_sample signal_sample_burn(const struct signal_query *query)
{
	static const enum judge_value_id pairs[RULE_BURNS] = { SLO_BURNS_FAST, SLO_BURNS_SLOW };

	return instant(query->facts->values[pairs[query->burn]]);
}

struct signal_sample signal_sample_always(const struct signal_query *query)
{
	(void)query;
	return instant(true);
}

static uint64_t lost(const struct signal_query *query)
{
	const struct window *window = window_of(query);

	return window ? window_count(window, SIGNAL_LOST_S, 0).above : 0;
}

struct signal_sample signal_sample_lost(const struct signal_query *query)
{
	return instant(lost(query));
}

uint64_t signal_value_lost(const struct signal_query *query, const struct signal_sample *sample)
{
	(void)sample;
	return lost(query);
}
