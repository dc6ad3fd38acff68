/* SPDX-License-Identifier: MIT */
/* What rules are judged by, from one source: accepted totals, states, what is in flight. The poll thread. */
#include "collector/source_private.h"

#include <stdlib.h>
#include <string.h>

#include "shm/hist.h"

/* ---- where a slot begins ---- */

static bool is_counted(const uint64_t cells[AW_TIME_CELLS])
{
	unsigned cell = 0;

	while (cell < AW_TIME_CELLS && !cells[cell])
		cell++;
	return cell < AW_TIME_CELLS;
}

/* The totals of a name that returns to its slot go on, and a slot may have waited for its series: the accepted totals
 * are those of the look before. NULL: it counts from 0, or not from its first. */
static void *begin_at(struct slot_start *start, const uint64_t cells[AW_TIME_CELLS], size_t size)
{
	if (!start->whole || start->base || !is_counted(cells))
		return NULL;
	start->base = malloc(size);
	start->whole = start->base;
	return start->base;
}

void source_start_engine(struct source *source, uint32_t i)
{
	const struct aw_engine_totals *totals = aw_reader_engine(source->reader, i);
	const struct aw_control_totals sums = aw_reader_control_totals(source->reader, i);
	struct engine_base *base =
		begin_at(&source->engines[i].start, plain(totals->render), sizeof *base);

	if (!base)
		return;
	memcpy(base->render, plain(totals->render), sizeof base->render);
	memcpy(base->load, plain(totals->load), sizeof base->load);
	memcpy(base->wake, plain(totals->wake), sizeof base->wake);
	base->render_sum_ns = sums.render_sum_ns;
	base->wake_sum_ns = sums.wake_sum_ns;
}

void source_start_function(struct source *source, uint32_t i)
{
	const struct aw_function_totals *totals = aw_reader_function(source->reader, i);
	struct function_base *base =
		begin_at(&source->functions[i].start, plain(totals->cells), sizeof *base);

	if (!base)
		return;
	memcpy(base->cells, plain(totals->cells), sizeof base->cells);
	base->sum_ns = totals->sum_ns;
	base->errors = totals->errors;
}

/* ---- flags ---- */

enum { LOAD_BUDGET = 20 }; /* the last cell of cycles within their budget */

/* Of a known budget, for of others nobody can say that they were in time. */
static uint64_t cycles_in(const uint64_t load[AW_LOAD_CELLS])
{
	return aw_cells_count(load + 1, AW_LOAD_CELLS - 1);
}

static uint64_t misses_in(const uint64_t load[AW_LOAD_CELLS])
{
	return aw_cells_count(load + LOAD_BUDGET + 1, AW_LOAD_CELLS - LOAD_BUDGET - 1);
}

/* What was there before does not count. */
static void begin_flags(struct slot_flags *flags, uint64_t all, uint64_t bad)
{
	if (!flags->begun)
		*flags = (struct slot_flags){ .begun = true, .all = all, .bad = bad };
}

/* The second of this reading: bad with a miss, good with cycles and none, else neither. */
static void count_second(struct slot_flags *seconds, uint64_t cycles, uint64_t misses)
{
	const bool again = cycles < seconds->all || misses < seconds->bad;
	const bool any = again ? cycles > 0 : cycles > seconds->all;
	const bool bad = again ? misses > 0 : misses > seconds->bad;

	seconds->cells[bad] += any;
	seconds->all = cycles;
	seconds->bad = misses;
}

/* A call that failed and is not among the ended ones yet, or the other way round, is one too many for a moment, and is
 * made up for by the next good ones: running totals never fall. */
static void count_calls(struct slot_flags *outcome, uint64_t ended, uint64_t errors)
{
	const bool again = ended < outcome->all || errors < outcome->bad;
	const uint64_t good = ended > errors ? ended - errors : 0;

	if (again || good > outcome->cells[0])
		outcome->cells[0] = good;
	outcome->cells[1] = errors;
	outcome->all = ended;
	outcome->bad = errors;
}

/* ---- facts ---- */

/* The digits of the id that are random. */
static uint64_t number_of(const struct source *source)
{
	uint64_t number;

	memcpy(&number, aw_reader_header(source->reader)->id + AW_ID_SIZE - sizeof number,
	       sizeof number);
	return number;
}

static struct judge_fact fact_of(const struct source *source, enum signal_label kind,
				 const char *name)
{
	return (struct judge_fact){
		.labels = { kind, source->ledger->who.app, source->ledger->instance_id, name },
		.session = number_of(source),
	};
}

/* Totals of this very beat, and not older ones that stand. */
static bool is_read(const struct source *source)
{
	return source->read_ns == source->moment.at.now_ns;
}

/* A name that moved to another slot, or left its slot and came back, begins with an empty window. */
static void set_start(struct judge_fact *fact, uint32_t slot, uint64_t generation, bool whole)
{
	fact->incarnation = generation << 16 | slot;
	fact->whole = whole;
}

static struct judge_series series_of(const _Atomic uint64_t *cells, uint64_t sum)
{
	return (struct judge_series){ .cells = plain(cells), .sum = sum };
}

bool source_is_flying(const struct source *source, uint32_t i)
{
	const uint64_t begin_ticks = source->engines[i].tracker.begin_ticks;

	return begin_ticks && aw_reader_engine_control(source->reader, i)->begin == begin_ticks;
}

