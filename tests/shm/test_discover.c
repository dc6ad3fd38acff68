/* SPDX-License-Identifier: MIT */
/* Names as they come and go in a private tmpfs directory: by inotify, by scan, and by the scan
 * that makes up for what inotify lost. inotify queues an event before the call that caused it
 * returns, so nothing here waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/discover.h"

static const char one[] = "audiowatch-0-00112233445566778899aabbccddeeff";
static const char two[] = "audiowatch-0-ffeeddccbbaa99887766554433221100";

struct place {
	char path[64];
	int dirfd;
	struct aw_discover *discover;
};

/* What was reported, as one line: +name created, ~name released, -name removed. */
struct heard {
	char text[1024], last[256];
	unsigned n, found;
};

static void hear(void *context, enum aw_found what, const char *name)
{
	static const char signs[] = { [AW_FOUND] = '+', [AW_RELEASED] = '~', [AW_REMOVED] = '-' };
	struct heard *heard = context;
	const size_t length = strlen(heard->text);

	snprintf(heard->text + length, sizeof heard->text - length, "%c%s ", signs[what], name);
	snprintf(heard->last, sizeof heard->last, "%s", name);
	heard->n++;
	heard->found += what == AW_FOUND;
}

static int open_place(void **state)
{
	static struct place place;

	snprintf(place.path, sizeof place.path, "/dev/shm/aw-test-XXXXXX");
	assert_non_null(mkdtemp(place.path));
	place.dirfd = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(place.dirfd >= 0);
	assert_int_equal(aw_discover_open(&place.discover, place.dirfd, place.path, "audiowatch"),
			 0);
	*state = &place;
	return 0;
}

static int close_place(void **state)
{
	struct place *place = *state;

	aw_discover_close(place->discover);
	close(place->dirfd);
	return rmdir(place->path);
}

