/* SPDX-License-Identifier: MIT */
/* The judges of the machine. Pure. */
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "tools/audiowatch/checks_judge.h"

enum { JACK_PRIORITY = 10, SWAPPINESS_MAX = 10, STICKY_FOR_ALL = 01777, SYSTEM_UID_MAX = 999 };

#define TAKE_TSC \
	"echo tsc >/sys/devices/system/clocksource/clocksource0/current_clocksource; to keep it, " \
	"boot with clocksource=tsc"
#define MIB (UINT64_C(1) << 20)
#define LARGE_SESSION MIB /* 64 channels and 64 functions take 632 KiB */
#define SHM_FULL (4 * MIB)
#define SHM_SMALL (128 * MIB) /* a jackd as it comes, and some sessions */

static bool is_capable(const struct facts *facts, unsigned capability)
{
	return facts->machine.capabilities >> capability & 1;
}

/* ---- scheduling ---- */

static enum verdict realtime_refused(const struct facts *facts, struct finding *finding)
{
	const struct machine *machine = &facts->machine;
	const bool limited = !machine->rtprio_max && !is_capable(facts, CAP_SYS_NICE);

	/* an image may have its file too, but in a container nobody answers for it */
	if (limited && machine->rtkit && !*machine->container) {
		finding_say(finding,
			    "refused: RLIMIT_RTPRIO is 0; PipeWire's threads get it by rtkit, "
			    "a native jackd does not");
		return VERDICT_WARN;
	}
	if (limited) {
		finding_say(finding, "refused: RLIMIT_RTPRIO is 0");
		return VERDICT_BAD;
	}
	finding_say(finding, "refused, although limits or capabilities allow it");
	finding_cure(finding, "leave the control group that has no real-time time (its "
			      "cpu.rt_runtime_us is 0), or the sandbox that forbids it");
	return VERDICT_BAD;
}

enum verdict judge_realtime(const struct facts *facts, struct finding *finding)
{
	const struct machine *machine = &facts->machine;

	if (machine->fifo == MACHINE_NO)
		return realtime_refused(facts, finding);
	if (machine->fifo == MACHINE_UNKNOWN) {
		finding_say(finding, "the kernel would not say");
		return VERDICT_UNKNOWN;
	}
	if (is_capable(facts, CAP_SYS_NICE) || machine->rtprio_max == MACHINE_UNLIMITED) {
		finding_say(finding, "allowed at any priority");
		return VERDICT_OK;
	}
	finding_say(finding, "allowed up to priority %ju; jackd asks for %d",
		    (uintmax_t)machine->rtprio_max, JACK_PRIORITY);
	return machine->rtprio_max < JACK_PRIORITY ? VERDICT_WARN : VERDICT_OK;
}

enum verdict judge_memlock(const struct facts *facts, struct finding *finding)
{
	const uint64_t limit = facts->machine.memlock_bytes;
	const bool capable = is_capable(facts, CAP_IPC_LOCK);
	char text[MACHINE_SIZE_TEXT];

	machine_size_text(text, limit);
	finding_say(finding, "%s%s", text,
		    capable && limit != MACHINE_UNLIMITED ? ", which does not bind this user" : "");
	if (limit == MACHINE_UNLIMITED || capable)
		return VERDICT_OK;
	return limit < LARGE_SESSION ? VERDICT_BAD : VERDICT_WARN;
}

enum verdict judge_kernel(const struct facts *facts, struct finding *finding)
{
	const struct machine *machine = &facts->machine;
	const bool threads = machine_has_word(machine->command_line, "threadirqs");

	if (machine->preempt_rt == MACHINE_UNKNOWN) {
		finding_say(finding, "/proc/sys/kernel/version cannot be read");
		return VERDICT_UNKNOWN;
	}
	finding_say(finding, "%s: %s", machine->kernel,
		    machine->preempt_rt == MACHINE_YES ? "PREEMPT_RT"
		    : threads			       ? "no PREEMPT_RT, but threadirqs"
						       : "neither PREEMPT_RT nor threadirqs");
	return machine->preempt_rt == MACHINE_YES || threads ? VERDICT_OK : VERDICT_WARN;
}

