/* SPDX-License-Identifier: MIT */
/* The table of checks. Pure. */
#include "tools/audiowatch/checks.h"

#include <stdarg.h>
#include <stdio.h>

#include "tools/audiowatch/checks_judge.h"

#define LOG_IN_AGAIN ", run usermod -aG audio $USER, and log in again"
#define LIMITS "/etc/security/limits.d/95-audio.conf"
#define CPUPOWER \
	"cpupower frequency-set -g performance (or: echo performance | tee " \
	"/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor)"
#define KERNEL \
	"add threadirqs preempt=full to GRUB_CMDLINE_LINUX in /etc/default/grub and run " \
	"update-grub " \
	"(on a Raspberry Pi: to the line in /boot/firmware/cmdline.txt), and reboot; or install " \
	"a " \
	"PREEMPT_RT kernel (Debian: linux-image-rt-amd64, on aarch64 linux-image-rt-arm64)"
/* a period shorter than the runtime is refused, so that goes first and comes back last */
#define THROTTLING \
	"sysctl -w kernel.sched_rt_runtime_us=-1 kernel.sched_rt_period_us=1000000 " \
	"kernel.sched_rt_runtime_us=950000; to keep it, put the last two, a line each, into " \
	"/etc/sysctl.d/95-audio.conf"
#define SWAP \
	"sysctl -w vm.swappiness=10; to keep it, put vm.swappiness=10 into " \
	"/etc/sysctl.d/95-audio.conf"
#define TSC \
	"see dmesg | grep -i tsc for why the kernel left the TSC; update the firmware, or boot " \
	"with tsc=reliable if you know the machine to be sound"
#define SLEEP \
	"put KERNEL==\"cpu_dma_latency\", GROUP=\"audio\", MODE=\"0660\" into " \
	"/etc/udev/rules.d/95-audio.rules, run udevadm control --reload && udevadm trigger " \
	"--name-match=cpu_dma_latency" LOG_IN_AGAIN

#define SHM_MODE "chown root:root /dev/shm && chmod 1777 /dev/shm"
#define SMT "echo off >/sys/devices/system/cpu/smt/control; to keep it, boot with nosmt"

const struct check checks[] = {
	{ "realtime", "whether a thread of this user may become SCHED_FIFO", judge_realtime,
	  "without real-time priority any other program delays the audio thread",
	  "put @audio - rtprio 95 into " LIMITS LOG_IN_AGAIN,
	  "start the container with --cap-add=SYS_NICE --ulimit rtprio=95" },
	{ "memlock", "RLIMIT_MEMLOCK", judge_memlock,
	  "memory that cannot be locked may be paged out under the audio thread; audiowatch locks "
	  "its segments only where there is no limit",
	  "put @audio - memlock unlimited into " LIMITS LOG_IN_AGAIN,
	  "start the container with --ulimit memlock=-1" },
	{ "kernel", "PREEMPT_RT, threadirqs", judge_kernel,
	  "interrupt handlers that are no threads cannot be preempted by the audio thread", KERNEL,
	  ON_THE_HOST KERNEL },
	{ "throttling", "kernel.sched_rt_runtime_us",
	  judge_throttling, "real-time threads are stopped for the rest of each period once they used this much of it",
	  THROTTLING, ON_THE_HOST THROTTLING },
	{ "governor", "the scaling governor of every CPU", judge_governor,
	  "a processor that slows down between blocks makes each block late", CPUPOWER,
	  ON_THE_HOST CPUPOWER },
	{ "sleep", "/dev/cpu_dma_latency", judge_sleep,
	  "audio programs cannot keep the processor out of deep sleep, from which it wakes late",
	  SLEEP, "start the container with --device=/dev/cpu_dma_latency" },
	{ "smt", "whether two hardware threads share a core", judge_smt,
	  "the audio thread's core also runs another program, and slows down by it", SMT,
	  ON_THE_HOST SMT },
	{ "clock", "the kernel's clock source", judge_clock,
	  "reading the time costs more than it need; audiowatch asks the kernel instead of the "
	  "processor, at every begin and end",
	  TSC, ON_THE_HOST TSC },
	{ "swap", "swap space, vm.swappiness", judge_swap,
	  "samples and plugins that are not locked are paged out early", SWAP, ON_THE_HOST SWAP },
	{ "shm_size", "size, space and filesystem of /dev/shm", judge_shm_size,
	  "where it is full aw_open() fails, and a jackd (39 to 105 MiB) dies of SIGBUS",
	  "mount -o remount,size=1G /dev/shm; to keep it, put \"tmpfs /dev/shm tmpfs size=1G 0 0\" "
	  "into /etc/fstab",
	  "start the container with --shm-size=1g" },
	{ "shm_mode", "owner and permissions of /dev/shm", judge_shm_mode,
	  "some users cannot make segments, or may remove those of others", SHM_MODE,
	  "as the container's root, or on the host where it shares this /dev/shm: " SHM_MODE },
	{ "shm_private", "whether others see this /dev/shm", judge_shm_private,
	  "engines and collectors with another /dev/shm never find each other",
	  "run engine and audiowatchd in one mount namespace",
	  "start the container with --ipc=host -v /dev/shm:/dev/shm (Flatpak: flatpak override "
	  "--user "
	  "--device=shm APP), or run audiowatchd in it" },
	{ "remove_ipc", "RemoveIPC in logind.conf", judge_remove_ipc,
	  "at the user's last logout systemd removes the segments of engines that go on",
	  "put RemoveIPC=no below [Login] into /etc/systemd/logind.conf.d/audiowatch.conf and run "
	  "systemctl restart systemd-logind; or loginctl enable-linger $USER",
	  NULL },
	{ "directory", "where segments lie: $AUDIOWATCH_DIR, else /dev/shm", judge_directory,
	  "engines started from here publish nothing",
	  "unset AUDIOWATCH_DIR, or name an absolute path on tmpfs that this user may write to",
	  NULL },
	{ "environment", "AUDIOWATCH_* and what else audiowatchd takes from the environment",
	  judge_environment, "audiowatchd does not start, or engines publish nothing",
	  "set the variable to what the line says, or unset it", NULL },
	{ "disabled", "AUDIOWATCH_DISABLE", judge_disabled,
	  "1 switches off every engine that is started from here; nothing else does",
	  "unset AUDIOWATCH_DISABLE", NULL },
	{ "collector", "the collector's lock and its control socket", judge_collector,
	  "without a collector nothing is counted, judged or served, and the dead stay",
	  "start audiowatchd", NULL },
	{ "segments", "dead and refused segments of this user", judge_segments,
	  "they keep shared memory that nobody uses", "start audiowatchd: it removes the dead ones",
	  NULL },
};

const size_t check_count = sizeof checks / sizeof *checks;

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[VERDICTS] = { "ok", "warn", "bad", "unknown" };

	return names[verdict];
}

void finding_say(struct finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(finding->found, sizeof finding->found, format, arguments);
	va_end(arguments);
}

void finding_cure(struct finding *finding, const char *cure)
{
	(void)snprintf(finding->cure, sizeof finding->cure, "%s", cure);
}

void check_judge(const struct check *check, const struct facts *facts, struct finding *finding)
{
	const bool contained = *facts->machine.container && check->in_container;

	*finding = (struct finding){ .found = "" };
	finding_cure(finding, contained ? check->in_container : check->cure);
	finding->verdict = check->judge(facts, finding);
	if (finding->verdict == VERDICT_OK || finding->verdict == VERDICT_UNKNOWN)
		finding_cure(finding, "");
}
