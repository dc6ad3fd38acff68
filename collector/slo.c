/* SPDX-License-Identifier: MIT */
/* Minutes, their sums over windows, and what these say of an objective. Pure. */
#include "collector/slo.h"

#include <string.h>

enum { MINUTE_S = 60, DAY_S = 86400 };

static const uint64_t second_ns = 1000000000;

const char *const slo_indicator_names[SLO_INDICATORS] = {
	[SLO_CYCLES] = "cycles_within_budget",
	[SLO_FFI] = "ffi_within_100ms",
	[SLO_XRUNS] = "minutes_without_xrun",
	[SLO_PRESENT] = "collector_present",
};

const struct slo slo_defaults[] = {
	{ "cycles_within_budget", SLO_CYCLES, 999000, 30 * DAY_S, 0 },
	{ "ffi_within_100ms", SLO_FFI, 990000, 30 * DAY_S, 0 },
	{ "minutes_without_xrun", SLO_XRUNS, 990000, 30 * DAY_S, 0 },
	{ "collector_present", SLO_PRESENT, 995000, 30 * DAY_S, 0 },
};
const unsigned slo_default_count = sizeof slo_defaults / sizeof *slo_defaults;

const struct slo_window_row slo_windows[SLO_WINDOWS] = {
	[SLO_5M] = { "5m", 5 },	   [SLO_30M] = { "30m", 30 }, [SLO_1H] = { "1h", 60 },
	[SLO_2H] = { "2h", 120 },  [SLO_6H] = { "6h", 360 },  [SLO_1D] = { "1d", 1440 },
	[SLO_3D] = { "3d", 4320 },
};

/* As the SRE workbook has them for 30 days: 2 %, 5 %, 10 % and 10 % of the budget spent. */
const struct slo_pair slo_pairs[] = {
	{ SLO_FAST, 144, SLO_1H, SLO_5M },
	{ SLO_FAST, 60, SLO_6H, SLO_30M },
	{ SLO_SLOW, 30, SLO_1D, SLO_2H },
	{ SLO_SLOW, 10, SLO_3D, SLO_6H },
};
const unsigned slo_pair_count = sizeof slo_pairs / sizeof *slo_pairs;

const struct slo_pair *slo_unreachable(unsigned objective)
{
	for (unsigned i = 0; i < slo_pair_count; i++)
		if (slo_pairs[i].factor_tenths * (uint64_t)(SLO_ALL - objective) >= 10 * SLO_ALL)
			return &slo_pairs[i];
	return NULL;
}

/* ---- sums ---- */

/* What a foreign segment claims may be anything: a sum stops rather than run over. */
static void add_capped(uint64_t *sum, uint64_t more)
{
	*sum = more > UINT64_MAX - *sum ? UINT64_MAX : *sum + more;
}

static void add_events(struct slo_events *sum, struct slo_events more)
{
	add_capped(&sum->total, more.total);
	add_capped(&sum->bad, more.bad);
}

static struct slo_events *minute_of(struct slo_track *track, uint64_t minute)
{
	return &track->minutes[minute % SLO_MINUTES];
}

static void add_minute(struct slo_sum *sum, struct slo_events minute)
{
	add_events(&sum->events, minute);
	sum->minutes += minute.total > 0;
}

/* Of those before the running one. */
static struct slo_sum sum_closed(const struct slo_book *book, enum slo_indicator indicator,
				 unsigned minutes)
{
	const struct slo_track *track = &book->tracks[indicator];
	struct slo_sum sum = { 0 };

	for (unsigned back = 1; back < minutes && back < SLO_MINUTES; back++)
		add_minute(&sum, track->minutes[(book->minute + SLO_MINUTES - back) % SLO_MINUTES]);
	return sum;
}

static void sum_all(struct slo_book *book)
{
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		for (unsigned w = 0; w < SLO_WINDOWS; w++)
			book->tracks[i].closed[w] = sum_closed(book, i, slo_windows[w].minutes);
	for (unsigned i = 0; i < book->options.count; i++)
		book->spent[i] = sum_closed(book, book->options.slos[i].indicator,
					    book->options.slos[i].period_s / MINUTE_S);
}

static struct slo_sum with_running(const struct slo_book *book, enum slo_indicator indicator,
				   struct slo_sum sum)
{
	add_minute(&sum, book->tracks[indicator].minutes[book->minute % SLO_MINUTES]);
	return sum;
}

static struct slo_sum sum_of(const struct slo_book *book, unsigned i, enum slo_window window)
{
	const enum slo_indicator indicator = book->options.slos[i].indicator;

	return with_running(book, indicator, book->tracks[indicator].closed[window]);
}

/* ---- minutes ---- */

static void add(struct slo_book *book, enum slo_indicator indicator, struct slo_events more)
{
	struct slo_track *track = &book->tracks[indicator];

	add_events(minute_of(track, book->minute), more);
	add_events(&track->counts, more);
}

static void tell_closed(const struct slo_book *book)
{
	struct slo_events of[SLO_INDICATORS];

	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		of[i] = book->tracks[i].minutes[book->minute % SLO_MINUTES];
	if (book->options.closed)
		book->options.closed(book->options.context, book->minute, of);
}

static void open_minute(struct slo_book *book, uint64_t minute)
{
	book->minute = minute;
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		*minute_of(&book->tracks[i], minute) = (struct slo_events){ 0 };
}

