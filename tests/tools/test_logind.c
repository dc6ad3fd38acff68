/* SPDX-License-Identifier: MIT */
/* Tests of tools/machine/logind.c: RemoveIPC= as systemd would read it, file by file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tools/machine/logind.h"

#include "tests/support/made_up.h"

static struct logind logind;

static enum machine_answer remove_ipc(void)
{
	logind_read(&logind, made_up_root, "ann");
	return logind.remove_ipc;
}

static void without_a_file_it_is_yes_by_default(void **state)
{
	(void)state;
	assert_int_equal(remove_ipc(), MACHINE_YES);
	assert_string_equal(logind.said_by, "");
	assert_int_equal(logind.runs, MACHINE_NO);
	assert_int_equal(logind.linger, MACHINE_NO);
}

static void the_main_file_is_believed_in_its_section_alone(void **state)
{
	(void)state;
	made_up_file("/etc/systemd/logind.conf", "[Login]\n#RemoveIPC=no\n;RemoveIPC=no\n");
	assert_int_equal(remove_ipc(), MACHINE_YES);
	assert_string_equal(logind.said_by, "");
	made_up_file("/etc/systemd/logind.conf", "RemoveIPC=no\n[Other]\nRemoveIPC=no\n");
	assert_int_equal(remove_ipc(), MACHINE_YES);
	made_up_file("/etc/systemd/logind.conf",
		     "[Login]\n  RemoveIPC = Off \r\n[Other]\nRemoveIPC=1");
	assert_int_equal(remove_ipc(), MACHINE_NO);
	assert_string_equal(logind.said_by, "/etc/systemd/logind.conf");
}

static void what_is_no_boolean_is_ignored(void **state)
{
	(void)state;
	made_up_file("/etc/systemd/logind.conf",
		     "[Login]\nRemoveIPC=no\nRemoveIPC=perhaps\nRemoveIPC=\nRemoveIPCs="
		     "yes\nRemoveIPC\n");
	assert_int_equal(remove_ipc(), MACHINE_NO);
}

static void of_the_main_files_the_first_alone_counts(void **state)
{
	(void)state;
	made_up_file("/usr/lib/systemd/logind.conf", "[Login]\nRemoveIPC=no\n");
	assert_int_equal(remove_ipc(), MACHINE_NO);
	made_up_file("/etc/systemd/logind.conf", "[Login]\n");
	assert_int_equal(remove_ipc(), MACHINE_YES);
}

static void drop_ins_come_after_and_in_the_order_of_their_names(void **state)
{
	(void)state;
	made_up_file("/etc/systemd/logind.conf", "[Login]\nRemoveIPC=yes\n");
	made_up_file("/usr/lib/systemd/logind.conf.d/50-vendor.conf", "[Login]\nRemoveIPC=no\n");
	assert_int_equal(remove_ipc(), MACHINE_NO);
	assert_string_equal(logind.said_by, "/usr/lib/systemd/logind.conf.d/50-vendor.conf");
	made_up_file("/etc/systemd/logind.conf.d/10-early.conf", "[Login]\nRemoveIPC=yes\n");
	assert_int_equal(remove_ipc(), MACHINE_NO);
	made_up_file("/run/systemd/logind.conf.d/60-late.conf", "[Login]\nRemoveIPC=yes\n");
	assert_int_equal(remove_ipc(), MACHINE_YES);
	assert_string_equal(logind.said_by, "/run/systemd/logind.conf.d/60-late.conf");
	made_up_file("/etc/systemd/logind.conf.d/99.conf.off", "[Login]\nRemoveIPC=no\n");
	assert_int_equal(remove_ipc(), MACHINE_YES);
}

static void a_drop_in_hides_its_namesake_of_a_later_folder(void **state)
{
	(void)state;
	made_up_file("/usr/lib/systemd/logind.conf.d/50.conf", "[Login]\nRemoveIPC=no\n");
	made_up_link("/etc/systemd/logind.conf.d/50.conf", "/dev/null");
	assert_int_equal(remove_ipc(), MACHINE_YES);
	assert_string_equal(logind.said_by, "");
}

static void who_lingers_and_whether_it_runs_is_told(void **state)
{
	(void)state;
	made_up_file("/run/systemd/seats/", "");
	made_up_file("/var/lib/systemd/linger/ann", "");
	logind_read(&logind, made_up_root, "ann");
	assert_int_equal(logind.runs, MACHINE_YES);
	assert_int_equal(logind.linger, MACHINE_YES);
	logind_read(&logind, made_up_root, "bob");
	assert_int_equal(logind.linger, MACHINE_NO);
	logind_read(&logind, made_up_root, "");
	assert_int_equal(logind.linger, MACHINE_UNKNOWN);
}

#define MADE_UP(test) cmocka_unit_test_setup_teardown(test, made_up_setup, made_up_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MADE_UP(without_a_file_it_is_yes_by_default),
		MADE_UP(the_main_file_is_believed_in_its_section_alone),
		MADE_UP(what_is_no_boolean_is_ignored),
		MADE_UP(of_the_main_files_the_first_alone_counts),
		MADE_UP(drop_ins_come_after_and_in_the_order_of_their_names),
		MADE_UP(a_drop_in_hides_its_namesake_of_a_later_folder),
		MADE_UP(who_lingers_and_whether_it_runs_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
