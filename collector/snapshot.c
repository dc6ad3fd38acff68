/* SPDX-License-Identifier: MIT */
/* Copies the book into one piece of memory and swaps the pointer to it; the only room that knows
 * liburcu. The poll thread builds and publishes, http threads read. */
#include "collector/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <urcu-bp.h>

/* ---- how much there is ---- */

/* Memory is handed out in the same order as it was counted: arrays first, then texts. */
struct room {
	size_t sessions, engines, channels, functions, alerts, silences, firings, text_bytes;
	const struct casebook *cases;
};

static bool is_shown(const struct series *series, uint64_t now_ns)
{
	return series_counted(series, now_ns) ||
	       (series->kind == AW_KIND_ENGINE && series_stated(series, now_ns));
}

static const char *title_of(const struct series *series)
{
	return series->title ? series->title : "";
}

static void measure_series(struct room *room, const struct series *series)
{
	room->engines += series->kind == AW_KIND_ENGINE;
	room->channels += series->kind == AW_KIND_CHANNEL;
	room->functions += series->kind == AW_KIND_FUNCTION;
	room->text_bytes +=
		strlen(series->name) + strlen(series->engine) + strlen(title_of(series)) + 3;
}

static void measure_ledger(struct room *room, const struct ledger *ledger, uint64_t now_ns)
{
	const struct ledger_identity *who = &ledger->who;

	room->sessions++;
	room->text_bytes += strlen(who->app) + strlen(ledger->instance_id) + strlen(who->id) +
			    strlen(who->version) + 4;
	for (unsigned i = 0; i < ledger->series_count; i++)
		if (is_shown(ledger->series[i], now_ns))
			measure_series(room, ledger->series[i]);
}

static const struct case_told no_case = { .description = "", .cause = "" };

/* What is told of an alert; of an inactive one nothing. */
static const struct case_told *told_of(const struct casebook *cases, const struct judge_alert *alert)
{
	const struct case_told *told = NULL;

	if (cases && alert->alert->state != ALERT_INACTIVE)
		told = casebook_told(cases, alert->rule, &alert->labels);
	return told ? told : &no_case;
}

static void measure_told(struct room *room, const struct judge_labels *labels,
			 const struct case_told *told)
{
	room->text_bytes +=
		strlen(labels->app) + strlen(labels->instance_id) + strlen(labels->name) + 3;
	room->text_bytes += strlen(told->description) + strlen(told->cause) + 2;
}

static void measure_alert(void *context, const struct judge_alert *alert)
{
	struct room *room = context;

	room->alerts++;
	measure_told(room, &alert->labels, told_of(room->cases, alert));
}

static void measure_firings(struct room *room)
{
	room->firings = room->cases ? casebook_firings(room->cases) : 0;
	for (unsigned i = 0; i < room->firings; i++) {
		const struct firing *firing = casebook_firing(room->cases, i);

		measure_told(room, &firing->labels, &firing->told);
	}
}

static struct room measure(const struct snapshot_subject *of)
{
	struct room room = { .cases = of->cases };

	for (unsigned i = 0; i < of->book->count; i++)
		measure_ledger(&room, of->book->ledgers[i], of->at->now_ns);
	if (of->judge)
		judge_each(of->judge, measure_alert, &room);
	room.silences = of->silences ? of->silences->count : 0;
	measure_firings(&room);
	return room;
}

/* ---- the copy ---- */

struct copy {
	struct snapshot_session *sessions;
	struct snapshot_engine *engines;
	struct snapshot_channel *channels;
	struct snapshot_function *functions;
	struct snapshot_alert *alerts;
	struct silencing *silences;
	struct snapshot_firing *firings;
	char *text;
	const struct snapshot_subject *of;
	const struct ledger *ledger; /* the one that is copied */
	uint64_t now_ns;
};

static const char *copy_text(struct copy *copy, const char *text)
{
	char *at = copy->text;

	copy->text = stpcpy(at, text) + 1;
	return at;
}

