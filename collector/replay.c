/* SPDX-License-Identifier: MIT */
/* Events and ticks of a trace in their order, and what the judge says of each tick, by rules and label sets. */
#include "collector/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/replay_line.h"
#include "collector/scene.h"
#include "collector/slo_judge.h"

#define NS_A_SECOND UINT64_C(1000000000)
#define PLENTY \
	(PTRDIFF_MAX / 2) /* bytes: what a trace names is judged exactly, however much it is */

/* Of the tick that runs; the judge may have forgotten its label set by the end of it. */
struct transition {
	unsigned rule;
	const struct scene_item *item;
	struct judgement judgement;
	struct alert_change change;
};

struct replay {
	struct replay_options options;
	struct scene scene;
	struct judge *judge;
	struct slo_book slo;
	uint64_t tick; /* the next one, or the one that runs */
	uint64_t last; /* the trace's */
	bool told; /* ticks are those that lines tell */
	bool stopped, first; /* the collector; it had no tick yet */
	uint32_t collector;
	struct transition *transitions;
	unsigned transition_count, transition_room;
	bool failed; /* no memory */
};

/* ---- what the judge says ---- */

static unsigned number_of(const struct replay *replay, const struct rule *rule)
{
	return (unsigned)(rule - replay->options.rules);
}

static void keep_transition(struct replay *replay, const struct transition *transition)
{
	const unsigned room = replay->transition_room ? 2 * replay->transition_room : 16;
	struct transition *grown;

	if (replay->transition_count == replay->transition_room) {
		grown = realloc(replay->transitions, room * sizeof *grown);
		replay->failed |= !grown;
		if (!grown)
			return;
		replay->transitions = grown;
		replay->transition_room = room;
	}
	replay->transitions[replay->transition_count++] = *transition;
}

static void on_change(void *context, const struct judge_alert *alert,
		      const struct alert_change *change)
{
	struct replay *replay = context;
	const struct transition transition = { number_of(replay, alert->rule),
					       scene_item(&replay->scene, &alert->labels),
					       *alert->judgement, *change };

	replay->failed |= !transition.item;
	if (transition.item)
		keep_transition(replay, &transition);
}

static void on_verdict(void *context, const struct judge_alert *alert)
{
	struct replay *replay = context;
	struct scene_item *item = scene_item(&replay->scene, &alert->labels);

	replay->failed |= !item;
	if (item)
		item->verdicts[number_of(replay, alert->rule)] =
			(struct scene_verdict){ true, replay->tick, *alert->judgement };
}

/* ---- telling ---- */

/* Of what ended and is remembered no more: how it ended. */
static void tell_verdict(const struct replay *replay, unsigned r, const struct scene_item *item)
{
	static const enum verdict ends[] = { [LIFE_LIVE] = VERDICT_SILENT,
					     [LIFE_CLOSED] = VERDICT_CLOSED,
					     [LIFE_DEAD] = VERDICT_DEAD,
					     [LIFE_GONE] = VERDICT_DEAD };
	const struct judgement ended = { .verdict = ends[item->life] };
	const struct scene_verdict *newest = &item->verdicts[r];

	if (newest->known)
		replay_put_verdict(
			replay->options.out,
			&(struct replay_about){
				replay->tick, &replay->options.rules[r], &item->labels,
				newest->tick == replay->tick ? &newest->judgement : &ended });
}

/* Those of this rule and label set; they come in the order of judgement. */
static unsigned tell_transitions(const struct replay *replay, unsigned next, unsigned r,
				 const struct scene_item *item)
{
	for (; next < replay->transition_count; next++) {
		const struct transition *transition = &replay->transitions[next];

		if (transition->rule != r || transition->item != item)
			break;
		replay_put_transition(
			replay->options.out,
			&(struct replay_about){ replay->tick, &replay->options.rules[r],
						&item->labels, &transition->judgement },
			&transition->change);
	}
	return next;
}

static void tell_tick(const struct replay *replay)
{
	unsigned next = 0;

	for (unsigned r = 0; r < replay->options.rule_count; r++) {
		const enum signal_id signal = replay->options.rules[r].signal;
		const struct scene_list *list = &replay->scene.lists[signal_rows[signal].label];

		for (unsigned i = 0; i < list->count; i++) {
			if (replay->options.verdicts)
				tell_verdict(replay, r, list->items[i]);
			next = tell_transitions(replay, next, r, list->items[i]);
		}
	}
}

