/* SPDX-License-Identifier: MIT */
/* /proc/<pid>/stat and the own process's use of the machine. The poll thread. */
#include "collector/process.h"

#include "collector/instant.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PATH_SIZE = 1024 };

enum {
	STATE = 3,
	UTIME = 14,
	STIME = 15,
	START = 22,
	VSIZE = 23,
	RSS = 24,
	FIELDS = 25
}; /* as proc(5) counts */

bool process_parse_stat(const char *text, struct process_stat *stat)
{
	const char *field[FIELDS] = { NULL }, *at = strrchr(text, ')');

	for (unsigned i = STATE; at && i < FIELDS; i++) {
		at = strchr(at, ' ');
		field[i] = at ? ++at : NULL;
	}
	if (!field[RSS])
		return false;
	stat->state = *field[STATE];
	stat->cpu_ticks = strtoull(field[UTIME], NULL, 10) + strtoull(field[STIME], NULL, 10);
	stat->start_ticks = strtoull(field[START], NULL, 10);
	stat->virtual_bytes = strtoull(field[VSIZE], NULL, 10);
	stat->resident_pages = strtoull(field[RSS], NULL, 10);
	return true;
}

static bool read_text(const char *path, char *text, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	if (got > 0)
		text[got] = 0;
	return got > 0;
}

bool process_read_stat(uint64_t pid, struct process_stat *stat)
{
	char path[64] = "/proc/self/stat", text[1024];

	if (pid)
		snprintf(path, sizeof path, "/proc/%llu/stat", (unsigned long long)pid);
	return read_text(path, text, sizeof text) && process_parse_stat(text, stat);
}

bool process_is_stopped(uint64_t pid, uint64_t start_ticks)
{
	struct process_stat stat;

	return pid && process_read_stat(pid, &stat) && stat.start_ticks == start_ticks &&
	       (stat.state == 'T' || stat.state == 't');
}

bool process_is_other(uint64_t pid, uint64_t start_ticks)
{
	struct process_stat stat;

	return pid && start_ticks && process_read_stat(pid, &stat) &&
	       stat.start_ticks != start_ticks;
}

uint64_t process_age_ns(uint64_t start_ticks, uint64_t boot_ns)
{
	const uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);
	const uint64_t boot_ticks = boot_ns / (NS_A_SECOND / hz);

	return start_ticks <= boot_ticks ? boot_ns - start_ticks * (NS_A_SECOND / hz) : UINT64_MAX;
}

bool process_is_gone(uint64_t pid, uint64_t start_ticks)
{
	struct process_stat stat;

	return !pid || !process_read_stat(pid, &stat) || stat.start_ticks != start_ticks;
}

static uint64_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (!dir)
		return 0;
	for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count - 1; /* the one that counts */
}

/* btime of /proc/stat, which stands behind a line for each processor. */
static double boot_time_seconds(void)
{
	static const char key[] = "btime ";
	FILE *file = fopen("/proc/stat", "re");
	char line[256];
	double seconds = 0;

	while (file && !seconds && fgets(line, sizeof line, file))
		if (strncmp(line, key, sizeof key - 1) == 0)
			seconds = strtod(line + sizeof key - 1, NULL);
	if (file)
		fclose(file);
	return seconds;
}

/* ---- memory ---- */

/* size resident shared ..., in pages */
bool process_parse_anonymous(const char *statm, uint64_t *pages)
{
	unsigned long long resident, shared;

	if (sscanf(statm, "%*u %llu %llu", &resident, &shared) != 2 || shared > resident)
		return false;
	*pages = resident - shared;
	return true;
}

static uint64_t read_anonymous(void)
{
	char text[256];
	uint64_t pages;

	return read_text("/proc/self/statm", text, sizeof text) &&
			       process_parse_anonymous(text, &pages)
		       ? pages * (uint64_t)sysconf(_SC_PAGESIZE)
		       : 0;
}

bool process_parse_cgroup(const char *line, char *path, size_t size)
{
	static const char unified[] = "0::/";
	const size_t length = strcspn(line, "\n");

	if (strncmp(line, unified, sizeof unified - 1) != 0 || length >= size)
		return false;
	snprintf(path, size, "%.*s", (int)(length - 3), line + 3);
	return true;
}

/* "max" is no limit. */
static uint64_t read_limit(const char *group)
{
	char path[PATH_SIZE + 64], text[64];

	snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
	return read_text(path, text, sizeof text) ? strtoull(text, NULL, 10) : 0;
}

/* The least of the own group's and of those it is in. */
static uint64_t read_limits(void)
{
	char group[PATH_SIZE], text[PATH_SIZE];
	uint64_t least = 0;

	if (!read_text("/proc/self/cgroup", text, sizeof text) ||
	    !process_parse_cgroup(text, group, sizeof group))
		return 0;
	for (char *slash = group; slash;) {
		const uint64_t limit = read_limit(group);

		if (limit && (!least || limit < least))
			least = limit;
		slash = strrchr(group, '/');
		if (slash)
			*slash = 0;
	}
	return least;
}

void process_read_usage(struct process_usage *usage)
{
	const double ticks = (double)sysconf(_SC_CLK_TCK);
	struct process_stat stat;
	struct rlimit limit;

	if (!process_read_stat(0, &stat))
		return;
	usage->cpu_seconds = (double)stat.cpu_ticks / ticks;
	if (!usage->start_time_seconds) /* once: it never changes, and the clock of /proc/stat wanders */
		usage->start_time_seconds = boot_time_seconds() + (double)stat.start_ticks / ticks;
	usage->virtual_bytes = stat.virtual_bytes;
	usage->resident_bytes = stat.resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
	usage->anonymous_bytes = read_anonymous();
	usage->limit_bytes = read_limits();
	usage->open_fds = count_fds();
	usage->max_fds = getrlimit(RLIMIT_NOFILE, &limit) ? 0 : limit.rlim_cur;
}
