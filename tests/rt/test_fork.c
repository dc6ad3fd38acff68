/* SPDX-License-Identifier: MIT */
/* Forked children: every handle is inert there, and the parent goes on as if nothing had been. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

/* What the parent had open at the fork. */
struct open_spans {
	const struct rt_fixture *f;
	struct aw_ffi_call call;
};

static uint64_t head(const struct rt_fixture *f)
{
	return own_load(&f->control->head);
}

/* Every function there is, in a child; no cmocka here. */
static void use_everything(const struct open_spans *spans)
{
	const struct rt_fixture *f = spans->f;
	static const uint8_t trace[16] = { 1 };
	struct aw_engine *engine = f->engine;
	struct aw_channel *channel = f->channel;
	struct aw_function *function = f->function;
	struct aw_ffi_call call;

	aw_engine_format(f->engine, 48000, 256);
	aw_engine_freewheel(f->engine, true);
	aw_engine_active(f->engine, true);
	aw_engine_host_load(f->engine, 1);
	aw_render_end(f->engine); /* the parent's open render */
	aw_render_begin(f->engine, 64);
	aw_render_begin_late(f->engine, 64, 1);
	aw_render_end(f->engine);
	aw_render_record(f->engine, 64, 1, 1, 1);
	aw_render_pending(f->engine, 1);
	aw_channel_end(f->channel);
	aw_channel_begin(f->channel);
	aw_channel_end(f->channel);
	aw_xrun(f->engine, AW_XRUN_JACK, 1);
	aw_ffi_end(spans->call, true);
	aw_ffi_end_traced(spans->call, false, trace);
	call = aw_ffi_begin(f->function);
	RT_CHECK(call.function == NULL && call.slot == 0 && call.begin_ticks == 0);
	aw_ffi_end(call, true);

	RT_CHECK(aw_engine_new(f->session, "child", &engine) == -EBADF && engine == NULL);
	RT_CHECK(aw_channel_new(f->engine, NULL, "child", &channel) == -EBADF && channel == NULL);
	RT_CHECK(aw_channel_new(f->engine, f->channel, "child", &channel) == -EBADF &&
		 channel == NULL);
	RT_CHECK(aw_function_new(f->session, "child", &function) == -EBADF && function == NULL);
	RT_CHECK(aw_engine_title(f->engine, "child") == -EBADF);
	aw_channel_free(f->channel);
	aw_engine_free(f->engine);
	aw_close(f->session);
	aw_close(f->session);
}

