/* SPDX-License-Identifier: MIT */
/* The poll loop, on the thread that is called P. It waits for time, names and the end, and for
 * nothing else. */
#include "collector/poll.h"
#include "collector/selfwatch_judge.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "collector/slo_judge.h"
#include "collector/slo_ledger.h"

struct poll_loop {
	struct poll_wiring wiring;
	struct instant at; /* of the turn that runs */
	bool tell; /* something changed: publish now */
	bool told; /* a snapshot of this turn is out */
	unsigned name_turns; /* since the last beat; a flood of names must not keep us from it */
	int timer_fd;
	uint64_t began_ns; /* of tick 0 */
	uint64_t evaluated_real_ns; /* the newest tick; 0 = none yet */
	struct instant tick; /* of the newest one, in nominal time */
	bool keep; /* what outlives us is another one now: save it */
};

/* ---- what is done ---- */

/* All sources' totals, then one picture of them. The one before stands where there is no memory. */
static void publish(struct poll_loop *loop, bool step)
{
	struct selfwatch *self = loop->wiring.self;
	struct selfwatch_counts counts;
	struct snapshot *snapshot;
	uint64_t began_ns;
	size_t size;

	roster_totals(loop->wiring.roster, &loop->at, step);
	began_ns = instant_clock_ns(CLOCK_MONOTONIC);
	counts = selfwatch_read(self, loop->at.now_ns);
	snapshot =
		snapshot_new(&(struct snapshot_subject){ roster_book(loop->wiring.roster),
							 loop->wiring.judge, &counts, &loop->at,
							 loop->evaluated_real_ns, loop->wiring.slo,
							 silence_desk_seen(loop->wiring.silences),
							 loop->wiring.cases },
			     &size);
	loop->tell = false;
	loop->told = true;
	if (!snapshot) {
		log_event(loop->wiring.log, LOG_ERROR, "poll",
			  "no memory for a snapshot; the one before stands", NULL);
		return;
	}
	snapshot_publish(loop->wiring.board, snapshot);
	self->counts.snapshots++;
	self->counts.snapshot_bytes = size;
	self->counts.snapshot_ns = instant_clock_ns(CLOCK_MONOTONIC) - began_ns;
}

static void tell_forgotten(const struct poll_loop *loop, const struct forget_order *order,
			   const char *message)
{
	log_event(loop->wiring.log, LOG_INFO, "forget", message,
		  (const struct log_field[]){ { "app", order->app, 0 },
					      { "instance_id", order->instance_id, 0 },
					      { "uid", NULL, order->uid },
					      { "pid", NULL, order->pid },
					      { NULL, NULL, 0 } });
}

/* It may have opened again since it was ordered; then the judge, who has not seen that yet, is not asked. */
static void poll_forgets(struct poll_loop *loop)
{
	struct forget_order order;

	while (forget_desk_take(loop->wiring.forgets, &order)) {
		if (!roster_forget(loop->wiring.roster, order.app, order.instance_id)) {
			tell_forgotten(loop, &order, "not forgotten: it has opened again");
			continue;
		}
		(void)judge_forget(loop->wiring.judge, order.app, order.instance_id);
		tell_forgotten(loop, &order, "forgotten");
		loop->keep = true;
	}
}

static void poll_lanes(struct poll_loop *loop)
{
	loop->tell |= roster_beat(loop->wiring.roster, &loop->at);
	loop->keep |= keeper_hear(loop->wiring.keeper); /* before the desks */
	loop->keep |= silence_desk_beat(loop->wiring.silences, &loop->at);
	poll_forgets(loop);
	loop->tell |= loop->keep;
}

static void poll_names(struct poll_loop *loop)
{
	loop->tell |= roster_scan(loop->wiring.roster, &loop->at);
	process_read_usage(&loop->wiring.self->counts.process);
}

static void poll_totals(struct poll_loop *loop)
{
	publish(loop, true);
}

/* Behind the totals of the same beat, which are its reading. */
static void poll_rules(struct poll_loop *loop)
{
	const uint64_t tick = (loop->at.now_ns - loop->began_ns) / NS_A_SECOND;
	const struct selfwatch_counts self = selfwatch_read(loop->wiring.self, loop->at.now_ns);

	loop->keep |= slo_begin(loop->wiring.slo, tick, loop->at.real_ns);
	slo_see_ledgers(loop->wiring.slo, roster_book(loop->wiring.roster));
	loop->tick = loop->at;
	loop->tick.now_ns = loop->began_ns + tick * NS_A_SECOND;
	judge_begin(loop->wiring.judge, tick, loop->at.real_ns);
	selfwatch_judge(&self, loop->wiring.judge);
	roster_judge(loop->wiring.roster, loop->wiring.judge, &loop->tick);
	slo_judge(loop->wiring.slo, loop->wiring.judge);
	loop->keep |= judge_end(loop->wiring.judge);
	loop->tell |= loop->keep;
	casebook_look(loop->wiring.cases,
		      &(struct why_scene){ roster_book(loop->wiring.roster), loop->wiring.judge,
					   &loop->at, tick, loop->wiring.slo, &self });
	roster_record(loop->wiring.roster, &loop->at, tick, &self);
	loop->evaluated_real_ns = loop->at.real_ns;
	loop->keep |= keeper_is_due(loop->wiring.keeper, &loop->tick);
}

