/* SPDX-License-Identifier: MIT */
/* What an engine's audio thread and its channels' threads publish: wait-free, no call leaves this file but to
 * aw_ticks_slow(). Why it may be so plain: shm/order.h. */
#include "rt/session.h"

AW_INLINE void drop_cycle(struct aw_engine *engine)
{
	engine->cycle_ns = engine->cycle_frames = engine->cycle_calls = 0;
}

/*
 * Format, freewheel and active are told by any thread, at any time, and hold from the next begin or record. One
 * MODE record says what it found changed; of another format, or on the other side of freewheel, an unfinished cycle is
 * dropped. The only divisions of the real-time side stand here.
 */
AW_INLINE void adopt_mode(struct aw_engine *engine, uint64_t format, uint64_t mode, uint64_t now)
{
	const uint64_t rate = format >> 32, frames = format & UINT32_MAX;
	const struct aw_record record = { { AW_MODE | engine->identity, now, rate, frames, mode,
					    own_load(&engine->block), 0, 0 } };

	if (format != engine->format || (mode ^ own_load(&engine->mode)) & 1)
		drop_cycle(engine);
	engine->format = format;
	engine->rate_hz = (uint32_t)rate;
	engine->period_frames = (uint32_t)frames;
	/* rounded up: frames * frame_ns is then cut to the whole nanoseconds of the fraction, not to one less */
	engine->frame_ns = rate ? ((UINT64_C(1000000000) << 32) + rate - 1) / rate : 0;
	engine->gap_ticks =
		aw_scaled(aw_scaled(2 * frames, engine->frame_ns), engine->clock.inverse);
	engine->period_ns = aw_scaled(frames, engine->frame_ns);
	if (frames)
		engine->load = aw_load_scale_of(frames, rate);
	own_store(&engine->mode, mode);
	own_store(&engine->control->format, format);
	aw_lane_put(&engine->lane, &record);
}

AW_INLINE uint64_t told_mode(const struct aw_engine *engine)
{
	return own_load(&engine->any->freewheel) | own_load(&engine->any->active) << 1;
}

AW_INLINE bool mode_changed(const struct aw_engine *engine)
{
	return own_load(&engine->any->format) != engine->format ||
	       told_mode(engine) != own_load(&engine->mode);
}

AW_INLINE void sample_mode(struct aw_engine *engine, uint64_t now)
{
	if (__builtin_expect(mode_changed(engine), 0))
		adopt_mode(engine, own_load(&engine->any->format), told_mode(engine), now);
}

/* One finished call, and what it did to its cycle. */
struct call {
	uint64_t begin, end, ns, late_ns;
	uint32_t frames, missed;
};

/* Words 6 and 7 of the record, and its flags. */
struct cycle {
	uint64_t ns, budget_ns, flags;
};

/* The flag of a cycle whose load is in this cell. */
AW_INLINE uint64_t count_load(struct aw_engine *engine, unsigned cell)
{
	own_add(&engine->totals->load[cell], 1);
	if (cell <= 20)
		return 0;
	own_add(&engine->control->misses, 1);
	return AW_RENDER_MISS;
}

/* A host may split a period into several calls, so load and misses are judged per cycle: the calls until their
 * frames reach the period. A silence of two periods means the rest of the cycle never came. */
AW_INLINE struct cycle close_cycle(struct aw_engine *engine, const struct call *call)
{
	struct cycle cycle = { 0, 0, AW_RENDER_CLOSES };
	unsigned cell;

	if (!engine->period_frames) {
		own_add(&engine->totals->load[0], 1);
		cycle.ns = call->ns;
		return cycle;
	}
	if ((int64_t)(call->begin - engine->last_end) > (int64_t)engine->gap_ticks)
		drop_cycle(engine);
	engine->cycle_calls++;
	cycle.ns = engine->cycle_ns += call->ns;
	engine->cycle_frames +=
		call->frames < AW_MAX_FRAMES ? call->frames : (uint32_t)AW_MAX_FRAMES;
	if (__builtin_expect(engine->cycle_frames == engine->period_frames, 1)) {
		cycle.budget_ns = engine->period_ns;
		cell = aw_load_cell_of(&engine->load, cycle.ns);
	} else {
		cycle.budget_ns = aw_scaled(engine->cycle_frames, engine->frame_ns);
		if (engine->cycle_frames < engine->period_frames) {
			cycle.flags = 0;
			return cycle;
		}
		cell = aw_load_cell(cycle.ns, engine->cycle_frames, engine->rate_hz);
	}
	cycle.flags |= count_load(engine, cell);
	drop_cycle(engine);
	return cycle;
}

