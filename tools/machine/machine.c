/* SPDX-License-Identifier: MIT */
/* The facts of a machine as far as audio suffers from it. Any thread that is not real-time; blocks. */
#include "tools/machine/machine.h"

#include <errno.h>
#include <glob.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "tools/machine/mounts.h"
#include "tools/machine/tree.h"

enum { CPUINFO_SIZE = 64 * 1024 }; /* enough for the first processor */

/* ---- the processor and the kernel ---- */

/* x86 and most others say "model name", older ARM kernels "Processor"; aarch64 says neither. */
static void read_cpu(struct machine *machine, const char *root)
{
	static const char *const keys[] = { "\nmodel name", "\nProcessor", "\ncpu model",
					    "\ncpu\t" };
	char *text = malloc(CPUINFO_SIZE), *at;

	if (text && tree_text(root, "/proc/cpuinfo", text, CPUINFO_SIZE))
		for (size_t i = 0; i < sizeof keys / sizeof *keys && !*machine->cpu; i++)
			if ((at = strstr(text, keys[i])) && (at = strchr(at, ':')))
				(void)sscanf(at, ": %95[^\n]", machine->cpu);
	free(text);
}

static void read_model(struct machine *machine, const char *root)
{
	static const char *const paths[] = { "/sys/class/dmi/id/product_name",
					     "/sys/firmware/devicetree/base/model" };

	for (size_t i = 0; i < sizeof paths / sizeof *paths && !*machine->model; i++)
		(void)tree_line(root, paths[i], machine->model, sizeof machine->model);
}

/* "0-3,6": how many. */
static unsigned count_range(const char *range)
{
	unsigned count = 0;

	while (*range) {
		char *end;
		const unsigned long first = strtoul(range, &end, 10);
		const unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;

		if (end == range || last < first)
			return 0;
		count += (unsigned)(last - first) + 1;
		range = end + strspn(end, ",\n");
	}
	return count;
}

/* A PREEMPT_RT kernel has the file, and says so in its version too. */
static enum machine_answer preempt_rt(const char *root)
{
	char version[256];

	if (tree_number(root, "/sys/kernel/realtime", 0) == 1)
		return MACHINE_YES;
	if (!tree_line(root, "/proc/sys/kernel/version", version, sizeof version))
		return MACHINE_UNKNOWN;
	return strstr(version, "PREEMPT_RT") || strstr(version, "PREEMPT RT") ? MACHINE_YES
									      : MACHINE_NO;
}

static void add_word(char *words, size_t size, const char *word)
{
	const size_t used = strlen(words);

	if (!machine_has_word(words, word))
		(void)snprintf(words + used, size - used, "%s%s", used ? " " : "", word);
}

static void read_governors(struct machine *machine, const char *root)
{
	char pattern[TREE_PATH], governor[32];
	glob_t found;

	(void)snprintf(pattern, sizeof pattern,
		       "%s/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor", root);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (tree_line("", found.gl_pathv[i], governor, sizeof governor))
				add_word(machine->governors, sizeof machine->governors, governor);
	globfree(&found);
}

/* 0 or 1 in a file; `yes` says which of them means yes. */
static enum machine_answer answer_of(const char *root, const char *path, int64_t yes)
{
	const int64_t number = tree_number(root, path, -1);

	return number < 0 ? MACHINE_UNKNOWN : number == yes ? MACHINE_YES : MACHINE_NO;
}

/* /proc/swaps has a title line, and one an area. */
static enum machine_answer swap(const char *root)
{
	char text[1024];
	const char *line;

	if (!tree_text(root, "/proc/swaps", text, sizeof text))
		return MACHINE_UNKNOWN;
	line = strchr(text, '\n');
	return line && line[1] ? MACHINE_YES : MACHINE_NO;
}

static void read_kernel(struct machine *machine, const char *root)
{
	static const char sources[] = "/sys/devices/system/clocksource/clocksource0/";
	char path[128], range[256];

	(void)tree_line(root, "/proc/sys/kernel/hostname", machine->host, sizeof machine->host);
	(void)tree_line(root, "/proc/sys/kernel/osrelease", machine->kernel, sizeof machine->kernel);
	(void)tree_line(root, "/proc/cmdline", machine->command_line, sizeof machine->command_line);
	(void)snprintf(path, sizeof path, "%scurrent_clocksource", sources);
	(void)tree_line(root, path, machine->clock, sizeof machine->clock);
	(void)snprintf(path, sizeof path, "%savailable_clocksource", sources);
	(void)tree_line(root, path, machine->clocks, sizeof machine->clocks);
	if (tree_line(root, "/sys/devices/system/cpu/online", range, sizeof range))
		machine->cpus = count_range(range);
	machine->preempt_rt = preempt_rt(root);
	machine->smt = answer_of(root, "/sys/devices/system/cpu/smt/active", 1);
	machine->swap = swap(root);
	machine->swappiness = tree_number(root, "/proc/sys/vm/swappiness", MACHINE_NO_NUMBER);
	machine->rt_runtime_us =
		tree_number(root, "/proc/sys/kernel/sched_rt_runtime_us", MACHINE_NO_NUMBER);
	machine->rt_period_us =
		tree_number(root, "/proc/sys/kernel/sched_rt_period_us", MACHINE_NO_NUMBER);
}

