/* SPDX-License-Identifier: MIT */
/* What any thread publishes: FFI calls and xruns, their lanes, their in-flight slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

static uint64_t word0(const struct aw_session *session, enum aw_kind kind, uint32_t index,
		      uint64_t type, uint64_t flags)
{
	return type | flags << 8 | (uint64_t)index << 16 |
	       own_load(&rt_entry(session, kind, index)->generation) << 32;
}

/* By the layout, as a reader finds them. */
static struct aw_flight *flights(const struct rt_fixture *f)
{
	return AW_SECTION(f->session, aw_flight, f->session->layout.flight);
}

static struct aw_contended *contended(const struct rt_fixture *f)
{
	return AW_SECTION(f->session, aw_contended, f->session->layout.contended);
}

static unsigned flying(const struct rt_fixture *f)
{
	unsigned count = 0;

	for (unsigned i = 0; i < AW_FLIGHT_SLOTS; i++)
		count += own_load(&flights(f)[i].start) != 0;
	return count;
}

/* ---- FFI ---- */

static void a_call_is_published_word_by_word(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t heads[AW_SHARED_LANES], before, after, ns;
	struct aw_function *second;
	struct aw_ffi_call call;
	struct aw_record record;
	struct aw_function_totals *totals = f->function_totals + 1;

	assert_int_equal(aw_function_new(f->session, "second", &second), 0);
	rt_shared_mark(f->session, heads);
	before = aw_ticks(&second->clock);
	call = aw_ffi_begin(second);
	assert_int_equal(own_load(&totals->begun), 1);
	assert_int_equal(rt_sum(totals->cells, AW_TIME_CELLS), 0);
	aw_ffi_end(call, true);
	after = aw_ticks(&second->clock);

	record = rt_shared_only(f->session, heads);
	ns = record.words[2];
	assert_true(record.words[0] == word0(f->session, AW_KIND_FUNCTION, 1, AW_FFI, AW_FFI_OK));
	assert_in_range(record.words[1], before, after);
	assert_true(record.words[1] == call.begin_ticks);
	assert_true(ns <= (uint64_t)((__uint128_t)(after - before) * f->header->mult >> 32));
	for (unsigned w = 3; w < AW_RECORD_WORDS; w++)
		assert_int_equal(record.words[w], 0);
	assert_int_equal(own_load(&totals->cells[rt_time_cell(ns)]), 1);
	assert_int_equal(rt_sum(totals->cells, AW_TIME_CELLS), 1);
	assert_int_equal(own_load(&totals->sum_ns), ns);
	assert_int_equal(own_load(&totals->errors), 0);
	assert_int_equal(own_load(&totals->begun), 1);
	assert_int_equal(rt_sum((const _Atomic uint64_t *)f->function_totals,
				sizeof *f->function_totals / 8),
			 0);
	assert_int_equal(call.reserved0, 0);
	assert_int_equal(call.reserved1, 0);
}

static void failed_calls_are_counted_and_long_ones_fall_into_their_cell(void **state)
{
	const struct rt_fixture *f = *state;
	uint64_t sum = 0;

	for (uint64_t ms = 1; ms <= 1000; ms *= 10) {
		uint64_t heads[AW_SHARED_LANES], ns;
		struct aw_ffi_call call = aw_ffi_begin(f->function);

		rt_shared_mark(f->session, heads);
		/* its slot, too, must know the earlier begin, or it would take the end for another's */
		call.begin_ticks -=
			(uint64_t)((__uint128_t)ms * 1000000 * f->function->clock.inverse >> 32) + 1;
		own_store(&flights(f)[call.slot - 1].start, call.begin_ticks);
		aw_ffi_end(call, ms > 10);
		ns = rt_shared_only(f->session, heads).words[2];
		assert_true(ns >= ms * 1000000);
		assert_int_equal(rt_shared_only(f->session, heads).words[0] >> 8 & 0xFF,
				 ms > 10 ? AW_FFI_OK : 0);
		assert_true(own_load(&f->function_totals->cells[rt_time_cell(ns)]) >= 1);
		sum += ns;
	}
	assert_int_equal(own_load(&f->function_totals->errors), 2);
	assert_int_equal(own_load(&f->function_totals->sum_ns), sum);
	assert_int_equal(rt_sum(f->function_totals->cells, AW_TIME_CELLS), 4);
	assert_int_equal(flying(f), 0);
}

