/* SPDX-License-Identifier: MIT */
/* G2: publishing makes no system call. A child that the kernel kills at any call but its exit publishes ten million
 * records and lives. (Strict seccomp would forbid reading the time-stamp counter, too; hence a filter.) */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { ROUNDS = 100000 }; /* slow, and what it is here for does not depend on the number */
#else
enum { ROUNDS = 2500000 }; /* of four records */
#endif

struct published {
	struct aw_engine *engine;
	struct aw_channel *channel;
	struct aw_function *function;
};

/* Two renders with a channel in the first, an xrun and a call: four records; every mode word on the way. */
static void publish_round(const struct published *to, uint32_t i)
{
	struct aw_ffi_call call;

	aw_engine_format(to->engine, 48000, 64);
	aw_engine_active(to->engine, true);
	aw_engine_host_load(to->engine, i);
	aw_render_begin_late(to->engine, 64, i);
	aw_channel_begin(to->channel);
	aw_channel_end(to->channel);
	call = aw_ffi_begin(to->function);
	aw_ffi_end(call, i & 1);
	aw_xrun(to->engine, AW_XRUN_HOST, i);
	aw_render_end(to->engine);
	aw_render_pending(to->engine, 1);
	aw_render_record(to->engine, 64, AW_WAKE_UNKNOWN, i, 0);
}

/* From here on the kernel answers every call but this one with SIGSYS. */
static void forbid_system_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	const struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	RT_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	RT_CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

/* Not _exit(): a sanitizer's one has more to say. */
static _Noreturn void leave(bool well)
{
	syscall(SYS_exit_group, well ? 0 : 3);
	__builtin_unreachable();
}

static bool all_arrived(const struct published *to)
{
	uint64_t calls = rt_sum(to->function->totals->cells, AW_TIME_CELLS);
	const uint64_t blocks = rt_sum(to->engine->totals->render, AW_TIME_CELLS);

	calls += own_load(&to->engine->any->xrun_reports[AW_XRUN_HOST]);
	return blocks == UINT64_C(2) * ROUNDS && calls == UINT64_C(2) * ROUNDS;
}

static void publish_under_the_filter(struct rt_child *parent, void *context)
{
	const bool *ask = context;
	struct aw_session *session;
	struct published to;

	(void)parent;
	RT_CHECK(aw_open(NULL, &session) == 0 && aw_engine_new(session, "main", &to.engine) == 0 &&
		 aw_channel_new(to.engine, NULL, "bus", &to.channel) == 0 &&
		 aw_function_new(session, "load", &to.function) == 0);
	forbid_system_calls();
	for (uint32_t i = 0; i < ROUNDS; i++)
		publish_round(&to, i);
	if (*ask)
		syscall(SYS_getppid);
	leave(all_arrived(&to));
}

static int publish_and_die(bool ask)
{
	struct rt_child child = rt_child_start(publish_under_the_filter, &ask);
	const int status = rt_child_join(&child);

	rt_sweep(); /* it could not close */
	return status;
}

static bool clock_is_fast(void)
{
	struct aw_session *session;
	bool fast;

	assert_int_equal(aw_open(NULL, &session), 0);
	fast = AW_SECTION(session, aw_segment_header, AW_HEADER_OFFSET)->flags & AW_FLAG_FAST_CLOCK;
	aw_close(session);
	return fast;
}

static void ten_million_records_are_published_without_a_system_call(void **state)
{
	(void)state;
	if (!clock_is_fast())
		rt_skip("this machine's clock is slow: what it asks the kernel is its own affair");
	assert_int_equal(publish_and_die(false), 0);
}

static void the_filter_kills_at_a_single_one(void **state)
{
	int status;

	(void)state;
	if (!clock_is_fast())
		rt_skip("this machine's clock is slow: what it asks the kernel is its own affair");
	status = publish_and_die(true);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_million_records_are_published_without_a_system_call),
		cmocka_unit_test(the_filter_kills_at_a_single_one),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
