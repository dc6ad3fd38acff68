/* SPDX-License-Identifier: MIT */
/* What a reader takes for a segment and what it refuses, each for its own reason, on real
 * objects in a private tmpfs directory. Every case starts from a good segment and spoils one
 * thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/segment_model.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const struct aw_counts counts = { 2, 4, 3, 64 };

static unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Opens, compares the outcome, and leaves nothing open. `says` is in the error text; NULL: no
 * reader is given. */
static void expect(const struct model *model, enum aw_attach want, const char *says)
{
	const struct aw_reader_place place = model_place(model);
	const unsigned before = open_descriptors();
	struct aw_reader *reader;
	const enum aw_attach got = aw_reader_open(&place, model->name, &reader);

	assert_string_equal(aw_attach_name(got), aw_attach_name(want));
	assert_int_equal(reader != NULL, says != NULL);
	if (says && !strstr(aw_reader_error(reader), says))
		fail_msg("\"%s\" does not say \"%s\"", aw_reader_error(reader), says);
	aw_reader_close(reader);
	assert_int_equal(open_descriptors(), before);
}

static int resize(const struct model *model, off_t size)
{
	const int fd = openat(model->dirfd, model->name, O_RDWR | O_CLOEXEC);
	const int error = fd < 0 ? -1 : ftruncate(fd, size);

	close(fd);
	return error;
}

static void a_good_segment_attaches_and_its_header_is_copied(void **state)
{
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	expect(&model, AW_ATTACHED, "");
	reader = model_reader(&model);
	assert_string_equal(aw_reader_name(reader), model.name);
	assert_string_equal(aw_reader_header(reader)->app, "model");
	assert_int_equal(aw_reader_header(reader)->engines, counts.engines);
	assert_int_equal(aw_reader_layout(reader)->size, model.layout.size);
	assert_int_equal(aw_reader_attach(reader), AW_ATTACHED);
	assert_true(aw_reader_fd(reader) >= 0);
	aw_reader_close(reader);
	model_deinit(&model);
}

/* ---- the name ---- */

static void a_name_that_is_no_segments_name_is_refused(void **state)
{
	static const char *const names[] = {
		"",
		"audiowatch",
		"audiowatch-",
		"audiowatch-0",
		"audiowatch-0-collector",
		"audiowatch-0-0123456789abcdef0123456789abcde",
		"audiowatch-0-0123456789abcdef0123456789abcdef0",
		"audiowatch-0-0123456789ABCDEF0123456789abcdef",
		"audiowatch-00-0123456789abcdef0123456789abcdef",
		"audiowatch-+0-0123456789abcdef0123456789abcdef",
		"audiowatch- 0-0123456789abcdef0123456789abcdef",
		"audiowatch-4294967296-0123456789abcdef0123456789abcdef",
		"audiowatch--1-0123456789abcdef0123456789abcdef",
		"audiowatch-x-0123456789abcdef0123456789abcdef",
		"Audiowatch-0-0123456789abcdef0123456789abcdef",
		"other-0-0123456789abcdef0123456789abcdef",
		"../shm/audiowatch-0-0123456789abcdef0123456789abcdef",
		"audiowatch-0-/123456789abcdef0123456789abcdef",
	};
	struct aw_reader_place place;
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	place = model_place(&model);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_int_equal(aw_reader_open(&place, names[i], &reader), AW_REFUSED_NAME);
		assert_null(reader);
	}
	model_deinit(&model);
}

static void a_name_that_is_not_the_headers_id_is_refused(void **state)
{
	struct model model;

	(void)state;
	for (unsigned byte = 0; byte < AW_ID_SIZE; byte++) {
		model_in_file(&model, counts, 0);
		model_header(&model)->id[byte] ^= 1;
		expect(&model, AW_REFUSED_NAME, "not the id");
		model_deinit(&model);
	}
}

