/* SPDX-License-Identifier: MIT */
/* Gathers what the doctor looks at. */
#include "tools/audiowatch/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/segment.h"
#include "tools/audiowatch/object.h"
#include "tools/cli/cli.h"
#include "tools/cli/words.h"

extern char **environ;

/* ---- what audiowatchd says of the environment ---- */

/* Beside this program, where both are installed. */
static bool daemon_path(char path[CLIENT_PATH_SIZE])
{
	static const char name[] = "audiowatchd";
	const ssize_t length = readlink("/proc/self/exe", path, CLIENT_PATH_SIZE - sizeof name);
	char *slash;

	if (length <= 0)
		return false;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		memcpy(slash + 1, name, sizeof name);
	return slash;
}

/* Its standard error goes to `complaints`. */
static pid_t daemon_start(const char *path, int complaints)
{
	char *argv[] = { (char[]){ "audiowatchd" }, (char[]){ "--check-config" }, NULL };
	posix_spawn_file_actions_t actions;
	pid_t child = -1;

	if (posix_spawn_file_actions_init(&actions))
		return -1;
	if (posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) ||
	    posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO) ||
	    posix_spawn(&child, path, &actions, NULL, argv, environ))
		child = -1;
	(void)posix_spawn_file_actions_destroy(&actions);
	return child;
}

/* The first line, without the program's name; all else is read and dropped, so that the writer ends. */
static void hear(int fd, char line[FACTS_LINE])
{
	static const char name[] = "audiowatchd: ";
	char text[FACTS_LINE], rest[512];
	size_t used = 0;
	ssize_t got;

	while (used + 1 < sizeof text && (got = read(fd, text + used, sizeof text - 1 - used)) > 0)
		used += (size_t)got;
	while (read(fd, rest, sizeof rest) > 0)
		;
	text[used] = '\0';
	text[strcspn(text, "\n")] = '\0';
	words_clean(line, FACTS_LINE,
		    text + (strncmp(text, name, sizeof name - 1) ? 0 : sizeof name - 1));
}

static void read_config(struct facts *facts)
{
	char path[CLIENT_PATH_SIZE];
	int ends[2], status = 0;
	pid_t child;

	if (!daemon_path(path) || pipe2(ends, O_CLOEXEC) < 0)
		return;
	child = daemon_start(path, ends[1]);
	(void)close(ends[1]);
	if (child > 0)
		hear(ends[0], facts->config_complaint);
	(void)close(ends[0]);
	if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status))
		facts->config_valid = WEXITSTATUS(status) == 0 ? MACHINE_YES : MACHINE_NO;
}

/* ---- segments and the collector ---- */

struct scan {
	struct facts *facts;
	const struct aw_reader_place *place;
};

static void count(void *context, enum aw_found what, const char *name)
{
	struct scan *scan = context;
	struct facts *facts = scan->facts;
	struct object object;

	if (what != AW_FOUND || !object_read(&object, scan->place, facts->dir, name))
		return;
	facts->live += object.state == OBJECT_LIVE;
	facts->refused += object.state == OBJECT_REFUSED;
	facts->dead += object.state == OBJECT_DEAD;
	facts->dead_bytes += object.state == OBJECT_DEAD ? object.size : 0;
}

static enum facts_collector collector_of(const struct facts *facts, int dirfd,
					 const struct client *client)
{
	switch (aw_collector_lock_state(dirfd, facts->prefix)) {
	case AW_LOCK_HELD:
		return client_reaches(client) ? COLLECTOR_REACHED : COLLECTOR_ELSEWHERE;
	case AW_LOCK_SQUATTED:
		return COLLECTOR_SQUATTED;
	default:
		return COLLECTOR_NONE;
	}
}

static void read_dir(struct facts *facts, const struct client *client)
{
	const uid_t uid = (uid_t)facts->uid;
	struct aw_reader_place place = { .prefix = facts->prefix, .uids = &uid, .uid_count = 1 };

	place.dirfd = aw_segment_dir(facts->dir);
	facts->dir_error = place.dirfd < 0 ? place.dirfd : 0;
	facts->dir_writable = place.dirfd >= 0 && access(facts->dir, W_OK | X_OK) == 0;
	facts->scan_error = facts->prefix_valid ? facts->dir_error : -EINVAL;
	if (!facts->scan_error) {
		facts->scan_error =
			object_scan(&place, facts->dir, count, &(struct scan){ facts, &place });
		facts->collector = collector_of(facts, place.dirfd, client);
	}
	if (place.dirfd >= 0)
		(void)close(place.dirfd);
}

static const char *user_name(uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	return user ? user->pw_name : "";
}

void facts_read(struct facts *facts, const char *root, const struct client *client)
{
	*facts = (struct facts){ .uid = (uint32_t)geteuid() };
	machine_read(&facts->machine, root);
	logind_read(&facts->logind, root, user_name(geteuid()));
	(void)snprintf(facts->prefix, sizeof facts->prefix, "%s",
		       cli_variable("AUDIOWATCH_PREFIX", AW_DEFAULT_PREFIX));
	(void)snprintf(facts->dir, sizeof facts->dir, "%s",
		       cli_variable("AUDIOWATCH_DIR", AW_DEFAULT_DIR));
	(void)snprintf(facts->disable, sizeof facts->disable, "%s",
		       cli_variable("AUDIOWATCH_DISABLE", ""));
	(void)snprintf(facts->state_dir, sizeof facts->state_dir, "%s", client->state_dir);
	facts->prefix_valid = aw_prefix_valid(facts->prefix);
	read_dir(facts, client);
	read_config(facts);
}