AW_INLINE void count_times(struct aw_engine *engine, const struct call *call)
{
	own_add(&engine->totals->render[aw_time_cell(call->ns)], 1);
	own_add(&engine->control->render_sum_ns, call->ns);
	if (call->late_ns != AW_WAKE_UNKNOWN) {
		own_add(&engine->totals->wake[aw_wake_cell(call->late_ns)], 1);
		own_add(&engine->control->wake_sum_ns, call->late_ns);
	}
	if (call->missed) {
		own_add(&engine->totals->load[AW_LOAD_CELLS - 1], call->missed);
		own_add(&engine->control->misses, call->missed);
	}
}

AW_INLINE void put_render(struct aw_engine *engine, const struct call *call,
			  const struct cycle *cycle, uint64_t block)
{
	const struct aw_record record = { { AW_RENDER | cycle->flags << 8 | engine->identity,
					    call->begin, call->ns, call->late_ns, block,
					    call->frames | (uint64_t)call->missed << 32, cycle->ns,
					    cycle->budget_ns } };

	aw_lane_put(&engine->lane, &record);
}

/* Totals before the record: a reader that sees the record has its counts. */
AW_INLINE void publish(struct aw_engine *engine, const struct call *call)
{
	const uint64_t block = own_load(&engine->block);
	struct cycle cycle = { 0, 0, AW_RENDER_FREEWHEEL };

	if (own_load(&engine->mode) & 1) {
		own_add(&engine->control->freewheel_blocks, 1);
	} else {
		count_times(engine, call);
		cycle = close_cycle(engine, call);
	}
	engine->last_end = call->end;
	put_render(engine, call, &cycle, block);
	own_store(&engine->block, block + 1);
}

/* Woken early and subtracted unsigned, a delay is huge: that host does not know it. */
AW_INLINE uint64_t known_delay(uint64_t late_ns)
{
	return late_ns < AW_LONGEST ? late_ns : AW_WAKE_UNKNOWN;
}

/* Last: a reader that sees the word may time it. */
AW_INLINE void show_flight(struct aw_engine *engine)
{
	own_store(&engine->control->begin, engine->begin);
}

/* What is rare is a function of its own behind a jump, not a call: so nobody who does not need it saves registers. */

AW_TAIL void begin_adopting(struct aw_engine *engine)
{
	sample_mode(engine, engine->begin);
	show_flight(engine);
}

AW_INLINE void begin_at(struct aw_engine *engine, uint32_t frames, uint64_t late_ns, uint64_t now)
{
	if (__builtin_expect(engine->begin != 0, 0))
		own_add(&engine->totals->misuse_begin, 1);
	engine->frames = frames;
	engine->late_ns = known_delay(late_ns);
	engine->begin = now | !now;
	if (__builtin_expect(mode_changed(engine), 0))
		begin_adopting(engine);
	else
		show_flight(engine);
}

AW_TAIL void begin_slow(struct aw_engine *engine, uint32_t frames, uint64_t late_ns)
{
	begin_at(engine, frames, late_ns, aw_ticks_slow());
}

AW_INLINE void begin(struct aw_engine *engine, uint32_t frames, uint64_t late_ns)
{
	if (!engine || !engine->segment)
		return;
	if (__builtin_expect(engine->clock.slow != 0, 0))
		begin_slow(engine, frames, late_ns);
	else
		begin_at(engine, frames, late_ns, aw_ticks(&engine->clock));
}

AW_RT void aw_render_begin(struct aw_engine *engine, uint32_t frames)
{
	begin(engine, frames, AW_WAKE_UNKNOWN);
}

AW_RT void aw_render_begin_late(struct aw_engine *engine, uint32_t frames, uint64_t wakeup_delay_ns)
{
	begin(engine, frames, wakeup_delay_ns);
}

/* One finished call, whatever it is. */
AW_TAIL void end_any(struct aw_engine *engine, uint64_t end)
{
	struct call call = { engine->begin, end, 0, engine->late_ns, engine->frames, 0 };

	if (__builtin_expect(!call.begin, 0)) {
		own_add(&engine->totals->misuse_end, 1);
		return;
	}
	if (end < call.begin)
		own_add(&engine->totals->clock_backwards, 1);
	call.ns = aw_elapsed_ns(&engine->clock, call.begin, end);
	engine->begin = 0;
	publish(engine, &call);
	own_store(&engine->control->begin, 0);
}

AW_TAIL void end_slow(struct aw_engine *engine)
{
	end_any(engine, aw_ticks_slow());
}

/* Most calls are a whole period by themselves, in real time. */
AW_INLINE bool is_whole(const struct aw_engine *engine)
{
	return engine->frames && engine->frames == engine->period_frames && !engine->cycle_calls &&
	       !(own_load(&engine->mode) & 1);
}

