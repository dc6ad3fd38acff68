/* SPDX-License-Identifier: MIT */
/* Reads one segment at the poll loop's three paces and hands on what it says. The poll thread. */
#include "collector/source_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/process.h"

#define NEW_NS NS_A_SECOND /* opened since the last look for names */
#define ORPHAN_NS (5 * NS_A_SECOND)

enum { LAST_TRIES = 4 };

/* ---- opening ---- */

/*
 * The calendar's clock may have been set since it opened. A session is no older than its process; one from the future
 * is as old as we know it, and not taken to be new. But `at` is when this turn began, and names are heard behind it.
 */
static void date(struct source *source, const struct instant *at)
{
	const struct aw_segment_header *header = aw_reader_header(source->reader);
	const uint64_t process_ns = process_age_ns(header->pid_start, at->boot_ns);
	const bool known = header->opened_ns < at->real_ns + NEW_NS;
	uint64_t ago_ns = at->real_ns > header->opened_ns ? at->real_ns - header->opened_ns : 0;

	if (ago_ns > process_ns)
		ago_ns = process_ns;
	source->began_ns = source->moved_ns = at->now_ns;
	source->opened_ns = at->now_ns > ago_ns ? at->now_ns - ago_ns : 0;
	source->whole = known && ago_ns < NEW_NS;
	source->blind = header->clock_kind == AW_CLOCK_MONOTONIC &&
			process_is_other(header->pid, header->pid_start);
}

struct source *source_new(struct aw_reader *reader, struct ledger *ledger, const struct instant *at)
{
	const struct aw_counts *n = &aw_reader_layout(reader)->counts;
	struct source *source = calloc(1, sizeof *source);

	if (!source)
		return NULL;
	source->reader = reader;
	source->ledger = ledger;
	source->counts = *n;
	date(source, at);
	source->engines = calloc(n->engines, sizeof *source->engines);
	source->pasts = calloc(n->engines, PASTS * sizeof *source->pasts);
	source->channels = calloc(n->channels + 1, sizeof *source->channels);
	source->functions = calloc(n->functions + 1, sizeof *source->functions);
	for (uint32_t i = 0; source->engines && i < n->engines; i++)
		state_machine_init(&source->engines[i].machine);
	if (source->engines && source->pasts && source->channels && source->functions)
		return source;
	source->reader = NULL;
	source_free(source);
	return NULL;
}

void source_free(struct source *source)
{
	if (!source)
		return;
	source_record_free(source);
	aw_reader_close(source->reader);
	for (uint32_t i = 0; source->engines && i < source->counts.engines; i++)
		free(source->engines[i].start.base);
	for (uint32_t i = 0; source->functions && i < source->counts.functions; i++)
		free(source->functions[i].start.base);
	free(source->engines);
	free(source->pasts);
	free(source->channels);
	free(source->functions);
	free(source);
}

/* ---- lanes and in-flight words ---- */

static void take_record(void *context, unsigned lane, const struct aw_record *record)
{
	struct source *source = context;
	const uint32_t index = record->words[0] >> 16 & UINT16_MAX;
	struct tracker *tracker;

	(void)lane;
	if (source->record)
		source_record_take(source, record);
	if ((record->words[0] & UINT8_MAX) == AW_FFI || index >= source->counts.engines)
		return;
	tracker = source_tracker(source, index, (uint32_t)(record->words[0] >> 32));
	if (tracker)
		tracker_record(tracker, record, &source->moment);
}

static struct moment moment_now(const struct source *source, const struct instant *at)
{
	const struct aw_segment_header *header = aw_reader_header(source->reader);
	struct moment moment = { .at = *at,
				 .mult = header->mult,
				 .runs_on = header->clock_kind == AW_CLOCK_TICKS };

	moment.ticks = source->blind ? 0 : aw_reader_ticks_now(source->reader);
	moment.ticks_boot_ns = instant_clock_ns(CLOCK_BOOTTIME);
	return moment;
}

int source_drain(struct source *source, const struct instant *at)
{
	source->moment = moment_now(source, at);
	for (unsigned lane = 0; lane < aw_reader_lanes(source->reader); lane++) {
		const int error = aw_reader_lane(source->reader, lane, take_record, source);

		if (error && error != -EAGAIN)
			return error;
	}
	return 0;
}

static void look_at_flights(struct source *source)
{
	const struct aw_used *used = aw_reader_used(source->reader);
	struct aw_flying flights[AW_FLIGHT_SLOTS];
	const unsigned n = aw_reader_flights(source->reader, flights);

	for (uint32_t i = 0; i < used->engines; i++)
		tracker_flight(&source->engines[i].tracker,
			       aw_reader_engine_control(source->reader, i)->begin, &source->moment);
	for (uint32_t i = 0; i < used->functions; i++)
		source->functions[i].oldest_ns = 0;
	for (unsigned i = 0; i < n; i++) {
		uint64_t *oldest_ns = &source->functions[flights[i].function].oldest_ns, began_ns;

		if (moment_of(&source->moment, flights[i].start_ticks, &began_ns) &&
		    source->moment.at.now_ns > began_ns + *oldest_ns)
			*oldest_ns = source->moment.at.now_ns - began_ns;
	}
}

/* Changes whenever a record was published, or a render or call began or ended. */
static uint64_t fingerprint(const struct source *source)
{
	const struct aw_used *used = aw_reader_used(source->reader);
	struct aw_flying flights[AW_FLIGHT_SLOTS];
	const unsigned n = aw_reader_flights(source->reader, flights);
	uint64_t print = aw_reader_account(source->reader).published + used->changes * 31 + n;

	for (uint32_t i = 0; i < used->engines; i++)
		print = print * 31 + aw_reader_engine_control(source->reader, i)->begin;
	for (unsigned i = 0; i < n; i++)
		print = print * 31 + flights[i].start_ticks;
	return print;
}