static uint64_t p99_of(const struct copy *copy, enum signal_label kind, const char *name,
		       unsigned span_s)
{
	const struct judge_labels labels = { kind, copy->ledger->who.app, copy->ledger->instance_id,
					     name };
	const struct window *window =
		copy->of->judge ? judge_window(copy->of->judge, &labels, ENGINE_RENDER) : NULL;

	return window ? window_quantile(window, span_s, 990000) : 0;
}

static bool is_silenced(const struct copy *copy, const struct judge_alert *alert)
{
	const struct silence_list *list = copy->of->silences;

	return list && silence_of(list->items, list->count, alert->rule, alert->labels.app);
}

static void copy_told(struct copy *copy, struct snapshot_alert *alert, const struct case_told *told)
{
	alert->told_real_ns = told->real_ns;
	alert->description = copy_text(copy, told->description);
	alert->cause = copy_text(copy, told->cause);
	alert->told = told->judgement;
	alert->load = told->load;
	alert->budget_ns = told->budget_ns;
}

static void copy_firing(struct copy *copy, const struct firing *firing)
{
	struct snapshot_firing *to = copy->firings++;

	to->number = firing->number;
	to->resolved_real_ns = firing->resolved_real_ns;
	to->alert = (struct snapshot_alert){
		.rule = firing->rule,
		.kind = firing->labels.kind,
		.app = copy_text(copy, firing->labels.app),
		.instance_id = copy_text(copy, firing->labels.instance_id),
		.name = copy_text(copy, firing->labels.name),
		.state = firing->state,
		.judgement = firing->judgement,
		.active_real_ns = firing->active_real_ns,
		.fired_real_ns = firing->fired_real_ns,
	};
	copy_told(copy, &to->alert, &firing->told);
}

static void copy_alert(void *context, const struct judge_alert *alert)
{
	struct copy *copy = context;
	const struct alert *machine = alert->alert;
	const bool fired = machine->state == ALERT_FIRING || machine->state == ALERT_KEEPING;

	*copy->alerts = (struct snapshot_alert){
		.rule = alert->rule,
		.kind = alert->labels.kind,
		.app = copy_text(copy, alert->labels.app),
		.instance_id = copy_text(copy, alert->labels.instance_id),
		.name = copy_text(copy, alert->labels.name),
		.state = machine->state,
		.nodata = machine->nodata,
		.silenced = is_silenced(copy, alert),
		.judgement = *alert->judgement,
		.active_real_ns = machine->state ? alert->active_real_ns : 0,
		.fired_real_ns = fired ? alert->fired_real_ns : 0,
	};
	copy_told(copy, copy->alerts++, told_of(copy->of->cases, alert));
}

static void copy_engine(struct copy *copy, const struct series *series)
{
	*copy->engines++ = (struct snapshot_engine){
		.name = copy_text(copy, series->name),
		.title = copy_text(copy, title_of(series)),
		.counted = series_counted(series, copy->now_ns),
		.present = series->life == LEDGER_LIVE,
		.stated = series_stated(series, copy->now_ns),
		.state = series->life == LEDGER_LIVE   ? series->engine_now.state
			 : series->life == LEDGER_DEAD ? STATE_DEAD
						       : STATE_CLOSED,
		.since_ns = series->life == LEDGER_LIVE ? series->engine_now.since_ns
							: series->ended_ns,
		.counts = *(const struct engine_counts *)series->value,
		.now = series->engine_now,
		.p99_ns = p99_of(copy, LABEL_ENGINE, series->name, 60),
	};
}

static void copy_channel(struct copy *copy, const struct series *series)
{
	*copy->channels++ = (struct snapshot_channel){
		.engine = copy_text(copy, series->engine),
		.name = copy_text(copy, series->name),
		.counted = series_counted(series, copy->now_ns),
		.present = series->life == LEDGER_LIVE,
		.counts = *(const struct channel_counts *)series->value,
		.now = series->channel_now,
	};
}

