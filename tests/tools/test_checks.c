/* SPDX-License-Identifier: MIT */
/* Tests of the doctor's checks: each row of the table, well and ill, from made-up facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tools/audiowatch/checks.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

enum { CHECKS_MAX = 64 };

static bool seen[CHECKS_MAX][VERDICTS];
static struct finding finding;

/* A user's studio machine on which nothing hurts. */
static struct facts healthy(void)
{
	return (struct facts){
		.machine = { .kernel = "6.1.0-rt",
			     .preempt_rt = MACHINE_YES,
			     .clock = "tsc",
			     .clocks = "tsc hpet acpi_pm",
			     .governors = "performance",
			     .swap = MACHINE_NO,
			     .swappiness = 60,
			     .rt_runtime_us = 950000,
			     .rt_period_us = 1000000,
			     .rtprio_max = 95,
			     .memlock_bytes = MACHINE_UNLIMITED,
			     .fifo = MACHINE_YES,
			     .dma_latency = MACHINE_YES,
			     .smt = MACHINE_NO,
			     .shm = { .there = MACHINE_YES,
				      .filesystem = "tmpfs",
				      .size_bytes = 8192 * MIB,
				      .free_bytes = 8000 * MIB,
				      .mode = 01777,
				      .private = MACHINE_NO } },
		.logind = { .runs = MACHINE_YES, .remove_ipc = MACHINE_NO },
		.uid = 1000,
		.prefix = "audiowatch",
		.prefix_valid = true,
		.dir = "/dev/shm",
		.dir_writable = true,
		.collector = COLLECTOR_REACHED,
		.state_dir = "/s",
		.config_valid = MACHINE_YES,
	};
}