static void a_traced_call_carries_its_sixteen_bytes(void **state)
{
	static const uint8_t trace[16] = { 0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6,
					   0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36 };
	const struct rt_fixture *f = *state;
	uint64_t heads[AW_SHARED_LANES];
	struct aw_record record;

	rt_shared_mark(f->session, heads);
	aw_ffi_end_traced(aw_ffi_begin(f->function), false, trace);
	record = rt_shared_only(f->session, heads);
	assert_true(record.words[0] == word0(f->session, AW_KIND_FUNCTION, 0, AW_FFI, AW_FFI_TRACED));
	assert_memory_equal(&record.words[3], trace, sizeof trace);
	assert_int_equal(own_load(&f->function_totals->errors), 1);

	rt_shared_mark(f->session, heads);
	aw_ffi_end_traced(aw_ffi_begin(f->function), true, NULL);
	record = rt_shared_only(f->session, heads);
	assert_true(record.words[0] == word0(f->session, AW_KIND_FUNCTION, 0, AW_FFI, AW_FFI_OK));
	assert_int_equal(record.words[3] | record.words[4], 0);
}

static void a_call_in_flight_is_seen_with_its_function_and_gone_when_it_ends(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_function *second;
	struct aw_ffi_call call;

	assert_int_equal(aw_function_new(f->session, "second", &second), 0);
	assert_int_equal(flying(f), 0);
	call = aw_ffi_begin(second);
	assert_int_equal(flying(f), 1);
	assert_in_range(call.slot, 1, AW_FLIGHT_SLOTS);
	assert_true(own_load(&flights(f)[call.slot - 1].start) == call.begin_ticks);
	assert_int_equal(own_load(&flights(f)[call.slot - 1].function), 2);
	aw_ffi_end(call, true);
	assert_int_equal(flying(f), 0);
}

/* One thread's hash finds four slots; sixteen need threads, or here a hand on the flags. */
static void only_free_slots_are_taken_and_without_one_the_call_still_counts(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_ffi_call calls[6];

	for (unsigned i = 0; i < 6; i++) {
		calls[i] = aw_ffi_begin(f->function);
		assert_int_equal(calls[i].slot != 0, i < 4);
		for (unsigned k = 0; k < i && i < 4; k++)
			assert_int_not_equal(calls[k].slot, calls[i].slot);
	}
	assert_int_equal(flying(f), 4);
	for (unsigned i = 0; i < 6; i++)
		aw_ffi_end(calls[i], true);
	assert_int_equal(flying(f), 0);
	for (unsigned i = 0; i < AW_FLIGHT_SLOTS; i++)
		assert_int_equal(f->session->flights_claimed[i].busy, 0);
	assert_int_equal(own_load(&f->function_totals->begun), 6);
	assert_int_equal(rt_sum(f->function_totals->cells, AW_TIME_CELLS), 6);
	assert_int_equal(rt_shared_heads(f->session), 6);
}

struct held {
	const struct rt_fixture *f;
	pthread_barrier_t *barrier;
	struct aw_ffi_call call;
};

static void *hold(void *context)
{
	struct held *held = context;

	held->call = aw_ffi_begin(held->f->function);
	pthread_barrier_wait(held->barrier);
	pthread_barrier_wait(held->barrier);
	return NULL;
}

/* Threads, with stacks of their own, until all slots are taken; the next call is not seen. */
static void sixteen_calls_take_sixteen_slots_and_the_next_is_unseen(void **state)
{
	enum { MOST = 200 };
	const struct rt_fixture *f = *state;
	static struct held held[MOST];
	static pthread_barrier_t barriers[MOST];
	static pthread_t threads[MOST];
	struct aw_ffi_call unseen;
	unsigned n = 0, slots = 0;

	for (; n < MOST && flying(f) < AW_FLIGHT_SLOTS; n++) {
		held[n] = (struct held){ .f = f, .barrier = &barriers[n] };
		pthread_barrier_init(&barriers[n], NULL, 2);
		assert_int_equal(pthread_create(&threads[n], NULL, hold, &held[n]), 0);
		pthread_barrier_wait(&barriers[n]);
		slots += held[n].call.slot != 0;
	}
	assert_int_equal(flying(f), AW_FLIGHT_SLOTS);
	assert_int_equal(slots, AW_FLIGHT_SLOTS);
	unseen = aw_ffi_begin(f->function);
	assert_int_equal(unseen.slot, 0);
	assert_int_equal(own_load(&f->function_totals->begun), n + 1);
	/* ended here, on another thread than they began on */
	for (unsigned i = 0; i < n; i++)
		aw_ffi_end(held[i].call, true);
	aw_ffi_end(unseen, true);
	assert_int_equal(flying(f), 0);
	assert_int_equal(rt_sum(f->function_totals->cells, AW_TIME_CELLS), n + 1);
	for (unsigned i = 0; i < n; i++) {
		pthread_barrier_wait(&barriers[i]);
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		pthread_barrier_destroy(&barriers[i]);
	}
}