/* ---- this process ---- */

static uint64_t soft_limit(__rlimit_resource_t resource)
{
	struct rlimit limit = { .rlim_cur = 0 };

	(void)getrlimit(resource, &limit);
	return limit.rlim_cur == RLIM_INFINITY ? MACHINE_UNLIMITED : limit.rlim_cur;
}

/* Limits, capabilities, control groups and seccomp all have a word in it: only the trial knows. */
static enum machine_answer try_fifo(void)
{
	const struct sched_param lowest = { .sched_priority = 1 };
	const int policy = sched_getscheduler(0);
	struct sched_param before;

	if (policy < 0 || sched_getparam(0, &before) < 0)
		return MACHINE_UNKNOWN;
	if ((policy & ~SCHED_RESET_ON_FORK) == SCHED_FIFO ||
	    (policy & ~SCHED_RESET_ON_FORK) == SCHED_RR)
		return MACHINE_YES;
	/* the reset flag stays as it is: who lacks the right may set it and not clear it */
	if (sched_setscheduler(0, SCHED_FIFO | (policy & SCHED_RESET_ON_FORK), &lowest) < 0)
		return errno == EPERM ? MACHINE_NO : MACHINE_UNKNOWN;
	(void)sched_setscheduler(0, policy, &before);
	return MACHINE_YES;
}

static uint64_t capabilities(const char *root)
{
	char text[8192];
	const char *line;

	if (!tree_text(root, "/proc/self/status", text, sizeof text))
		return 0;
	line = strstr(text, "\nCapEff:");
	return line ? strtoull(line + strlen("\nCapEff:"), NULL, 16) : 0;
}

static enum machine_answer dma_latency(const char *root)
{
	char path[TREE_PATH];

	if (!tree_has(root, "/dev/cpu_dma_latency"))
		return MACHINE_UNKNOWN;
	(void)snprintf(path, sizeof path, "%s/dev/cpu_dma_latency", root);
	return access(path, W_OK) == 0 ? MACHINE_YES : MACHINE_NO;
}

/* ---- /dev/shm ---- */

static void read_filesystem(struct machine_shm *shm, const char *path)
{
	static const struct {
		uint64_t magic;
		const char *name;
	} names[] = {
		{ TMPFS_MAGIC, "tmpfs" },	{ RAMFS_MAGIC, "ramfs" },
		{ EXT4_SUPER_MAGIC, "ext4" },	{ XFS_SUPER_MAGIC, "xfs" },
		{ BTRFS_SUPER_MAGIC, "btrfs" }, { OVERLAYFS_SUPER_MAGIC, "overlay" },
	};
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return;
	shm->size_bytes = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
	shm->free_bytes = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
	(void)snprintf(shm->filesystem, sizeof shm->filesystem, "type 0x%llx",
		       (unsigned long long)fs.f_type);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].magic == (uint64_t)fs.f_type)
			(void)snprintf(shm->filesystem, sizeof shm->filesystem, "%s", names[i].name);
}

static void read_shm(struct machine *machine, const char *root)
{
	struct machine_shm *shm = &machine->shm;
	char path[TREE_PATH];
	struct stat status;

	(void)snprintf(path, sizeof path, "%s/dev/shm", root);
	if (stat(path, &status) < 0) {
		shm->there = errno == ENOENT ? MACHINE_NO : MACHINE_UNKNOWN;
		return;
	}
	shm->there = MACHINE_YES;
	shm->mode = status.st_mode & 07777;
	shm->uid = status.st_uid;
	read_filesystem(shm, path);
	shm->private = mounts_shm_private(root, machine->container);
}

void machine_read(struct machine *machine, const char *root)
{
	*machine = (struct machine){ .cpus = 0 };
	read_cpu(machine, root);
	read_model(machine, root);
	read_kernel(machine, root);
	read_governors(machine, root);
	mounts_container(root, machine->container, sizeof machine->container);
	read_shm(machine, root);
	machine->rtprio_max = soft_limit(RLIMIT_RTPRIO);
	machine->memlock_bytes = soft_limit(RLIMIT_MEMLOCK);
	machine->fifo = try_fifo();
	machine->rtkit = tree_has(
		root, "/usr/share/dbus-1/system-services/org.freedesktop.RealtimeKit1.service");
	machine->capabilities = capabilities(root);
	machine->dma_latency = dma_latency(root);
}