static size_t row_of(const char *name)
{
	for (size_t i = 0; i < check_count; i++)
		if (strcmp(checks[i].name, name) == 0)
			return i;
	fail_msg("there is no check %s", name);
	return 0;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

/* cure: a part of it; NULL = there must be none. */
static void assert_verdict(const struct facts *facts, const char *name, enum verdict verdict,
			   const char *found, const char *cure)
{
	const size_t row = row_of(name);

	check_judge(&checks[row], facts, &finding);
	assert_string_equal(verdict_name(finding.verdict), verdict_name(verdict));
	assert_has(finding.found, found);
	if (cure)
		assert_has(finding.cure, cure);
	else
		assert_string_equal(finding.cure, "");
	seen[row][verdict] = true;
}

#define OK(facts, name, found) assert_verdict(facts, name, VERDICT_OK, found, NULL)
#define UNKNOWN(facts, name, found) assert_verdict(facts, name, VERDICT_UNKNOWN, found, NULL)
#define WARN(facts, name, found, cure) assert_verdict(facts, name, VERDICT_WARN, found, cure)
#define BAD(facts, name, found, cure) assert_verdict(facts, name, VERDICT_BAD, found, cure)

static void a_healthy_machine_is_well(void **state)
{
	const struct facts facts = healthy();

	(void)state;
	for (size_t i = 0; i < check_count; i++)
		OK(&facts, checks[i].name, "");
}

static void a_machine_that_shows_nothing_is_unknown_not_bad(void **state)
{
	static const char *const rows[] = { "realtime",	 "kernel",   "throttling",  "governor",
					    "sleep",	 "smt",	     "clock",	    "swap",
					    "shm_size",	 "shm_mode", "shm_private", "environment",
					    "collector", "segments" };
	struct facts facts = { .machine = { .rt_runtime_us = MACHINE_NO_NUMBER },
			       .prefix_valid = true,
			       .scan_error = -ENOENT };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		UNKNOWN(&facts, rows[i], "");
}

static void realtime_is_judged_by_the_trial_and_its_limits(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.machine.rtprio_max = 9;
	WARN(&facts, "realtime", "up to priority 9", "rtprio 95");
	facts.machine.rtprio_max = 10;
	OK(&facts, "realtime", "up to priority 10");
	facts.machine.rtprio_max = 0;
	facts.machine.capabilities = 1 << CAP_SYS_NICE;
	OK(&facts, "realtime", "any priority");
	facts.machine.fifo = MACHINE_NO;
	BAD(&facts, "realtime", "although", "cpu.rt_runtime_us");
	facts.machine.capabilities = 0;
	BAD(&facts, "realtime", "RLIMIT_RTPRIO is 0", "/etc/security/limits.d/95-audio.conf");
	facts.machine.rtkit = true;
	WARN(&facts, "realtime", "a native jackd does not", "/etc/security/limits.d/95-audio.conf");
	strcpy(facts.machine.container, "docker");
	BAD(&facts, "realtime", "RLIMIT_RTPRIO is 0", "--cap-add=SYS_NICE");
}

static void memlock_is_judged_by_what_must_fit(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.machine.memlock_bytes = 64 * KIB;
	BAD(&facts, "memlock", "64 KiB", "memlock unlimited");
	facts.machine.memlock_bytes = MIB - 1;
	BAD(&facts, "memlock", "", "memlock unlimited");
	facts.machine.memlock_bytes = 8 * MIB;
	WARN(&facts, "memlock", "8 MiB", "memlock unlimited");
	strcpy(facts.machine.container, "podman");
	WARN(&facts, "memlock", "8 MiB", "--ulimit memlock=-1");
	facts.machine.capabilities = 1 << CAP_IPC_LOCK;
	OK(&facts, "memlock", "does not bind");
}

static void a_kernel_needs_preempt_rt_or_threaded_interrupts(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.machine.preempt_rt = MACHINE_NO;
	WARN(&facts, "kernel", "6.1.0-rt: neither", "threadirqs");
	strcpy(facts.machine.command_line, "quiet nothreadirqs threadirqs=1");
	WARN(&facts, "kernel", "neither", "/boot/firmware/cmdline.txt");
	WARN(&facts, "kernel", "neither", "on aarch64 linux-image-rt-arm64");
	strcpy(facts.machine.container, "lxc");
	WARN(&facts, "kernel", "neither", "on the host: ");
	strcpy(facts.machine.command_line, "quiet threadirqs");
	OK(&facts, "kernel", "but threadirqs");
}

static void throttling_hurts_below_95_per_cent(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.machine.rt_runtime_us = 949999;
	WARN(&facts, "throttling", "949999 of 1000000",
	     "sysctl -w kernel.sched_rt_runtime_us=-1 kernel.sched_rt_period_us=1000000 "
	     "kernel.sched_rt_runtime_us=950000");
	facts.machine.rt_runtime_us = 0;
	BAD(&facts, "throttling", "0 of", "sysctl");
	facts.machine.rt_runtime_us = -1;
	OK(&facts, "throttling", "none");
	facts.machine.rt_runtime_us = 100;
	facts.machine.rt_period_us = MACHINE_NO_NUMBER;
	UNKNOWN(&facts, "throttling", "cannot be read");
}

static void one_cpu_with_another_governor_is_enough(void **state)
{
	struct facts facts = healthy();

	(void)state;
	strcpy(facts.machine.governors, "performance powersave");
	WARN(&facts, "governor", "performance powersave", "cpupower frequency-set -g performance");
}

static void a_latency_file_that_may_not_be_written_is_told(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.machine.dma_latency = MACHINE_NO;
	WARN(&facts, "sleep", "may not be written", "udevadm control --reload && udevadm trigger");
}

static void cores_that_are_shared_are_told(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.machine.smt = MACHINE_YES;
	WARN(&facts, "smt", "on", "nosmt");
}

static void clocks_are_told_apart(void **state)
{
	struct facts facts = healthy();

	(void)state;
	strcpy(facts.machine.clock, "hpet");
	BAD(&facts, "clock", "hpet", "echo tsc >");
	strcpy(facts.machine.container, "docker");
	BAD(&facts, "clock", "hpet", "on the host: echo tsc >");
	*facts.machine.container = '\0';
	strcpy(facts.machine.clocks, "hpet acpi_pm");
	BAD(&facts, "clock", "hpet", "dmesg");
	strcpy(facts.machine.clock, "kvm-clock");
	WARN(&facts, "clock", "kvm-clock", "dmesg");
	strcpy(facts.machine.clock, "arch_sys_counter");
	OK(&facts, "clock", "arch_sys_counter");
}

static void swap_space_and_swappiness_count_together(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.machine.swap = MACHINE_YES;
	WARN(&facts, "swap", "swappiness 60", "vm.swappiness=10");
	facts.machine.swappiness = 10;
	OK(&facts, "swap", "swappiness 10");
	facts.machine.swappiness = MACHINE_NO_NUMBER;
	UNKNOWN(&facts, "swap", "cannot be read");
}

static void shm_must_be_there_and_have_room(void **state)
{
	struct facts facts = healthy();
	struct machine_shm *shm = &facts.machine.shm;

	(void)state;
	shm->size_bytes = shm->free_bytes = 64 * MIB;
	WARN(&facts, "shm_size", "64 MiB, 64 MiB free", "remount,size=1G");
	strcpy(facts.machine.container, "docker");
	WARN(&facts, "shm_size", "64 MiB", "--shm-size=1g");
	shm->free_bytes = 4 * MIB - 1;
	BAD(&facts, "shm_size", "64 MiB", "--shm-size=1g");
	shm->size_bytes = 8192 * MIB;
	BAD(&facts, "shm_size", "8 GiB", "remove from /dev/shm");
	shm->size_bytes = 0;
	OK(&facts, "shm_size", "without a limit");
	strcpy(shm->filesystem, "ext4");
	BAD(&facts, "shm_size", "/dev/shm is ext4, not tmpfs", "--shm-size=1g");
	*facts.machine.container = '\0';
	BAD(&facts, "shm_size", "/dev/shm is ext4, not tmpfs", "mount -t tmpfs");
	shm->there = MACHINE_NO;
	BAD(&facts, "shm_size", "is not there", "mount -t tmpfs");
	assert_string_equal(finding.found, "/dev/shm is not there");
}

static void shm_is_everybodys_and_sticky(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.machine.shm.mode = 0777;
	BAD(&facts, "shm_mode", "0777, owner 0", "chmod 1777 /dev/shm");
	facts.machine.shm.mode = 01755;
	BAD(&facts, "shm_mode", "1755", "chmod 1777 /dev/shm");
	facts.machine.shm.mode = 01777;
	facts.machine.shm.uid = 1001;
	BAD(&facts, "shm_mode", "owner 1001", "chown root");
	facts.machine.shm.uid = facts.uid;
	OK(&facts, "shm_mode", "owner 1000");
	facts.machine.shm.mode = 0755;
	BAD(&facts, "shm_mode", "0755, owner 1000", "chown root");
}

static void the_shm_of_a_sandbox_may_be_its_users_own(void **state)
{
	struct facts facts = healthy();
	struct machine_shm *shm = &facts.machine.shm;

	(void)state;
	strcpy(facts.machine.container, "flatpak");
	shm->uid = facts.uid;
	shm->mode = 0755;
	OK(&facts, "shm_mode", "0755, owner 1000");
	shm->mode = 0555;
	BAD(&facts, "shm_mode", "0555", "as the container's root");
	shm->mode = 0755;
	shm->uid = 0;
	BAD(&facts, "shm_mode", "0755, owner 0", "as the container's root");
}

static void a_private_shm_is_told_with_what_has_it(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.machine.shm.private = MACHINE_YES;
	WARN(&facts, "shm_private", "this mount namespace", "one mount namespace");
	strcpy(facts.machine.container, "docker");
	WARN(&facts, "shm_private", "this container (docker)", "--ipc=host");
	facts.machine.shm.private = MACHINE_NO;
	OK(&facts, "shm_private", "host of this container (docker)");
}

static void remove_ipc_hits_users_who_log_out(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.logind.remove_ipc = MACHINE_YES;
	WARN(&facts, "remove_ipc", "RemoveIPC=yes, systemd's default", "enable-linger");
	strcpy(facts.logind.said_by, "/etc/systemd/logind.conf");
	WARN(&facts, "remove_ipc", "RemoveIPC=yes, /etc/systemd/logind.conf", "RemoveIPC=no below");
	facts.uid = 999;
	OK(&facts, "remove_ipc", "system user");
	facts.uid = 1000;
	facts.logind.linger = MACHINE_YES;
	OK(&facts, "remove_ipc", "lingers");
	facts.logind.linger = MACHINE_NO;
	facts.logind.runs = MACHINE_NO;
	OK(&facts, "remove_ipc", "no logind");
}

static void a_directory_that_takes_no_segments_is_bad(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.dir_writable = false;
	BAD(&facts, "directory", "/dev/shm may not be written to", "AUDIOWATCH_DIR");
	facts.dir_error = -EOPNOTSUPP;
	BAD(&facts, "directory", "/dev/shm is not on tmpfs", "AUDIOWATCH_DIR");
	facts.dir_error = -ENOENT;
	BAD(&facts, "directory", "/dev/shm: No such file", "AUDIOWATCH_DIR");
	facts = healthy();
	strcpy(facts.dir, "shm");
	BAD(&facts, "directory", "no absolute path", "AUDIOWATCH_DIR");
}

static void a_bad_environment_is_quoted(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.config_valid = MACHINE_NO;
	strcpy(facts.config_complaint, "AUDIOWATCH_LOG_LEVEL: \"loud\" is no level (try info)");
	BAD(&facts, "environment", "\"loud\" is no level (try info)", "unset");
	facts.prefix_valid = false;
	strcpy(facts.prefix, "a/b");
	BAD(&facts, "environment", "\"a/b\" is no prefix", "unset AUDIOWATCH_PREFIX");
}

static void who_is_disabled_is_told(void **state)
{
	struct facts facts = healthy();

	(void)state;
	strcpy(facts.disable, "1");
	WARN(&facts, "disabled", "AUDIOWATCH_DISABLE=1", "unset AUDIOWATCH_DISABLE");
	assert_string_equal(finding.found, "AUDIOWATCH_DISABLE=1");
	strcpy(facts.disable, "yes");
	WARN(&facts, "disabled", "=yes, which switches nothing off", "AUDIOWATCH_DISABLE=1");
	strcpy(facts.disable, "0");
	OK(&facts, "disabled", "=0, which switches nothing off");
	strcpy(facts.disable, "False");
	OK(&facts, "disabled", "=False, which switches nothing off");
}

static void a_collector_is_missed_found_elsewhere_or_squatted(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.collector = COLLECTOR_NONE;
	WARN(&facts, "collector", "none runs", "start audiowatchd");
	facts.collector = COLLECTOR_ELSEWHERE;
	WARN(&facts, "collector", "not with /s", "--state-dir");
	facts.collector = COLLECTOR_SQUATTED;
	BAD(&facts, "collector", "/dev/shm/audiowatch-1000-collector", "remove that file");
}

static void four_dead_segments_are_kept_and_five_are_too_many(void **state)
{
	struct facts facts = healthy();

	(void)state;
	facts.live = 2;
	facts.dead = 4;
	facts.dead_bytes = 848 * KIB;
	OK(&facts, "segments", "2 live, 4 dead (848 KiB), 0 refused");
	facts.dead = 5;
	WARN(&facts, "segments", "5 dead", "start audiowatchd");
	facts.dead = 0;
	facts.refused = 1;
	WARN(&facts, "segments", "1 refused", "audiowatch segments");
}

/* Last: all above have been here. */
static void every_check_was_seen_well_and_ill(void **state)
{
	(void)state;
	assert_in_range(check_count, 18, CHECKS_MAX);
	for (size_t i = 0; i < check_count; i++)
		if (!seen[i][VERDICT_OK] || !(seen[i][VERDICT_WARN] || seen[i][VERDICT_BAD]))
			fail_msg("%s is not tested well and ill", checks[i].name);
}

static void assert_one_line(const char *text)
{
	assert_true(text && *text && strlen(text) < FINDING_CURE && !strchr(text, '\n'));
}

static void every_check_says_what_it_means_and_a_cure_on_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_count; i++) {
		assert_one_line(checks[i].name);
		assert_one_line(checks[i].looks_at);
		assert_one_line(checks[i].means);
		assert_one_line(checks[i].cure);
		if (checks[i].in_container)
			assert_one_line(checks[i].in_container);
		assert_int_equal(row_of(checks[i].name), i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_machine_is_well),
		cmocka_unit_test(a_machine_that_shows_nothing_is_unknown_not_bad),
		cmocka_unit_test(realtime_is_judged_by_the_trial_and_its_limits),
		cmocka_unit_test(memlock_is_judged_by_what_must_fit),
		cmocka_unit_test(a_kernel_needs_preempt_rt_or_threaded_interrupts),
		cmocka_unit_test(throttling_hurts_below_95_per_cent),
		cmocka_unit_test(one_cpu_with_another_governor_is_enough),
		cmocka_unit_test(a_latency_file_that_may_not_be_written_is_told),
		cmocka_unit_test(cores_that_are_shared_are_told),
		cmocka_unit_test(clocks_are_told_apart),
		cmocka_unit_test(swap_space_and_swappiness_count_together),
		cmocka_unit_test(shm_must_be_there_and_have_room),
		cmocka_unit_test(shm_is_everybodys_and_sticky),
		cmocka_unit_test(the_shm_of_a_sandbox_may_be_its_users_own),
		cmocka_unit_test(a_private_shm_is_told_with_what_has_it),
		cmocka_unit_test(remove_ipc_hits_users_who_log_out),
		cmocka_unit_test(a_directory_that_takes_no_segments_is_bad),
		cmocka_unit_test(a_bad_environment_is_quoted),
		cmocka_unit_test(who_is_disabled_is_told),
		cmocka_unit_test(a_collector_is_missed_found_elsewhere_or_squatted),
		cmocka_unit_test(four_dead_segments_are_kept_and_five_are_too_many),
		cmocka_unit_test(every_check_was_seen_well_and_ill),
		cmocka_unit_test(every_check_says_what_it_means_and_a_cure_on_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