static void a_second_end_of_a_call_frees_no_slot_of_another(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_ffi_call first, second;

	first = aw_ffi_begin(f->function);
	aw_ffi_end(first, true);
	second = aw_ffi_begin(f->function);
	assert_int_equal(second.slot, first.slot);
	/* two reads of a counter may be equal: make sure that they are not */
	second.begin_ticks = first.begin_ticks + 1;
	own_store(&flights(f)[second.slot - 1].start, second.begin_ticks);
	aw_ffi_end(first, true);
	assert_int_equal(flying(f), 1);
	assert_int_equal(f->session->flights_claimed[second.slot - 1].busy, 1);
	aw_ffi_end(second, true);
	assert_int_equal(flying(f), 0);
	aw_ffi_end(second, true);
	assert_int_equal(flying(f), 0);
	assert_int_equal(f->session->flights_claimed[second.slot - 1].busy, 0);
}

static void freewheel_does_not_silence_ffi_calls_or_xruns(void **state)
{
	const struct rt_fixture *f = *state;

	aw_engine_freewheel(f->engine, true);
	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
	aw_ffi_end(aw_ffi_begin(f->function), true);
	aw_xrun(f->engine, AW_XRUN_HOST, 0);
	assert_int_equal(rt_sum(f->function_totals->cells, AW_TIME_CELLS), 1);
	assert_int_equal(own_load(&f->any->xrun_reports[AW_XRUN_HOST]), 1);
	assert_int_equal(rt_shared_heads(f->session), 2);
}

static void a_begin_in_the_future_is_no_time_at_all(void **state)
{
	const struct rt_fixture *f = *state;
	struct aw_ffi_call call = aw_ffi_begin(f->function);

	call.begin_ticks += UINT64_C(1) << 40;
	aw_ffi_end(call, true);
	assert_int_equal(own_load(&f->function_totals->cells[0]), 1);
	assert_int_equal(own_load(&f->function_totals->sum_ns), 0);
}

static void an_inert_call_does_nothing(void **state)
{
	static const uint8_t trace[16] = { 1 };
	const struct rt_fixture *f = *state;
	struct aw_ffi_call call = aw_ffi_begin(NULL);
	const struct aw_ffi_call zero = { .function = NULL };

	assert_memory_equal(&call, &zero, sizeof zero);
	aw_ffi_end(call, true);
	aw_ffi_end_traced(call, false, trace);
	aw_ffi_end_traced(call, false, NULL);
	assert_int_equal(rt_shared_heads(f->session), 0);
}

/* ---- xruns ---- */

static void an_xrun_is_published_word_by_word_under_its_source(void **state)
{
	static const struct {
		int source;
		uint64_t delay_ns;
		unsigned counted;
		uint64_t told_ns;
		bool refused;
	} reports[] = {
		{ AW_XRUN_JACK, 1500, 0, 1500, false },
		{ AW_XRUN_ALSA, 0, 1, 0, false },
		{ AW_XRUN_HOST, UINT64_C(60000000000), 2, UINT64_C(60000000000), false },
		{ AW_XRUN_HOST, UINT64_C(60000000001), 2, 0, true },
		{ AW_XRUN_JACK, UINT64_MAX, 0, 0, true },
		{ 3, 5, 2, 5, false }, /* no source we know: some host's */
		{ -1, 5, 2, 5, false },
	};
	const struct rt_fixture *f = *state;
	uint64_t counts[3] = { 0 }, refused[3] = { 0 };

	aw_render_record(f->engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
	for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
		uint64_t heads[AW_SHARED_LANES], before, after;
		struct aw_record record;

		rt_shared_mark(f->session, heads);
		before = aw_ticks(&f->engine->clock);
		aw_xrun(f->engine, (enum aw_xrun_source)reports[i].source, reports[i].delay_ns);
		after = aw_ticks(&f->engine->clock);
		record = rt_shared_only(f->session, heads);
		counts[reports[i].counted]++;
		refused[reports[i].counted] += reports[i].refused;
		assert_true(record.words[0] == word0(f->session, AW_KIND_ENGINE, 0, AW_XRUN, 0));
		assert_in_range(record.words[1], before, after);
		assert_int_equal(record.words[2], reports[i].told_ns);
		assert_int_equal(record.words[3], reports[i].counted);
		assert_int_equal(record.words[4], 1); /* block */
		assert_int_equal(record.words[5] | record.words[6] | record.words[7], 0);
		assert_memory_equal(f->any->xrun_reports, counts, sizeof counts);
		assert_memory_equal(f->any->refused_delays, refused, sizeof refused);
	}
}

/* ---- lanes ---- */

static void a_lane_whose_holder_never_comes_back_blocks_nobody(void **state)
{
	const struct rt_fixture *f = *state;

	for (unsigned k = 0; k < AW_SHARED_LANES; k++) {
		f->session->lanes[k].busy = 1; /* as a thread killed inside would leave it */
		aw_ffi_end(aw_ffi_begin(f->function), true);
		assert_int_equal(own_load(&contended(f)->count), k == 3);
	}
	assert_int_equal(rt_shared_heads(f->session), 3);
	aw_xrun(f->engine, AW_XRUN_JACK, 1);
	assert_int_equal(own_load(&contended(f)->count), 2);
	assert_int_equal(own_load(&f->any->xrun_reports[0]), 1);
	assert_int_equal(rt_sum(f->function_totals->cells, AW_TIME_CELLS), 4);
}

