/* SPDX-License-Identifier: MIT */
/* Tests of collector/memory_file.c: what was put last is what is there, and a disk that fails or hangs is told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/fault.h"
#include "collector/instant.h"
#include "collector/memory.h"
#include "collector/memory_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct place {
	char folder[64], log[4096];
	struct log lines;
	struct selfwatch self;
	unsigned part;
};

static int make_place(void **state)
{
	static struct place place;

	place = (struct place){ .folder = "/tmp/audiowatch-memory-XXXXXX" };
	place.lines.fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	log_open(&place.lines, place.lines.fd, LOG_JSON);
	(void)selfwatch_component(&place.self, "other");
	place.part = selfwatch_component(&place.self, "history");
	*state = &place;
	return mkdtemp(place.folder) ? 0 : -1;
}

static struct memory_file *open_file(struct place *place)
{
	return memory_file_open(&(struct memory_file_owner){ place->folder, &place->lines,
							     &place->self, place->part, NULL });
}

static void assert_down(const struct place *place, bool down)
{
	struct selfwatch_component components[SELFWATCH_COMPONENTS];

	selfwatch_components(&place->self, components);
	assert_false(components[0].down);
	assert_string_equal(components[1].name, "history");
	assert_int_equal(components[1].down != 0, down);
}

static void in(const struct place *place, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", place->folder, name);
}

static int remove_place(void **state)
{
	static const char *const names[] = { "state", "state.new", "state.refused" };
	struct place *place = *state;
	char path[128];

	for (size_t i = 0; i < COUNT(names); i++) {
		in(place, names[i], path);
		if (unlink(path) < 0)
			(void)rmdir(path);
	}
	close(place->lines.fd);
	return rmdir(place->folder);
}

static unsigned lines_of(struct place *place, const char *part)
{
	unsigned count = 0;

	memset(place->log, 0, sizeof place->log);
	(void)!pread(place->lines.fd, place->log, sizeof place->log - 1, 0);
	for (const char *at = place->log; (at = strstr(at, part)); at++)
		count++;
	return count;
}

static void put(struct memory_file *file, const char *text)
{
	memory_file_put(file, strdup(text), strlen(text), 0);
}

/* Until the thread has tried that many. */
static void wait_tried(const struct memory_file *file, uint64_t count)
{
	struct memory_file_counts counts = memory_file_counts(file);

	for (unsigned naps = 0; counts.written + counts.failed < count && naps < 30000; naps++) {
		usleep(1000);
		counts = memory_file_counts(file);
	}
	assert_true(counts.written + counts.failed >= count);
}

/* And behind it the line that vouches for it. */
static void assert_file(const struct memory_file *file, const char *want)
{
	char end[MEMORY_END_SIZE];
	size_t length = 0;
	int status;
	char *text = memory_file_read(file, &length, &status);

	memory_end(end, want, strlen(want));
	assert_int_equal(status, 0);
	assert_non_null(text);
	assert_int_equal(length, strlen(want) + strlen(end));
	assert_memory_equal(text, want, strlen(want));
	assert_memory_equal(text + strlen(want), end, strlen(end));
	free(text);
}

