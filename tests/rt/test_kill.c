/* SPDX-License-Identifier: MIT */
/* 200 producers, born and killed at random instants while somebody reaps: no live one ever loses its object, no dead
 * one keeps it. While they are born the reaper's clock is the true one: the kernel knows nobody between a name's
 * creation and the first open descriptor, and what protects a newborn there is its age alone. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/rt_fixture.h"

enum { PRODUCERS = 100, AT_ONCE = 4, AHEAD_S = 3600, LONGEST_NS = 6000000, BIRTH_NS = 400000 };

/* ---- The reaper ---- */

/* Every name, once, as the collector does. Returns how many it unlinked. */
static unsigned reap_all(time_t ahead_s)
{
	const struct dirent *entry;
	unsigned reaped = 0;
	DIR *dir = opendir(AW_DEFAULT_DIR);

	while (dir && (entry = readdir(dir))) {
		uint8_t id[AW_ID_SIZE];
		uid_t uid;
		int fd;

		if (!aw_segment_name_parse(entry->d_name, rt_prefix, &uid, id))
			continue;
		fd = openat(rt_dirfd, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			continue;
		reaped += aw_segment_reap(rt_dirfd, entry->d_name, rt_prefix, fd,
					  time(NULL) + ahead_s) == 0;
		close(fd);
	}
	if (dir)
		closedir(dir);
	return reaped;
}

/* context: whether it holds the collector's lock, so that the producers do not reap. */
static void reap_until_told(struct rt_child *parent, void *context)
{
	const bool *collector = context;
	uint64_t reaped = 0;

	if (*collector)
		RT_CHECK(aw_collector_lock(rt_dirfd, rt_prefix) >= 0);
	RT_CHECK(fcntl(parent->from, F_SETFL, O_NONBLOCK) == 0);
	rt_tell(parent, 0);
	for (uint64_t word; read(parent->from, &word, sizeof word) < 0;)
		reaped += reap_all(0);
	rt_tell(parent, reaped);
}

/* ---- The producers ---- */

static void live_until_killed(struct rt_child *parent, void *context)
{
	struct aw_session *session;
	struct aw_engine *engine;
	uint64_t id[2];

	(void)context;
	RT_CHECK(aw_open(NULL, &session) == 0);
	RT_CHECK(aw_engine_new(session, "main", &engine) == 0);
	memcpy(id, AW_SECTION(session, aw_segment_header, 0)->id, sizeof id);
	rt_tell(parent, id[0]);
	rt_tell(parent, id[1]);
	for (;;) {
		aw_render_record(engine, 64, AW_WAKE_UNKNOWN, 1000, 0);
		/* it is alive as it asks: its object must be there */
		if (access(session->path, F_OK)) {
			rt_tell(parent, 0);
			_exit(3);
		}
	}
}

/* Chance, not synchronisation. */
static void wait_at_random(struct random *random, uint64_t longest_ns)
{
	const struct timespec nap = { 0, (long)(random_next(random) % longest_ns) };

	nanosleep(&nap, NULL);
}

static void expect_its_object(const struct rt_child *child)
{
	const uint64_t id[2] = { rt_hear(child), rt_hear(child) };
	char name[AW_SEGMENT_NAME_SIZE];
	struct stat st;

	aw_segment_name(name, rt_prefix, geteuid(), (const uint8_t *)id);
	if (fstatat(rt_dirfd, name, &st, 0))
		fail_msg("%s was unlinked while its producer %d lived", name, (int)child->pid);
	assert_int_equal(st.st_nlink, 1);
}

/* What it managed to say before it died: nothing, its id, or its id and that its object was gone. */
static void expect_no_complaint(struct rt_child *child, bool heard)
{
	uint64_t words[4];
	ssize_t said;
	int status;

	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_msg("the producer %d ended by itself: status %#x", (int)child->pid, status);
	said = read(child->from, words, sizeof words);
	assert_true(said == 0 || (!heard && said <= 16));
	close(child->to);
	close(child->from);
}

struct life {
	struct rt_child child;
	bool running, heard;
};

static void end_life(struct life *life)
{
	if (!life->running)
		return;
	assert_int_equal(kill(life->child.pid, SIGKILL), 0);
	expect_no_complaint(&life->child, life->heard);
	life->running = false;
}

static void kill_at_random(struct random *random, unsigned *checked)
{
	struct life lives[AT_ONCE] = { 0 };

	for (unsigned i = 0; i < PRODUCERS; i++) {
		const uint64_t r = random_next(random);
		struct life *life = &lives[r % AT_ONCE];

		end_life(life);
		*life = (struct life){ rt_child_start(live_until_killed, NULL), true, r >> 8 & 1 };
		if (life->heard) {
			expect_its_object(&life->child);
			(*checked)++;
		}
		wait_at_random(random, r >> 9 & 1 ? LONGEST_NS : BIRTH_NS);
		if (r >> 10 & 1)
			end_life(life);
	}
	for (unsigned i = 0; i < AT_ONCE; i++)
		end_life(&lives[i]);
}

static void births_and_deaths(bool collector)
{
	struct random random = random_seeded(collector ? "beside a collector" : "beside each other");
	struct rt_child reaper = rt_child_start(reap_until_told, &collector);
	unsigned checked = 0;
	uint64_t reaped;

	rt_hear(&reaper);
	kill_at_random(&random, &checked);
	rt_tell(&reaper, 0);
	reaped = rt_hear(&reaper);
	assert_int_equal(rt_child_join(&reaper), 0);
	assert_true(checked > 0);
	assert_true(reaped > 0);
	print_message("%d were killed\n", PRODUCERS);
	reap_all(AHEAD_S); /* nobody is being born: those killed at birth go, too */
	assert_int_equal(rt_segments(NULL), 0);
	if (collector) {
		char name[AW_SEGMENT_NAME_SIZE];

		snprintf(name, sizeof name, "%s-%u-collector", rt_prefix, (unsigned)geteuid());
		assert_int_equal(unlinkat(rt_dirfd, name, 0), 0);
	}
}

static void beside_a_collector_no_live_segment_goes_and_no_dead_one_stays(void **state)
{
	(void)state;
	births_and_deaths(true);
}

static void beside_each_other_no_live_segment_goes_and_no_dead_one_stays(void **state)
{
	(void)state;
	births_and_deaths(false);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(beside_a_collector_no_live_segment_goes_and_no_dead_one_stays),
		cmocka_unit_test(beside_each_other_no_live_segment_goes_and_no_dead_one_stays),
	};

	return rt_status(cmocka_run_group_tests(tests, rt_place_enter, rt_place_leave));
}
