/* SPDX-License-Identifier: MIT */
/* From a segment's totals to the series of its ledger, and to what gauges show. The poll thread. */
#include "collector/source_private.h"

#include <errno.h>

#include "collector/slo_ledger.h"

static void show_engine(struct engine_slot *engine, uint64_t now_ns)
{
	const struct tracker *tracker = &engine->tracker;
	const struct state_machine *machine = &engine->machine;

	engine->series->engine_now = (struct engine_present){
		.state = machine->state < STATES ? machine->state : STATE_IDLE,
		.since_ns = machine->since_ns,
		.has_last = tracker->has_last,
		.last_ns = tracker->last_ns,
		.max_ns = peak_worst(&tracker->worst, now_ns),
		.freewheel = tracker->freewheel,
		.stalled_ns = machine->state == STATE_STALLED ? now_ns - tracker->begin_ns : 0,
		.host_load = tracker->host_load,
		.rate_hz = tracker->rate_hz,
		.frames = tracker->frames,
	};
}

/* Budgets are added up cycle by cycle, so that a change of format does not judge old cycles by
 * the new period. */
static void add_budget(struct source *source, struct engine_slot *engine,
		       const struct engine_counts *now)
{
	const bool first = !engine->fed;
	const uint64_t cycles =
		now->budgeted >= engine->budgeted ? now->budgeted - engine->budgeted : 0;
	const uint64_t budget_ns = cycles * tracker_period_ns(&engine->tracker);

	engine->budgeted = now->budgeted;
	engine->fed = true;
	if (first)
		return; /* cycles before we looked */
	engine->budget_ns += budget_ns;
	if (!ledger_is_graph(engine->series->name))
		source->audio_ns += budget_ns;
}

static void feed(const struct source *source, struct series *series, struct slot_start *start,
		 const void *now)
{
	if (start->whole || start->fed)
		ledger_feed(source->ledger, series, now);
	else
		slo_feed_unseen(source->ledger, series, now);
	start->fed = true;
}

void source_feed_engine(struct source *source, uint32_t i, uint64_t now_ns)
{
	const struct aw_any_thread *any = aw_reader_any(source->reader, i);
	const struct aw_control_totals control = aw_reader_control_totals(source->reader, i);
	struct engine_slot *engine = &source->engines[i];
	const struct xrun *xrun = &engine->tracker.xrun;
	struct engine_counts now = { .render_sum_ns = control.render_sum_ns,
				     .wake_sum_ns = control.wake_sum_ns,
				     .reported_cycles = xrun->cycles,
				     .episodes = xrun->episodes,
				     .xrun_seconds = xrun->seconds };

	tracker_told(&engine->tracker, any, now_ns);
	counts_engine(&now, aw_reader_engine(source->reader, i), any);
	now.blocks += control.freewheel_blocks;
	add_budget(source, engine, &now);
	feed(source, engine->series, &engine->start, &now);
}

void source_feed_channel(struct source *source, uint32_t i)
{
	struct channel_counts now;

	counts_channel(&now, aw_reader_channel(source->reader, i));
	ledger_feed(source->ledger, source->channels[i].series, &now);
}

static void feed_function(struct source *source, uint32_t i)
{
	const struct aw_function_totals *totals = aw_reader_function(source->reader, i);
	struct function_slot *function = &source->functions[i];
	struct function_counts now;

	counts_function(&now, totals);
	feed(source, function->series, &function->start, &now);
	function->series->function_now = (struct function_present){
		.in_flight = totals->begun > now.calls ? totals->begun - now.calls : 0,
		.oldest_ns = function->oldest_ns
	};
}

static struct session_counts account_of(const struct source *source)
{
	const struct aw_account account = aw_reader_account(source->reader);

	return (struct session_counts){ .published = account.published,
					.delivered = account.delivered,
					.lost = { [LOSS_LAPPED] = account.lapped,
						  [LOSS_CONTENDED] = account.contended,
						  [LOSS_INVALID] = account.invalid,
						  [LOSS_UNWATCHED] = account.unwatched } };
}

void source_feed(struct source *source, uint64_t now_ns)
{
	const struct session_counts account = account_of(source);

	for (uint32_t i = 0; i < source->counts.engines; i++)
		if (source->engines[i].series)
			source_feed_engine(source, i, now_ns);
	for (uint32_t i = 0; i < source->counts.channels; i++)
		if (source->channels[i].series)
			source_feed_channel(source, i);
	for (uint32_t i = 0; i < source->counts.functions; i++)
		if (source->functions[i].series)
			feed_function(source, i);
	ledger_account(source->ledger, &account);
	source->ledger->has_drift =
		moment_drift(&source->first_moment, &source->moment, &source->ledger->clock_drift);
}

/* ---- usage: the last second of a channel against its engine's budget ---- */

static void step_usage(struct source *source)
{
	const unsigned now = source->usage_step % USAGE_STEPS;

	for (uint32_t i = 0; i < source->counts.engines; i++)
		source->engines[i].budgets_ns[now] = source->engines[i].budget_ns;
	for (uint32_t i = 0; i < source->counts.channels; i++)
		if (source->channels[i].series)
			source->channels[i].sums_ns[now] =
				((const struct channel_counts *)source->channels[i].series->value)
					->sum_ns;
	source->usage_step++;
}

/* Not known: before a second has passed, where no budget is, and while a render hangs. */
static void show_usage(const struct source *source, const struct channel_slot *channel)
{
	const struct engine_slot *engine = &source->engines[channel->engine];
	const unsigned now = (source->usage_step - 1) % USAGE_STEPS,
		       before = source->usage_step % USAGE_STEPS;
	const uint64_t spent_ns = channel->sums_ns[now] - channel->sums_ns[before];
	const uint64_t budget_ns = engine->budgets_ns[now] - engine->budgets_ns[before];
	const enum engine_state state = engine->machine.state;
	const bool hangs = state == STATE_STALLED || state == STATE_STALE;
	const bool known = source->usage_step >= USAGE_STEPS && engine->tracker.rate_hz && !hangs;

	channel->series->channel_now = (struct channel_present){
		.has_usage = known && (budget_ns || !spent_ns),
		.usage = budget_ns ? (double)spent_ns / (double)budget_ns : 0,
	};
}

enum source_step source_totals(struct source *source, const struct instant *at, bool step)
{
	const int error = aw_reader_totals(source->reader);

	if (error && error != -EAGAIN)
		return source_drop(source, error);
	if (!error) { /* else all of the older numbers stand, so that they agree with one another */
		source_feed(source, at->now_ns);
		source->read_ns = at->now_ns;
		/* by what was told just now; whoever asked for totals shows it at once */
		(void)source_judge_states(source, at->now_ns);
	}
	for (uint32_t i = 0; i < source->counts.engines; i++)
		if (source->engines[i].series)
			show_engine(&source->engines[i], at->now_ns);
	if (step)
		step_usage(source);
	for (uint32_t i = 0; step && i < source->counts.channels; i++)
		if (source->channels[i].series)
			show_usage(source, &source->channels[i]);
	source_show_hangs(source);
	return SOURCE_GOES_ON;
}