static void copy_function(struct copy *copy, const struct series *series)
{
	*copy->functions++ = (struct snapshot_function){
		.name = copy_text(copy, series->name),
		.counted = series_counted(series, copy->now_ns),
		.present = series->life == LEDGER_LIVE,
		.counts = *(const struct function_counts *)series->value,
		.now = series->function_now,
		.p99_ns = p99_of(copy, LABEL_FUNCTION, series->name, 300),
	};
}

static void (*const copiers[])(struct copy *copy, const struct series *series) = {
	[AW_KIND_ENGINE] = copy_engine,
	[AW_KIND_CHANNEL] = copy_channel,
	[AW_KIND_FUNCTION] = copy_function,
};

static void copy_ledger(struct copy *copy, const struct ledger *ledger)
{
	const struct ledger_identity *who = &ledger->who;
	struct snapshot_session *session = copy->sessions++;

	copy->ledger = ledger;

	*session = (struct snapshot_session){
		.app = copy_text(copy, who->app),
		.instance_id = copy_text(copy, ledger->instance_id),
		.id = copy_text(copy, who->id),
		.version = copy_text(copy, who->version),
		.counted = ledger_counted(ledger, copy->now_ns),
		.present = ledger->life == LEDGER_LIVE,
		.pid = who->pid,
		.abi_major = who->abi_major,
		.abi_minor = who->abi_minor,
		.locked = who->locked,
		.fast_clock = who->fast_clock,
		.has_drift = ledger->has_drift,
		.clock_drift = ledger->clock_drift,
		.counts = ledger->counts,
		.clock_backwards = ledger->clock_backwards,
		.engines = copy->engines,
		.channels = copy->channels,
		.functions = copy->functions,
	};
	memcpy(session->misuse, ledger->misuse, sizeof session->misuse);
	for (unsigned i = 0; i < ledger->series_count; i++)
		if (is_shown(ledger->series[i], copy->now_ns))
			copiers[ledger->series[i]->kind](copy, ledger->series[i]);
	session->engine_count = (unsigned)(copy->engines - session->engines);
	session->channel_count = (unsigned)(copy->channels - session->channels);
	session->function_count = (unsigned)(copy->functions - session->functions);
}

/* The published type: what call_rcu() needs stands behind the picture. */
struct hung {
	struct snapshot snapshot;
	struct rcu_head head;
	struct snapshot_board *board;
};

static void lay_out(struct copy *copy, struct hung *hung, const struct room *room)
{
	copy->sessions = (struct snapshot_session *)(void *)(hung + 1);
	copy->engines = (struct snapshot_engine *)(void *)(copy->sessions + room->sessions);
	copy->channels = (struct snapshot_channel *)(void *)(copy->engines + room->engines);
	copy->functions = (struct snapshot_function *)(void *)(copy->channels + room->channels);
	copy->alerts = (struct snapshot_alert *)(void *)(copy->functions + room->functions);
	copy->silences = (struct silencing *)(void *)(copy->alerts + room->alerts);
	copy->firings = (struct snapshot_firing *)(void *)(copy->silences + room->silences);
	copy->text = (char *)(void *)(copy->firings + room->firings);
}

static void copy_slos(struct snapshot *snapshot, const struct slo_book *book)
{
	for (unsigned i = 0; book && i < book->options.count; i++) {
		struct snapshot_slo *slo = &snapshot->slos[snapshot->slo_count++];

		slo->slo = &book->options.slos[i];
		slo->counts = book->tracks[slo->slo->indicator].counts;
		slo->objective = (double)slo->slo->objective / SLO_ALL;
		slo->budget_left = slo_budget_left(book, i);
		for (unsigned w = 0; w < SLO_WINDOWS; w++)
			slo->burn_rates[w] = slo_burn_rate(book, i, w);
	}
}

struct snapshot *snapshot_new(const struct snapshot_subject *of, size_t *size)
{
	const struct room room = measure(of);
	struct copy copy = { .of = of, .now_ns = of->at->now_ns };
	struct hung *hung;