/* Those in between had no tick: of a longer gap than is kept, the last day. */
static void go_to(struct slo_book *book, uint64_t minute)
{
	tell_closed(book);
	if (minute - book->minute > SLO_MINUTES)
		book->minute = minute - SLO_MINUTES - 1;
	while (book->minute + 1 < minute) {
		open_minute(book, book->minute + 1);
		if (!book->rested)
			add(book, SLO_PRESENT, (struct slo_events){ 1, 1 });
		tell_closed(book);
	}
	open_minute(book, minute);
	sum_all(book);
}

/* The calendar says how long ago a remembered minute was; set back, it says nothing. */
static void begin_first(struct slo_book *book, uint64_t tick, uint64_t real_s)
{
	const uint64_t now = real_s / MINUTE_S;
	uint64_t minute = now;

	if (book->known)
		minute = book->minute + (now > book->real_minute ? now - book->real_minute : 0);
	book->base_s = minute * MINUTE_S + real_s % MINUTE_S - tick;
	book->begun = true;
	if (book->known)
		return;
	book->known = true;
	open_minute(book, minute);
}

bool slo_begin(struct slo_book *book, uint64_t tick, uint64_t real_ns)
{
	const struct slo_events *present;
	const uint64_t real_s = real_ns / second_ns;
	uint64_t minute;
	bool another;

	if (!book->begun)
		begin_first(book, tick, real_s);
	minute = (book->base_s + tick) / MINUTE_S;
	another = minute > book->minute;
	if (another)
		go_to(book, minute);
	present = minute_of(&book->tracks[SLO_PRESENT], book->minute);
	if (!present->total)
		add(book, SLO_PRESENT, (struct slo_events){ 1, 0 });
	book->real_minute = real_s / MINUTE_S;
	book->rested = false;
	return another;
}

/* A minute has an xrun or not, whoever had it. */
static void judge_xruns(struct slo_book *book)
{
	const struct slo_events *cycles = minute_of(&book->tracks[SLO_CYCLES], book->minute);
	const struct slo_events *xruns = minute_of(&book->tracks[SLO_XRUNS], book->minute);

	add(book, SLO_XRUNS,
	    (struct slo_events){ (cycles->total > 0) - xruns->total,
				 (cycles->bad > 0) - xruns->bad });
}

void slo_see(struct slo_book *book, enum slo_indicator indicator, struct slo_events *seen,
	     struct slo_events now)
{
	if (now.total < seen->total || now.bad < seen->bad)
		*seen = (struct slo_events){ 0 };
	add(book, indicator, (struct slo_events){ now.total - seen->total, now.bad - seen->bad });
	*seen = now;
	if (indicator == SLO_CYCLES)
		judge_xruns(book);
}

void slo_rest(struct slo_book *book)
{
	book->rested = true;
}

void slo_init(struct slo_book *book, const struct slo_options *options)
{
	memset(book, 0, sizeof *book);
	book->options = *options;
}

bool slo_remember(struct slo_book *book, uint64_t minute, const struct slo_events of[SLO_INDICATORS])
{
	if (book->begun || (book->known && minute <= book->minute))
		return false;
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		if (of[i].bad > of[i].total)
			return false;
	if (book->known && minute - book->minute < SLO_MINUTES)
		while (book->minute < minute)
			open_minute(book, book->minute + 1);
	else
		for (unsigned i = 0; i < SLO_INDICATORS; i++)
			memset(book->tracks[i].minutes, 0, sizeof book->tracks[i].minutes);
	book->known = true;
	book->minute = book->real_minute = minute;
	for (unsigned i = 0; i < SLO_INDICATORS; i++)
		*minute_of(&book->tracks[i], minute) = of[i];
	sum_all(book);
	return true;
}

/* ---- what they say ---- */

static double ratio_of(struct slo_sum sum)
{
	return sum.events.total ? (double)sum.events.bad / (double)sum.events.total : 0;
}

static double allowed(const struct slo *slo)
{
	return (double)(SLO_ALL - slo->objective) / SLO_ALL;
}

double slo_burn_rate(const struct slo_book *book, unsigned i, enum slo_window window)
{
	return ratio_of(sum_of(book, i, window)) / allowed(&book->options.slos[i]);
}

double slo_budget_left(const struct slo_book *book, unsigned i)
{
	const struct slo *slo = &book->options.slos[i];

	return 1 - ratio_of(with_running(book, slo->indicator, book->spent[i])) / allowed(slo);
}

/* Whether the ratio of bad events would be above factor * (1 - objective) if those of the minutes with events filled so
 * many, the others all good. In integers. */
static bool is_above(const struct slo *slo, unsigned factor_tenths, struct slo_sum sum,
		     unsigned of_minutes)
{
	const __uint128_t bad = (__uint128_t)sum.events.bad * sum.minutes;
	const __uint128_t total = (__uint128_t)sum.events.total * of_minutes;

	return bad * 10 * SLO_ALL > total * factor_tenths * (SLO_ALL - slo->objective);
}

static bool pair_burns(const struct slo_book *book, unsigned i, const struct slo_pair *pair)
{
	const struct slo *slo = &book->options.slos[i];
	const struct slo_sum recent = sum_of(book, i, pair->short_window);
	const struct slo_sum all = sum_of(book, i, pair->long_window);

	return is_above(slo, pair->factor_tenths, recent, recent.minutes) &&
	       is_above(slo, pair->factor_tenths, all, slo_windows[pair->long_window].minutes);
}

bool slo_burns(const struct slo_book *book, unsigned i, enum slo_speed speed)
{
	for (unsigned p = 0; p < slo_pair_count; p++)
		if (slo_pairs[p].speed == speed && pair_burns(book, i, &slo_pairs[p]))
			return true;
	return false;
}
