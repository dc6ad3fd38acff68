/* SPDX-License-Identifier: MIT */
/* What a machine and this process are, as far as audio suffers from it: facts, no opinions. Read once, by any
 * thread that is not real-time; what cannot be read is unknown, never an error: virtual machines have no governors,
 * containers hide files. A measurement prints it, a doctor judges it. */
#ifndef AUDIOWATCH_MACHINE_MACHINE_H
#define AUDIOWATCH_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum machine_answer { MACHINE_UNKNOWN, MACHINE_NO, MACHINE_YES };

#define MACHINE_UNLIMITED UINT64_MAX /* of a limit */
#define MACHINE_NO_NUMBER INT64_MIN /* of a number that could not be read */

/* Where segments lie: /dev/shm. */
struct machine_shm {
	enum machine_answer there;
	char filesystem[32]; /* "tmpfs"; "" = unknown */
	uint64_t size_bytes, free_bytes; /* size 0: without a limit, or unknown */
	uint32_t mode, uid; /* permission bits with the sticky one, e.g. 01777; owner */
	enum machine_answer private; /* it is not the one that pid 1, or a container's host, sees */
};

/* Strings: "" = unknown. */
struct machine {
	char host[65]; /* the node's name */
	char model[96]; /* of the whole machine, as its maker says */
	char cpu[96]; /* of the processor */
	unsigned cpus; /* online; 0 = unknown */
	char kernel[65]; /* release, "6.1.0-31-rt-amd64" */
	enum machine_answer preempt_rt;
	char command_line[2048]; /* of the kernel */
	char clock[32]; /* the clock source in use, "tsc" */
	char clocks[128]; /* those there are, with blanks between */
	char governors[128]; /* in use on any CPU, each once, with blanks between; "" in most virtual machines */
	enum machine_answer smt; /* two hardware threads share a core */
	int64_t swappiness; /* 0 to 200 */
	enum machine_answer swap; /* some swap space is in use */
	int64_t rt_runtime_us, rt_period_us; /* RT throttling; a runtime of -1: none */
	uint64_t rtprio_max; /* RLIMIT_RTPRIO, soft */
	uint64_t memlock_bytes; /* RLIMIT_MEMLOCK, soft */
	enum machine_answer fifo; /* the calling thread may become SCHED_FIFO: tried, and undone */
	bool rtkit; /* the system bus can start it: it grants real time to who asks it, PipeWire for one */
	uint64_t capabilities; /* effective ones, a bit each (linux/capability.h) */
	enum machine_answer
		dma_latency; /* this process may hold the CPU out of deep sleep: /dev/cpu_dma_latency */
	char container[32]; /* "docker", "podman", "flatpak", ...; "" = none that shows */
	struct machine_shm shm;
};

/* Fills all of it. root: "" for this machine, a folder of a made-up one for tests (the limits, fifo and what statfs()
 * says of ROOT/dev/shm are this process's in any case). Blocks for some file reads. */
void machine_read(struct machine *machine, const char *root);

/* Whether one of the words with blanks between is this one. */
bool machine_has_word(const char *words, const char *word);

enum { MACHINE_SIZE_TEXT = 32, MACHINE_TEXT = 512 };

/* "8 MiB", "unlimited". */
void machine_size_text(char text[MACHINE_SIZE_TEXT], uint64_t bytes);
/* One line for the head of a measurement: cpu, number of CPUs, kernel, clock, governor, limits. */
void machine_text(char text[MACHINE_TEXT], const struct machine *machine);

#endif