/* The fastest first; rules go by the totals of their beat. Adding a clock is one line. */
static const struct {
	uint64_t period_ns;
	void (*step)(struct poll_loop *loop);
} clocks[] = {
	{ 20 * NS_A_MS, poll_lanes },
	{ NS_A_SECOND, poll_names },
	{ 500 * NS_A_MS, poll_totals },
	{ NS_A_SECOND, poll_rules },
};

enum { NAME_TURNS = 16 };

enum { CLOCKS = sizeof clocks / sizeof *clocks };

/* ---- when ---- */

bool poll_due(uint64_t *next_ns, uint64_t period_ns, uint64_t now_ns, uint64_t *skipped)
{
	uint64_t behind;

	*skipped = 0;
	if (now_ns < *next_ns)
		return false;
	behind = (now_ns - *next_ns) / period_ns;
	*next_ns += (behind + 1) * period_ns;
	*skipped = behind;
	return true;
}

static int arm(const struct poll_loop *loop, const uint64_t next_ns[CLOCKS])
{
	struct itimerspec when = { 0 };
	uint64_t first_ns = next_ns[0];

	for (unsigned i = 1; i < CLOCKS; i++)
		if (next_ns[i] < first_ns)
			first_ns = next_ns[i];
	when.it_value.tv_sec = (time_t)(first_ns / NS_A_SECOND);
	when.it_value.tv_nsec = (long)(first_ns % NS_A_SECOND);
	return timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) ? -errno : 0;
}

/*
 * 1 = go on, 0 = the end, or -errno. What woke us does not matter to the turn: names are asked for each time, and the
 * clocks know whether they are due. Names wake us at once, or a session of a few milliseconds would be gone unread; but
 * so many times between two beats, for whoever makes and removes files all day must not keep us from the lanes.
 */
static int wait_for_turn(struct poll_loop *loop)
{
	struct pollfd fds[2 + FINDER_DIRS_MAX] = {
		{ .fd = loop->wiring.stop_fd, .events = POLLIN },
		{ .fd = loop->timer_fd, .events = POLLIN },
	};
	const bool hear = loop->name_turns < NAME_TURNS;
	const unsigned n = 2 + (hear ? roster_fds(loop->wiring.roster, fds + 2) : 0);
	uint64_t expirations;

	while (poll(fds, n, -1) < 0)
		if (errno != EINTR)
			return -errno;
	loop->name_turns = fds[1].revents ? 0 : loop->name_turns + 1;
	if (fds[1].revents && read(loop->timer_fd, &expirations, sizeof expirations) < 0 &&
	    errno != EAGAIN)
		return -errno;
	return !fds[0].revents;
}

/* ---- the loop ---- */

static void take_turn(struct poll_loop *loop, uint64_t next_ns[CLOCKS])
{
	struct selfwatch *self = loop->wiring.self;

	loop->at = instant_next(&loop->at);
	loop->told = false;
	loop->tell |= roster_hear(loop->wiring.roster, &loop->at);
	for (unsigned i = 0; i < CLOCKS; i++) {
		uint64_t skipped;

		if (poll_due(&next_ns[i], clocks[i].period_ns, loop->at.now_ns, &skipped))
			clocks[i].step(loop);
		if (i == 0)
			self->counts.overruns += skipped;
	}
	if (loop->tell && !loop->told)
		publish(loop, false);
	if (loop->keep)
		keeper_save(loop->wiring.keeper, &loop->tick, false);
	loop->keep = false;
	selfwatch_poll(self, loop->at.now_ns, instant_clock_ns(CLOCK_MONOTONIC));
}

static int run(struct poll_loop *loop)
{
	uint64_t next_ns[CLOCKS];
	int status = 1;

	loop->at = instant_next(&(struct instant){ 0 });
	loop->began_ns = loop->at.now_ns;
	for (unsigned i = 0; i < CLOCKS; i++)
		next_ns[i] = loop->at.now_ns; /* all at once: the first picture is of everything */
	take_turn(loop, next_ns);
	loop->wiring.ready(loop->wiring.context);
	while (status > 0) {
		status = arm(loop, next_ns);
		if (!status)
			status = wait_for_turn(loop);
		if (status > 0)
			take_turn(loop, next_ns);
	}
	return status;
}

int poll_run(const struct poll_wiring *wiring)
{
	struct poll_loop loop = { .wiring = *wiring };
	int status;

	loop.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop.timer_fd < 0)
		return -errno;
	status = run(&loop);
	silence_desk_close(loop.wiring.silences);
	(void)keeper_hear(loop.wiring.keeper);
	(void)silence_desk_beat(loop.wiring.silences, &loop.at); /* those of the last moment */
	poll_forgets(&loop);
	if (!status)
		slo_rest(loop.wiring.slo);
	keeper_save(loop.wiring.keeper, &loop.tick, status == 0);
	keeper_rest(loop.wiring.keeper);
	close(loop.timer_fd);
	return status;
}