static void a_name_that_nobody_has_is_gone(void **state)
{
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	assert_int_equal(unlinkat(model.dirfd, model.name, 0), 0);
	expect(&model, AW_GONE, NULL);
	model_deinit(&model);
}

/* ---- the file ---- */

static void a_symlink_is_refused_wherever_it_leads(void **state)
{
	static const char other[] = "elsewhere";
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	assert_int_equal(renameat(model.dirfd, model.name, model.dirfd, other), 0);
	assert_int_equal(symlinkat(other, model.dirfd, model.name), 0);
	expect(&model, AW_REFUSED_SYMLINK, NULL);
	assert_int_equal(unlinkat(model.dirfd, other, 0), 0);
	expect(&model, AW_REFUSED_SYMLINK, NULL); /* dangling */
	model_deinit(&model);
}

static void make_socket(const struct model *model)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int old = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0 && old >= 0 && !fchdir(model->dirfd)); /* the path must be short */
	memcpy(address.sun_path, model->name, strlen(model->name));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(fchdir(old), 0);
	close(old);
	close(fd);
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state)
{
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	assert_int_equal(unlinkat(model.dirfd, model.name, 0), 0);
	assert_int_equal(mkfifoat(model.dirfd, model.name, 0600), 0);
	expect(&model, AW_REFUSED_TYPE, NULL);
	assert_int_equal(unlinkat(model.dirfd, model.name, 0), 0);
	make_socket(&model);
	expect(&model, AW_REFUSED_TYPE, NULL);
	assert_int_equal(unlinkat(model.dirfd, model.name, 0), 0);
	assert_int_equal(mkdirat(model.dirfd, model.name, 0700), 0);
	expect(&model, AW_REFUSED_TYPE, NULL);
	assert_int_equal(unlinkat(model.dirfd, model.name, AT_REMOVEDIR), 0);
	model_deinit(&model);
}

static void only_modes_0600_and_0640_are_taken(void **state)
{
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	for (mode_t mode = 0; mode <= 07777; mode++) {
		if (mode == 0600 || mode == 0640)
			continue;
		assert_int_equal(fchmodat(model.dirfd, model.name, mode, 0), 0);
		expect(&model, AW_REFUSED_MODE, NULL);
	}
	assert_int_equal(fchmodat(model.dirfd, model.name, 0640, 0), 0);
	expect(&model, AW_ATTACHED, "");
	model_deinit(&model);
}

static void a_second_link_is_refused(void **state)
{
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	assert_int_equal(linkat(model.dirfd, model.name, model.dirfd, "twin", 0), 0);
	expect(&model, AW_REFUSED_LINKS, NULL);
	assert_int_equal(unlinkat(model.dirfd, "twin", 0), 0);
	expect(&model, AW_ATTACHED, "");
	model_deinit(&model);
}

static void another_owner_than_the_names_is_refused(void **state)
{
	struct model model;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root gives files away */
	model_in_file(&model, counts, 0);
	assert_int_equal(fchownat(model.dirfd, model.name, 12345, (gid_t)-1, 0), 0);
	expect(&model, AW_REFUSED_OWNER, NULL);
	model_deinit(&model);
}

static void a_user_is_read_only_when_asked_for(void **state)
{
	const uid_t uids[] = { geteuid(), 12345 };
	struct aw_reader_place place;
	struct aw_reader *reader;
	struct model model;
	char name[AW_SEGMENT_NAME_SIZE];

	(void)state;
	model_in_file(&model, counts, 0);
	place = model_place(&model);
	aw_segment_name(name, AW_DEFAULT_PREFIX, 12345, model.id);
	assert_int_equal(renameat(model.dirfd, model.name, model.dirfd, name), 0);
	place.uids = uids;
	place.uid_count = 2;
	/* ours under their name */
	assert_int_equal(aw_reader_open(&place, name, &reader), AW_REFUSED_OWNER);
	if (geteuid() == 0) { /* only root gives files away */
		assert_int_equal(fchownat(model.dirfd, name, 12345, (gid_t)-1, 0), 0);
		assert_int_equal(aw_reader_open(&place, name, &reader), AW_ATTACHED);
		aw_reader_close(reader);
	}
	place.uid_count = 1;
	assert_int_equal(aw_reader_open(&place, name, &reader), AW_REFUSED_OWNER);
	assert_int_equal(unlinkat(model.dirfd, name, 0), 0);
	model_deinit(&model);
}