/* What end_any() makes of such a call; last_end is looked at only while a cycle is unfinished. */
AW_INLINE void end_whole(struct aw_engine *engine, uint64_t end)
{
	const struct call call = { engine->begin,
				   end,
				   aw_scaled(end - engine->begin, engine->clock.mult),
				   engine->late_ns,
				   engine->frames,
				   0 };
	const uint64_t block = own_load(&engine->block);
	struct cycle cycle = { call.ns, engine->period_ns, AW_RENDER_CLOSES };

	engine->begin = 0;
	count_times(engine, &call);
	cycle.flags |= count_load(engine, aw_load_cell_of(&engine->load, call.ns));
	put_render(engine, &call, &cycle, block);
	own_store(&engine->block, block + 1);
	own_store(&engine->control->begin, 0);
}

AW_RT void aw_render_end(struct aw_engine *engine)
{
	uint64_t end;

	if (!engine || !engine->segment)
		return;
	if (__builtin_expect(engine->clock.slow != 0, 0)) {
		end_slow(engine);
		return;
	}
	end = aw_ticks(&engine->clock);
	if (__builtin_expect(engine->begin && end > engine->begin && is_whole(engine), 1))
		end_whole(engine, end);
	else
		end_any(engine, end);
}

AW_RT void aw_render_record(struct aw_engine *engine, uint32_t frames, uint64_t wakeup_delay_ns,
			    uint64_t duration_ns, uint32_t missed)
{
	struct call call;
	uint64_t length;

	if (!engine || !engine->segment)
		return;
	call.ns = duration_ns < AW_LONGEST ? duration_ns : AW_LONGEST;
	call.late_ns = known_delay(wakeup_delay_ns);
	call.frames = frames;
	call.missed = missed;
	call.end = aw_ticks(&engine->clock);
	length = aw_scaled(call.ns, engine->clock.inverse);
	call.begin = length < call.end ? call.end - length : 0;
	sample_mode(engine, call.end);
	publish(engine, &call);
}

AW_RT void aw_render_pending(struct aw_engine *engine, uint64_t age_ns)
{
	uint64_t now, age;

	if (!engine || !engine->segment)
		return;
	now = aw_ticks(&engine->clock);
	age = aw_scaled(age_ns, engine->clock.inverse);
	now = age < now ? now - age : 1;
	own_store(&engine->control->begin, age_ns ? now : 0);
}

/* Plain words, seen at once; the next begin or record puts them on record. */

AW_RT void aw_engine_format(struct aw_engine *engine, uint32_t rate_hz, uint32_t frames)
{
	const bool known = aw_format_known(rate_hz, frames);

	if (engine && engine->segment)
		own_store(&engine->any->format, known ? (uint64_t)rate_hz << 32 | frames : 0);
}

AW_RT void aw_engine_freewheel(struct aw_engine *engine, bool on)
{
	if (engine && engine->segment)
		own_store(&engine->any->freewheel, on);
}

AW_RT void aw_engine_active(struct aw_engine *engine, bool on)
{
	if (engine && engine->segment)
		own_store(&engine->any->active, on ? AW_TOLD_YES : AW_TOLD_NO);
}

AW_RT void aw_engine_host_load(struct aw_engine *engine, uint32_t per_million)
{
	if (engine && engine->segment)
		own_store(&engine->any->host_load, (uint64_t)per_million + 1);
}

AW_RT void aw_channel_begin(struct aw_channel *channel)
{
	uint64_t now;

	if (!channel || !channel->segment)
		return;
	if (__builtin_expect(channel->begin != 0, 0))
		own_add(&channel->totals->misuse, 1);
	now = aw_ticks(&channel->clock);
	channel->begin = now | !now;
}

/* Runs of one block add up: the sum at once, the cell when a later block's first run ends. */
AW_RT void aw_channel_end(struct aw_channel *channel)
{
	uint64_t ns, block;

	if (!channel || !channel->segment)
		return;
	if (__builtin_expect(!channel->begin, 0)) {
		own_add(&channel->totals->misuse, 1);
		return;
	}
	ns = aw_elapsed_ns(&channel->clock, channel->begin, aw_ticks(&channel->clock));
	channel->begin = 0;
	if (own_load(&channel->engine->mode) & 1)
		return;
	block = own_load(&channel->engine->block);
	if (channel->run_block != block)
		aw_channel_settle(channel);
	channel->run_block = block;
	channel->run_ns += ns;
	channel->running = 1;
	own_add(&channel->totals->sum_ns, ns);
	own_store(&channel->totals->last[block % AW_CHANNEL_LAST],
		  block << 32 | (channel->run_ns < UINT32_MAX ? channel->run_ns : UINT32_MAX));
}
