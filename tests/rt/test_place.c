/* SPDX-License-Identifier: MIT */
/* Where a thread's calls and xruns go in the segment: two threads whose stacks are neighbours, as pthread_create() lays
 * them, share no line of it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

/* ThreadSanitizer keeps its own part of a thread on the thread's stack. */
#if defined(__SANITIZE_THREAD__)
enum { LEAST_STACK = 1 << 20 };
#else
enum { LEAST_STACK = 128 << 10 };
#endif
enum {
	SLOTS_A_LINE = 64 / sizeof(struct aw_flight)
}; /* of a processor, whose lines are 64 bytes */

struct visitor {
	const struct rt_fixture *fixture;
	unsigned lane, line; /* of the one xrun, and of the one call */
};

static void *visit(void *context)
{
	struct visitor *visitor = context;
	const struct rt_fixture *f = visitor->fixture;
	struct aw_ffi_call call = aw_ffi_begin(f->function);
	uint64_t before[AW_SHARED_LANES], after[AW_SHARED_LANES];

	visitor->line = (call.slot - 1) / SLOTS_A_LINE;
	aw_ffi_end(call, true);
	rt_shared_mark(f->session, before);
	aw_xrun(f->engine, AW_XRUN_HOST, 0);
	rt_shared_mark(f->session, after);
	while (visitor->lane < AW_SHARED_LANES && before[visitor->lane] == after[visitor->lane])
		visitor->lane++;
	return NULL;
}

/* On this stack; one after the other, so that nothing but the place decides. */
static struct visitor visit_from(const struct rt_fixture *f, void *stack, size_t bytes)
{
	struct visitor visitor = { f, 0, 0 };
	pthread_attr_t attributes;
	pthread_t id;

	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstack(&attributes, stack, bytes), 0);
	assert_int_equal(pthread_create(&id, &attributes, visit, &visitor), 0);
	assert_int_equal(pthread_join(id, NULL), 0);
	pthread_attr_destroy(&attributes);
	return visitor;
}

static void neighbours(const struct rt_fixture *f, size_t bytes, size_t guard_bytes)
{
	const size_t all = 2 * (bytes + guard_bytes);
	char *stacks = mmap(NULL, all, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct visitor one, two;

	assert_true(stacks != MAP_FAILED);
	one = visit_from(f, stacks, bytes);
	two = visit_from(f, stacks + bytes + guard_bytes, bytes);
	assert_int_equal(munmap(stacks, all), 0);
	assert_true(one.lane < AW_SHARED_LANES && two.lane < AW_SHARED_LANES);
	assert_int_not_equal(one.lane, two.lane);
	assert_int_not_equal(one.line, two.line);
}

static void neighbours_share_no_lane_and_no_line_of_calls_in_flight(void **state)
{
	for (size_t bytes = LEAST_STACK; bytes <= 8 << 20; bytes *= 2) {
		neighbours(*state, bytes, 0);
		neighbours(*state, bytes, AW_PAGE);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			neighbours_share_no_lane_and_no_line_of_calls_in_flight, rt_open, rt_close),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