static void a_size_that_the_counts_do_not_give_is_refused(void **state)
{
	struct model model;
	off_t right;

	(void)state;
	model_in_file(&model, counts, 0);
	right = (off_t)model.layout.size;
	{
		const struct {
			off_t size;
			const char *says;
		} sizes[] = {
			{ 1, "no header" },
			{ sizeof(struct aw_segment_header) - 1, "no header" },
			{ sizeof(struct aw_segment_header), "bytes long" },
			{ (off_t)AW_PAGE, "bytes long" },
			{ right - 1, "bytes long" },
			{ right + 1, "bytes long" },
			{ right + (off_t)AW_PAGE, "bytes long" },
			{ (off_t)1 << 40, "bytes long" },
		};

		/* downwards first would lose the header */
		for (size_t i = COUNT_OF(sizes); i-- > 0;) {
			assert_int_equal(resize(&model, sizes[i].size), 0);
			expect(&model, AW_REFUSED_SIZE, sizes[i].says);
		}
	}
	model_deinit(&model);
}

/* ---- the header ---- */

#define FIELD(member) \
	offsetof(struct aw_segment_header, member), sizeof(((struct aw_segment_header *)0)->member)

/* One field set to one value. */
struct spoiled {
	size_t offset, size;
	uint64_t value;
	enum aw_attach want;
	const char *says;
};

static const struct spoiled spoiled[] = {
	{ FIELD(magic), UINT64_C(0x4155445754434831), AW_REFUSED_BYTE_ORDER, "magic" },
	{ FIELD(magic), 1, AW_REFUSED_HEADER, "magic is 0x1" },
	{ FIELD(magic), UINT64_MAX, AW_REFUSED_HEADER, "magic" },
	{ FIELD(byte_order), UINT64_C(0x0807060504030201), AW_REFUSED_BYTE_ORDER, "byte order" },
	{ FIELD(byte_order), 0, AW_REFUSED_BYTE_ORDER, "byte order" },
	{ FIELD(abi_major), 2, AW_REFUSED_ABI,
	  "ABI 2.0, this collector reads 1.x: upgrade audiowatchd" },
	{ FIELD(abi_major), UINT32_MAX, AW_REFUSED_ABI, "upgrade audiowatchd" },
	{ FIELD(abi_major), 0,
	  AW_REFUSED_ABI, "ABI 0.0, this collector reads 1.x: upgrade the application, which embeds libaudiowatch" },
	{ FIELD(abi_minor), 0, AW_ATTACHED, "" },
	{ FIELD(abi_minor), 7, AW_ATTACHED, "" },
	{ FIELD(size), 0, AW_REFUSED_SIZE, "0 in its header" },
	{ FIELD(size), UINT64_MAX, AW_REFUSED_SIZE, "in its header" },
	{ FIELD(engines), 0, AW_REFUSED_COUNTS, "0 engines" },
	{ FIELD(engines), 65, AW_REFUSED_COUNTS, "65 engines" },
	{ FIELD(engines), UINT32_MAX, AW_REFUSED_COUNTS, "engines" },
	{ FIELD(engines), 3, AW_REFUSED_SIZE, "by its counts" },
	{ FIELD(channels), 1025, AW_REFUSED_COUNTS, "1025 channels" },
	{ FIELD(channels), UINT32_MAX, AW_REFUSED_COUNTS, "channels" },
	{ FIELD(channels), 40, AW_REFUSED_SIZE, "by its counts" },
	{ FIELD(functions), 257, AW_REFUSED_COUNTS, "257 functions" },
	{ FIELD(functions), 0, AW_REFUSED_SIZE, "by its counts" },
	{ FIELD(ring_records), 0, AW_REFUSED_COUNTS, "rings of 0" },
	{ FIELD(ring_records), 63, AW_REFUSED_COUNTS, "rings of 63" },
	{ FIELD(ring_records), 131072, AW_REFUSED_COUNTS, "rings of 131072" },
	{ FIELD(ring_records), 128, AW_REFUSED_SIZE, "by its counts" },
	{ FIELD(lanes), 0, AW_REFUSED_COUNTS, "0 lanes" },
	{ FIELD(lanes), 5, AW_REFUSED_COUNTS, "5 lanes" },
	{ FIELD(lane_records), 255, AW_REFUSED_COUNTS, "lanes of 255" },
	{ FIELD(clock_kind), 2, AW_REFUSED_HEADER, "clock_kind" },
	{ FIELD(clock_kind), UINT32_MAX, AW_REFUSED_HEADER, "clock_kind" },
	{ FIELD(mult), 0, AW_REFUSED_HEADER, "mult" },
	{ FIELD(state), 0, AW_REFUSED_HEADER, "state" },
	{ FIELD(state), 3, AW_REFUSED_HEADER, "state" },
	{ FIELD(state), AW_STATE_CLOSED, AW_ATTACHED, "" },
	{ FIELD(pid), UINT64_MAX, AW_ATTACHED, "" },
	{ FIELD(flags), UINT32_MAX, AW_ATTACHED, "" },
};

