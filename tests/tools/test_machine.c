/* SPDX-License-Identifier: MIT */
/* Tests of tools/machine: facts read from made-up machines, files missing, and what is this process's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tools/machine/machine.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/made_up.h"
#include "tools/machine/mounts.h"

static struct machine machine;

static void put_cpu(unsigned cpu, const char *governor)
{
	char path[128];

	snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_governor", cpu);
	made_up_file(path, governor);
}

static void read_it(void)
{
	memset(&machine, 0xa5, sizeof machine);
	machine_read(&machine, made_up_root);
}

/* ---- files ---- */

static void a_studio_machine_is_read_whole(void **state)
{
	(void)state;
	made_up_file("/proc/cpuinfo",
		     "processor\t: 0\nvendor_id\t: X\nmodel name\t: Fast(R) One @ 4 GHz\n");
	made_up_file("/sys/class/dmi/id/product_name", "Rack 9\n");
	made_up_file("/proc/sys/kernel/hostname", "studio-3\n");
	made_up_file("/proc/sys/kernel/osrelease", "6.1.0-31-rt-amd64\n");
	made_up_file("/proc/sys/kernel/version", "#1 SMP PREEMPT_RT Debian\n");
	made_up_file("/proc/cmdline", "quiet threadirqs\n");
	made_up_file("/sys/devices/system/cpu/online", "0-3,6\n");
	made_up_file("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
	made_up_file("/sys/devices/system/clocksource/clocksource0/available_clocksource",
		     "hpet acpi_pm \n");
	made_up_file("/sys/devices/system/cpu/smt/active", "1\n");
	made_up_file("/proc/swaps", "Filename\tType\n/dev/sda2 partition 1 0 -2\n");
	made_up_file("/proc/sys/vm/swappiness", "60\n");
	made_up_file("/proc/sys/kernel/sched_rt_runtime_us", "-1\n");
	made_up_file("/proc/sys/kernel/sched_rt_period_us", "1000000\n");
	put_cpu(0, "powersave\n");
	put_cpu(1, "performance\n");
	put_cpu(2, "powersave\n");
	put_cpu(3, "save\n");
	read_it();
	assert_string_equal(machine.cpu, "Fast(R) One @ 4 GHz");
	assert_string_equal(machine.model, "Rack 9");
	assert_string_equal(machine.host, "studio-3");
	assert_string_equal(machine.kernel, "6.1.0-31-rt-amd64");
	assert_string_equal(machine.command_line, "quiet threadirqs");
	assert_int_equal(machine.preempt_rt, MACHINE_YES);
	assert_int_equal(machine.cpus, 5);
	assert_string_equal(machine.clock, "hpet");
	assert_string_equal(machine.clocks, "hpet acpi_pm");
	assert_string_equal(machine.governors, "powersave performance save");
	assert_int_equal(machine.smt, MACHINE_YES);
	assert_int_equal(machine.swap, MACHINE_YES);
	assert_int_equal(machine.swappiness, 60);
	assert_int_equal(machine.rt_runtime_us, -1);
	assert_int_equal(machine.rt_period_us, 1000000);
}

static void what_is_missing_is_unknown(void **state)
{
	(void)state;
	read_it();
	assert_string_equal(machine.cpu, "");
	assert_string_equal(machine.clock, "");
	assert_string_equal(machine.governors, "");
	assert_string_equal(machine.container, "");
	assert_int_equal(machine.cpus, 0);
	assert_int_equal(machine.preempt_rt, MACHINE_UNKNOWN);
	assert_int_equal(machine.smt, MACHINE_UNKNOWN);
	assert_int_equal(machine.swap, MACHINE_UNKNOWN);
	assert_int_equal(machine.swappiness, MACHINE_NO_NUMBER);
	assert_int_equal(machine.rt_runtime_us, MACHINE_NO_NUMBER);
	assert_int_equal(machine.shm.there, MACHINE_NO);
	assert_int_equal(machine.shm.private, MACHINE_UNKNOWN);
}

static void what_makes_no_sense_is_unknown(void **state)
{
	(void)state;
	made_up_file("/sys/devices/system/cpu/online", "3-1\n");
	made_up_file("/proc/sys/vm/swappiness", "lots\n");
	made_up_file("/proc/cpuinfo", "processor\t: 0\nmodel name");
	read_it();
	assert_int_equal(machine.cpus, 0);
	assert_int_equal(machine.swappiness, MACHINE_NO_NUMBER);
	assert_string_equal(machine.cpu, "");
}

static void an_arm_board_has_a_model(void **state)
{
	(void)state;
	made_up_file("/proc/cpuinfo",
		     "processor\t: 0\nFeatures\t: fp cpuid\nCPU implementer\t: 0x41\n");
	made_up_file("/sys/firmware/devicetree/base/model", "Board 5");
	read_it();
	assert_string_equal(machine.cpu, "");
	assert_string_equal(machine.model, "Board 5");
}

static void capabilities_are_read(void **state)
{
	(void)state;
	read_it();
	assert_int_equal(machine.capabilities, 0);
	made_up_file("/proc/self/status", "Name:\tx\nCapPrm:\tff\nCapEff:\t0000000000804000\n");
	read_it();
	assert_int_equal(machine.capabilities, 1 << 23 | 1 << 14);
}

static void the_latency_file_is_there_or_not(void **state)
{
	(void)state;
	read_it();
	assert_int_equal(machine.dma_latency, MACHINE_UNKNOWN);
	made_up_file("/dev/cpu_dma_latency", "");
	read_it();
	assert_int_equal(machine.dma_latency, MACHINE_YES);
}

static void rtkit_shows_by_its_bus_file(void **state)
{
	(void)state;
	read_it();
	assert_false(machine.rtkit);
	made_up_file("/usr/share/dbus-1/system-services/org.freedesktop.RealtimeKit1.service", "");
	read_it();
	assert_true(machine.rtkit);
}

static void realtime_shows_by_the_file_too(void **state)
{
	(void)state;
	made_up_file("/proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC\n");
	read_it();
	assert_int_equal(machine.preempt_rt, MACHINE_NO);
	made_up_file("/sys/kernel/realtime", "1\n");
	read_it();
	assert_int_equal(machine.preempt_rt, MACHINE_YES);
}

/* ---- /dev/shm and containers ---- */

#define SHM "25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw\n"
#define OTHER "99 24 0:77 / /dev/shm rw,nosuid - tmpfs tmpfs rw\n"
#define DOCKER "99 24 0:77 / /dev/shm rw,nosuid shared:3 - tmpfs shm rw,size=65536k\n"
#define ROOTFS "22 1 0:20 / / rw - overlay overlay rw\n"

static enum machine_answer private_of(const char *own, const char *first, const char *container)
{
	made_up_file("/proc/self/mountinfo", own);
	made_up_file("/proc/1/mountinfo", first);
	return mounts_shm_private(made_up_root, container);
}

static void ipc_namespace(const char *target)
{
	made_up_link("/proc/self/ns/ipc", target);
}

static void shm_is_private_when_pid_1_has_another(void **state)
{
	(void)state;
	assert_int_equal(private_of(ROOTFS SHM, ROOTFS SHM, ""), MACHINE_NO);
	assert_int_equal(private_of(ROOTFS SHM OTHER, ROOTFS SHM, ""), MACHINE_YES);
	assert_int_equal(private_of(ROOTFS OTHER SHM, ROOTFS SHM, ""), MACHINE_NO);
	assert_int_equal(private_of(ROOTFS OTHER, "", ""), MACHINE_NO);
}

static void in_a_container_shm_is_private_unless_it_shares_with_the_host(void **state)
{
	(void)state;
	ipc_namespace("ipc:[4026532999]");
	assert_int_equal(private_of(ROOTFS DOCKER, ROOTFS DOCKER, "docker"), MACHINE_YES);
	assert_int_equal(private_of(ROOTFS SHM, ROOTFS SHM, "lxc"), MACHINE_YES);
	assert_int_equal(private_of(ROOTFS, ROOTFS, "flatpak"), MACHINE_YES);
	ipc_namespace("ipc:[4026531839]");
	assert_int_equal(private_of(ROOTFS SHM, ROOTFS SHM, "docker"), MACHINE_NO);
	assert_int_equal(private_of(ROOTFS DOCKER, ROOTFS DOCKER, "docker"), MACHINE_YES);
	assert_int_equal(private_of(ROOTFS, ROOTFS, "flatpak"), MACHINE_YES);
}

static void containers_are_known_by_their_marks(void **state)
{
	static const struct {
		const char *path, *text, *kind;
	} marks[] = {
		{ "/proc/1/cgroup", "0::/init.scope\n", "" },
		{ "/proc/1/cgroup", "0::/kubepods/pod1/2\n", "kubernetes" },
		{ "/run/systemd/container", "systemd-nspawn\n", "systemd-nspawn" },
		{ "/.dockerenv", "", "docker" },
		{ "/run/.containerenv", "", "podman" },
		{ "/.flatpak-info", "", "flatpak" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		made_up_file(marks[i].path, marks[i].text);
		read_it();
		assert_string_equal(machine.container, marks[i].kind);
	}
}

static void a_mark_left_in_a_machines_image_makes_no_container(void **state)
{
	(void)state;
	made_up_file("/.dockerenv", "");
	ipc_namespace("ipc:[4026531839]");
	made_up_link("/proc/self/ns/uts", "uts:[4026531838]");
	made_up_link("/proc/self/ns/pid", "pid:[4026531836]");
	read_it();
	assert_string_equal(machine.container, "");
	made_up_link("/proc/self/ns/pid", "pid:[4026532836]");
	read_it();
	assert_string_equal(machine.container, "docker");
}

static void shm_is_measured(void **state)
{
	char full[512];

	(void)state;
	made_up_file("/proc/self/mountinfo", ROOTFS SHM);
	made_up_file("/dev/shm/", "");
	snprintf(full, sizeof full, "%s/dev/shm", made_up_root);
	assert_int_equal(chmod(full, 0751), 0);
	read_it();
	assert_int_equal(machine.shm.there, MACHINE_YES);
	assert_int_equal(machine.shm.mode, 0751);
	assert_int_equal(machine.shm.uid, geteuid());
	assert_int_equal(machine.shm.private, MACHINE_NO);
	assert_true(machine.shm.size_bytes >= machine.shm.free_bytes);
	assert_true(*machine.shm.filesystem);
}

/* ---- this process ---- */

static void limits_are_this_process_own(void **state)
{
	struct rlimit limit;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	limit.rlim_cur = 65536;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	read_it();
	assert_int_equal(machine.memlock_bytes, 65536);
	assert_int_equal(getrlimit(RLIMIT_RTPRIO, &limit), 0);
	assert_int_equal(machine.rtprio_max,
			 limit.rlim_cur == RLIM_INFINITY ? MACHINE_UNLIMITED : limit.rlim_cur);
}

static void the_trial_of_fifo_leaves_no_trace(void **state)
{
	const struct sched_param none = { 0 };

	(void)state;
	assert_int_equal(sched_setscheduler(0, SCHED_BATCH, &none), 0);
	read_it();
	assert_int_not_equal(machine.fifo, MACHINE_UNKNOWN);
	assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
}

/* Root and capabilities away, and no limit: in a child, for there is no way back. */
static void who_has_no_right_and_no_limit_may_not_be_fifo(void **state)
{
	const struct rlimit none = { 0, 0 };
	const pid_t child = geteuid() == 0 ? fork() : -1;
	int status;

	(void)state;
	if (child < 0)
		skip();
	if (child == 0) {
		if (setrlimit(RLIMIT_RTPRIO, &none) || setgid(65534) || setuid(65534))
			_exit(2);
		machine_read(&machine, "");
		_exit(machine.fifo == MACHINE_NO ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void this_machine_is_read(void **state)
{
	(void)state;
	machine_read(&machine, "");
	assert_true(machine.cpus >= 1);
	assert_true(*machine.kernel);
	assert_int_not_equal(machine.preempt_rt, MACHINE_UNKNOWN);
	assert_int_equal(machine.shm.there, MACHINE_YES);
	assert_string_equal(machine.shm.filesystem, "tmpfs");
}

/* ---- text ---- */

static void sizes_read_well(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0 bytes" },
		{ 1000, "1000 bytes" },
		{ 65536, "64 KiB" },
		{ 8 << 20, "8 MiB" },
		{ 10239, "10239 bytes" },
		{ 10241, "10 KiB" },
		{ UINT64_C(24684096) << 10, "23 GiB" },
		{ UINT64_MAX - 1, "16777215 TiB" },
		{ MACHINE_UNLIMITED, "unlimited" },
	};
	char text[MACHINE_SIZE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		machine_size_text(text, sizes[i].bytes);
		assert_string_equal(text, sizes[i].text);
	}
}

static void a_line_says_it_all(void **state)
{
	const struct machine studio = { .cpu = "Fast One",
					.cpus = 8,
					.kernel = "6.1.0",
					.preempt_rt = MACHINE_YES,
					.clock = "tsc",
					.governors = "performance",
					.rtprio_max = 95,
					.memlock_bytes = MACHINE_UNLIMITED,
					.fifo = MACHINE_YES };
	char text[MACHINE_TEXT];

	(void)state;
	machine_text(text, &studio);
	assert_string_equal(text, "Fast One, 8 CPUs; Linux 6.1.0, PREEMPT_RT; clock tsc; governor "
				  "performance; rtprio 95, memlock unlimited, SCHED_FIFO yes");
	machine_text(text, &(struct machine){ .cpus = 0 });
	assert_string_equal(text, "unknown, 0 CPUs; Linux unknown; clock unknown; governor "
				  "unknown; rtprio 0, memlock 0 bytes, SCHED_FIFO unknown");
}

#define IN_A_TREE(test) cmocka_unit_test_setup_teardown(test, made_up_setup, made_up_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_TREE(a_studio_machine_is_read_whole),
		IN_A_TREE(what_is_missing_is_unknown),
		IN_A_TREE(what_makes_no_sense_is_unknown),
		IN_A_TREE(an_arm_board_has_a_model),
		IN_A_TREE(capabilities_are_read),
		IN_A_TREE(the_latency_file_is_there_or_not),
		IN_A_TREE(rtkit_shows_by_its_bus_file),
		IN_A_TREE(realtime_shows_by_the_file_too),
		IN_A_TREE(shm_is_private_when_pid_1_has_another),
		IN_A_TREE(in_a_container_shm_is_private_unless_it_shares_with_the_host),
		IN_A_TREE(containers_are_known_by_their_marks),
		IN_A_TREE(a_mark_left_in_a_machines_image_makes_no_container),
		IN_A_TREE(shm_is_measured),
		IN_A_TREE(limits_are_this_process_own),
		IN_A_TREE(the_trial_of_fifo_leaves_no_trace),
		cmocka_unit_test(who_has_no_right_and_no_limit_may_not_be_fifo),
		cmocka_unit_test(this_machine_is_read),
		cmocka_unit_test(sizes_read_well),
		cmocka_unit_test(a_line_says_it_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
