/* SPDX-License-Identifier: MIT */
/* Tests of the small parts around the poll loop: its beats (poll.c), what has had its answer
 * (marks.c), its own numbers (selfwatch.c), what /proc tells (process.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collector/marks.h"
#include "collector/poll.h"
#include "collector/process.h"
#include "collector/selfwatch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS UINT64_C(1000000)
#define S (1000 * MS)

/* ---- beats ---- */

static void a_clock_is_due_at_its_beat_and_not_before(void **state)
{
	uint64_t next_ns = 100 * MS, skipped;

	(void)state;
	assert_false(poll_due(&next_ns, 20 * MS, 100 * MS - 1, &skipped));
	assert_int_equal(next_ns, 100 * MS);
	assert_true(poll_due(&next_ns, 20 * MS, 100 * MS, &skipped));
	assert_int_equal(next_ns, 120 * MS);
	assert_int_equal(skipped, 0);
}

static void a_late_wake_up_keeps_the_rhythm_and_counts_what_it_missed(void **state)
{
	uint64_t next_ns = 100 * MS, skipped;

	(void)state;
	assert_true(poll_due(&next_ns, 20 * MS, 119 * MS, &skipped));
	assert_int_equal(next_ns, 120 * MS);
	assert_int_equal(skipped, 0);
	assert_true(poll_due(&next_ns, 20 * MS, 185 * MS, &skipped));
	assert_int_equal(next_ns, 200 * MS);
	assert_int_equal(skipped, 3);
}

/* ---- marks ---- */

static void a_mark_stays_while_its_name_stands(void **state)
{
	struct marks *marks = calloc(1, sizeof *marks);
	const uint64_t a = marks_hash(0, "a", 1), b = marks_hash(0, "b", 1);

	(void)state;
	assert_false(marks_has(marks, a));
	assert_true(marks_add(marks, a));
	assert_true(marks_has(marks, a));
	marks_scan_done(marks); /* added before the scan and in it: one scan's grace */
	assert_true(marks_has(marks, a));
	assert_true(marks_add(marks, b));
	marks_keep(marks, a);
	marks_scan_done(marks);
	marks_keep(marks, a);
	marks_scan_done(marks);
	assert_true(marks_has(marks, a));
	assert_false(marks_has(marks, b));
	free(marks);
}

static void marks_tell_directories_names_and_objects_apart(void **state)
{
	(void)state;
	assert_int_equal(marks_hash(0, "a", 1), marks_hash(0, "a", 1));
	assert_int_not_equal(marks_hash(0, "a", 1), marks_hash(1, "a", 1));
	assert_int_not_equal(marks_hash(0, "a", 1), marks_hash(0, "b", 1));
	assert_int_not_equal(marks_hash(0, "a", 1), marks_hash(0, "a", 2));
}

static void a_full_set_refuses_and_goes_on(void **state)
{
	struct marks *marks = calloc(1, sizeof *marks);

	(void)state;
	for (uint64_t i = 0; i < MARKS_MAX; i++)
		assert_true(marks_add(marks, marks_hash(0, "a", i)));
	assert_false(marks_add(marks, marks_hash(0, "b", 0)));
	assert_false(marks_has(marks, marks_hash(0, "b", 0)));
	assert_true(marks_has(marks, marks_hash(0, "a", MARKS_MAX / 2)));
	free(marks);
}

/* ---- the watchdog's own numbers ---- */

static void polls_fall_into_the_bucket_that_holds_them(void **state)
{
	static struct selfwatch self;
	struct selfwatch_counts counts;

	(void)state;
	assert_int_equal(selfwatch_last_poll_ns(&self), 0);
	selfwatch_poll(&self, 10 * S, 10 * S + 100000);
	selfwatch_poll(&self, 11 * S, 11 * S + 100001);
	selfwatch_poll(&self, 12 * S, 13 * S);
	counts = selfwatch_read(&self, 13 * S);
	assert_int_equal(counts.polls[0], 1);
	assert_int_equal(counts.polls[1], 1);
	assert_int_equal(counts.polls[SELFWATCH_POLL_BOUNDS], 1);
	assert_int_equal(counts.poll_sum_ns, S + 200001);
	assert_int_equal(counts.poll_max_ns, S);
	assert_int_equal(selfwatch_last_poll_ns(&self), 13 * S);
}

static void sessions_fall_into_the_bucket_that_holds_them(void **state)
{
	static struct selfwatch self;

	(void)state;
	selfwatch_session(&self, S);
	selfwatch_session(&self, S + 1);
	selfwatch_session(&self, 86400 * S + 1);
	assert_int_equal(self.counts.session_seconds[0], 1);
	assert_int_equal(self.counts.session_seconds[1], 1);
	assert_int_equal(self.counts.session_seconds[SELFWATCH_SESSION_BOUNDS], 1);
}