static void every_spoiled_field_is_refused_for_its_own_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(spoiled); i++) {
		const struct spoiled *s = &spoiled[i];
		struct model model;

		model_in_file(&model, counts, 0);
		/* little endian, as all of our machines are */
		memcpy(model.at + s->offset, &s->value, s->size);
		expect(&model, s->want, s->says);
		model_deinit(&model);
	}
}

static void a_string_without_an_end_is_refused(void **state)
{
	static const struct {
		size_t offset, size;
		const char *says;
	} strings[] = {
		{ FIELD(app), "app" },
		{ FIELD(version), "version" },
		{ FIELD(instance), "instance" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(strings); i++) {
		struct model model;

		model_in_file(&model, counts, 0);
		memset(model.at + strings[i].offset, 'x', strings[i].size - 1);
		expect(&model, AW_ATTACHED, "");
		model.at[strings[i].offset + strings[i].size - 1] = 'x';
		expect(&model, AW_REFUSED_HEADER, strings[i].says);
		model_deinit(&model);
	}
}

/* ---- newborn ---- */

static void a_newborn_is_read_again_and_its_name_never_reopened(void **state)
{
	struct aw_reader_place place;
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	place = model_place(&model);
	model_header(&model)->magic = 0;
	assert_int_equal(aw_reader_open(&place, model.name, &reader), AW_NEWBORN);
	assert_non_null(reader);
	assert_int_equal(aw_reader_attach(reader), AW_NEWBORN);
	assert_int_equal(unlinkat(model.dirfd, model.name, 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", model.dirfd, model.name), 0);
	assert_int_equal(aw_reader_attach(reader), AW_NEWBORN);
	model_header(&model)->magic = AW_MAGIC;
	assert_int_equal(aw_reader_attach(reader), AW_ATTACHED);
	assert_int_equal(aw_reader_control(reader), 0);
	aw_reader_close(reader);
	model_deinit(&model);
}

static void an_object_between_create_and_allocate_is_newborn(void **state)
{
	struct aw_reader_place place;
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	place = model_place(&model);
	assert_int_equal(resize(&model, 0), 0);
	assert_int_equal(aw_reader_open(&place, model.name, &reader), AW_NEWBORN);
	assert_int_equal(resize(&model, (off_t)model.layout.size), 0);
	assert_int_equal(aw_reader_attach(reader), AW_NEWBORN);
	model_header(&model)->magic = 1;
	assert_int_equal(aw_reader_attach(reader), AW_REFUSED_HEADER);
	aw_reader_close(reader);
	model_deinit(&model);
}

static void a_newborn_that_gets_a_second_link_is_refused(void **state)
{
	struct aw_reader_place place;
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	place = model_place(&model);
	model_header(&model)->magic = 0;
	assert_int_equal(aw_reader_open(&place, model.name, &reader), AW_NEWBORN);
	assert_int_equal(linkat(model.dirfd, model.name, model.dirfd, "twin", 0), 0);
	model_header(&model)->magic = AW_MAGIC;
	assert_int_equal(aw_reader_attach(reader), AW_REFUSED_LINKS);
	assert_non_null(strstr(aw_reader_error(reader), "links"));
	aw_reader_close(reader);
	assert_int_equal(unlinkat(model.dirfd, "twin", 0), 0);
	model_deinit(&model);
}

/* The producer finishes its header right before the magic is read, and the copy runs from its
 * end. */
struct birth {
	struct model *model;
	struct aw_segment_header finished;
	bool born;
};

static void be_born(void *context, uint64_t word)
{
	struct birth *birth = context;

	if (word != 0 || birth->born)
		return;
	memcpy(birth->model->at, &birth->finished, sizeof birth->finished);
	birth->born = true;
}

static void the_header_is_copied_after_its_magic_was_seen(void **state)
{
	struct birth birth = { .born = false };
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_memory(&model, counts, 0);
	memcpy(&birth.finished, model.at, sizeof birth.finished);
	memset(model.at, 0, sizeof birth.finished);
	birth.model = &model;
	model.on_read = be_born;
	model.on_read_context = &birth;
	model.descending = true;
	assert_int_equal(aw_reader_over(model_read_at, &model, model.layout.size, &reader),
			 AW_ATTACHED);
	aw_reader_close(reader);
	model_deinit(&model);
}

/* ---- life ---- */

static void the_kernel_says_who_is_alive_and_the_dead_are_unlinked(void **state)
{
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_file(&model, counts, 0);
	reader = model_reader(&model);
	assert_int_equal(aw_reader_life(reader), AW_ALIVE);
	assert_int_equal(aw_reader_reap(reader, time(NULL)), -EBUSY);
	assert_int_equal(munmap(model.at, model.layout.size), 0);
	model.at = NULL;
	assert_int_equal(aw_reader_life(reader), AW_DEAD);
	assert_int_equal(aw_reader_reap(reader, time(NULL)), 0);
	assert_int_equal(faccessat(model.dirfd, model.name, F_OK, 0), -1);
	assert_int_equal(aw_reader_life(reader),
			 AW_DEAD); /* unlinked, and still ours to ask and read */
	assert_int_equal(aw_reader_control(reader), 0);
	aw_reader_close(reader);
	model_deinit(&model);
}

static void a_reader_over_no_file_knows_of_no_life(void **state)
{
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_memory(&model, counts, 0);
	reader = model_reader(&model);
	assert_int_equal(aw_reader_fd(reader), -1);
	assert_int_equal(aw_reader_life(reader), AW_LIFE_UNKNOWN);
	assert_int_equal(aw_reader_reap(reader, time(NULL)), -EPERM);
	aw_reader_close(reader);
	model_deinit(&model);
}

static void closed_is_seen_and_stays(void **state)
{
	struct aw_reader *reader;
	struct model model;

	(void)state;
	model_in_memory(&model, counts, 0);
	reader = model_reader(&model);
	assert_int_equal(aw_reader_control(reader), 0);
	assert_false(aw_reader_closed(reader));
	model_header(&model)->state = AW_STATE_CLOSED;
	assert_false(aw_reader_closed(reader));
	assert_int_equal(aw_reader_control(reader), 0);
	assert_true(aw_reader_closed(reader));
	model_header(&model)->state = AW_STATE_OPEN;
	assert_int_equal(aw_reader_control(reader), 0);
	assert_true(aw_reader_closed(reader));
	for (unsigned poll = 1; poll <= 3; poll++) {
		model_header(&model)->state = 0; /* a hole punched into the header reads so */
		assert_int_equal(aw_reader_control(reader), poll < 3 ? -EAGAIN : -EPROTO);
	}
	aw_reader_close(reader);
	model_deinit(&model);
}

/* ---- the clock ---- */

static void the_segments_clock_is_read_here_and_does_not_go_back(void **state)
{
	static const uint32_t kinds[] = { AW_CLOCK_TICKS, AW_CLOCK_MONOTONIC };
	struct aw_reader *reader;
	struct timespec before, after;
	struct model model;
	uint64_t first, second;

	(void)state;
	for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
		model_in_memory(&model, counts, 0);
		model_header(&model)->clock_kind = kinds[k];
		reader = model_reader(&model);
		clock_gettime(CLOCK_MONOTONIC, &before);
		first = aw_reader_ticks_now(reader);
		second = aw_reader_ticks_now(reader);
		clock_gettime(CLOCK_MONOTONIC, &after);
		assert_true(second >= first);
		if (kinds[k] == AW_CLOCK_MONOTONIC)
			assert_true(first >= (uint64_t)before.tv_sec * 1000000000u &&
				    second <= ((uint64_t)after.tv_sec + 1) * 1000000000u);
		aw_reader_close(reader);
		model_deinit(&model);
	}
}

static void outcomes_have_distinct_names(void **state)
{
	(void)state;
	for (unsigned a = 0; a < AW_ATTACH_OUTCOMES; a++)
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(aw_attach_name((enum aw_attach)a),
						aw_attach_name((enum aw_attach)b));
	assert_string_equal(aw_attach_name(AW_REFUSED_SYMLINK), "symlink");
	assert_string_equal(aw_attach_name(AW_REFUSED_ABI), "abi");
	assert_string_equal(aw_attach_name(AW_ATTACH_OUTCOMES), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_segment_attaches_and_its_header_is_copied),
		cmocka_unit_test(a_name_that_is_no_segments_name_is_refused),
		cmocka_unit_test(a_name_that_is_not_the_headers_id_is_refused),
		cmocka_unit_test(a_name_that_nobody_has_is_gone),
		cmocka_unit_test(a_symlink_is_refused_wherever_it_leads),
		cmocka_unit_test(what_is_no_regular_file_is_refused_without_waiting),
		cmocka_unit_test(only_modes_0600_and_0640_are_taken),
		cmocka_unit_test(a_second_link_is_refused),
		cmocka_unit_test(another_owner_than_the_names_is_refused),
		cmocka_unit_test(a_user_is_read_only_when_asked_for),
		cmocka_unit_test(a_size_that_the_counts_do_not_give_is_refused),
		cmocka_unit_test(every_spoiled_field_is_refused_for_its_own_reason),
		cmocka_unit_test(a_string_without_an_end_is_refused),
		cmocka_unit_test(a_newborn_is_read_again_and_its_name_never_reopened),
		cmocka_unit_test(an_object_between_create_and_allocate_is_newborn),
		cmocka_unit_test(a_newborn_that_gets_a_second_link_is_refused),
		cmocka_unit_test(the_header_is_copied_after_its_magic_was_seen),
		cmocka_unit_test(the_kernel_says_who_is_alive_and_the_dead_are_unlinked),
		cmocka_unit_test(a_reader_over_no_file_knows_of_no_life),
		cmocka_unit_test(closed_is_seen_and_stays),
		cmocka_unit_test(the_segments_clock_is_read_here_and_does_not_go_back),
		cmocka_unit_test(outcomes_have_distinct_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
