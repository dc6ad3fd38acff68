/* SPDX-License-Identifier: MIT */
/* What any thread publishes: FFI calls and xruns, through claimed lanes. Wait-free: at most four tries for a lane and
 * for an in-flight slot, unrolled; the totals are counted in every case. */
#include "rt/session.h"

#define MAX_DELAY_NS UINT64_C(60000000000)

enum { FLIGHT_TRIES = 4 };

/* Threads have stacks of their own, so their addresses spread them without asking who runs. A page is a 96th of the
 * circle: so neighbours' stacks of 2^5 pages or more lie a third of it apart, with or without a guard page, and a quarter
 * is a lane, or the four in-flight slots that share a line of the segment. Two threads then do not take each other's
 * line. Thirds alone would leave slots that nobody tries: each 16 MiB turn them by a 32nd. */
AW_INLINE unsigned thread_place(void)
{
	const uint64_t page = (uintptr_t)__builtin_frame_address(0) >> 12;

	return (unsigned)((page * (UINT64_MAX / 96) + (page >> 12 << 59)) >> 60);
}

enum { PLACES = 16, PLACES_A_LANE = PLACES / (int)AW_SHARED_LANES };
static_assert((int)AW_FLIGHT_SLOTS == (int)PLACES, "a place is an in-flight slot");

AW_INLINE bool claim(_Atomic uint32_t *busy)
{
	/* acquire: pairs with release(), so that the last holder's lane->next and words are ours to go on from */
	return !atomic_exchange_explicit(busy, 1, memory_order_acquire);
}

AW_INLINE void release(_Atomic uint32_t *busy)
{
	atomic_store_explicit(busy, 0, memory_order_release); /* pairs with claim() */
}

AW_INLINE void put(struct aw_session *session, const struct aw_record *record)
{
	const unsigned first = thread_place() / PLACES_A_LANE;

#pragma GCC unroll 4
	for (unsigned i = 0; i < AW_SHARED_LANES; i++) {
		struct aw_claimed_lane *claimed = &session->lanes[(first + i) % AW_SHARED_LANES];

		if (claim(&claimed->busy)) {
			aw_lane_put(&claimed->lane, record);
			release(&claimed->busy);
			return;
		}
	}
	shared_add(&session->contended->count, 1);
}

/* A free in-flight slot + 1, or 0: then the call is simply not seen while it is open. */
AW_INLINE uint32_t take_flight(struct aw_session *session)
{
	const unsigned first = thread_place();

#pragma GCC unroll 4
	for (unsigned i = 0; i < FLIGHT_TRIES; i++) {
		const unsigned slot = (first + i) % AW_FLIGHT_SLOTS;

		if (claim(&session->flights_claimed[slot].busy))
			return slot + 1;
	}
	return 0;
}

AW_RT struct aw_ffi_call aw_ffi_begin(struct aw_function *function)
{
	struct aw_ffi_call call = { NULL, 0, 0, 0, 0 };
	struct aw_flight *flight;
	uint64_t now;

	if (!function || !function->segment)
		return call;
	shared_add(&function->totals->begun, 1);
	call.function = function;
	call.slot = take_flight(function->session);
	now = aw_ticks(&function->clock);
	call.begin_ticks = now | !now;
	if (call.slot) {
		flight = &function->session->flights[call.slot - 1];
		own_store(&flight->function, (uint64_t)function->index + 1);
		/* release: a reader that sees the start sees whose it is */
		atomic_store_explicit(&flight->start, call.begin_ticks, memory_order_release);
	}
	return call;
}

/* Only its own call: a second end of one call must not free the slot of another. */
AW_INLINE void land(struct aw_session *session, const struct aw_ffi_call *call)
{
	const uint32_t slot = (call->slot - 1) % AW_FLIGHT_SLOTS;

	if (!call->slot || own_load(&session->flights[slot].start) != call->begin_ticks)
		return;
	own_store(&session->flights[slot].start, 0);
	release(&session->flights_claimed[slot].busy);
}

AW_INLINE void put_ffi(const struct aw_ffi_call *call, uint64_t ns, uint64_t flags,
		       const uint64_t trace[2])
{
	const struct aw_record record = { { AW_FFI | flags << 8 | call->function->identity,
					    call->begin_ticks, ns, trace ? trace[0] : 0,
					    trace ? trace[1] : 0, 0, 0, 0 } };

	put(call->function->session, &record);
}

AW_INLINE void end(const struct aw_ffi_call *call, bool ok, const uint64_t trace[2])
{
	struct aw_function *function = call->function;
	uint64_t ns;

	if (!function || !function->segment)
		return;
	ns = aw_elapsed_ns(&function->clock, call->begin_ticks, aw_ticks(&function->clock));
	land(function->session, call);
	shared_add(&function->totals->cells[aw_time_cell(ns)], 1);
	shared_add(&function->totals->sum_ns, ns);
	if (!ok)
		shared_add(&function->totals->errors, 1);
	put_ffi(call, ns, (ok ? AW_FFI_OK : 0) | (trace ? AW_FFI_TRACED : 0), trace);
}

AW_RT void aw_ffi_end(struct aw_ffi_call call, bool ok)
{
	end(&call, ok, NULL);
}

AW_RT void aw_ffi_end_traced(struct aw_ffi_call call, bool ok, const uint8_t trace_id[16])
{
	uint64_t trace[2] = { 0, 0 };

	if (trace_id)
		__builtin_memcpy(trace, trace_id, sizeof trace);
	end(&call, ok, trace_id ? trace : NULL);
}

AW_INLINE void put_xrun(struct aw_engine *engine, unsigned reporter, uint64_t delay_ns)
{
	const struct aw_record record = { { AW_XRUN | engine->identity, aw_ticks(&engine->clock),
					    delay_ns, reporter, own_load(&engine->block), 0, 0, 0 } };

	put(engine->session, &record);
}

AW_RT void aw_xrun(struct aw_engine *engine, enum aw_xrun_source source, uint64_t delay_ns)
{
	const unsigned reporter =
		(unsigned)source < AW_XRUN_SOURCES ? (unsigned)source : (unsigned)AW_XRUN_HOST;

	if (!engine || !engine->segment)
		return;
	shared_add(&engine->any->xrun_reports[reporter], 1);
	if (delay_ns > MAX_DELAY_NS) {
		shared_add(&engine->any->refused_delays[reporter], 1);
		delay_ns = 0;
	}
	put_xrun(engine, reporter, delay_ns);
}
