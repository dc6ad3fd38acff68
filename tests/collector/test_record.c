/* SPDX-License-Identifier: MIT */
/* Tests of collector/record*.c: the order and time of lines, a file that is there, a disk that is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/record.h"
#include "collector/record_file.h"
#include "collector/record_self.h"
#include "collector/trace.h"

#define S UINT64_C(1000000000)

struct place {
	char folder[64], path[96], text[1 << 16];
};

static int make_place(void **state)
{
	struct place *place = calloc(1, sizeof *place);

	*state = place;
	if (!place)
		return -1;
	strcpy(place->folder, "/tmp/awtest-record-XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof place->path, "%s/trace.txt", place->folder);
	return 0;
}

static int remove_place(void **state)
{
	struct place *place = *state;

	unlink(place->path);
	rmdir(place->folder);
	free(place);
	return 0;
}

static struct record *open_at(const struct place *place)
{
	char error[RECORD_ERROR_SIZE] = "";
	struct record *record;

	assert_int_equal(record_open(&record, place->path, NULL, error), 0);
	record_begin(record, 100 * S);
	return record;
}

/* What the file holds, but for the line that tells of the program and the calendar. */
static const char *told(struct place *place)
{
	FILE *file = fopen(place->path, "r");
	char *second;
	size_t n;

	assert_non_null(file);
	n = fread(place->text, 1, sizeof place->text - 1, file);
	fclose(file);
	place->text[n] = '\0';
	second = strchr(place->text, '\n') + 1;
	assert_memory_equal(second, "# audiowatchd ", 14);
	memmove(second, strchr(second, '\n') + 1, strlen(strchr(second, '\n')));
	return place->text;
}

static void lines_are_sorted_and_stand_before_the_tick_that_read_them(void **state)
{
	struct place *place = *state;
	struct record *record = open_at(place);

	record_line(record, 99 * S, "engine %s", "e"); /* before tick 0 */
	record_slot(record, 0);
	record_line(record, 100 * S + S / 2, "second");
	record_line(record, 100 * S + S / 4, "first");
	record_line(record, 100 * S + S / 2, "third");
	record_slot(record, 1);
	record_line(record, 100 * S, "of the slot before");
	record_line(record, 102 * S + S / 4, "read late");
	record_slot(record, 2);
	record_line(record, 102 * S + S / 8, "older than that");
	record_slot(record, 3);
	record_close(record);
	assert_string_equal(told(place),
			    TRACE_HEADER "\n0 engine e\n0.25 first\n0.5 second\n0.5 third\n"
					 "1 tick n=1\n1.000000001 of the slot before\n"
					 "2.25 read late\n2.25 tick n=2\n"
					 "2.25 older than that\n3 tick n=3\n3 end\n");
}

static void what_began_before_its_line_says_how_long_before(void **state)
{
	struct place *place = *state;
	struct record *record = open_at(place);

	record_begun(record, 100 * S, 98 * S, "before tick 0");
	record_slot(record, 0);
	record_begun(record, 100 * S + S / 2, 100 * S + S / 2, "in time");
	record_slot(record, 1);
	record_begun(record, 100 * S + S / 2, 100 * S + S / 2, "seen late");
	record_slot(record, 2);
	record_close(record);
	assert_string_equal(told(place),
			    TRACE_HEADER "\n0 before tick 0 ago_ns=2000000000\n0.5 in time\n"
					 "1 tick n=1\n1.000000001 seen late ago_ns=500000001\n"
					 "2 tick n=2\n2 end\n");
}

static void ticks_left_out_are_told_by_those_that_are_there(void **state)
{
	struct place *place = *state;
	struct record *record = open_at(place);

	record_slot(record, 0);
	record_slot(record, 6);
	record_line(record, 109 * S, "late");
	record_slot(record, 13);
	record_close(record);
	assert_string_equal(told(place),
			    TRACE_HEADER "\n6 tick n=6\n9 late\n13 tick n=13\n13 end\n");
}