/* A session of the child's own, beside the inert one. */
static void open_an_own_one(void)
{
	struct aw_session *session;
	struct aw_engine *engine;

	RT_CHECK(aw_open(NULL, &session) == 0);
	RT_CHECK(aw_engine_new(session, "main", &engine) == 0);
	aw_render_record(engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
	RT_CHECK(own_load(&AW_SECTION(session, aw_engine_control, session->layout.control)->head) ==
		 1);
	RT_CHECK(AW_SECTION(session, aw_segment_header, 0)->pid == (uint64_t)getpid());
	aw_close(session);
}

static bool is_zero(const void *at, size_t size)
{
	const unsigned char *bytes = at;
	unsigned char all = 0;

	for (size_t i = 0; i < size; i++)
		all |= bytes[i];
	return !all;
}

/* Every byte of it, also those whose meaning would be harmless. */
static bool wiped(const struct rt_fixture *f)
{
	return is_zero(f->session, sizeof *f->session) && is_zero(f->engine, sizeof *f->engine) &&
	       is_zero(f->channel, sizeof *f->channel) && is_zero(f->function, sizeof *f->function);
}

static struct open_spans open_spans(const struct rt_fixture *f)
{
	const struct open_spans spans = { f, aw_ffi_begin(f->function) };

	aw_render_begin(f->engine, 64);
	aw_channel_begin(f->channel);
	return spans;
}

/* Its spans are still open, and end as if there had been no child. */
static void expect_untouched(const struct rt_fixture *f, const struct open_spans *spans)
{
	assert_int_equal(rt_segments(NULL), 1);
	assert_int_equal(head(f), 0);
	assert_int_equal(rt_shared_heads(f->session), 0);
	assert_int_equal(own_load(&f->used->engines), 1);
	assert_int_equal(own_load(&f->header->state), AW_STATE_OPEN);
	assert_int_equal(rt_sum((const _Atomic uint64_t *)f->any, sizeof *f->any / 8), 0);
	assert_true(own_load(&f->session->flights[spans->call.slot - 1].start) ==
		    spans->call.begin_ticks);
	aw_channel_end(f->channel);
	aw_render_end(f->engine);
	aw_ffi_end(spans->call, true);
	assert_int_equal(head(f), 1);
	assert_int_equal(rt_shared_heads(f->session), 1);
	assert_int_equal(rt_sum(f->totals->render, AW_TIME_CELLS), 1);
	assert_int_equal(own_load(&f->totals->misuse_begin) + own_load(&f->totals->misuse_end), 0);
	assert_int_equal(own_load(&f->channel_totals->misuse), 0);
	assert_int_equal(own_load(&f->function_totals->begun), 1);
	assert_int_equal(rt_sum(f->function_totals->cells, AW_TIME_CELLS), 1);
	assert_int_equal(aw_engine_title(f->engine, "still here"), 0);
}

static void in_a_child(struct rt_child *parent, void *context)
{
	const struct open_spans *spans = context;

	(void)parent;
	RT_CHECK(wiped(spans->f));
	use_everything(spans);
	RT_CHECK(wiped(spans->f));
	open_an_own_one();
}

static void everything_is_inert_in_a_forked_child(void **state)
{
	const struct rt_fixture *f = *state;
	struct open_spans spans = open_spans(f);
	struct rt_child child = rt_child_start(in_a_child, &spans);

	assert_int_equal(rt_child_join(&child), 0);
	expect_untouched(f, &spans);
}

static void in_a_grandchild(struct rt_child *parent, void *context)
{
	const struct open_spans *spans = context;
	struct aw_session *own;
	pid_t pid;
	int status;

	(void)parent;
	use_everything(spans);
	RT_CHECK(aw_open(NULL, &own) == 0);
	pid = fork();
	RT_CHECK(pid >= 0);
	if (pid == 0) {
		struct aw_engine *engine;

		in_a_child(NULL, context);
		RT_CHECK(aw_engine_new(own, "main", &engine) ==
			 -EBADF); /* the child's is inert here, too */
		aw_close(own);
		_exit(0);
	}
	RT_CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	RT_CHECK(rt_segments(NULL) == 2);
	aw_close(own);
}

static void everything_is_inert_in_a_child_of_a_child(void **state)
{
	const struct rt_fixture *f = *state;
	struct open_spans spans = open_spans(f);
	struct rt_child child = rt_child_start(in_a_grandchild, &spans);

	assert_int_equal(rt_child_join(&child), 0);
	expect_untouched(f, &spans);
}

/* No handler of the C library runs at a raw clone: what makes the child inert is the kernel's. */
static void everything_is_inert_after_a_raw_clone(void **state)
{
	const struct rt_fixture *f = *state;
	const struct open_spans spans = open_spans(f);
	int status;
	pid_t pid;

	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	assert_true(pid >= 0);
	if (pid == 0) {
		RT_CHECK(wiped(f));
		use_everything(&spans);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect_untouched(f, &spans);
}

static void a_spawned_program_disturbs_nothing(void **state)
{
	static char path[] = "/bin/true";
	char *const arguments[] = { path, NULL };
	const struct rt_fixture *f = *state;
	const struct open_spans spans = open_spans(f);
	int status;
	pid_t pid;

	assert_int_equal(posix_spawn(&pid, path, NULL, NULL, arguments, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect_untouched(f, &spans);
}

/* ---- Threads that publish ---- */

enum { THREADS = 2, FORKS = 100 };

struct publisher {
	const struct rt_fixture *f;
	struct aw_engine *engine;
	_Atomic bool *stop;
	uint64_t blocks;
};

static void *publish(void *context)
{
	struct publisher *publisher = context;

	while (!atomic_load_explicit(publisher->stop, memory_order_relaxed)) {
		const struct aw_ffi_call call = aw_ffi_begin(publisher->f->function);

		aw_render_begin(publisher->engine, 64);
		aw_render_end(publisher->engine);
		aw_ffi_end(call, true);
		publisher->blocks++;
	}
	return NULL;
}

static void fork_once(const struct publisher *publishers)
{
	const struct rt_fixture *f = publishers->f;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct open_spans spans = {
			f, { .function = f->function, .begin_ticks = 1, .slot = 1 }
		};

		RT_CHECK(wiped(f));
		for (unsigned i = 0; i < THREADS; i++)
			aw_render_record(publishers[i].engine, 64, 1, 1, 1);
		use_everything(&spans);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_hundred_forks_disturb_no_thread_that_publishes(void **state)
{
	const struct rt_fixture *f = *state;
	struct publisher publishers[THREADS];
	pthread_t threads[THREADS];
	_Atomic bool stop = false;
	uint64_t calls = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		publishers[i] = (struct publisher){ .f = f, .stop = &stop };
		assert_int_equal(aw_engine_new(f->session, "publisher", &publishers[i].engine), 0);
		assert_int_equal(pthread_create(&threads[i], NULL, publish, &publishers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		while (!own_load(&f->control[publishers[i].engine->index].head))
			sched_yield();
	for (unsigned i = 0; i < FORKS; i++)
		fork_once(publishers);
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	for (unsigned i = 0; i < THREADS; i++) {
		const uint32_t e = publishers[i].engine->index;

		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(own_load(&f->control[e].head), publishers[i].blocks);
		assert_int_equal(rt_sum(f->totals[e].render, AW_TIME_CELLS), publishers[i].blocks);
		assert_int_equal(own_load(&f->totals[e].misuse_begin) +
					 own_load(&f->totals[e].misuse_end),
				 0);
		calls += publishers[i].blocks;
	}
	assert_int_equal(own_load(&f->function_totals->begun), calls);
	assert_int_equal(rt_sum(f->function_totals->cells, AW_TIME_CELLS), calls);
	assert_int_equal(rt_shared_heads(f->session) + own_load(&f->session->contended->count),
			 calls);
	assert_int_equal(rt_segments(NULL), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rt_open, rt_close)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(everything_is_inert_in_a_forked_child),
		TEST(everything_is_inert_in_a_child_of_a_child),
		TEST(everything_is_inert_after_a_raw_clone),
		TEST(a_spawned_program_disturbs_nothing),
		TEST(a_hundred_forks_disturb_no_thread_that_publishes),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
