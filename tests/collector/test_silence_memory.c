/* SPDX-License-Identifier: MIT */
/* Tests of collector/silence_memory.c: which silences the next collector has, and until when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/silence_memory.h"

#define S NS_A_SECOND
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct silence_list kept_of(const struct silence_list *list, const struct memory_gap *gap)
{
	struct silence_list kept = { 0 };
	struct silence_memory memory = { list, &kept };
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	silence_save(&memory, out);
	(void)fclose(out);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(silence_restore(&memory, gap, line));
	free(text);
	return kept;
}

static void a_silence_lasts_no_longer_for_a_restart(void **state)
{
	static const struct {
		const char *what, *boot;
		uint64_t boot_ns, real_ns, until_boot_ns; /* the last 0: it is over */
	} rows[] = {
		{ "same boot", "b", 130 * S, 1030 * S, 160 * S },
		{ "same boot, over by the kernel's clock", "b", 160 * S, 1000 * S, 0 },
		{ "same boot, over by the calendar", "b", 110 * S, 1060 * S, 0 },
		{ "another boot", "c", 5 * S, 1030 * S, 35 * S },
		{ "another boot, over", "c", 5 * S, 1060 * S, 0 },
		{ "another boot, the calendar went back", "c", 5 * S, 10 * S, 65 * S },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct instant then = { .boot_ns = 100 * S, .real_ns = 1000 * S };
		struct memory_gap gap = { .saved.boot = "b" };
		struct silence_list list = { .last_id = 6 }, kept;

		assert_non_null(silence_add(&list,
					    &(struct silencing){ .alert = "Down",
								 .app = "\"a\n",
								 .comment = "c\xC3\xA4",
								 .uid = 3,
								 .pid = 4 },
					    60 * S, &then));
		strcpy(gap.now.boot, rows[i].boot);
		gap.now.at.boot_ns = rows[i].boot_ns;
		gap.now.at.real_ns = rows[i].real_ns;
		kept = kept_of(&list, &gap);
		assert_int_equal(kept.last_id, 7);
		if (kept.count != (rows[i].until_boot_ns > 0) ||
		    (kept.count && kept.items[0].until_boot_ns != rows[i].until_boot_ns))
			fail_msg("%s: %" PRIu64, rows[i].what, kept.items[0].until_boot_ns);
		if (!kept.count)
			continue;
		assert_int_equal(kept.items[0].id, 7);
		assert_string_equal(kept.items[0].alert, "Down");
		assert_string_equal(kept.items[0].app, "\"a\n");
		assert_int_equal(kept.items[0].from_real_ns, list.items[0].from_real_ns);
		assert_int_equal(kept.items[0].uid, 3);
		assert_string_equal(kept.items[0].comment, list.items[0].comment);
		assert_int_equal(kept.items[0].until_real_ns, list.items[0].until_real_ns);
		assert_int_equal(kept.items[0].pid, 4);
	}
}

static void a_line_that_is_no_silence_is_left_out(void **state)
{
	static const char *const lines[] = {
		"",
		"[]",
		"{}",
		"{\"last_id\":-1}",
		"{\"id\":1}",
		"{\"id\":0,\"alert\":\"\",\"app\":\"\",\"comment\":\"\",\"uid\":0,\"pid\":0,\"from_"
		"real_ns\":0,"
		"\"until_real_ns\":9,\"until_boot_ns\":9}",
		"{\"id\":1,\"alert\":\"\",\"app\":\"\",\"comment\":\"\",\"uid\":0,\"pid\":0,\"from_"
		"real_ns\":9,"
		"\"until_real_ns\":8,\"until_boot_ns\":9}",
	};
	struct silence_list kept = { 0 };
	struct silence_memory memory = { NULL, &kept };
	const struct memory_gap gap = { .saved.boot = "b" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		if (silence_restore(&memory, &gap, lines[i]) || kept.count || kept.last_id)
			fail_msg("%s", lines[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silence_lasts_no_longer_for_a_restart),
		cmocka_unit_test(a_line_that_is_no_silence_is_left_out),
	};

	return cmocka_run_group_tests_name("silence_memory", tests, NULL, NULL);
}