/* Totals of this beat; seconds go on only with them. */
static void read_engine(struct source *source, uint32_t i, struct judge_fact *fact)
{
	const struct aw_engine_totals *totals = aw_reader_engine(source->reader, i);
	const struct aw_control_totals sums = aw_reader_control_totals(source->reader, i);
	const struct engine_base *base = source->engines[i].start.base;
	struct slot_flags *seconds = &source->engines[i].seconds;
	const uint64_t *load = plain(totals->load);

	fact->series[ENGINE_RENDER] = series_of(totals->render, sums.render_sum_ns);
	fact->series[ENGINE_LOAD] = series_of(totals->load, 0);
	fact->series[ENGINE_WAKE] = series_of(totals->wake, sums.wake_sum_ns);
	if (base) {
		fact->series[ENGINE_RENDER].base = base->render;
		fact->series[ENGINE_RENDER].base_sum = base->render_sum_ns;
		fact->series[ENGINE_LOAD].base = base->load;
		fact->series[ENGINE_WAKE].base = base->wake;
		fact->series[ENGINE_WAKE].base_sum = base->wake_sum_ns;
		begin_flags(seconds, cycles_in(base->load), misses_in(base->load));
	} else if (!fact->whole)
		begin_flags(seconds, cycles_in(load), misses_in(load));
	else
		begin_flags(seconds, 0, 0);
	count_second(seconds, cycles_in(load), misses_in(load));
	fact->series[ENGINE_SECONDS].cells = seconds->cells;
}

static void judge_engine(struct source *source, uint32_t i, struct judge *judge)
{
	const uint64_t now_ns = source->judged_ns;
	const struct engine_slot *engine = &source->engines[i];
	const struct tracker *tracker = &engine->tracker;
	struct judge_fact fact = fact_of(source, LABEL_ENGINE, engine->series->name);

	set_start(&fact, i, engine->generation, engine->start.whole);
	fact.state = source_state_at(source, i, now_ns);
	fact.rate_hz = tracker->rate_hz;
	fact.frames = tracker->frames;
	if (is_read(source))
		read_engine(source, i, &fact);
	if (source_is_flying(source, i) && !tracker->begin_freewheel && now_ns > tracker->begin_ns)
		fact.flights_ns[fact.flight_count++] = now_ns - tracker->begin_ns;
	judge_see(judge, &fact);
}

static void add_flights(const struct source *source, uint32_t function, struct judge_fact *fact)
{
	const uint64_t now_ns = source->judged_ns;
	struct aw_flying flights[AW_FLIGHT_SLOTS];
	const unsigned n = aw_reader_flights(source->reader, flights);

	for (unsigned i = 0; i < n; i++) {
		uint64_t began_ns;

		if (flights[i].function == function &&
		    moment_of(&source->moment, flights[i].start_ticks, &began_ns))
			fact->flights_ns[fact->flight_count++] =
				now_ns > began_ns ? now_ns - began_ns : 0;
	}
}

/* The window takes what the flags of its base are as its own base. */
static void read_function(struct source *source, uint32_t i, struct judge_fact *fact,
			  uint64_t outcome_base[2])
{
	const struct aw_function_totals *totals = aw_reader_function(source->reader, i);
	const struct function_base *base = source->functions[i].start.base;
	struct slot_flags *outcome = &source->functions[i].outcome;

	fact->series[FUNCTION_DURATION] = series_of(totals->cells, totals->sum_ns);
	count_calls(outcome, aw_cells_count(plain(totals->cells), AW_TIME_CELLS), totals->errors);
	fact->series[FUNCTION_OUTCOME].cells = outcome->cells;
	if (!base)
		return;
	fact->series[FUNCTION_DURATION].base = base->cells;
	fact->series[FUNCTION_DURATION].base_sum = base->sum_ns;
	outcome_base[1] = base->errors;
	outcome_base[0] = aw_cells_count(base->cells, AW_TIME_CELLS);
	outcome_base[0] -= base->errors < outcome_base[0] ? base->errors : outcome_base[0];
	fact->series[FUNCTION_OUTCOME].base = outcome_base;
}

static void judge_function(struct source *source, uint32_t i, struct judge *judge,
			   const struct judge_fact *common)
{
	const struct function_slot *function = &source->functions[i];
	struct judge_fact fact = *common;
	uint64_t outcome_base[2];

	fact.labels.name = function->series->name;
	set_start(&fact, i, function->generation, function->start.whole);
	fact.open = function->series->function_now.in_flight;
	add_flights(source, i, &fact);
	if (is_read(source))
		read_function(source, i, &fact, outcome_base);
	judge_see(judge, &fact);
}

/* What lanes lost since we read them; what came before nobody watched. */
static void judge_session(const struct source *source, struct judge *judge)
{
	struct judge_fact fact = fact_of(source, LABEL_SESSION, "");
	uint64_t lost[2] = { 0 };

	for (uint32_t i = 0; i < source->counts.engines; i++)
		lost[1] += aw_reader_lost_engine(source->reader, i);
	fact.whole = true;
	fact.series[SESSION_LOST].cells = lost;
	judge_see(judge, &fact);
}

void source_judge(struct source *source, struct judge *judge, uint64_t now_ns)
{
	struct judge_fact function = fact_of(source, LABEL_FUNCTION, "");
	/* in-flight words once more, and records, behind the totals; refused, those of the beat stand, which looks again
	 * itself */
	const struct instant at = source->moment.at;
	int ignored = aw_reader_control(source->reader);

	if (!ignored)
		ignored = source_drain(source, &at);
	(void)ignored;
	source_look_for_stop(source, at.now_ns);
	source->judged_ns = now_ns;
	judge_session(source, judge);
	for (uint32_t i = 0; i < source->counts.engines; i++)
		if (source->engines[i].series)
			judge_engine(source, i, judge);
	function.stale = source_is_stale(source, now_ns);
	for (uint32_t i = 0; i < source->counts.functions; i++)
		if (source->functions[i].series)
			judge_function(source, i, judge, &function);
}
