/* SPDX-License-Identifier: MIT */
/* A collector of the measurement's own. Main thread. */
#include "tools/bench/publish_collector.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/bench/publish_child.h"

enum { LIVE_TRIES = 500, TRY_NS = 10000000, ANSWER_BYTES = 1 << 20 };

int publish_collector_init(struct publish_collector *collector)
{
	const ssize_t length = readlink("/proc/self/exe", collector->program, PATH_MAX - 16);
	char *slash;

	collector->program[length < 0 ? 0 : length] = 0;
	slash = strrchr(collector->program, '/');
	if (slash)
		(void)strcpy(slash + 1, "audiowatchd");
	if (access(collector->program, X_OK) < 0)
		collector->program[0] = 0;
	(void)strcpy(collector->folder, "/tmp/awbench-XXXXXX");
	if (!mkdtemp(collector->folder)) {
		collector->folder[0] = 0;
		return -errno;
	}
	(void)snprintf(collector->socket, sizeof collector->socket, "%s/http", collector->folder);
	return setenv("AUDIOWATCH_PREFIX", strrchr(collector->folder, '/') + 1, 1) < 0 ? -errno : 0;
}

static void forget(struct publish_collector *collector)
{
	collector->pid = 0;
	collector->stopped = false;
}

void publish_collector_end(struct publish_collector *collector)
{
	if (collector->pid)
		publish_child_end(collector->pid);
	forget(collector);
}

void publish_collector_kill(const struct publish_collector *collector)
{
	if (collector->pid)
		(void)kill(collector->pid, SIGKILL);
}

/* What it left lies below the temporary folder and under the private prefix alone. */
void publish_collector_deinit(struct publish_collector *collector)
{
	const char *const clean[] = { "rm", "-rf", collector->folder, NULL };
	const char *const dir = getenv("AUDIOWATCH_DIR");
	char lock[PATH_MAX];

	publish_collector_end(collector);
	if (!collector->folder[0])
		return;
	(void)publish_child_run(clean);
	(void)snprintf(lock, sizeof lock, "%s/%s-%u-collector", dir && *dir ? dir : "/dev/shm",
		       strrchr(collector->folder, '/') + 1, (unsigned)getuid());
	(void)unlink(lock);
}

/* ---- live or not ---- */

static int answer_connect(const struct publish_collector *collector)
{
	static const char request[] = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof at.sun_path, "%s", collector->socket);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
	    send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static bool reads(const struct publish_collector *collector)
{
	char *answer = calloc(1, ANSWER_BYTES);
	const int fd = answer ? answer_connect(collector) : -1;
	size_t size = 0;
	ssize_t got = fd < 0 ? 0 : 1;
	bool found;

	while (got > 0 && size < ANSWER_BYTES - 1) {
		got = read(fd, answer + size, ANSWER_BYTES - 1 - size);
		size += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		(void)close(fd);
	found = answer && strstr(answer, collector->instance);
	free(answer);
	return found;
}

static int live_await(struct publish_collector *collector)
{
	const struct timespec pause = { .tv_nsec = TRY_NS };

	for (int i = 0; i < LIVE_TRIES; i++) {
		if (waitpid(collector->pid, NULL, WNOHANG) != 0) {
			forget(collector);
			return -ECHILD;
		}
		if (reads(collector))
			return 0;
		(void)nanosleep(&pause, NULL);
	}
	publish_collector_end(collector);
	return -ETIMEDOUT;
}

int publish_collector_start(struct publish_collector *collector)
{
	char listen[112];
	const char *const argv[] = { collector->program, "--listen",	listen,	 "--state-dir",
				     collector->folder,	 "--log-level", "error", NULL };
	pid_t pid;

	if (!collector->program[0])
		return -ENOENT;
	if (collector->stopped)
		(void)kill(collector->pid, SIGCONT);
	collector->stopped = false;
	if (collector->pid)
		return 0;
	(void)snprintf(listen, sizeof listen, "unix:%s", collector->socket);
	pid = publish_child_start(argv);
	if (pid < 0)
		return (int)pid;
	collector->pid = pid;
	return live_await(collector);
}

int publish_collector_stop(struct publish_collector *collector)
{
	int status;

	if (!collector->pid)
		return -ESRCH;
	(void)kill(collector->pid, SIGSTOP);
	if (waitpid(collector->pid, &status, WUNTRACED) != collector->pid || !WIFSTOPPED(status)) {
		forget(collector);
		return -ECHILD;
	}
	collector->stopped = true;
	return 0;
}
