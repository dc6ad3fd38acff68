/* SPDX-License-Identifier: MIT */
/* Opening and closing: every refusal and what it leaves (nothing), the header, the object, the memory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

#define INERT \
	((struct aw_session *)&inert) /* neither NULL nor a session: what a refusal must overwrite */
static char inert;

/* ---- What a process holds ---- */

struct holdings {
	unsigned descriptors, maps;
	uint64_t mapped;
};

static struct holdings holdings(void)
{
	struct holdings now = { 0, 0, 0 };
	char line[4400];
	FILE *maps = fopen("/proc/self/maps", "re");
	DIR *dir = opendir("/proc/self/fd");

	assert_non_null(maps);
	assert_non_null(dir);
	while (readdir(dir))
		now.descriptors++;
	while (fgets(line, sizeof line, maps)) {
		unsigned long from, to;

		assert_int_equal(sscanf(line, "%lx-%lx", &from, &to), 2);
		assert_null(strstr(line, rt_prefix));
		now.maps++;
		now.mapped += to - from;
	}
	closedir(dir);
	fclose(maps);
	return now;
}

/* A sanitizer maps memory of its own as it pleases; what counts there is that no line names an object of ours. */
static void assert_same_holdings(struct holdings before, struct holdings after)
{
	assert_int_equal(after.descriptors, before.descriptors);
	if (SANITIZED)
		return;
	assert_int_equal(after.maps, before.maps);
	assert_int_equal(after.mapped, before.mapped);
}

static void refuse(const struct aw_options *options, int want)
{
	struct aw_session *session = INERT;
	struct holdings before;

	/* the first time may load what stays: a resolver's library, the allocator's pages */
	assert_int_equal(aw_open(options, &session), want);
	before = holdings();
	session = INERT;
	assert_int_equal(aw_open(options, &session), want);
	assert_null(session);
	assert_same_holdings(before, holdings());
	assert_int_equal(rt_segments(NULL), 0);
}

/* ---- Refusals ---- */