/* ---- time ---- */

/* Who is there at 0 is known from then on, and has counted nothing. */
static void read_tick_0(struct replay *replay)
{
	const struct scene_look look = { .blank = true, .first = true };

	judge_begin(replay->judge, 0, 0);
	scene_judge(&replay->scene, replay->judge, &look);
	replay->first = false;
}

static void judge_tick(struct replay *replay)
{
	const struct scene_look look = { .now_ns = replay->tick * NS_A_SECOND,
					 .first = replay->first,
					 .collector = replay->collector };

	replay->transition_count = 0;
	(void)slo_begin(&replay->slo, replay->tick, look.now_ns);
	scene_slo(&replay->scene, &replay->slo, look.first);
	judge_begin(replay->judge, replay->tick, look.now_ns);
	scene_judge(&replay->scene, replay->judge, &look);
	slo_judge(&replay->slo, replay->judge);
	(void)judge_end(replay->judge);
	if (replay->options.verdicts)
		judge_each(replay->judge, on_verdict, replay);
	tell_tick(replay);
	replay->first = false;
}

static void take_tick(struct replay *replay)
{
	scene_second(&replay->scene);
	if (!replay->stopped && replay->tick)
		judge_tick(replay);
	else if (!replay->stopped)
		read_tick_0(replay);
	if (replay->options.progress)
		replay->options.progress(replay->options.context, replay->tick, replay->last);
	replay->tick++;
}

/* By itself: where lines tell of ticks that is tick 0 alone, which precedes everything. */
static bool is_due(const struct replay *replay, uint64_t at_ns)
{
	return replay->tick * NS_A_SECOND < at_ns && (!replay->told || !replay->tick);
}

static int take_event(struct replay *replay, const struct trace_event *event)
{
	while (is_due(replay, event->at_ns))
		take_tick(replay);
	if (event->kind == TRACE_TICK) {
		replay->tick = event->values[TRACE_N];
		take_tick(replay);
		return 0;
	}
	if (event->kind != TRACE_COLLECTOR)
		return scene_take(&replay->scene, event);
	if (event->values[TRACE_RUN] == TRACE_RUN_START && replay->stopped) {
		replay->collector++;
		replay->first = true;
	}
	replay->stopped = event->values[TRACE_RUN] == TRACE_RUN_STOP;
	return 0;
}

/* ---- the whole ---- */

/* And how long it is, and whether it tells of ticks. */
static int check(struct replay *replay, struct trace trace, char error[TRACE_ERROR_SIZE])
{
	struct trace_event event = { 0 };
	int status;

	do
		status = trace_next(&trace, &event, error);
	while (status > 0);
	replay->told = trace.tick;
	replay->last = trace.at_ns / NS_A_SECOND;
	return status;
}

static int run(struct replay *replay, struct trace trace, char error[TRACE_ERROR_SIZE])
{
	struct trace_event event = { 0 };
	int status = 0;

	while (!status && trace_next(&trace, &event, error) > 0)
		status = take_event(replay, &event);
	while (!status && is_due(replay, trace.at_ns + 1))
		take_tick(replay);
	return replay->failed || judge_counts(replay->judge).refused ? -ENOMEM : status;
}

int replay_text(const struct replay_options *options, struct trace trace,
		char error[TRACE_ERROR_SIZE])
{
	struct replay replay = { .options = *options, .first = true };
	int status = check(&replay, trace, error);

	if (status)
		return status;
	replay.judge = judge_new(&(struct judge_options){ .rules = options->rules,
							  .rule_count = options->rule_count,
							  .changed = on_change,
							  .context = &replay,
							  .purse = { PLENTY, PLENTY } });
	slo_init(&replay.slo,
		 &(struct slo_options){ .slos = options->slos, .count = options->slo_count });
	status = replay.judge ? run(&replay, trace, error) : -ENOMEM;
	if (status && replay.scene.full)
		snprintf(error, TRACE_ERROR_SIZE, "%s: has more than %d names (leave some out)",
			 trace.name, SCENE_NAMES_MAX);
	else if (status)
		snprintf(error, TRACE_ERROR_SIZE, "%s: no memory", trace.name);
	judge_free(replay.judge);
	scene_deinit(&replay.scene);
	free(replay.transitions);
	return status;
}
