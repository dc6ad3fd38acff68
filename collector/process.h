/* SPDX-License-Identifier: MIT */
/* What /proc tells of a process. Any thread but the audio one; reads files, keeps nothing. */
#ifndef AUDIOWATCH_COLLECTOR_PROCESS_H
#define AUDIOWATCH_COLLECTOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fields of /proc/<pid>/stat. */
struct process_stat {
	char state;
	uint64_t cpu_ticks, start_ticks; /* utime + stime; start since boot */
	uint64_t virtual_bytes, resident_pages;
};

/* Pure. The name may hold anything, so fields are counted from its last ')'. */
bool process_parse_stat(const char *text, struct process_stat *stat);
/* pid 0 = the own process. */
bool process_parse_anonymous(const char *statm, uint64_t *pages);
/* A line of /proc/self/cgroup of the unified hierarchy: where below its root; false = it is another's. */
bool process_parse_cgroup(const char *line, char *path, size_t size);
bool process_read_stat(uint64_t pid, struct process_stat *stat);
/* Whether that process, and not a later one with its pid, is stopped: by a signal or by a
 * debugger. */
bool process_is_stopped(uint64_t pid, uint64_t start_ticks);

/* Whether a process has this pid and began at another time than it said: a later one, or its clocks are not ours (a
 * time namespace moves them all). start_ticks 0: not said. */
bool process_is_other(uint64_t pid, uint64_t start_ticks);
/* How long ago, on CLOCK_BOOTTIME; UINT64_MAX where that cannot be. */
uint64_t process_age_ns(uint64_t start_ticks, uint64_t boot_ns);

/* Whether no process has this pid, or another one than then. True also where it cannot be seen
 * from here. */
bool process_is_gone(uint64_t pid, uint64_t start_ticks);

/* The usual process_* set. */
struct process_usage {
	double cpu_seconds, start_time_seconds;
	uint64_t virtual_bytes, resident_bytes, open_fds, max_fds;
	uint64_t anonymous_bytes; /* the resident part that no file and nobody else has */
	uint64_t limit_bytes; /* of the cgroup and those around it; 0 = none, or not to be seen */
};
void process_read_usage(struct process_usage *usage);

#endif