static void what_was_put_last_is_read_after_the_end(void **state)
{
	struct place *place = *state;
	struct memory_file *file = open_file(place);
	char path[128];
	struct stat st;
	size_t length;
	int status;

	assert_null(memory_file_read(file, &length, &status));
	assert_int_equal(status, 0);
	for (unsigned i = 0; i < 100; i++)
		put(file, i < 99 ? "before" : "last");
	memory_file_close(file);
	file = open_file(place);
	assert_file(file, "last");
	in(place, "state", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	in(place, "state.new", path);
	assert_int_equal(access(path, F_OK), -1);
	memory_file_close(file);
}

static void a_disk_that_fails_is_told_once_and_recovers(void **state)
{
	struct place *place = *state;
	struct memory_file *file = open_file(place);
	char path[128];

	put(file, "good");
	wait_tried(file, 1);
	assert_down(place, false);
	in(place, "state.new", path);
	assert_int_equal(mkdir(path, 0700), 0); /* where the new one is to be: root is refused too */
	for (unsigned i = 2; i <= 4; i++) {
		put(file, "bad");
		wait_tried(file, i);
		assert_down(place, true);
	}
	assert_file(file, "good");
	assert_int_equal(rmdir(path), 0);
	for (unsigned i = 5; i <= 6; i++) {
		put(file, "better");
		wait_tried(file, i);
		assert_down(place, false);
	}
	assert_file(file, "better");
	assert_int_equal(memory_file_counts(file).written, 3);
	assert_int_equal(memory_file_counts(file).failed, 3);
	memory_file_close(file);
	assert_int_equal(lines_of(place, "cannot be written"), 1);
	assert_int_equal(lines_of(place, "written again"), 1);
}

static void what_is_half_written_on_a_full_disk_takes_no_room(void **state)
{
	struct place *place = *state;
	struct memory_file *file = open_file(place);
	struct rlimit whole, little;
	char path[128];

	put(file, "good");
	wait_tried(file, 1);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
	little = whole;
	little.rlim_cur = 4;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	put(file, "more than there is room for");
	wait_tried(file, 2);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
	assert_int_equal(memory_file_counts(file).failed, 1);
	in(place, "state.new", path);
	assert_int_equal(access(path, F_OK), -1);
	assert_file(file, "good");
	memory_file_close(file);
}

/* A pipe that nobody reads is a disk that does not answer; the poll thread goes on handing over. */
static void a_disk_that_hangs_is_told_once_and_recovers(void **state)
{
	struct place *place = *state;
	struct memory_file *file = open_file(place);
	uint64_t now_ns = instant_clock_ns(CLOCK_MONOTONIC);
	char path[128];
	int reader;

	in(place, "state.new", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	put(file, "waits");
	while (!memory_file_hangs(file, UINT64_MAX) &&
	       instant_clock_ns(CLOCK_MONOTONIC) < now_ns + 30 * NS_A_SECOND)
		usleep(1000);
	assert_down(place, true);
	for (unsigned i = 0; i < 100; i++) {
		put(file, "waits behind it");
		assert_true(memory_file_hangs(file, UINT64_MAX));
	}
	assert_false(memory_file_hangs(file, now_ns)); /* it does, but not for long */
	assert_int_equal(lines_of(place, "the disk hangs"), 1);
	reader = open(path, O_RDONLY | O_NONBLOCK |
				    O_CLOEXEC); /* which cannot be synced, and is taken away */
	wait_tried(file, 2);
	assert_file(file, "waits behind it");
	assert_false(memory_file_hangs(file, UINT64_MAX));
	assert_down(place, false);
	assert_int_equal(lines_of(place, "cannot be written"), 1); /* the hang ended so */
	assert_int_equal(lines_of(place, "written again"), 2);
	close(reader);
	memory_file_close(file);
}

/* Whoever cleans up takes the folder with what is in it; made again, it is another one of the same name. */
static void a_folder_that_is_gone_is_told_and_may_be_made_again(void **state)
{
	struct place *place = *state;
	struct memory_file *file = open_file(place);
	char path[128];

	put(file, "good");
	wait_tried(file, 1);
	in(place, "state", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(place->folder), 0);
	put(file, "bad");
	wait_tried(file, 2);
	assert_down(place, true);
	assert_int_equal(memory_file_fault(file), ENOENT);
	assert_int_equal(lines_of(place, "make this directory again"), 1);
	assert_int_equal(mkdir(place->folder, 0700), 0);
	put(file, "better");
	wait_tried(file, 3);
	assert_down(place, false);
	assert_int_equal(memory_file_fault(file), 0);
	assert_file(file, "better");
	memory_file_close(file);
}

static void a_folder_that_another_collector_has_by_now_is_left_to_it(void **state)
{
	struct place *place = *state;
	struct memory_file *file = open_file(place);
	char before[128], path[128];

	snprintf(before, sizeof before, "%s.before", place->folder);
	assert_int_equal(rename(place->folder, before), 0);
	assert_int_equal(mkdir(place->folder, 0700), 0);
	in(place, "control.sock", path);
	assert_int_equal(close(open(path, O_WRONLY | O_CREAT, 0600)), 0);
	put(file, "ours");
	wait_tried(file, 1);
	assert_int_equal(memory_file_fault(file), FAULT_TAKEN);
	in(place, "state", path);
	assert_int_equal(access(path, F_OK), -1);
	in(place, "control.sock", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(place->folder), 0);
	assert_int_equal(rename(before, place->folder), 0);
	put(file, "ours");
	wait_tried(file, 2);
	assert_file(file, "ours");
	memory_file_close(file);
}

static void what_is_no_plain_file_is_not_read(void **state)
{
	struct place *place = *state;
	struct memory_file *file = open_file(place);
	char path[128];
	size_t length;
	int status;

	in(place, "state", path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_null(memory_file_read(file, &length, &status));
	assert_int_equal(status, -ELOOP);
	assert_int_equal(memory_file_refuse(file), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(memory_file_read(file, &length, &status));
	assert_int_equal(status, -EINVAL);
	assert_int_equal(memory_file_refuse(file), 0);
	assert_int_equal(close(open(path, O_WRONLY | O_CREAT, 0600)), 0);
	assert_int_equal(truncate(path, MEMORY_MOST_BYTES + 1), 0);
	assert_null(memory_file_read(file, &length, &status));
	assert_int_equal(status, -EFBIG);
	memory_file_close(file);
}

static void a_folder_that_is_gone_opens_nothing(void **state)
{
	(void)state;
	assert_null(memory_file_open(&(struct memory_file_owner){ .dir = "/nowhere/at/all" }));
	memory_file_close(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_put_last_is_read_after_the_end, make_place,
						remove_place),
		cmocka_unit_test_setup_teardown(a_disk_that_fails_is_told_once_and_recovers,
						make_place, remove_place),
		cmocka_unit_test_setup_teardown(what_is_half_written_on_a_full_disk_takes_no_room,
						make_place, remove_place),
		cmocka_unit_test_setup_teardown(a_disk_that_hangs_is_told_once_and_recovers,
						make_place, remove_place),
		cmocka_unit_test_setup_teardown(a_folder_that_is_gone_is_told_and_may_be_made_again,
						make_place, remove_place),
		cmocka_unit_test_setup_teardown(
			a_folder_that_another_collector_has_by_now_is_left_to_it, make_place,
			remove_place),
		cmocka_unit_test_setup_teardown(what_is_no_plain_file_is_not_read, make_place,
						remove_place),
		cmocka_unit_test(a_folder_that_is_gone_opens_nothing),
	};

	return cmocka_run_group_tests_name("memory_file", tests, NULL, NULL);
}
