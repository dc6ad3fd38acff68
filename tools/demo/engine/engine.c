/* SPDX-License-Identifier: MIT */
/* The render loop: one thread an engine. Set-up at the end runs on the control thread. */
#include "tools/demo/engine/engine.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

/* Without the overflow of frames * 10^9, which comes after four days. */
static uint64_t frames_ns(uint64_t frames, uint32_t rate_hz)
{
	return frames / rate_hz * NS_A_SECOND + frames % rate_hz * NS_A_SECOND / rate_hz;
}

static uint64_t load_ns(const struct engine *engine, uint32_t frames, double load)
{
	return (uint64_t)(load * (double)frames_ns(frames, engine->rate_hz));
}

/* Of all tracks. */
static double track_load(const struct options *options)
{
	double load = 0;

	for (uint32_t i = 0; i < options->track_count; i++)
		load += options->tracks[i].load;
	return load;
}

/* Which events are this thread's, and what each does before the period it falls into. */

static void on_burn(struct engine *engine, const struct event *event)
{
	engine->burn_ns += event->length_ns;
}

static void on_stall(struct engine *engine, const struct event *event)
{
	engine->stall_ns += event->length_ns;
}

static void on_pause(struct engine *engine, const struct event *event)
{
	if (!engine->options->fast)
		(void)pace_sleep_until(engine->pace, pace_now(engine->pace) + event->length_ns);
}

static void on_xrun(struct engine *engine, const struct event *event)
{
	aw_xrun(engine->handle, (enum aw_xrun_source)event->source, event->length_ns);
	atomic_fetch_add_explicit(&engine->tally.xruns[event->source], 1, memory_order_relaxed);
}

static void on_freewheel(struct engine *engine, const struct event *event)
{
	engine->freewheel = event->on;
	aw_engine_freewheel(engine->handle, event->on);
}

static void on_active(struct engine *engine, const struct event *event)
{
	aw_engine_active(engine->handle, event->on);
}

static void on_format(struct engine *engine, const struct event *event)
{
	engine->epoch_ns = engine->due_ns;
	engine->epoch_frames = 0;
	engine->rate_hz = event->rate_hz;
	engine->frames = engine->parts[0] = event->frames;
	engine->part_count = 1;
	aw_engine_format(engine->handle, event->rate_hz, event->frames);
}

static void on_crash(struct engine *engine, const struct event *event)
{
	(void)engine, (void)event;
	(void)kill(getpid(), SIGKILL);
}

static void on_close(struct engine *engine, const struct event *event)
{
	(void)event;
	engine->ended = true;
}

static void (*const on_event[EVENT_KINDS])(struct engine *, const struct event *) = {
	[EVENT_BURN] = on_burn,	    [EVENT_STALL] = on_stall,	      [EVENT_PAUSE] = on_pause,
	[EVENT_XRUN] = on_xrun,	    [EVENT_FREEWHEEL] = on_freewheel, [EVENT_ACTIVE] = on_active,
	[EVENT_FORMAT] = on_format, [EVENT_CRASH] = on_crash,	      [EVENT_CLOSE] = on_close,
};

static void engine_events(struct engine *engine)
{
	const struct script *script = &engine->options->script;

	engine->burn_ns = engine->stall_ns = 0;
	for (; engine->next_event < script->count; engine->next_event++) {
		const struct event *event = &script->events[engine->next_event];

		if (event->at_ns > engine->due_ns)
			return;
		if (on_event[event->kind] && (!event->engine || event->engine == engine->number))
			on_event[event->kind](engine, event);
	}
}

/* Computes and hangs as long as told. */
static void spend(const struct engine *engine, uint64_t busy_ns, uint64_t asleep_ns)
{
	if (engine->options->fast)
		return;
	if (busy_ns)
		(void)pace_spin_until(engine->pace, pace_now(engine->pace) + busy_ns);
	if (asleep_ns)
		(void)pace_sleep_until(engine->pace, pace_now(engine->pace) + asleep_ns);
}

/* What is special goes into the first channel; the work in equal parts into those that are no tracks. */
struct work {
	uint32_t frames;
	uint64_t equal_ns, burn_ns, stall_ns;
};

static void render_channel(struct engine *engine, unsigned i, unsigned channels,
			   const struct work *work)
{
	const struct options *options = engine->options;
	const uint64_t own_ns = i < options->track_count
					? load_ns(engine, work->frames, options->tracks[i].load)
					: work->equal_ns / (channels - options->track_count);

	aw_channel_begin(engine->channels[i]);
	spend(engine, own_ns + (i ? 0 : work->burn_ns), i ? 0 : work->stall_ns);
	aw_channel_end(engine->channels[i]);
}

static void render_channels(struct engine *engine, const struct work *work)
{
	/* acquire: pairs with engine_add_channel(); the channels counted are there */
	const unsigned channels = atomic_load_explicit(&engine->channel_count, memory_order_acquire);

	if (!channels)
		spend(engine, work->equal_ns + work->burn_ns, work->stall_ns);
	else if (channels == engine->options->track_count)
		spend(engine, work->equal_ns, 0);
	for (unsigned i = 0; i < channels; i++)
		render_channel(engine, i, channels, work);
}

