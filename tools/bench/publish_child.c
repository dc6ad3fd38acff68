/* SPDX-License-Identifier: MIT */
/* The processes that a measurement needs beside it. Main thread. */
#include "tools/bench/publish_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { END_TRIES = 300, TRY_NS = 10000000, EXIT_NO_PROGRAM = 127 };

static void become(const char *const *argv, pid_t parent)
{
	const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_NO_PROGRAM);
	(void)setpgid(0, 0); /* a Ctrl-C is for us alone */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)dup2(nowhere, STDIN_FILENO);
	(void)dup2(nowhere, STDOUT_FILENO);
	(void)dup2(nowhere, STDERR_FILENO);
	(void)execvp(argv[0], (char *const *)argv);
	_exit(EXIT_NO_PROGRAM);
}

pid_t publish_child_start(const char *const *argv)
{
	const pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(argv, parent);
	return pid < 0 ? -errno : pid;
}

void publish_child_end(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = TRY_NS };

	(void)kill(pid, SIGCONT);
	(void)kill(pid, SIGTERM);
	for (int i = 0; i < END_TRIES; i++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		(void)nanosleep(&pause, NULL);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

int publish_child_run(const char *const *argv)
{
	const pid_t pid = publish_child_start(argv);
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}