static void note_movement(struct source *source, uint64_t now_ns)
{
	const uint64_t print = fingerprint(source);

	if (print != source->print) {
		source->moved_ns = now_ns;
		source->stopped = false;
	}
	source->print = print;
}

/* 0, or why the source must be dropped. */
static int read_lanes(struct source *source, const struct instant *at)
{
	int error = aw_reader_control(source->reader);

	if (!error)
		error = aw_reader_directory(source->reader);
	if (error && error != -EAGAIN)
		return error;
	source_bind(source, !error, at->now_ns);
	error = source_drain(source, at);
	if (!source->first_moment.ticks)
		source->first_moment = source->moment;
	if (error)
		return error;
	source_pasts_settle(source, at->now_ns, false);
	look_at_flights(source);
	note_movement(source, at->now_ns);
	return 0;
}

enum source_step source_drop(struct source *source, int error)
{
	source->fault = error == -EPROTO ? "invalid" : "truncated";
	return SOURCE_DROPPED;
}

enum source_step source_beat(struct source *source, const struct instant *at)
{
	const int error = read_lanes(source, at);

	if (error)
		return source_drop(source, error);
	if (aw_reader_closed(source->reader))
		return SOURCE_CLOSED;
	return source_judge_states(source, at->now_ns) ? SOURCE_CHANGED : SOURCE_GOES_ON;
}

/*
 * Another user's segment, of which the kernel does not tell us who has it mapped. Its own
 * collector removes it when it is dead; then nothing but our descriptor is left of it, and its
 * process is gone. Nothing is unlinked for this.
 */
static bool is_orphan(const struct source *source, uint64_t now_ns)
{
	const struct aw_segment_header *header = aw_reader_header(source->reader);
	struct stat st;

	return now_ns - source->moved_ns >= ORPHAN_NS && !fstat(aw_reader_fd(source->reader), &st) &&
	       !st.st_nlink && process_is_gone(header->pid, header->pid_start);
}

/* A producer that closed and went is closed, not dead; its last word is read after the kernel's. */
enum source_step source_ask(struct source *source, const struct instant *at)
{
	const enum aw_life life = aw_reader_life(source->reader);

	source->life_unknown = life == AW_LIFE_UNKNOWN;
	if (life == AW_ALIVE || (life == AW_LIFE_UNKNOWN && !is_orphan(source, at->now_ns)))
		return SOURCE_GOES_ON;
	return !aw_reader_control(source->reader) && aw_reader_closed(source->reader) ? SOURCE_CLOSED
										      : SOURCE_DEAD;
}

/* ---- the end ---- */

/* The writer is gone or done, so what is not believed at once will not change; a few looks are
 * enough. */
static void read_the_rest(struct source *source, const struct instant *at)
{
	int error = -EAGAIN;

	(void)read_lanes(source, at);
	source_pasts_settle(source, at->now_ns, true);
	for (unsigned i = 0; i < LAST_TRIES && error == -EAGAIN; i++)
		error = aw_reader_totals(source->reader);
	for (uint32_t i = 0; i < source->counts.engines; i++)
		tracker_settle(&source->engines[i].tracker, at->now_ns, true);
	source_feed(source, at->now_ns);
}

/* What is final in every engine's state; a source that was dropped tells of none. */
static void end_states(struct source *source, enum engine_state state, uint64_t now_ns)
{
	for (uint32_t i = 0; i < source->counts.engines; i++)
		(void)state_machine_step(&source->engines[i].machine, state, now_ns);
}

void source_end(struct source *source, enum source_step how, const struct instant *at)
{
	static const enum ledger_life lives[] = {
		[SOURCE_CLOSED] = LEDGER_CLOSED, [SOURCE_DEAD] = LEDGER_DEAD, [SOURCE_DROPPED] = LEDGER_DROPPED
	};

	if (how != SOURCE_DROPPED)
		read_the_rest(source, at);
	if (how != SOURCE_DROPPED)
		end_states(source, how == SOURCE_DEAD ? STATE_DEAD : STATE_CLOSED, at->now_ns);
	ledger_end(source->ledger, lives[how], at->now_ns);
}

/* ---- what the roster asks ---- */

struct aw_reader *source_reader(const struct source *source)
{
	return source->reader;
}

const struct ledger *source_ledger(const struct source *source)
{
	return source->ledger;
}

const char *source_fault(const struct source *source)
{
	return source->fault;
}

uint64_t source_opened_ns(const struct source *source)
{
	return source->opened_ns;
}

struct source_refusals source_take_refusals(struct source *source)
{
	struct source_refusals refusals = { 0 };

	for (uint32_t i = 0; i < source->counts.engines; i++) {
		struct engine_slot *engine = &source->engines[i];

		if (!engine->machine.refused)
			continue;
		refusals.count += engine->machine.refused;
		refusals.engine = engine->series ? engine->series->name : "";
		refusals.from = engine->machine.state;
		refusals.to = engine->machine.refused_state;
		engine->machine.refused = 0;
	}
	return refusals;
}

uint64_t source_take_audio_ns(struct source *source)
{
	const uint64_t audio_ns = source->audio_ns;

	source->audio_ns = 0;
	return audio_ns;
}

bool source_is_session(const struct source *source, uid_t uid, const char *app)
{
	return source->ledger->who.uid == uid && strcmp(source->ledger->who.app, app) == 0;
}
