/* SPDX-License-Identifier: MIT */
/* What rules are judged by, from one source: accepted totals, states, what is in flight. The poll thread. */
#include "collector/source_private.h"

#include <stdlib.h>
#include <string.h>

/* The reader's copies are private memory: nobody else writes them, so they are plain words by now. */
static const uint64_t *plain(const _Atomic uint64_t *words)
{
	return (const uint64_t *)(const void *)words;
}

/* ---- where a slot begins ---- */

static bool is_counted(const uint64_t cells[AW_TIME_CELLS])
{
	unsigned cell = 0;

	while (cell < AW_TIME_CELLS && !cells[cell])
		cell++;
	return cell < AW_TIME_CELLS;
}

/* The totals of a name that returns to its slot go on, and a slot may have waited for its series: the accepted totals
 * are those of the look before. */
static void begin_at(struct slot_start *start, const uint64_t cells[AW_TIME_CELLS], uint64_t sum_ns)
{
	if (!start->whole || start->base || !is_counted(cells))
		return;
	start->base = malloc((AW_TIME_CELLS + 1) * sizeof *start->base);
	start->whole = start->base;
	if (!start->base)
		return;
	memcpy(start->base, cells, AW_TIME_CELLS * sizeof *cells);
	start->base[AW_TIME_CELLS] = sum_ns;
}

void source_start_engine(struct source *source, uint32_t i)
{
	begin_at(&source->engines[i].start, plain(aw_reader_engine(source->reader, i)->render),
		 aw_reader_control_totals(source->reader, i).render_sum_ns);
}

void source_start_function(struct source *source, uint32_t i)
{
	const struct aw_function_totals *totals = aw_reader_function(source->reader, i);

	begin_at(&source->functions[i].start, plain(totals->cells), totals->sum_ns);
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
static void set_start(struct judge_fact *fact, uint32_t slot, uint64_t generation,
		      const struct slot_start *start)
{
	fact->incarnation = generation << 16 | slot;
	fact->whole = start->whole;
	fact->series[0].base = start->base;
	fact->series[0].base_sum = start->base ? start->base[AW_TIME_CELLS] : 0;
}

/* A render whose in-flight word stood before the totals were read and stands behind them; what ended in between is in
 * them, but for the moment in which a producer has counted it and not yet cleared the word. */
static bool is_flying(const struct source *source, uint32_t i)
{
	const uint64_t begin_ticks = source->engines[i].tracker.begin_ticks;

	return begin_ticks && aw_reader_engine_control(source->reader, i)->begin == begin_ticks;
}

static void judge_engine(const struct source *source, uint32_t i, struct judge *judge,
			 uint64_t now_ns)
{
	const struct engine_slot *engine = &source->engines[i];
	const struct tracker *tracker = &engine->tracker;
	struct judge_fact fact = fact_of(source, LABEL_ENGINE, engine->series->name);

	set_start(&fact, i, engine->generation, &engine->start);
	fact.state = engine->state < STATES ? engine->state : STATE_IDLE;
	fact.period_ns = tracker_period_ns(tracker);
	fact.series[ENGINE_RENDER].sum = aw_reader_control_totals(source->reader, i).render_sum_ns;
	if (is_read(source))
		fact.series[ENGINE_RENDER].cells =
			plain(aw_reader_engine(source->reader, i)->render);
	if (is_flying(source, i) && !tracker->begin_freewheel && now_ns > tracker->begin_ns)
		fact.flights_ns[fact.flight_count++] = now_ns - tracker->begin_ns;
	judge_see(judge, &fact);
}

static void add_flights(const struct source *source, uint32_t function, struct judge_fact *fact)
{
	struct aw_flying flights[AW_FLIGHT_SLOTS];
	const unsigned n = aw_reader_flights(source->reader, flights);

	for (unsigned i = 0; i < n; i++) {
		uint64_t began_ns;

		if (flights[i].function == function &&
		    moment_of(&source->moment, flights[i].start_ticks, &began_ns))
			fact->flights_ns[fact->flight_count++] = source->moment.at.now_ns - began_ns;
	}
}

static void judge_function(const struct source *source, uint32_t i, struct judge *judge,
			   const struct judge_fact *common)
{
	const struct function_slot *function = &source->functions[i];
	struct judge_fact fact = *common;

	fact.labels.name = function->series->name;
	set_start(&fact, i, function->generation, &function->start);
	fact.open = function->series->function_now.in_flight;
	add_flights(source, i, &fact);
	if (is_read(source)) {
		const struct aw_function_totals *totals = aw_reader_function(source->reader, i);

		fact.series[FUNCTION_DURATION].cells = plain(totals->cells);
		fact.series[FUNCTION_DURATION].sum = totals->sum_ns;
	}
	judge_see(judge, &fact);
}

/* Stopped, or quiet where the kernel does not tell who lives: as state.c has it for an engine. */
static bool is_stale(const struct source *source, uint64_t now_ns)
{
	const struct state_facts facts = { .life_unknown = source->life_unknown,
					   .stopped = source->stopped,
					   .moved_ns = source->moved_ns };

	return state_of(&facts, now_ns) == STATE_STALE;
}

void source_judge(const struct source *source, struct judge *judge, uint64_t now_ns)
{
	const struct judge_fact session = fact_of(source, LABEL_SESSION, "");
	struct judge_fact function = fact_of(source, LABEL_FUNCTION, "");
	/* in-flight words once more, behind the totals; refused, those of the beat stand, which looks again itself */
	const int ignored = aw_reader_control(source->reader);

	(void)ignored;
	judge_see(judge, &session);
	for (uint32_t i = 0; i < source->counts.engines; i++)
		if (source->engines[i].series)
			judge_engine(source, i, judge, now_ns);
	function.stale = is_stale(source, now_ns);
	for (uint32_t i = 0; i < source->counts.functions; i++)
		if (source->functions[i].series)
			judge_function(source, i, judge, &function);
}