	*size = sizeof *hung + room.sessions * sizeof *copy.sessions +
		room.engines * sizeof *copy.engines + room.channels * sizeof *copy.channels +
		room.functions * sizeof *copy.functions + room.alerts * sizeof *copy.alerts +
		room.silences * sizeof *copy.silences + room.firings * sizeof *copy.firings +
		room.text_bytes;
	hung = malloc(*size);
	if (!hung)
		return NULL;
	lay_out(&copy, hung, &room);
	hung->snapshot = (struct snapshot){ .at = *of->at,
					    .sessions = copy.sessions,
					    .session_count = (unsigned)room.sessions,
					    .alerts = copy.alerts,
					    .alert_count = (unsigned)room.alerts,
					    .silences = copy.silences,
					    .silence_count = (unsigned)room.silences,
					    .firings = copy.firings,
					    .firing_count = (unsigned)room.firings,
					    .evaluated_real_ns = of->evaluated_real_ns,
					    .self = *of->self };
	for (unsigned i = 0; i < room.silences; i++)
		copy.silences[i] = of->silences->items[i];
	for (unsigned i = 0; i < of->book->count; i++)
		copy_ledger(&copy, of->book->ledgers[i]);
	copy_slos(&hung->snapshot, of->slo);
	if (of->judge) {
		hung->snapshot.judged = judge_counts(of->judge);
		judge_each(of->judge, copy_alert, &copy);
	}
	for (unsigned i = 0; i < room.firings; i++)
		copy_firing(&copy, casebook_firing(of->cases, i));
	return &hung->snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
	free(snapshot); /* the first member of what was allocated */
}

/* ---- publish and read ---- */

/* The race detector sees nothing of how liburcu orders things: neither that a reader has what
 * was written before the pointer was published, nor that what is freed was left by every reader
 * before. It is told so, on the board that all of them go by; what liburcu does inside itself is
 * suppressed in tests/tsan.supp. */
#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *at);
void __tsan_release(void *at);
#define COMES_AFTER(at) __tsan_acquire((void *)(at))
#define GOES_BEFORE(at) __tsan_release((void *)(at))
#else
#define COMES_AFTER(at) ((void)(at))
#define GOES_BEFORE(at) ((void)(at))
#endif

struct snapshot_board {
	struct hung *newest; /* W: P; read inside read sections */
	uint64_t generation;
};

struct snapshot_board *snapshot_board_new(void)
{
	return calloc(1, sizeof(struct snapshot_board));
}

static void free_hung(struct rcu_head *head)
{
	struct hung *hung = caa_container_of(head, struct hung, head);

	COMES_AFTER(hung); /* its publisher's last word */
	COMES_AFTER(hung->board); /* its readers' */
	free(hung);
}

void snapshot_publish(struct snapshot_board *board, struct snapshot *snapshot)
{
	struct hung *hung = caa_container_of(snapshot, struct hung, snapshot),
		    *before = board->newest;

	snapshot->generation = ++board->generation;
	hung->board = board;
	GOES_BEFORE(board);
	/* pairs with rcu_dereference() in snapshot_read_lock() */
	rcu_assign_pointer(board->newest, hung);
	if (!before)
		return;
	GOES_BEFORE(before);
	call_rcu(&before->head, free_hung);
}

const struct snapshot *snapshot_read_lock(const struct snapshot_board *board)
{
	const struct hung *hung;

	rcu_read_lock();
	hung = rcu_dereference(board->newest);
	COMES_AFTER(board);
	return hung ? &hung->snapshot : NULL;
}

void snapshot_read_unlock(const struct snapshot_board *board)
{
	GOES_BEFORE(board);
	rcu_read_unlock();
}

void snapshot_board_free(struct snapshot_board *board)
{
	if (!board)
		return;
	rcu_barrier();
	COMES_AFTER(board);
	free(board->newest);
	free(board);
}
