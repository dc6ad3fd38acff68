/* SPDX-License-Identifier: MIT */
/* Who is alive is what the kernel says; who may be unlinked, by whom; the collector's lock. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

enum { NOBODY = 65534, LONG_AGO_S = 3600 };

static int open_named(const char *name)
{
	const int fd = openat(rt_dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* The only segment there is. */
static int open_only(char name[AW_SEGMENT_NAME_SIZE])
{
	assert_int_equal(rt_segments(name), 1);
	return open_named(name);
}

static bool exists(const char *name)
{
	struct stat st;

	return fstatat(rt_dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int64_t now_s(void)
{
	return time(NULL);
}

/* ---- A producer that does as it is told ---- */

enum order { PUBLISH, FORK, CLOSEFROM, CLOSE, LEAVE };

static void closefrom_but(const struct rt_child *parent)
{
	const unsigned low = (unsigned)(parent->to < parent->from ? parent->to : parent->from);
	const unsigned high = (unsigned)(parent->to < parent->from ? parent->from : parent->to);

	RT_CHECK(low > 2);
	if (low > 3)
		RT_CHECK(close_range(3, low - 1, 0) == 0);
	if (high > low + 1)
		RT_CHECK(close_range(low + 1, high - 1, 0) == 0);
	RT_CHECK(close_range(high + 1, ~0u, 0) == 0);
}

/* Until the test lets go of the producer it was forked from. */
static pid_t fork_one_that_lives_on(const struct rt_child *parent)
{
	const pid_t pid = fork();
	uint64_t word;

	if (pid)
		return pid;
	close(parent->to);
	while (read(parent->from, &word, sizeof word) > 0)
		;
	_exit(0);
}

static void produce(struct rt_child *parent, void *context)
{
	struct aw_session *session;
	struct aw_engine *engine;

	(void)context;
	RT_CHECK(aw_open(NULL, &session) == 0);
	RT_CHECK(aw_engine_new(session, "main", &engine) == 0);
	rt_tell(parent, (uint64_t)getpid());
	for (uint64_t order; (order = rt_hear(parent)) != LEAVE;) {
		uint64_t answer = 0;

		if (order == PUBLISH)
			aw_render_record(engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
		else if (order == FORK)
			answer = (uint64_t)fork_one_that_lives_on(parent);
		else if (order == CLOSEFROM)
			closefrom_but(parent);
		else if (order == CLOSE)
			aw_close(session);
		rt_tell(parent, answer);
	}
}

static struct rt_child producer(void)
{
	struct rt_child child = rt_child_start(produce, NULL);

	rt_hear(&child);
	return child;
}

static uint64_t tell_to(const struct rt_child *child, enum order order)
{
	rt_tell(child, order);
	return rt_hear(child);
}

/* Dead, and not even waited for. */
static void kill_only(pid_t pid)
{
	siginfo_t info;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

/* ---- Life ---- */

static void a_live_producer_is_alive_publishing_or_idle_until_it_closes(void **state)
{
	struct rt_child child = producer();
	char name[AW_SEGMENT_NAME_SIZE];
	const int fd = open_only(name);

	(void)state;
	assert_int_equal(aw_segment_life(fd), AW_ALIVE);
	tell_to(&child, PUBLISH);
	assert_int_equal(aw_segment_life(fd), AW_ALIVE);
	tell_to(&child, CLOSE);
	assert_int_equal(aw_segment_life(fd), AW_DEAD);
	assert_false(exists(name));
	rt_tell(&child, LEAVE);
	assert_int_equal(rt_child_join(&child), 0);
	close(fd);
}

static void a_killed_producer_is_dead_before_anybody_waits_for_it(void **state)
{
	struct rt_child child = producer();
	char name[AW_SEGMENT_NAME_SIZE];
	const int fd = open_only(name);

	(void)state;
	kill_only(child.pid);
	assert_int_equal(aw_segment_life(fd), AW_DEAD);
	assert_int_equal(fcntl(fd, F_GETLEASE), F_UNLCK); /* dropped at once */
	assert_true(exists(name));
	rt_child_join(&child);
	assert_int_equal(aw_segment_life(fd), AW_DEAD);
	close(fd);
	rt_sweep();
}

static void a_forked_child_that_lives_on_keeps_nothing_alive(void **state)
{
	struct rt_child child = producer();
	char name[AW_SEGMENT_NAME_SIZE];
	const int fd = open_only(name);
	pid_t grandchild;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	grandchild = (pid_t)tell_to(&child, FORK);
	assert_true(grandchild > 0);
	assert_int_equal(aw_segment_life(fd), AW_ALIVE);
	kill_only(child.pid);
	assert_int_equal(kill(grandchild, 0), 0);
	assert_int_equal(aw_segment_life(fd), AW_DEAD);
	rt_child_join(&child);
	assert_int_equal(waitpid(grandchild, NULL, 0), grandchild);
	close(fd);
	rt_sweep();
}

static void a_stopped_producer_is_alive(void **state)
{
	struct rt_child child = producer();
	char name[AW_SEGMENT_NAME_SIZE];
	const int fd = open_only(name);
	int status;

	(void)state;
	assert_int_equal(kill(child.pid, SIGSTOP), 0);
	assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(aw_segment_life(fd), AW_ALIVE);
	assert_int_equal(aw_segment_reap(rt_dirfd, name, rt_prefix, fd, now_s() + LONG_AGO_S),
			 -EBUSY);
	assert_int_equal(kill(child.pid, SIGCONT), 0);
	tell_to(&child, PUBLISH);
	assert_int_equal(aw_segment_life(fd), AW_ALIVE);
	rt_child_kill(&child);
	close(fd);
	rt_sweep();
}

static void a_producer_whose_host_closed_every_descriptor_is_alive(void **state)
{
	struct rt_child child = producer();
	char name[AW_SEGMENT_NAME_SIZE];
	const int fd = open_only(name);

	(void)state;
	tell_to(&child, CLOSEFROM);
	assert_int_equal(aw_segment_life(fd), AW_ALIVE);
	tell_to(&child, PUBLISH);
	tell_to(&child, CLOSE); /* the object is unlinked without a descriptor, too */
	assert_false(exists(name));
	rt_child_kill(&child);
	close(fd);
}

/* Create, then map: at no moment in between is there nobody. */
static void a_newborn_that_is_open_and_not_mapped_yet_is_alive(void **state)
{
	static const uint8_t id[AW_ID_SIZE] = { 1 };
	char name[AW_SEGMENT_NAME_SIZE];
	int writer, fd;

	(void)state;
	aw_segment_name(name, rt_prefix, geteuid(), id);
	writer = openat(rt_dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(writer >= 0);
	fd = open_named(name);
	assert_int_equal(aw_segment_life(fd), AW_ALIVE);
	assert_int_equal(aw_segment_reap(rt_dirfd, name, rt_prefix, fd, now_s() + LONG_AGO_S),
			 -EBUSY);
	close(writer);
	assert_int_equal(aw_segment_life(fd), AW_DEAD);
	close(fd);
	rt_sweep();
}

static void produce_in_a_pid_namespace(struct rt_child *parent, void *context)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID)) {
		rt_tell(parent, 0);
		return;
	}
	pid = fork();
	RT_CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		produce(parent, context);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void a_producer_of_another_pid_namespace_is_alive_and_dead_like_any(void **state)
{
	struct rt_child child = rt_child_start(produce_in_a_pid_namespace, NULL);
	char name[AW_SEGMENT_NAME_SIZE];
	const uint64_t pid = rt_hear(&child);
	int fd;

	(void)state;
	if (pid == 0) {
		rt_child_join(&child);
		rt_skip("a_producer_of_another_pid_namespace...: no pid namespace of our own is "
			"allowed");
	}
	assert_int_equal(pid, 1); /* which is init here */
	fd = open_only(name);
	assert_int_equal(aw_segment_life(fd), AW_ALIVE);
	assert_int_equal(aw_segment_reap(rt_dirfd, name, rt_prefix, fd, now_s() + LONG_AGO_S),
			 -EBUSY);
	rt_tell(&child, LEAVE); /* without a close: dead */
	assert_int_equal(rt_child_join(&child), 0);
	assert_int_equal(aw_segment_life(fd), AW_DEAD);
	close(fd);
	rt_sweep();
}

enum { CANNOT, ASKED };

/* A container that is shown the host's /dev/shm and may not write there. */
static void ask_through_a_read_only_mount(struct rt_child *parent, void *context)
{
	char place[] = "/dev/shm/aw-ro-XXXXXX", path[AW_SEGMENT_NAME_SIZE + sizeof place + 1];
	int fd, dirfd;

	RT_CHECK(mkdtemp(place) != NULL);
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("/dev/shm", place, NULL, MS_BIND, NULL) ||
	    mount(NULL, place, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL)) {
		rmdir(place);
		rt_tell(parent, CANNOT);
		return;
	}
	snprintf(path, sizeof path, "%s/%s", place, (const char *)context);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	dirfd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RT_CHECK(fd >= 0 && dirfd >= 0 && aw_segment_life(fd) == AW_ALIVE);
	rt_tell(parent, ASKED);
	(void)rt_hear(parent); /* the producer left without a close */
	RT_CHECK(aw_segment_life(fd) == AW_DEAD);
	RT_CHECK(aw_segment_reap(dirfd, context, rt_prefix, fd, now_s()) == -EROFS);
	close(fd);
	close(dirfd);
	RT_CHECK(umount(place) == 0 && rmdir(place) == 0);
}

static void a_reader_behind_a_read_only_mount_is_told_the_same_and_unlinks_nothing(void **state)
{
	struct rt_child producer = rt_child_start(produce, NULL), asker;
	char name[AW_SEGMENT_NAME_SIZE];

	(void)state;
	(void)rt_hear(&producer);
	assert_int_equal(rt_segments(name), 1);
	asker = rt_child_start(ask_through_a_read_only_mount, name);
	if (rt_hear(&asker) == CANNOT) {
		rt_tell(&producer, LEAVE);
		rt_child_join(&producer);
		rt_child_join(&asker);
		rt_sweep();
		rt_skip("a_reader_behind_a_read_only_mount...: no mount namespace of our own is "
			"allowed");
	}
	rt_tell(&producer, LEAVE);
	assert_int_equal(rt_child_join(&producer), 0);
	rt_tell(&asker, 1);
	assert_int_equal(rt_child_join(&asker), 0);
	assert_true(exists(name));
	rt_sweep();
}

static void ask_as_nobody(struct rt_child *parent, void *context)
{
	const char *name = context;
	const int fd = openat(rt_dirfd, name, O_RDONLY | O_CLOEXEC);

	(void)parent;
	RT_CHECK(fd >= 0);
	RT_CHECK(setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0);
	RT_CHECK(aw_segment_life(fd) == AW_LIFE_UNKNOWN);
	RT_CHECK(aw_segment_reap(rt_dirfd, name, rt_prefix, fd, now_s() + LONG_AGO_S) == -EPERM);
}

static void a_foreign_users_segment_is_unknown_and_never_unlinked(void **state)
{
	char name[AW_SEGMENT_NAME_SIZE], theirs[AW_SEGMENT_NAME_SIZE];
	struct rt_child child, asker;
	uint8_t id[AW_ID_SIZE];
	uid_t uid;
	int fd;

	(void)state;
	if (geteuid() != 0)
		rt_skip("a_foreign_users_segment_is_unknown_and_never_unlinked: needs root to be "
			"two users");
	child = producer();
	fd = open_only(name);
	asker = rt_child_start(ask_as_nobody, name);
	assert_int_equal(rt_child_join(&asker), 0);
	rt_child_kill(&child);
	asker = rt_child_start(ask_as_nobody, name); /* dead, and still none of its business */
	assert_int_equal(rt_child_join(&asker), 0);
	assert_true(exists(name));

	/* and root, who may ask of anybody, unlinks its own alone */
	assert_int_equal(fchownat(rt_dirfd, name, NOBODY, NOBODY, 0), 0);
	assert_int_equal(aw_segment_life(fd), AW_DEAD);
	assert_int_equal(aw_segment_reap(rt_dirfd, name, rt_prefix, fd, now_s()), -EPERM);
	assert_true(aw_segment_name_parse(name, rt_prefix, &uid, id));
	aw_segment_name(theirs, rt_prefix, NOBODY, id);
	assert_int_equal(renameat(rt_dirfd, name, rt_dirfd, theirs), 0);
	assert_int_equal(aw_segment_reap(rt_dirfd, theirs, rt_prefix, fd, now_s()), -EPERM);
	assert_true(exists(theirs));
	close(fd);
	rt_sweep();
}

/* ---- Askers ---- */

enum { ASKS = 20000 };

static void ask_often(struct rt_child *parent, void *context)
{
	const char *name = context;
	const int fd = openat(rt_dirfd, name, O_RDONLY | O_CLOEXEC);

	RT_CHECK(fd >= 0);
	rt_tell(parent, 0);
	for (uint64_t want; (want = rt_hear(parent)) != AW_LIFE_UNKNOWN;) {
		for (unsigned i = 0; i < ASKS; i++)
			RT_CHECK(aw_segment_life(fd) == want);
		rt_tell(parent, 0);
	}
}

static void ask_both(struct rt_child askers[2], enum aw_life want)
{
	for (unsigned i = 0; i < 2; i++)
		rt_tell(&askers[i], want);
	if (want != AW_LIFE_UNKNOWN)
		for (unsigned i = 0; i < 2; i++)
			rt_hear(&askers[i]);
}

static void two_askers_at_once_get_the_same_answer(void **state)
{
	struct rt_child child = producer(), askers[2];
	char name[AW_SEGMENT_NAME_SIZE];

	(void)state;
	assert_int_equal(rt_segments(name), 1);
	for (unsigned i = 0; i < 2; i++) {
		askers[i] = rt_child_start(ask_often, name);
		rt_hear(&askers[i]);
	}
	ask_both(askers, AW_ALIVE);
	rt_child_kill(&child);
	ask_both(askers, AW_DEAD);
	assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
	ask_both(askers, AW_DEAD); /* of an unlinked object, too */
	ask_both(askers, AW_LIFE_UNKNOWN);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(rt_child_join(&askers[i]), 0);
}

static void ask_for_ever(struct rt_child *parent, void *context)
{
	const int fd = openat(rt_dirfd, context, O_RDONLY | O_CLOEXEC);

	RT_CHECK(fd >= 0);
	rt_tell(parent, 0);
	for (;;)
		(void)aw_segment_life(fd);
}

/* A lease that is broken sends a signal, and SIGIO, the default, kills. Whoever opens without waiting is told that
 * it broke one: so often the asker was caught in the middle. */
static void an_open_for_writing_kills_nobody_who_asks(void **state)
{
	enum { WANTED = 20, MOST = 20000000 };
	struct rt_child child = producer(), asker;
	char name[AW_SEGMENT_NAME_SIZE];
	unsigned caught = 0;

	(void)state;
	assert_int_equal(rt_segments(name), 1);
	rt_child_kill(&child);
	asker = rt_child_start(ask_for_ever, name);
	rt_hear(&asker);
	for (unsigned i = 0; i < MOST && caught < WANTED; i++) {
		const int fd = openat(rt_dirfd, name, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

		caught += fd < 0 && errno == EWOULDBLOCK;
		if (fd >= 0)
			close(fd);
		assert_int_equal(waitpid(asker.pid, NULL, WNOHANG), 0);
	}
	assert_int_equal(caught, WANTED);
	rt_child_kill(&asker);
	rt_sweep();
}

/* ---- Reaping ---- */

/* A dead one with a header. */
static int dead_one(char name[AW_SEGMENT_NAME_SIZE])
{
	struct rt_child child = producer();
	const int fd = open_only(name);

	rt_child_kill(&child);
	return fd;
}

static int reap(const char *name, int fd)
{
	return aw_segment_reap(rt_dirfd, name, rt_prefix, fd, now_s());
}

static void a_dead_segment_is_unlinked_and_one_gone_is_no_error(void **state)
{
	char name[AW_SEGMENT_NAME_SIZE];
	const int fd = dead_one(name);

	(void)state;
	assert_int_equal(reap(name, fd), 0);
	assert_false(exists(name));
	assert_int_equal(reap(name, fd), 0);
	close(fd);
}

static void a_live_segment_is_not_unlinked(void **state)
{
	struct rt_child child = producer();
	char name[AW_SEGMENT_NAME_SIZE];
	const int fd = open_only(name);

	(void)state;
	assert_int_equal(aw_segment_reap(rt_dirfd, name, rt_prefix, fd, now_s() + LONG_AGO_S),
			 -EBUSY);
	assert_true(exists(name));
	rt_child_kill(&child);
	assert_int_equal(reap(name, fd), 0);
	close(fd);
}

static void another_object_under_the_name_is_not_unlinked(void **state)
{
	char name[AW_SEGMENT_NAME_SIZE];
	const int fd = dead_one(name);

	(void)state;
	assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
	close(openat(rt_dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	assert_int_equal(reap(name, fd), -EPERM);
	assert_true(exists(name));
	assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
	assert_int_equal(symlinkat("/dev/null", rt_dirfd, name), 0);
	assert_int_equal(reap(name, fd), -EPERM);
	assert_true(exists(name));
	close(fd);
	rt_sweep();
}

static void a_name_that_is_not_its_own_is_not_unlinked(void **state)
{
	static const uint8_t other_id[AW_ID_SIZE] = { 1 };
	char name[AW_SEGMENT_NAME_SIZE], other[AW_SEGMENT_NAME_SIZE];
	const int fd = dead_one(name);

	(void)state;
	/* of another prefix, of no segment at all, of another uid, of another id */
	assert_int_equal(aw_segment_reap(rt_dirfd, name, "audiowatch", fd, now_s()), -EPERM);
	assert_int_equal(reap("passwd", fd), -EPERM);
	aw_segment_name(other, rt_prefix, geteuid() + 1, other_id);
	assert_int_equal(renameat(rt_dirfd, name, rt_dirfd, other), 0);
	assert_int_equal(reap(other, fd), -EPERM);
	aw_segment_name(name, rt_prefix, geteuid(), other_id);
	assert_int_equal(renameat(rt_dirfd, other, rt_dirfd, name), 0);
	assert_int_equal(reap(name, fd), -EPERM);
	assert_true(exists(name));
	close(fd);
	rt_sweep();
}

/* A second name of a dead one takes nothing from it: the name that is its id goes, the other is not ours. */
static void a_hard_linked_segment_loses_its_own_name_alone(void **state)
{
	static const uint8_t other_id[AW_ID_SIZE] = { 1 };
	char name[AW_SEGMENT_NAME_SIZE], other[AW_SEGMENT_NAME_SIZE];
	const int fd = dead_one(name);

	(void)state;
	aw_segment_name(other, rt_prefix, geteuid(), other_id);
	assert_int_equal(linkat(rt_dirfd, name, rt_dirfd, other, 0), 0);
	assert_int_equal(reap(other, fd), -EPERM);
	assert_int_equal(reap(name, fd), 0);
	assert_false(exists(name));
	assert_true(exists(other));
	close(fd);
	rt_sweep();
}

static void one_killed_at_birth_is_unlinked_after_ten_seconds_and_not_before(void **state)
{
	static const uint8_t id[AW_ID_SIZE] = { 1 };
	char name[AW_SEGMENT_NAME_SIZE];
	struct stat st;
	int fd;

	(void)state;
	for (unsigned allocated = 0; allocated < 2; allocated++) {
		aw_segment_name(name, rt_prefix, geteuid(), id);
		fd = openat(rt_dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, allocated ? 4096 : 0), 0);
		close(fd);
		fd = open_named(name);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(
			aw_segment_reap(rt_dirfd, name, rt_prefix, fd, st.st_ctim.tv_sec + 9),
			-EBUSY);
		assert_int_equal(
			aw_segment_reap(rt_dirfd, name, rt_prefix, fd, st.st_ctim.tv_sec - 99),
			-EBUSY);
		assert_true(exists(name));
		assert_int_equal(
			aw_segment_reap(rt_dirfd, name, rt_prefix, fd, st.st_ctim.tv_sec + 10), 0);
		assert_false(exists(name));
		close(fd);
	}
}

/* ---- aw_open() without and with a collector ---- */

enum { DEAD = 7, KEPT = 4 };

static bool newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* A file's age is its change time, which moves in ticks: touched until it is newer than the last one. */
static void make_newer(const char *name, struct timespec *last)
{
	struct stat st;

	do {
		assert_int_equal(fchmodat(rt_dirfd, name, 0600, 0), 0);
		assert_int_equal(fstatat(rt_dirfd, name, &st, 0), 0);
	} while (!newer(&st.st_ctim, last));
	*last = st.st_ctim;
}

static void produce_and_wait(struct rt_child *parent, void *context)
{
	struct aw_session *session;
	uint64_t id[2];

	(void)context;
	RT_CHECK(aw_open(NULL, &session) == 0);
	memcpy(id, AW_SECTION(session, aw_segment_header, 0)->id, sizeof id);
	rt_tell(parent, id[0]);
	rt_tell(parent, id[1]);
	for (;;)
		pause();
}

static struct rt_child named_producer(char name[AW_SEGMENT_NAME_SIZE])
{
	struct rt_child child = rt_child_start(produce_and_wait, NULL);
	const uint64_t id[2] = { rt_hear(&child), rt_hear(&child) };

	aw_segment_name(name, rt_prefix, geteuid(), (const uint8_t *)id);
	return child;
}

static void remove_lock(void)
{
	char name[AW_SEGMENT_NAME_SIZE];

	snprintf(name, sizeof name, "%s-%u-collector", rt_prefix, (unsigned)geteuid());
	if (unlinkat(rt_dirfd, name, 0) && errno != ENOENT)
		assert_int_equal(unlinkat(rt_dirfd, name, AT_REMOVEDIR), 0);
}

static void without_a_collector_the_newest_four_dead_are_kept_with_one_all_are(void **state)
{
	static const uint8_t newborn_id[AW_ID_SIZE] = { 1 };
	char dead[DEAD][AW_SEGMENT_NAME_SIZE], live[AW_SEGMENT_NAME_SIZE],
		newborn[AW_SEGMENT_NAME_SIZE];
	struct rt_child living =
		named_producer(live); /* before the lock, which a child would inherit */
	const int lock = aw_collector_lock(rt_dirfd, rt_prefix);
	struct timespec last = { 0, 0 };
	struct aw_session *session;

	(void)state;
	assert_true(lock >= 0);
	aw_segment_name(newborn, rt_prefix, geteuid(), newborn_id);
	close(openat(rt_dirfd, newborn, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	for (unsigned i = 0; i < DEAD; i++) {
		struct rt_child child = named_producer(dead[i]);

		rt_child_kill(&child);
	}
	for (unsigned i = DEAD;
	     i--;) /* the first to die is the youngest: no order of names or births helps */
		make_newer(dead[i], &last);
	make_newer(live, &last); /* the newest of all, and none of the four */
	assert_int_equal(aw_open(NULL, &session), 0);
	aw_close(session);
	for (unsigned i = 0; i < DEAD; i++)
		assert_true(exists(dead[i]));

	close(lock);
	assert_int_equal(aw_open(NULL, &session), 0);
	assert_int_equal(rt_segments(NULL), KEPT + 3);
	aw_close(session);
	for (unsigned i = 0; i < DEAD; i++)
		assert_int_equal(exists(dead[i]), i < KEPT);
	assert_true(exists(live));
	assert_true(exists(newborn)); /* killed at birth, and too young to be sure */
	rt_child_kill(&living);
	remove_lock();
	rt_sweep();
}

/* ---- The collector's lock ---- */

static void hold_the_lock(struct rt_child *parent, void *context)
{
	(void)context;
	RT_CHECK(aw_collector_lock_state(rt_dirfd, rt_prefix) == AW_LOCK_FREE);
	RT_CHECK(aw_collector_lock(rt_dirfd, rt_prefix) >= 0);
	rt_tell(parent, 0);
	for (;;)
		pause();
}

static void the_lock_is_held_until_its_holder_dies(void **state)
{
	const int lowest = dup(rt_dirfd);
	struct rt_child child;
	int fd;

	(void)state;
	close(lowest);
	child = rt_child_start(hold_the_lock, NULL);
	rt_hear(&child);
	assert_int_equal(aw_collector_lock_state(rt_dirfd, rt_prefix), AW_LOCK_HELD);
	assert_int_equal(aw_collector_lock(rt_dirfd, rt_prefix), -EWOULDBLOCK);
	assert_int_equal(aw_collector_lock_state(rt_dirfd, rt_prefix), AW_LOCK_HELD);
	rt_child_kill(&child);
	assert_int_equal(aw_collector_lock_state(rt_dirfd, rt_prefix), AW_LOCK_FREE);
	fd = aw_collector_lock(rt_dirfd, rt_prefix);
	assert_true(fd == lowest); /* what asked and what was refused kept no descriptor */
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(aw_collector_lock_state(rt_dirfd, rt_prefix), AW_LOCK_HELD);
	close(fd);
	assert_int_equal(aw_collector_lock_state(rt_dirfd, rt_prefix), AW_LOCK_FREE);
	remove_lock();
}

static void a_squatted_lock_is_said_to_be_and_ignored(void **state)
{
	char name[AW_SEGMENT_NAME_SIZE];

	(void)state;
	snprintf(name, sizeof name, "%s-%u-collector", rt_prefix, (unsigned)geteuid());
	for (unsigned how = 0; how < 4; how++) {
		if (how == 0)
			assert_int_equal(symlinkat("/dev/null", rt_dirfd, name), 0);
		if (how == 1)
			assert_int_equal(mkdirat(rt_dirfd, name, 0700), 0);
		if (how == 2)
			assert_int_equal(mkfifoat(rt_dirfd, name, 0600), 0);
		if (how == 3 && geteuid() == 0) {
			close(openat(rt_dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0666));
			assert_int_equal(fchownat(rt_dirfd, name, NOBODY, NOBODY, 0), 0);
		}
		if (how == 3 && geteuid() != 0)
			continue;
		assert_int_equal(aw_collector_lock_state(rt_dirfd, rt_prefix), AW_LOCK_SQUATTED);
		assert_int_equal(aw_collector_lock(rt_dirfd, rt_prefix), -EPERM);
		remove_lock();
	}
}

static void hold_a_foreign_lock(struct rt_child *parent, void *context)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const int fd = openat(rt_dirfd, context, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	RT_CHECK(fd >= 0);
	RT_CHECK(fchown(fd, NOBODY, NOBODY) == 0);
	RT_CHECK(fcntl(fd, F_OFD_SETLK, &lock) == 0);
	rt_tell(parent, 0);
	for (;;)
		pause();
}

static void a_squatters_lock_does_not_keep_the_dead(void **state)
{
	char name[AW_SEGMENT_NAME_SIZE];
	struct rt_child squatter;
	struct aw_session *session;

	(void)state;
	if (geteuid() != 0)
		rt_skip("a_squatters_lock_does_not_keep_the_dead: needs root to be two users");
	snprintf(name, sizeof name, "%s-0-collector", rt_prefix);
	squatter = rt_child_start(hold_a_foreign_lock, name);
	rt_hear(&squatter);
	for (unsigned i = 0; i < DEAD; i++) {
		struct rt_child child = named_producer(name);

		rt_child_kill(&child);
	}
	assert_int_equal(aw_open(NULL, &session), 0);
	assert_int_equal(rt_segments(NULL), KEPT + 1);
	aw_close(session);
	rt_child_kill(&squatter);
	remove_lock();
	rt_sweep();
}

/* ---- Names ---- */

static void names_that_are_no_segments_are_not_parsed(void **state)
{
	static const char *const refused[] = {
		"",
		"p",
		"p-",
		"p-0-",
		"p-0-00000000000000000000000000000000x",
		"p-0-0000000000000000000000000000000",
		"p-0-0000000000000000000000000000000g",
		"p-0-0000000000000000000000000000000A",
		"p-0-0x000000000000000000000000000000",
		"p-0- 0000000000000000000000000000000",
		"p-00-00000000000000000000000000000000",
		"p-+0-00000000000000000000000000000000",
		"p- 0-00000000000000000000000000000000",
		"p--1-00000000000000000000000000000000",
		"p-4294967296-00000000000000000000000000000000",
		"p-99999999999999999999-00000000000000000000000000000000",
		"q-0-00000000000000000000000000000000",
		"pp-0-00000000000000000000000000000000",
		"p-0-collector",
		"p-0-00000000000000000000000000000000.tmp",
	};
	uint8_t id[AW_ID_SIZE];
	uid_t uid;

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (aw_segment_name_parse(refused[i], "p", &uid, id))
			fail_msg("\"%s\" was taken for a segment", refused[i]);
	assert_true(aw_segment_name_parse("p-4294967295-000102030405060708090a0b0c0d0eff", "p",
					  &uid, id));
	assert_true(uid == UINT32_MAX && id[1] == 1 && id[15] == 255);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_producer_is_alive_publishing_or_idle_until_it_closes),
		cmocka_unit_test(a_killed_producer_is_dead_before_anybody_waits_for_it),
		cmocka_unit_test(a_forked_child_that_lives_on_keeps_nothing_alive),
		cmocka_unit_test(a_stopped_producer_is_alive),
		cmocka_unit_test(a_producer_whose_host_closed_every_descriptor_is_alive),
		cmocka_unit_test(a_newborn_that_is_open_and_not_mapped_yet_is_alive),
		cmocka_unit_test(a_producer_of_another_pid_namespace_is_alive_and_dead_like_any),
		cmocka_unit_test(
			a_reader_behind_a_read_only_mount_is_told_the_same_and_unlinks_nothing),
		cmocka_unit_test(a_foreign_users_segment_is_unknown_and_never_unlinked),
		cmocka_unit_test(two_askers_at_once_get_the_same_answer),
		cmocka_unit_test(an_open_for_writing_kills_nobody_who_asks),
		cmocka_unit_test(a_dead_segment_is_unlinked_and_one_gone_is_no_error),
		cmocka_unit_test(a_live_segment_is_not_unlinked),
		cmocka_unit_test(another_object_under_the_name_is_not_unlinked),
		cmocka_unit_test(a_name_that_is_not_its_own_is_not_unlinked),
		cmocka_unit_test(a_hard_linked_segment_loses_its_own_name_alone),
		cmocka_unit_test(one_killed_at_birth_is_unlinked_after_ten_seconds_and_not_before),
		cmocka_unit_test(without_a_collector_the_newest_four_dead_are_kept_with_one_all_are),
		cmocka_unit_test(the_lock_is_held_until_its_holder_dies),
		cmocka_unit_test(a_squatted_lock_is_said_to_be_and_ignored),
		cmocka_unit_test(a_squatters_lock_does_not_keep_the_dead),
		cmocka_unit_test(names_that_are_no_segments_are_not_parsed),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