static void options_out_of_range_are_refused(void **state)
{
	static const struct aw_options refused[] = {
		{ .size = sizeof(struct aw_options), .max_engines = 65 },
		{ .size = sizeof(struct aw_options), .max_engines = UINT32_MAX },
		{ .size = sizeof(struct aw_options), .max_channels = 1025 },
		{ .size = sizeof(struct aw_options), .max_functions = 257 },
		{ .size = sizeof(struct aw_options), .ring_records = 1 },
		{ .size = sizeof(struct aw_options), .ring_records = 32 },
		{ .size = sizeof(struct aw_options), .ring_records = 100 },
		{ .size = sizeof(struct aw_options), .ring_records = 1023 },
		{ .size = sizeof(struct aw_options), .ring_records = 131072 },
		{ .size = sizeof(struct aw_options), .flags = 2 },
		{ .size = sizeof(struct aw_options), .flags = UINT32_MAX },
		{ .size = 0 },
		{ .size = sizeof(struct aw_options) - 1 },
		{ .size = sizeof(struct aw_options), .group = "no-such-group-here" },
		{ .size = sizeof(struct aw_options), .group = "" },
		{ .size = sizeof(struct aw_options), .group = "4294967295" },
		{ .size = sizeof(struct aw_options), .group = "99999999999999999999" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		refuse(&refused[i], -EINVAL);
	assert_int_equal(aw_open(NULL, NULL), -EINVAL);
}

static void the_limits_themselves_and_a_larger_struct_are_taken(void **state)
{
	struct {
		struct aw_options options;
		uint64_t of_a_later_version;
	} later = { { .size = sizeof later, .name = "later" }, UINT64_MAX };
	struct aw_options most = AW_OPTIONS_INIT, least = AW_OPTIONS_INIT;
	struct aw_session *session;

	(void)state;
	most.max_engines = 64;
	most.max_channels = 1024;
	most.max_functions = 256;
	most.ring_records = 64;
	least.max_engines = least.max_channels = least.max_functions = 1;
	least.ring_records = 64;
	assert_int_equal(aw_open(&most, &session), 0);
	aw_close(session);
	assert_int_equal(aw_open(&least, &session), 0);
	aw_close(session);
	assert_int_equal(aw_open(&later.options, &session), 0);
	assert_string_equal(AW_SECTION(session, aw_segment_header, 0)->app, "later");
	aw_close(session);
	assert_int_equal(rt_segments(NULL), 0);
}

/* The environment for one refusal, and back again. */
static void refuse_with(const char *variable, const char *value, int want)
{
	setenv(variable, value, 1);
	refuse(NULL, want);
	if (strcmp(variable, "AUDIOWATCH_PREFIX") == 0)
		setenv(variable, rt_prefix, 1);
	else
		unsetenv(variable);
}

static void prefixes_that_are_no_file_names_are_refused(void **state)
{
	char long_one[AW_PREFIX_MAX + 2];

	(void)state;
	memset(long_one, 'a', sizeof long_one - 1);
	long_one[sizeof long_one - 1] = 0;
	refuse_with("AUDIOWATCH_PREFIX", ".hidden", -EINVAL);
	refuse_with("AUDIOWATCH_PREFIX", "a/b", -EINVAL);
	refuse_with("AUDIOWATCH_PREFIX", "../up", -EINVAL);
	refuse_with("AUDIOWATCH_PREFIX", "a b", -EINVAL);
	refuse_with("AUDIOWATCH_PREFIX", "caf\xc3\xa9", -EINVAL);
	refuse_with("AUDIOWATCH_PREFIX", long_one, -EINVAL);
}

static void directories_that_are_missing_or_no_tmpfs_are_refused(void **state)
{
	char *long_one = malloc(5000);

	(void)state;
	assert_non_null(long_one);
	memset(long_one, 'a', 4999);
	long_one[4999] = 0;
	refuse_with("AUDIOWATCH_DIR", "/dev/shm/no-such-directory-here", -ENOENT);
	refuse_with("AUDIOWATCH_DIR", "/proc", -EOPNOTSUPP);
	refuse_with("AUDIOWATCH_DIR", "dev/shm", -EINVAL);
	refuse_with("AUDIOWATCH_DIR", "/proc/self/stat", -ENOTDIR);
	refuse_with("AUDIOWATCH_DIR", long_one, -ENAMETOOLONG);
	free(long_one);
}

static void a_session_switched_off_is_cancelled_and_so_is_all_set_up(void **state)
{
	struct aw_session *session;
	struct aw_engine *engine = (void *)&inert;
	struct aw_channel *channel = (void *)&inert;
	struct aw_function *function = (void *)&inert;

	(void)state;
	refuse_with("AUDIOWATCH_DISABLE", "1", -ECANCELED);
	setenv("AUDIOWATCH_DISABLE", "1", 1);
	assert_int_equal(aw_engine_new(NULL, "main", &engine), -ECANCELED);
	assert_int_equal(aw_channel_new(NULL, NULL, "track", &channel), -ECANCELED);
	assert_int_equal(aw_function_new(NULL, "call", &function), -ECANCELED);
	assert_int_equal(aw_engine_title(NULL, "title"), -ECANCELED);
	assert_null(engine);
	assert_null(channel);
	assert_null(function);
	setenv("AUDIOWATCH_DISABLE", "0", 1);
	assert_int_equal(aw_open(NULL, &session), 0);
	unsetenv("AUDIOWATCH_DISABLE");
	aw_close(session);
}

static void a_refused_session_makes_everything_inert(void **state)
{
	struct aw_session *session = NULL;
	struct aw_engine *engine = (void *)&inert;
	struct aw_channel *channel = (void *)&inert;
	struct aw_function *function = (void *)&inert;

	(void)state;
	assert_int_equal(aw_engine_new(session, "main", &engine), -EBADF);
	assert_int_equal(aw_channel_new(engine, NULL, "track", &channel), -EBADF);
	assert_int_equal(aw_function_new(session, "call", &function), -EBADF);
	assert_null(engine);
	assert_null(channel);
	assert_null(function);
	assert_int_equal(aw_engine_title(engine, "title"), -EBADF);
	assert_int_equal(aw_engine_new(session, "main", NULL), -EBADF);
	assert_int_equal(aw_channel_new(NULL, NULL, "track", NULL), -EBADF);
	assert_int_equal(aw_function_new(session, "call", NULL), -EBADF);
}

/* ---- The object and its header ---- */

static struct aw_session *open_one(const struct aw_options *options, char name[AW_SEGMENT_NAME_SIZE])
{
	struct aw_session *session;

	assert_int_equal(aw_open(options, &session), 0);
	assert_non_null(session);
	assert_int_equal(rt_segments(name), 1);
	return session;
}

static uint64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t start_time(void)
{
	FILE *stat = fopen("/proc/self/stat", "re");
	char text[1024] = "";
	const char *at;
	unsigned long long start = 0;

	assert_non_null(stat);
	assert_non_null(fgets(text, sizeof text, stat));
	fclose(stat);
	at = strrchr(text, ')');
	assert_non_null(at);
	assert_int_equal(
		sscanf(at + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
		       &start),
		1);
	return start;
}

static void the_header_says_what_was_opened(void **state)
{
	struct aw_options options = AW_OPTIONS_INIT;
	char name[AW_SEGMENT_NAME_SIZE], again[AW_SEGMENT_NAME_SIZE], pid[9];
	const uint64_t before = realtime_ns();
	struct aw_segment_header copy;
	struct aw_session *session;
	struct stat st;
	int fd;

	(void)state;
	options.name = "an app";
	options.version = "1.2.3";
	options.instance = "seven";
	options.max_engines = 3;
	options.max_channels = 5;
	options.max_functions = 7;
	options.ring_records = 128;
	session = open_one(&options, name);
	fd = openat(rt_dirfd, name, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &copy, sizeof copy, 0), sizeof copy);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	assert_memory_equal(&copy, "AUDWTCH1", 8);
	assert_int_equal(copy.abi_major, 1);
	assert_int_equal(copy.abi_minor, 0);
	assert_true(copy.byte_order == UINT64_C(0x0102030405060708));
	aw_segment_name(again, rt_prefix, geteuid(), copy.id);
	assert_string_equal(name, again);
	snprintf(pid, sizeof pid, "%08x", (unsigned)getpid());
	assert_memory_equal(name + strlen(name) - 32, pid, 8);
	assert_int_equal(copy.size, session->layout.size);
	assert_int_equal(copy.size, st.st_size);
	assert_true(st.st_blocks * 512 >= st.st_size); /* allocated, not sparse */
	assert_int_equal(copy.engines, 3);
	assert_int_equal(copy.channels, 5);
	assert_int_equal(copy.functions, 7);
	assert_int_equal(copy.ring_records, 128);
	assert_int_equal(copy.lanes, 4);
	assert_int_equal(copy.lane_records, 256);
	assert_int_equal(copy.pid, getpid());
	assert_int_equal(copy.pid_start, start_time());
	assert_in_range(copy.opened_ns, before, realtime_ns());
	assert_int_equal(copy.clock_kind == AW_CLOCK_TICKS, (copy.flags & AW_FLAG_FAST_CLOCK) != 0);
	assert_true(copy.mult != 0);
	assert_int_equal(copy.mult, session->engines[0].clock.mult);
	assert_int_equal(copy.base, 0);
	assert_int_equal(copy.state, AW_STATE_OPEN);
	assert_string_equal(copy.app, "an app");
	assert_string_equal(copy.version, "1.2.3");
	assert_string_equal(copy.instance, "seven");
	aw_close(session);
}

static void a_fresh_segment_is_zero_but_for_its_header_and_the_intents(void **state)
{
	char name[AW_SEGMENT_NAME_SIZE];
	struct aw_session *session = open_one(NULL, name);
	const struct aw_layout *l = &session->layout;
	const struct aw_engine_control *control = AW_SECTION(session, aw_engine_control, l->control);
	const struct aw_shared_lane *lanes = AW_SECTION(session, aw_shared_lane, l->lanes);
	uint64_t set = 0;

	(void)state;
	assert_true(own_load(&control->intent) == UINT64_MAX);
	for (unsigned k = 0; k < AW_SHARED_LANES; k++)
		assert_true(own_load(&lanes[k].intent) == UINT64_MAX);
	for (uint64_t at = sizeof(struct aw_segment_header); at < l->size; at += 8)
		set += own_load((const _Atomic uint64_t *)(const void *)(session->segment + at)) !=
		       0;
	assert_int_equal(set, l->counts.engines + AW_SHARED_LANES);
	aw_close(session);
}

static void texts_are_cut_at_a_character_and_the_name_defaults_to_the_program(void **state)
{
	struct aw_options options = AW_OPTIONS_INIT;
	char name[AW_SEGMENT_NAME_SIZE];
	char app[80], version[80];
	const struct aw_segment_header *header;
	struct aw_session *session;

	(void)state;
	memset(app, 'a', sizeof app);
	snprintf(app + 62, sizeof app - 62,
		 "\xc3\xa9 and more"); /* bytes 62 and 63: only one of them would fit */
	memset(version, 'v', sizeof version);
	version[79] = 0;
	options.name = app;
	options.version = version;
	options.instance = "";
	session = open_one(&options, name);
	header = AW_SECTION(session, aw_segment_header, 0);
	assert_int_equal(strlen(header->app), 62);
	assert_int_equal(strlen(header->version), 31);
	assert_string_equal(header->instance, "");
	aw_close(session);

	session = open_one(NULL, name);
	header = AW_SECTION(session, aw_segment_header, 0);
	assert_string_equal(header->app, program_invocation_short_name);
	assert_string_equal(header->version, "");
	aw_close(session);
}

static struct stat stat_of(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(rt_dirfd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void the_mode_is_0600_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };
	char name[AW_SEGMENT_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
		const mode_t old = umask(masks[i]);
		struct aw_session *session = open_one(NULL, name);

		umask(old);
		assert_int_equal(stat_of(name).st_mode, S_IFREG | 0600);
		assert_int_equal(stat_of(name).st_nlink, 1);
		aw_close(session);
	}
}

static void a_group_gets_mode_0640_by_number_and_by_name(void **state)
{
	struct aw_options options = AW_OPTIONS_INIT;
	const struct group *group = getgrgid(getegid());
	char name[AW_SEGMENT_NAME_SIZE], number[16];
	const mode_t old = umask(0777);
	struct aw_session *session;

	(void)state;
	snprintf(number, sizeof number, "%u", geteuid() ? (unsigned)getegid() : 65534u);
	options.group = number;
	session = open_one(&options, name);
	assert_int_equal(stat_of(name).st_mode, S_IFREG | 0640);
	assert_int_equal(stat_of(name).st_gid, strtoul(number, NULL, 10));
	aw_close(session);
	if (group) {
		options.group = group->gr_name;
		session = open_one(&options, name);
		assert_int_equal(stat_of(name).st_mode, S_IFREG | 0640);
		assert_int_equal(stat_of(name).st_gid, getegid());
		aw_close(session);
	}
	umask(old);
}

static void no_descriptor_is_kept_while_a_session_is_open(void **state)
{
	const unsigned before = holdings().descriptors;
	char name[AW_SEGMENT_NAME_SIZE];
	struct aw_session *session = open_one(NULL, name);
	DIR *dir = opendir("/proc/self/fd");
	unsigned open_now = 0;

	(void)state;
	assert_non_null(dir);
	while (readdir(dir))
		open_now++;
	closedir(dir);
	assert_int_equal(open_now, before - 1); /* there, the maps file was open */
	aw_close(session);
}

/* ---- Where it goes ---- */

static void remove_tree(const char *path)
{
	char below[4096];
	const struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
		if (unlink(below))
			remove_tree(below);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* Opens one and says the name of what appeared in the directory. */
static void expect_in(const char *dir, const char *start)
{
	const struct dirent *entry;
	struct aw_session *session;
	unsigned found = 0;
	DIR *open_dir;

	assert_int_equal(aw_open(NULL, &session), 0);
	open_dir = opendir(dir);
	assert_non_null(open_dir);
	while ((entry = readdir(open_dir)))
		found += strncmp(entry->d_name, start, strlen(start)) == 0;
	closedir(open_dir);
	assert_int_equal(found, 1);
	aw_close(session);
}

static void sandboxes_put_their_segments_where_they_may_write(void **state)
{
	char top[256], dir[300], flatpak[320];

	(void)state;
	snprintf(top, sizeof top, "%s/%s-dir", AW_DEFAULT_DIR, rt_prefix);
	snprintf(dir, sizeof dir, "%s/app", top);
	snprintf(flatpak, sizeof flatpak, "%s/org.example.Synth", dir);
	assert_int_equal(mkdir(top, 0700) | mkdir(dir, 0700) | mkdir(flatpak, 0700), 0);
	setenv("AUDIOWATCH_DIR", top, 1);
	expect_in(top, rt_prefix);
	unsetenv("AUDIOWATCH_DIR");
	setenv("XDG_RUNTIME_DIR", top, 1);
	setenv("FLATPAK_ID", "org.example.Synth", 1);
	expect_in(flatpak, rt_prefix);
	unsetenv("AUDIOWATCH_PREFIX");
	expect_in(flatpak, "audiowatch-");
	setenv("SNAP_INSTANCE_NAME", "synth", 1);
	expect_in(flatpak, "snap.synth.audiowatch-");
	unsetenv("SNAP_INSTANCE_NAME");
	unsetenv("FLATPAK_ID");
	unsetenv("XDG_RUNTIME_DIR");
	setenv("AUDIOWATCH_PREFIX", rt_prefix, 1);
	remove_tree(top);
}

/* ---- Memory ---- */

static void write_to(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	RT_CHECK(fd >= 0);
	RT_CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* A mount namespace of our own, with a new user's rights where we have none. False: not allowed here. */
static bool enter_namespace(void)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof uids, "0 %u 1", (unsigned)geteuid());
	snprintf(gids, sizeof gids, "0 %u 1", (unsigned)getegid());
	if (!unshare(CLONE_NEWNS))
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return false;
	write_to("/proc/self/setgroups", "deny");
	write_to("/proc/self/uid_map", uids);
	write_to("/proc/self/gid_map", gids);
	return true;
}

enum { FULL_OK = 0, FULL_NOT_ALLOWED = 1 };

static void fill_tmpfs(struct rt_child *parent, void *context)
{
	const char *dir = context;
	struct aw_session *first = NULL, *second = INERT;
	struct aw_engine *engine = (void *)&inert;
	const struct dirent *entry;
	unsigned names = 0;
	DIR *open_dir;

	if (!enter_namespace() || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", dir, "tmpfs", 0, "size=320k,mode=700")) {
		rt_tell(parent, FULL_NOT_ALLOWED);
		return;
	}
	setenv("AUDIOWATCH_DIR", dir, 1);
	RT_CHECK(aw_open(NULL, &first) == 0);
	RT_CHECK(aw_engine_new(first, "main", &engine) == 0);
	RT_CHECK(aw_open(NULL, &second) == -ENOSPC);
	RT_CHECK(second == NULL);
	aw_render_record(engine, 64, 1, 1, 0); /* the one that fits goes on */
	open_dir = opendir(dir);
	RT_CHECK(open_dir);
	while ((entry = readdir(open_dir)))
		names += entry->d_name[0] != '.';
	closedir(open_dir);
	RT_CHECK(names == 1);
	aw_close(first);

	RT_CHECK(mount("none", dir, "tmpfs", MS_REMOUNT, "size=64k") == 0);
	RT_CHECK(aw_open(NULL, &first) == -ENOSPC);
	RT_CHECK(first == NULL);
	RT_CHECK(aw_engine_new(first, "main", &engine) == -EBADF);
	aw_render_record(engine, 64, 1, 1, 0);
	RT_CHECK(rmdir(dir) != 0); /* a mount point, and nothing in it */
	RT_CHECK(umount(dir) == 0);
	rt_tell(parent, FULL_OK);
}

static void a_full_directory_is_no_space_and_leaves_nothing(void **state)
{
	char dir[] = "/tmp/aw-test-XXXXXX";
	struct rt_child child;
	uint64_t answer;

	(void)state;
	assert_non_null(mkdtemp(dir));
	child = rt_child_start(fill_tmpfs, dir);
	answer = rt_hear(&child);
	assert_int_equal(rt_child_join(&child), 0);
	assert_int_equal(rmdir(dir), 0);
	if (answer == FULL_NOT_ALLOWED)
		rt_skip("a_full_directory_is_no_space_and_leaves_nothing: no mount namespace of "
			"our own is allowed");
}

enum { MANY = 64 };

static void sixty_four_sessions_of_one_process_publish_and_leave_nothing(void **state)
{
	struct aw_session *sessions[MANY];
	struct aw_engine *engines[MANY];
	struct holdings before;

	(void)state;
	assert_int_equal(aw_open(NULL, &sessions[0]), 0);
	aw_close(sessions[0]);
	before = holdings();
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(aw_open(NULL, &sessions[i]), 0);
		assert_int_equal(aw_engine_new(sessions[i], "main", &engines[i]), 0);
	}
	assert_int_equal(rt_segments(NULL), MANY);
	for (unsigned n = 0; n < MANY * 100; n++)
		aw_render_record(engines[n % MANY], n % MANY, AW_WAKE_UNKNOWN, 1000, 0);
	for (unsigned i = 0; i < MANY; i++) {
		const struct aw_engine_control *control =
			AW_SECTION(sessions[i], aw_engine_control, sessions[i]->layout.control);

		assert_int_equal(own_load(&control->head), 100);
		assert_int_equal(rt_last_record(engines[i]).words[5], i);
		assert_int_equal(own_load(&control->render_sum_ns), 100000);
	}
	for (unsigned i = 0; i < MANY; i++)
		aw_close(sessions[i]);
	assert_int_equal(rt_segments(NULL), 0);
	assert_same_holdings(before, holdings());
}