static void requests_are_counted_by_handler_and_code(void **state)
{
	static struct selfwatch self;
	const unsigned metrics = selfwatch_handler(&self, "metrics"),
		       health = selfwatch_handler(&self, "health");
	struct selfwatch_counts counts;

	(void)state;
	assert_int_equal(selfwatch_handler(&self, "metrics"), metrics);
	assert_int_not_equal(metrics, health);
	selfwatch_request(&self, metrics, 200);
	selfwatch_request(&self, metrics, 200);
	selfwatch_request(&self, health, 503);
	selfwatch_request(&self, health, 599);
	selfwatch_request(&self, health, 204);
	counts = selfwatch_read(&self, 0);
	assert_int_equal(counts.requests[metrics][0], 2);
	assert_int_equal(counts.requests[health][SELFWATCH_CODES - 2], 1);
	assert_int_equal(counts.requests[health][SELFWATCH_CODES - 1], 2);
	assert_string_equal(counts.handlers[health], "health");
}

static void a_fault_is_counted_under_its_name(void **state)
{
	static struct selfwatch self;

	(void)state;
	selfwatch_dropped(&self, "truncated");
	selfwatch_dropped(&self, "nobody knows");
	for (unsigned i = 0; i < SELFWATCH_FAULTS; i++)
		assert_int_equal(self.counts.dropped[i],
				 strcmp(selfwatch_faults[i], "truncated") == 0);
}

/* ---- /proc ---- */

static void a_stat_line_is_read_from_its_last_bracket(void **state)
{
	static const char line[] = "7 (a) T 9 (b)) S 1 7 7 0 -1 4194560 1 2 3 4 50 60 7 8 20 0 1 0 "
				   "12345 1000 99 18446744073709551615";
	struct process_stat stat;

	(void)state;
	assert_true(process_parse_stat(line, &stat));
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.cpu_ticks, 110);
	assert_int_equal(stat.start_ticks, 12345);
	assert_int_equal(stat.virtual_bytes, 1000);
	assert_int_equal(stat.resident_pages, 99);
	assert_false(process_parse_stat("7 (a) S 1 2 3", &stat));
	assert_false(process_parse_stat("7 a S 1 2 3", &stat));
	assert_false(process_parse_stat("", &stat));
}

static void a_stopped_process_is_told_from_a_running_and_from_a_later_one(void **state)
{
	const pid_t child = fork();
	struct process_stat stat;
	int status;

	(void)state;
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	assert_true(process_read_stat((uint64_t)child, &stat));
	assert_false(process_is_stopped((uint64_t)child, stat.start_ticks));
	kill(child, SIGSTOP);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(process_is_stopped((uint64_t)child, stat.start_ticks));
	assert_false(process_is_stopped((uint64_t)child, stat.start_ticks + 1));
	assert_false(process_is_stopped(0, stat.start_ticks));
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(process_is_stopped((uint64_t)child, stat.start_ticks));
}

static void the_own_usage_is_plausible(void **state)
{
	struct process_usage usage = { 0 };

	(void)state;
	process_read_usage(&usage);
	assert_true(usage.start_time_seconds > 1e9);
	assert_true(usage.resident_bytes > 100000);
	assert_true(usage.virtual_bytes >= usage.resident_bytes);
	assert_true(usage.open_fds >= 3 && usage.open_fds < 1000);
	assert_true(usage.max_fds >= usage.open_fds);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_is_due_at_its_beat_and_not_before),
		cmocka_unit_test(a_late_wake_up_keeps_the_rhythm_and_counts_what_it_missed),
		cmocka_unit_test(a_mark_stays_while_its_name_stands),
		cmocka_unit_test(marks_tell_directories_names_and_objects_apart),
		cmocka_unit_test(a_full_set_refuses_and_goes_on),
		cmocka_unit_test(polls_fall_into_the_bucket_that_holds_them),
		cmocka_unit_test(sessions_fall_into_the_bucket_that_holds_them),
		cmocka_unit_test(requests_are_counted_by_handler_and_code),
		cmocka_unit_test(a_fault_is_counted_under_its_name),
		cmocka_unit_test(a_stat_line_is_read_from_its_last_bracket),
		cmocka_unit_test(a_stopped_process_is_told_from_a_running_and_from_a_later_one),
		cmocka_unit_test(the_own_usage_is_plausible),
	};

	return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
