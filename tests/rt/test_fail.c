/* SPDX-License-Identifier: MIT */
/* G9: each system call of opening, publishing, closing and of a reader's attach fails in turn, once and from then on.
 * The host runs on with whatever handles it got, and nothing of ours stays: no descriptor, mapping or object. Every
 * allocation is a system call, too. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "shm/reader.h"
#include "tests/support/rt_fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { INJECT = 0 }; /* the calls would be the sanitizer's */
#else
enum { INJECT = 1 };
#endif
enum { MOST_CALLS = 400, LONG_AGO_S = 3600 };

/* ---- what runs while calls fail ---- */

struct host {
	struct aw_session *session;
	char name[AW_SEGMENT_NAME_SIZE]; /* of a live segment, to attach to */
};

static void prepare_nothing(struct host *host)
{
	(void)host;
}

static void open_publish_close(struct host *host)
{
	struct aw_channel *channel = NULL;
	struct aw_function *function = NULL;
	struct aw_engine *engine = NULL;

	(void)aw_open(NULL, &host->session);
	(void)aw_engine_new(host->session, "main", &engine);
	(void)aw_engine_title(engine, "Piano");
	(void)aw_channel_new(engine, NULL, "bus", &channel);
	(void)aw_function_new(host->session, "load", &function);
	aw_engine_format(engine, 48000, 64);
	aw_render_begin(engine, 64);
	aw_channel_begin(channel);
	aw_channel_end(channel);
	aw_render_end(engine);
	aw_xrun(engine, AW_XRUN_HOST, 1);
	aw_ffi_end(aw_ffi_begin(function), true);
	aw_channel_free(channel);
	aw_engine_free(engine);
	aw_close(host->session);
}

static void open_session(struct host *host)
{
	RT_CHECK(aw_open(NULL, &host->session) == 0);
	RT_CHECK(rt_segments(host->name) == 1);
}

static void attach_and_read(struct host *host)
{
	const uid_t uid = geteuid();
	const struct aw_reader_place place = { rt_dirfd, rt_prefix, &uid, 1 };
	struct aw_reader *reader;

	if (aw_reader_open(&place, host->name, &reader) == AW_ATTACHED) {
		(void)!aw_reader_control(reader);
		(void)!aw_reader_directory(reader);
		(void)!aw_reader_totals(reader);
		(void)aw_reader_life(reader);
		RT_CHECK(aw_reader_reap(reader, time(NULL) + LONG_AGO_S) != 0); /* it lives */
	}
	aw_reader_close(reader);
}

static void close_session(struct host *host)
{
	char name[AW_SEGMENT_NAME_SIZE];

	RT_CHECK(rt_segments(name) == 1 && strcmp(name, host->name) == 0);
	aw_close(host->session);
}

struct scenario {
	const char *name;
	void (*before)(struct host *host), (*under_fire)(struct host *host),
		(*after)(struct host *host);
};

static const struct scenario scenarios[] = {
	{ "open, publish, close", prepare_nothing, open_publish_close, prepare_nothing },
	{ "attach", open_session, attach_and_read, close_session },
};

/* ---- the child: the same descriptors and none of our mappings afterwards ---- */

static unsigned descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* From here on every allocation is an mmap() of its own: the heap is full, and cannot grow. */
static void make_allocations_calls(void)
{
	const uintptr_t end = ((uintptr_t)sbrk(0) + AW_PAGE - 1) & ~(uintptr_t)(AW_PAGE - 1);
	const unsigned most = 1000000;
	unsigned n = 0;

	RT_CHECK(mallopt(M_MMAP_THRESHOLD, 0) == 1);
	RT_CHECK(mmap((void *)end, AW_PAGE, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)end);
	for (void *kept = NULL; n < most && (uintptr_t)kept < end; n++)
		kept = malloc(16); /* never freed: it fills */
	RT_CHECK(n < most);
}

/* Segments by their name, handles by the flag that wipes them in a child. */
static bool maps_ours(void)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	bool ours = false;
	char line[4400];

	RT_CHECK(maps);
	while (fgets(line, sizeof line, maps))
		ours |= strstr(line, rt_prefix) ||
			(!strncmp(line, "VmFlags:", 8) && strstr(line, " wf"));
	fclose(maps);
	return ours;
}

static void run_between_stops(struct rt_child *parent, void *context)
{
	const struct scenario *scenario = context;
	struct host host = { .session = NULL };
	const unsigned before = descriptors();
	const pid_t self = getpid();

	(void)parent;
	scenario->before(&host);
	if (INJECT)
		make_allocations_calls();
	RT_CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	syscall(SYS_kill, self, SIGSTOP);
	scenario->under_fire(&host);
	syscall(SYS_kill, self, SIGSTOP);
	scenario->after(&host);
	RT_CHECK(descriptors() == before);
	RT_CHECK(!maps_ours());
}

/* ---- the parent: which call fails, and how ---- */

