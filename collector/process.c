/* SPDX-License-Identifier: MIT */
/* /proc/<pid>/stat and the own process's use of the machine. The poll thread. */
#include "collector/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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
	usage->open_fds = count_fds();
	usage->max_fds = getrlimit(RLIMIT_NOFILE, &limit) ? 0 : limit.rlim_cur;
}
