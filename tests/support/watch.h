/* SPDX-License-Identifier: MIT */
/* A segment made by hand with one engine "main" and one function "decode", and all of the collector's core that looks at
 * it: source, ledger, judge with the shipped rules. The clocks are injected; the segment's own is CLOCK_MONOTONIC. */
#ifndef AUDIOWATCH_TESTS_WATCH_H
#define AUDIOWATCH_TESTS_WATCH_H

#include "collector/source.h"
#include "tests/support/segment_model.h"

enum { WATCH_CHANGES = 16 };

struct watch {
	struct model model;
	struct ledger_book book;
	struct ledger *ledger;
	struct source *source;
	struct judge *judge;
	struct instant at; /* at first a day from the machine's start */
	uint64_t tick;
	struct model_lane lane; /* the engine's */
	/* transitions of alerts about the session, its engine and its function; the first of them */
	struct watch_change {
		const char *rule;
		uint64_t tick;
		struct alert_change change;
	} changes[WATCH_CHANGES];
	unsigned change_count;
};

/* cmocka's set-up and tear-down of a test; nothing is read before watch_open(). */
int watch_setup(void **state);
int watch_teardown(void **state);

void watch_open(struct watch *watch);
/* A second later: a beat, the totals and the rules; again and again. */
void watch_look(struct watch *watch, unsigned seconds);
/* A tick without the source. */
void watch_tick(struct watch *watch);
/* A second in which so many blocks of that length ended, and the look at its end. */
void watch_render(struct watch *watch, uint64_t ns, unsigned blocks);
/* Time in which nobody looks: the collector stands still, or the machine sleeps and MONOTONIC stands still, too. */
void watch_pause(struct watch *watch, unsigned seconds);
void watch_suspend(struct watch *watch, uint64_t ns);

/* A record of the engine, as of now. */
void watch_put(struct watch *watch, enum aw_record_type type, uint64_t flags, uint64_t word4);
/* The ticks of CLOCK_MONOTONIC, as the segment has them. */
uint64_t watch_ticks(void);

const struct engine_present *watch_engine(const struct watch *watch);
/* The rule's one alert; its machine is the judge's. */
struct judge_alert watch_alert(const struct watch *watch, const char *rule);

#endif
