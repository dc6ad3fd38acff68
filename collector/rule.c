/* SPDX-License-Identifier: MIT */
/* The alert machine: a function for each cell of its table. Pure. */
#include "collector/rule.h"

#include <stddef.h>

const char *const priority_names[] = { "P0", "P1", "P2", "P3" };
const char *const priority_severities[] = { "critical", "critical", "warning", "info" };
const char *const priority_response_times[] = { "5 min", "30 min", "2 h", "1 day" };
const char *const verdict_names[VERDICTS] = { "yes", "band", "no", "silent", "dead", "closed" };
const char *const alert_state_names[ALERT_STATES] = { "inactive", "pending", "firing", "keeping" };
const char *const alert_reason_names[ALERT_REASONS] = { "",	     "resolved", "nodata",
							"dead",	     "closed",	 "source_gone",
							"forgotten", "config" };

/* One evaluated tick on its way through the table. */
struct step {
	struct alert *alert;
	const struct rule *rule;
	uint64_t tick;
	enum alert_reason reason;
};

static void enter(struct step *step, enum alert_state state)
{
	step->alert->state = state;
	step->alert->changed_at = step->tick;
	step->alert->nodata = false;
}

static void leave(struct step *step, enum alert_reason reason)
{
	enter(step, ALERT_INACTIVE);
	step->reason = reason;
}

static void fire(struct step *step)
{
	enter(step, ALERT_FIRING);
	step->alert->fired_at = step->tick;
}

/* ---- cells ---- */

static void ripen(struct step *step)
{
	const struct alert *alert = step->alert;

	if (step->tick - alert->active_at - alert->held >= step->rule->for_s)
		fire(step);
}

static void begin(struct step *step)
{
	enter(step, ALERT_PENDING);
	step->alert->active_at = step->tick;
	step->alert->held = 0;
	ripen(step);
}

static void hold(struct step *step)
{
	step->alert->held++;
	if (step->tick - step->alert->since >= ALERT_SILENT_S)
		leave(step, REASON_NODATA);
}

static void burn(struct step *step)
{
	step->alert->nodata = false;
}

static void dim(struct step *step)
{
	step->alert->nodata = true;
}

static void keep(struct step *step)
{
	if (step->tick - step->alert->keep_at >= step->rule->keep_firing_for_s)
		leave(step, REASON_RESOLVED);
}

static void relent(struct step *step)
{
	if (step->rule->keep_firing_for_s)
		enter(step, ALERT_KEEPING);
	else
		leave(step, REASON_RESOLVED);
	step->alert->keep_at = step->tick;
}

static void flare(struct step *step)
{
	enter(step, ALERT_FIRING);
}

static void wait(struct step *step)
{
	step->alert->keep_at++;
}

static void mourn(struct step *step)
{
	step->alert->nodata = false;
	if (step->tick - step->alert->since >= ALERT_GONE_S)
		leave(step, REASON_SOURCE_GONE);
	else if (step->alert->state == ALERT_KEEPING)
		wait(step);
}

static void resolve(struct step *step)
{
	leave(step, REASON_RESOLVED);
}

static void die(struct step *step)
{
	leave(step, REASON_DEAD);
}

static void close_down(struct step *step)
{
	leave(step, REASON_CLOSED);
}

static void stay(struct step *step)
{
	(void)step;
}

static void (*const cells[ALERT_STATES][VERDICTS])(struct step *step) = {
	/* yes, band, no, silent, dead, closed */
	[ALERT_INACTIVE] = { begin, stay, stay, stay, stay, stay },
	[ALERT_PENDING] = { ripen, resolve, resolve, hold, die, close_down },
	[ALERT_FIRING] = { burn, burn, relent, dim, mourn, close_down },
	[ALERT_KEEPING] = { flare, flare, keep, wait, mourn, close_down },
};

/* ---- steps ---- */

static struct alert_change change_of(const struct step *step, enum alert_state from)
{
	return (struct alert_change){ from, step->alert->state, step->reason };
}

static void take_input(struct alert *alert, enum verdict verdict, uint64_t tick)
{
	if (alert->judged && alert->input == verdict)
		return;
	alert->judged = true;
	alert->input = verdict;
	alert->since = tick;
}

/* A death is told for a day, and then no more. */
static bool is_old_death(const struct step *step)
{
	return step->rule->signal == SIGNAL_SOURCE_DOWN && step->alert->input == VERDICT_YES &&
	       step->tick - step->alert->since >= ALERT_DOWN_S;
}

struct alert_change alert_step(struct alert *alert, const struct rule *rule, enum verdict verdict,
			       uint64_t tick)
{
	const enum alert_state from = alert->state;
	struct step step = { alert, rule, tick, REASON_NONE };

	take_input(alert, verdict, tick);
	if (!is_old_death(&step))
		cells[from][verdict](&step);
	else if (from != ALERT_INACTIVE)
		leave(&step, REASON_SOURCE_GONE);
	return change_of(&step, from);
}

void alert_wait(struct alert *alert, enum verdict verdict, uint64_t tick)
{
	take_input(alert, verdict, tick);
}

struct alert_change alert_miss(struct alert *alert, const struct rule *rule, uint64_t before,
			       uint64_t tick)
{
	const uint64_t missed = tick - before - 1;
	const bool down = rule->signal == SIGNAL_SOURCE_DOWN;

	if (!down && tick - before >= ALERT_OUTAGE_S) {
		alert->judged = false;
		return alert_end(alert, REASON_NODATA, tick);
	}
	alert->held += missed;
	alert->keep_at += missed;
	if (!down)
		alert->since += missed;
	return (struct alert_change){ alert->state, alert->state, REASON_NONE };
}

struct alert_change alert_reload(struct alert *alert, const struct rule *rule, uint64_t tick)
{
	const enum alert_state from = alert->state;
	struct step step = { alert, rule, tick, REASON_NONE };

	if (from == ALERT_FIRING && tick - alert->active_at - alert->held < rule->for_s)
		enter(&step, ALERT_PENDING);
	return change_of(&step, from);
}

struct alert_change alert_end(struct alert *alert, enum alert_reason reason, uint64_t tick)
{
	const enum alert_state from = alert->state;
	struct step step = { alert, NULL, tick, REASON_NONE };

	if (from != ALERT_INACTIVE)
		leave(&step, reason);
	return change_of(&step, from);
}
