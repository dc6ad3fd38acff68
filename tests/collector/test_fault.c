/* SPDX-License-Identifier: MIT */
/* Tests of collector/fault.c: every fault has words and a cure, and they belong to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>

#include "collector/fault.h"

static void each_fault_has_its_words_and_its_cure(void **state)
{
	static const struct {
		int fault;
		const char *text, *cure;
	} rows[] = {
		{ ENOSPC, "No space left on device", "free some space there" },
		{ EROFS, "Read-only file system", "mount it for writing" },
		{ ENOENT, "No such file or directory", "make this directory again" },
		{ EACCES, "Permission denied", "let audiowatchd's user write there" },
		{ FAULT_HANGS, "the disk does not answer",
		  "see what the kernel says of this disk (journalctl -k)" },
		{ EXDEV, "Invalid cross-device link",
		  "see whether audiowatchd's user can write there" },
		{ 9999, "it fails", "see whether audiowatchd's user can write there" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_string_equal(fault_text(rows[i].fault), rows[i].text);
		assert_string_equal(fault_cure(rows[i].fault), rows[i].cure);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_has_its_words_and_its_cure),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