enum verdict judge_throttling(const struct facts *facts, struct finding *finding)
{
	const int64_t runtime = facts->machine.rt_runtime_us, period = facts->machine.rt_period_us;

	if (runtime == -1) {
		finding_say(finding, "none");
		return VERDICT_OK;
	}
	if (runtime < 0 || period <= 0) {
		finding_say(finding, "/proc/sys/kernel/sched_rt_*_us cannot be read");
		return VERDICT_UNKNOWN;
	}
	finding_say(finding, "%jd of %jd us", (intmax_t)runtime, (intmax_t)period);
	if (!runtime)
		return VERDICT_BAD;
	return runtime < period - period / 20 ? VERDICT_WARN : VERDICT_OK;
}

enum verdict judge_governor(const struct facts *facts, struct finding *finding)
{
	const char *governors = facts->machine.governors;

	finding_say(finding, "%s",
		    *governors ? governors : "none to be seen (most virtual machines have none)");
	if (!*governors)
		return VERDICT_UNKNOWN;
	return strcmp(governors, "performance") == 0 ? VERDICT_OK : VERDICT_WARN;
}

/* What an answer says, where the answer is all there is to a check. */
struct says {
	enum verdict verdict;
	const char *found;
};

static enum verdict say_answer(const struct says *says, struct finding *finding)
{
	finding_say(finding, "%s", says->found);
	return says->verdict;
}

enum verdict judge_sleep(const struct facts *facts, struct finding *finding)
{
	static const struct says says[] = {
		[MACHINE_UNKNOWN] = { VERDICT_UNKNOWN, "/dev/cpu_dma_latency is not there" },
		[MACHINE_NO] = { VERDICT_WARN, "/dev/cpu_dma_latency may not be written to" },
		[MACHINE_YES] = { VERDICT_OK, "/dev/cpu_dma_latency may be written to" },
	};

	return say_answer(&says[facts->machine.dma_latency], finding);
}

enum verdict judge_smt(const struct facts *facts, struct finding *finding)
{
	static const struct says says[] = {
		[MACHINE_UNKNOWN] = { VERDICT_UNKNOWN, "the kernel would not say" },
		[MACHINE_NO] = { VERDICT_OK, "off, or the processor has none" },
		[MACHINE_YES] = { VERDICT_WARN, "on" },
	};

	return say_answer(&says[facts->machine.smt], finding);
}

/* ---- clock and swap ---- */

/* What the processor reads by itself, and what a guest reads without a system call. */
static const struct {
	const char *name;
	enum verdict verdict;
} clocks[] = {
	{ "tsc", VERDICT_OK },	       { "arch_sys_counter", VERDICT_OK },
	{ "kvm-clock", VERDICT_WARN }, { "hyperv_clocksource_tsc_page", VERDICT_WARN },
	{ "", VERDICT_UNKNOWN },
};

enum verdict judge_clock(const struct facts *facts, struct finding *finding)
{
	const struct machine *machine = &facts->machine;

	finding_say(finding, "%s", *machine->clock ? machine->clock : "the kernel would not say");
	if (machine_has_word(machine->clocks, "tsc"))
		finding_cure(finding, *machine->container ? ON_THE_HOST TAKE_TSC : TAKE_TSC);
	for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++)
		if (strcmp(machine->clock, clocks[i].name) == 0)
			return clocks[i].verdict;
	return VERDICT_BAD;
}

enum verdict judge_swap(const struct facts *facts, struct finding *finding)
{
	const struct machine *machine = &facts->machine;

	if (machine->swap == MACHINE_NO) {
		finding_say(finding, "no swap space");
		return VERDICT_OK;
	}
	if (machine->swap == MACHINE_UNKNOWN || machine->swappiness == MACHINE_NO_NUMBER) {
		finding_say(finding, "/proc/swaps or /proc/sys/vm/swappiness cannot be read");
		return VERDICT_UNKNOWN;
	}
	finding_say(finding, "swap space, swappiness %jd", (intmax_t)machine->swappiness);
	return machine->swappiness > SWAPPINESS_MAX ? VERDICT_WARN : VERDICT_OK;
}

/* ---- /dev/shm ---- */

static enum verdict shm_missing(const struct facts *facts, struct finding *finding)
{
	const struct machine_shm *shm = &facts->machine.shm;