static int create(const struct place *place, const char *name)
{
	return openat(place->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static void touch(const struct place *place, const char *name)
{
	const int fd = create(place, name);

	assert_true(fd >= 0);
	close(fd);
}

static void wipe(const struct place *place, const char *name)
{
	assert_int_equal(unlinkat(place->dirfd, name, 0), 0);
}

/* What happened since, in order. */
static void assert_heard(const struct place *place, const char *want)
{
	struct heard heard = { .n = 0 };

	aw_discover_read(place->discover, hear, &heard);
	assert_string_equal(heard.text, want);
}

static void assert_scanned(const struct place *place, unsigned want)
{
	struct heard heard = { .n = 0 };

	assert_int_equal(aw_discover_scan(place->discover, hear, &heard), 0);
	assert_int_equal(heard.found, want);
	assert_int_equal(heard.n, want);
}

static void a_life_is_heard_from_creation_to_removal(void **state)
{
	const struct place *place = *state;
	struct pollfd poll_fd = { .fd = aw_discover_fd(place->discover), .events = POLLIN };
	char wanted[256];
	int fd;

	assert_true(poll_fd.fd >= 0);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	fd = create(place, one);
	assert_int_equal(poll(&poll_fd, 1, 0), 1);
	snprintf(wanted, sizeof wanted, "+%s ", one);
	assert_heard(place, wanted);
	close(fd);
	snprintf(wanted, sizeof wanted, "~%s ", one);
	assert_heard(place, wanted);
	wipe(place, one);
	snprintf(wanted, sizeof wanted, "-%s ", one);
	assert_heard(place, wanted);
	assert_heard(place, "");
}

static void a_rename_is_a_removal_and_a_find(void **state)
{
	const struct place *place = *state;
	char wanted[256];

	touch(place, one);
	assert_scanned(place, 1);
	snprintf(wanted, sizeof wanted, "+%s ~%s ", one, one);
	assert_heard(place, wanted);
	assert_int_equal(renameat(place->dirfd, one, place->dirfd, two), 0);
	snprintf(wanted, sizeof wanted, "-%s +%s ", one, two);
	assert_heard(place, wanted);
	assert_int_equal(renameat(place->dirfd, two, place->dirfd, "elsewhere"), 0);
	snprintf(wanted, sizeof wanted, "-%s ", two);
	assert_heard(place, wanted);
	wipe(place, "elsewhere");
	assert_heard(place, "");
}

static void names_without_the_prefix_and_locks_are_nobodys_business(void **state)
{
	static const char *const others[] = {
		"audiowatch",
		"AUDIOWATCH-0-1",
		"audiowatc-0-1",
		"xaudiowatch-0-1",
		"other",
		"audiowatch.0",
		"audiowatch-0-collector",
		"audiowatch-4711-collector",
		"audiowatch-run-1-0-00112233445566778899aabbccddeeff", /* of a longer prefix */
	};
	const struct place *place = *state;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		touch(place, others[i]);
	assert_heard(place, "");
	assert_scanned(place, 0);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		wipe(place, others[i]);
	assert_heard(place, "");
}

/* Refusing them, with a reason, is the reader's part. */
static void names_with_the_prefix_are_reported_whatever_they_are(void **state)
{
	const struct place *place = *state;

	touch(place, "audiowatch-0-collectors");
	assert_int_equal(mkdirat(place->dirfd, "audiowatch-0-dir", 0700), 0);
	assert_int_equal(symlinkat("/etc/passwd", place->dirfd, "audiowatch-0-link"), 0);
	assert_heard(place, "+audiowatch-0-collectors ~audiowatch-0-collectors +audiowatch-0-dir "
			    "+audiowatch-0-link ");
	assert_scanned(place, 3);
	wipe(place, "audiowatch-0-collectors");
	wipe(place, "audiowatch-0-link");
	assert_int_equal(unlinkat(place->dirfd, "audiowatch-0-dir", AT_REMOVEDIR), 0);
}

static void a_scan_can_be_repeated_and_leaves_the_borrowed_descriptor_alone(void **state)
{
	const struct place *place = *state;

	touch(place, one);
	touch(place, two);
	for (unsigned i = 0; i < 3; i++)
		assert_scanned(place, 2);
	assert_int_equal(lseek(place->dirfd, 0, SEEK_CUR), 0);
	wipe(place, one);
	assert_scanned(place, 1);
	wipe(place, two);
	assert_scanned(place, 0);
}

static void a_path_that_is_not_there_leaves_scans(void **state)
{
	const struct place *place = *state;
	struct aw_discover *blind;
	struct heard heard = { .n = 0 };

	touch(place, one);
	assert_int_equal(
		aw_discover_open(&blind, place->dirfd, "/dev/shm/aw-no-such-dir", "audiowatch"), 0);
	assert_int_equal(aw_discover_fd(blind), -1);
	aw_discover_read(blind, hear, &heard);
	assert_int_equal(heard.n, 0);
	assert_int_equal(aw_discover_scan(blind, hear, &heard), 0);
	assert_int_equal(heard.found, 1);
	aw_discover_close(blind);
	wipe(place, one);
}

static void a_bad_prefix_or_directory_is_an_error(void **state)
{
	const struct place *place = *state;
	struct aw_discover *discover;
	struct heard heard = { .n = 0 };

	assert_int_equal(aw_discover_open(&discover, place->dirfd, place->path, "a/b"), -EINVAL);
	assert_null(discover);
	assert_int_equal(aw_discover_open(&discover, -1, place->path, "audiowatch"), 0);
	assert_int_equal(aw_discover_scan(discover, hear, &heard), -EBADF);
	aw_discover_close(discover);
	aw_discover_close(NULL);
}

static unsigned queue_length(void)
{
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	unsigned length = 0;

	if (file && fscanf(file, "%u", &length) != 1)
		length = 0;
	if (file)
		fclose(file);
	return length;
}

/* Reads until the queue is empty; counts how often each kind came. */
static struct heard read_all(const struct place *place)
{
	struct pollfd poll_fd = { .fd = aw_discover_fd(place->discover), .events = POLLIN };
	struct heard heard = { .n = 0 };

	while (poll(&poll_fd, 1, 0) == 1)
		aw_discover_read(place->discover, hear, &heard);
	return heard;
}

static void what_an_overflow_lost_is_found_by_a_scan(void **state)
{
	const struct place *place = *state;
	const unsigned length = queue_length();
	struct heard heard;

	if (!length || length > 200000)
		skip(); /* no queue that could be filled here */
	/* three events a round; "a" and "b" in turn, since equal neighbours are merged */
	for (unsigned i = 0; i < length / 3 + 10; i++) {
		touch(place, i % 2 ? "audiowatch-0-a" : "audiowatch-0-b");
		wipe(place, i % 2 ? "audiowatch-0-a" : "audiowatch-0-b");
	}
	touch(place, one); /* its events found no room */
	heard = read_all(place);
	assert_in_range(heard.n, length, length + 1);
	assert_string_equal(heard.last, one);
	touch(place, two); /* and inotify works again */
	heard = read_all(place);
	assert_int_equal(heard.found, 1);
	assert_string_equal(heard.last, two);
	wipe(place, one);
	wipe(place, two);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)
	const struct CMUnitTest tests[] = {
		IN_PLACE(a_life_is_heard_from_creation_to_removal),
		IN_PLACE(a_rename_is_a_removal_and_a_find),
		IN_PLACE(names_without_the_prefix_and_locks_are_nobodys_business),
		IN_PLACE(names_with_the_prefix_are_reported_whatever_they_are),
		IN_PLACE(a_scan_can_be_repeated_and_leaves_the_borrowed_descriptor_alone),
		IN_PLACE(a_path_that_is_not_there_leaves_scans),
		IN_PLACE(a_bad_prefix_or_directory_is_an_error),
		IN_PLACE(what_an_overflow_lost_is_found_by_a_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