/* Without the right to lock beyond the limit. */
static void become_nobody(rlim_t memlock)
{
	const struct rlimit limit = { memlock, memlock };

	RT_CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	if (geteuid() == 0)
		RT_CHECK(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
}

static void open_many_and_lock(struct rt_child *parent, void *context)
{
	const size_t wanted = 4 << 20;
	struct aw_session *sessions[MANY];
	void *own;

	(void)parent;
	(void)context;
	become_nobody(8 << 20);
	for (unsigned i = 0; i < MANY; i++) {
		RT_CHECK(aw_open(NULL, &sessions[i]) == 0);
		RT_CHECK((AW_SECTION(sessions[i], aw_segment_header, 0)->flags & AW_FLAG_LOCKED) ==
			 0);
	}
	own = mmap(NULL, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	RT_CHECK(own != MAP_FAILED);
	RT_CHECK(mlock(own, wanted) == 0);
	for (unsigned i = 0; i < MANY; i++)
		aw_close(sessions[i]);
}

static void sixty_four_sessions_leave_the_host_its_lockable_memory(void **state)
{
	struct rt_child child = rt_child_start(open_many_and_lock, NULL);

	(void)state;
	assert_int_equal(rt_child_join(&child), 0);
	assert_int_equal(rt_segments(NULL), 0);
}

static void ask_for_locked_memory(struct rt_child *parent, void *context)
{
	struct aw_options options = AW_OPTIONS_INIT;
	struct aw_session *session = INERT;

	(void)parent;
	(void)context;
	options.flags = AW_LOCK_MEMORY;
	become_nobody(2 << 20);
	RT_CHECK(aw_open(&options, &session) == 0);
	RT_CHECK(AW_SECTION(session, aw_segment_header, 0)->flags & AW_FLAG_LOCKED);
	aw_close(session);
	become_nobody(64 << 10);
	if (!SANITIZED) { /* there mlock() is nothing, and always succeeds */
		RT_CHECK(aw_open(&options, &session) == -ENOMEM);
		RT_CHECK(session == NULL);
	}
	RT_CHECK(aw_open(NULL, &session) == 0); /* not asked: not locked, and no error */
	RT_CHECK((AW_SECTION(session, aw_segment_header, 0)->flags & AW_FLAG_LOCKED) == 0);
	aw_close(session);
}

static void locked_memory_is_an_error_only_when_it_was_asked_for(void **state)
{
	struct rt_child child = rt_child_start(ask_for_locked_memory, NULL);

	(void)state;
	assert_int_equal(rt_child_join(&child), 0);
	assert_int_equal(rt_segments(NULL), 0);
}

static void lock_all_of_the_future(struct rt_child *parent, void *context)
{
	struct aw_session *sessions[MANY + 1];
	struct aw_engine *engine;
	unsigned fits = 0;
	int error = 0;

	(void)parent;
	(void)context;
	become_nobody(8 << 20);
	RT_CHECK(mlockall(MCL_FUTURE) == 0);
	while (fits < MANY && !(error = aw_open(NULL, &sessions[fits])))
		fits++;
	RT_CHECK(fits > 0 && fits < MANY);
	RT_CHECK(error == -EAGAIN);
	RT_CHECK(sessions[fits] == NULL);
	RT_CHECK(aw_engine_new(sessions[fits], "main", &engine) == -EBADF);
	aw_render_record(engine, 64, 1, 1, 0);
	RT_CHECK(aw_engine_new(sessions[0], "main", &engine) == 0);
	aw_render_record(engine, 64, 1, 1, 0);
	RT_CHECK(rt_segments(NULL) == fits);
	for (unsigned i = 0; i < fits; i++)
		aw_close(sessions[i]);
}

static void a_host_that_locks_its_future_gets_inert_handles_when_it_is_full(void **state)
{
	struct rt_child child;

	(void)state;
	if (SANITIZED) {
		print_message("not under a sanitizer, whose own memory does not fit\n");
		return;
	}
	child = rt_child_start(lock_all_of_the_future, NULL);
	assert_int_equal(rt_child_join(&child), 0);
	assert_int_equal(rt_segments(NULL), 0);
}

/* The figures are read by people; they come from here. */
static void expect_figure(const char *path, uint64_t size)
{
	static char text[65536];
	char figure[32];
	FILE *file = fopen(path, "re");

	if (!file)
		fail_msg("%s: run this from the top folder", path);
	text[fread(text, 1, sizeof text - 1, file)] = 0;
	fclose(file);
	assert_int_equal(size % 1024, 0);
	snprintf(figure, sizeof figure, "%u KiB", (unsigned)(size / 1024));
	if (!strstr(text, figure))
		fail_msg("%s does not say \"%s\"", path, figure);
}

static void the_documented_sizes_are_the_real_ones(void **state)
{
	struct aw_options options = AW_OPTIONS_INIT;
	char name[AW_SEGMENT_NAME_SIZE];
	struct aw_session *session;

	(void)state;
	session = open_one(NULL, name);
	expect_figure("rt/audiowatch.h", (uint64_t)stat_of(name).st_size);
	aw_close(session);
	options.max_channels = options.max_functions = 64;
	session = open_one(&options, name);
	expect_figure("rt/audiowatch.h", (uint64_t)stat_of(name).st_size);
	aw_close(session);
}

/* ---- Disturbed ---- */

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	(void)signal;
	alarms++;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The clock's rate is measured over 2 ms; a few microseconds would make it wrong by per cents. */
static void signals_do_not_cut_the_calibration_short(void **state)
{
	const struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_alarm }, old;
	struct aw_session *session;
	uint64_t took;
	bool fast;

	(void)state;
	alarms = 0;
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	took = monotonic_ns();
	assert_int_equal(aw_open(NULL, &session), 0);
	took = monotonic_ns() - took;
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	fast = AW_SECTION(session, aw_segment_header, 0)->flags & AW_FLAG_FAST_CLOCK;
	aw_close(session);
	assert_true(alarms > 0);
	assert_true(!fast || took >= 2000000); /* a sleep is never shorter than that */
}

static void *open_and_close(void *context)
{
	unsigned *failures = context;

	for (unsigned i = 0; i < 20; i++) {
		struct aw_session *session;
		struct aw_engine *engine;

		*failures += aw_open(NULL, &session) != 0;
		*failures += aw_engine_new(session, "main", &engine) != 0;
		aw_render_record(engine, 64, 1, 1, 0);
		aw_close(session);
	}
	return NULL;
}

static void sessions_may_open_and_close_on_four_threads_at_once(void **state)
{
	pthread_t threads[4];
	unsigned failures[4] = { 0 };

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, &failures[i]), 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(failures[i], 0);
	}
	assert_int_equal(rt_segments(NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_out_of_range_are_refused),
		cmocka_unit_test(the_limits_themselves_and_a_larger_struct_are_taken),
		cmocka_unit_test(prefixes_that_are_no_file_names_are_refused),
		cmocka_unit_test(directories_that_are_missing_or_no_tmpfs_are_refused),
		cmocka_unit_test(a_session_switched_off_is_cancelled_and_so_is_all_set_up),
		cmocka_unit_test(a_refused_session_makes_everything_inert),
		cmocka_unit_test(the_header_says_what_was_opened),
		cmocka_unit_test(a_fresh_segment_is_zero_but_for_its_header_and_the_intents),
		cmocka_unit_test(texts_are_cut_at_a_character_and_the_name_defaults_to_the_program),
		cmocka_unit_test(the_mode_is_0600_whatever_the_umask),
		cmocka_unit_test(a_group_gets_mode_0640_by_number_and_by_name),
		cmocka_unit_test(no_descriptor_is_kept_while_a_session_is_open),
		cmocka_unit_test(sandboxes_put_their_segments_where_they_may_write),
		cmocka_unit_test(a_full_directory_is_no_space_and_leaves_nothing),
		cmocka_unit_test(sixty_four_sessions_of_one_process_publish_and_leave_nothing),
		cmocka_unit_test(sixty_four_sessions_leave_the_host_its_lockable_memory),
		cmocka_unit_test(locked_memory_is_an_error_only_when_it_was_asked_for),
		cmocka_unit_test(a_host_that_locks_its_future_gets_inert_handles_when_it_is_full),
		cmocka_unit_test(the_documented_sizes_are_the_real_ones),
		cmocka_unit_test(signals_do_not_cut_the_calibration_short),
		cmocka_unit_test(sessions_may_open_and_close_on_four_threads_at_once),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