struct fire {
	unsigned at; /* the number of the first call that fails */
	bool on; /* and all behind it */
	int error;
	unsigned calls; /* seen so far */
	bool lost_name; /* an unlink among them: the name stays */
};

#ifdef __x86_64__
/* What gives back is done all the same, and its answer alone is wrong: no kernel refuses it. What cannot fail does not,
 * nor does the kill() that ends the scenario. */
static const struct exception {
	unsigned long long number;
	bool replaced; /* its answer */
} exceptions[] = {
	{ SYS_close, true },   { SYS_munmap, true }, { SYS_getpid, false }, { SYS_geteuid, false },
	{ SYS_gettid, false }, { SYS_kill, false },  { SYS_brk, false },
};

static const struct exception *exception_of(unsigned long long number)
{
	for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
		if (exceptions[i].number == number)
			return &exceptions[i];
	return NULL;
}

/* At the entry of a call; true: its answer is to be replaced. */
static bool strike(pid_t pid, struct fire *fire)
{
	const unsigned call = fire->calls++;
	const struct exception *exception;
	struct user_regs_struct regs;

	if (call < fire->at || (call > fire->at && !fire->on))
		return false;
	assert_int_equal(ptrace(PTRACE_GETREGS, pid, NULL, &regs), 0);
	exception = exception_of(regs.orig_rax);
	if (exception)
		return exception->replaced;
	fire->lost_name |= regs.orig_rax == SYS_unlink || regs.orig_rax == SYS_unlinkat;
	regs.orig_rax = (unsigned long long)-1;
	assert_int_equal(ptrace(PTRACE_SETREGS, pid, NULL, &regs), 0);
	return true;
}

static void answer(pid_t pid, int error)
{
	struct user_regs_struct regs;

	assert_int_equal(ptrace(PTRACE_GETREGS, pid, NULL, &regs), 0);
	regs.rax = (unsigned long long)(long long)-error;
	assert_int_equal(ptrace(PTRACE_SETREGS, pid, NULL, &regs), 0);
}
#else
static bool strike(pid_t pid, struct fire *fire)
{
	(void)pid, (void)fire;
	return false;
}

static void answer(pid_t pid, int error)
{
	(void)pid, (void)error;
}
#endif

/* On to the next stop; false when it is a signal's. */
static bool next_call(pid_t pid)
{
	int status;

	assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSTOPPED(status))
		fail_msg("the host died under fire: status %#x", status);
	return WSTOPSIG(status) == (SIGTRAP | 0x80);
}

static void fire_at(pid_t pid, struct fire *fire)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD), 0);
	/* a signal stops behind its call's end, so that the next stop is an entry, the one after it an exit */
	while (next_call(pid)) {
		const bool struck = strike(pid, fire);

		if (!next_call(pid))
			break; /* within the kill() that stops it again */
		if (struck)
			answer(pid, fire->error);
	}
	assert_int_equal(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
}

/* What is left by an unlink that failed is dead, and goes with whoever reaps. */
static void expect_nothing_left(const struct scenario *scenario, const struct fire *fire)
{
	char name[AW_SEGMENT_NAME_SIZE];
	const unsigned left = rt_segments(name);
	int fd;

	if (!left)
		return;
	if (left > 1 || !fire->lost_name)
		fail_msg("%s: %u segments are left when call %u fails with %d", scenario->name,
			 left, fire->at, fire->error);
	fd = openat(rt_dirfd, name, O_RDONLY | O_CLOEXEC);
	assert_int_equal(aw_segment_reap(rt_dirfd, name, rt_prefix, fd, time(NULL) + LONG_AGO_S), 0);
	close(fd);
}

/* Returns how many calls there were. */
static unsigned run_under_fire(const struct scenario *scenario, struct fire fire)
{
	struct rt_child child = rt_child_start(run_between_stops, (void *)(uintptr_t)scenario);
	int status;

	fire_at(child.pid, &fire);
	status = rt_child_join(&child);
	if (status)
		fail_msg("%s: status %#x when call %u%s fails with %d", scenario->name, status,
			 fire.at, fire.on ? " and all behind it" : "", fire.error);
	expect_nothing_left(scenario, &fire);
	return fire.calls;
}

static void a_host_survives_the_failure_of_any_call(void **state)
{
	static const int errors[] = { ENOMEM, EINTR, EMFILE, ENOSPC, EACCES };
	unsigned runs = 0;

	(void)state;
	for (size_t s = 0; s < sizeof scenarios / sizeof *scenarios; s++)
		for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
			for (unsigned on = 0; on < 2; on++)
				for (unsigned at = 0; at < MOST_CALLS; at++, runs++)
					if (run_under_fire(&scenarios[s],
							   (struct fire){ at, on, errors[e], 0,
									  false }) <= at ||
					    !INJECT)
						break;
	print_message("%u runs\n", runs);
#ifdef __x86_64__
	assert_true(runs > 500 || !INJECT);
#endif
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_survives_the_failure_of_any_call),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