	if (shm->there == MACHINE_UNKNOWN) {
		finding_say(finding, "/dev/shm cannot be looked at");
		return VERDICT_UNKNOWN;
	}
	finding_say(finding,
		    shm->there == MACHINE_YES ? "/dev/shm is %s, not tmpfs"
					      : "/dev/shm is not there%.0s",
		    shm->filesystem);
	if (!*facts->machine.container) /* mounting is not for who is in one */
		finding_cure(finding,
			     "mkdir -p /dev/shm && mount -t tmpfs -o mode=1777 tmpfs /dev/shm");
	return VERDICT_BAD;
}

enum verdict judge_shm_size(const struct facts *facts, struct finding *finding)
{
	const struct machine_shm *shm = &facts->machine.shm;
	char size[MACHINE_SIZE_TEXT], left[MACHINE_SIZE_TEXT];

	if (shm->there != MACHINE_YES || strcmp(shm->filesystem, "tmpfs") != 0)
		return shm_missing(facts, finding);
	if (!shm->size_bytes) {
		finding_say(finding, "without a limit");
		return VERDICT_OK;
	}
	machine_size_text(size, shm->size_bytes);
	machine_size_text(left, shm->free_bytes);
	finding_say(finding, "%s, %s free", size, left);
	if (shm->free_bytes < SHM_SMALL && shm->size_bytes >= 2 * SHM_SMALL)
		finding_cure(finding, "remove from /dev/shm what nobody uses: audiowatch segments "
				      "and ls -l /dev/shm show it");
	return shm->free_bytes < SHM_FULL    ? VERDICT_BAD
	       : shm->free_bytes < SHM_SMALL ? VERDICT_WARN
					     : VERDICT_OK;
}

enum verdict judge_shm_mode(const struct facts *facts, struct finding *finding)
{
	const struct machine_shm *shm = &facts->machine.shm;

	if (shm->there != MACHINE_YES) {
		finding_say(finding, "/dev/shm cannot be looked at");
		return VERDICT_UNKNOWN;
	}
	finding_say(finding, "%04o, owner %ju", (unsigned)shm->mode, (uintmax_t)shm->uid);
	if (shm->uid != 0 && shm->uid != facts->uid)
		return VERDICT_BAD;
	/* a sandbox makes one for its only user */
	if (*facts->machine.container && shm->uid == facts->uid && (shm->mode & 0700) == 0700)
		return VERDICT_OK;
	return shm->mode == STICKY_FOR_ALL ? VERDICT_OK : VERDICT_BAD;
}

enum verdict judge_shm_private(const struct facts *facts, struct finding *finding)
{
	const char *container = facts->machine.container;

	switch (facts->machine.shm.private) {
	case MACHINE_YES:
		if (*container)
			finding_say(finding, "private to this container (%s)", container);
		else
			finding_say(finding, "private to this mount namespace");
		return VERDICT_WARN;
	case MACHINE_NO:
		if (*container)
			finding_say(finding, "shared with the host of this container (%s)",
				    container);
		else
			finding_say(finding, "shared");
		return VERDICT_OK;
	default:
		finding_say(finding, "/proc/self/mountinfo cannot be read");
		return VERDICT_UNKNOWN;
	}
}

enum verdict judge_remove_ipc(const struct facts *facts, struct finding *finding)
{
	const struct logind *logind = &facts->logind;

	finding_say(finding, "RemoveIPC=%s, %s", logind->remove_ipc == MACHINE_NO ? "no" : "yes",
		    *logind->said_by ? logind->said_by : "systemd's default");
	if (logind->remove_ipc == MACHINE_NO)
		return VERDICT_OK;
	if (logind->runs == MACHINE_NO) {
		finding_say(finding, "no logind runs");
		return VERDICT_OK;
	}
	if (facts->uid <= SYSTEM_UID_MAX) {
		finding_say(finding, "this is a system user, whose objects logind leaves alone");
		return VERDICT_OK;
	}
	if (logind->linger == MACHINE_YES) {
		finding_say(finding, "this user lingers, and is never quite logged out");
		return VERDICT_OK;
	}
	return VERDICT_WARN;
}
