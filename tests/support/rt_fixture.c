/* SPDX-License-Identifier: MIT */
/* What the tests of the library share. */
#include "tests/support/rt_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

const char *rt_prefix;
int rt_dirfd = -1;
const char *rt_skipped;

static char prefix[AW_PREFIX_MAX + 1];

int rt_place_enter(void **state)
{
	static const char *const steering[] = { "AUDIOWATCH_DIR", "AUDIOWATCH_DISABLE", "FLATPAK_ID",
						"XDG_RUNTIME_DIR", "SNAP_INSTANCE_NAME" };

	(void)state;
	snprintf(prefix, sizeof prefix, "aw-test-%d", (int)getpid());
	rt_prefix = prefix;
	for (size_t i = 0; i < sizeof steering / sizeof *steering; i++)
		unsetenv(steering[i]);
	signal(SIGPIPE, SIG_IGN);
	rt_dirfd = aw_segment_dir(AW_DEFAULT_DIR);
	return rt_dirfd < 0 || setenv("AUDIOWATCH_PREFIX", prefix, 1);
}

unsigned rt_segments(char name[AW_SEGMENT_NAME_SIZE])
{
	uint8_t id[AW_ID_SIZE];
	const struct dirent *entry;
	unsigned count = 0;
	uid_t uid;
	DIR *dir = opendir(AW_DEFAULT_DIR);

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (aw_segment_name_parse(entry->d_name, rt_prefix, &uid, id)) {
			count++;
			if (name)
				snprintf(name, AW_SEGMENT_NAME_SIZE, "%.*s",
					 AW_SEGMENT_NAME_SIZE - 1, entry->d_name);
		}
	closedir(dir);
	return count;
}

/* Whatever begins with our prefix, locks and squatters too. */
static unsigned remove_all(void)
{
	const size_t length = strlen(rt_prefix);
	const struct dirent *entry;
	unsigned count = 0;
	DIR *dir = opendir(AW_DEFAULT_DIR);

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, rt_prefix, length) == 0 && entry->d_name[length] == '-') {
			fprintf(stderr, "left in %s: %s\n", AW_DEFAULT_DIR, entry->d_name);
			count++;
			if (unlinkat(rt_dirfd, entry->d_name, 0))
				unlinkat(rt_dirfd, entry->d_name, AT_REMOVEDIR);
		}
	if (dir)
		closedir(dir);
	return count;
}

void rt_sweep(void)
{
	char name[AW_SEGMENT_NAME_SIZE];

	while (rt_segments(name))
		assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
}

int rt_place_leave(void **state)
{
	unsigned left;

	(void)state;
	left = remove_all();
	close(rt_dirfd);
	return left ? -1 : 0;
}

int rt_status(int failed)
{
	if (failed)
		return 1;
	if (!rt_skipped)
		return 0;
	fprintf(stderr, "%s\n", rt_skipped);
	return 77;
}

int rt_open(void **state)
{
	static struct rt_fixture fixture;
	struct aw_options options = AW_OPTIONS_INIT;
	struct aw_session *session;
	struct rt_fixture *f = &fixture;

	options.max_engines = 4;
	options.max_channels = 8;
	options.max_functions = 4;
	options.ring_records = 64;
	*f = (struct rt_fixture){ 0 };
	if (aw_open(&options, &f->session))
		return -1;
	session = f->session;
	if (aw_engine_new(session, "main", &f->engine) ||
	    aw_channel_new(f->engine, NULL, "track", &f->channel) ||
	    aw_function_new(session, "call", &f->function))
		return -1;
	f->header = AW_SECTION(session, aw_segment_header, AW_HEADER_OFFSET);
	f->used = AW_SECTION(session, aw_used, AW_USED_OFFSET);
	f->control = AW_SECTION(session, aw_engine_control, session->layout.control);
	f->totals = AW_SECTION(session, aw_engine_totals, session->layout.totals);
	f->any = AW_SECTION(session, aw_any_thread, session->layout.any);
	f->channel_totals = AW_SECTION(session, aw_channel_totals, session->layout.channels);
	f->function_totals = AW_SECTION(session, aw_function_totals, session->layout.functions);
	*state = f;
	return 0;
}

int rt_close(void **state)
{
	struct rt_fixture *f = *state;

	aw_close(f->session);
	return 0;
}

/* By the layout, not through the handle: what a reader would copy. */
static struct aw_record record_at(const struct aw_session *session, uint64_t ring,
				  uint64_t capacity, uint64_t index)
{
	struct aw_record record;

	memcpy(&record, session->segment + ring + sizeof record * (index % capacity), sizeof record);
	return record;
}

struct aw_record rt_engine_record(const struct aw_engine *engine, uint64_t index)
{
	const struct aw_layout *l = &engine->session->layout;

	return record_at(engine->session, l->engine_rings + l->engine_ring_bytes * engine->index,
			 l->counts.ring_records, index);
}

struct aw_record rt_last_record(const struct aw_engine *engine)
{
	const struct aw_engine_control *control =
		AW_SECTION(engine->session, aw_engine_control, engine->session->layout.control) +
		engine->index;
	const uint64_t head = own_load(&control->head);