static void a_shared_lane_wraps_and_goes_on(void **state)
{
	const struct rt_fixture *f = *state;
	const struct aw_shared_lane *lanes =
		AW_SECTION(f->session, aw_shared_lane, f->session->layout.lanes);
	uint64_t last = 0;

	for (unsigned i = 0; i < 3 * AW_SHARED_RECORDS; i++) {
		struct aw_ffi_call call = aw_ffi_begin(f->function);

		aw_ffi_end(call, true);
		last = call.begin_ticks;
	}
	assert_int_equal(rt_shared_heads(f->session), 3 * AW_SHARED_RECORDS);
	for (unsigned k = 0; k < AW_SHARED_LANES; k++) {
		const uint64_t head = own_load(&lanes[k].head);

		assert_true(own_load(&lanes[k].intent) == head - 1);
		if (head)
			assert_true(rt_shared_record(f->session, k, head - 1).words[1] == last);
	}
}

struct caller {
	const struct rt_fixture *f;
	pthread_barrier_t *barrier;
	unsigned calls, errors;
};

static void *call_often(void *context)
{
	static const uint8_t trace[16] = { 7 };
	struct caller *caller = context;

	pthread_barrier_wait(caller->barrier);
	for (unsigned i = 0; i < caller->calls; i++) {
		const bool ok = i % 3 != 0;
		const struct aw_ffi_call call = aw_ffi_begin(caller->f->function);

		if (i % 2)
			aw_ffi_end(call, ok);
		else
			aw_ffi_end_traced(call, ok, trace);
		caller->errors += !ok;
		aw_xrun(caller->f->engine, AW_XRUN_ALSA, 1);
	}
	return NULL;
}

static void call_from(const struct rt_fixture *f, unsigned threads, unsigned calls)
{
	struct caller callers[4];
	pthread_t ids[4];
	pthread_barrier_t barrier;
	uint64_t errors = 0;

	pthread_barrier_init(&barrier, NULL, threads);
	for (unsigned i = 0; i < threads; i++) {
		callers[i] = (struct caller){ f, &barrier, calls, 0 };
		assert_int_equal(pthread_create(&ids[i], NULL, call_often, &callers[i]), 0);
	}
	for (unsigned i = 0; i < threads; i++) {
		assert_int_equal(pthread_join(ids[i], NULL), 0);
		errors += callers[i].errors;
	}
	pthread_barrier_destroy(&barrier);
	assert_int_equal(own_load(&f->function_totals->begun), threads * calls);
	assert_int_equal(rt_sum(f->function_totals->cells, AW_TIME_CELLS), threads * calls);
	assert_int_equal(own_load(&f->function_totals->errors), errors);
	assert_int_equal(own_load(&f->any->xrun_reports[AW_XRUN_ALSA]), threads * calls);
	assert_int_equal(rt_shared_heads(f->session) + own_load(&contended(f)->count),
			 2 * threads * calls);
	assert_int_equal(flying(f), 0);
	for (unsigned i = 0; i < AW_SHARED_LANES; i++)
		assert_int_equal(f->session->lanes[i].busy, 0);
}

static void two_threads_on_one_function_lose_no_count(void **state)
{
	call_from(*state, 2, 50000);
}

static void four_threads_on_one_function_lose_no_count(void **state)
{
	call_from(*state, 4, 30000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rt_open, rt_close)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_call_is_published_word_by_word),
		TEST(failed_calls_are_counted_and_long_ones_fall_into_their_cell),
		TEST(a_traced_call_carries_its_sixteen_bytes),
		TEST(a_call_in_flight_is_seen_with_its_function_and_gone_when_it_ends),
		TEST(only_free_slots_are_taken_and_without_one_the_call_still_counts),
		TEST(sixteen_calls_take_sixteen_slots_and_the_next_is_unseen),
		TEST(a_second_end_of_a_call_frees_no_slot_of_another),
		TEST(freewheel_does_not_silence_ffi_calls_or_xruns),
		TEST(a_begin_in_the_future_is_no_time_at_all),
		TEST(an_inert_call_does_nothing),
		TEST(an_xrun_is_published_word_by_word_under_its_source),
		TEST(a_lane_whose_holder_never_comes_back_blocks_nobody),
		TEST(a_shared_lane_wraps_and_goes_on),
		TEST(two_threads_on_one_function_lose_no_count),
		TEST(four_threads_on_one_function_lose_no_count),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