/* One render call; returns how long it was told to take. */
static uint64_t engine_block(struct engine *engine, uint32_t frames, bool first)
{
	const struct options *options = engine->options;
	const struct work work = { .frames = frames,
				   .equal_ns = load_ns(engine, frames, options->load),
				   .burn_ns = first ? engine->burn_ns : 0,
				   .stall_ns = first ? engine->stall_ns : 0 };
	const uint64_t told_ns = work.equal_ns + load_ns(engine, frames, track_load(options)) +
				 work.burn_ns + work.stall_ns;

	if (!engine->options->fast)
		aw_render_begin_late(engine->handle, frames, first ? engine->late_ns : UINT64_MAX);
	render_channels(engine, &work);
	if (engine->options->fast)
		aw_render_record(engine->handle, frames, UINT64_MAX, told_ns, 0);
	else
		aw_render_end(engine->handle);
	count(&engine->tally.blocks, 1);
	count(engine->freewheel ? &engine->tally.freewheel_blocks : &engine->tally.render_ns,
	      engine->freewheel ? 1 : told_ns);
	return told_ns;
}

static bool blocks_done(const struct engine *engine)
{
	return engine->options->blocks &&
	       atomic_load(&engine->tally.blocks) >= engine->options->blocks;
}

static void engine_period(struct engine *engine)
{
	uint64_t told_ns = 0;
	uint32_t part = 0;

	for (; part < engine->part_count && !blocks_done(engine); part++)
		told_ns += engine_block(engine, engine->parts[part], part == 0);
	engine->epoch_frames += engine->frames;
	if (engine->freewheel || part < engine->part_count)
		return;
	count(&engine->tally.cycles, 1);
	if (told_ns > frames_ns(engine->frames, engine->rate_hz))
		count(&engine->tally.misses, 1);
}

/* Waits for the next period on the grid; one that went by completely is lost, as with a sound card. */
static bool engine_wait(struct engine *engine)
{
	const uint64_t period_ns = frames_ns(engine->frames, engine->rate_hz);
	uint64_t now_ns;

	engine->due_ns = engine->epoch_ns + frames_ns(engine->epoch_frames, engine->rate_hz);
	if (engine->options->fast)
		return !pace_stopping(engine->pace);
	now_ns = pace_now(engine->pace);
	if (period_ns && now_ns > engine->due_ns + period_ns) {
		engine->epoch_frames += (now_ns - engine->due_ns) / period_ns * engine->frames;
		engine->due_ns = engine->epoch_ns + frames_ns(engine->epoch_frames, engine->rate_hz);
	}
	return pace_sleep_until(engine->pace, engine->due_ns);
}

static void *engine_thread(void *argument)
{
	struct engine *engine = argument;

	while (!blocks_done(engine) && engine_wait(engine)) {
		if (engine->due_ns >= options_end_ns(engine->options))
			break;
		engine_events(engine);
		if (engine->ended)
			break;
		engine->late_ns = engine->options->fast ? UINT64_MAX
							: pace_now(engine->pace) - engine->due_ns;
		engine_period(engine);
	}
	(void)eventfd_write(engine->done_fd, 1);
	return NULL;
}

int engine_add_channel(struct engine *engine, const char *name)
{
	const unsigned index = atomic_load_explicit(&engine->channel_count, memory_order_relaxed);
	const int rc = aw_channel_new(engine->handle, NULL, name, &engine->channels[index]);

	if (rc == 0) /* release: pairs with render_channels() */
		atomic_store_explicit(&engine->channel_count, index + 1, memory_order_release);
	return rc;
}

int engine_open(struct engine *engine, struct aw_session *session)
{
	const struct options *options = engine->options;
	char name[20];
	int rc;

	engine->rate_hz = options->rate_hz;
	engine->frames = options->frames;
	engine->part_count = options->part_count;
	memcpy(engine->parts, options->parts, sizeof engine->parts);
	(void)snprintf(engine->name, sizeof engine->name, "engine%u", engine->number);
	rc = aw_engine_new(session, engine->name, &engine->handle);
	for (uint32_t i = 0; i < options->track_count && rc == 0; i++)
		rc = engine_add_channel(engine, options->tracks[i].name);
	for (uint32_t i = 0; i < options->channels && rc == 0; i++) {
		(void)snprintf(name, sizeof name, "channel%u", i + 1);
		rc = engine_add_channel(engine, name);
	}
	if (rc == 0 && options->title)
		rc = aw_engine_title(engine->handle, options->title);
	if (rc == 0)
		aw_engine_format(engine->handle, options->rate_hz, options->frames);
	if (rc == 0 && options->active)
		aw_engine_active(engine->handle, true);
	return rc;
}

int engine_start(struct engine *engine)
{
	const int rc = pthread_create(&engine->thread, NULL, engine_thread, engine);

	engine->started = rc == 0;
	return -rc;
}

void engine_join(struct engine *engine)
{
	if (engine->started)
		(void)pthread_join(engine->thread, NULL);
	engine->started = false;
}