	assert_true(head > 0);
	assert_true(own_load(&control->intent) == head - 1);
	return rt_engine_record(engine, head - 1);
}

struct aw_record rt_shared_record(const struct aw_session *session, unsigned lane, uint64_t index)
{
	const uint64_t bytes = sizeof(struct aw_record) * AW_SHARED_RECORDS;

	return record_at(session, session->layout.shared_rings + bytes * lane, AW_SHARED_RECORDS,
			 index);
}

void rt_shared_mark(const struct aw_session *session, uint64_t heads[AW_SHARED_LANES])
{
	const struct aw_shared_lane *lanes =
		AW_SECTION(session, aw_shared_lane, session->layout.lanes);

	for (unsigned k = 0; k < AW_SHARED_LANES; k++)
		heads[k] = own_load(&lanes[k].head);
}

uint64_t rt_shared_heads(const struct aw_session *session)
{
	uint64_t heads[AW_SHARED_LANES];

	rt_shared_mark(session, heads);
	return heads[0] + heads[1] + heads[2] + heads[3];
}

struct aw_record rt_shared_only(const struct aw_session *session,
				const uint64_t before[AW_SHARED_LANES])
{
	uint64_t heads[AW_SHARED_LANES], grown = 0;
	unsigned lane = 0;

	rt_shared_mark(session, heads);
	for (unsigned k = 0; k < AW_SHARED_LANES; k++) {
		grown += heads[k] - before[k];
		if (heads[k] != before[k])
			lane = k;
	}
	assert_int_equal(grown, 1);
	return rt_shared_record(session, lane, before[lane]);
}

uint64_t rt_sum(const _Atomic uint64_t *words, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += own_load(&words[i]);
	return sum;
}

unsigned rt_time_cell(uint64_t ns)
{
	unsigned cell = 0;

	while (cell < AW_TIME_BOUNDS && ns > aw_time_bounds[cell])
		cell++;
	return cell;
}

unsigned rt_load_cell(uint64_t ns, uint64_t frames, uint64_t rate_hz)
{
	unsigned cell = 1;

	while (cell < AW_LOAD_CELLS - 1 &&
	       (__uint128_t)20 * ns * rate_hz > (__uint128_t)cell * frames * 1000000000u)
		cell++;
	return cell;
}

unsigned rt_wake_cell(uint64_t ns)
{
	unsigned cell = 0;

	/* bound k is 2^(k - 20) s */
	while (cell < AW_WAKE_CELLS - 1 && (__uint128_t)ns << 20 > (__uint128_t)1000000000u << cell)
		cell++;
	return cell;
}

unsigned rt_channel_cell(uint64_t ns)
{
	unsigned cell = 0;

	while (cell < AW_CHANNEL_CELLS - 1 && ns > aw_classic_ns[cell])
		cell++;
	return cell;
}

struct aw_entry *rt_entry(const struct aw_session *session, enum aw_kind kind, uint32_t index)
{
	const struct aw_counts *counts = &session->layout.counts;
	const uint32_t before = kind == AW_KIND_ENGINE	  ? 0
				: kind == AW_KIND_CHANNEL ? counts->engines
							  : counts->engines + counts->channels;

	return AW_SECTION(session, aw_entry, session->layout.directory) + before + index;
}

struct rt_child rt_child_start(rt_child_body *body, void *context)
{
	struct rt_child child;
	int down[2], up[2];

	assert_int_equal(pipe2(down, O_CLOEXEC), 0);
	assert_int_equal(pipe2(up, O_CLOEXEC), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		struct rt_child parent = { getppid(), up[1], down[0] };

		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
		close(down[1]);
		close(up[0]);
		body(&parent, context);
		_exit(0);
	}
	close(down[0]);
	close(up[1]);
	child.to = down[1];
	child.from = up[0];
	return child;
}

static bool transfer(int fd, bool out, uint64_t *word)
{
	ssize_t done;

	do
		done = out ? write(fd, word, sizeof *word) : read(fd, word, sizeof *word);
	while (done < 0 && errno == EINTR);
	return done == sizeof *word;
}

/* Whether we are the one that was forked: its parent is who it talks to. */
static void lost(const struct rt_child *peer)
{
	if (peer->pid == getppid())
		_exit(2);
	fail_msg("the child %d is gone", (int)peer->pid);
}

void rt_tell(const struct rt_child *peer, uint64_t word)
{
	if (!transfer(peer->to, true, &word))
		lost(peer);
}

uint64_t rt_hear(const struct rt_child *peer)
{
	uint64_t word = 0;

	if (!transfer(peer->from, false, &word))
		lost(peer);
	return word;
}

static void let_go(struct rt_child *child)
{
	close(child->to);
	close(child->from);
}

void rt_child_kill(struct rt_child *child)
{
	assert_int_equal(kill(child->pid, SIGKILL), 0);
	assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
	let_go(child);
}

int rt_child_join(struct rt_child *child)
{
	int status;

	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	let_go(child);
	return status;
}