static void a_part_of_the_collector_is_told_when_it_is_new_and_when_it_changes(void **state)
{
	struct place *place = *state;
	struct record *record = open_at(place);
	struct selfwatch_counts self = { .components = { { .name = "a b" },
							 { .name = "state", .down = 5 } } };
	struct record_self told_so_far = { 0 };

	for (uint64_t tick = 0; tick < 4; tick++) {
		self.components[0].down = tick == 2 ? 13 : 0;
		record_self(record, &told_so_far, &self, (100 + tick) * S);
		record_slot(record, tick);
	}
	record_close(record);
	assert_string_equal(
		told(place), TRACE_HEADER
		"\n0 component name=a%20b down=0\n0 component name=state down=1\n1 tick n=1\n"
		"2 component name=a%20b down=1\n2 tick n=2\n"
		"3 component name=a%20b down=0\n3 tick n=3\n3 end\n");
}

static void no_recording_is_written_over(void **state)
{
	struct place *place = *state;
	char error[RECORD_ERROR_SIZE], want[RECORD_ERROR_SIZE];
	struct record *record;

	record_close(open_at(place));
	assert_int_equal(record_open(&record, place->path, NULL, error), -EEXIST);
	assert_null(record);
	snprintf(want, sizeof want,
		 "--record-trace: \"%s\" exists already, and no recording is written over (try "
		 "another name)",
		 place->path);
	assert_string_equal(error, want);
	assert_string_equal(told(place), TRACE_HEADER "\n0 end\n");
}

/* The disk, for as long as it takes. */
static void limit_files(rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static size_t size_of(const struct place *place)
{
	struct place copy = *place;
	FILE *file = fopen(copy.path, "r");
	size_t n;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	n = (size_t)ftell(file);
	fclose(file);
	return n;
}

static void a_full_disk_costs_whole_lines_and_the_file_says_where(void **state)
{
	struct place *place = *state;
	struct record_file *file;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(record_file_open(&file, place->path, NULL), 0);
	record_file_put(file, "whole\n", 6);
	for (unsigned i = 0; i < 10000 && size_of(place) < 6; i++)
		usleep(1000);
	assert_int_equal(size_of(place), 6);
	limit_files(16);
	record_file_put(file, "fits\nbut this does not\n", 23);
	record_file_close(file);
	limit_files(RLIM_INFINITY);
	assert_int_equal(size_of(place), 11); /* "whole", "fits" */
	unlink(place->path);
}

static void what_finds_no_room_is_marked_when_there_is_some(void **state)
{
	struct place *place = *state;
	static char much[RECORD_FILE_ROOM + 1];
	struct record_file *file;
	char text[64] = "";
	FILE *written;

	assert_int_equal(record_file_open(&file, place->path, NULL), 0);
	record_file_put(file, much, sizeof much);
	record_file_put(file, "after\n", 6);
	record_file_close(file);
	written = fopen(place->path, "r");
	assert_non_null(written);
	assert_true(fread(text, 1, sizeof text - 1, written) > 0);
	fclose(written);
	assert_string_equal(text, "# lines are missing here\nafter\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			lines_are_sorted_and_stand_before_the_tick_that_read_them, make_place,
			remove_place),
		cmocka_unit_test_setup_teardown(what_began_before_its_line_says_how_long_before,
						make_place, remove_place),
		cmocka_unit_test_setup_teardown(ticks_left_out_are_told_by_those_that_are_there,
						make_place, remove_place),
		cmocka_unit_test_setup_teardown(
			a_part_of_the_collector_is_told_when_it_is_new_and_when_it_changes,
			make_place, remove_place),
		cmocka_unit_test_setup_teardown(no_recording_is_written_over, make_place,
						remove_place),
		cmocka_unit_test_setup_teardown(a_full_disk_costs_whole_lines_and_the_file_says_where,
						make_place, remove_place),
		cmocka_unit_test_setup_teardown(what_finds_no_room_is_marked_when_there_is_some,
						make_place, remove_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
